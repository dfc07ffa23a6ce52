//! What a browser may send because of an answer to a preflight that it keeps.
//!
//! It keeps answers by the address, in two lists: of methods, and of names of headers. `GET`, `HEAD` and `POST` need no entry
//! in the first. So what one method's policy answers lets in the others' requests with those headers, too.
//!
//! <https://fetch.spec.whatwg.org/#concept-cache>

use cors_rules::{is_forbidden_request_header, is_safelisted_content_type, is_safelisted_method};
use http::{HeaderName, HeaderValue, header::CONTENT_TYPE};

use crate::{
    policy::data::PolicyData,
    protocol::{
        decision::{Verdict, verdict},
        request::Head,
    },
};

impl PolicyData {
    /// Whether an answer by this policy lets a browser send this request, which is for another method of the path, without
    /// asking again.
    pub(crate) fn lets_in(&self, head: Head<'_>) -> bool {
        matches!(verdict(self, head.origin()), Verdict::Allowed(_)) && self.lists_a_header_of(head)
    }

    /// Whether it lets in any headers that need a preflight.
    pub(crate) fn lists_headers(&self) -> bool {
        self.headers.any || !self.headers.names.is_empty()
    }

    fn lists_a_header_of(&self, head: Head<'_>) -> bool {
        head.headers.iter().any(|(name, value)| {
            needs_entry(name, value) && self.headers.covers_on_requests(name.as_str().as_bytes())
        })
    }
}

/// Whether any answer could let a browser send this request without asking for its own method.
pub(crate) fn needs_kept_answer(head: Head<'_>) -> bool {
    is_safelisted_method(head.method.as_str().as_bytes())
        && head.headers.iter().any(|(name, value)| needs_entry(name, value))
}

/// Whether pages can set this header only after a preflight. Who has set it cannot be told, so that of those that only
/// browsers and proxies set, the best-known are left out.
fn needs_entry(name: &HeaderName, value: &HeaderValue) -> bool {
    match name.as_str() {
        _ if *name == CONTENT_TYPE => !is_safelisted_content_type(value.as_bytes()),
        name => !SET_BY_OTHERS.contains(&name) && !is_forbidden_request_header(name),
    }
}

/// Names that are safelisted, and those that browsers and proxies set.
const SET_BY_OTHERS: [&str; 22] = [
    "accept",
    "accept-language",
    "cache-control",
    "content-language",
    "forwarded",
    "if-modified-since",
    "if-none-match",
    "pragma",
    "priority",
    "range",
    "save-data",
    "traceparent",
    "tracestate",
    "upgrade-insecure-requests",
    "user-agent",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-prefix",
    "x-forwarded-proto",
    "x-real-ip",
    "x-request-id",
];
