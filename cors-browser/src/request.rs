//! What a script asks for: the options of `fetch(..)`, and the request that they make.
//!
//! <https://fetch.spec.whatwg.org/#fetch-api>

use bytes::Bytes;
use cors_rules::{is_forbidden_method, is_safelisted_method};
use http::{
    Extensions, HeaderMap, HeaderValue, Method, Uri,
    header::{ACCEPT, CONTENT_TYPE, Entry, USER_AGENT},
};
use url::Url;

use crate::{
    departures::{Profile, Quirk},
    failure::ScriptError,
    header_values::get_bytes,
    origin::WebOrigin,
    safelist::{is_forbidden_header, is_no_cors_safelisted, normalize, unsafe_names},
};

/// Whether a request carries cookies, and whether the browser keeps those that the response sets.
///
/// <https://fetch.spec.whatwg.org/#concept-request-credentials-mode>
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Credentials {
    /// `"omit"`: never.
    Omit,
    /// `"same-origin"`: if the request goes to the page's own origin.
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
    /// `"cors"`: one whose response the page may read, if the server allows it.
    #[default]
    Cors,
    /// `"no-cors"`: one as forms and images always made, whose response the page cannot read.
    NoCors,
    /// `"same-origin"`: none.
    SameOrigin,
}

/// What happens to a redirect.
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

/// How a request uses the HTTP cache, which is not modelled. Some engines do not use a kept answer to a preflight either
/// if this is other than `Default`.
///
/// <https://fetch.spec.whatwg.org/#concept-request-cache-mode>
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CacheMode {
    /// `"default"`
    #[default]
    Default,
    /// `"no-store"`
    NoStore,
    /// `"reload"`
    Reload,
    /// `"no-cache"`
    NoCache,
    /// `"force-cache"`
    ForceCache,
}

/// The body that a script gives to a request.
///
/// Made from `()`, it is empty; from a string, it is text, which browsers send as `text/plain;charset=UTF-8` unless the
/// script sets another `content-type`; from bytes, it is an `ArrayBuffer`, which has no type.
///
/// <https://fetch.spec.whatwg.org/#bodyinit>
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BodyInit {
    bytes: Bytes,
    is_text: bool,
}

impl BodyInit {
    fn from_text(text: impl Into<Bytes>) -> Self {
        Self { bytes: text.into(), is_text: true }
    }

    fn from_bytes(bytes: impl Into<Bytes>) -> Self {
        Self { bytes: bytes.into(), is_text: false }
    }
}

impl From<()> for BodyInit {
    fn from((): ()) -> Self {
        Self::default()
    }
}

impl From<&'static str> for BodyInit {
    fn from(text: &'static str) -> Self {
        Self::from_text(text)
    }
}

impl From<String> for BodyInit {
    fn from(text: String) -> Self {
        Self::from_text(text)
    }
}

impl From<Vec<u8>> for BodyInit {
    fn from(bytes: Vec<u8>) -> Self {
        Self::from_bytes(bytes)
    }
}

impl From<Bytes> for BodyInit {
    fn from(bytes: Bytes) -> Self {
        Self::from_bytes(bytes)
    }
}

/// What a script says besides the request.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct FetchOptions {
    pub(crate) credentials: Credentials,
    pub(crate) mode: Mode,
    pub(crate) redirect: Redirect,
    pub(crate) cache: CacheMode,
    pub(crate) upload_listener: bool,
}

/// A request as the standard has it, changed by each redirect.
///
/// <https://fetch.spec.whatwg.org/#concept-request>
pub(crate) struct FetchRequest {
    pub(crate) profile: Profile,
    pub(crate) origin: WebOrigin,
    /// The page's URL, if servers learn it.
    pub(crate) page: Option<Url>,
    pub(crate) method: Method,
    /// Where it goes, and before where it went; there is at least one.
    urls: Vec<Url>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Bytes>,
    pub(crate) options: FetchOptions,
    pub(crate) tainting: Tainting,
    pub(crate) is_preflight: bool,
    /// The names that the first preflight asked for, once there has been one.
    pub(crate) asked_names: Option<Vec<String>>,
    pub(crate) extensions: Extensions,
}

/// What the page will see of the response, as far as this is known.
///
/// <https://fetch.spec.whatwg.org/#concept-request-response-tainting>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tainting {
    /// All of it.
    Basic,
    /// What the server shares.
    Cors,
    /// Nothing.
    Opaque,
}

impl FetchRequest {
    /// What `new Request(..)` makes of what the script gives to it; the error is a `TypeError`.
    ///
    /// <https://fetch.spec.whatwg.org/#dom-request>
    pub(crate) fn new(
        profile: Profile,
        origin: WebOrigin,
        page: Option<Url>,
        request: http::Request<BodyInit>,
        options: FetchOptions,
    ) -> Result<Self, ScriptError> {
        let (parts, body) = request.into_parts();
        let url = resolve(page.as_ref(), &parts.uri)?;
        let method = checked_method(&parts.method, options.mode)?;
        let has_body = !body.bytes.is_empty();
        if has_body && (method == Method::GET || method == Method::HEAD) {
            return Err(ScriptError::BodyOnGet(method));
        }
        let mut headers = allowed_headers(profile, &parts.headers, options.mode);
        if has_body
            && body.is_text
            && let Entry::Vacant(entry) = headers.entry(CONTENT_TYPE)
        {
            entry.insert(HeaderValue::from_static("text/plain;charset=UTF-8"));
        }
        Ok(Self {
            profile,
            origin,
            page,
            method,
            urls: vec![url],
            headers,
            body: has_body.then_some(body.bytes),
            options: FetchOptions { upload_listener: options.upload_listener && has_body, ..options },
            tainting: Tainting::Basic,
            is_preflight: false,
            asked_names: None,
            extensions: parts.extensions,
        })
    }

    /// The question whether this request may be sent; it has none of the script's headers, no body and no credentials.
    ///
    /// <https://fetch.spec.whatwg.org/#cors-preflight-fetch>
    pub(crate) fn preflight(&self) -> Self {
        let mut headers = HeaderMap::new();
        if self.profile.departs(Quirk::PreflightsHaveThePagesUserAgent)
            && let Some(agent) = self.headers.get(USER_AGENT)
        {
            headers.insert(USER_AGENT, agent.clone());
        }
        let options = FetchOptions {
            credentials: Credentials::Omit,
            mode: Mode::Cors,
            redirect: self.options.redirect,
            ..FetchOptions::default()
        };
        Self {
            profile: self.profile,
            origin: self.origin.clone(),
            page: self.page.clone(),
            method: Method::OPTIONS,
            urls: self.urls.clone(),
            headers,
            body: None,
            options,
            tainting: Tainting::Cors,
            is_preflight: true,
            asked_names: None,
            extensions: self.extensions.clone(),
        }
    }

    /// Where it goes.
    pub(crate) fn url(&self) -> &Url {
        &self.urls[self.urls.len() - 1]
    }

    /// Where it goes, and before where it went.
    pub(crate) fn urls(&self) -> &[Url] {
        &self.urls
    }

    pub(crate) fn send_to(&mut self, url: Url) {
        self.urls.push(url);
    }

    /// How many redirects it has followed.
    pub(crate) fn redirects(&self) -> usize {
        self.urls.len() - 1
    }

    /// Whether it goes to the page's own origin.
    pub(crate) fn is_same_origin(&self) -> bool {
        WebOrigin::from_url(self.url()) == self.origin
    }

    /// Whether it has never gone to another origin than the page's own.
    pub(crate) fn never_left_origin(&self) -> bool {
        self.urls.iter().all(|url| WebOrigin::from_url(url) == self.origin)
    }

    /// The page's origin, or that of its URL, if the page is sandboxed and the engine departs in this way.
    pub(crate) fn site(&self, departure: Quirk) -> WebOrigin {
        match &self.page {
            Some(page) if self.origin.is_opaque() && self.profile.departs(departure) => {
                WebOrigin::from_url(page)
            }
            _ => self.origin.clone(),
        }
    }

    /// The page's URL as consoles have it.
    pub(crate) fn page_text(&self) -> &str {
        self.page.as_ref().map_or("about:srcdoc", Url::as_str)
    }

    /// Its origin as the server learns it: `null` if a server of a third origin had a part in it.
    ///
    /// <https://fetch.spec.whatwg.org/#serializing-a-request-origin>
    pub(crate) fn serialized_origin(&self) -> &str {
        let origins: Vec<WebOrigin> = self.urls.iter().map(WebOrigin::from_url).collect();
        let is_tainted = |step: &[WebOrigin]| step[0] != step[1] && step[0] != self.origin;
        if self.is_preflight && self.profile.departs(Quirk::PreflightsNameThePage) {
            return self.origin.as_str();
        }
        if origins.windows(2).any(is_tainted) { "null" } else { self.origin.as_str() }
    }

    /// Whether its credentials mode is `include`.
    pub(crate) fn is_credentialed(&self) -> bool {
        self.options.credentials == Credentials::Include
    }

    /// Whether it carries cookies.
    ///
    /// <https://fetch.spec.whatwg.org/#http-network-or-cache-fetch>
    pub(crate) fn includes_credentials(&self) -> bool {
        match self.options.credentials {
            Credentials::Include => true,
            Credentials::SameOrigin => self.tainting == Tainting::Basic,
            Credentials::Omit => false,
        }
    }

    /// The names of its headers that a preflight asks for, sorted and in lower case.
    ///
    /// <https://fetch.spec.whatwg.org/#cors-unsafe-request-header-names>
    pub(crate) fn unsafe_names(&self) -> Vec<String> {
        match &self.asked_names {
            Some(names) if self.profile.departs(Quirk::AskedOnceAskedForTheSame) => names.clone(),
            _ => unsafe_names(self.profile, &self.headers),
        }
    }

    /// Whether a preflight goes before it, unless an answer is kept.
    ///
    /// <https://fetch.spec.whatwg.org/#concept-main-fetch>
    pub(crate) fn needs_preflight(&self) -> bool {
        let asks_again = self.asked_names.is_some()
            && (self.profile.departs(Quirk::AskedOnceAskedAgain)
                || self.profile.departs(Quirk::AskedOnceAskedForTheSame));
        self.options.upload_listener
            || asks_again
            || !is_safelisted_method(self.method.as_str().as_bytes())
            || !self.unsafe_names().is_empty()
    }
}

fn resolve(page: Option<&Url>, uri: &Uri) -> Result<Url, ScriptError> {
    let url = Url::options().base_url(page).parse(&uri.to_string());
    let url = url.map_err(|_| ScriptError::InvalidUrl(uri.to_string()))?;
    if has_credentials(&url) { Err(ScriptError::UrlWithCredentials(url)) } else { Ok(url) }
}

/// <https://url.spec.whatwg.org/#include-credentials>
pub(crate) fn has_credentials(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

fn checked_method(method: &Method, mode: Mode) -> Result<Method, ScriptError> {
    if is_forbidden_method(method.as_str().as_bytes()) {
        return Err(ScriptError::ForbiddenMethod(method.clone()));
    }
    let method = normalize(method);
    if mode == Mode::NoCors && !is_safelisted_method(method.as_str().as_bytes()) {
        return Err(ScriptError::MethodInNoCors(method));
    }
    Ok(method)
}

/// The headers that a script can set, each with its values in one line, as browsers send them.
///
/// <https://fetch.spec.whatwg.org/#headers-validate>
fn allowed_headers(profile: Profile, given: &HeaderMap, mode: Mode) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for name in given.keys() {
        let value = get_bytes(given, name).unwrap_or_default();
        let is_left_out = is_forbidden_header(profile, name, &value)
            || mode == Mode::NoCors && !is_no_cors_safelisted(profile, name.as_str(), &value);
        // Lines that were values one by one are a value together.
        if !is_left_out && let Ok(value) = HeaderValue::from_bytes(&value) {
            headers.insert(name, value);
        }
    }
    headers
}

/// What browsers say they accept unless the script does.
///
/// <https://fetch.spec.whatwg.org/#concept-fetch>
pub(crate) fn add_accept(headers: &mut HeaderMap) {
    if let Entry::Vacant(entry) = headers.entry(ACCEPT) {
        entry.insert(HeaderValue::from_static("*/*"));
    }
}
