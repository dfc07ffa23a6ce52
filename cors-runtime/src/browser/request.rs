//! What a script asks for: the options of `fetch(..)`, and the request that comes of them. Must not know what is sent.
//!
//! <https://fetch.spec.whatwg.org/#fetch-api>

use axum::body::{Body, Bytes, to_bytes};
use http::{
    Extensions, HeaderMap, HeaderValue, Method, Uri,
    header::{ACCEPT, CONTENT_TYPE, Entry},
};
use url::Url;

use super::{
    headers::get,
    origin::Origin,
    safelist::{
        is_forbidden_header, is_forbidden_method, is_no_cors_safelisted, is_safelisted_method, normalized,
    },
};

/// Whether a request bears cookies, and has the server set some.
///
/// <https://fetch.spec.whatwg.org/#concept-request-credentials-mode>
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Credentials {
    /// `"omit"`: never.
    Omit,
    /// `"same-origin"`: if it goes to the page's own origin.
    #[default]
    SameOrigin,
    /// `"include"`: always. The server then has to allow it by `Access-Control-Allow-Credentials`.
    Include,
}

/// What a request to another origin may be.
///
/// <https://fetch.spec.whatwg.org/#concept-request-mode>
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// `"cors"`: one whose response the page may read, if the server says so.
    #[default]
    Cors,
    /// `"no-cors"`: one as forms and images always made, whose response the page cannot read.
    NoCors,
    /// `"same-origin"`: none.
    SameOrigin,
}

/// What becomes of a redirect.
///
/// <https://fetch.spec.whatwg.org/#concept-request-redirect-mode>
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Redirect {
    /// `"follow"`
    #[default]
    Follow,
    /// `"error"`: the request fails.
    Error,
    /// `"manual"`: the page learns that there is one, and nothing else.
    Manual,
}

/// What a script says besides the request.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Options {
    pub(super) credentials: Credentials,
    pub(super) mode: Mode,
    pub(super) redirect: Redirect,
    pub(super) upload_listener: bool,
}

/// A request as the standard has it, changed by each redirect.
///
/// <https://fetch.spec.whatwg.org/#concept-request>
pub(super) struct Request {
    pub(super) origin: Origin,
    /// The page's URL, if it tells.
    pub(super) page: Option<Url>,
    pub(super) method: Method,
    /// Where it goes, and before where it went; there is at least one.
    urls: Vec<Url>,
    pub(super) headers: HeaderMap,
    pub(super) body: Option<Bytes>,
    pub(super) credentials: Credentials,
    pub(super) mode: Mode,
    pub(super) redirect: Redirect,
    /// It is an `XMLHttpRequest` whose upload is listened to.
    pub(super) upload_listener: bool,
    pub(super) tainting: Tainting,
    pub(super) extensions: Extensions,
}

/// What the page will see of the response, as far as this is known.
///
/// <https://fetch.spec.whatwg.org/#concept-request-response-tainting>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tainting {
    /// All of it.
    Basic,
    /// What the server shares.
    Cors,
    /// Nothing.
    Opaque,
}

impl Request {
    /// What `new Request(..)` makes of what the script gives to it; the error is the message of a `TypeError`.
    ///
    /// <https://fetch.spec.whatwg.org/#dom-request>
    pub(super) async fn new(
        origin: Origin,
        page: Option<Url>,
        request: http::Request<Body>,
        options: Options,
    ) -> Result<Self, String> {
        let Options { credentials, mode, redirect, upload_listener } = options;
        let (parts, body) = request.into_parts();
        let url = resolved(page.as_ref(), &parts.uri)?;
        let method = checked_method(&parts.method, mode)?;
        let body = to_bytes(body, usize::MAX).await.map_err(|error| format!("no body: {error}"))?;
        let body = Some(body).filter(|body| !body.is_empty());
        if body.is_some() && (method == Method::GET || method == Method::HEAD) {
            return Err("Request with GET/HEAD method cannot have body.".to_owned());
        }
        let headers = checked_headers(&parts.headers, mode, body.is_some());
        Ok(Self {
            origin,
            page,
            method,
            urls: vec![url],
            headers,
            upload_listener: upload_listener && body.is_some(),
            body,
            credentials,
            mode,
            redirect,
            tainting: Tainting::Basic,
            extensions: parts.extensions,
        })
    }

    /// The question whether this request may be sent; it has no headers of the script's, no body and no credentials.
    ///
    /// <https://fetch.spec.whatwg.org/#cors-preflight-fetch>
    pub(super) fn preflight(&self) -> Self {
        Self {
            origin: self.origin.clone(),
            page: self.page.clone(),
            method: Method::OPTIONS,
            urls: self.urls.clone(),
            headers: HeaderMap::new(),
            body: None,
            credentials: Credentials::Omit,
            mode: Mode::Cors,
            redirect: self.redirect,
            upload_listener: false,
            tainting: Tainting::Cors,
            extensions: self.extensions.clone(),
        }
    }

    /// Where it goes.
    pub(super) fn url(&self) -> &Url {
        &self.urls[self.urls.len() - 1]
    }

    /// Where it goes, and before where it went.
    pub(super) fn urls(&self) -> &[Url] {
        &self.urls
    }

    pub(super) fn send_to(&mut self, url: Url) {
        self.urls.push(url);
    }

    /// How many redirects it has followed.
    pub(super) fn redirects(&self) -> usize {
        self.urls.len() - 1
    }

    /// Whether it goes to the page's own origin.
    pub(super) fn is_same_origin(&self) -> bool {
        Origin::of(self.url()) == self.origin
    }

    /// Whether it has never gone to another origin than the page's own.
    pub(super) fn is_at_home(&self) -> bool {
        self.urls.iter().all(|url| Origin::of(url) == self.origin)
    }

    /// The page's URL as the console has it.
    pub(super) fn page_text(&self) -> &str {
        self.page.as_ref().map_or("about:srcdoc", Url::as_str)
    }

    /// Its origin as the server is told: `null` if a server of a third origin had a hand in it.
    ///
    /// <https://fetch.spec.whatwg.org/#serializing-a-request-origin>
    pub(super) fn sent_origin(&self) -> &str {
        let origins: Vec<Origin> = self.urls.iter().map(Origin::of).collect();
        let is_tainted = |step: &[Origin]| step[0] != step[1] && step[0] != self.origin;
        if origins.windows(2).any(is_tainted) { "null" } else { self.origin.as_str() }
    }

    /// Whether it bears cookies.
    ///
    /// <https://fetch.spec.whatwg.org/#http-network-or-cache-fetch>
    pub(super) fn includes_credentials(&self) -> bool {
        match self.credentials {
            Credentials::Include => true,
            Credentials::SameOrigin => self.tainting == Tainting::Basic,
            Credentials::Omit => false,
        }
    }

    /// What the page used to send it.
    pub(super) fn initiator(&self) -> &'static str {
        if self.upload_listener { "XMLHttpRequest" } else { "fetch" }
    }
}

fn resolved(page: Option<&Url>, uri: &Uri) -> Result<Url, String> {
    let url = Url::options().base_url(page).parse(&uri.to_string());
    let url = url.map_err(|_| format!("Failed to parse URL from {uri}"))?;
    if has_credentials(&url) {
        return Err(format!("Request cannot be constructed from a URL that includes credentials: {url}"));
    }
    Ok(url)
}

/// <https://url.spec.whatwg.org/#include-credentials>
pub(super) fn has_credentials(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

fn checked_method(method: &Method, mode: Mode) -> Result<Method, String> {
    if is_forbidden_method(method.as_str()) {
        return Err(format!("'{method}' HTTP method is unsupported."));
    }
    let method = normalized(method);
    if mode == Mode::NoCors && !is_safelisted_method(&method) {
        return Err(format!("'{method}' is unsupported in no-cors mode."));
    }
    Ok(method)
}

/// The headers that the script gets through, each with its values in one line, as Chromium sends them.
///
/// <https://fetch.spec.whatwg.org/#headers-validate>
fn checked_headers(given: &HeaderMap, mode: Mode, has_body: bool) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for name in given.keys() {
        let value = get(given, name).unwrap_or_default();
        let is_left_out = is_forbidden_header(name, value.as_bytes())
            || mode == Mode::NoCors && !is_no_cors_safelisted(name.as_str(), value.as_bytes());
        // Lines that were values one by one are a value together.
        if !is_left_out && let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    if has_body && let Entry::Vacant(entry) = headers.entry(CONTENT_TYPE) {
        entry.insert(HeaderValue::from_static("text/plain;charset=UTF-8"));
    }
    headers
}

/// What browsers say they accept unless the script does.
///
/// <https://fetch.spec.whatwg.org/#concept-fetch>
pub(super) fn add_accept(headers: &mut HeaderMap) {
    if let Entry::Vacant(entry) = headers.entry(ACCEPT) {
        entry.insert(HeaderValue::from_static("*/*"));
    }
}
