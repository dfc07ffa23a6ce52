//! The keys of a policy by name, and what people write for them. Must not know their values.

use crate::suggest::{closest, squash};

/// A key of a policy, as it stands in the attribute and in documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// Who may read.
    Origins,
    /// The request headers that pages may set.
    Headers,
    /// The response headers that pages may read.
    Expose,
    /// The methods that the policy is narrowed to.
    Methods,
    /// How long browsers may keep an answer.
    MaxAge,
    /// Whether requests may bear cookies and the like.
    Credentials,
    /// Whether requests from other origins are refused.
    Enforce,
    /// What is allowed although a rule speaks against it.
    Allow,
    /// Where in the source the policy is written.
    Policy,
    /// The function that is asked for the policy.
    Delegate,
    /// That everything stays same-origin.
    None,
}

impl Key {
    /// All of them, in the order of the documentation.
    pub const ALL: [Self; 11] = [
        Self::Origins,
        Self::Headers,
        Self::Expose,
        Self::Methods,
        Self::MaxAge,
        Self::Credentials,
        Self::Enforce,
        Self::Allow,
        Self::Policy,
        Self::Delegate,
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
            Self::Allow => "allow",
            Self::Policy => "policy",
            Self::Delegate => "delegate",
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

    /// The key with a value that it may have.
    pub fn example(self) -> String {
        match self {
            Self::Origins | Self::Headers | Self::Expose | Self::Methods => {
                format!("{} = [{:?}]", self.name(), self.example_entry())
            }
            Self::MaxAge => "max_age = 600".to_owned(),
            Self::Allow => "allow(redundant)".to_owned(),
            Self::Policy => "policy = PARTNER".to_owned(),
            Self::Delegate => "delegate = policy_of_tenant".to_owned(),
            Self::Credentials | Self::Enforce | Self::None => self.name().to_owned(),
        }
    }

    /// Whether its value is data, so that it can stand in a document; the value of the others is the name of an item.
    pub fn is_data(self) -> bool {
        !matches!(self, Self::Policy | Self::Delegate)
    }

    /// The key of this very name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key| key.name() == name)
    }

    /// The key that was probably meant by another name.
    pub fn guess(name: &str) -> Option<Self> {
        let squashed = squash(name);
        let elsewhere = ELSEWHERE.iter().find(|(_, names)| names.contains(&squashed.as_str()));
        elsewhere
            .map(|(key, _)| *key)
            .or_else(|| closest(&squashed, Self::ALL.map(Self::name)).and_then(Self::from_name))
    }
}

/// The names of other libraries, of the headers themselves and of the habit of saying things, all squashed.
const ELSEWHERE: [(Key, &[&str]); 6] = [
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
    fn what_people_know_from_elsewhere() {
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
            (
                "credentials",
                "credential creds allow_credentials allowCredentials supports_credentials withCredentials",
            ),
        ] {
            for name in names.split_whitespace() {
                assert_eq!(Key::guess(name).map(Key::name), Some(key), "{name}");
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
            ("regex", None),
            ("", None),
        ] {
            assert_eq!(Key::guess(name).map(Key::name), key, "{name}");
        }
    }

    #[test]
    fn names_lead_back_to_their_keys() {
        for key in Key::ALL {
            assert_eq!(Key::from_name(key.name()), Some(key));
            assert_eq!(Key::guess(key.name()), Some(key));
        }
    }
}
