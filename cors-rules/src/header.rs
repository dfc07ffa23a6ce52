//! Rules for the names of headers, of requests and of responses, each by itself.

use crate::{
    ascii,
    help::{Help, Remedy, Snippet},
    key::Key,
    printable::Printable,
    spec::Allow,
    violation::{Fault, Rule},
};

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

/// Whether no page can set the request header of this name, in any case.
///
/// <https://fetch.spec.whatwg.org/#forbidden-request-header>
pub const fn is_forbidden_request_header(name: &str) -> bool {
    let [proxy, sec] = FORBIDDEN_REQUEST_PREFIXES;
    ascii::is_one_of_in_any_case(name, &FORBIDDEN_REQUEST_HEADERS)
        || ascii::starts_with_in_any_case(name, proxy)
        || ascii::starts_with_in_any_case(name, sec)
}

/// How many bytes the value of one safelisted request header may have.
///
/// <https://fetch.spec.whatwg.org/#cors-safelisted-request-header>
pub const MAX_SAFELISTED_VALUE_BYTES: usize = 128;

/// Whether pages can send this `Content-Type` without a preflight: a type that forms could always send, whatever its
/// parameters, as long as they have no unsafe bytes.
///
/// <https://fetch.spec.whatwg.org/#cors-safelisted-request-header>
pub fn is_safelisted_content_type(value: &[u8]) -> bool {
    const TYPES: [&[u8]; 3] = [b"application/x-www-form-urlencoded", b"multipart/form-data", b"text/plain"];

    // <https://mimesniff.spec.whatwg.org/#parse-a-mime-type>
    let essence = value.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    value.len() <= MAX_SAFELISTED_VALUE_BYTES
        && !has_unsafe_byte(value)
        && TYPES.iter().any(|safe| safe.eq_ignore_ascii_case(essence))
}

/// Whether a value has a byte by which a request header is no longer safelisted.
///
/// <https://fetch.spec.whatwg.org/#cors-unsafe-request-header-byte>
pub fn has_unsafe_byte(value: &[u8]) -> bool {
    let is_unsafe = |byte: &u8| matches!(byte, 0..=8 | 10..=31 | 127) || br#""():<>?@[\]{}"#.contains(byte);
    value.iter().any(is_unsafe)
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

/// Whether this is a response header that pages set on requests only by mistake, in any case.
pub const fn is_response_header_in_requests(name: &str) -> bool {
    ascii::is_one_of_in_any_case(name, &RESPONSE_HEADERS)
}

/// The response headers that no page can read.
///
/// <https://fetch.spec.whatwg.org/#forbidden-response-header-name>
const UNEXPOSABLE_HEADERS: [&str; 2] = ["set-cookie", "set-cookie2"];

/// Names that are not on responses to the requests of pages: those of requests alone, and those of preflight answers,
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

pub(crate) const fn is_unexposable(name: &str) -> bool {
    ascii::is_one_of_in_any_case(name, &UNEXPOSABLE_HEADERS)
}

pub(crate) const fn is_never_on_responses(name: &str) -> bool {
    ascii::is_one_of_in_any_case(name, &REQUEST_HEADERS)
}

/// Whether this is a token, as names of headers and of methods are.
///
/// <https://www.rfc-editor.org/rfc/rfc9110#name-tokens>
pub(crate) const fn is_token(name: &str) -> bool {
    let bytes = name.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let is_token_byte = bytes[at].is_ascii_alphanumeric()
            || matches!(
                bytes[at],
                b'!' | b'#'
                    | b'$'
                    | b'%'
                    | b'&'
                    | b'\''
                    | b'*'
                    | b'+'
                    | b'-'
                    | b'.'
                    | b'^'
                    | b'_'
                    | b'`'
                    | b'|'
                    | b'~'
            );
        if !is_token_byte {
            return false;
        }
        at += 1;
    }
    !bytes.is_empty()
}

/// Whether this can be a request header; `*` alone is for the caller to deal with.
pub(crate) fn check_request_header(name: &str, allow_response_headers: bool) -> Result<(), Fault> {
    check_name(Key::Headers, name)?;
    let lower = name.to_ascii_lowercase();
    if is_response_header_in_requests(name) {
        if allow_response_headers {
            return Ok(());
        }
        let message =
            format!("`{lower}` is a response header, and a page sets it on its request only by mistake");
        let help = Help::new([
            Remedy::advice("remove it here and in the page"),
            Remedy::allow(Allow::ResponseHeaderNames),
        ]);
        return Err(Fault::new(Rule::ResponseHeader, message, help));
    }
    if is_forbidden_request_header(name) {
        let message = format!("browsers do not let pages set `{}`", Printable(&lower));
        let help = match lower.as_str() {
            "cookie" | "cookie2" => Help::new([
                Remedy::Remove,
                Remedy::WriteFlag {
                    key: Key::Credentials,
                    purpose: "in its place to let pages send cookies",
                },
            ]),
            _ => {
                Remedy::advice("remove it: the browser itself sets it, without asking for permission").into()
            }
        };
        return Err(Fault::new(Rule::ForbiddenHeader, message, help));
    }
    Ok(())
}

/// Whether this can be an exposed header; `*` alone is for the caller to deal with.
pub(crate) fn check_exposed_header(name: &str) -> Result<(), Fault> {
    check_name(Key::Expose, name)?;
    let lower = name.to_ascii_lowercase();
    if is_unexposable(name) {
        let message = format!("browsers do not let pages read `{lower}`");
        let help =
            Remedy::advice("remove it: with credentials allowed, cookies reach the browser without it");
        return Err(Fault::new(Rule::UnexposableHeader, message, help));
    }
    if is_never_on_responses(name) {
        let message = format!("`{lower}` never appears on a response that a page can read");
        let help = Remedy::advice("remove it: `expose` lists response headers");
        return Err(Fault::new(Rule::RequestHeader, message, help));
    }
    Ok(())
}

/// What names of both kinds have in common.
fn check_name(key: Key, name: &str) -> Result<(), Fault> {
    let example = || Remedy::Example {
        advice: "write a name",
        entries: match key {
            Key::Expose => const { &[Snippet::text("etag")] },
            _ => const { &[Snippet::text("content-type")] },
        },
    };
    if name.trim().is_empty() {
        return Err(Fault::new(Rule::Empty, "empty header name", example()));
    }
    if !is_token(name) {
        // Several names in one text, as in the header field itself.
        let parts: Vec<_> = name.split(',').map(str::trim).filter(|part| is_token(part)).collect();
        let is_list = !parts.is_empty() && name.len() <= MAX_LIST_BYTES;
        let help = if is_list { Remedy::write_all(parts) } else { example() };
        let message = format!("`{}` is not a valid header name", Printable(name));
        return Err(Fault::new(Rule::NotAToken, message, help));
    }
    if name.contains('*') {
        let message =
            format!("browsers take `{}` literally: `*` is a wildcard only by itself", Printable(name));
        let help = Remedy::advice("write each name in full");
        return Err(Fault::new(Rule::MisplacedWildcard, message, help));
    }
    Ok(())
}

/// Longer lists are not repeated in the help.
const MAX_LIST_BYTES: usize = 400;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::help::Syntax;

    fn verdict(result: Result<(), Fault>) -> Option<(Rule, String)> {
        result.err().map(|fault| (fault.rule, fault.help.in_syntax(Syntax::Attribute)))
    }

    #[test]
    fn request_headers() {
        for name in
            ["content-type", "X.Foo", "User-Agent", "If-None-Match", "Last-Event-ID", "x!#$%&'+-.^_`|~"]
        {
            assert_eq!(verdict(check_request_header(name, false)), None, "{name}");
        }
        for (name, rule, help) in [
            ("", Rule::Empty, "write a name, for example \"content-type\""),
            (" ", Rule::Empty, "write a name, for example \"content-type\""),
            ("x foo", Rule::NotAToken, "write a name, for example \"content-type\""),
            ("()", Rule::NotAToken, "write a name, for example \"content-type\""),
            ("résumé", Rule::NotAToken, "write a name, for example \"content-type\""),
            ("x-foo\r\n", Rule::NotAToken, "write \"x-foo\""),
            ("x-foo, x-bar", Rule::NotAToken, "write \"x-foo\", \"x-bar\""),
            ("x-amz-meta-*", Rule::MisplacedWildcard, "write each name in full"),
            ("*-id", Rule::MisplacedWildcard, "write each name in full"),
            ("**", Rule::MisplacedWildcard, "write each name in full"),
            (
                "Cookie",
                Rule::ForbiddenHeader,
                "remove it, or write `credentials` in its place to let pages send cookies",
            ),
            (
                "Sec-Fetch-Mode",
                Rule::ForbiddenHeader,
                "remove it: the browser itself sets it, without asking for permission",
            ),
            (
                "Access-Control-Allow-Origin",
                Rule::ResponseHeader,
                "remove it here and in the page, or add `allow(response_header_names)`",
            ),
        ] {
            assert_eq!(verdict(check_request_header(name, false)), Some((rule, help.to_owned())), "{name}");
        }
        assert_eq!(verdict(check_request_header("access-control-allow-origin", true)), None);
    }

    #[test]
    fn exposed_headers() {
        for name in ["etag", "Location", "Content-Length", "Server-Timing", "X-Total"] {
            assert_eq!(verdict(check_exposed_header(name)), None, "{name}");
        }
        for (name, rule) in [
            ("", Rule::Empty),
            ("x:foo", Rule::NotAToken),
            ("x-amz-*", Rule::MisplacedWildcard),
            ("Set-Cookie", Rule::UnexposableHeader),
            ("set-cookie2", Rule::UnexposableHeader),
            ("Origin", Rule::RequestHeader),
            ("Access-Control-Max-Age", Rule::RequestHeader),
        ] {
            assert_eq!(verdict(check_exposed_header(name)).map(|(rule, _)| rule), Some(rule), "{name}");
        }
    }
}
