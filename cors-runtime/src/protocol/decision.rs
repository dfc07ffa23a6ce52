//! What follows from a policy and a request: one decision, which knows its reason.
//!
//! Whoever needs to know asks here: endpoints, gates, `Policy::answer`, explanations, hooks and the log. So they cannot
//! disagree.

use cors_rules::{Allow, is_safelisted_method};
use http::{HeaderMap, HeaderValue, Method, header::ACCESS_CONTROL_REQUEST_HEADERS};

use crate::{
    policy::{
        data::{ANY, Enforce, NotAllowed, Origins, PolicyData},
        source::Added,
    },
    protocol::request::{Fields, Head, OriginHeader, Preflight},
};

/// The circumstances under which a policy is applied.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Terms {
    /// What the handler that names the policy adds to it.
    pub(crate) added: Added,
    /// Whether another policy has answered the preflight, or may have; and then which.
    pub(crate) overruled: Option<Overruled>,
    /// Whether another policy could have been applied to another origin.
    pub(crate) depends_on_origin: bool,
}

/// By which policy a preflight was answered that is not the policy of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Overruled {
    /// By one outside, which does not know this one.
    Outside,
    /// By that of another method of the path.
    OtherMethod,
    /// By any of the router: it is not known at which path it is.
    UnknownPath,
}

/// What becomes of a request that is not a preflight.
#[derive(Clone, Debug)]
pub(crate) struct Decision {
    pub(crate) verdict: Verdict,
    /// The request is answered with 403, and nothing else sees it.
    pub(crate) is_refused: bool,
    /// What `Vary` has to name.
    pub(crate) vary: Fields,
    /// Whether another request could have been refused, or this one under other circumstances: whoever answers it, the
    /// answer depends on what `vary` names.
    pub(crate) is_conditional: bool,
    enforcement: Enforcement,
}

/// What becomes of a preflight.
#[derive(Clone, Debug)]
pub(crate) enum PreflightDecision {
    /// 204 with the policy's lists, which the browser compares with what the page asks for.
    Answered(Verdict),
    /// 403, and no grant.
    Refused(Reason),
}

/// What a policy says of the origin of a request.
#[derive(Clone, Debug)]
pub(crate) enum Verdict {
    /// The response is the same whatever it is, so nobody looked.
    Unexamined,
    /// It is allowed, by this `Access-Control-Allow-Origin`.
    Allowed(HeaderValue),
    Refused(Reason),
}

/// Why something is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// The policy grants nothing to anybody.
    SameOrigin,
    /// The origin is not one of the policy's.
    Origin,
    /// The function of this name, which accepts origins, panicked.
    Function(&'static str),
    /// No browser sends such an origin.
    MalformedOrigin,
    /// Another site makes the request, and does not say which.
    NoOrigin,
    /// The policy's `methods` leave the method out.
    Method,
}

/// Why a request is refused itself, and not only its response kept from the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Enforcement {
    None,
    /// The policy or its handler says `enforce`.
    Enforced,
    /// It opens a WebSocket.
    WebSocket,
    /// Another policy has answered the preflight, or may have.
    Overruled(Overruled),
}

impl Decision {
    /// The decision on a request that is not a preflight.
    ///
    /// <https://fetch.spec.whatwg.org/#cors-check> is what the browser makes of it.
    pub(crate) fn new(policy: &PolicyData, terms: Terms, head: Head<'_>) -> Self {
        let enforce = policy.settings.enforce.max(terms.added.enforce);
        let is_enforced = enforce != Enforce::Off || terms.overruled.is_some();
        let mut vary = if terms.depends_on_origin { Fields::ORIGIN } else { Fields::NONE };

        let is_left_out = policy.leaves_out(method_to_list(head));
        let verdict = if is_left_out {
            Verdict::Refused(Reason::Method)
        } else if policy.is_origin_independent() && !is_enforced && !checks_websocket(policy, terms, head) {
            return Self {
                verdict: Verdict::Unexamined,
                vary,
                is_conditional: false,
                enforcement: Enforcement::None,
                is_refused: false,
            };
        } else {
            verdict(policy, head.origin())
        };

        if let Verdict::Allowed(_) = verdict {
            // Under `enforce` and for WebSockets, others get another status, unless there are no others.
            let is_conditional = is_enforced && !policy.is_for_all() || checks_websocket(policy, terms, head);
            if policy.needs_vary_origin(true) || is_conditional {
                vary = vary.with(Fields::ORIGIN);
            }
            return Self { verdict, vary, is_conditional, enforcement: Enforcement::None, is_refused: false };
        }
        let enforcement = if enforce != Enforce::Off && terms.overruled != Some(Overruled::UnknownPath) {
            Enforcement::Enforced
        } else if let Some(overruled) = terms.overruled {
            Enforcement::Overruled(overruled)
        } else if checks_websocket(policy, terms, head) {
            Enforcement::WebSocket
        } else {
            if !is_left_out && policy.needs_vary_origin(false) {
                vary = vary.with(Fields::ORIGIN);
            }
            return Self {
                verdict,
                vary,
                is_conditional: false,
                enforcement: Enforcement::None,
                is_refused: false,
            };
        };
        let site = head.site(enforce == Enforce::Strict);
        let upgrade = if enforcement == Enforcement::WebSocket { Fields::UPGRADE } else { Fields::NONE };
        let vary = vary.with(Fields::ORIGIN).with(site.read).with(upgrade);
        Self { verdict, vary, is_conditional: true, enforcement, is_refused: site.is_cross_origin }
    }

    /// The decision on who may read that a path has no such method. It concerns nothing but that.
    ///
    /// It depends on the origin anyway, if `depends_on_origin`.
    pub(crate) fn for_no_method(policy: &PolicyData, depends_on_origin: bool, head: Head<'_>) -> Self {
        let verdict = verdict(policy, head.origin());
        let varies = policy.needs_vary_origin(matches!(verdict, Verdict::Allowed(_)));
        let vary = if varies || depends_on_origin { Fields::ORIGIN } else { Fields::NONE };
        Self { verdict, is_refused: false, vary, is_conditional: false, enforcement: Enforcement::None }
    }

    /// Another policy could have been applied to another origin.
    pub(crate) fn depend_on_origin(&mut self) {
        self.vary = self.vary.with(Fields::ORIGIN);
    }

    /// Why the policy keeps the response from the page, if the request itself goes on.
    pub(crate) fn withheld_for(&self, policy: &PolicyData, head: Head<'_>) -> Option<Reason> {
        let (reason, _) = self.refusal(policy, head).filter(|_| !self.is_refused)?;
        Some(reason)
    }

    /// Whether the page may read the response, as far as the origin is concerned.
    pub(crate) fn is_granted(&self, policy: &PolicyData) -> bool {
        match self.verdict {
            Verdict::Allowed(_) => true,
            Verdict::Refused(_) => false,
            // Only the policy of one origin has a name to send to those whom it refuses, and then it grants nothing else.
            Verdict::Unexamined => policy.is_for_all(),
        }
    }

    /// Why the request is refused, or its response kept from the page; `None` if neither is so.
    ///
    /// For whoever listens.
    pub(crate) fn refusal(&self, policy: &PolicyData, head: Head<'_>) -> Option<(Reason, Enforcement)> {
        let reason = match &self.verdict {
            Verdict::Allowed(_) => return None,
            Verdict::Refused(reason) => *reason,
            Verdict::Unexamined => match verdict(policy, head.origin()) {
                Verdict::Refused(reason) => reason,
                Verdict::Allowed(_) | Verdict::Unexamined => return None,
            },
        };
        if self.is_refused {
            return Some((reason, self.enforcement));
        }
        // Without Origin, no page asks to read the response.
        let is_read = !matches!(head.origin(), OriginHeader::Absent);
        (is_read && head.site(false).is_cross_origin).then_some((reason, Enforcement::None))
    }
}

/// The name by which a policy lists the method of a request. What opens a WebSocket is `GET` in the version of HTTP that pages
/// know; in later ones it is a method that cannot be listed.
fn method_to_list<'h>(head: Head<'h>) -> &'h str {
    if *head.method == Method::CONNECT { Method::GET.as_str() } else { head.method.as_str() }
}

/// Whether the request opens a WebSocket, and the policy applies to that.
#[inline]
fn checks_websocket(policy: &PolicyData, terms: Terms, head: Head<'_>) -> bool {
    !policy.is_for_all()
        && head.is_websocket_handshake()
        && !terms.added.unenforced_websocket
        && !policy.allows(Allow::UnenforcedWebsocket)
}

/// What a policy says of an origin.
pub(super) fn verdict(policy: &PolicyData, origin: OriginHeader<'_>) -> Verdict {
    let reason = match (&policy.origins, origin) {
        (Origins::Any, _) => return Verdict::Allowed(ANY),
        (_, OriginHeader::Malformed) => Reason::MalformedOrigin,
        (Origins::None | Origins::Unresolved(_), _) => Reason::SameOrigin,
        (_, OriginHeader::Absent) => Reason::NoOrigin,
        (_, OriginHeader::Is(origin)) => match policy.allowed_as(origin) {
            Ok(allow_origin) => return Verdict::Allowed(allow_origin),
            Err(NotAllowed::Unlisted) => Reason::Origin,
            Err(NotAllowed::Panicked(function)) => Reason::Function(function),
        },
    };
    Verdict::Refused(reason)
}

impl PreflightDecision {
    /// The decision on a preflight. It depends on the path, by which the policy was found, the requested method and the
    /// origin, and on nothing else: the requested headers are for the browser to compare.
    ///
    /// <https://fetch.spec.whatwg.org/#cors-preflight-fetch>
    pub(crate) fn new(policy: &PolicyData, preflight: &Preflight<'_>) -> Self {
        // Even a policy that lets everybody read answers nothing to what no browser sends.
        if matches!(preflight.origin, OriginHeader::Malformed) {
            return Self::Refused(Reason::MalformedOrigin);
        }
        match verdict(policy, preflight.origin) {
            Verdict::Refused(reason) => Self::Refused(reason),
            // Browsers do not look these up in `Access-Control-Allow-Methods`.
            _ if policy.leaves_out(preflight.method) && is_safelisted_method(preflight.method.as_bytes()) => {
                Self::Refused(Reason::Method)
            }
            verdict => Self::Answered(verdict),
        }
    }

    /// Why the browser will not send the request; `None` if it will.
    ///
    /// The checks are the browser's, in its order. <https://fetch.spec.whatwg.org/#cors-preflight-fetch-0>
    pub(crate) fn refusal(
        &self,
        policy: &PolicyData,
        preflight: &Preflight<'_>,
        headers: &HeaderMap,
    ) -> Option<PreflightRefusal> {
        match self {
            Self::Refused(reason) => Some(PreflightRefusal::Reason(*reason)),
            Self::Answered(_) if policy.leaves_out(preflight.method) => {
                Some(PreflightRefusal::Reason(Reason::Method))
            }
            Self::Answered(_) => unlisted_header(policy, headers),
        }
    }
}

/// Why a browser does not send the request that a preflight asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PreflightRefusal {
    Reason(Reason),
    /// This header is not in the policy's `headers`.
    Header(Vec<u8>),
    /// There are more headers than are looked at.
    TooManyHeaders,
}

/// The most bytes of `Access-Control-Request-Headers` that are looked at, which is several times what a browser sends.
const HEADER_BUDGET: usize = 2_048;

/// The first requested header that the policy does not list.
///
/// Browsers send the names in lower case, sorted and each once, with nothing but commas between them
/// (<https://fetch.spec.whatwg.org/#cors-unsafe-request-header-names>), and so are the policy's: both lists are walked
/// side by side. What comes otherwise, which no browser sends, is looked up name by name.
fn unlisted_header(policy: &PolicyData, headers: &HeaderMap) -> Option<PreflightRefusal> {
    use PreflightRefusal::{Header, TooManyHeaders};

    let mut listed = policy.headers.sorted();
    let mut budget = HEADER_BUDGET;
    for line in headers.get_all(ACCESS_CONTROL_REQUEST_HEADERS) {
        let is_too_long = line.len() > budget;
        let mut rest = &line.as_bytes()[..line.len().min(budget)];
        budget -= rest.len();
        while !rest.is_empty() {
            if let Some(others) = listed.skip_to_first_of(rest) {
                rest = others;
                continue;
            }
            let (name, others) = split_first(rest);
            rest = others;
            if !name.is_empty() && !policy.headers.covers_on_requests(name) {
                // What is cut off may be the beginning of a name that is listed.
                let is_whole = !is_too_long || !rest.is_empty();
                return Some(if is_whole { Header(name.to_vec()) } else { TooManyHeaders });
            }
        }
        if is_too_long {
            return Some(TooManyHeaders);
        }
    }
    None
}

/// The first element of a list, and the others.
fn split_first(list: &[u8]) -> (&[u8], &[u8]) {
    match list.iter().position(|byte| *byte == b',') {
        Some(comma) => (list[..comma].trim_ascii(), &list[comma + 1..]),
        None => (list.trim_ascii(), b""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Policy;

    /// However the names are ordered, spelled and split into lines, the answer is that of a search through the list.
    #[test]
    fn the_first_unlisted_header() {
        for (listed, requested, unlisted) in [
            (&["b", "d", "f"][..], &["b,d,f"][..], None),
            (&["f", "d", "b"], &["b,d,f"], None),
            (&["b", "d", "f"], &["f,b,d"], None),
            (&["b", "d", "f"], &["b", "d,f"], None),
            (&["b", "d", "f"], &["d", "b"], None),
            (&["b", "d", "f"], &["B,d"], None),
            (&["b", "d", "f"], &[" b , d ,, f ,"], None),
            (&["b", "d", "f"], &["b,b,b"], None),
            (&["b", "d", "f"], &["b,c,d"], Some("c")),
            (&["b", "d", "f"], &["a"], Some("a")),
            (&["b", "d", "f"], &["g"], Some("g")),
            (&["b", "d", "f"], &["f,c"], Some("c")),
            (&["b", "d", "f"], &["b", "C"], Some("C")),
            (&[], &["a"], Some("a")),
            (&[], &[""], None),
            (&["*"], &["a,z"], None),
            (&["*"], &["a,authorization"], Some("authorization")),
            (&["*"], &["Authorization"], Some("Authorization")),
            (&["*", "authorization"], &["a,authorization"], None),
            (&["a"], &["a", &"a,".repeat(1_023)], None),
        ] {
            let builder = Policy::builder().any_origin().headers(listed.iter().copied());
            let policy = builder.build().unwrap();
            let mut headers = HeaderMap::new();
            for line in requested {
                headers.append(ACCESS_CONTROL_REQUEST_HEADERS, line.parse().unwrap());
            }
            let found = unlisted_header(policy.data(), &headers);
            let expected = unlisted.map(|name| PreflightRefusal::Header(name.as_bytes().to_vec()));
            assert_eq!(found, expected, "{listed:?} {requested:?}");
        }
    }

    #[test]
    fn more_headers_than_are_looked_at() {
        let policy = Policy::builder().any_origin().headers(["a"]).build().unwrap();
        let mut headers = HeaderMap::new();
        for _ in 0..2 {
            headers.append(ACCESS_CONTROL_REQUEST_HEADERS, "a,".repeat(513).parse().unwrap());
        }
        assert_eq!(unlisted_header(policy.data(), &headers), Some(PreflightRefusal::TooManyHeaders));
        // One that is not listed is found before, unless it is cut off.
        headers.insert(ACCESS_CONTROL_REQUEST_HEADERS, "a,b,".repeat(1_000).parse().unwrap());
        let found = unlisted_header(policy.data(), &headers);
        assert_eq!(found, Some(PreflightRefusal::Header(b"b".to_vec())));
        headers.insert(ACCESS_CONTROL_REQUEST_HEADERS, "b".repeat(2_049).parse().unwrap());
        assert_eq!(unlisted_header(policy.data(), &headers), Some(PreflightRefusal::TooManyHeaders));
    }
}
