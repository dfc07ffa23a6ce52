//! Finds out why a request is refused, from the same policy that answers it. Must not decide anything: the answer is
//! given elsewhere, and does not wait for this.

use std::{borrow::Cow, fmt};

use axum::extract::MatchedPath;
use http::{Extensions, HeaderMap, Method, Request, Uri, header::ACCESS_CONTROL_REQUEST_HEADERS};

use crate::{
    explanation::refusal::{Refusal, RefusalKind, printable},
    policy::{OriginHeader, Origins, Policy, PolicyData, Source, text},
    routing::answer::{Preflight, is_cross_origin},
};

/// The most bytes of `Access-Control-Request-Headers` that are looked at.
const HEADER_BUDGET: usize = 4_096;

/// The head of a request.
#[derive(Clone, Copy)]
pub(crate) struct Head<'a> {
    pub(crate) method: &'a Method,
    pub(crate) uri: &'a Uri,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) extensions: &'a Extensions,
}

impl<'a> Head<'a> {
    pub(crate) fn of<B>(request: &'a Request<B>) -> Self {
        Self {
            method: request.method(),
            uri: request.uri(),
            headers: request.headers(),
            extensions: request.extensions(),
        }
    }
}

/// What is known of the policy that a request is judged by.
pub(crate) struct Judged<'a> {
    pub(crate) policy: Option<&'a Policy>,
    pub(crate) enforce: bool,
    /// Where it is written, or the delegate that gave it.
    pub(crate) source: Option<Source>,
    /// What `Access-Control-Allow-Methods` says; `None` if any method is allowed.
    pub(crate) allow_methods: Option<Cow<'a, str>>,
}

impl Judged<'_> {
    /// There is no policy.
    pub(crate) const UNKNOWN: Self = Self { policy: None, enforce: false, source: None, allow_methods: None };
}

/// Why the request is refused, or its response kept from the page; `None` if neither is so.
pub(crate) fn refusal(judged: &Judged<'_>, head: Head<'_>) -> Option<Refusal> {
    let preflight = Preflight::of(head.method, head.headers);
    let origin = match &preflight {
        Some(preflight) => preflight.origin,
        None => OriginHeader::of(head.headers),
    };
    let is_none = |policy: &Policy| matches!(policy.data().origins, Origins::None);
    let (kind, value) = match (&preflight, judged.policy) {
        (None, _) if !is_cross_origin(origin, head.headers, head.uri.authority()) => return None,
        (_, None) => (no_policy(head), None),
        (_, Some(policy)) if is_none(policy) => match origin {
            OriginHeader::Malformed => (RefusalKind::MalformedOrigin, None),
            OriginHeader::Absent | OriginHeader::Is(_) => (RefusalKind::SameOrigin, None),
        },
        (Some(preflight), Some(policy)) => {
            of_preflight(policy.data(), judged.allow_methods.as_deref(), preflight, head)?
        }
        (None, Some(policy)) => (of_request(policy.data(), judged.enforce, origin)?, None),
    };
    Some(Refusal { source: judged.source, ..new(kind, value, judged.policy, head) })
}

/// The refusal for which a delegate is the reason.
pub(crate) fn delegate_failed(source: Source, why: &str, head: Head<'_>) -> Refusal {
    let value = Some(printable(why.as_bytes()));
    Refusal { source: Some(source), ..new(RefusalKind::Delegate, value, None, head) }
}

fn new(kind: RefusalKind, value: Option<String>, policy: Option<&Policy>, head: Head<'_>) -> Refusal {
    let preflight = Preflight::of(head.method, head.headers);
    let method = match &preflight {
        Some(preflight) => preflight.method.as_bytes(),
        None => head.method.as_str().as_bytes(),
    };
    let origin = head.headers.get(http::header::ORIGIN).map(|origin| printable(origin.as_bytes()));
    Refusal {
        kind,
        preflight: preflight.is_some(),
        method: printable(method),
        path: printable(head.uri.path().as_bytes()),
        route: head.extensions.get::<MatchedPath>().map(|path| path.as_str().to_owned()),
        origin: origin.unwrap_or_else(|| "no origin".to_owned()),
        value,
        policy: policy.cloned(),
        source: None,
    }
}

fn no_policy(head: Head<'_>) -> RefusalKind {
    match head.extensions.get::<MatchedPath>() {
        Some(_) => RefusalKind::NoPolicy,
        None => RefusalKind::NoRoute,
    }
}

/// The checks that the browser makes of the answer, in its order.
///
/// <https://fetch.spec.whatwg.org/#cors-preflight-fetch-0>
fn of_preflight(
    policy: &PolicyData,
    allow_methods: Option<&str>,
    preflight: &Preflight<'_>,
    head: Head<'_>,
) -> Option<(RefusalKind, Option<String>)> {
    if matches!(preflight.origin, OriginHeader::Malformed) {
        return Some((RefusalKind::MalformedOrigin, None));
    }
    if !policy.judge(preflight.origin).is_granted() {
        return Some((RefusalKind::Origin, None));
    }
    let method = preflight.method.as_bytes();
    let is_safelisted = matches!(method, b"GET" | b"HEAD" | b"POST");
    if !is_safelisted && allow_methods.is_some_and(|methods| !has_element(methods, method)) {
        return Some((RefusalKind::Method, Some(printable(method))));
    }
    let allowed = policy.allow_headers.as_ref().map(text).unwrap_or_default();
    let is_allowed = |name: &[u8]| {
        let name = name.to_ascii_lowercase();
        has_element(allowed, &name) || name != b"authorization" && has_element(allowed, b"*")
    };
    let mut budget = HEADER_BUDGET;
    for line in head.headers.get_all(ACCESS_CONTROL_REQUEST_HEADERS) {
        let Some(left) = budget.checked_sub(line.len()) else {
            return Some((RefusalKind::TooManyHeaders, None));
        };
        budget = left;
        let names = line.as_bytes().split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
        if let Some(name) = names.filter(|name| !name.is_empty()).find(|name| !is_allowed(name)) {
            return Some((RefusalKind::Header, Some(printable(name))));
        }
    }
    None
}

/// <https://fetch.spec.whatwg.org/#cors-check>
fn of_request(policy: &PolicyData, enforce: bool, origin: OriginHeader<'_>) -> Option<RefusalKind> {
    match origin {
        _ if policy.judge(origin).is_granted() => None,
        _ if enforce => Some(RefusalKind::Enforced),
        OriginHeader::Malformed => Some(RefusalKind::MalformedOrigin),
        OriginHeader::Absent | OriginHeader::Is(_) => Some(RefusalKind::Origin),
    }
}

/// Whether a list with commas has this element.
fn has_element(list: &str, element: &[u8]) -> bool {
    list.split(',').any(|each| each.trim().as_bytes() == element)
}

impl Policy {
    /// Says what becomes of a request under this policy alone, and why.
    ///
    /// ```
    /// use cors_runtime::{Policy, policy};
    /// use http::Request;
    ///
    /// static POLICY: Policy = policy! { origins = ["https://shop.example"] };
    ///
    /// let request = Request::get("/").header("origin", "https://shop.example").body(()).unwrap();
    /// assert_eq!(
    ///     POLICY.explain(&request).to_string(),
    ///     "cors allows request GET / from https://shop.example: the page may read the response"
    /// );
    ///
    /// let request = Request::get("/").header("origin", "http://shop.example").body(()).unwrap();
    /// let explanation = POLICY.explain(&request);
    /// assert!(!explanation.is_allowed());
    /// assert_eq!(
    ///     explanation.refusal().unwrap().help(),
    ///     "open the page at the origin that is allowed, or add this one: `https://shop.example` differs in its scheme"
    /// );
    /// ```
    ///
    /// What is mounted where, and whether a route has several policies, is known to the router alone; it
    /// [reports](crate::CorsRouter::on_refusal) what it refuses.
    pub fn explain<B>(&self, request: &Request<B>) -> Explanation {
        let data = self.data();
        let judged = Judged {
            policy: Some(self),
            enforce: data.enforce,
            source: Some(data.source),
            allow_methods: data.allow_methods.as_ref().map(|methods| text(methods).into()),
        };
        let head = Head::of(request);
        match refusal(&judged, head) {
            Some(refusal) => Explanation(Err(refusal)),
            None => Explanation(Ok(allowed(head))),
        }
    }
}

/// What becomes of a request, and why; made by [`Policy::explain`].
///
/// Displayed, it is a sentence, or the [`Refusal`].
#[derive(Clone, Debug)]
pub struct Explanation(Result<String, Refusal>);

impl Explanation {
    /// Whether the policy refuses nothing.
    pub fn is_allowed(&self) -> bool {
        self.0.is_ok()
    }

    /// What it refuses.
    pub fn refusal(&self) -> Option<&Refusal> {
        self.0.as_ref().err()
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Ok(allowed) => f.write_str(allowed),
            Err(refusal) => write!(f, "{refusal}"),
        }
    }
}

fn allowed(head: Head<'_>) -> String {
    let path = printable(head.uri.path().as_bytes());
    let method = printable(head.method.as_str().as_bytes());
    let origin = head.headers.get(http::header::ORIGIN).map(|origin| printable(origin.as_bytes()));
    let Some(origin) = origin else {
        return format!(
            "cors lets request {method} {path} be: without `Origin`, it is no page's of another origin"
        );
    };
    match Preflight::of(head.method, head.headers) {
        Some(preflight) => {
            let method = printable(preflight.method.as_bytes());
            format!("cors allows preflight {method} {path} from {origin}: the page may send the request")
        }
        None if !is_cross_origin(OriginHeader::of(head.headers), head.headers, head.uri.authority()) => {
            format!("cors lets request {method} {path} from {origin} be: it is a page's of this very origin")
        }
        None => format!("cors allows request {method} {path} from {origin}: the page may read the response"),
    }
}
