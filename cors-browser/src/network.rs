//! How a request gets to a server: the headers that browsers put onto it, the cookies, and the call.
//!
//! <https://fetch.spec.whatwg.org/#http-network-or-cache-fetch>

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Response,
    header::{CACHE_CONTROL, CONTENT_LENGTH, COOKIE, HOST, ORIGIN, PRAGMA, REFERER, SET_COOKIE},
};
use url::{Position, Url};

use crate::{
    browser::Browser,
    departures::Quirk,
    failure::Failure,
    origin::{WebOrigin, is_trustworthy},
    outcome::SentRequest,
    request::{CacheMode, FetchRequest, Mode, Tainting},
    server::{RequestBody, Server},
};

/// The servers that a browser reaches, and what they have seen.
pub(crate) struct Network {
    pub(crate) browser: Browser,
    /// It answers for every host that is not listed.
    app: Server,
    hosts: Vec<(String, Server)>,
    pub(crate) sent: Vec<SentRequest>,
}

impl Network {
    pub(crate) fn new(browser: Browser, app: Server, hosts: Vec<(String, Server)>) -> Self {
        Self { browser, app, hosts, sent: Vec::new() }
    }

    /// The response of the server that the request goes to.
    pub(crate) async fn send(&mut self, request: &FetchRequest) -> Result<Response<Bytes>, Failure> {
        let is_safe = matches!(request.method, Method::GET | Method::HEAD | Method::OPTIONS);
        let repeats = is_safe && request.profile.departs(Quirk::UnansweredRequestsAreRepeated);
        let mut attempts = if repeats { MAX_ATTEMPTS } else { 1 };
        let response = loop {
            attempts -= 1;
            match self.send_once(request).await {
                Err(_) if attempts > 0 => {}
                result => break result?,
            }
        };
        if request.includes_credentials() {
            self.keep_cookies(request, response.headers());
        }
        Ok(response)
    }

    async fn send_once(&mut self, request: &FetchRequest) -> Result<Response<Bytes>, Failure> {
        let url = request.url();
        let headers = self.headers(request);
        let body = request.body.clone().unwrap_or_default();
        let message = message(request, &headers, &body);
        self.sent.push(SentRequest {
            method: request.method.clone(),
            url: url.to_string(),
            headers,
            body,
            preflight: request.is_preflight,
            response: None,
        });

        let named = self.hosts.iter_mut().find(|(host, _)| host == authority(url));
        let server = named.map_or(&mut self.app, |(_, server)| server);
        let response = server.answer(message?).await;
        let response = response.map_err(|error| Failure::NoResponse(error.to_string()))?;
        if let Some(sent) = self.sent.last_mut() {
            sent.response = Some(head(&response));
        }
        Ok(response)
    }

    /// The request's own headers with those that browsers put onto it.
    fn headers(&self, request: &FetchRequest) -> HeaderMap {
        let mut headers = request.headers.clone();
        let fields = [
            (HOST, Some(authority(request.url()).to_owned())),
            (CONTENT_LENGTH, content_length(request).map(|length| length.to_string())),
            (ORIGIN, origin(request).map(str::to_owned)),
            (REFERER, referer(request)),
            (COOKIE, self.cookies(request)),
        ];
        let others = metadata(request).chain(cache_control(request));
        let fields = fields.into_iter().chain(others.map(|(name, value)| (name, value.map(str::to_owned))));
        headers.extend(fields.filter_map(|(name, value)| Some((name, HeaderValue::from_str(&value?).ok()?))));
        headers
    }

    fn cookies(&self, request: &FetchRequest) -> Option<String> {
        let mut state = self.browser.state();
        let now = state.now;
        request.includes_credentials().then(|| state.cookies.header(request, now)).flatten()
    }

    fn keep_cookies(&self, request: &FetchRequest, response: &HeaderMap) {
        let mut state = self.browser.state();
        let now = state.now;
        for line in response.get_all(SET_COOKIE) {
            state.cookies.store(request, line, now);
        }
    }
}

/// How often an engine that repeats a request does so: `network.http.request.max-attempts` of Firefox.
const MAX_ATTEMPTS: usize = 10;

/// The request as hyper would give it to the service: its target is a path, and the host is in a header.
fn message(
    request: &FetchRequest,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<http::Request<RequestBody>, Failure> {
    let target = &request.url()[Position::BeforePath..Position::AfterQuery];
    let message = http::Request::builder().method(&request.method).uri(target);
    let message = message.body(RequestBody::new(body.clone()));
    let mut message = message.map_err(|error| Failure::NoResponse(error.to_string()))?;
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
fn content_length(request: &FetchRequest) -> Option<usize> {
    match &request.body {
        Some(body) => Some(body.len()),
        None => (request.method == Method::POST || request.method == Method::PUT).then_some(0),
    }
}

/// Requests to other origins name their own if the page wants to read the response, and all requests do that may change
/// something.
///
/// <https://fetch.spec.whatwg.org/#append-a-request-origin-header>
fn origin(request: &FetchRequest) -> Option<&str> {
    let is_named =
        request.tainting == Tainting::Cors || ![Method::GET, Method::HEAD].contains(&request.method);
    is_named.then(|| request.serialized_origin())
}

/// The page, of which other origins learn the origin alone, and those without TLS nothing, if the page has it. A sandboxed
/// page has no referrer.
///
/// <https://w3c.github.io/webappsec-referrer-policy/#referrer-policy-strict-origin-when-cross-origin>
fn referer(request: &FetchRequest) -> Option<String> {
    let page = request.page.as_ref().filter(|page| matches!(page.scheme(), "http" | "https"))?;
    let origin = request.site(Quirk::SandboxedPagesHaveReferrers);
    let is_own = |url: &Url| WebOrigin::from_url(url) == origin;
    match request.url().scheme() {
        _ if origin.is_opaque() => None,
        _ if request.urls().iter().all(is_own) => Some(page.to_string()),
        "http" if origin.is_https() => None,
        _ => Some(format!("{}/", origin.as_str())),
    }
}

/// What servers learn whose connection nobody can read.
///
/// <https://w3c.github.io/webappsec-fetch-metadata/#fetch-integration>
fn metadata(request: &FetchRequest) -> impl Iterator<Item = (HeaderName, Option<&'static str>)> {
    let mode = match request.options.mode {
        Mode::Cors => "cors",
        Mode::NoCors => "no-cors",
        Mode::SameOrigin => "same-origin",
    };
    let fields = [("sec-fetch-dest", "empty"), ("sec-fetch-mode", mode), ("sec-fetch-site", site(request))];
    let left_origin = request.urls().windows(2).any(|step| {
        let [from, to] = [&step[0], &step[1]].map(WebOrigin::from_url);
        from != to
    });
    let is_told = is_trustworthy(request.url())
        && !(left_origin && request.profile.departs(Quirk::RedirectsElsewhereHaveNoMetadata));
    fields.into_iter().map(move |(name, value)| (HeaderName::from_static(name), is_told.then_some(value)))
}

/// What the request tells caches on the way. Preflights use no cache.
fn cache_control(request: &FetchRequest) -> impl Iterator<Item = (HeaderName, Option<&'static str>)> {
    let (control, pragma) = match request.options.cache {
        CacheMode::Default | CacheMode::ForceCache => (None, None),
        CacheMode::NoCache => (Some("max-age=0"), None),
        CacheMode::NoStore | CacheMode::Reload => (Some("no-cache"), Some("no-cache")),
    };
    [(CACHE_CONTROL, control), (PRAGMA, pragma)].into_iter()
}

/// How far the request has gone from the page, at the farthest.
///
/// <https://w3c.github.io/webappsec-fetch-metadata/#abstract-opdef-set-site>
fn site(request: &FetchRequest) -> &'static str {
    if request.never_left_origin() {
        "same-origin"
    } else if request.redirects() > 0 && request.profile.departs(Quirk::RedirectsAreCrossSite) {
        "cross-site"
    } else if request
        .urls()
        .iter()
        .map(WebOrigin::from_url)
        .all(|origin| origin.is_same_site(&request.origin))
    {
        "same-site"
    } else {
        "cross-site"
    }
}
