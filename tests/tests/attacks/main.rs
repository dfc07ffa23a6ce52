//! The known attacks on CORS middleware and on what is built with it, each as a test of its own, against real routers.
//!
//! Where an attack was found in another library, its advisory is named. What those had in common is that a stranger was
//! answered as somebody else; so most tests ask one thing: is the attacker's origin answered, field by field, as any
//! stranger's is?

mod configuration;
mod origins;
mod preflights;
mod rebinding;
mod routes;
mod sizes;
mod websockets;

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{HeaderValue, Response},
    middleware::{Next, from_fn},
};
use cors_runtime::CorsRouter;

/// The routers of one application that keeps its policies in both ways: in its endpoints alone, and with a gate around a
/// layer.
fn both(app: impl Fn() -> CorsRouter) -> [Router; 2] {
    let through = from_fn(async |request: Request, next: Next| next.run(request).await);
    [app().finish().unwrap(), app().layer(through).finish().unwrap()]
}

/// A request with any bytes for its origin.
fn request(method: &str, path: &str, origin: &[u8]) -> Request {
    let origin = HeaderValue::from_bytes(origin).expect("bytes that HTTP carries");
    let request = Request::builder().method(method).uri(path).header("host", "api.example");
    request.header("origin", origin).body(Body::empty()).unwrap()
}

fn preflight(method: &str, path: &str, origin: &[u8]) -> Request {
    let mut request = request("OPTIONS", path, origin);
    let method = HeaderValue::from_str(method).unwrap();
    request.headers_mut().insert("access-control-request-method", method);
    request
}

/// What a page of this origin may read of a response: whether it is granted.
///
/// <https://fetch.spec.whatwg.org/#cors-check>
fn is_granted(response: &Response<Body>, origin: &[u8]) -> bool {
    let mut allowed = response.headers().get_all("access-control-allow-origin").iter();
    match (allowed.next(), allowed.next()) {
        (Some(allowed), None) => allowed == "*" || allowed.as_bytes() == origin,
        _ => false,
    }
}
