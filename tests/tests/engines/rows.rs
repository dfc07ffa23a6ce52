//! The tables. A row's server says only what the row is about.

use crate::row::Row;

mod allow_origin;
mod credentials;
mod expose_headers;
mod library;
mod no_cors;
mod other_ways;
mod preflight;
mod preflight_cache;
mod redirects;
mod request_headers;
mod request_methods;
mod sent_headers;
mod shop;
mod statuses;
mod unsent;

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
        ("other ways to send", other_ways::rows()),
        ("headers that are sent", sent_headers::rows()),
        ("what no page can send", unsent::rows()),
        ("policies", library::rows()),
        ("the shop", shop::rows()),
    ]
}
