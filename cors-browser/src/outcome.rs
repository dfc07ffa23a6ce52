//! What happens to a request: what the page can read, or what the console says, and what the servers saw.

use std::{borrow::Cow, error, fmt};

use bytes::Bytes;
use cors_rules::{CorsError, Engine};
use http::{HeaderMap, Method, Response};

/// What happened to a request.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FetchOutcome {
    /// What the page gets.
    pub result: Result<VisibleResponse, Blocked>,
    /// What the servers saw, in order.
    pub requests: Vec<SentRequest>,
}

impl FetchOutcome {
    /// The preflights among the [`requests`](Self::requests).
    pub fn preflights(&self) -> impl Iterator<Item = &SentRequest> {
        self.requests.iter().filter(|request| request.preflight)
    }
}

/// A response, as far as the page can read it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct VisibleResponse {
    /// How much of it the page can read: `response.type`.
    pub response_type: ResponseType,
    /// Where it came from: `response.url`. Empty if the page cannot know.
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

impl VisibleResponse {
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
    /// `"basic"`: all of it except cookies, because it is from the page's own origin.
    Basic,
    /// `"cors"`: the status, the body, and the headers that are safelisted or exposed.
    Cors,
    /// `"opaque"`: nothing, because the request was [`NoCors`](crate::Mode::NoCors).
    Opaque,
    /// `"opaqueredirect"`: nothing, except that it is a redirect.
    OpaqueRedirect,
}

/// A request as a server saw it, and how it answered.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SentRequest {
    /// The method.
    pub method: Method,
    /// Where it went.
    pub url: String,
    /// All the headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// Whether the browser asks whether it may send another request.
    pub preflight: bool,
    /// The response with all its headers, whether or not the page can read them; `None` if the service failed.
    pub response: Option<Response<()>>,
}

/// Why a page got nothing: all that its script sees is a `TypeError`.
///
/// Displayed, it is the engine's name, if it is one, what its console says, and the service's error, if there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Blocked {
    /// The engine that blocked it; `None` if the model followed the standard.
    pub engine: Option<Engine>,
    /// What is wrong, by Chromium's name; `None` if it has nothing to do with CORS.
    pub error: Option<CorsError>,
    /// The value, the method or the header that is wrong, if it is one: DevTools' `failedParameter`.
    pub parameter: String,
    /// What the engine's console says. The standard has no console, and Chromium's says the most: without an engine, it is
    /// that one.
    pub console: String,
    /// What the service says, if it returned an error instead of a response. No page and no console learns it.
    pub service_error: Option<String>,
}

impl fmt::Display for Blocked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(engine) = self.engine {
            write!(f, "{engine}: ")?;
        }
        f.write_str(&self.console)?;
        match &self.service_error {
            Some(error) => write!(f, " (the service returned an error: {error})"),
            None => Ok(()),
        }
    }
}

impl error::Error for Blocked {}
