//! The course of a request: what it may be, whether a preflight goes before it, and whether its response is shared.
//!
//! <https://fetch.spec.whatwg.org/#fetching>

use bytes::Bytes;
use cors_rules::{CorsError, CorsFailure, Engine};
use http::{HeaderMap, Request, Response};
use url::Url;

use crate::{
    console,
    cors_check::{cors_check, exposed_headers, own_headers},
    departures::Quirk,
    failure::{Failure, ScriptError},
    network::Network,
    origin::is_trustworthy,
    outcome::{Blocked, FetchOutcome, ResponseType, VisibleResponse},
    page::Page,
    preflight::preflight_if_needed,
    redirect::{follow, redirect_location},
    request::{BodyInit, FetchOptions, FetchRequest, Mode, Redirect, Tainting, add_accept},
    resource_policy::violated_policy,
    server::Server,
};

/// <https://fetch.spec.whatwg.org/#dom-global-fetch>
pub(crate) async fn fetch(
    page: Page,
    request: Request<BodyInit>,
    options: FetchOptions,
    app: Server,
    hosts: Vec<(String, Server)>,
) -> FetchOutcome {
    let profile = page.browser.profile;
    let mut network = Network::new(page.browser, app, hosts);
    let result = match FetchRequest::new(profile, page.origin, page.url, request, options) {
        Ok(mut request) => match main_fetch(&mut network, &mut request).await {
            Ok(response) => Ok(response),
            Err(failure) => Err(blocked(failure, &request)),
        },
        Err(error) => Err(unsent(profile.engine, &error)),
    };
    FetchOutcome { result, requests: network.sent }
}

fn blocked(failure: Failure, request: &FetchRequest) -> Blocked {
    let engine = request.profile.engine;
    let console = console::of_request(engine, &failure, request);
    let blocked = Blocked { engine, error: None, parameter: String::new(), console, service_error: None };
    match failure {
        Failure::Cors(failure) => {
            Blocked { error: Some(failure.error), parameter: failure.parameter().to_owned(), ..blocked }
        }
        Failure::NoResponse(error) => Blocked { service_error: Some(error), ..blocked },
        _ => blocked,
    }
}

fn unsent(engine: Option<Engine>, error: &ScriptError) -> Blocked {
    let console = console::of_script(engine, error);
    Blocked { engine, error: None, parameter: String::new(), console, service_error: None }
}

/// <https://fetch.spec.whatwg.org/#concept-main-fetch>
async fn main_fetch(network: &mut Network, request: &mut FetchRequest) -> Result<VisibleResponse, Failure> {
    add_accept(&mut request.headers);
    loop {
        taint(request)?;
        let response = http_fetch(network, request).await?;
        match (redirect_location(request, &response), request.options.redirect) {
            (None, _) => return Ok(filter(request, response)),
            (Some(_), Redirect::Error) => return Err(Failure::RedirectMode),
            (Some(_), Redirect::Manual) => return Ok(opaque_redirect(request)),
            (Some(location), Redirect::Follow) => follow(request, response.status(), location)?,
        }
    }
}

/// Decides what the page will see of the response, or that the request is not sent at all.
///
/// Once a redirect has led to another origin, there is no way back to the page's own.
///
/// <https://fetch.spec.whatwg.org/#concept-main-fetch>
fn taint(request: &mut FetchRequest) -> Result<(), Failure> {
    let url = request.url();
    if request.origin.is_https() && url.scheme() == "http" && !is_trustworthy(url) {
        return Err(Failure::MixedContent);
    }
    if !matches!(url.scheme(), "http" | "https") {
        return Err(unsupported_scheme(request));
    }
    if request.is_same_origin() && request.tainting == Tainting::Basic {
        return Ok(());
    }
    match request.options.mode {
        Mode::SameOrigin => return Err(Failure::NotSameOrigin),
        Mode::NoCors if request.options.redirect != Redirect::Follow => {
            return Err(Failure::RedirectModeInNoCors);
        }
        Mode::NoCors => request.tainting = Tainting::Opaque,
        Mode::Cors => request.tainting = Tainting::Cors,
    }
    Ok(())
}

/// The response, if the page may know anything of it.
///
/// <https://fetch.spec.whatwg.org/#concept-http-fetch>
async fn http_fetch(network: &mut Network, request: &mut FetchRequest) -> Result<Response<Bytes>, Failure> {
    let result = checked_response(network, request).await;
    if result.is_err() && request.profile.departs(Quirk::BlockedRequestsEndKeptAnswers) {
        network.browser.state().preflights.forget(request);
    }
    result
}

async fn checked_response(
    network: &mut Network,
    request: &mut FetchRequest,
) -> Result<Response<Bytes>, Failure> {
    if request.tainting == Tainting::Cors {
        preflight_if_needed(network, request).await?;
    }
    let response = network.send(request).await?;
    match request.tainting {
        Tainting::Cors => check_cors(request, &response)?,
        Tainting::Opaque => {
            let violated = violated_policy(request, response.headers());
            if let Some(policy) = violated {
                let location = redirect_location(request, &response).and_then(Result::ok);
                return Err(Failure::ResourcePolicy(policy, location));
            }
        }
        Tainting::Basic => {}
    }
    Ok(response)
}

fn check_cors(request: &FetchRequest, response: &Response<Bytes>) -> Result<(), Failure> {
    cors_check(request, request.is_credentialed(), response.headers()).map_err(|(error, value)| {
        let location = redirect_location(request, response).and_then(Result::ok);
        Failure::Cors(CorsFailure {
            location: location.map(Into::into),
            ..CorsFailure::new(error, value, request.serialized_origin(), Some(response.status().as_u16()))
        })
    })
}

/// Redirects of requests in `cors` mode lead nowhere else than to HTTP.
fn unsupported_scheme(request: &FetchRequest) -> Failure {
    // Chromium's network stack does not follow these at all.
    let is_local = matches!(request.url().scheme(), "about" | "blob" | "data" | "file");
    if request.redirects() == 0 || is_local {
        return Failure::UnsupportedScheme;
    }
    Failure::Cors(CorsFailure {
        location: Some(request.url().to_string()),
        ..CorsFailure::new(CorsError::CorsDisabledScheme, "", request.serialized_origin(), None)
    })
}

/// What the page can read of a response.
///
/// <https://fetch.spec.whatwg.org/#concept-filtered-response>
fn filter(request: &FetchRequest, response: Response<Bytes>) -> VisibleResponse {
    let (parts, body) = response.into_parts();
    let (response_type, headers) = match request.tainting {
        Tainting::Basic => (ResponseType::Basic, own_headers(parts.headers)),
        Tainting::Cors => (ResponseType::Cors, exposed_headers(request.is_credentialed(), parts.headers)),
        Tainting::Opaque => return unreadable(ResponseType::Opaque, String::new()),
    };
    VisibleResponse {
        response_type,
        url: without_fragment(request.url()),
        redirected: request.redirects() > 0,
        status: parts.status.as_u16(),
        headers,
        body,
    }
}

/// <https://fetch.spec.whatwg.org/#concept-filtered-response-opaque-redirect>
fn opaque_redirect(request: &FetchRequest) -> VisibleResponse {
    unreadable(ResponseType::OpaqueRedirect, without_fragment(request.url()))
}

fn unreadable(response_type: ResponseType, url: String) -> VisibleResponse {
    VisibleResponse {
        response_type,
        url,
        redirected: false,
        status: 0,
        headers: HeaderMap::new(),
        body: Bytes::new(),
    }
}

fn without_fragment(url: &Url) -> String {
    let mut url = url.clone();
    url.set_fragment(None);
    url.into()
}
