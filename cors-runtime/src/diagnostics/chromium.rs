//! What Chromium says of a request that it blocks: its error codes, and the sentences of its console. Must not know
//! when it says which; that is for those who model it or who explain what it will say.
//!
//! The codes are those of the DevTools protocol, and the sentences were read off the console of Chromium 156.
//! <https://chromedevtools.github.io/devtools-protocol/tot/Network/#type-CorsError>
use std::fmt;

/// Why Chromium blocks a request or keeps its response from the page, by the name that its DevTools protocol gives to
/// it.
///
/// Displayed, it is that name.
///
/// ```
/// use cors_runtime::CorsError;
///
/// assert_eq!(CorsError::PreflightInvalidStatus.to_string(), "PreflightInvalidStatus");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CorsError {
    /// The response is for everybody (`*`), and the request bears credentials.
    WildcardOriginNotAllowed,
    /// The response has no `Access-Control-Allow-Origin`.
    MissingAllowOriginHeader,
    /// The response names several origins.
    MultipleAllowOriginValues,
    /// The response names something that is no origin.
    InvalidAllowOriginValue,
    /// The response names another origin.
    AllowOriginMismatch,
    /// The request bears credentials, and the response does not say `Access-Control-Allow-Credentials: true`.
    InvalidAllowCredentials,
    /// A redirect leads to what is neither HTTP nor HTTPS.
    CorsDisabledScheme,
    /// The answer to the preflight has a status other than 200 to 299.
    PreflightInvalidStatus,
    /// The answer to the preflight is a redirect.
    PreflightDisallowedRedirect,
    /// [`WildcardOriginNotAllowed`](Self::WildcardOriginNotAllowed), of the answer to the preflight.
    PreflightWildcardOriginNotAllowed,
    /// [`MissingAllowOriginHeader`](Self::MissingAllowOriginHeader), of the answer to the preflight.
    PreflightMissingAllowOriginHeader,
    /// [`MultipleAllowOriginValues`](Self::MultipleAllowOriginValues), of the answer to the preflight.
    PreflightMultipleAllowOriginValues,
    /// [`InvalidAllowOriginValue`](Self::InvalidAllowOriginValue), of the answer to the preflight.
    PreflightInvalidAllowOriginValue,
    /// [`AllowOriginMismatch`](Self::AllowOriginMismatch), of the answer to the preflight.
    PreflightAllowOriginMismatch,
    /// [`InvalidAllowCredentials`](Self::InvalidAllowCredentials), of the answer to the preflight.
    PreflightInvalidAllowCredentials,
    /// `Access-Control-Allow-Methods` is no list of methods.
    InvalidAllowMethodsPreflightResponse,
    /// `Access-Control-Allow-Headers` is no list of names.
    InvalidAllowHeadersPreflightResponse,
    /// The answer to the preflight does not allow the method.
    MethodDisallowedByPreflightResponse,
    /// The answer to the preflight does not allow one of the request's headers.
    HeaderDisallowedByPreflightResponse,
    /// A redirect leads to another origin's URL with a user name or a password.
    RedirectContainsCredentials,
}

impl CorsError {
    /// The same, of the answer to a preflight.
    #[cfg(feature = "browser")]
    pub(crate) fn of_preflight(self) -> Self {
        match self {
            Self::WildcardOriginNotAllowed => Self::PreflightWildcardOriginNotAllowed,
            Self::MissingAllowOriginHeader => Self::PreflightMissingAllowOriginHeader,
            Self::MultipleAllowOriginValues => Self::PreflightMultipleAllowOriginValues,
            Self::InvalidAllowOriginValue => Self::PreflightInvalidAllowOriginValue,
            Self::AllowOriginMismatch => Self::PreflightAllowOriginMismatch,
            Self::InvalidAllowCredentials => Self::PreflightInvalidAllowCredentials,
            other => other,
        }
    }
}

impl fmt::Display for CorsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// The sentence that the console gives as the reason, without what was blocked.
///
/// `parameter` is what the sentence quotes: a value of the response, or the method or the header that is not allowed.
pub(crate) fn reason(error: CorsError, parameter: &str) -> String {
    use CorsError as E;

    match error {
        E::WildcardOriginNotAllowed => {
            "The value of the 'Access-Control-Allow-Origin' header in the response must not \
                                        be the wildcard '*' when the request's credentials mode is 'include'."
                .to_owned()
        }
        E::MissingAllowOriginHeader => {
            "No 'Access-Control-Allow-Origin' header is present on the requested resource.".to_owned()
        }
        E::MultipleAllowOriginValues => format!(
            "The 'Access-Control-Allow-Origin' header contains multiple values '{parameter}', but only one \
             is allowed.{VALID_VALUE}"
        ),
        E::InvalidAllowOriginValue => format!(
            "The 'Access-Control-Allow-Origin' header contains the invalid value '{parameter}'.{VALID_VALUE}"
        ),
        E::AllowOriginMismatch => format!(
            "The 'Access-Control-Allow-Origin' header has a value '{parameter}' that is not equal to the \
             supplied origin.{VALID_VALUE}"
        ),
        E::InvalidAllowCredentials => format!(
            "The value of the 'Access-Control-Allow-Credentials' header in the response is '{parameter}' \
             which must be 'true' when the request's credentials mode is 'include'."
        ),
        E::CorsDisabledScheme => {
            format!("Cross origin requests are only supported for protocol schemes: {SCHEMES}.")
        }
        E::PreflightInvalidStatus => format!("{PREFLIGHT}It does not have HTTP ok status."),
        E::PreflightDisallowedRedirect => {
            format!("{PREFLIGHT}Redirect is not allowed for a preflight request.")
        }
        E::PreflightWildcardOriginNotAllowed => of_preflight(E::WildcardOriginNotAllowed, parameter),
        E::PreflightMissingAllowOriginHeader => of_preflight(E::MissingAllowOriginHeader, parameter),
        E::PreflightMultipleAllowOriginValues => of_preflight(E::MultipleAllowOriginValues, parameter),
        E::PreflightInvalidAllowOriginValue => of_preflight(E::InvalidAllowOriginValue, parameter),
        E::PreflightAllowOriginMismatch => of_preflight(E::AllowOriginMismatch, parameter),
        E::PreflightInvalidAllowCredentials => of_preflight(E::InvalidAllowCredentials, parameter),
        E::InvalidAllowMethodsPreflightResponse => {
            "Cannot parse Access-Control-Allow-Methods response header field in preflight response."
                .to_owned()
        }
        E::InvalidAllowHeadersPreflightResponse => {
            "Cannot parse Access-Control-Allow-Headers response header field in preflight response."
                .to_owned()
        }
        E::MethodDisallowedByPreflightResponse => {
            format!(
                "Method {parameter} is not allowed by Access-Control-Allow-Methods in preflight response."
            )
        }
        E::HeaderDisallowedByPreflightResponse => format!(
            "Request header field {parameter} is not allowed by Access-Control-Allow-Headers in preflight \
             response."
        ),
        E::RedirectContainsCredentials => format!(
            "Redirect location '{parameter}' contains a username and password, which is disallowed for \
             cross-origin requests."
        ),
    }
}

/// The whole line of the console: which request is blocked, and the [`reason`].
///
/// `initiator` is what the page used, `fetch` or `XMLHttpRequest`; `urls` are the request's, one more for each
/// redirect.
#[cfg(feature = "browser")]
pub(crate) fn console(initiator: &str, urls: &[&str], origin: &str, reason: &str) -> String {
    let last = urls.last().unwrap_or(&"");
    let redirected = match urls.first() {
        Some(first) if first != last => format!("(redirected from '{first}') "),
        _ => String::new(),
    };
    format!(
        "Access to {initiator} at '{last}' {redirected}from origin '{origin}' has been blocked by CORS \
         policy: {reason}"
    )
}

/// What Chromium adds to the reason for users of `XMLHttpRequest`, where credentials modes have another name.
#[cfg(feature = "browser")]
pub(crate) const WITH_CREDENTIALS: &str = " The credentials mode of requests initiated by the \
                                           XMLHttpRequest is controlled by the withCredentials attribute.";

const PREFLIGHT: &str = "Response to preflight request doesn't pass access control check: ";

/// What Chromium adds to the reason for users of `fetch` alone.
pub(crate) const VALID_VALUE: &str = " Have the server send the header with a valid value.";

/// These differ a little from build to build.
const SCHEMES: &str = "chrome, chrome-experimental-site-token-provider, chrome-extension, chrome-untrusted, \
                       data, http, https, isolated-app";

fn of_preflight(error: CorsError, parameter: &str) -> String {
    format!("{PREFLIGHT}{}", reason(error, parameter))
}
