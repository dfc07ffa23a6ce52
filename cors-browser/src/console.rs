//! What the console of each engine says, line by line.

use cors_rules::{CorsError, CorsFailure, Engine};

use crate::{
    failure::{Failure, ScriptError},
    request::FetchRequest,
    resource_policy::ResourcePolicy,
};

/// What is said of a mistake in the script.
pub(crate) fn of_script(engine: Option<Engine>, error: &ScriptError) -> String {
    let message = match error {
        ScriptError::BodyOnGet => "Request with GET/HEAD method cannot have body.".to_owned(),
        ScriptError::ForbiddenMethod(method) => format!("'{method}' HTTP method is unsupported."),
        ScriptError::InvalidUrl(url) => format!("Failed to parse URL from {url}"),
        ScriptError::MethodInNoCors(method) => format!("'{method}' is unsupported in no-cors mode."),
        ScriptError::UrlWithCredentials(url) => {
            format!("Request cannot be constructed from a URL that includes credentials: {url}")
        }
    };
    format!("TypeError: Failed to execute 'fetch' on 'Window': {message}")
}

/// What is said of a request that was sent, or that could have been.
pub(crate) fn of_request(engine: Option<Engine>, failure: &Failure, request: &FetchRequest) -> String {
    match engine {
        Some(Engine::Firefox) => in_firefox(failure, request),
        Some(Engine::WebKit) => in_webkit(failure, request),
        _ => in_chromium(failure, request),
    }
}

fn in_chromium(failure: &Failure, request: &FetchRequest) -> String {
    let (page, url) = (request.page_text(), request.url());
    match failure {
        Failure::Cors(failure) => cors_in_chromium(failure, request),
        Failure::ResourcePolicy(ResourcePolicy::SameOrigin) => {
            network_error("ERR_BLOCKED_BY_RESPONSE.NotSameOrigin")
        }
        Failure::ResourcePolicy(ResourcePolicy::SameSite) => {
            network_error("ERR_BLOCKED_BY_RESPONSE.NotSameSite")
        }
        Failure::MixedContent => {
            let resource =
                if request.options.upload_listener { "XMLHttpRequest endpoint" } else { "resource" };
            format!(
                "Mixed Content: The page at '{page}' was loaded over HTTPS, but requested an insecure \
                 {resource} '{url}'. This request has been blocked; the content must be served over HTTPS."
            )
        }
        Failure::NotSameOrigin if request.redirects() > 0 => format!(
            "Unsafe attempt to load URL {url} from frame with URL {page}. Domains, protocols and ports must \
             match."
        ),
        Failure::NotSameOrigin => format!(
            "Fetch API cannot load {url}. Request mode is \"same-origin\" but the URL's origin is not same \
             as the request origin {}.",
            request.origin.as_str()
        ),
        Failure::RedirectModeInNoCors => format!(
            "Fetch API cannot load {url}. Request mode is \"no-cors\" but the redirect mode is not \"follow\"."
        ),
        Failure::UnsupportedScheme if request.redirects() > 0 => network_error("ERR_UNSAFE_REDIRECT"),
        Failure::UnsupportedScheme => {
            format!("Fetch API cannot load {url}. URL scheme \"{}\" is not supported.", url.scheme())
        }
        Failure::InvalidRedirect => network_error("ERR_INVALID_REDIRECT"),
        Failure::RedirectMode => network_error("ERR_FAILED"),
        Failure::TooManyRedirects => network_error("ERR_TOO_MANY_REDIRECTS"),
        Failure::NoResponse(error) => format!("{} ({error})", network_error("ERR_EMPTY_RESPONSE")),
    }
}

fn network_error(name: &str) -> String {
    format!("Failed to load resource: net::{name}")
}

fn cors_in_chromium(failure: &CorsFailure, request: &FetchRequest) -> String {
    use CorsError as E;

    /// What is said to users of `fetch` alone.
    const ADVICE: &str = " Have the server send the header with a valid value.";
    /// What is said to users of `XMLHttpRequest`, where credentials modes have another name.
    const WITH_CREDENTIALS: &str = " The credentials mode of requests initiated by the XMLHttpRequest is \
                                    controlled by the withCredentials attribute.";

    let mut reason = failure.reason(Engine::Chromium);
    if request.options.upload_listener {
        reason = reason.replace(ADVICE, "");
        if matches!(failure.error, E::WildcardOriginNotAllowed | E::PreflightWildcardOriginNotAllowed) {
            reason.push_str(WITH_CREDENTIALS);
        }
    }
    let urls = request.urls();
    let (first, last) = (&urls[0], request.url());
    let redirected = if first == last { String::new() } else { format!("(redirected from '{first}') ") };
    format!(
        "Access to {} at '{last}' {redirected}from origin '{}' has been blocked by CORS policy: {reason}",
        initiator(request),
        request.origin.as_str()
    )
}

/// What the page used to send it.
fn initiator(request: &FetchRequest) -> &'static str {
    if request.options.upload_listener { "XMLHttpRequest" } else { "fetch" }
}

fn in_firefox(failure: &Failure, request: &FetchRequest) -> String {
    match failure {
        Failure::Cors(failure) => format!(
            "Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource at \
             {}. {}",
            request.url(),
            failure.reason(Engine::Firefox)
        ),
        _ => in_chromium(failure, request),
    }
}

fn in_webkit(failure: &Failure, request: &FetchRequest) -> String {
    match failure {
        Failure::Cors(failure) => failure.reason(Engine::WebKit),
        _ => in_chromium(failure, request),
    }
}
