//! The course of a request: what it may be, whether a preflight goes before it, whether its response is shared, and
//! where a redirect leads. Must not know how messages get to servers, nor what preflights look like.
//!
//! <https://fetch.spec.whatwg.org/#fetching>

use axum::body::Bytes;
use http::{
    HeaderMap, Method, Response, StatusCode,
    header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_LOCATION, CONTENT_TYPE, LOCATION},
};
use url::Url;

use super::{
    Browser,
    check::{cors_check, own_headers, shared_headers},
    headers::get,
    network::Server,
    origin::{Origin, is_trustworthy},
    request::{Mode, Redirect, Request, Tainting, add_accept, has_credentials},
    response::{Failure, Readable, ResponseType, Sent},
    safelist::{is_safelisted_method, unsafe_names},
};
use crate::diagnostics::chromium::CorsError;

/// A fetch that is under way: the browser, the servers that it can reach, and what they have seen.
pub(super) struct Fetching {
    pub(super) browser: Browser,
    pub(super) app: Server,
    pub(super) hosts: Vec<(String, Server)>,
    pub(super) sent: Vec<Sent>,
}

/// How many redirects are followed.
const MAX_REDIRECTS: usize = 20;

impl Fetching {
    pub(super) fn new(browser: Browser, app: Server, hosts: Vec<(String, Server)>) -> Self {
        Self { browser, app, hosts, sent: Vec::new() }
    }

    /// <https://fetch.spec.whatwg.org/#concept-fetch>
    pub(super) async fn fetch(&mut self, request: &mut Request) -> Result<Readable, Failure> {
        add_accept(&mut request.headers);
        loop {
            let may_need_preflight = taint(request)?;
            let response = self.http_fetch(request, may_need_preflight).await?;
            match (redirection(request, &response), request.redirect) {
                (None, _) => return Ok(filtered(request, response)),
                (Some(_), Redirect::Error) => return Err(Failure::network("ERR_FAILED")),
                (Some(_), Redirect::Manual) => return Ok(opaque_redirect(request)),
                (Some(location), Redirect::Follow) => follow(request, response.status(), location)?,
            }
        }
    }

    /// The response, if the page may know anything of it.
    ///
    /// <https://fetch.spec.whatwg.org/#concept-http-fetch>
    async fn http_fetch(
        &mut self,
        request: &Request,
        may_need_preflight: bool,
    ) -> Result<Response<Bytes>, Failure> {
        if may_need_preflight {
            self.ask_if_needed(request).await?;
        }
        let response = self.send(request, false).await?;
        if request.tainting == Tainting::Cors {
            let shared = cors_check(request.sent_origin(), request.credentials, response.headers());
            shared.map_err(|(error, value)| Failure::Cors(error, value))?;
        }
        Ok(response)
    }
}

/// Decides what the page will see of the response, and whether the request may need a preflight, or that it is not to
/// be sent at all.
///
/// Once a redirect has led to another origin, there is no way back to being the page's own affair.
///
/// <https://fetch.spec.whatwg.org/#concept-main-fetch>
fn taint(request: &mut Request) -> Result<bool, Failure> {
    let url = request.url();
    if request.origin.is_https() && url.scheme() == "http" && !is_trustworthy(url) {
        return Err(mixed_content(request));
    }
    if !matches!(url.scheme(), "http" | "https") {
        return Err(unsupported_scheme(request));
    }
    if request.is_same_origin() && request.tainting == Tainting::Basic {
        return Ok(false);
    }
    match request.mode {
        Mode::SameOrigin => Err(not_same_origin(request)),
        Mode::NoCors if request.redirect != Redirect::Follow => Err(Failure::Other(format!(
            "Fetch API cannot load {url}. Request mode is \"no-cors\" but the redirect mode is not \
             \"follow\"."
        ))),
        Mode::NoCors => {
            request.tainting = Tainting::Opaque;
            Ok(false)
        }
        Mode::Cors => {
            request.tainting = Tainting::Cors;
            Ok(request.upload_listener
                || !is_safelisted_method(&request.method)
                || !unsafe_names(&request.headers).is_empty())
        }
    }
}

/// <https://w3c.github.io/webappsec-mixed-content/#should-block-fetch>
fn mixed_content(request: &Request) -> Failure {
    let (page, url) = (request.page_text(), request.url());
    let resource = if request.upload_listener { "XMLHttpRequest endpoint" } else { "resource" };
    Failure::Other(format!(
        "Mixed Content: The page at '{page}' was loaded over HTTPS, but requested an insecure {resource} \
         '{url}'. This request has been blocked; the content must be served over HTTPS."
    ))
}

fn unsupported_scheme(request: &Request) -> Failure {
    let url = request.url();
    if request.redirects() > 0 {
        // Chromium's network stack does not follow these at all.
        return match url.scheme() {
            "about" | "blob" | "data" | "file" => Failure::network("ERR_UNSAFE_REDIRECT"),
            _ => Failure::Cors(CorsError::CorsDisabledScheme, String::new()),
        };
    }
    Failure::Other(format!("Fetch API cannot load {url}. URL scheme \"{}\" is not supported.", url.scheme()))
}

fn not_same_origin(request: &Request) -> Failure {
    let url = request.url();
    Failure::Other(if request.redirects() > 0 {
        let page = request.page_text();
        format!(
            "Unsafe attempt to load URL {url} from frame with URL {page}. Domains, protocols and ports must \
             match."
        )
    } else {
        let origin = request.origin.as_str();
        format!(
            "Fetch API cannot load {url}. Request mode is \"same-origin\" but the URL's origin is not same \
             as the request origin {origin}."
        )
    })
}

/// Where a response redirects to, if it does: the value of its `Location`.
///
/// <https://fetch.spec.whatwg.org/#concept-response-location-url>
fn redirection(request: &Request, response: &Response<Bytes>) -> Option<Result<Url, url::ParseError>> {
    if !is_redirect(response.status()) {
        return None;
    }
    let location = request.url().join(&get(response.headers(), &LOCATION)?);
    Some(location.map(|mut location| {
        if location.fragment().is_none() {
            location.set_fragment(request.url().fragment());
        }
        location
    }))
}

/// <https://fetch.spec.whatwg.org/#redirect-status>
pub(super) fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

/// Turns the request into the one that a redirect asks for.
///
/// <https://fetch.spec.whatwg.org/#concept-http-redirect-fetch>
fn follow(
    request: &mut Request,
    status: StatusCode,
    location: Result<Url, url::ParseError>,
) -> Result<(), Failure> {
    let location = location.map_err(|_| Failure::network("ERR_INVALID_REDIRECT"))?;
    if request.redirects() == MAX_REDIRECTS {
        return Err(Failure::network("ERR_TOO_MANY_REDIRECTS"));
    }
    let target = Origin::of(&location);
    let is_foreign = target != request.origin || request.tainting == Tainting::Cors;
    if request.mode == Mode::Cors && has_credentials(&location) && is_foreign {
        // Chromium does not say where the redirect leads.
        return Err(Failure::Cors(CorsError::RedirectContainsCredentials, String::new()));
    }
    if becomes_get(status, &request.method) {
        request.method = Method::GET;
        request.body = None;
        for name in [CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_LOCATION, CONTENT_TYPE] {
            request.headers.remove(name);
        }
    }
    if target != Origin::of(request.url()) {
        request.headers.remove(AUTHORIZATION);
    }
    request.send_to(location);
    Ok(())
}

/// Whether a redirect is followed by a GET, whatever the request was.
fn becomes_get(status: StatusCode, method: &Method) -> bool {
    match status {
        StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND => *method == Method::POST,
        StatusCode::SEE_OTHER => *method != Method::GET && *method != Method::HEAD,
        _ => false,
    }
}

/// What the page can read of a response.
///
/// <https://fetch.spec.whatwg.org/#concept-filtered-response>
fn filtered(request: &Request, response: Response<Bytes>) -> Readable {
    let (parts, body) = response.into_parts();
    let (response_type, headers) = match request.tainting {
        Tainting::Basic => (ResponseType::Basic, own_headers(parts.headers)),
        Tainting::Cors => (ResponseType::Cors, shared_headers(request.credentials, parts.headers)),
        Tainting::Opaque => return unreadable(ResponseType::Opaque, String::new()),
    };
    Readable {
        response_type,
        url: without_fragment(request.url()),
        redirected: request.redirects() > 0,
        status: parts.status.as_u16(),
        headers,
        body,
    }
}

/// <https://fetch.spec.whatwg.org/#concept-filtered-response-opaque-redirect>
fn opaque_redirect(request: &Request) -> Readable {
    unreadable(ResponseType::OpaqueRedirect, without_fragment(request.url()))
}

fn unreadable(response_type: ResponseType, url: String) -> Readable {
    Readable {
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
