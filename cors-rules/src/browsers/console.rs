//! What the consoles of the engines say when they block.
//!
//! The sentences were read off the consoles of the versions that [`Engine::observed_version`] names.

use super::{CorsError, Engine};
use crate::header::is_token;

/// A response that an engine keeps from a page, with all that a console quotes of it.
///
/// ```
/// use cors_rules::{CorsError, CorsFailure, Engine};
///
/// let failure =
///     CorsFailure::new(CorsError::PreflightMissingAllowOriginHeader, "", "https://shop.example", Some(403));
/// assert_eq!(failure.reason(Engine::WebKit), "Preflight response is not successful. Status code: 403");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorsFailure {
    /// What is wrong.
    pub error: CorsError,
    /// The value of the header that is wrong, or the method or the request header that is not allowed.
    pub value: String,
    /// The `Origin` of the request.
    pub origin: String,
    /// The status of the response; without it, sentences that end with the status end before it.
    pub status: Option<u16>,
    /// Where the response redirects to, if it does.
    pub location: Option<String>,
}

impl CorsFailure {
    /// The failure of a response that is not a redirect.
    pub fn new(
        error: CorsError,
        value: impl Into<String>,
        origin: impl Into<String>,
        status: Option<u16>,
    ) -> Self {
        Self { error, value: value.into(), origin: origin.into(), status, location: None }
    }

    /// The value, the method or the header that is wrong, as far as Chromium names it: DevTools' `failedParameter`.
    pub fn parameter(&self) -> &str {
        match self.error {
            CorsError::InvalidAllowMethodsPreflightResponse
            | CorsError::InvalidAllowHeadersPreflightResponse => "",
            _ => &self.value,
        }
    }

    /// The sentence that the engine's console gives as the reason, without the request that was blocked.
    ///
    /// Chromium writes it behind `has been blocked by CORS policy:`, Firefox in parentheses behind the URL, and WebKit on
    /// a line of its own.
    pub fn reason(&self, engine: Engine) -> String {
        match engine {
            Engine::Chromium => self.in_chromium(self.error),
            Engine::Firefox => self.in_firefox(),
            Engine::WebKit => self.in_webkit(),
        }
    }

    fn in_chromium(&self, error: CorsError) -> String {
        use CorsError as E;

        if let Some(error) = error.in_response() {
            return format!("{CHROMIUM_PREFLIGHT}{}", self.in_chromium(error));
        }
        let value = self.parameter();
        match error {
            E::WildcardOriginNotAllowed => {
                "The value of the 'Access-Control-Allow-Origin' header in the response must not be the wildcard '*' \
                 when the request's credentials mode is 'include'."
                    .to_owned()
            }
            E::MultipleAllowOriginValues => format!(
                "The 'Access-Control-Allow-Origin' header contains multiple values '{value}', but only one is \
                 allowed.{CHROMIUM_ADVICE}"
            ),
            E::InvalidAllowOriginValue => format!(
                "The 'Access-Control-Allow-Origin' header contains the invalid value '{value}'.{CHROMIUM_ADVICE}"
            ),
            E::AllowOriginMismatch => format!(
                "The 'Access-Control-Allow-Origin' header has a value '{value}' that is not equal to the supplied \
                 origin.{CHROMIUM_ADVICE}"
            ),
            E::InvalidAllowCredentials => format!(
                "The value of the 'Access-Control-Allow-Credentials' header in the response is '{value}' which must \
                 be 'true' when the request's credentials mode is 'include'."
            ),
            E::CorsDisabledScheme => {
                format!("Cross origin requests are only supported for protocol schemes: {CHROMIUM_SCHEMES}.")
            }
            E::PreflightInvalidStatus => format!("{CHROMIUM_PREFLIGHT}It does not have HTTP ok status."),
            E::PreflightDisallowedRedirect => {
                format!("{CHROMIUM_PREFLIGHT}Redirect is not allowed for a preflight request.")
            }
            E::InvalidAllowMethodsPreflightResponse => {
                "Cannot parse Access-Control-Allow-Methods response header field in preflight response.".to_owned()
            }
            E::InvalidAllowHeadersPreflightResponse => {
                "Cannot parse Access-Control-Allow-Headers response header field in preflight response.".to_owned()
            }
            E::MethodDisallowedByPreflightResponse => {
                format!("Method {value} is not allowed by Access-Control-Allow-Methods in preflight response.")
            }
            E::HeaderDisallowedByPreflightResponse => format!(
                "Request header field {value} is not allowed by Access-Control-Allow-Headers in preflight response."
            ),
            E::RedirectContainsCredentials => format!(
                "Redirect location '{value}' contains a username and password, which is disallowed for \
                 cross-origin requests."
            ),
            _ => "No 'Access-Control-Allow-Origin' header is present on the requested resource.".to_owned(),
        }
    }

    /// From the parenthesis on.
    fn in_firefox(&self) -> String {
        use CorsError as E;

        const ACAO: &str = "CORS header ‘Access-Control-Allow-Origin’";

        let value = &self.value;
        let with_status = |reason: &str| match self.status {
            Some(status) => format!("(Reason: {reason}). Status code: {status}."),
            None => format!("(Reason: {reason})."),
        };
        let without_status = |reason: &str| format!("(Reason: {reason}).");
        match self.error.in_response().unwrap_or(self.error) {
            E::WildcardOriginNotAllowed => {
                without_status(&format!("Credential is not supported if the {ACAO} is ‘*’"))
            }
            E::MultipleAllowOriginValues | E::InvalidAllowOriginValue | E::AllowOriginMismatch => {
                without_status(&format!("{ACAO} does not match ‘{value}’"))
            }
            E::InvalidAllowCredentials => {
                without_status("expected ‘true’ in CORS header ‘Access-Control-Allow-Credentials’")
            }
            E::PreflightInvalidStatus | E::PreflightDisallowedRedirect => {
                with_status("CORS preflight response did not succeed")
            }
            E::InvalidAllowMethodsPreflightResponse => without_status(&format!(
                "invalid token ‘{}’ in CORS header ‘Access-Control-Allow-Methods’",
                first_invalid_token(value)
            )),
            E::InvalidAllowHeadersPreflightResponse => without_status(&format!(
                "invalid token ‘{}’ in CORS header ‘Access-Control-Allow-Headers’",
                first_invalid_token(value)
            )),
            E::MethodDisallowedByPreflightResponse => {
                without_status("Did not find method in CORS header ‘Access-Control-Allow-Methods’")
            }
            E::HeaderDisallowedByPreflightResponse => without_status(&format!(
                "header ‘{value}’ is not allowed according to header ‘Access-Control-Allow-Headers’ from CORS \
                 preflight response"
            )),
            E::CorsDisabledScheme | E::RedirectContainsCredentials => {
                "(Reason: CORS request did not succeed). Status code: (null).".to_owned()
            }
            _ => with_status(&format!("{ACAO} missing")),
        }
    }

    fn in_webkit(&self) -> String {
        use CorsError as E;

        let (value, origin) = (&self.value, &self.origin);
        let with_status = |reason: &str| match self.status {
            Some(status) => format!("{reason} Status code: {status}"),
            None => reason.to_owned(),
        };
        let is_error = self.status.is_some_and(|status| !(200..300).contains(&status));
        if is_error && self.error.is_of_preflight() {
            return with_status("Preflight response is not successful.");
        }
        let reason = match self.error.in_response().unwrap_or(self.error) {
            E::WildcardOriginNotAllowed => {
                "Cannot use wildcard in Access-Control-Allow-Origin when credentials flag is true.".to_owned()
            }
            E::MultipleAllowOriginValues if value.contains(',') => {
                "Access-Control-Allow-Origin cannot contain more than one origin.".to_owned()
            }
            E::InvalidAllowCredentials => {
                "Credentials flag is true, but Access-Control-Allow-Credentials is not \"true\".".to_owned()
            }
            E::InvalidAllowMethodsPreflightResponse => {
                format!("Header Access-Control-Allow-Methods has an invalid value: {value}")
            }
            E::InvalidAllowHeadersPreflightResponse => {
                format!("Header Access-Control-Allow-Headers has an invalid value: {value}")
            }
            E::MethodDisallowedByPreflightResponse => {
                format!("Method {value} is not allowed by Access-Control-Allow-Methods.")
            }
            E::HeaderDisallowedByPreflightResponse => {
                let name = webkit_spelling(value);
                format!("Request header field {name} is not allowed by Access-Control-Allow-Headers.")
            }
            E::CorsDisabledScheme => {
                "not allowed to follow a cross-origin CORS redirection with non CORS scheme".to_owned()
            }
            E::RedirectContainsCredentials => {
                format!("redirection URL {} has credentials", self.location.as_deref().unwrap_or_default())
            }
            _ => with_status(&format!("Origin {origin} is not allowed by Access-Control-Allow-Origin.")),
        };
        match self.location.as_deref().map(without_credentials) {
            Some(location) if location.starts_with("ftp:") => "FTP URLs are disabled".to_owned(),
            Some(location) => format!(
                "Cross-origin redirection to {location} denied by Cross-Origin Resource Sharing policy: {reason}"
            ),
            None => reason,
        }
    }
}

/// A URL without the name and the password of a user.
fn without_credentials(url: &str) -> String {
    match url.split_once("//") {
        Some((scheme, rest)) => {
            let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
            let host = authority.rsplit('@').next().unwrap_or(authority);
            format!("{scheme}//{host}{path}")
        }
        None => url.to_owned(),
    }
}

/// WebKit writes the headers that it knows in its own spelling.
fn webkit_spelling(name: &str) -> &str {
    const KNOWN: &[&str] = &[
        "Accept",
        "Accept-Language",
        "Accept-Ranges",
        "Access-Control-Allow-Credentials",
        "Access-Control-Allow-Headers",
        "Access-Control-Allow-Methods",
        "Access-Control-Allow-Origin",
        "Access-Control-Expose-Headers",
        "Access-Control-Max-Age",
        "Age",
        "Authorization",
        "Cache-Control",
        "Clear-Site-Data",
        "Content-Disposition",
        "Content-Encoding",
        "Content-Language",
        "Content-Location",
        "Content-Range",
        "Content-Security-Policy",
        "Content-Security-Policy-Report-Only",
        "Content-Type",
        "Cross-Origin-Embedder-Policy",
        "Cross-Origin-Opener-Policy",
        "Cross-Origin-Resource-Policy",
        "Default-Style",
        "ETag",
        "Expires",
        "Icy-Metadata",
        "If-Match",
        "If-Modified-Since",
        "If-None-Match",
        "If-Range",
        "If-Unmodified-Since",
        "Last-Event-ID",
        "Last-Modified",
        "Link",
        "Location",
        "Ping-From",
        "Ping-To",
        "Pragma",
        "Range",
        "Referrer-Policy",
        "Refresh",
        "Report-To",
        "Reporting-Endpoints",
        "Service-Worker",
        "SourceMap",
        "Timing-Allow-Origin",
        "Upgrade-Insecure-Requests",
        "User-Agent",
        "Vary",
        "X-Content-Type-Options",
        "X-Frame-Options",
        "X-XSS-Protection",
    ];

    KNOWN.iter().copied().find(|known| known.eq_ignore_ascii_case(name)).unwrap_or(name)
}

const CHROMIUM_PREFLIGHT: &str = "Response to preflight request doesn't pass access control check: ";

/// What Chromium adds for users of `fetch` alone.
const CHROMIUM_ADVICE: &str = " Have the server send the header with a valid value.";

/// These differ a little from build to build.
const CHROMIUM_SCHEMES: &str = "chrome, chrome-experimental-site-token-provider, chrome-extension, \
                                chrome-untrusted, data, http, https, isolated-app";

/// Firefox splits at commas, and quotes the first element that is not a token.
fn first_invalid_token(list: &str) -> &str {
    let elements = list.split(',').map(|element| element.trim_matches([' ', '\t']));
    elements.into_iter().find(|element| !element.is_empty() && !is_token(element)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What tells the sentences apart. The tests with real browsers compare them whole.
    #[test]
    fn each_failure_has_its_sentence() {
        use CorsError as E;

        for (error, value, [chromium, firefox, webkit]) in [
            (
                E::WildcardOriginNotAllowed,
                "*",
                ["must not be the wildcard '*'", "not supported if", "Cannot use wildcard"],
            ),
            (
                E::MultipleAllowOriginValues,
                "a, b",
                ["multiple values 'a, b'", "does not match ‘a, b’", "more than one origin"],
            ),
            (
                E::MultipleAllowOriginValues,
                "a b",
                ["multiple values 'a b'", "does not match ‘a b’", "Origin https://o.example is not allowed"],
            ),
            (
                E::InvalidAllowOriginValue,
                "a",
                ["invalid value 'a'", "does not match ‘a’", "Origin https://o.example is not allowed"],
            ),
            (
                E::AllowOriginMismatch,
                "a",
                [
                    "has a value 'a' that is not equal",
                    "does not match ‘a’",
                    "Origin https://o.example is not allowed",
                ],
            ),
            (
                E::MissingAllowOriginHeader,
                "",
                [
                    "No 'Access-Control-Allow-Origin'",
                    "missing). Status code: 200.",
                    "is not allowed by Access-Control-Allow-Origin. Status code: 200",
                ],
            ),
            (
                E::InvalidAllowCredentials,
                "yes",
                ["is 'yes' which must be 'true'", "expected ‘true’", "is not \"true\""],
            ),
            (
                E::CorsDisabledScheme,
                "",
                ["only supported for protocol schemes", "Status code: (null).", "non CORS scheme"],
            ),
            (
                E::PreflightInvalidStatus,
                "",
                [
                    "HTTP ok status",
                    "did not succeed). Status code: 200.",
                    "Origin https://o.example is not allowed",
                ],
            ),
            (
                E::PreflightDisallowedRedirect,
                "",
                [
                    "Redirect is not allowed",
                    "did not succeed). Status code: 200.",
                    "Origin https://o.example is not allowed",
                ],
            ),
            (
                E::InvalidAllowMethodsPreflightResponse,
                "GET, P UT",
                [
                    "Cannot parse Access-Control-Allow-Methods",
                    "token ‘P UT’ in CORS header ‘Access-Control-Allow-Methods’",
                    "Allow-Methods has an invalid value: GET, P UT",
                ],
            ),
            (
                E::InvalidAllowHeadersPreflightResponse,
                "x-a,@",
                [
                    "Cannot parse Access-Control-Allow-Headers",
                    "token ‘@’ in CORS header ‘Access-Control-Allow-Headers’",
                    "Allow-Headers has an invalid value: x-a,@",
                ],
            ),
            (
                E::MethodDisallowedByPreflightResponse,
                "PUT",
                ["Method PUT is not allowed", "Did not find method", "Method PUT is not allowed"],
            ),
            (
                E::HeaderDisallowedByPreflightResponse,
                "authorization",
                ["field authorization is not", "header ‘authorization’", "field Authorization is not"],
            ),
            (
                E::RedirectContainsCredentials,
                "https://u:p@a.example",
                ["'https://u:p@a.example' contains a username", "Status code: (null).", "has credentials"],
            ),
        ] {
            // Of the answer to a preflight, it is the same, but for an introduction by Chromium.
            for error in [error, error.in_preflight()] {
                let failure = CorsFailure::new(error, value, "https://o.example", Some(200));
                for (engine, expected) in Engine::ALL.iter().copied().zip([chromium, firefox, webkit]) {
                    let reason = failure.reason(engine);
                    assert!(reason.contains(expected), "{error} in {engine}: {reason}");
                }
            }
            if error.in_preflight() != error {
                let failure = CorsFailure::new(error.in_preflight(), value, "https://o.example", Some(403));
                assert!(failure.reason(Engine::Chromium).starts_with(CHROMIUM_PREFLIGHT));
                assert_eq!(
                    failure.reason(Engine::WebKit),
                    "Preflight response is not successful. Status code: 403"
                );
                assert!(error.in_preflight().is_of_preflight() && !error.is_of_preflight());
            }
        }
    }

    #[test]
    fn webkit_names_where_a_redirect_leads() {
        let failure = |location: &str| CorsFailure {
            location: Some(location.to_owned()),
            ..CorsFailure::new(CorsError::RedirectContainsCredentials, "", "https://o.example", Some(302))
        };
        assert_eq!(
            failure("https://u:p@a.example/x@y").reason(Engine::WebKit),
            "Cross-origin redirection to https://a.example/x@y denied by Cross-Origin Resource Sharing policy: redirection URL \
             https://u:p@a.example/x@y has credentials"
        );
        assert_eq!(failure("ftp://a.example").reason(Engine::WebKit), "FTP URLs are disabled");
        assert!(failure("mailto:a@b").reason(Engine::WebKit).contains("redirection to mailto:a@b denied"));
    }
}
