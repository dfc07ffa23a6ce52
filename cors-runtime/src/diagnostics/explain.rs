//! What becomes of a request under one policy, in words.

use std::fmt;

use cors_rules::PrintableAscii;
use http::{Request, header::ORIGIN};

use crate::{
    diagnostics::refusal::Refusal,
    policy::Policy,
    protocol::{
        decision::{Decision, Terms},
        request::Head,
    },
    routing::answer::preflight_decision,
};

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
    /// Only the router knows what is mounted where, and whether a route has several policies; it
    /// [reports](crate::CorsRouter::on_refusal) what it refuses.
    pub fn explain<B>(&self, request: &Request<B>) -> Explanation {
        let (policy, head) = (self.data(), Head::from_request(request));
        let refusal = match head.preflight() {
            Some(preflight) => preflight_decision(policy, &preflight)
                .refusal(policy, &preflight, head.headers)
                .map(|refusal| Refusal::for_preflight(refusal, self.to_ref(), policy.location, head)),
            None => Decision::new(policy, Terms::default(), head)
                .refusal(policy, head)
                .map(|refusal| Refusal::for_request(refusal, self.to_ref(), policy.location, head)),
        };
        match refusal {
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

/// The sentence for a request that is not refused.
fn allowed(head: Head<'_>) -> String {
    let path = PrintableAscii(head.uri.path().as_bytes()).to_string();
    let method = PrintableAscii(head.method.as_str().as_bytes()).to_string();
    let Some(origin) = head.headers.get(ORIGIN).map(|origin| PrintableAscii(origin.as_bytes()).to_string())
    else {
        return format!("cors does not apply to {method} {path}: no `Origin` header");
    };
    match head.preflight() {
        Some(preflight) => {
            let method = PrintableAscii(preflight.method.as_bytes()).to_string();
            format!("cors allows preflight {method} {path} from {origin}: the page may send the request")
        }
        None if !head.site(false).is_cross_origin => {
            format!("cors does not apply to {method} {path} from {origin}: same-origin request")
        }
        None => format!("cors allows request {method} {path} from {origin}: the page may read the response"),
    }
}
