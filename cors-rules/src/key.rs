//! The keys of a policy by name, and what people write for them. What their values may be is for others.

use crate::suggest::{closest, normalize};

/// A key of a policy, as it is written in the attribute and in documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// Which origins may read.
    Origins,
    /// The request headers that pages may set.
    Headers,
    /// The response headers that pages may read.
    Expose,
    /// The methods that the policy is narrowed to.
    Methods,
    /// How long browsers may keep the answer to a preflight.
    MaxAge,
    /// Whether requests may carry cookies and other credentials.
    Credentials,
    /// Whether cross-origin requests from refused origins are kept from the handler.
    Enforce,
    /// Whether the same origins may read timings.
    Timing,
    /// Named exceptions from rules.
    Allow,
    /// The path of the policy, if it is written elsewhere.
    Policy,
    /// The path of the function that answers with the policy of each request.
    Delegate,
    /// The type of the state that the delegate takes parts of.
    State,
    /// The path of `cors_runtime`, if it has another name.
    Crate,
    /// That no origin is allowed.
    None,
}

impl Key {
    /// All of them, in the order of the documentation.
    pub const ALL: &'static [Self] = &[
        Self::Origins,
        Self::Headers,
        Self::Expose,
        Self::Methods,
        Self::MaxAge,
        Self::Credentials,
        Self::Enforce,
        Self::Timing,
        Self::Allow,
        Self::Policy,
        Self::Delegate,
        Self::State,
        Self::Crate,
        Self::None,
    ];

    /// The key as it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Origins => "origins",
            Self::Headers => "headers",
            Self::Expose => "expose",
            Self::Methods => "methods",
            Self::MaxAge => "max_age",
            Self::Credentials => "credentials",
            Self::Enforce => "enforce",
            Self::Timing => "timing",
            Self::Allow => "allow",
            Self::Policy => "policy",
            Self::Delegate => "delegate",
            Self::State => "state",
            Self::Crate => "crate",
            Self::None => "none",
        }
    }

    /// An entry that the key may have, for those that take a list of texts.
    pub fn example_entry(self) -> &'static str {
        match self {
            Self::Headers => "content-type",
            Self::Expose => "etag",
            Self::Methods => "PUT",
            _ => "https://shop.example",
        }
    }

    /// Whether its value is data, which a document can contain. The values of the others are items of the program.
    pub fn is_literal(self) -> bool {
        !matches!(self, Self::Policy | Self::Delegate | Self::State | Self::Crate)
    }

    /// The key of this very name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|key| key.name() == name)
    }

    /// The key that was probably meant by another name.
    pub fn suggest(name: &str) -> Option<Self> {
        let name = normalize(name);
        let alias = ALIASES.iter().find(|(_, aliases)| aliases.contains(&name.as_str()));
        alias
            .map(|(key, _)| *key)
            .or_else(|| closest(&name, Self::ALL.iter().map(|key| key.name())).and_then(Self::from_name))
            .or_else(|| Self::with_beginning(&name))
    }

    /// The only key that begins so.
    fn with_beginning(beginning: &str) -> Option<Self> {
        let mut keys = Self::ALL
            .iter()
            .filter(|key| beginning.len() >= 3 && normalize(key.name()).starts_with(beginning));
        keys.next().filter(|_| keys.next().is_none()).copied()
    }
}

/// The names in other libraries, those of the headers themselves, and habits of speech, all normalized.
const ALIASES: [(Key, &[&str]); 9] = [
    (
        Key::Origins,
        &[
            "accesscontrolalloworigin",
            "alloworigin",
            "alloworigins",
            "allowedorigin",
            "allowedorigins",
            "domain",
            "domains",
            "host",
            "hosts",
            "origin",
        ],
    ),
    (
        Key::Headers,
        &[
            "accesscontrolallowheaders",
            "allowheader",
            "allowheaders",
            "allowedheader",
            "allowedheaders",
            "header",
            "requestheader",
            "requestheaders",
        ],
    ),
    (
        Key::Expose,
        &[
            "accesscontrolexposeheaders",
            "exposeheader",
            "exposeheaders",
            "exposed",
            "exposedheader",
            "exposedheaders",
            "responseheaders",
        ],
    ),
    (
        Key::Methods,
        &[
            "accesscontrolallowmethods",
            "allowmethod",
            "allowmethods",
            "allowedmethod",
            "allowedmethods",
            "method",
        ],
    ),
    (Key::Enforce, &["block", "enforced", "reject", "strict"]),
    (Key::Timing, &["allowtiming", "timingalloworigin", "timings"]),
    (Key::None, &["deny", "sameorigin"]),
    (Key::MaxAge, &["accesscontrolmaxage", "maxage", "maxagesecs", "maxageseconds", "preflightmaxage"]),
    (
        Key::Credentials,
        &[
            "accesscontrolallowcredentials",
            "allowcredential",
            "allowcredentials",
            "allowedcredentials",
            "cookies",
            "credential",
            "creds",
            "supportcredentials",
            "supportscredentials",
            "withcredentials",
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_other_libraries() {
        for (key, names) in [
            (
                "origins",
                "origin allow_origin allow_origins allowed_origin allowed_origins allowOrigin allowedOrigins \
                 Access-Control-Allow-Origin Origins ORIGINS",
            ),
            ("headers", "header allow_header allow_headers allowed_headers allowedHeaders request_headers"),
            ("expose", "expose_headers exposed_headers exposedHeaders Access-Control-Expose-Headers"),
            ("methods", "method allow_methods allowed_methods allowedMethods"),
            ("max_age", "maxage maxAge max-age max_age_seconds maxAgeSeconds"),
            ("timing", "Timing-Allow-Origin timings"),
            (
                "credentials",
                "credential creds allow_credentials allowCredentials supports_credentials withCredentials",
            ),
        ] {
            for name in names.split_whitespace() {
                assert_eq!(Key::suggest(name).map(Key::name), Some(key), "{name}");
            }
        }
    }

    #[test]
    fn typos() {
        for (name, key) in [
            ("orgins", Some("origins")),
            ("oirgins", Some("origins")),
            ("hedaers", Some("headers")),
            ("exposes", Some("expose")),
            ("metods", Some("methods")),
            ("max_ages", Some("max_age")),
            ("credentails", Some("credentials")),
            ("enforced", Some("enforce")),
            ("allowed", Some("allow")),
            ("non", Some("none")),
            ("colour", None),
            ("polcy", Some("policy")),
            ("orig", Some("origins")),
            ("cred", Some("credentials")),
            ("exp", Some("expose")),
            ("ma", None),
            ("regex", None),
            ("state", Some("state")),
            ("crates", Some("crate")),
            ("", None),
        ] {
            assert_eq!(Key::suggest(name).map(Key::name), key, "{name}");
        }
    }

    #[test]
    fn every_name_is_found() {
        for key in Key::ALL.iter().copied() {
            assert_eq!(Key::from_name(key.name()), Some(key));
            assert_eq!(Key::suggest(key.name()), Some(key));
        }
    }
}
