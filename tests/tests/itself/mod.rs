//! A router that is asked by its own handlers and layers.

use std::sync::OnceLock;

use axum::{
    Router,
    extract::Request,
    response::{IntoResponse, Response},
};
use cors_runtime::{Policy, policy};
use tower::ServiceExt;

/// What only [`WIDE`] grants.
pub(crate) const GRANT: &str = "access-control-allow-origin: https://evil.example";

/// The policy of the handlers at which requests come in.
pub(crate) static WIDE: Policy =
    policy! { origins = ["https://evil.example", "https://shop.example"], credentials };

/// The policy of those that are asked.
pub(crate) static LIST: Policy =
    policy! { origins = ["https://shop.example", "https://b.example"], credentials };

/// The router.
pub(crate) static APP: OnceLock<Router> = OnceLock::new();

/// A handler without a policy.
pub(crate) async fn plain() -> &'static str {
    "plain"
}

/// Asks the router for what is below `/old`.
pub(crate) async fn ask(mut request: Request) -> Response {
    let path = request.uri().path().strip_prefix("/old").expect("an old address").to_owned();
    *request.uri_mut() = path.parse().expect("a path");
    APP.get().expect("a router").clone().oneshot(request).await.into_response()
}
