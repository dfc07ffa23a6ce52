//! What is written onto responses: the header fields of the CORS protocol, one function for each case.
//!
//! <https://fetch.spec.whatwg.org/#http-responses>

use http::{
    HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
    header::{
        ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
        ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
        ACCESS_CONTROL_REQUEST_METHOD, HOST, VARY,
    },
    uri::Authority,
};

use crate::{
    policy::{OriginHeader, Policy, PolicyData, Verdict},
    routing::methods::is_of_pages,
};

const TRUE: HeaderValue = HeaderValue::from_static("true");
const VARY_ORIGIN: HeaderValue = HeaderValue::from_static("Origin");
const VARY_PREFLIGHT: HeaderValue =
    HeaderValue::from_static("Origin, Access-Control-Request-Method, Access-Control-Request-Headers");

/// The most fields that the answer to a preflight has, `content-length` with them, so that the map need not grow.
pub(crate) const PREFLIGHT_FIELDS: usize = 7;

/// What a [`Policy`] answers to a request, for services that are built without axum.
///
/// See [`Policy::answer`].
#[derive(Debug)]
#[must_use = "an answer does nothing until it is written"]
pub struct Answer<'p> {
    policy: &'p PolicyData,
    verdict: Verdict,
    preflight: Option<Option<HeaderValue>>,
    refused: bool,
}

impl Policy {
    /// Answers a request by this policy alone, wherever it was received.
    ///
    /// `method` and `headers` are the request's. The policy's `methods` are the methods allowed; without them, any
    /// method is.
    ///
    /// ```
    /// use cors_runtime::{Policy, policy};
    /// use http::{HeaderMap, Method, StatusCode};
    ///
    /// static POLICY: Policy = policy! { origins = ["https://shop.example"], headers = ["content-type"] };
    ///
    /// fn respond(method: &Method, headers: &HeaderMap) -> (StatusCode, HeaderMap) {
    ///     let answer = POLICY.answer(method, headers);
    ///     let mut response = HeaderMap::new();
    ///     // Here goes what the service itself does, unless the answer is complete without it.
    ///     let status = answer.status().unwrap_or(StatusCode::OK);
    ///     answer.write(&mut response);
    ///     (status, response)
    /// }
    ///
    /// let mut request = HeaderMap::new();
    /// request.insert("origin", "https://shop.example".parse().unwrap());
    /// request.insert("access-control-request-method", "PUT".parse().unwrap());
    /// let (status, response) = respond(&Method::OPTIONS, &request);
    /// assert_eq!(status, StatusCode::NO_CONTENT);
    /// assert_eq!(response["access-control-allow-headers"], "content-type");
    /// ```
    pub fn answer(&self, method: &Method, headers: &HeaderMap) -> Answer<'_> {
        let policy = self.data();
        if let Some(preflight) = Preflight::of(method, headers) {
            let verdict = policy.judge(preflight.origin);
            let refused = preflight.is_refused(&verdict);
            return Answer { policy, verdict, preflight: Some(policy.allow_methods(&preflight)), refused };
        }
        let origin = OriginHeader::of(headers);
        let verdict = policy.judge(origin);
        let refused = policy.enforce && refuses(&verdict, origin, headers, None);
        Answer { policy, verdict, preflight: None, refused }
    }
}

impl PolicyData {
    /// The methods that the policy allows to a preflight, if it is not known what is mounted: its own list, or else the
    /// one that is asked for.
    pub(crate) fn allow_methods(&self, preflight: &Preflight<'_>) -> Option<HeaderValue> {
        let requested = || is_of_pages(preflight.method.as_bytes()).then(|| preflight.method.clone());
        self.allow_methods.clone().or_else(requested)
    }
}

impl Answer<'_> {
    /// Whether the request is a preflight, which is answered by its [`status`](Self::status) and its
    /// [headers](Self::write) alone.
    pub fn is_preflight(&self) -> bool {
        self.preflight.is_some()
    }

    /// The status of a complete answer, without a body, that nothing else may answer: a preflight's, or that of a
    /// request which the policy refuses and enforces. `None` if the service itself is to answer.
    pub fn status(&self) -> Option<StatusCode> {
        match (&self.preflight, self.refused) {
            (_, true) => Some(StatusCode::FORBIDDEN),
            (Some(_), false) => Some(StatusCode::NO_CONTENT),
            (None, false) => None,
        }
    }

    /// Writes the header fields of the CORS protocol onto a response, in the place of any that are there.
    pub fn write(self, headers: &mut HeaderMap) {
        match self.preflight {
            Some(_) if self.refused => {
                remove(headers, PREFLIGHT_ONLY);
                write_refused_preflight(self.policy, self.verdict, headers);
            }
            Some(allow_methods) => {
                remove(headers, PREFLIGHT_ONLY);
                write_preflight(self.policy, self.policy.allow_origin(self.verdict), allow_methods, headers);
            }
            None => write_response(self.policy, self.verdict, false, headers),
        }
    }
}

/// What makes a request a preflight.
pub(crate) struct Preflight<'a> {
    pub(crate) origin: OriginHeader<'a>,
    /// The method that it asks for; it may be any bytes.
    pub(crate) method: &'a HeaderValue,
}

impl<'a> Preflight<'a> {
    /// `None` if the request is no preflight.
    ///
    /// <https://fetch.spec.whatwg.org/#cors-preflight-request>
    pub(crate) fn of(method: &Method, headers: &'a HeaderMap) -> Option<Self> {
        if *method != Method::OPTIONS {
            return None;
        }
        let method = headers.get(ACCESS_CONTROL_REQUEST_METHOD)?;
        match OriginHeader::of(headers) {
            OriginHeader::Absent => None,
            origin => Some(Self { origin, method }),
        }
    }

    /// Whether it is refused, given what its policy says of its origin: even a policy that lets everybody read answers
    /// nothing to what no browser sends.
    pub(crate) fn is_refused(&self, verdict: &Verdict) -> bool {
        !verdict.is_granted() || matches!(self.origin, OriginHeader::Malformed)
    }
}

/// Whether a policy that is enforced refuses the request: it is a cross-origin one, of an origin that is not granted.
pub(crate) fn refuses(
    verdict: &Verdict,
    origin: OriginHeader<'_>,
    headers: &HeaderMap,
    authority: Option<&Authority>,
) -> bool {
    !verdict.is_granted() && is_cross_origin(origin, headers, authority)
}

/// Whether a page of another origin makes the request.
///
/// Browsers say in `Sec-Fetch-Site` whether they take the request for a cross-origin one; older ones do not, and
/// then the origin is compared with the host that was asked. <https://w3c.github.io/webappsec-fetch-metadata/>
pub(crate) fn is_cross_origin(
    origin: OriginHeader<'_>,
    headers: &HeaderMap,
    authority: Option<&Authority>,
) -> bool {
    let origin = match origin {
        OriginHeader::Absent => return false,
        OriginHeader::Malformed => return true,
        OriginHeader::Is(origin) => origin.as_bytes(),
    };
    if let Some(site) = headers.get("sec-fetch-site") {
        return !matches!(site.as_bytes(), b"same-origin" | b"none");
    }
    let host = match (headers.get(HOST), authority) {
        (Some(host), _) => host.as_bytes(),
        (None, Some(authority)) => authority.as_str().as_bytes(),
        (None, None) => return true,
    };
    !["http://", "https://"].iter().any(|scheme| origin.strip_prefix(scheme.as_bytes()) == Some(host))
}

/// The headers of a response that a page is to see, or not, in the place of what is there.
///
/// `vary` is whether it could have been another policy for another origin.
pub(crate) fn write_response(policy: &PolicyData, verdict: Verdict, vary: bool, headers: &mut HeaderMap) {
    let granted = verdict.is_granted();
    remove(headers, RESPONSE_ONLY);
    if let Some(allow_origin) = policy.allow_origin(verdict) {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, allow_origin);
    }
    if granted && policy.credentials {
        headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, TRUE);
    }
    if granted && let Some(expose_headers) = &policy.expose_headers {
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, expose_headers.clone());
    }
    if vary || policy.varies(granted) {
        vary_by(headers, VARY_ORIGIN);
    }
}

/// The headers of the answer to a preflight whose origin is granted.
///
/// Whatever else is wrong with it, the lists are the policy's own: the browser compares, and its console then names
/// the method or the header that is missing.
pub(crate) fn write_preflight(
    policy: &PolicyData,
    allow_origin: Option<HeaderValue>,
    allow_methods: Option<HeaderValue>,
    headers: &mut HeaderMap,
) {
    let fields = [
        (ACCESS_CONTROL_ALLOW_ORIGIN, allow_origin),
        (ACCESS_CONTROL_ALLOW_CREDENTIALS, policy.credentials.then_some(TRUE)),
        (ACCESS_CONTROL_ALLOW_METHODS, allow_methods),
        (ACCESS_CONTROL_ALLOW_HEADERS, policy.allow_headers.clone()),
        (ACCESS_CONTROL_MAX_AGE, policy.max_age.clone()),
    ];
    headers.extend(fields.into_iter().filter_map(|(name, value)| Some((name, value?))));
    vary_by(headers, VARY_PREFLIGHT);
}

/// The headers of the answer to a preflight whose origin is refused: no grant, and the one right origin, if there is
/// only one.
pub(crate) fn write_refused_preflight(policy: &PolicyData, verdict: Verdict, headers: &mut HeaderMap) {
    if !verdict.is_granted()
        && let Some(one) = policy.allow_origin(verdict)
    {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, one);
    }
    vary_by(headers, VARY_PREFLIGHT);
}

/// The headers of the answer to a preflight for which there is no policy.
pub(crate) fn write_unknown_preflight(headers: &mut HeaderMap) {
    vary_by(headers, VARY_PREFLIGHT);
}

/// The fields that responses have, apart from answers to preflights.
const RESPONSE_ONLY: &[HeaderName] =
    &[ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_EXPOSE_HEADERS];

/// The fields that answers to preflights have.
const PREFLIGHT_ONLY: &[HeaderName] = &[
    ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_ALLOW_CREDENTIALS,
    ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_HEADERS,
    ACCESS_CONTROL_MAX_AGE,
];

/// Removes what somebody else said, if anybody did: it is cheaper to look at the few names that are there than to look
/// for each that may be.
fn remove(headers: &mut HeaderMap, names: &[HeaderName]) {
    if headers.keys().any(|name| name.as_str().starts_with("access-control-")) {
        for name in names {
            headers.remove(name);
        }
    }
}

/// Adds names to what the response says already of `Vary`, as one line and each once.
fn vary_by(headers: &mut HeaderMap, names: HeaderValue) {
    use http::header::Entry;

    let mut entry = match headers.entry(VARY) {
        Entry::Vacant(entry) => {
            entry.insert(names);
            return;
        }
        Entry::Occupied(entry) => entry,
    };
    let known = || entry.iter().flat_map(elements);
    if known().any(|name| name == b"*") {
        return;
    }
    let missing = elements(&names).filter(|name| !known().any(|known| known.eq_ignore_ascii_case(name)));
    let missing: Vec<&[u8]> = missing.collect();
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
