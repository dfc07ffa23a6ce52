//! The tables. A row's server says only what the row is about.

use super::row::Row;

#[path = "rows/allow_origin.rs"]
mod allow_origin;
#[path = "rows/credentials.rs"]
mod credentials;
#[path = "rows/expose_headers.rs"]
mod expose_headers;
#[path = "rows/library.rs"]
mod library;
#[path = "rows/no_cors.rs"]
mod no_cors;
#[path = "rows/preflight.rs"]
mod preflight;
#[path = "rows/preflight_cache.rs"]
mod preflight_cache;
#[path = "rows/redirects.rs"]
mod redirects;
#[path = "rows/request_headers.rs"]
mod request_headers;
#[path = "rows/request_methods.rs"]
mod request_methods;
#[path = "rows/shop.rs"]
mod shop;
#[path = "rows/statuses.rs"]
mod statuses;

pub(crate) fn tables() -> Vec<(&'static str, Vec<Row>)> {
    vec![
        ("Access-Control-Allow-Origin", allow_origin::rows()),
        ("credentials", credentials::rows()),
        ("statuses", statuses::rows()),
        ("Access-Control-Expose-Headers", expose_headers::rows()),
        ("preflights", preflight::rows()),
        ("methods", request_methods::rows()),
        ("request headers", request_headers::rows()),
        ("the preflight cache", preflight_cache::rows()),
        ("redirects", redirects::rows()),
        ("requests that are not read", no_cors::rows()),
        ("policies", library::rows()),
        ("the shop", shop::rows()),
    ]
}
