//! How a request gets to a server: the headers that browsers put onto it, the cookies, and the call. Must not know why
//! it is sent, nor whether the page may see the answer.
//!
//! <https://fetch.spec.whatwg.org/#http-network-or-cache-fetch>

use std::{
    future::{Future, poll_fn},
    pin::Pin,
};

use axum::{
    BoxError,
    body::{Body, Bytes, HttpBody, to_bytes},
};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Response,
    header::{CONTENT_LENGTH, COOKIE, HOST, ORIGIN, REFERER, SET_COOKIE},
};
use tower_service::Service;
use url::{Position, Url};

use super::{
    fetch::Fetching,
    origin::{Origin, is_trustworthy},
    request::{Mode, Request, Tainting},
    response::{Failure, Sent},
};

/// A service, whatever its type.
pub(super) struct Server(Box<dyn FnMut(http::Request<Body>) -> Answering + Send>);

type Answering = Pin<Box<dyn Future<Output = Result<Response<Body>, BoxError>> + Send>>;

impl Server {
    pub(super) fn new<S, B>(service: &S) -> Self
    where
        S: Service<http::Request<Body>, Response = Response<B>> + Clone + Send + 'static,
        S::Error: Into<BoxError>,
        S::Future: Send,
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let service = service.clone();
        Self(Box::new(move |request| {
            let mut service = service.clone();
            Box::pin(async move {
                poll_fn(|context| service.poll_ready(context)).await.map_err(Into::into)?;
                Ok(service.call(request).await.map_err(Into::into)?.map(Body::new))
            })
        }))
    }

    async fn answer(&mut self, request: http::Request<Body>) -> Result<Response<Bytes>, BoxError> {
        let (parts, body) = (self.0)(request).await?.into_parts();
        Ok(Response::from_parts(parts, to_bytes(body, usize::MAX).await?))
    }
}

impl Fetching {
    /// The answer of the server that the request goes to.
    pub(super) async fn send(
        &mut self,
        request: &Request,
        preflight: bool,
    ) -> Result<Response<Bytes>, Failure> {
        let url = request.url();
        let headers = self.headers(request);
        let body = request.body.clone().unwrap_or_default();
        let message = message(request, &headers, &body)?;
        self.sent.push(Sent {
            method: request.method.clone(),
            url: url.to_string(),
            headers,
            body,
            preflight,
            response: None,
        });

        let named = self.hosts.iter_mut().find(|(host, _)| host == authority(url));
        let server = named.map_or(&mut self.app, |(_, server)| server);
        let response = server.answer(message).await.map_err(|error| {
            Failure::Other(format!("Failed to load resource: net::ERR_EMPTY_RESPONSE ({error})"))
        })?;
        if let Some(sent) = self.sent.last_mut() {
            sent.response = Some(head(&response));
        }
        if request.includes_credentials() {
            self.keep_cookies(request, response.headers());
        }
        Ok(response)
    }

    /// The request's own headers with those that browsers put onto it.
    fn headers(&self, request: &Request) -> HeaderMap {
        let mut headers = request.headers.clone();
        let fields = [
            (HOST, Some(authority(request.url()).to_owned())),
            (CONTENT_LENGTH, content_length(request).map(|length| length.to_string())),
            (ORIGIN, origin(request).map(str::to_owned)),
            (REFERER, referer(request)),
            (COOKIE, self.cookies(request)),
        ];
        let fields =
            fields.into_iter().chain(metadata(request).map(|(name, value)| (name, value.map(str::to_owned))));
        headers.extend(fields.filter_map(|(name, value)| Some((name, HeaderValue::from_str(&value?).ok()?))));
        headers
    }

    fn cookies(&self, request: &Request) -> Option<String> {
        let mut memory = self.browser.memory();
        let now = memory.now;
        request
            .includes_credentials()
            .then(|| memory.cookies.header(request.url(), &request.origin, now))
            .flatten()
    }

    fn keep_cookies(&self, request: &Request, response: &HeaderMap) {
        let mut memory = self.browser.memory();
        let now = memory.now;
        for cookie in response.get_all(SET_COOKIE).iter().filter_map(|line| line.to_str().ok()) {
            memory.cookies.store(request.url(), &request.origin, cookie, now);
        }
    }
}

/// The request as hyper would give it to the service: its target is a path, and the host stands in a header.
fn message(request: &Request, headers: &HeaderMap, body: &Bytes) -> Result<http::Request<Body>, Failure> {
    let target = &request.url()[Position::BeforePath..Position::AfterQuery];
    let message = http::Request::builder().method(&request.method).uri(target).body(Body::from(body.clone()));
    let mut message = message.map_err(|_| Failure::network("ERR_INVALID_URL"))?;
    *message.headers_mut() = headers.clone();
    *message.extensions_mut() = request.extensions.clone();
    Ok(message)
}

/// Host and port, without the scheme's own port.
fn authority(url: &Url) -> &str {
    &url[Position::BeforeHost..Position::AfterPort]
}

fn head(response: &Response<Bytes>) -> Response<()> {
    let mut head = Response::new(());
    *head.status_mut() = response.status();
    *head.version_mut() = response.version();
    *head.headers_mut() = response.headers().clone();
    head
}

/// A request without a body says so where a body could be expected.
fn content_length(request: &Request) -> Option<usize> {
    match &request.body {
        Some(body) => Some(body.len()),
        None => (request.method == Method::POST || request.method == Method::PUT).then_some(0),
    }
}

/// Requests to elsewhere tell their origin if the page wants to read the response, and all requests do that may change
/// something.
///
/// <https://fetch.spec.whatwg.org/#append-a-request-origin-header>
fn origin(request: &Request) -> Option<&str> {
    let is_told =
        request.tainting == Tainting::Cors || ![Method::GET, Method::HEAD].contains(&request.method);
    is_told.then(|| request.sent_origin())
}

/// The page, of which other origins are told the origin alone, and those without TLS nothing, if the page has it.
///
/// <https://w3c.github.io/webappsec-referrer-policy/#referrer-policy-strict-origin-when-cross-origin>
fn referer(request: &Request) -> Option<String> {
    let page = request.page.as_ref().filter(|page| matches!(page.scheme(), "http" | "https"))?;
    match request.url().scheme() {
        _ if request.is_at_home() => Some(page.to_string()),
        "http" if request.origin.is_https() => None,
        _ => Some(format!("{}/", request.origin.as_str())),
    }
}

/// What is told to servers whose connection nobody can read.
///
/// <https://w3c.github.io/webappsec-fetch-metadata/#fetch-integration>
fn metadata(request: &Request) -> impl Iterator<Item = (HeaderName, Option<&'static str>)> {
    let mode = match request.mode {
        Mode::Cors => "cors",
        Mode::NoCors => "no-cors",
        Mode::SameOrigin => "same-origin",
    };
    let fields = [("sec-fetch-dest", "empty"), ("sec-fetch-mode", mode), ("sec-fetch-site", site(request))];
    let is_told = is_trustworthy(request.url());
    fields.into_iter().map(move |(name, value)| (HeaderName::from_static(name), is_told.then_some(value)))
}

/// How far the request has gone from the page, at the farthest.
///
/// <https://w3c.github.io/webappsec-fetch-metadata/#abstract-opdef-set-site>
fn site(request: &Request) -> &'static str {
    if request.is_at_home() {
        "same-origin"
    } else if request.urls().iter().map(Origin::of).all(|origin| origin.is_same_site(&request.origin)) {
        "same-site"
    } else {
        "cross-site"
    }
}
