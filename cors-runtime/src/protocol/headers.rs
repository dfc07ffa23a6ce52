//! What is written onto responses: the header fields of the CORS protocol.
//!
//! <https://fetch.spec.whatwg.org/#http-responses>

use std::sync::LazyLock;

use http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode,
    header::{
        ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
        ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, CONTENT_LENGTH,
        VARY,
    },
};

use crate::{
    policy::data::{PolicyData, Settings},
    protocol::{
        decision::{Decision, PreflightDecision, Reason, Verdict},
        request::Fields,
    },
};

const TRUE: HeaderValue = HeaderValue::from_static("true");
const VARY_ORIGIN: HeaderValue = HeaderValue::from_static("Origin");
const VARY_PREFLIGHT: HeaderValue =
    HeaderValue::from_static("Origin, Access-Control-Request-Method, Access-Control-Request-Headers");
const TIMING_ALLOW_ORIGIN: HeaderName = HeaderName::from_static("timing-allow-origin");

/// The most fields that the answer to a preflight has, `content-length` among them, so that the map need not grow.
const PREFLIGHT_FIELDS: usize = 7;

impl Decision {
    /// Writes the fields of a response that a page is to see, or not, in the place of those that are there.
    pub(crate) fn write(self, policy: &PolicyData, headers: &mut HeaderMap) {
        // Never without an origin that is granted: a credential alone would be a grant to whoever comes to be named.
        let is_granted = self.is_granted(policy);
        let credentials = (is_granted && policy.settings.credentials).then_some(TRUE);
        let expose = policy.expose.value.as_ref().filter(|_| is_granted);
        let allow_origin = match self.verdict {
            // A method that is left out has no page to be named to.
            Verdict::Refused(Reason::Method) => None,
            Verdict::Unexamined | Verdict::Refused(_) => policy.fixed_allow_origin().cloned(),
            Verdict::Allowed(allow_origin) => Some(allow_origin),
        };

        if policy.settings.timing {
            match &allow_origin {
                Some(allow_origin) => drop(headers.insert(TIMING_ALLOW_ORIGIN, allow_origin.clone())),
                None => drop(headers.remove(TIMING_ALLOW_ORIGIN)),
            }
        }
        match written(headers, allow_origin.as_ref(), credentials.as_ref(), expose) {
            Written::This => {}
            Written::Nothing => {
                if let Some(allow_origin) = allow_origin {
                    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, allow_origin);
                }
                if let Some(credentials) = credentials {
                    headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, credentials);
                }
                if let Some(expose) = expose {
                    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, expose.clone());
                }
            }
            Written::Other => {
                replace(headers, ACCESS_CONTROL_ALLOW_ORIGIN, allow_origin);
                replace(headers, ACCESS_CONTROL_ALLOW_CREDENTIALS, credentials);
                replace(headers, ACCESS_CONTROL_EXPOSE_HEADERS, expose.cloned());
            }
        }
        write_vary(headers, self.vary);
    }

    /// Writes onto a response that somebody inside has decided on. Whether they were asked depended on the request, and a
    /// cache must not give what they answered to whoever would have been refused.
    pub(crate) fn write_condition(&self, headers: &mut HeaderMap) {
        if self.is_conditional {
            write_vary(headers, self.vary);
        }
    }
}

/// What a response says already.
enum Written {
    Nothing,
    /// The very fields that are to be written: an endpoint inside has written them by the same decision.
    This,
    /// Something that is to be replaced: a handler has written it, or another library.
    Other,
}

/// One look at the few fields that a response has costs less than a search for each that it may have.
fn written(
    headers: &HeaderMap,
    allow_origin: Option<&HeaderValue>,
    credentials: Option<&HeaderValue>,
    expose: Option<&HeaderValue>,
) -> Written {
    let to_write = [allow_origin, credentials, expose];
    let mut found = [false; 3];
    for (name, value) in headers {
        let field = if *name == ACCESS_CONTROL_ALLOW_ORIGIN {
            0
        } else if *name == ACCESS_CONTROL_ALLOW_CREDENTIALS {
            1
        } else if *name == ACCESS_CONTROL_EXPOSE_HEADERS {
            2
        } else {
            continue;
        };
        // A second line of one field is for nobody, even if it says the same.
        if found[field] || to_write[field] != Some(value) {
            return Written::Other;
        }
        found[field] = true;
    }
    if found == [false; 3] {
        Written::Nothing
    } else if found == to_write.map(|value| value.is_some()) {
        Written::This
    } else {
        Written::Other
    }
}

fn replace(headers: &mut HeaderMap, name: HeaderName, value: Option<HeaderValue>) {
    match value {
        Some(value) => drop(headers.insert(name, value)),
        None => drop(headers.remove(name)),
    }
}

impl PreflightDecision {
    /// The status and the fields of the answer, from what is the same for all preflights of the policy.
    ///
    /// `allow_methods` is the value of `Access-Control-Allow-Methods`.
    pub(crate) fn answer(
        self,
        policy: &PolicyData,
        allow_methods: Option<HeaderValue>,
    ) -> (StatusCode, HeaderMap) {
        self.answer_from(policy, || policy.preflight_for(allow_methods))
    }

    /// The same, where the answer to a preflight that is not refused has been prepared.
    pub(crate) fn answer_from(
        self,
        policy: &PolicyData,
        prepared: impl FnOnce() -> HeaderMap,
    ) -> (StatusCode, HeaderMap) {
        match self {
            Self::Refused(
                Reason::Origin | Reason::Function(_) | Reason::MalformedOrigin | Reason::NoOrigin,
            ) => (StatusCode::FORBIDDEN, policy.refused_preflight().clone()),
            Self::Refused(Reason::SameOrigin | Reason::Method) => {
                (StatusCode::FORBIDDEN, unknown_preflight())
            }
            Self::Answered(verdict) => {
                let mut headers = prepared();
                if let Verdict::Allowed(allow_origin) = verdict
                    // It is the first field, so this is cheaper than a search by its hash.
                    && let Some((_, value)) =
                        headers.iter_mut().find(|(name, _)| *name == ACCESS_CONTROL_ALLOW_ORIGIN)
                {
                    *value = allow_origin;
                }
                (StatusCode::NO_CONTENT, headers)
            }
        }
    }
}

impl PolicyData {
    /// The fields of the answer to a preflight that is not refused. `Access-Control-Allow-Origin` is the first; of several
    /// origins, each answer names its own in the place of what is there.
    pub(crate) fn preflight_for(&self, allow_methods: Option<HeaderValue>) -> HeaderMap {
        let mut headers = self.preflight().clone();
        replace(&mut headers, ACCESS_CONTROL_ALLOW_METHODS, allow_methods);
        headers
    }

    /// The same fields for all paths. What is not the same has its place, so that the map's clones need not grow.
    fn preflight(&self) -> &HeaderMap {
        self.prepared.preflight.get_or_init(|| {
            // A new key has to be dealt with here.
            let Settings { max_age, credentials, enforce: _, timing: _ } = &self.settings;
            let mut headers = HeaderMap::with_capacity(PREFLIGHT_FIELDS);
            let allow_origin = self.fixed_allow_origin().cloned();
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, allow_origin.unwrap_or(HeaderValue::from_static("")));
            headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(""));
            if *credentials {
                headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, TRUE);
            }
            if let Some(allow_headers) = &self.headers.value {
                headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, allow_headers.clone());
            }
            if let Some(max_age) = max_age {
                headers.insert(ACCESS_CONTROL_MAX_AGE, max_age.value.clone());
            }
            headers.insert(VARY, VARY_PREFLIGHT);
            // axum would add it to each answer.
            headers.insert(CONTENT_LENGTH, HeaderValue::from(0));
            share_values(&headers);
            headers
        })
    }

    /// The fields of the answer to a preflight whose origin is refused: no grant, and the one right origin, if there is only
    /// one, because the browser's console then says which it is.
    fn refused_preflight(&self) -> &HeaderMap {
        self.prepared
            .refused_preflight
            .get_or_init(|| without_grant(self.fixed_allow_origin().filter(|_| !self.is_for_all()).cloned()))
    }
}

/// The fields of the answer to a preflight for which there is no policy.
pub(crate) fn unknown_preflight() -> HeaderMap {
    static PREPARED: LazyLock<HeaderMap> = LazyLock::new(|| without_grant(None));
    PREPARED.clone()
}

fn without_grant(allow_origin: Option<HeaderValue>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Some(allow_origin) = allow_origin {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, allow_origin);
    }
    headers.insert(VARY, VARY_PREFLIGHT);
    // axum would add it to each answer.
    headers.insert(CONTENT_LENGTH, HeaderValue::from(0));
    share_values(&headers);
    headers
}

/// The first clone of a value that was made at run time moves it to where clones share it.
fn share_values(headers: &HeaderMap) {
    drop(headers.clone());
}

/// Whether somebody inside has decided by the origin, whatever the decision was: whoever does says one or the other.
pub(crate) fn is_decided(headers: &HeaderMap) -> bool {
    headers.keys().any(|name| name.as_str().starts_with("access-control-"))
        || headers.get_all(VARY).iter().flat_map(elements).any(|name| name.eq_ignore_ascii_case(b"origin"))
}

/// Whether a page of this origin may read the response, as far as `Access-Control-Allow-Origin` tells.
pub(crate) fn is_granted(headers: &HeaderMap, origin: Option<&HeaderValue>) -> bool {
    headers.get(ACCESS_CONTROL_ALLOW_ORIGIN).is_some_and(|allowed| allowed == "*" || Some(allowed) == origin)
}

/// Writes the answer to a preflight onto a response that has other fields.
pub(crate) fn write_preflight(answer: HeaderMap, response: &mut HeaderMap) {
    for name in [
        ACCESS_CONTROL_ALLOW_ORIGIN,
        ACCESS_CONTROL_ALLOW_CREDENTIALS,
        ACCESS_CONTROL_EXPOSE_HEADERS,
        ACCESS_CONTROL_ALLOW_METHODS,
        ACCESS_CONTROL_ALLOW_HEADERS,
        ACCESS_CONTROL_MAX_AGE,
    ] {
        response.remove(name);
    }
    for (name, value) in answer {
        match name {
            Some(VARY) => merge_vary(response, value),
            Some(name) => drop(response.insert(name, value)),
            None => {}
        }
    }
}

/// Adds fields to what the response says already of `Vary`.
#[inline]
fn write_vary(headers: &mut HeaderMap, fields: Fields) {
    if fields == Fields::ORIGIN {
        merge_vary(headers, VARY_ORIGIN);
    } else if fields != Fields::NONE
        && let Ok(names) = HeaderValue::from_str(&fields.names().collect::<Vec<_>>().join(", "))
    {
        merge_vary(headers, names);
    }
}

/// Adds names to what the response says already of `Vary`, as one line and each once.
fn merge_vary(headers: &mut HeaderMap, names: HeaderValue) {
    use http::header::Entry;

    let mut entry = match headers.entry(VARY) {
        Entry::Vacant(entry) => {
            entry.insert(names);
            return;
        }
        Entry::Occupied(entry) => entry,
    };
    if *entry.get() == names {
        return;
    }
    let known = || entry.iter().flat_map(elements);
    let is_missing = |name: &&[u8]| !known().any(|known| known == b"*" || known.eq_ignore_ascii_case(name));
    let missing: Vec<&[u8]> = elements(&names).filter(is_missing).collect();
    if missing.is_empty() {
        return;
    }
    let lines: Vec<&[u8]> = entry.iter().map(HeaderValue::as_bytes).chain(missing).collect();
    // Lines that were values one by one are a value together.
    if let Ok(merged) = HeaderValue::from_bytes(&lines.join(&b", "[..])) {
        entry.insert(merged);
    }
}

/// The elements of a header that is a list.
fn elements(line: &HeaderValue) -> impl Iterator<Item = &[u8]> {
    line.as_bytes().split(|byte| *byte == b',').map(<[u8]>::trim_ascii)
}
