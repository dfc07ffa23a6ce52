//! Why a page gets nothing.

use cors_rules::CorsFailure;
use http::Method;
use url::Url;

use crate::resource_policy::ResourcePolicy;

/// A mistake of the script, for which nothing is sent.
#[derive(Debug)]
pub(crate) enum ScriptError {
    BodyOnGet,
    ForbiddenMethod(Method),
    InvalidUrl(String),
    MethodInNoCors(Method),
    UrlWithCredentials(Url),
}

/// What the standard calls a network error.
///
/// <https://fetch.spec.whatwg.org/#concept-network-error>
#[derive(Debug)]
pub(crate) enum Failure {
    /// By the CORS protocol.
    Cors(CorsFailure),
    /// `Cross-Origin-Resource-Policy` keeps the response from the page.
    ResourcePolicy(ResourcePolicy),

    // Where the request goes, it may not go.
    MixedContent,
    NotSameOrigin,
    RedirectModeInNoCors,
    UnsupportedScheme,

    // A redirect that is not followed.
    InvalidRedirect,
    RedirectMode,
    TooManyRedirects,

    /// The service returned an error instead of a response.
    NoResponse(String),
}
