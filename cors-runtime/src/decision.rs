//! The decision on one request: answered at once, or passed on with what is to be written onto the response.

use axum::{body::Body, response::Response};
use http::{HeaderMap, Method, StatusCode, Uri};

use crate::{
    answer::{
        Preflight, refuses, write_preflight, write_refused_preflight, write_response, write_unknown_preflight,
    },
    methods::is_of_pages,
    path_policies::PathPolicies,
    policy::{Policy, RequestOrigin, Verdict},
};

/// What becomes of a request.
pub(crate) enum Decision {
    /// This is the answer; nothing else sees the request.
    Answer(Response),
    /// The request goes on, and this is to be written onto whatever comes back.
    Pass(Option<Pending>),
}

/// What is to be written onto a response.
#[derive(Clone, Debug)]
pub(crate) struct Pending {
    policy: &'static Policy,
    verdict: Verdict,
    /// Whether it could have been another policy for another origin.
    vary: bool,
    /// Whether it concerns only the statement that the path has no such method.
    only_method_not_allowed: bool,
}

impl Pending {
    /// What the policy of a handler has to say of a request for it.
    pub(crate) fn new(policy: &'static Policy, headers: &HeaderMap) -> Self {
        // Where nothing depends on the origin, any verdict gives the same.
        let verdict =
            if policy.is_uniform() { Verdict::Granted } else { policy.judge(RequestOrigin::of(headers)) };
        Self { policy, verdict, vary: false, only_method_not_allowed: false }
    }

    /// Whether the policy refuses the request itself, and not only to let the page read the response.
    pub(crate) fn refuses(&self, headers: &HeaderMap, uri: &Uri) -> bool {
        self.policy.enforce && refuses(&self.verdict, RequestOrigin::of(headers), headers, uri.authority())
    }

    /// The refusal of a request.
    pub(crate) fn into_refusal(mut self) -> Response {
        let mut response = empty(StatusCode::FORBIDDEN);
        self.write(&mut response);
        response
    }

    /// What a path has to say of a method that it has no policy for.
    pub(crate) fn of_no_method(path: &PathPolicies, headers: &HeaderMap) -> Option<Self> {
        let origin = RequestOrigin::of(headers);
        let policy = path.of_no_method(origin)?;
        let verdict = policy.judge(origin);
        Some(Self { policy, verdict, vary: !path.is_one(), only_method_not_allowed: true })
    }

    #[inline]
    pub(crate) fn write(&mut self, response: &mut Response) {
        if self.only_method_not_allowed && response.status() != StatusCode::METHOD_NOT_ALLOWED {
            return;
        }
        let verdict = std::mem::replace(&mut self.verdict, Verdict::Refused);
        write_response(self.policy, verdict, self.vary, response.headers_mut());
    }
}

/// Decides on a request to a path, if it is known, by the policies of the path or else by the default.
pub(crate) fn decide(
    path: Option<&PathPolicies>,
    default: Option<&'static Policy>,
    method: &Method,
    headers: &HeaderMap,
    uri: &Uri,
) -> Decision {
    if let Some(preflight) = Preflight::of(method, headers) {
        return Decision::Answer(answer_preflight(path, default, &preflight));
    }
    let of_method = path.and_then(|path| path.of_method(method.as_str().as_bytes()));
    let Some(policy) = of_method.map(|entry| entry.policy).or(default) else {
        return Decision::Pass(path.and_then(|path| Pending::of_no_method(path, headers)));
    };
    let pending = Pending::new(policy, headers);
    if pending.refuses(headers, uri) {
        return Decision::Answer(pending.into_refusal());
    }
    Decision::Pass(Some(pending))
}

/// Answers a preflight by the policy of the method that it asks for.
///
/// The answer depends on the path, the requested method and the origin. The requested headers are the browser's to
/// compare. <https://fetch.spec.whatwg.org/#cors-preflight-fetch>
pub(crate) fn answer_preflight(
    path: Option<&PathPolicies>,
    default: Option<&'static Policy>,
    preflight: &Preflight<'_>,
) -> Response {
    let method = preflight.method.as_bytes();
    let entry = path.and_then(|path| path.of_requested_method(method));
    let policy = entry.map(|entry| entry.policy).or_else(|| default.filter(|_| is_of_pages(method)));
    let Some(policy) = policy else {
        let mut response = empty(StatusCode::FORBIDDEN);
        write_unknown_preflight(response.headers_mut());
        return response;
    };
    let verdict = policy.judge(preflight.origin);
    if preflight.is_refused(&verdict) {
        let mut response = empty(StatusCode::FORBIDDEN);
        write_refused_preflight(policy, verdict, response.headers_mut());
        return response;
    }
    let mut response = empty(StatusCode::NO_CONTENT);
    match entry {
        Some(entry) => *response.headers_mut() = entry.answer_preflight(verdict, preflight.method),
        None => {
            let (allow_origin, allow_methods) =
                (policy.allow_origin(verdict), policy.allow_methods(preflight));
            write_preflight(policy, allow_origin, allow_methods, response.headers_mut());
        }
    }
    response
}

/// A response without headers and body.
pub(crate) fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}
