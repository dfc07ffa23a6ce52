//! A policy as somebody wrote it, right or wrong.

use std::time::Duration;

use crate::suggest::{closest, normalize};

/// A policy as it was written: every key optional, every value unchecked.
///
/// `any` is written as `"*"`, which the keys take as a synonym.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicySpec {
    /// The entries of `origins`; `None` if the key is missing.
    pub origins: Option<Vec<OriginSpec>>,
    /// The entries of `headers`.
    pub headers: Vec<String>,
    /// The entries of `expose`.
    pub expose: Vec<String>,
    /// The entries of `methods`.
    pub methods: Vec<String>,
    /// The keys with one value each.
    pub settings: Settings<MaxAge>,
    /// The names in `allow`.
    pub allow: Vec<Allow>,
}

/// The keys with one value each, from what is written to what is served. `A` is what is known of `max_age`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings<A> {
    /// How long browsers may keep the answer to a preflight.
    pub max_age: Option<A>,
    /// Whether requests may carry cookies and other credentials.
    pub credentials: bool,
    /// Whether cross-origin requests from refused origins are kept from the handler.
    pub enforce: Enforce,
    /// Whether the same origins may read timings.
    pub timing: bool,
}

impl<A> Settings<A> {
    /// None of them.
    pub const NONE: Self = Self { max_age: None, credentials: false, enforce: Enforce::Off, timing: false };

    /// The same with another form of `max_age`.
    pub fn with_max_age<B>(&self, max_age: Option<B>) -> Settings<B> {
        // A key without a rule of its own is passed on here.
        let Self { max_age: _, credentials, enforce, timing } = self;
        Settings { max_age, credentials: *credentials, enforce: *enforce, timing: *timing }
    }
}

impl<A> Default for Settings<A> {
    fn default() -> Self {
        Self::NONE
    }
}

impl PolicySpec {
    /// Whether `allow` names this one.
    pub(crate) fn allows(&self, allow: Allow) -> bool {
        self.allow.contains(&allow)
    }
}

/// An entry of `origins`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OriginSpec {
    /// An origin or a pattern, as text.
    Text(String),
    /// A regular expression for whole origins.
    Regex(String),
    /// The name of an environment variable that holds more entries.
    Env(String),
    /// An origin or a pattern that is taken if the variable in front of it is not set.
    EnvDefault(String),
    /// A function that accepts more origins, by its path; the path is empty if it has none.
    When(String),
    /// A constant of the program, by its path. Its value is judged where it is known, by [`constant::origin`](crate::constant::origin).
    Constant(String),
}

impl OriginSpec {
    /// The entry as it was written, without what surrounds it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Text(text)
            | Self::Regex(text)
            | Self::Env(text)
            | Self::EnvDefault(text)
            | Self::When(text)
            | Self::Constant(text) => text,
        }
    }
}

/// Whether cross-origin requests from origins that the policy refuses are kept from the handler.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Enforce {
    /// They are not: browsers keep the response from the page.
    #[default]
    Off,
    /// They are.
    CrossOrigin,
    /// They are, and an `Origin` that equals `Host` is not taken for the server's own: a name that an attacker points
    /// at this machine (DNS rebinding) is in both.
    Strict,
}

/// The value of `max_age`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MaxAge {
    /// A number of seconds.
    Seconds(u64),
    /// A text, for example `10m`.
    Text(String),
}

impl From<&str> for MaxAge {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for MaxAge {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// A part of a second is refused when the policy is checked.
impl From<Duration> for MaxAge {
    fn from(duration: Duration) -> Self {
        match duration.subsec_nanos() {
            0 => Self::Seconds(duration.as_secs()),
            _ => Self::Text(format!("{duration:?}")),
        }
    }
}

/// A negative number is refused when the policy is checked.
macro_rules! max_age_from_integers {
    ($($integer:ty),*) => {$(
        impl From<$integer> for MaxAge {
            fn from(seconds: $integer) -> Self {
                u64::try_from(seconds).map_or_else(|_| Self::Text(seconds.to_string()), Self::Seconds)
            }
        }
    )*};
}

max_age_from_integers!(u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize);

/// A named exception from a rule: what it names is allowed, although it is dangerous or odd.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Allow {
    /// `http://` origins together with credentials.
    InsecureOrigins,
    /// Domains below a public suffix, which anyone can register, together with credentials.
    PublicSuffix,
    /// Entries that say what another entry says.
    Redundant,
    /// Response-header names among the request headers.
    ResponseHeaderNames,
    /// A JSON body without `content-type` among the headers.
    MissingContentType,
    /// An `Authorization` argument without `authorization` among the headers.
    MissingAuthorization,
    /// A cookie or session argument without `credentials`.
    MissingCredentials,
    /// A regular expression that matches origins of domains, or IP addresses, that it does not contain literally.
    OpenDomain,
    /// Every host of a scheme that is not a web scheme, for example `moz-extension://*`, together with credentials.
    OpenScheme,
    /// WebSockets that pages of refused origins open.
    UnenforcedWebsocket,
}

impl Allow {
    /// All of them, in the order of the documentation.
    pub const ALL: &'static [Self] = &[
        Self::InsecureOrigins,
        Self::PublicSuffix,
        Self::Redundant,
        Self::ResponseHeaderNames,
        Self::MissingContentType,
        Self::MissingAuthorization,
        Self::MissingCredentials,
        Self::OpenDomain,
        Self::OpenScheme,
        Self::UnenforcedWebsocket,
    ];

    /// The name as it is written in `allow(..)`.
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
            Self::OpenScheme => "open_scheme",
            Self::UnenforcedWebsocket => "unenforced_websocket",
        }
    }

    /// The exception of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|allow| allow.name() == name)
    }

    /// The exception that was probably meant by another name: by a typo, or by a part of its name that no other has.
    pub fn suggest(name: &str) -> Option<Self> {
        let names = || Self::ALL.iter().map(|allow| allow.name());
        let part = normalize(name);
        let mut with_part = names().filter(|name| part.len() >= 4 && normalize(name).contains(&part));
        let by_part = with_part.next().filter(|_| with_part.next().is_none());
        closest(name, names()).or(by_part).and_then(Self::from_name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_seconds_of_any_type() {
        assert_eq!(MaxAge::from(600_i32), MaxAge::Seconds(600));
        assert_eq!(MaxAge::from(600_usize), MaxAge::Seconds(600));
        assert_eq!(MaxAge::from(-1_i8), MaxAge::Text("-1".to_owned()));
        assert_eq!(MaxAge::from(u128::MAX), MaxAge::Text(u128::MAX.to_string()));
        assert_eq!(MaxAge::from(Duration::from_secs(600)), MaxAge::Seconds(600));
        assert_eq!(MaxAge::from(Duration::from_millis(1_500)), MaxAge::Text("1.5s".to_owned()));
    }

    #[test]
    fn names_of_exceptions() {
        for (name, allow) in [
            ("open_schemes", Some(Allow::OpenScheme)),
            ("websocket", Some(Allow::UnenforcedWebsocket)),
            ("insecure", Some(Allow::InsecureOrigins)),
            ("suffix", Some(Allow::PublicSuffix)),
            ("openDomain", Some(Allow::OpenDomain)),
            ("missing", None),
            ("open", None),
            ("everything", None),
        ] {
            assert_eq!(Allow::suggest(name), allow, "{name}");
        }
        for allow in Allow::ALL.iter().copied() {
            assert_eq!(Allow::from_name(allow.name()), Some(allow));
        }
    }
}
