//! Entries of `origins`, and which of them cover which.

use std::{borrow::Cow, collections::HashMap, fmt};

use crate::{
    grammar::{self, Hosts, Parts, Port},
    host,
    public_suffix::{has_public_suffix_below, is_public_suffix},
};

/// An entry of `origins`: an origin exactly as browsers serialise it, or with a wildcard for its host or its port.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pattern<'a> {
    /// The scheme, without `://`.
    pub scheme: Cow<'a, str>,
    /// Which hosts it matches.
    pub hosts: Hosts,
    /// The host, without `*.`; empty if it matches any. An IPv6 address is in brackets.
    pub host: Cow<'a, str>,
    /// Which ports it matches.
    pub port: Port,
}

impl<'a> Pattern<'a> {
    /// The pattern that this text is, if it is one.
    pub fn parse(text: &'a str) -> Option<Self> {
        grammar::pattern(text).map(Self::from_parts)
    }

    pub(crate) fn from_parts(Parts { scheme, hosts, host, port }: Parts<'a>) -> Self {
        Self { scheme: scheme.into(), hosts, host: host.into(), port }
    }

    /// The same pattern, on its own.
    pub fn into_owned(self) -> Pattern<'static> {
        let Self { scheme, hosts, host, port } = self;
        let [scheme, host] = [scheme, host].map(|text| Cow::Owned(text.into_owned()));
        Pattern { scheme, hosts, host, port }
    }

    /// Whether it matches one origin and no other.
    pub fn is_exact(&self) -> bool {
        self.hosts == Hosts::One && self.port != Port::Any
    }

    /// Whether its pages come over a connection that others can change.
    pub fn is_insecure(&self) -> bool {
        self.scheme == "http" && !host::is_loopback(&self.host)
    }

    /// Whether anyone can register a domain with an origin that it matches.
    ///
    /// `localhost` is in no list, which makes it a public suffix by the default rule, but it does not leave the machine.
    /// The other schemes have no domains.
    pub fn allows_registrable_names(&self) -> bool {
        self.hosts == Hosts::Subdomains
            && grammar::is_web_scheme(&self.scheme)
            && !host::is_loopback(&self.host)
            && (is_public_suffix(&self.host) || has_public_suffix_below(&self.host))
    }

    /// Whether it matches every host of a scheme, or those that end alike, which means nothing where hosts are opaque.
    pub fn is_open_scheme(&self) -> bool {
        self.hosts != Hosts::One && !grammar::is_web_scheme(&self.scheme)
    }
}

/// The entry as it is written.
impl fmt::Display for Pattern<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wildcard = match self.hosts {
            Hosts::One => "",
            Hosts::Subdomains => "*.",
            Hosts::Any => "*",
        };
        write!(f, "{}://{wildcard}{}", self.scheme, self.host)?;
        match self.port {
            Port::Default => Ok(()),
            Port::Number(number) => write!(f, ":{number}"),
            Port::Any => f.write_str(":*"),
        }
    }
}

/// The entries of a list, to find what covers a pattern: by a look-up for each suffix of its host, however long the list
/// is.
///
/// The keys are hashed with a random seed, because a list may be an attacker's.
#[derive(Debug)]
pub(crate) struct Coverage<'a> {
    /// The first index of each pattern.
    first: HashMap<&'a Pattern<'a>, usize>,
}

impl<'a> Coverage<'a> {
    pub(crate) fn new(patterns: &'a [(usize, Pattern<'a>)]) -> Self {
        let mut first = HashMap::with_capacity(patterns.len());
        for (index, pattern) in patterns {
            first.entry(pattern).or_insert(*index);
        }
        Self { first }
    }

    /// The index of the entry that makes this one redundant, if there is one: an equal one in front of it, or else the
    /// first one that matches all of its origins and more.
    pub(crate) fn covering(&self, index: usize, pattern: &Pattern<'_>) -> Option<usize> {
        let equal = self.first.get(pattern).copied().filter(|first| *first != index);
        equal.or_else(|| self.wider(pattern))
    }

    fn wider(&self, pattern: &Pattern<'_>) -> Option<usize> {
        let host = &*pattern.host;
        let domains = host.match_indices('.').filter(|(dot, _)| *dot > 0).map(|(dot, _)| &host[dot + 1..]);
        let subdomains =
            domains.filter(|domain| !domain.is_empty()).map(|domain| (Hosts::Subdomains, domain));
        let candidates = [(Hosts::Any, ""), (pattern.hosts, host)].into_iter().chain(subdomains);
        candidates
            .flat_map(|(hosts, host)| [(hosts, host, pattern.port), (hosts, host, Port::Any)])
            .map(|(hosts, host, port)| Pattern {
                scheme: (&*pattern.scheme).into(),
                hosts,
                host: host.into(),
                port,
            })
            .filter(|wider| wider != pattern)
            .filter_map(|wider| self.first.get(&wider).copied())
            .min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Pattern<'_> {
        Pattern::parse(text).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn patterns_are_displayed_as_they_are_written() {
        for text in [
            "https://shop.example",
            "https://*.shop.example:8443",
            "http://[::1]:*",
            "app://.",
            "app://*",
            "app://*:*",
        ] {
            assert_eq!(parse(text).to_string(), text);
            assert_eq!(parse(text).into_owned(), parse(text));
        }
    }

    #[test]
    fn cover() {
        for (wide, narrow, covers) in [
            ("https://*.a.example", "https://b.a.example", true),
            ("https://*.a.example", "https://c.b.a.example", true),
            ("https://*.a.example", "https://*.b.a.example", true),
            ("https://*.a.example", "https://a.example", false),
            ("https://*.a.example", "https://ba.example", false),
            ("https://*.a.example", "https://*.ba.example", false),
            ("https://*.a.example", "http://b.a.example", false),
            ("https://*.a.example", "https://b.a.example:8443", false),
            ("https://*.a.example", "https://b.a.example.", false),
            ("https://*.a.example.", "https://b.a.example.", true),
            ("https://*.a.example:*", "https://b.a.example:8443", true),
            ("https://*.a.example:*", "https://*.a.example", true),
            ("https://*.a.example:*", "https://*.b.a.example:*", true),
            ("https://a.example:*", "https://a.example", true),
            ("https://a.example", "https://*.a.example", false),
            ("https://a.example", "https://a.example:*", false),
            ("https://a.example", "https://b.example", false),
            ("app://*", "app://a", true),
            ("app://*", "app://*.a", true),
            ("app://*", "app://.", true),
            ("app://*:*", "app://*", true),
            ("app://*", "app://*:*", false),
            ("app://*", "app://a:80", false),
            ("app://*", "other://a", false),
            ("app://a", "app://*", false),
            ("app://*.a", "app://.a", false),
        ] {
            let patterns = [(0, parse(wide)), (1, parse(narrow))];
            let covering = Coverage::new(&patterns).covering(1, &patterns[1].1);
            assert_eq!(covering, covers.then_some(0), "{wide} {narrow}");
        }
    }

    #[test]
    fn dangers() {
        for (text, insecure, registrable, open_scheme) in [
            ("http://shop.example", true, false, false),
            ("https://shop.example", false, false, false),
            ("http://a.localhost:3000", false, false, false),
            ("http://*.localhost", false, false, false),
            ("https://*.com", false, true, false),
            ("http://*.github.io", true, true, false),
            ("https://*.amazonaws.com", false, true, false),
            ("https://*.shop.example", false, false, false),
            ("app://*", false, false, true),
            ("app://*.com", false, false, true),
            ("app://.", false, false, false),
        ] {
            let pattern = parse(text);
            let found = (pattern.is_insecure(), pattern.allows_registrable_names(), pattern.is_open_scheme());
            assert_eq!(found, (insecure, registrable, open_scheme), "{text}");
        }
    }
}
