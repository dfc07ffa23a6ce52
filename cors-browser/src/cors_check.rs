//! Whether a page may see a response, and which of its headers.

use cors_rules::CorsError;
use http::{
    HeaderMap, HeaderName,
    header::{
        ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS,
        SET_COOKIE,
    },
};
use url::Url;

use crate::{
    departures::{Profile, Quirk},
    header_values::{get, list},
    request::FetchRequest,
};

/// Whether the response is shared with the page of a request: `Err` is the error, and the value that is wrong.
///
/// A preflight is without credentials, and yet its answer is judged by those of the request that it asks for.
///
/// <https://fetch.spec.whatwg.org/#concept-cors-check>
pub(crate) fn cors_check(
    request: &FetchRequest,
    with_credentials: bool,
    response: &HeaderMap,
) -> Result<(), (CorsError, String)> {
    check(request.profile, request.serialized_origin(), with_credentials, response)
}

fn check(
    profile: Profile,
    origin: &str,
    with_credentials: bool,
    response: &HeaderMap,
) -> Result<(), (CorsError, String)> {
    let fails = |error, value: &str| Err((error, value.to_owned()));

    match allow_origin(profile, response).as_deref() {
        None => return fails(CorsError::MissingAllowOriginHeader, ""),
        Some("*") if with_credentials => return fails(CorsError::WildcardOriginNotAllowed, ""),
        Some("*") => return Ok(()),
        Some(named) if named != origin => return fails(mismatch(named), named),
        Some(_) if !with_credentials => return Ok(()),
        Some(_) => {}
    }
    match get(response, &ACCESS_CONTROL_ALLOW_CREDENTIALS).as_deref() {
        Some("true") => Ok(()),
        other => fails(CorsError::InvalidAllowCredentials, other.unwrap_or_default()),
    }
}

fn allow_origin(profile: Profile, response: &HeaderMap) -> Option<String> {
    let value = get(response, &ACCESS_CONTROL_ALLOW_ORIGIN)?;
    if !profile.departs(Quirk::EmptyAllowOriginLinesAreSkipped) {
        return Some(value);
    }
    let lines: Vec<&str> = value.split(", ").filter(|line| !line.is_empty()).collect();
    Some(lines.join(", "))
}

/// How the engines call it if another origin is named: the standard has only one failure.
fn mismatch(named: &str) -> CorsError {
    match named {
        _ if named.contains([' ', ',']) => CorsError::MultipleAllowOriginValues,
        "null" => CorsError::AllowOriginMismatch,
        _ if Url::parse(named).is_err() => CorsError::InvalidAllowOriginValue,
        _ => CorsError::AllowOriginMismatch,
    }
}

/// The headers of a response from another origin that the page can read.
///
/// <https://fetch.spec.whatwg.org/#concept-filtered-response-cors>
pub(crate) fn exposed_headers(with_credentials: bool, mut headers: HeaderMap) -> HeaderMap {
    const SAFELISTED: [&str; 7] = [
        "cache-control",
        "content-language",
        "content-length",
        "content-type",
        "expires",
        "last-modified",
        "pragma",
    ];

    let exposed = list(&headers, &ACCESS_CONTROL_EXPOSE_HEADERS).ok().flatten().unwrap_or_default();
    let all = !with_credentials && exposed.iter().any(|name| name == "*");
    let is_exposed = |name: &HeaderName| {
        all || SAFELISTED.contains(&name.as_str()) || exposed.iter().any(|exposed| name == exposed.as_str())
    };
    retain(&mut headers, is_exposed);
    own_headers(headers)
}

/// The headers of a response from the page's own origin that the page can read.
///
/// <https://fetch.spec.whatwg.org/#concept-filtered-response-basic>
pub(crate) fn own_headers(mut headers: HeaderMap) -> HeaderMap {
    retain(&mut headers, |name| *name != SET_COOKIE && *name != "set-cookie2");
    headers
}

fn retain(headers: &mut HeaderMap, keep: impl Fn(&HeaderName) -> bool) {
    let others: Vec<HeaderName> = headers.keys().filter(|name| !keep(name)).cloned().collect();
    others.iter().for_each(|name| drop(headers.remove(name)));
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;
    use CorsError::*;

    const PAGE: &str = "http://localhost:7101";

    fn headers(fields: &[(HeaderName, &str)]) -> HeaderMap {
        let fields = fields.iter();
        fields.map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap())).collect()
    }

    /// Each row was seen in Chromium 156.
    #[test]
    fn the_page_is_named_exactly_and_once() {
        let cases: [(&[&str], Option<CorsError>); 34] = [
            (&["*"], None),
            (&["\t*"], None),
            (&[" http://localhost:7101"], None),
            (&["\thttp://localhost:7101"], None),
            (&["http://localhost:7101"], None),
            (&["//localhost:7101"], Some(InvalidAllowOriginValue)),
            (&["ftp://localhost:7101"], Some(AllowOriginMismatch)),
            (&["http:/localhost:7101"], Some(AllowOriginMismatch)),
            (&["localhost:7101"], Some(AllowOriginMismatch)),
            (&["http://localhost:7101/"], Some(AllowOriginMismatch)),
            (&["http://localhost:7101#"], Some(AllowOriginMismatch)),
            (&["http://localhost:7101/dir/"], Some(AllowOriginMismatch)),
            (&["http://localhost:7101:80"], Some(InvalidAllowOriginValue)),
            (&["HTTP://LOCALHOST:7101"], Some(AllowOriginMismatch)),
            (&["https://other.example"], Some(AllowOriginMismatch)),
            (&["http://.localhost"], Some(AllowOriginMismatch)),
            (&["a"], Some(InvalidAllowOriginValue)),
            (&["-"], Some(InvalidAllowOriginValue)),
            (&["'*'"], Some(InvalidAllowOriginValue)),
            (&["*http://*"], Some(InvalidAllowOriginValue)),
            (&["localhost"], Some(InvalidAllowOriginValue)),
            (&["*.localhost"], Some(InvalidAllowOriginValue)),
            (&[""], Some(InvalidAllowOriginValue)),
            (&["null"], Some(AllowOriginMismatch)),
            (&["* *"], Some(MultipleAllowOriginValues)),
            (&["* http://localhost:7101"], Some(MultipleAllowOriginValues)),
            (&["null http://localhost:7101"], Some(MultipleAllowOriginValues)),
            (&["a, b"], Some(MultipleAllowOriginValues)),
            (&["http://localhost:7101 http://localhost:7101"], Some(MultipleAllowOriginValues)),
            (&["", "*"], Some(MultipleAllowOriginValues)),
            (&["*", "*"], Some(MultipleAllowOriginValues)),
            (&["*", "http://localhost:7101"], Some(MultipleAllowOriginValues)),
            (&["http://localhost:7101", "http://localhost:7101"], Some(MultipleAllowOriginValues)),
            (&[], Some(MissingAllowOriginHeader)),
        ];
        for (lines, expected) in cases {
            let fields: Vec<_> = lines.iter().map(|line| (ACCESS_CONTROL_ALLOW_ORIGIN, *line)).collect();
            let result = check(Profile::default(), PAGE, false, &headers(&fields));
            let value = lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join(", ");
            assert_eq!(result.err(), expected.map(|error| (error, value)), "{lines:?}");
        }
    }

    /// Each row was seen in Chromium 156.
    #[test]
    fn credentials_need_the_page_by_name_and_exactly_true() {
        let cases = [
            (PAGE, Some("true"), None),
            (PAGE, Some(" true "), None),
            (PAGE, Some("True"), Some(InvalidAllowCredentials)),
            (PAGE, Some("false"), Some(InvalidAllowCredentials)),
            (PAGE, Some("0"), Some(InvalidAllowCredentials)),
            (PAGE, None, Some(InvalidAllowCredentials)),
            ("*", Some("true"), Some(WildcardOriginNotAllowed)),
        ];
        for (origin, credentials, expected) in cases {
            let mut response = headers(&[(ACCESS_CONTROL_ALLOW_ORIGIN, origin)]);
            response.extend(
                credentials
                    .map(|value| (ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_str(value).unwrap())),
            );
            let result = check(Profile::default(), PAGE, true, &response);
            assert_eq!(result.err().map(|(error, _)| error), expected, "{origin} {credentials:?}");
        }
    }

    /// Each row was seen in Chromium 156.
    #[test]
    fn a_page_reads_what_is_safelisted_or_exposed() {
        let cases = [
            ("", false, "content-type"),
            ("bb-8", false, "bb-8 content-type"),
            ("BB-8", true, "bb-8 content-type"),
            (", bb-8,,", false, "bb-8 content-type"),
            ("bb-8, no no", false, "content-type"),
            ("set-cookie, bb-8", false, "bb-8 content-type"),
            ("*", false, "access-control-expose-headers bb-8 content-type etag"),
            ("*", true, "content-type"),
        ];
        for (expose, credentials, expected) in cases {
            let mut response = headers(&[(SET_COOKIE, "a=1"), (ACCESS_CONTROL_EXPOSE_HEADERS, expose)]);
            for name in ["bb-8", "content-type", "etag"] {
                response.insert(name, HeaderValue::from_static("x"));
            }
            let shared = exposed_headers(credentials, response);
            let mut names: Vec<&str> = shared.keys().map(HeaderName::as_str).collect();
            names.sort_unstable();
            assert_eq!(names.join(" "), expected, "{expose} {credentials:?}");
        }
    }
}
