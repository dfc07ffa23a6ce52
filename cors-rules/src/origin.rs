//! The origins that a policy may list: their grammar, strictly parsed, and which of them cover which.
//!
//! An entry is an origin exactly as browsers serialise it, or such an origin with `*.` in front of its host or
//! `:*` behind it. What this parser accepts, the matcher of requests can match.
//!
//! <https://html.spec.whatwg.org/#ascii-serialisation-of-an-origin>

use std::{borrow::Cow, fmt};

use crate::{
    host::{self, BadHost, MAX_HOST_BYTES},
    public_suffix::{has_public_suffix_below, is_public_suffix},
    violation::Kind,
};

/// The greatest length of an origin, in bytes: a scheme of 64, `://`, a host of 253, `:` and a port of 5.
///
/// A longer `Origin` header is refused unread.
pub const MAX_ORIGIN_BYTES: usize = MAX_SCHEME_BYTES + 3 + MAX_HOST_BYTES + 1 + 5;

const MAX_SCHEME_BYTES: usize = 64;

/// The schemes whose hosts are domains or IP addresses, with their own ports.
///
/// <https://url.spec.whatwg.org/#special-scheme>
const SPECIAL_SCHEMES: [(&str, u16); 5] =
    [("http", 80), ("https", 443), ("ws", 80), ("wss", 443), ("ftp", 21)];

/// The schemes of documents whose origin is `null`.
const OPAQUE_SCHEMES: [&str; 5] = ["about", "blob", "data", "file", "javascript"];

/// An entry of `origins`: which origins it stands for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pattern<'a> {
    /// The scheme, without `://`.
    pub scheme: Cow<'a, str>,
    /// Whether it stands for the subdomains of the host, at any depth, instead of for the host.
    pub subdomains: bool,
    /// The host; an IPv6 address stands in brackets.
    pub host: Cow<'a, str>,
    /// Which ports it stands for.
    pub port: Port,
}

/// The port of an entry of `origins`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Port {
    /// The scheme's own, which is not written.
    Default,
    /// This one, which is not the scheme's own.
    Number(u16),
    /// Any, the scheme's own too: written `*`.
    Any,
}

/// What is wrong with an entry: the kind, the message and the help.
pub(crate) struct Problem {
    pub(crate) kind: Kind,
    pub(crate) message: String,
    pub(crate) help: String,
}

impl Problem {
    pub(crate) fn new(kind: Kind, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { kind, message: message.into(), help: help.into() }
    }

    /// A mistake for which we know what was meant, or else the form of an origin.
    fn instead(kind: Kind, message: impl Into<String>, text: &str) -> Self {
        let help = match Pattern::parse(text) {
            Ok(_) => format!("write \"{text}\""),
            Err(_) => FORM.to_owned(),
        };
        Self::new(kind, message, help)
    }
}

const FORM: &str = "write scheme, host and port as browsers send them, such as \"https://shop.example\", \
                    \"https://*.shop.example\" or \"http://localhost:3000\"";

impl<'a> Pattern<'a> {
    /// The pattern that this text is, or the first thing that is wrong with it.
    pub(crate) fn parse(text: &'a str) -> Result<Self, Problem> {
        check_text(text)?;
        let (scheme, rest) = split_scheme(text)?;
        let authority = split_authority(text, scheme, rest)?;
        let (host, port) = split_port(text, scheme, authority)?;
        let (subdomains, host) = match host.strip_prefix("*.") {
            Some(host) => (true, host),
            None => (false, host),
        };
        check_host(text, scheme, subdomains, host)?;
        if text.len() > MAX_ORIGIN_BYTES {
            let message =
                format!("an origin has at most {MAX_ORIGIN_BYTES} bytes, and this one has {}", text.len());
            return Err(Problem::new(Kind::TooLong, message, "shorten it: no browser sends it"));
        }
        Ok(Self { scheme: scheme.into(), subdomains, host: host.into(), port })
    }

    /// The pattern that this text is, if it is one.
    pub fn of(text: &'a str) -> Option<Self> {
        Self::parse(text).ok()
    }

    /// The same pattern, on its own.
    pub fn into_owned(self) -> Pattern<'static> {
        let Self { scheme, subdomains, host, port } = self;
        let [scheme, host] = [scheme, host].map(|text| Cow::Owned(text.into_owned()));
        Pattern { scheme, subdomains, host, port }
    }

    /// Whether this is one origin and no other.
    pub fn is_exact(&self) -> bool {
        !self.subdomains && self.port != Port::Any
    }

    /// Whether each origin of `other` is one of this pattern, too.
    pub(crate) fn covers(&self, other: &Pattern<'_>) -> bool {
        let port = self.port == Port::Any || self.port == other.port;
        let host = match (self.subdomains, other.subdomains) {
            (false, false) => self.host == other.host,
            (false, true) => false,
            (true, true) if self.host == other.host => true,
            (true, _) => other.host.strip_suffix(&*self.host).is_some_and(|rest| rest.ends_with('.')),
        };
        self.scheme == other.scheme && port && host
    }

    /// Whether pages of it come over a connection that others can change.
    pub fn is_insecure(&self) -> bool {
        self.scheme == "http" && !host::is_loopback(&self.host)
    }

    /// Whether anybody can register an origin of it.
    ///
    /// `localhost` is in no list, which makes it a public suffix by the letter; it does not leave the machine.
    pub(crate) fn is_open_to_all(&self) -> bool {
        self.subdomains
            && !host::is_loopback(&self.host)
            && (is_public_suffix(&self.host) || has_public_suffix_below(&self.host))
    }
}

/// The entry as it is written.
impl fmt::Display for Pattern<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme, if self.subdomains { "*." } else { "" }, self.host)?;
        match self.port {
            Port::Default => Ok(()),
            Port::Number(number) => write!(f, ":{number}"),
            Port::Any => f.write_str(":*"),
        }
    }
}

/// The port that browsers leave out.
pub(crate) fn default_port(scheme: &str) -> Option<u16> {
    SPECIAL_SCHEMES.iter().find(|(name, _)| *name == scheme).map(|(_, port)| *port)
}

/// What can be said of the text before it is taken apart.
fn check_text(text: &str) -> Result<(), Problem> {
    if text.trim().is_empty() {
        return Err(Problem::new(Kind::Empty, "empty origin", FORM));
    }
    if text.eq_ignore_ascii_case("null") {
        return Err(null("`null` is"));
    }
    if text.chars().any(|char| char.is_whitespace() || char.is_control()) {
        let without: String =
            text.chars().filter(|char| !char.is_whitespace() && !char.is_control()).collect();
        let message = format!("{text:?} holds white space or control characters");
        if text.matches("://").count() > 1 {
            return Err(Problem::new(Kind::WhiteSpace, message, "write each origin as an entry of its own"));
        }
        return Err(Problem::instead(Kind::WhiteSpace, message, &without));
    }
    if !text.is_ascii() {
        return Err(non_ascii(text));
    }
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        let message = format!("`{text}` has upper case, which browsers never send in an origin");
        return Err(Problem::instead(Kind::UpperCase, message, &text.to_ascii_lowercase()));
    }
    Ok(())
}

/// `subject` is what stands for that origin, with its verb.
pub(crate) fn null(subject: &str) -> Problem {
    let message =
        format!("{subject} the origin of every sandboxed frame and local file, which anybody can make");
    let help = "list the origins that are meant; `any` lets everybody read, without credentials";
    Problem::new(Kind::NullOrigin, message, help)
}

pub(crate) fn non_ascii(text: &str) -> Problem {
    let message = format!("`{text}` is not ASCII: browsers send the punycode form of such a host");
    let help = "write the host as `new URL(\"https://…\").host` prints it in a browser, with labels such as \
                `xn--mnchen-3ya`";
    Problem::new(Kind::NonAscii, message, help)
}

/// The scheme, and what follows `://`.
fn split_scheme(text: &str) -> Result<(&str, &str), Problem> {
    let Some((scheme, rest)) = text.split_once("://") else {
        let scheme = text.split(':').next().unwrap_or(text);
        return Err(if OPAQUE_SCHEMES.contains(&scheme) {
            opaque(scheme)
        } else if text.contains('*') && !text.contains('.') {
            let message = format!("`{text}` is no pattern");
            let help = "write `any` for every origin, \"https://*.shop.example\" for every subdomain, or \
                        \"http://localhost:*\" for every port";
            Problem::new(Kind::MisplacedWildcard, message, help)
        } else if default_port(scheme).is_some() && scheme.len() < text.len() {
            let rest = text[scheme.len() + 1..].trim_start_matches('/');
            Problem::instead(
                Kind::MissingScheme,
                format!("`{text}` lacks `//`"),
                &format!("{scheme}://{rest}"),
            )
        } else {
            lacks_scheme(text, text.trim_start_matches('/'))
        });
    };
    if scheme.contains('*') {
        let message = format!("a `*` in the scheme of `{text}`");
        return Err(Problem::new(Kind::MisplacedWildcard, message, "write an entry for each scheme"));
    }
    if scheme.is_empty() {
        return Err(lacks_scheme(text, rest));
    }
    let is_scheme_char = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'+' | b'-' | b'.');
    if !scheme.as_bytes()[0].is_ascii_lowercase() || !scheme.bytes().all(is_scheme_char) {
        return Err(Problem::new(Kind::BadScheme, format!("`{scheme}` is no scheme"), FORM));
    }
    if scheme.len() > MAX_SCHEME_BYTES {
        let message =
            format!("a scheme has at most {MAX_SCHEME_BYTES} bytes, and this one has {}", scheme.len());
        return Err(Problem::new(Kind::TooLong, message, FORM));
    }
    if OPAQUE_SCHEMES.contains(&scheme) {
        return Err(opaque(scheme));
    }
    if let Some(page) = scheme.strip_prefix("ws").filter(|rest| matches!(*rest, "" | "s")) {
        let message =
            format!("no page has a `{scheme}` origin: a WebSocket request bears the origin of its page");
        return Err(Problem::instead(Kind::BadScheme, message, &format!("http{page}://{rest}")));
    }
    Ok((scheme, rest))
}

fn lacks_scheme(text: &str, rest: &str) -> Problem {
    let host = rest.split(':').next().unwrap_or(rest);
    let scheme = if host::is_loopback(host) { "http" } else { "https" };
    Problem::instead(Kind::MissingScheme, format!("`{text}` lacks its scheme"), &format!("{scheme}://{rest}"))
}

fn opaque(scheme: &str) -> Problem {
    let message = format!("the origin of `{scheme}:` documents is `null`, which anybody can make");
    let help = "serve the page from a web server, `http://localhost:8000` say, and list that origin";
    Problem::new(Kind::BadScheme, message, help)
}

/// Host and port, with nothing in front or behind.
fn split_authority<'a>(text: &str, scheme: &str, rest: &'a str) -> Result<&'a str, Problem> {
    let end = rest.find(['/', '\\', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    if let Some((_, host)) = authority.rsplit_once('@') {
        let message = format!("`{text}` has a user name, which is not part of an origin");
        return Err(Problem::instead(Kind::UserInfo, message, &format!("{scheme}://{host}")));
    }
    if text.matches("://").count() > 1 {
        let message = format!("`{text}` is more than one origin");
        return Err(Problem::new(Kind::Path, message, "write each origin as an entry of its own"));
    }
    let (kind, what) = match tail.chars().next() {
        None => return Ok(authority),
        Some('?') if authority.is_empty() || tail.starts_with("?.") => {
            let message = "`?` is no pattern, and no character of a host";
            return Err(Problem::new(Kind::BadHost, message, "write `*.` for every subdomain"));
        }
        Some('?') => (Kind::Query, "a query, which is"),
        Some('#') => (Kind::Fragment, "a fragment, which is"),
        Some(_) if authority.is_empty() => return Ok(authority),
        Some(_) if tail.len() == 1 => (Kind::Path, "a slash at the end, which is"),
        Some(_) => (Kind::Path, "a path, which is"),
    };
    let message = format!("`{text}` has {what} not part of an origin");
    Err(Problem::instead(kind, message, &format!("{scheme}://{authority}")))
}

fn split_port<'a>(text: &str, scheme: &str, authority: &'a str) -> Result<(&'a str, Port), Problem> {
    let colon = match authority.rfind(']') {
        Some(bracket) => authority[bracket..].find(':').map(|colon| bracket + colon),
        None => authority.find(':'),
    };
    let Some(colon) = colon else {
        return Ok((authority, Port::Default));
    };
    let (host, port) = (&authority[..colon], &authority[colon + 1..]);
    let without = format!("{scheme}://{host}");
    if port == "*" {
        return Ok((host, Port::Any));
    }
    if port.contains('*') {
        let message = format!("`{text}` has a `*` for a part of its port");
        return Err(Problem::instead(Kind::MisplacedWildcard, message, &format!("{without}:*")));
    }
    if port.is_empty() {
        return Err(Problem::instead(Kind::BadPort, format!("`{text}` has a colon but no port"), &without));
    }
    let number = port.parse::<u16>().ok().filter(|_| port.bytes().all(|byte| byte.is_ascii_digit()));
    let Some(number) = number.filter(|number| *number != 0) else {
        let message = format!("`{port}` is no port");
        return Err(Problem::new(Kind::BadPort, message, "write a port from 1 to 65535, or `*` for any"));
    };
    if port.starts_with('0') {
        let message = format!("`{port}` has leading zeros, which browsers never send");
        return Err(Problem::instead(Kind::BadPort, message, &format!("{without}:{number}")));
    }
    if default_port(scheme) == Some(number) {
        let message = format!("{number} is the port of `{scheme}` itself, and browsers leave it out");
        return Err(Problem::instead(Kind::DefaultPort, message, &without));
    }
    Ok((host, Port::Number(number)))
}

fn check_host(text: &str, scheme: &str, subdomains: bool, host: &str) -> Result<(), Problem> {
    if host == "*" {
        let message = format!("`{text}` would be every `{scheme}` origin");
        let help = "write `any`, or \"https://*.shop.example\" for the subdomains of one domain";
        return Err(Problem::new(Kind::MisplacedWildcard, message, help));
    }
    if host.contains('*') {
        let message =
            format!("a `*` stands only in front of a host, as `*.`, or for the port, as `:*`: `{text}`");
        let domain = host.rsplit('*').next().unwrap_or(host).trim_start_matches('.');
        return Err(Problem::instead(Kind::MisplacedWildcard, message, &format!("{scheme}://*.{domain}")));
    }
    if host.is_empty() {
        return Err(Problem::new(Kind::EmptyHost, format!("`{text}` has no host"), FORM));
    }
    if subdomains && host::is_ip_address(host) {
        let message = format!("`{host}` is an IP address, which has no subdomains");
        return Err(Problem::instead(Kind::MisplacedWildcard, message, &text.replacen("*.", "", 1)));
    }
    if subdomains && host.len() + 2 > MAX_HOST_BYTES {
        let message = format!("no subdomain of a host of {} bytes fits into {MAX_HOST_BYTES}", host.len());
        return Err(Problem::new(Kind::TooLong, message, "shorten it: no browser sends it"));
    }
    host::check(host, default_port(scheme).is_some()).map_err(|BadHost { kind, message, instead }| {
        match instead {
            Some(instead) => Problem::instead(kind, message, &text.replacen(host, &instead, 1)),
            None => Problem::new(kind, message, FORM),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(text: &str) -> Option<Kind> {
        Pattern::parse(text).err().map(|problem| problem.kind)
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
            "https://a--b.example",
            "https://-a.example",
            "http://a_b.localhost:7105",
            "https://example.com.",
            "https://xn--mnchen-3ya.example",
            "chrome-extension://aapbdbdomjkkjkaonfhkkikfgjllcleb",
            "moz-extension://2c127fa4-62c7-7e4f-90e5-472b45eecfdc",
            "vscode-webview://0123",
            "tauri://localhost",
            "y://example.com",
            "https://*.shop.example",
            "https://*.shop.example:8443",
            "http://*.localhost:*",
            "https://*.com",
        ] {
            assert_eq!(kind(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_meant_is_offered() {
        for (text, help) in [
            ("https://shop.example/", "write \"https://shop.example\""),
            ("https://shop.example/a/b?c", "write \"https://shop.example\""),
            ("https://shop.example:443", "write \"https://shop.example\""),
            ("https://me@shop.example", "write \"https://shop.example\""),
            ("shop.example", "write \"https://shop.example\""),
            ("//shop.example", "write \"https://shop.example\""),
            ("https:shop.example", "write \"https://shop.example\""),
            ("localhost:3000", "write \"http://localhost:3000\""),
            ("https://a.example,https://b.example", "write each origin as an entry of its own"),
            ("https://a.example https://b.example", "write each origin as an entry of its own"),
            (" https://shop.example\n", "write \"https://shop.example\""),
            ("HTTPS://Shop.Example", "write \"https://shop.example\""),
            ("https://*shop.example", "write \"https://*.shop.example\""),
            ("https://a.*.shop.example", "write \"https://*.shop.example\""),
            ("http://localhost:80*", "write \"http://localhost:*\""),
            ("http://127.1:3000", "write \"http://127.0.0.1:3000\""),
            ("http://[0:0:0:0:0:0:0:1]", "write \"http://[::1]\""),
            ("https://*.127.0.0.1", "write \"https://127.0.0.1\""),
            ("wss://shop.example", "write \"https://shop.example\""),
            ("http://shop.example:08080", "write \"http://shop.example:8080\""),
        ] {
            assert_eq!(Pattern::parse(text).err().unwrap().help, help, "{text}");
        }
    }

    #[test]
    fn lengths() {
        let label = "a".repeat(63);
        let host = format!("{label}.{label}.{label}.{}", "a".repeat(61));
        assert_eq!(host.len(), MAX_HOST_BYTES);
        assert_eq!(kind(&format!("https://{host}")), None);
        assert_eq!(kind(&format!("https://{host}a")), Some(Kind::TooLong));
        assert_eq!(kind(&format!("https://*.{host}")), Some(Kind::TooLong));
        assert_eq!(kind(&format!("https://{label}a.example")), Some(Kind::TooLong));
        let scheme = "s".repeat(64);
        let longest = format!("{scheme}://{host}:65535");
        assert_eq!((longest.len(), kind(&longest)), (MAX_ORIGIN_BYTES, None));
        assert_eq!(kind(&format!("s{longest}")), Some(Kind::TooLong));
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
            ("https://*.a.example:*", "https://b.a.example:8443", true),
            ("https://*.a.example:*", "https://*.a.example", true),
            ("https://a.example:*", "https://a.example", true),
            ("https://a.example", "https://*.a.example", false),
            ("https://a.example", "https://a.example:*", false),
        ] {
            let [wide, narrow] = [wide, narrow].map(|text| Pattern::parse(text).ok().unwrap());
            assert_eq!(wide.covers(&narrow), covers, "{wide:?} {narrow:?}");
        }
    }

    #[test]
    fn no_text_makes_it_panic() {
        for text in
            ["", ":", "://", "*", "**", "*.", "*://*.*:*", "[", "]", "a://[", "a://]:", "a://*.", "a://.:"]
        {
            assert!(Pattern::parse(text).is_err(), "{text}");
        }
    }
}
