//! The requests whose costs are counted.

use axum::{body::Body, extract::Request};
use http::{HeaderName, HeaderValue, Method, header};

/// The origin of the page. Every policy grants it, and lists of origins have it in their middle.
pub(crate) const ORIGIN: &str = "https://shop-500.example";
/// An origin that is granted by `any` alone.
const STRANGER: &str = "https://shop-abc.example";

pub(crate) fn from_page() -> Request {
    request(Method::GET, &[(header::ORIGIN, ORIGIN)])
}

pub(crate) fn from_stranger() -> Request {
    request(Method::GET, &[(header::ORIGIN, STRANGER)])
}

pub(crate) fn from_nowhere() -> Request {
    request(Method::GET, &[])
}

pub(crate) fn preflight() -> Request {
    preflight_of(ORIGIN, "authorization,content-type")
}

pub(crate) fn preflight_of_one_name() -> Request {
    preflight_of(ORIGIN, "authorization")
}

pub(crate) fn preflight_from_stranger() -> Request {
    preflight_of(STRANGER, "authorization,content-type")
}

/// With all names of the policies of 20, as browsers send them: sorted.
pub(crate) fn preflight_of_20_names() -> Request {
    preflight_of(
        ORIGIN,
        "authorization,content-type,x-field-02,x-field-03,x-field-04,x-field-05,x-field-06,x-field-07,x-field-08,\
         x-field-09,x-field-10,x-field-11,x-field-12,x-field-13,x-field-14,x-field-15,x-field-16,x-field-17,x-field-18,\
         x-field-19",
    )
}

/// What no browser sends: 4 KiB of a name that is allowed, the last of the list.
pub(crate) fn preflight_of_4_kib_of_names() -> Request {
    static NAMES: std::sync::LazyLock<String> =
        std::sync::LazyLock::new(|| vec!["x-field-19"; 372].join(","));
    preflight_of(ORIGIN, &NAMES)
}

fn preflight_of(origin: &'static str, names: &'static str) -> Request {
    let headers = [
        (header::ORIGIN, origin),
        (header::ACCESS_CONTROL_REQUEST_METHOD, "PUT"),
        (header::ACCESS_CONTROL_REQUEST_HEADERS, names),
    ];
    request(Method::OPTIONS, &headers)
}

fn request(method: Method, headers: &[(HeaderName, &'static str)]) -> Request {
    let mut request = Request::new(Body::empty());
    *request.method_mut() = method;
    for (name, value) in [(header::HOST, "api.example"), (header::ACCEPT, "*/*")].iter().chain(headers) {
        request.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    request
}
