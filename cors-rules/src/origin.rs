//! The origin of a request.

use std::fmt;

use crate::{
    grammar::{self, Hosts, Parts, Port},
    host,
};

/// An origin as a browser sends it, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin<'a> {
    pub(crate) scheme: &'a str,
    pub(crate) host: &'a str,
    pub(crate) port: Port,
}

impl<'a> Origin<'a> {
    /// The origin in an `Origin` header. `None` for `null`, and for anything that no browser sends as the origin of a
    /// page: neither is decoded or corrected.
    pub fn parse(origin: &'a [u8]) -> Option<Self> {
        let Parts { scheme, hosts: _, host, port } = grammar::origin(std::str::from_utf8(origin).ok()?)?;
        Some(Self { scheme, host, port })
    }

    /// The scheme, for example `https`.
    pub fn scheme(&self) -> &'a str {
        self.scheme
    }

    /// The host: a domain in lower case and in its punycode form, or an IP address; an IPv6 address is in brackets. Of a
    /// scheme that is not a web scheme, it is whatever the scheme has for a host.
    pub fn host(&self) -> &'a str {
        self.host
    }

    /// The port, which is the scheme's own if none is written; `None` for a scheme that has none.
    pub fn port(&self) -> Option<u16> {
        match self.port {
            Port::Number(number) => Some(number),
            Port::Default | Port::Any => grammar::default_port(self.scheme),
        }
    }

    /// Whether the page comes from the machine that the browser runs on: from `localhost`, a name below it, or a
    /// loopback address.
    pub fn is_loopback(&self) -> bool {
        host::is_loopback(self.host)
    }

    /// Whether the host is below this domain, at any depth; the domain itself is not below itself.
    ///
    /// The scheme and the port make no difference. Nothing is below an empty domain.
    pub fn is_subdomain_of(&self, domain: &str) -> bool {
        let below = self.host.strip_suffix(domain).and_then(|rest| rest.strip_suffix('.'));
        !domain.is_empty() && below.is_some_and(|rest| !rest.is_empty())
    }

    /// The origin as a pattern that matches nothing else.
    pub(crate) fn parts(&self) -> Parts<'a> {
        Parts { scheme: self.scheme, hosts: Hosts::One, host: self.host, port: self.port }
    }
}

/// The origin as it was sent.
impl fmt::Display for Origin<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.host)?;
        match self.port {
            Port::Number(number) => write!(f, ":{number}"),
            Port::Default | Port::Any => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(origin: &str) -> Origin<'_> {
        Origin::parse(origin.as_bytes()).unwrap_or_else(|| panic!("{origin}"))
    }

    #[test]
    fn parts() {
        for (text, scheme, host, port) in [
            ("https://shop.example", "https", "shop.example", Some(443)),
            ("http://[::1]:3000", "http", "[::1]", Some(3_000)),
            ("app://My.App", "app", "My.App", None),
            ("app://.:80", "app", ".", Some(80)),
        ] {
            let origin = parse(text);
            assert_eq!((origin.scheme(), origin.host(), origin.port()), (scheme, host, port), "{text}");
            assert_eq!(origin.to_string(), text);
        }
    }

    #[test]
    fn texts_that_no_browser_sends() {
        let long_label = format!("https://{}.example", "a".repeat(64));
        for origin in [
            "null",
            "",
            "*",
            "https://",
            "https://*",
            "https://[",
            "https://1",
            "https://.shop.example",
            "https://a..shop.example",
            "https://evil.example/.shop.example",
            "https://evil.example#.shop.example",
            "https://evil.example\\.shop.example",
            "https://me@a.shop.example",
            "https://A.shop.example",
            "https://a.shop.example:443",
            "https://a.shop.example:*",
            "https://*.shop.example",
            "https://a.shop.example\0",
            "https:// a.shop.example",
            "https://xn--a.shop.example",
            "1https://a.shop.example",
            "file://",
            "app://*",
            "app://evil/a",
            &long_label,
        ] {
            assert_eq!(Origin::parse(origin.as_bytes()), None, "{origin}");
        }
        assert_eq!(Origin::parse(b"https://\xff"), None);
        assert_eq!(Origin::parse(&[b'a'; 1 << 20]), None);
    }

    /// What somebody else can have is below no domain of ours.
    #[test]
    fn below_a_domain() {
        for (origin, below) in [
            ("https://a.shop.example", true),
            ("http://a.b.shop.example:81", true),
            ("https://shop.example", false),
            ("https://evilshop.example", false),
            ("https://shop.example.evil.example", false),
            ("https://a.shop.example.", false),
            ("https://a.shop.example.evil", false),
        ] {
            assert_eq!(parse(origin).is_subdomain_of("shop.example"), below, "{origin}");
        }
    }

    #[test]
    fn of_the_own_machine() {
        for (origin, own) in [
            ("http://localhost", true),
            ("http://a.localhost:3000", true),
            ("http://127.9.9.9", true),
            ("http://[::1]:3000", true),
            ("http://localhost.evil.example", false),
            ("http://10.0.0.1", false),
        ] {
            assert_eq!(parse(origin).is_loopback(), own, "{origin}");
        }
    }
}
