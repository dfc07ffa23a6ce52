//! Why a page gets nothing.

use cors_rules::CorsFailure;
use http::Method;
use url::Url;

use crate::resource_policy::ResourcePolicy;

/// A mistake of the script, for which nothing is sent.
#[derive(Debug)]
pub(crate) enum ScriptError {
    BodyOnGet(Method),
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
    /// `Cross-Origin-Resource-Policy` keeps the response from the page, and where that redirects to, if it does.
    ResourcePolicy(ResourcePolicy, Option<Url>),

    // The request may not go where it is to go.
    MixedContent,
    NotSameOrigin,
    RedirectModeInNoCors,
    UnsupportedScheme,

    // A redirect is not followed.
    /// The `Location`.
    InvalidRedirect(String),
    RedirectMode,
    TooManyRedirects,

    /// The service returned an error instead of a response.
    NoResponse(String),
    /// The engine departs from the standard and does not say why it blocks.
    Unreported,
}
