//! What the console of each engine says, line by line.

use cors_rules::{CorsError, CorsFailure, Engine};

use crate::{
    failure::{Failure, ScriptError},
    request::FetchRequest,
    resource_policy::ResourcePolicy,
};

/// What is said of a mistake in the script: a `TypeError`, which the console shows unless the script catches it.
pub(crate) fn of_script(engine: Option<Engine>, error: &ScriptError) -> String {
    let message = match engine {
        Some(Engine::Firefox) => format!("Window.fetch: {}", script_in_firefox(error)),
        Some(Engine::WebKit) => script_in_webkit(error),
        _ => format!("Failed to execute 'fetch' on 'Window': {}", script_in_chromium(error)),
    };
    format!("TypeError: {message}")
}

fn script_in_chromium(error: &ScriptError) -> String {
    match error {
        ScriptError::BodyOnGet(_) => "Request with GET/HEAD method cannot have body.".to_owned(),
        ScriptError::ForbiddenMethod(method) => format!("'{method}' HTTP method is unsupported."),
        ScriptError::InvalidUrl(url) => format!("Failed to parse URL from {url}"),
        ScriptError::MethodInNoCors(method) => format!("'{method}' is unsupported in no-cors mode."),
        ScriptError::UrlWithCredentials(url) => {
            format!("Request cannot be constructed from a URL that includes credentials: {url}")
        }
    }
}

fn script_in_firefox(error: &ScriptError) -> String {
    match error {
        ScriptError::BodyOnGet(_) => "HEAD or GET Request cannot have a body.".to_owned(),
        ScriptError::ForbiddenMethod(method) | ScriptError::MethodInNoCors(method) => {
            format!("Invalid request method {method}.")
        }
        ScriptError::InvalidUrl(url) => format!("{url} is not a valid URL."),
        ScriptError::UrlWithCredentials(url) => format!("{url} is an url with embedded credentials."),
    }
}

fn script_in_webkit(error: &ScriptError) -> String {
    match error {
        ScriptError::BodyOnGet(method) => format!("Request has method '{method}' and cannot have a body"),
        ScriptError::ForbiddenMethod(_) => "Method is forbidden.".to_owned(),
        ScriptError::MethodInNoCors(_) => "Method must be GET, POST or HEAD in no-cors mode.".to_owned(),
        ScriptError::InvalidUrl(_) | ScriptError::UrlWithCredentials(_) => {
            "URL is not valid or contains user credentials.".to_owned()
        }
    }
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
        Failure::ResourcePolicy(ResourcePolicy::SameOrigin, _) => {
            network_error("ERR_BLOCKED_BY_RESPONSE.NotSameOrigin")
        }
        Failure::ResourcePolicy(ResourcePolicy::SameSite, _) => {
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
        Failure::InvalidRedirect(_) => network_error("ERR_INVALID_REDIRECT"),
        Failure::RedirectMode => network_error("ERR_FAILED"),
        Failure::TooManyRedirects => network_error("ERR_TOO_MANY_REDIRECTS"),
        Failure::NoResponse(_) => network_error("ERR_EMPTY_RESPONSE"),
        Failure::Unreported => "TypeError: Failed to fetch".to_owned(),
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
    const FAILED: &str = "(Reason: CORS request did not succeed). Status code: (null).";

    let blocked = |url: &str, reason: &str| {
        format!(
            "Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource at \
             {url}. {reason}"
        )
    };
    let url = request.url();
    // Some schemes fail where a redirect leads to them, and others do not lead anywhere.
    let unsupported = || match (url.scheme(), request.urls()) {
        ("about" | "blob" | "data" | "file" | "ws" | "wss", [.., last, _]) => blocked(last.as_str(), FAILED),
        _ => blocked(url.as_str(), "(Reason: CORS request not http)."),
    };
    match failure {
        Failure::Cors(failure) => {
            use CorsError as E;

            let reason = failure.reason(Engine::Firefox);
            match failure.error {
                E::CorsDisabledScheme => unsupported(),
                E::WildcardOriginNotAllowed | E::PreflightWildcardOriginNotAllowed => {
                    blocked(&format!("‘{url}’"), &reason)
                }
                _ => blocked(url.as_str(), &reason),
            }
        }
        Failure::UnsupportedScheme => unsupported(),
        Failure::InvalidRedirect(_) | Failure::NoResponse(_) | Failure::TooManyRedirects => {
            blocked(url.as_str(), FAILED)
        }
        Failure::ResourcePolicy(..) => format!(
            "The resource at “{url}” was blocked due to its Cross-Origin-Resource-Policy header (or lack \
             thereof). See https://developer.mozilla.org/docs/Web/HTTP/Cross-Origin_Resource_Policy_(CORP)#"
        ),
        Failure::NotSameOrigin => {
            let page = request.page_text();
            format!("Security Error: Content at {page} may not load data from {url}.")
        }
        // The console says nothing, or what it says was not seen.
        Failure::MixedContent
        | Failure::RedirectMode
        | Failure::RedirectModeInNoCors
        | Failure::Unreported => "TypeError: NetworkError when attempting to fetch resource.".to_owned(),
    }
}

fn in_webkit(failure: &Failure, request: &FetchRequest) -> String {
    let redirection = |location: &str, reason: &str| {
        format!(
            "Cross-origin redirection to {location} denied by Cross-Origin Resource Sharing policy: {reason}"
        )
    };
    let url = request.url();
    match failure {
        Failure::Cors(failure) => failure.reason(Engine::WebKit),
        Failure::ResourcePolicy(_, location) => {
            let reason = format!(
                "Cancelled load to {url} because it violates the resource's Cross-Origin-Resource-Policy \
                 response header."
            );
            match location {
                Some(location) => redirection(location.as_str(), &reason),
                None => reason,
            }
        }
        Failure::NotSameOrigin if request.redirects() > 0 => format!(
            "Unsafe attempt to load URL {url} from origin {}. Domains, protocols and ports must match.\n",
            request.origin.as_str()
        ),
        Failure::NotSameOrigin => format!("Fetch API cannot load {url}."),
        Failure::RedirectModeInNoCors => "No-Cors mode requires follow redirect mode".to_owned(),
        Failure::UnsupportedScheme if request.redirects() > 0 => redirection(
            url.as_str(),
            "not allowed to follow a cross-origin CORS redirection with non CORS scheme",
        ),
        Failure::UnsupportedScheme => "Cross origin requests are only supported for HTTP.".to_owned(),
        Failure::InvalidRedirect(location) => redirection(
            location,
            "not allowed to follow a cross-origin CORS redirection with non CORS scheme",
        ),
        Failure::RedirectMode => format!("Not allowed to follow a redirection while loading {url}"),
        Failure::TooManyRedirects => "Load cannot follow more than 20 redirections".to_owned(),
        // The words of the library for HTTP that the GTK port uses.
        Failure::NoResponse(_) => "Failed to load resource: Connection terminated unexpectedly".to_owned(),
        // What the console says was not seen.
        Failure::MixedContent | Failure::Unreported => "TypeError: Load failed".to_owned(),
    }
}
