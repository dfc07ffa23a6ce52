//! What a policy answers to a request, for services that are built without axum and tower.

use http::{HeaderMap, Method, Request, StatusCode, Uri};

use crate::{
    policy::{Policy, data::PolicyData},
    protocol::{
        decision::{Decision, PreflightDecision, Reason, Terms},
        headers,
        request::{Head, Preflight},
    },
    routing::methods::is_fetchable,
};

/// What a [`Policy`] answers to a request; see [`Policy::answer`].
#[derive(Debug)]
#[must_use = "an answer does nothing until it is written"]
pub struct Answer<'p> {
    policy: &'p PolicyData,
    kind: AnswerKind,
}

#[derive(Debug)]
enum AnswerKind {
    Preflight(StatusCode, HeaderMap),
    Response(Decision),
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
    ///
    /// Under `enforce`, the pages of this very server are recognized by `Host` where a browser does not send `Sec-Fetch-Site`. Requests
    /// over HTTP/2 do not have it; use [`answer_request`](Self::answer_request) for them.
    pub fn answer(&self, method: &Method, headers: &HeaderMap) -> Answer<'_> {
        self.answer_head(Head { method, uri: &Uri::default(), headers, extensions: None })
    }

    /// Answers a request by this policy alone, wherever it was received; see [`answer`](Self::answer).
    ///
    /// If the request's target has an authority, as over HTTP/2, it counts before `Host`.
    ///
    /// ```
    /// use cors_runtime::{Policy, policy};
    /// use http::{Request, StatusCode};
    ///
    /// static POLICY: Policy = policy! { origins = ["https://shop.example"], enforce };
    ///
    /// let own = Request::post("https://api.example/orders").header("origin", "https://api.example").body(()).unwrap();
    /// assert_eq!(POLICY.answer_request(&own).status(), None);
    ///
    /// let foreign = Request::post("https://api.example/orders").header("origin", "https://evil.example").body(()).unwrap();
    /// assert_eq!(POLICY.answer_request(&foreign).status(), Some(StatusCode::FORBIDDEN));
    /// ```
    pub fn answer_request<B>(&self, request: &Request<B>) -> Answer<'_> {
        self.answer_head(Head::from_request(request))
    }

    fn answer_head(&self, head: Head<'_>) -> Answer<'_> {
        let policy = self.data();
        let kind = match head.preflight() {
            Some(preflight) => {
                // It is not known what is mounted, so whatever is asked for is.
                let allow_methods = policy.methods.value.clone().or_else(|| Some(preflight.method.clone()));
                let (status, headers) = preflight_decision(policy, &preflight).answer(policy, allow_methods);
                AnswerKind::Preflight(status, headers)
            }
            None => AnswerKind::Response(Decision::new(policy, Terms::default(), head)),
        };
        Answer { policy, kind }
    }
}

/// The decision on a preflight by a policy alone, for every method that pages can use.
pub(crate) fn preflight_decision(policy: &PolicyData, preflight: &Preflight<'_>) -> PreflightDecision {
    match PreflightDecision::new(policy, preflight) {
        PreflightDecision::Answered(_) if !is_fetchable(preflight.method.as_bytes()) => {
            PreflightDecision::Refused(Reason::Method)
        }
        decision => decision,
    }
}

impl Answer<'_> {
    /// Whether the request is a preflight, which is answered by its [`status`](Self::status) and its
    /// [headers](Self::write) alone.
    pub fn is_preflight(&self) -> bool {
        matches!(self.kind, AnswerKind::Preflight(..))
    }

    /// The status of a complete answer, without a body, that nothing else may answer: a preflight's, or that of a
    /// request which the policy refuses and enforces. `None` if the service itself is to answer.
    pub fn status(&self) -> Option<StatusCode> {
        match &self.kind {
            AnswerKind::Preflight(status, _) => Some(*status),
            AnswerKind::Response(decision) => decision.is_refused.then_some(StatusCode::FORBIDDEN),
        }
    }

    /// Writes the header fields of the CORS protocol onto a response, in the place of any that are there.
    pub fn write(self, response: &mut HeaderMap) {
        match self.kind {
            AnswerKind::Preflight(_, answer) => headers::write_preflight(answer, response),
            AnswerKind::Response(decision) => decision.write(self.policy, response),
        }
    }
}
