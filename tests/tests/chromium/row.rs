//! What a row of the tables is made of: a page, what it fetches, what the server says, and what comes of it.

use std::{collections::BTreeSet, fmt};

use axum::Router;

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
    pub(crate) fetches: Vec<Fetch>,
    pub(crate) server: Server,
    pub(crate) expect: Expected,
}

pub(crate) enum Server {
    /// The answers to requests that a key fits, the first that does: `*`, `METHOD` or `METHOD URL`. Whatever else is
    /// asked gets a 404.
    Literal(Vec<Answer>),
    /// An app with policies.
    App(fn() -> Router),
}

pub(crate) fn literal<const N: usize>(answers: [Answer; N]) -> Server {
    Server::Literal(answers.into())
}

pub(crate) type Fields = &'static [(&'static str, &'static str)];
pub(crate) type Answer = (&'static str, u16, Fields);

/// A call of `fetch`, or of an `XMLHttpRequest` if someone listens to the upload.
#[derive(Clone, Copy)]
pub(crate) struct Fetch {
    pub(crate) method: &'static str,
    pub(crate) url: &'static str,
    pub(crate) headers: Fields,
    pub(crate) body: Option<&'static str>,
    pub(crate) credentials: Credentials,
    pub(crate) upload_listener: bool,
    pub(crate) no_cors: bool,
}

/// <https://fetch.spec.whatwg.org/#concept-request-credentials-mode>
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Credentials {
    Omit,
    SameOrigin,
    Include,
}

pub(crate) const fn get(url: &'static str) -> Fetch {
    fetch("GET", url)
}

pub(crate) const fn fetch(method: &'static str, url: &'static str) -> Fetch {
    let credentials = Credentials::SameOrigin;
    Fetch { method, url, headers: &[], body: None, credentials, upload_listener: false, no_cors: false }
}

impl Fetch {
    pub(crate) const fn headers(self, headers: Fields) -> Self {
        Self { headers, ..self }
    }

    pub(crate) const fn body(self, body: &'static str) -> Self {
        Self { body: Some(body), ..self }
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
        Self { no_cors: true, ..self }
    }

    /// By an `XMLHttpRequest` whose `upload` has a listener.
    pub(crate) const fn with_upload_listener(self) -> Self {
        Self { upload_listener: true, ..self }
    }

    pub(crate) fn absolute_url(&self) -> String {
        if self.url.starts_with('/') { format!("{API}{}", self.url) } else { self.url.to_owned() }
    }
}

/// What is to come of a row by the standard.
pub(crate) struct Expected {
    pub(crate) seen: Seen,
    /// Where Chromium is known to do otherwise: what it does.
    pub(crate) in_chromium: Option<Seen>,
}

/// The requests that the server sees, and what the page makes of the last one's response.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) requests: Vec<String>,
    pub(crate) outcome: Outcome,
}

/// Whether a response is shared with the page, or by which error it is not; for tables in which the rest is alike.
pub(crate) type Verdict = Result<(), (&'static str, &'static str)>;
pub(crate) const SHARED: Verdict = Ok(());

pub(crate) const fn blocked(error: &'static str, parameter: &'static str) -> Verdict {
    Err((error, parameter))
}

/// What has come of a row in a browser.
#[derive(Debug)]
pub(crate) struct Observed {
    pub(crate) seen: Seen,
    /// What the console says if the response is kept from the page.
    pub(crate) console: Option<String>,
}

#[derive(PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The page sees the status and these headers, beside those of the framing.
    Readable { status: u16, headers: BTreeSet<String> },
    /// The page sees nothing. By DevTools: the error and the text that failed.
    /// <https://chromedevtools.github.io/devtools-protocol/tot/Network/#type-CorsError>
    Blocked { error: String, parameter: String },
    /// No response, for a reason that is none of CORS: the network's error.
    Failed(String),
}

impl Outcome {
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
        Expected { seen: Seen { requests: self.0, outcome }, in_chromium: None }
    }
}

impl Expected {
    pub(crate) fn but_in_chromium(self, other: Expected) -> Self {
        Self { in_chromium: Some(other.seen), ..self }
    }
}
