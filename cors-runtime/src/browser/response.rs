//! What becomes of a request: what the page may read, or what the console says, and what the servers saw. Must not know
//! how it came to that.

use std::{borrow::Cow, error, fmt};

use axum::body::Bytes;
use http::{HeaderMap, Method, Response};
use url::Url;

use super::request::Request;
use crate::diagnostics::chromium::{self, CorsError, VALID_VALUE, WITH_CREDENTIALS};

/// What became of a request.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Fetched {
    /// What the page gets.
    pub result: Result<Readable, Blocked>,
    /// What the servers saw, in order.
    pub requests: Vec<Sent>,
}

impl Fetched {
    /// The preflights among the [`requests`](Self::requests).
    pub fn preflights(&self) -> impl Iterator<Item = &Sent> {
        self.requests.iter().filter(|request| request.preflight)
    }
}

/// A response, as far as the page can read it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Readable {
    /// How much of it the page can read: `response.type`.
    pub response_type: ResponseType,
    /// Where it came from: `response.url`. It is empty if the page cannot know.
    pub url: String,
    /// Whether a redirect was followed: `response.redirected`.
    pub redirected: bool,
    /// `response.status`, which is 0 if the page cannot know.
    pub status: u16,
    /// The headers that the page can read.
    pub headers: HeaderMap,
    /// The whole body. A service whose response never ends keeps the page waiting.
    pub body: Bytes,
}

impl Readable {
    /// The body as a text.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }
}

/// How much of a response a page can read.
///
/// <https://fetch.spec.whatwg.org/#concept-response-type>
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ResponseType {
    /// `"basic"`: all of it but the cookies, for it is from the page's own origin.
    Basic,
    /// `"cors"`: the status, the body, and the headers that are safelisted or exposed.
    Cors,
    /// `"opaque"`: nothing, for the request was [`NoCors`](super::Mode::NoCors).
    Opaque,
    /// `"opaqueredirect"`: nothing, but that it is a redirect.
    OpaqueRedirect,
}

/// A request as a server saw it, and how it answered.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Sent {
    /// The method.
    pub method: Method,
    /// Where it went.
    pub url: String,
    /// All the headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// Whether the browser asks whether it may send another one.
    pub preflight: bool,
    /// The response with all its headers, whether or not the page can read them; `None` if the service failed.
    pub response: Option<Response<()>>,
}

/// Why the page got nothing: all that it sees itself is a `TypeError`.
///
/// Displayed, it is what the console says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Blocked {
    /// Chromium's code; `None` if it is none of CORS.
    pub error: Option<CorsError>,
    /// The value, the method or the header that is wrong, if it is one: DevTools' `failedParameter`.
    pub parameter: String,
    /// What Chromium's console says.
    pub console: String,
}

impl Blocked {
    pub(super) fn new(failure: Failure, request: &Request) -> Self {
        match failure {
            Failure::Cors(error, parameter) => {
                let console = console(error, &parameter, request);
                Self { error: Some(error), parameter, console }
            }
            Failure::Other(console) => Self { error: None, parameter: String::new(), console },
        }
    }

    /// Nothing was sent, because of a mistake in the script.
    pub(super) fn unsent(message: String) -> Self {
        let console = format!("TypeError: Failed to execute 'fetch' on 'Window': {message}");
        Self { error: None, parameter: String::new(), console }
    }
}

impl fmt::Display for Blocked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.console)
    }
}

impl error::Error for Blocked {}

/// What the standard calls a network error, and what is to be said of it.
///
/// <https://fetch.spec.whatwg.org/#concept-network-error>
#[derive(Debug)]
pub(super) enum Failure {
    /// By the CORS protocol: Chromium's code, and what is wrong.
    Cors(CorsError, String),
    /// Otherwise: what the console says.
    Other(String),
}

impl Failure {
    /// One that Chromium's network stack has a name for.
    pub(super) fn network(name: &str) -> Self {
        Self::Other(format!("Failed to load resource: net::{name}"))
    }
}

fn console(error: CorsError, parameter: &str, request: &Request) -> String {
    use CorsError as E;

    let mut reason = chromium::reason(error, parameter);
    if request.upload_listener {
        // An `XMLHttpRequest`.
        reason = reason.replace(VALID_VALUE, "");
        if matches!(error, E::WildcardOriginNotAllowed | E::PreflightWildcardOriginNotAllowed) {
            reason.push_str(WITH_CREDENTIALS);
        }
    }
    let urls: Vec<&str> = request.urls().iter().map(Url::as_str).collect();
    chromium::console(request.initiator(), &urls, request.origin.as_str(), &reason)
}
