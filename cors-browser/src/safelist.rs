//! Which methods and request headers pages can use, and which of them they can use without a preflight.

// The tables here are for requests, and ask about bytes as pages give them; the rules for policies, which are stricter,
// are those of `cors-rules`.

use cors_rules::{
    MAX_SAFELISTED_VALUE_BYTES, has_unsafe_byte, is_forbidden_method, is_forbidden_request_header,
    is_safelisted_content_type,
};
use http::{HeaderMap, HeaderName, Method};

use crate::{
    departures::{Profile, Quirk},
    header_values::WHITE_SPACE,
};

/// The method as it is sent, in which the case of the best-known ones is corrected, and `patch` stays what it is.
///
/// <https://fetch.spec.whatwg.org/#concept-method-normalize>
pub(crate) fn normalize(method: &Method) -> Method {
    let known = [Method::DELETE, Method::GET, Method::HEAD, Method::OPTIONS, Method::POST, Method::PUT];
    let is_meant = |known: &Method| known.as_str().eq_ignore_ascii_case(method.as_str());
    known.into_iter().find(is_meant).unwrap_or_else(|| method.clone())
}

/// <https://fetch.spec.whatwg.org/#forbidden-request-header>
pub(crate) fn is_forbidden_header(profile: Profile, name: &HeaderName, value: &[u8]) -> bool {
    const OVERRIDES: [&str; 3] = ["x-http-method", "x-http-method-override", "x-method-override"];
    // On the list of a draft that browsers do not follow: <https://wicg.github.io/private-network-access/#forbidden-header-names>
    const NOT_FORBIDDEN: &str = "access-control-request-private-network";

    let name = name.as_str();
    let names_forbidden_method = || {
        let methods = String::from_utf8_lossy(value);
        methods.split(',').any(|method| is_forbidden_method(method.trim_matches(WHITE_SPACE).as_bytes()))
    };
    is_forbidden_request_header(name) && name != NOT_FORBIDDEN
        || OVERRIDES.contains(&name) && names_forbidden_method()
        || name == "user-agent" && profile.departs(Quirk::UserAgentIsForbidden)
}

/// The names of the headers that need a preflight, sorted and in lower case.
///
/// <https://fetch.spec.whatwg.org/#cors-unsafe-request-header-names>
pub(crate) fn unsafe_names(profile: Profile, headers: &HeaderMap) -> Vec<String> {
    let is_safe = |name: &&HeaderName| {
        headers.get_all(*name).iter().all(|value| is_safelisted(profile, name.as_str(), value.as_bytes()))
    };
    let (safe, mut names): (Vec<_>, Vec<_>) = headers.keys().partition(is_safe);
    let size: usize = safe.iter().flat_map(|name| headers.get_all(*name)).map(|value| value.len()).sum();
    if size > MAX_SAFELISTED_BYTES {
        names.extend(safe);
    }
    names.sort_by_key(|name| name.as_str());
    names.into_iter().map(ToString::to_string).collect()
}

/// How many bytes the values of safelisted headers may have together.
const MAX_SAFELISTED_BYTES: usize = 1024;

/// Whether a header needs no preflight.
///
/// <https://fetch.spec.whatwg.org/#cors-safelisted-request-header>
pub(crate) fn is_safelisted(profile: Profile, name: &str, value: &[u8]) -> bool {
    let is_safe = match name {
        "accept" => {
            let is_unsafe = !value.is_ascii() && profile.departs(Quirk::NonAsciiAcceptIsUnsafe);
            !has_unsafe_byte(value) && !is_unsafe
        }
        "accept-language" | "content-language" => value.iter().all(|byte| is_language_byte(*byte)),
        "content-type" => is_safelisted_content_type(value),
        "range" => is_simple_range(value),
        _ => profile.departs(Quirk::ClientHintsAreSafelisted) && is_client_hint(name, value),
    };
    is_safe && value.len() <= MAX_SAFELISTED_VALUE_BYTES
}

/// Whether a header can be set on a request that is sent without asking, `no-cors`; others are left out of it.
///
/// <https://fetch.spec.whatwg.org/#no-cors-safelisted-request-header>
pub(crate) fn is_no_cors_safelisted(profile: Profile, name: &str, value: &[u8]) -> bool {
    matches!(name, "accept" | "accept-language" | "content-language" | "content-type")
        && is_safelisted(profile, name, value)
}

fn is_language_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b" *,-.;=".contains(&byte)
}

/// Whether it is one range with a beginning, like `bytes=0-1023` or `bytes=1024-`.
///
/// <https://fetch.spec.whatwg.org/#simple-range-header-value>
fn is_simple_range(value: &[u8]) -> bool {
    let number =
        |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse::<u64>().ok());
    let range = str::from_utf8(value).ok().and_then(|value| value.strip_prefix("bytes="));
    let Some((start, end)) = range.and_then(|range| range.split_once('-')) else { return false };
    match (number(start), number(end)) {
        (Some(Some(_)), Some(None)) => end.is_empty(),
        (Some(Some(start)), Some(Some(end))) => start <= end,
        _ => false,
    }
}

/// Whether a header is a client hint with a value as browsers send it, which some take for safe. The Fetch standard once did:
/// <https://github.com/whatwg/fetch/issues/1383>
fn is_client_hint(name: &str, value: &[u8]) -> bool {
    let value = String::from_utf8_lossy(value);
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match name {
        "device-memory" | "downlink" | "dpr" => {
            let (whole, fraction) = value.split_once('.').unwrap_or((&value, "0"));
            is_number(whole) && is_number(fraction)
        }
        "rtt" | "viewport-width" | "width" => is_number(&value),
        "ect" => ["2g", "3g", "4g", "slow-2g"].contains(&&*value),
        "save-data" => value.eq_ignore_ascii_case("on"),
        _ => false,
    }
}

/// Whether a header is one that `*` in a list of names does not cover.
///
/// <https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name>
pub(crate) fn is_non_wildcard(name: &str) -> bool {
    name.eq_ignore_ascii_case("authorization")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_case_of_well_known_methods_is_corrected() {
        let cases = [
            ("get", "GET"),
            ("Delete", "DELETE"),
            ("options", "OPTIONS"),
            ("patch", "patch"),
            ("PATCH", "PATCH"),
            ("chicken", "chicken"),
        ];
        for (written, sent) in cases {
            assert_eq!(normalize(&Method::from_bytes(written.as_bytes()).unwrap()), *sent, "{written}");
        }
    }

    #[test]
    fn headers_of_the_browsers_own_are_not_for_pages() {
        let cases: [(&str, &str, bool); 9] = [
            ("cookie", "a=1", true),
            ("sec-fetch-site", "same-origin", true),
            ("proxy-authorization", "x", true),
            ("x-http-method-override", "TRACE", true),
            ("x-http-method", "PUT, connect", true),
            ("x-method-override", "PUT", false),
            ("user-agent", "x", false),
            ("authorization", "x", false),
            ("security", "x", false),
        ];
        for (name, value, expected) in cases {
            let header = HeaderName::from_static(name);
            assert_eq!(
                is_forbidden_header(Profile::default(), &header, value.as_bytes()),
                expected,
                "{name}: {value}"
            );
        }
    }

    #[test]
    fn a_header_is_safe_by_name_and_value() {
        let long = "a".repeat(129);
        let cases = [
            ("accept", "text/html;q=0.5, */*", true),
            ("accept", "a\"b", false),
            ("accept", &long, false),
            ("accept", &long[1..], true),
            ("accept", "a\tb", true),
            ("accept-language", "de, en;q=0.5", true),
            ("accept-language", "de@", false),
            ("content-language", "en_GB", false),
            ("content-type", "text/plain", true),
            ("content-type", " TEXT/plain ; x=1", true),
            ("content-type", "multipart/form-data; boundary=x", true),
            ("content-type", "multipart/form-data; boundary=\"x\"", false),
            ("content-type", "application/x-www-form-urlencoded", true),
            ("content-type", "application/json", false),
            ("content-type", "text/plain, text/html", false),
            ("content-type", "text/plainer", false),
            ("content-type", "", false),
            ("range", "bytes=0-1023", true),
            ("range", "bytes=1024-", true),
            ("range", "bytes=-5", false),
            ("range", "bytes=0-5,7-9", false),
            ("range", "bytes= 0-5", false),
            ("range", "BYTES=0-5", false),
            ("range", "bytes=9-5", false),
            ("range", "bytes=-", false),
            ("authorization", "Bearer 1", false),
            ("x-requested-with", "XMLHttpRequest", false),
        ];
        for (name, value, expected) in cases {
            assert_eq!(
                is_safelisted(Profile::default(), name, value.as_bytes()),
                expected,
                "{name}: {value}"
            );
        }
    }

    #[test]
    fn unsafe_names_are_sorted_and_all_are_unsafe_beyond_1024_bytes() {
        let headers = |fields: &[(&str, &str)]| -> HeaderMap {
            let fields = fields.iter();
            fields
                .map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap()))
                .collect()
        };
        let mixed = headers(&[("X-B", "1"), ("accept", "*/*"), ("Authorization", "q"), ("x-a", "1")]);
        assert_eq!(unsafe_names(Profile::default(), &mixed), ["authorization", "x-a", "x-b"]);

        let line = "a".repeat(128);
        let mut many = headers(&[("accept", line.as_str()); 8]);
        assert!(unsafe_names(Profile::default(), &many).is_empty());
        many.insert("accept-language", "d".parse().unwrap());
        assert_eq!(unsafe_names(Profile::default(), &many), ["accept", "accept-language"]);
    }
}
