//! The errors by which browsers block.

use std::fmt;

/// Why a browser blocks a request or keeps its response from the page.
///
/// The names are those of Chromium's DevTools protocol, which is the only one that has a name for each:
/// <https://chromedevtools.github.io/devtools-protocol/tot/Network/#type-CorsError>. Displayed, it is that name.
///
/// ```
/// use cors_rules::CorsError;
///
/// assert_eq!(CorsError::PreflightInvalidStatus.to_string(), "PreflightInvalidStatus");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CorsError {
    /// The response is for every origin (`*`), and the request has credentials.
    WildcardOriginNotAllowed,
    /// The response has no `Access-Control-Allow-Origin`.
    MissingAllowOriginHeader,
    /// The response names several origins.
    MultipleAllowOriginValues,
    /// The response names something that is not an origin.
    InvalidAllowOriginValue,
    /// The response names another origin.
    AllowOriginMismatch,
    /// The request has credentials, and the response does not say `Access-Control-Allow-Credentials: true`.
    InvalidAllowCredentials,
    /// A redirect leads to a URL that is neither HTTP nor HTTPS.
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
    /// `Access-Control-Allow-Methods` is not a list of methods.
    InvalidAllowMethodsPreflightResponse,
    /// `Access-Control-Allow-Headers` is not a list of names.
    InvalidAllowHeadersPreflightResponse,
    /// The answer to the preflight does not allow the method.
    MethodDisallowedByPreflightResponse,
    /// The answer to the preflight does not allow one of the request's headers.
    HeaderDisallowedByPreflightResponse,
    /// A redirect leads to another origin's URL with a user name or a password.
    RedirectContainsCredentials,
}

impl CorsError {
    /// The same error, of the answer to a preflight.
    #[must_use]
    pub fn in_preflight(self) -> Self {
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

    /// The same error, of a response: the opposite of [`in_preflight`](Self::in_preflight). `None` if it is an error of
    /// responses already, or one that preflights alone have.
    pub(super) fn in_response(self) -> Option<Self> {
        Some(match self {
            Self::PreflightWildcardOriginNotAllowed => Self::WildcardOriginNotAllowed,
            Self::PreflightMissingAllowOriginHeader => Self::MissingAllowOriginHeader,
            Self::PreflightMultipleAllowOriginValues => Self::MultipleAllowOriginValues,
            Self::PreflightInvalidAllowOriginValue => Self::InvalidAllowOriginValue,
            Self::PreflightAllowOriginMismatch => Self::AllowOriginMismatch,
            Self::PreflightInvalidAllowCredentials => Self::InvalidAllowCredentials,
            _ => return None,
        })
    }

    /// Whether it is an error of the answer to a preflight.
    pub fn is_of_preflight(self) -> bool {
        self.in_response().is_some()
            || matches!(
                self,
                Self::PreflightInvalidStatus
                    | Self::PreflightDisallowedRedirect
                    | Self::InvalidAllowMethodsPreflightResponse
                    | Self::InvalidAllowHeadersPreflightResponse
                    | Self::MethodDisallowedByPreflightResponse
                    | Self::HeaderDisallowedByPreflightResponse
            )
    }
}

impl fmt::Display for CorsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}
