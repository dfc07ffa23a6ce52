//! Origins and sites, as browsers compare them.
//!
//! <https://html.spec.whatwg.org/#origin>

use std::sync::atomic::{AtomicU64, Ordering};

use cors_rules::registrable_domain;
use url::{Host, Url};

/// Who a page is, or a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum WebOrigin {
    /// Scheme, host and port, and how they are written.
    Tuple { scheme: String, host: String, text: String },
    /// One that equals no other; the number identifies it.
    Opaque(u64),
}

impl WebOrigin {
    /// The origin of a URL.
    ///
    /// The pages of browser extensions have schemes of their own, whose origins the standard leaves to the browsers.
    ///
    /// <https://url.spec.whatwg.org/#concept-url-origin>
    pub(crate) fn from_url(url: &Url) -> Self {
        let Some(host) = url.host_str().filter(|host| !host.is_empty()) else { return Self::new_opaque() };
        let scheme = url.scheme().to_owned();
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        let text = format!("{scheme}://{host}{port}");
        Self::Tuple { scheme, host: host.to_owned(), text }
    }

    pub(crate) fn new_opaque() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);

        Self::Opaque(NEXT.fetch_add(1, Ordering::Relaxed))
    }

    /// As it is written in the `Origin` header.
    ///
    /// <https://html.spec.whatwg.org/#ascii-serialisation-of-an-origin>
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Tuple { text, .. } => text,
            Self::Opaque(_) => "null",
        }
    }

    pub(crate) fn is_opaque(&self) -> bool {
        matches!(self, Self::Opaque(_))
    }

    /// <https://html.spec.whatwg.org/#same-site>
    pub(crate) fn is_same_site(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Tuple { scheme, .. }, Self::Tuple { scheme: scheme2, .. }) => {
                scheme == scheme2 && self.is_schemelessly_same_site(other)
            }
            _ => self == other,
        }
    }

    /// <https://html.spec.whatwg.org/#schemelessly-same-site>
    pub(crate) fn is_schemelessly_same_site(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Tuple { host, .. }, Self::Tuple { host: host2, .. }) => {
                let domain = domain_of(host);
                host == host2 || domain.is_some() && domain == domain_of(host2)
            }
            _ => self == other,
        }
    }

    /// Whether its page came over a connection that nobody else can change.
    pub(crate) fn is_https(&self) -> bool {
        matches!(self, Self::Tuple { scheme, .. } if scheme == "https")
    }
}

/// Whether nobody between browser and server can read or change what is sent.
///
/// <https://w3c.github.io/webappsec-secure-contexts/#is-url-trustworthy>
pub(crate) fn is_trustworthy(url: &Url) -> bool {
    let is_loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    url.scheme() == "https" || is_loopback
}

/// The registrable domain of a host; `None` for an address or a public suffix.
///
/// <https://url.spec.whatwg.org/#host-registrable-domain>
fn domain_of(host: &str) -> Option<&str> {
    registrable_domain(host).filter(|_| matches!(Host::parse(host), Ok(Host::Domain(_))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(url: &str) -> WebOrigin {
        WebOrigin::from_url(&Url::parse(url).unwrap())
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        let cases = [
            ("https://shop.example:443/cart?id=1#top", "https://shop.example"),
            ("http://localhost:3000", "http://localhost:3000"),
            ("http://[::1]:80/", "http://[::1]"),
            ("chrome-extension://abcdefgh/popup.html", "chrome-extension://abcdefgh"),
            ("data:text/html,hello", "null"),
        ];
        for (url, expected) in cases {
            assert_eq!(origin(url).as_str(), expected, "{url}");
        }
    }

    #[test]
    fn an_opaque_origin_equals_no_other() {
        assert_ne!(WebOrigin::new_opaque(), WebOrigin::new_opaque());
        assert!(!WebOrigin::new_opaque().is_same_site(&WebOrigin::new_opaque()));
    }

    #[test]
    fn a_site_is_a_scheme_and_a_registrable_domain() {
        let cases = [
            ("https://shop.example", "https://api.shop.example:8443", true),
            ("https://shop.example", "http://shop.example", false),
            ("https://shop.example", "https://api.example", false),
            ("https://a.co.uk", "https://b.co.uk", false),
            ("https://a.github.io", "https://b.github.io", false),
            ("https://a.b.github.io", "https://b.github.io", true),
            ("http://localhost:3000", "http://localhost:5000", true),
            ("http://127.0.0.1", "http://127.0.0.2", false),
        ];
        for (one, other, expected) in cases {
            assert_eq!(origin(one).is_same_site(&origin(other)), expected, "{one} {other}");
            assert_eq!(origin(other).is_same_site(&origin(one)), expected, "{other} {one}");
        }
    }
}
