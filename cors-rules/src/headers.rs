//! Rules for the names of headers, of requests and of responses. Knows nothing of the other keys.

use crate::violation::Kind;

/// The request headers that no page can set.
const FORBIDDEN_REQUEST_HEADERS: [&str; 22] = [
    "accept-charset",
    "accept-encoding",
    "access-control-request-headers",
    "access-control-request-method",
    "access-control-request-private-network",
    "connection",
    "content-length",
    "cookie",
    "cookie2",
    "date",
    "dnt",
    "expect",
    "host",
    "keep-alive",
    "origin",
    "referer",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
];

/// The beginnings of names that no page can set.
const FORBIDDEN_REQUEST_PREFIXES: [&str; 2] = ["proxy-", "sec-"];

/// Whether no page can set the request header of this name, which is in lower case.
///
/// <https://fetch.spec.whatwg.org/#forbidden-request-header>
pub fn is_forbidden_request_header(name: &str) -> bool {
    FORBIDDEN_REQUEST_HEADERS.contains(&name)
        || FORBIDDEN_REQUEST_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// The response headers that pages set on requests only by mistake.
const RESPONSE_HEADERS: [&str; 7] = [
    "access-control-allow-credentials",
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-allow-origin",
    "access-control-allow-private-network",
    "access-control-expose-headers",
    "access-control-max-age",
];

/// Whether this is a response header that pages set on requests only by mistake; the name is in lower case.
pub fn is_response_header_in_requests(name: &str) -> bool {
    RESPONSE_HEADERS.contains(&name)
}

/// The response headers that no page can read.
///
/// <https://fetch.spec.whatwg.org/#forbidden-response-header-name>
const UNEXPOSABLE_HEADERS: [&str; 2] = ["set-cookie", "set-cookie2"];

/// Names that responses to pages' requests never bear: those of requests alone, and those of preflight answers,
/// which no page sees.
const REQUEST_HEADERS: [&str; 19] = [
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-allow-private-network",
    "access-control-max-age",
    "access-control-request-headers",
    "access-control-request-method",
    "access-control-request-private-network",
    "cookie",
    "cookie2",
    "expect",
    "host",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "origin",
    "proxy-authorization",
    "referer",
];

/// What is wrong with a name: the kind, the message and the help.
pub(crate) type Problem = (Kind, String, String);

/// Whether this is a token, as names of headers and of methods are.
///
/// <https://www.rfc-editor.org/rfc/rfc9110#name-tokens>
pub(crate) fn is_token(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// Whether this may stand among the request headers; `*` is for the caller to deal with.
pub(crate) fn check_request_header(name: &str, allow_response_headers: bool) -> Result<(), Problem> {
    check_token(name)?;
    let lower = name.to_ascii_lowercase();
    if RESPONSE_HEADERS.contains(&lower.as_str()) {
        if allow_response_headers {
            return Ok(());
        }
        return Err((
            Kind::ResponseHeader,
            format!("`{lower}` is a response header, which a page sets on its request only by mistake"),
            "remove it here and in the page; or add `allow(response_header_names)` if the page cannot be mended"
                .to_owned(),
        ));
    }
    if is_forbidden_request_header(&lower) {
        let help = match lower.as_str() {
            "cookie" | "cookie2" => "remove it; for cookies write `credentials`",
            _ => "remove it: the browser alone sets it, and needs no permission to do so",
        };
        return Err((
            Kind::ForbiddenHeader,
            format!("`{lower}` is a header that browsers let no page set"),
            help.to_owned(),
        ));
    }
    Ok(())
}

/// Whether this may stand among the exposed headers; `*` is for the caller to deal with.
pub(crate) fn check_exposed_header(name: &str) -> Result<(), Problem> {
    check_token(name)?;
    let lower = name.to_ascii_lowercase();
    if UNEXPOSABLE_HEADERS.contains(&lower.as_str()) {
        return Err((
            Kind::UnexposableHeader,
            format!("`{lower}` is a response header that browsers let no page read"),
            "remove it; cookies reach the browser without it, if `credentials` is there".to_owned(),
        ));
    }
    if REQUEST_HEADERS.contains(&lower.as_str()) {
        return Err((
            Kind::RequestHeader,
            format!("`{lower}` is on no response that a page can read"),
            "remove it; `expose` lists response headers".to_owned(),
        ));
    }
    Ok(())
}

fn check_token(name: &str) -> Result<(), Problem> {
    if name.trim().is_empty() {
        return Err((
            Kind::Empty,
            "empty header name".to_owned(),
            "write a name such as `\"content-type\"`".to_owned(),
        ));
    }
    if is_token(name) {
        return Ok(());
    }
    let parts: Vec<_> = name.split(',').map(str::trim).filter(|part| is_token(part)).collect();
    let help = match parts.as_slice() {
        [] => "write a name such as `\"content-type\"`".to_owned(),
        parts => format!("write \"{}\"", parts.join("\", \"")),
    };
    Err((Kind::NotAToken, format!("{name:?} is no header name"), help))
}
