//! A policy as somebody wrote it. Knows nothing of whether it is right.

use crate::suggest::{closest, squash};

/// A policy as it was written: every key optional, every value unproven.
///
/// `any` is written as `"*"`, which the keys take as a synonym.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// The origins.
    pub origins: Origins,
    /// The entries of `headers`.
    pub headers: Vec<String>,
    /// The entries of `expose`.
    pub expose: Vec<String>,
    /// The entries of `methods`.
    pub methods: Vec<String>,
    /// The value of `max_age`.
    pub max_age: Option<MaxAge>,
    /// Whether `credentials` was written.
    pub credentials: bool,
    /// The names in `allow(..)`.
    pub allow: Vec<Allow>,
}

impl Written {
    /// Whether `allow(..)` names this one.
    pub(crate) fn allows(&self, allow: Allow) -> bool {
        self.allow.contains(&allow)
    }
}

/// The value of `origins`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origins {
    /// A list, which is empty if the key was not written.
    List(Vec<Origin>),
    /// A function, of which nothing is known.
    When,
}

impl Default for Origins {
    fn default() -> Self {
        Self::List(Vec::new())
    }
}

/// An entry of `origins`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// An origin or a pattern, as text.
    Text(String),
    /// A regular expression for whole origins.
    Regex(String),
    /// The name of an environment variable that holds more entries.
    Env(String),
    /// An origin or a pattern that stands in for the variable before it, if that is not set.
    Default(String),
}

/// The value of `max_age`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MaxAge {
    /// A number of seconds.
    Seconds(u64),
    /// A text such as `10m`.
    Text(String),
}

impl From<u64> for MaxAge {
    fn from(seconds: u64) -> Self {
        Self::Seconds(seconds)
    }
}

impl From<&str> for MaxAge {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// What a policy can be allowed, by name, although it is dangerous or odd.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allow {
    /// `http://` origins together with credentials.
    InsecureOrigins,
    /// Subdomains of a public suffix together with credentials.
    PublicSuffix,
    /// Entries that say what another entry says.
    Redundant,
    /// Response-header names among the request headers.
    ResponseHeaderNames,
    /// A JSON body without `content-type` among the headers.
    MissingContentType,
    /// An `Authorization` argument without `authorization` among the headers.
    MissingAuthorization,
    /// A cookie argument without `credentials`.
    MissingCredentials,
    /// A regular expression that accepts origins of domains that it does not spell out.
    OpenDomain,
    /// WebSocket handshakes of origins that the policy refuses.
    UnenforcedWebsocket,
}

impl Allow {
    /// All of them, in the order of the documentation.
    pub const ALL: [Self; 9] = [
        Self::InsecureOrigins,
        Self::PublicSuffix,
        Self::Redundant,
        Self::ResponseHeaderNames,
        Self::MissingContentType,
        Self::MissingAuthorization,
        Self::MissingCredentials,
        Self::OpenDomain,
        Self::UnenforcedWebsocket,
    ];

    /// The name as it stands in `allow(..)`.
    pub fn name(self) -> &'static str {
        match self {
            Self::InsecureOrigins => "insecure_origins",
            Self::PublicSuffix => "public_suffix",
            Self::Redundant => "redundant",
            Self::ResponseHeaderNames => "response_header_names",
            Self::MissingContentType => "missing_content_type",
            Self::MissingAuthorization => "missing_authorization",
            Self::MissingCredentials => "missing_credentials",
            Self::OpenDomain => "open_domain",
            Self::UnenforcedWebsocket => "unenforced_websocket",
        }
    }

    /// The one of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|allow| allow.name() == name)
    }

    /// The one that was probably meant by another name, perhaps by a part of its name that no other has.
    pub fn guess(name: &str) -> Option<Self> {
        let names = Self::ALL.map(Self::name);
        let part = squash(name);
        let mut with_part = names.into_iter().filter(|name| part.len() >= 4 && squash(name).contains(&part));
        let by_part = with_part.next().filter(|_| with_part.next().is_none());
        closest(name, names).or(by_part).and_then(Self::from_name)
    }
}
