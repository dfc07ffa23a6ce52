//! The grammar of serialised origins: the one place that says which texts browsers send.
//!
//! Entries of policies, `Origin` headers of requests and the constants in a program are all read by it. It answers
//! yes or no, in const code too; why a text is not an origin is for `diagnosis` to explain.
//!
//! <https://html.spec.whatwg.org/#ascii-serialisation-of-an-origin>

use crate::host;

/// The greatest length of an origin, in bytes: a scheme of 64, `://`, a host of 253, `:` and a port of 5.
///
/// A longer `Origin` header is refused unread.
pub const MAX_ORIGIN_BYTES: usize = MAX_SCHEME_BYTES + 3 + host::MAX_HOST_BYTES + 1 + 5;

/// Browsers have no such limit, but no scheme of theirs, or of an application, comes near it.
pub(crate) const MAX_SCHEME_BYTES: usize = 64;

/// The port of an origin or of an entry of `origins`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Port {
    /// The scheme's own, which is not written.
    Default,
    /// This one, which is not the scheme's own.
    Number(u16),
    /// Any, including the scheme's own: written `*`. No origin has it, only an entry.
    Any,
}

/// Which hosts an entry of `origins` matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hosts {
    /// The host that is written. An origin has no other.
    One,
    /// The subdomains of the host that is written, at any depth, but not that host: written `*.` in front of it.
    Subdomains,
    /// Every host, of a scheme that is not a web scheme: written `*`.
    Any,
}

/// An origin or an entry of `origins`, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parts<'a> {
    pub(crate) scheme: &'a str,
    pub(crate) hosts: Hosts,
    /// Without `*.`; empty for [`Hosts::Any`]. An IPv6 address is in brackets.
    pub(crate) host: &'a str,
    pub(crate) port: Port,
}

/// The parts of an origin as browsers serialise it; `None` for any other text, `null` too.
pub(crate) const fn origin(text: &str) -> Option<Parts<'_>> {
    match pattern(text) {
        Some(parts) if matches!(parts.hosts, Hosts::One) && !matches!(parts.port, Port::Any) => Some(parts),
        _ => None,
    }
}

/// The parts of an origin, or of one with `*.` or `*` for its host or `:*` for its port.
pub(crate) const fn pattern(text: &str) -> Option<Parts<'_>> {
    let Some((scheme, authority)) = split(text) else { return None };
    if !is_scheme(scheme) || !is_sent(scheme) {
        return None;
    }
    let (host, port) = match split_port(authority) {
        (host, None) => (host, Port::Default),
        (host, Some(port)) => match parse_port(scheme, port) {
            Some(port) => (host, port),
            None => return None,
        },
    };
    let is_web = is_web_scheme(scheme);
    let (hosts, host) = match host.as_bytes() {
        [b'*'] if !is_web => return Some(Parts { scheme, hosts: Hosts::Any, host: "", port }),
        [b'*', b'.', ..] => (Hosts::Subdomains, host.split_at(2).1),
        _ => (Hosts::One, host),
    };
    let is_host = if is_web { host::is_web_host(host) } else { host::is_opaque_host(host) };
    if !is_host || (matches!(hosts, Hosts::Subdomains) && !host::has_subdomains(host)) {
        return None;
    }
    Some(Parts { scheme, hosts, host, port })
}

/// What is in front of the first `://`, and what is behind it.
pub(crate) const fn split(text: &str) -> Option<(&str, &str)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at + 3 <= bytes.len() {
        if bytes[at] == b':' && bytes[at + 1] == b'/' && bytes[at + 2] == b'/' {
            let (front, rest) = text.split_at(at);
            return Some((front, rest.split_at(3).1));
        }
        at += 1;
    }
    None
}

/// The host, and what follows the colon behind it, if there is one.
///
/// A colon in the brackets of an IPv6 address separates nothing.
pub(crate) const fn split_port(authority: &str) -> (&str, Option<&str>) {
    let bytes = authority.as_bytes();
    // An address has no subdomains, which is easier to say if it is taken apart as it is meant.
    let mut at = if matches!(bytes, [b'*', b'.', b'[', ..]) { 2 } else { 0 };
    if at < bytes.len() && bytes[at] == b'[' {
        while at < bytes.len() && bytes[at] != b']' {
            at += 1;
        }
    }
    while at < bytes.len() {
        if bytes[at] == b':' {
            let (host, port) = authority.split_at(at);
            return (host, Some(port.split_at(1).1));
        }
        at += 1;
    }
    (authority, None)
}

/// <https://url.spec.whatwg.org/#url-scheme-string>, in lower case
pub(crate) const fn is_scheme(scheme: &str) -> bool {
    let bytes = scheme.as_bytes();
    if bytes.is_empty() || bytes.len() > MAX_SCHEME_BYTES || !bytes[0].is_ascii_lowercase() {
        return false;
    }
    let mut at = 1;
    while at < bytes.len() {
        if !matches!(bytes[at], b'a'..=b'z' | b'0'..=b'9' | b'+' | b'-' | b'.') {
            return false;
        }
        at += 1;
    }
    true
}

/// The port that browsers leave out, which only the special schemes have.
///
/// <https://url.spec.whatwg.org/#special-scheme>
pub(crate) const fn default_port(scheme: &str) -> Option<u16> {
    match scheme.as_bytes() {
        b"https" | b"wss" => Some(443),
        b"http" | b"ws" => Some(80),
        b"ftp" => Some(21),
        _ => None,
    }
}

/// Whether hosts of this scheme are domains or IP addresses. The others are opaque: they are compared, and nothing else
/// is known of them.
///
/// <https://url.spec.whatwg.org/#concept-host-parser>
pub(crate) const fn is_web_scheme(scheme: &str) -> bool {
    default_port(scheme).is_some()
}

/// Whether the origin of documents of this scheme is `null` or, depending on the browser, a scheme that all local files
/// share.
pub(crate) const fn is_scheme_without_origins(scheme: &str) -> bool {
    matches!(scheme.as_bytes(), b"about" | b"blob" | b"data" | b"file" | b"javascript")
}

/// Whether there are pages with an origin of this scheme. A WebSocket request has the origin of its page.
const fn is_sent(scheme: &str) -> bool {
    !is_scheme_without_origins(scheme) && !matches!(scheme.as_bytes(), b"ws" | b"wss")
}

/// A port as browsers write it, or `*`.
const fn parse_port(scheme: &str, text: &str) -> Option<Port> {
    if let [b'*'] = text.as_bytes() {
        return Some(Port::Any);
    }
    match port_number(text) {
        Some(number) => match default_port(scheme) {
            Some(default) if default == number => None,
            _ => Some(Port::Number(number)),
        },
        None => None,
    }
}

/// A port from 1 to 65535, without zeros in front.
const fn port_number(text: &str) -> Option<u16> {
    let bytes = text.as_bytes();
    if bytes.is_empty() || bytes.len() > 5 || bytes[0] == b'0' {
        return None;
    }
    let mut number = 0u32;
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_digit() {
            return None;
        }
        number = number * 10 + (bytes[at] - b'0') as u32;
        at += 1;
    }
    if number <= u16::MAX as u32 { Some(number as u16) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_long_as_an_origin_may_be() {
        let of_lengths = |scheme, host, port| {
            format!("{}://{}:{}", "a".repeat(scheme), "a".repeat(host), "1".repeat(port))
        };
        let longest = of_lengths(MAX_SCHEME_BYTES, host::MAX_HOST_BYTES, 5);
        assert_eq!(longest.len(), MAX_ORIGIN_BYTES);
        assert!(origin(&longest).is_some() && pattern(&longest).is_some());
        for longer in [
            of_lengths(MAX_SCHEME_BYTES + 1, 1, 1),
            of_lengths(1, host::MAX_HOST_BYTES + 1, 1),
            of_lengths(1, 1, 6),
        ] {
            assert!(origin(&longer).is_none() && pattern(&longer).is_none(), "{longer}");
        }
    }

    #[test]
    fn origins_that_browsers_send() {
        for text in [
            "https://shop.example",
            "https://example",
            "https://example.com:80",
            "http://example.com:443",
            "http://localhost:3000",
            "http://127.0.0.1",
            "http://[::1]:8080",
            "http://[::ffff:7f00:1]",
            "https://a--b.example",
            "https://-a.example",
            "http://a_b.localhost:7105",
            "https://example.com.",
            "https://xn--mnchen-3ya.example",
            "https://xn--lve-6lad.localhost:7105",
            "https://xn--fiqs8s",
            "chrome-extension://aapbdbdomjkkjkaonfhkkikfgjllcleb",
            "moz-extension://2c127fa4-62c7-7e4f-90e5-472b45eecfdc",
            "vscode-webview://0123",
            "tauri://localhost",
            "y://example.com",
            // Opaque hosts have no labels, and keep the case of letters.
            "app://.",
            "app://-",
            "app://..",
            "app://a..b",
            "app://My%20App",
            "app://1.2.3",
            "app://xn--a",
            "app://a_b:8080",
            "app://[::1]:80",
            "app://(a)=b;c,d~e",
        ] {
            assert!(origin(text).is_some(), "{text}");
            assert_eq!(pattern(text), origin(text), "{text}");
        }
    }

    #[test]
    fn entries_with_a_wildcard() {
        for text in [
            "https://*.shop.example",
            "https://*.shop.example:8443",
            "http://*.localhost:*",
            "http://localhost:*",
            "http://[::1]:*",
            "https://*.com",
            "https://*.shop.example.",
            "moz-extension://*",
            "app://*:*",
            "app://*:3000",
            "app://*.example",
        ] {
            assert!(pattern(text).is_some() && origin(text).is_none(), "{text}");
        }
    }

    #[test]
    fn texts_that_are_neither() {
        for text in [
            "",
            ":",
            "://",
            "*",
            "**",
            "*.",
            "*://*.*:*",
            "[",
            "]",
            "a://",
            "a://[",
            "a://]:",
            "a://[]",
            "a://[::1",
            "a://[::1]a",
            "a://*.",
            "a://**",
            "a://a*",
            "a://*a",
            "a://a/",
            "a://a@b",
            "a://a b",
            "a://a\u{7f}",
            "a://é",
            "a://a:80:80",
            "a://:80",
            "a://:*",
            "null",
            "https://",
            "https://*",
            "https://*.",
            "https://*.127.0.0.1",
            "http://*.[::1]",
            "https://.",
            "https://.shop.example",
            "https://a..example",
            "https://a.example..",
            "https://Shop.example",
            "HTTPS://shop.example",
            "1https://shop.example",
            "https:///shop.example",
            "https://shop.example/",
            "https://shop.example?",
            "https://shop.example#",
            "https://shop.example\\",
            "https://me@shop.example",
            "https://shop.example\0",
            "https:// shop.example",
            "https://shop~.example",
            "https://%73hop.example",
            "https://münchen.example",
            "https://shop.example:",
            "https://shop.example:0",
            "https://shop.example:443",
            "http://shop.example:80",
            "ftp://shop.example:21",
            "https://shop.example:08443",
            "https://shop.example:65536",
            "https://shop.example:100000",
            "https://shop.example:+1",
            "https://shop.example:8a",
            "https://1",
            "https://127.1",
            "https://256.0.0.1",
            "https://a.0x1",
            "https://127.0.0.1.",
            "https://[",
            "https://[1]",
            "https://xn--a.example",
            "https://xn--.example",
            "file://",
            "file://localhost",
            "data://a",
            "about://blank",
            "javascript://a",
            "blob://a",
            "ws://shop.example",
            "wss://shop.example",
        ] {
            assert_eq!(pattern(text), None, "{text}");
        }
    }

    #[test]
    fn lengths() {
        let label = "a".repeat(63);
        let host = format!("{label}.{label}.{label}.{}", "a".repeat(61));
        let is_pattern = |text: &str| pattern(text).is_some();
        assert!(is_pattern(&format!("https://{host}")) && is_pattern(&format!("app://{host}")));
        assert!(!is_pattern(&format!("https://{host}a")) && !is_pattern(&format!("app://{host}a")));
        assert!(!is_pattern(&format!("https://*.{host}")));
        assert!(
            !is_pattern(&format!("https://{label}a.example"))
                && is_pattern(&format!("app://{label}a.example"))
        );
        let scheme = "s".repeat(64);
        let longest = format!("{scheme}://{host}:65535");
        assert_eq!((longest.len(), is_pattern(&longest)), (MAX_ORIGIN_BYTES, true));
        assert!(!is_pattern(&format!("s{scheme}://a")));
    }

    /// In const code too.
    const _: () = {
        assert!(origin("https://shop.example:8443").is_some());
        assert!(origin("https://[2001:db8::1]").is_some());
        assert!(origin("https://xn--mnchen-3ya.example").is_some());
        assert!(pattern("http://*.localhost:*").is_some());
        assert!(pattern("https://shop.example/").is_none());
    };
}
