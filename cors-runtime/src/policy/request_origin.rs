//! The origin of a request, for handlers and delegates.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use cors_rules::Origin;
use http::{HeaderValue, header, request::Parts};

/// An extractor of the origin that a request comes from, as its browser says.
///
/// It never rejects. A request has no origin if it is not made by a page of another one; whatever else sends requests can
/// say what it likes: this proves nothing.
///
/// ```
/// use cors_runtime::{Policy, RequestOrigin};
///
/// // A delegate: the policy depends on who asks.
/// async fn policy(origin: RequestOrigin) -> Option<Policy> {
///     let own = origin.parsed()?.is_subdomain_of("shop.example");
///     own.then(|| cors_runtime::policy! { origins = ["https://*.shop.example"], credentials })
/// }
/// ```
#[derive(Clone, Debug)]
pub struct RequestOrigin(Option<HeaderValue>);

impl RequestOrigin {
    /// The origin as it was sent; `None` if the header is missing, sent more than once, or not ASCII.
    pub fn as_str(&self) -> Option<&str> {
        self.0.as_ref().and_then(|origin| origin.to_str().ok())
    }

    /// The origin taken apart; `None` as well if it is `null`, or nothing that browsers send.
    pub fn parsed(&self) -> Option<Origin<'_>> {
        self.0.as_ref().and_then(|origin| Origin::parse(origin.as_bytes()))
    }
}

impl<S: Sync> FromRequestParts<S> for RequestOrigin {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let mut origins = parts.headers.get_all(header::ORIGIN).iter();
        let only = origins.next().filter(|_| origins.next().is_none());
        Ok(Self(only.cloned()))
    }
}
