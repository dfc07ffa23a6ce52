//! What a row of the tables is made of: a page, what it fetches, what the server says, and what comes of it.

use std::{collections::BTreeSet, fmt, time::Duration};

use axum::Router;
use cors_browser::{CacheMode, Credentials, Engine, Mode, Redirect};

/// Where the API is. URLs without a host are meant below this.
pub(crate) const API: &str = "http://localhost:5000";

/// The origins of pages.
pub(crate) const SHOP: &str = "http://localhost:3000";
pub(crate) const ADMIN: &str = "http://admin.localhost:3000";
pub(crate) const ADDRESS: &str = "http://127.0.0.1:3000";
pub(crate) const SANDBOX: &str = "null";

/// Response headers that belong to the message's framing and that real servers add.
pub(crate) const NOT_OURS: [&str; 2] = ["content-length", "date"];

pub(crate) const ACAO: &str = "access-control-allow-origin";
pub(crate) const ACAC: &str = "access-control-allow-credentials";
pub(crate) const ACAM: &str = "access-control-allow-methods";
pub(crate) const ACAH: &str = "access-control-allow-headers";
pub(crate) const ACEH: &str = "access-control-expose-headers";
pub(crate) const ACMA: &str = "access-control-max-age";

/// A row of a table.
pub(crate) struct Row {
    /// A sentence for those who read a failure.
    pub(crate) why: &'static str,
    /// The origin of the page; `null` is a sandboxed one.
    pub(crate) page: &'static str,
    /// What the page fetches, one after the other. The outcome is the last one's.
    pub(crate) fetches: Vec<Step>,
    pub(crate) server: RowServer,
    pub(crate) expect: Expected,
}

impl Row {
    /// Whether the server of the page is a part of it.
    pub(crate) fn leads_home(&self) -> bool {
        let answers = match &self.server {
            RowServer::Literal(answers) | RowServer::TitleCase(answers) | RowServer::Detailed(answers) => {
                answers.as_slice()
            }
            RowServer::App(_) => &[],
        };
        let mut fields = answers.iter().flat_map(|(_, _, fields)| fields.iter());
        fields.any(|(name, value)| *name == "location" && value.starts_with(self.page))
    }

    /// Whether the page learns when it is over.
    pub(crate) fn is_answered(&self) -> bool {
        self.fetches.iter().all(|step| step.way != Way::Beacon)
    }

    pub(crate) fn is_in_title_case(&self) -> bool {
        matches!(self.server, RowServer::TitleCase(_))
    }

    /// Whether the row waits for time to pass. Such rows do so all at once.
    pub(crate) fn has_pauses(&self) -> bool {
        self.fetches.iter().any(|step| !step.pause.is_zero())
    }
}

pub(crate) enum RowServer {
    /// The answers to requests that a key fits, the first that does: `*`, `METHOD`, `METHOD URL`, or for a preflight
    /// `METHOD URL for METHOD`. Whatever else is asked gets a 404. A status of 0 closes the connection instead.
    Literal(Vec<Answer>),
    /// The same, but the names of headers are written as `Access-Control-Allow-Origin`.
    TitleCase(Vec<Answer>),
    /// The same, and all headers of the requests are noted.
    Detailed(Vec<Answer>),
    /// An app with policies.
    App(fn() -> Router),
}

pub(crate) fn literal<const N: usize>(answers: [Answer; N]) -> RowServer {
    RowServer::Literal(answers.into())
}

pub(crate) type Fields = &'static [(&'static str, &'static str)];
pub(crate) type Answer = (&'static str, u16, Fields);

/// A request of a page.
#[derive(Clone, Copy)]
pub(crate) struct Step {
    /// What is waited for before it.
    pub(crate) pause: Duration,
    pub(crate) method: &'static str,
    pub(crate) url: &'static str,
    pub(crate) headers: Fields,
    pub(crate) body: Option<&'static str>,
    /// The body is an `ArrayBuffer`, and not a string.
    pub(crate) is_binary: bool,
    pub(crate) credentials: Credentials,
    pub(crate) mode: Mode,
    pub(crate) redirect: Redirect,
    pub(crate) cache: CacheMode,
    pub(crate) way: Way,
}

/// How a page sends a request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Fetch,
    XmlHttpRequest,
    /// An `XMLHttpRequest` whose `upload` has a listener.
    UploadListener,
    EventSource,
    /// `navigator.sendBeacon`, which has a method and a credentials mode of its own, and reports nothing to the page.
    Beacon,
}

pub(crate) const fn get(url: &'static str) -> Step {
    fetch("GET", url)
}

pub(crate) const fn fetch(method: &'static str, url: &'static str) -> Step {
    Step {
        pause: Duration::ZERO,
        method,
        url,
        headers: &[],
        body: None,
        is_binary: false,
        credentials: Credentials::SameOrigin,
        mode: Mode::Cors,
        redirect: Redirect::Follow,
        cache: CacheMode::Default,
        way: Way::Fetch,
    }
}

impl Step {
    pub(crate) const fn headers(self, headers: Fields) -> Self {
        Self { headers, ..self }
    }

    pub(crate) const fn body(self, body: &'static str) -> Self {
        Self { body: Some(body), ..self }
    }

    pub(crate) const fn bytes(self, body: &'static str) -> Self {
        Self { body: Some(body), is_binary: true, ..self }
    }

    /// `credentials: "include"`
    pub(crate) const fn with_credentials(self) -> Self {
        Self { credentials: Credentials::Include, ..self }
    }

    /// `credentials: "omit"`
    pub(crate) const fn without_credentials(self) -> Self {
        Self { credentials: Credentials::Omit, ..self }
    }

    /// `mode: "no-cors"`, as forms and images send requests.
    pub(crate) const fn unread(self) -> Self {
        self.mode(Mode::NoCors)
    }

    pub(crate) const fn mode(self, mode: Mode) -> Self {
        Self { mode, ..self }
    }

    pub(crate) const fn redirect(self, redirect: Redirect) -> Self {
        Self { redirect, ..self }
    }

    pub(crate) const fn cache(self, cache: CacheMode) -> Self {
        Self { cache, ..self }
    }

    /// By an `XMLHttpRequest` whose `upload` has a listener.
    pub(crate) const fn with_upload_listener(self) -> Self {
        self.by(Way::UploadListener)
    }

    pub(crate) const fn by(self, way: Way) -> Self {
        Self { way, ..self }
    }

    /// So much later than the one before it.
    pub(crate) const fn after(self, seconds: u64) -> Self {
        Self { pause: Duration::from_secs(seconds), ..self }
    }

    pub(crate) fn absolute_url(&self) -> String {
        if self.url.starts_with('/') { format!("{API}{}", self.url) } else { self.url.to_owned() }
    }
}

/// What is to come of a row by the standard, and what else comes of it in engines that depart from it.
pub(crate) struct Expected {
    pub(crate) seen: Seen,
    departures: Vec<(Engine, Seen)>,
}

impl Expected {
    /// What comes of it in this engine.
    pub(crate) fn in_engine(&self, engine: Engine) -> &Seen {
        let departure = self.departures.iter().find(|(each, _)| *each == engine);
        departure.map_or(&self.seen, |(_, seen)| seen)
    }

    pub(crate) fn departures(&self) -> impl Iterator<Item = (Engine, &Seen)> {
        self.departures.iter().map(|(engine, seen)| (*engine, seen))
    }

    /// The same outcome of other requests.
    pub(crate) fn with_requests<const N: usize>(&self, requests: [String; N]) -> Self {
        Sent(requests.into()).expected(self.seen.outcome.clone())
    }

    pub(crate) fn in_chromium(self, other: Expected) -> Self {
        self.but_in(Engine::Chromium, other)
    }

    pub(crate) fn in_firefox(self, other: Expected) -> Self {
        self.but_in(Engine::Firefox, other)
    }

    pub(crate) fn in_webkit(self, other: Expected) -> Self {
        self.but_in(Engine::WebKit, other)
    }

    /// The same in all engines, and yet not by the standard.
    pub(crate) fn in_engines(self, other: impl Fn() -> Expected) -> Self {
        Engine::ALL.iter().copied().fold(self, |expected, engine| expected.but_in(engine, other()))
    }

    fn but_in(mut self, engine: Engine, other: Expected) -> Self {
        self.departures.push((engine, other.seen));
        self
    }
}

/// The requests that the server sees, and what the page makes of the last one's response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) requests: Vec<String>,
    pub(crate) outcome: Outcome,
}

impl Seen {
    /// The same as an engine reports it that does not name its reasons.
    pub(crate) fn without_reason(&self) -> Self {
        Self { requests: self.requests.clone(), outcome: self.outcome.without_reason() }
    }

    /// The same without the network's errors, whose names are Chromium's.
    pub(crate) fn with_names_of_cors(&self) -> Self {
        match self.outcome {
            Outcome::Failed(_) => self.without_reason(),
            _ => self.clone(),
        }
    }
}

/// Whether a response is shared with the page, or by which error it is not; for tables in which the rest is alike.
pub(crate) type Verdict = Result<(), (&'static str, &'static str)>;
pub(crate) const SHARED: Verdict = Ok(());

pub(crate) const fn blocked(error: &'static str, parameter: &'static str) -> Verdict {
    Err((error, parameter))
}

impl Observed {
    /// The same without the network's errors, whose names are Chromium's.
    pub(crate) fn with_names_of_cors(&self) -> Self {
        Self { seen: self.seen.with_names_of_cors(), console: self.console.clone() }
    }
}

/// What has come of a row in a browser.
#[derive(Debug)]
pub(crate) struct Observed {
    pub(crate) seen: Seen,
    /// What the console says, and the page's `TypeError`, if it gets no response.
    pub(crate) console: Vec<String>,
}

#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The page sees the status and these headers, beside those of the framing.
    Readable { status: u16, headers: BTreeSet<String> },
    /// The page sees nothing. By DevTools: the error and the text that failed.
    /// <https://chromedevtools.github.io/devtools-protocol/tot/Network/#type-CorsError>
    Blocked { error: String, parameter: String },
    /// No response, for a reason that has nothing to do with CORS: the network's error.
    Failed(String),
    /// No response, in an engine that does not name its reasons.
    NoResponse,
}

impl Outcome {
    /// The page sees neither status nor headers.
    pub(crate) fn nothing() -> Self {
        Self::Readable { status: 0, headers: BTreeSet::new() }
    }

    /// The same as an engine reports it that does not name its reasons.
    pub(crate) fn without_reason(&self) -> Self {
        match self {
            Self::Readable { .. } => self.clone(),
            _ => Self::NoResponse,
        }
    }

    /// From a text that names the network's error, or from any other.
    pub(crate) fn failed(text: &str) -> Self {
        Self::Failed(text.split_once("net::").map_or(text, |(_, error)| error).to_owned())
    }
}

impl fmt::Debug for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Readable { status, headers } => write!(f, "{status}, readable: {headers:?}"),
            Self::Blocked { error, parameter } => write!(f, "blocked: {error}({parameter})"),
            Self::Failed(reason) => write!(f, "failed: {reason}"),
            Self::NoResponse => f.write_str("no response"),
        }
    }
}

/// The requests that the server is to see, as [`super::stage::describe`] writes them.
pub(crate) fn sent<const N: usize>(requests: [&str; N]) -> Sent {
    Sent(requests.map(str::to_owned).into())
}

pub(crate) struct Sent(Vec<String>);

impl Sent {
    /// The page sees the status and exactly these headers.
    pub(crate) fn readable<const N: usize>(self, status: u16, headers: [&str; N]) -> Expected {
        self.readable_names(status, &headers)
    }

    pub(crate) fn readable_names(self, status: u16, headers: &[&str]) -> Expected {
        let headers = headers.iter().map(|&name| name.to_owned()).collect();
        self.expected(Outcome::Readable { status, headers })
    }

    pub(crate) fn blocked(self, error: &str, parameter: &str) -> Expected {
        let (error, parameter) = (error.to_owned(), parameter.to_owned());
        self.expected(Outcome::Blocked { error, parameter })
    }

    pub(crate) fn failed(self, error: &str) -> Expected {
        self.expected(Outcome::failed(error))
    }

    fn expected(self, outcome: Outcome) -> Expected {
        Expected { seen: Seen { requests: self.0, outcome }, departures: Vec::new() }
    }
}
