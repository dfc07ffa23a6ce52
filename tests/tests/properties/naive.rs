//! Origins, patterns and headers as their standards have them, in the plainest code that there is: what the crate's indexes,
//! tables and prepared headers are held against.
//!
//! It has no line in common with the crate. It is slow, and a reader can compare it with the documentation.

use std::net::{Ipv4Addr, Ipv6Addr};

/// An origin, taken apart; the scheme's own port is `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    pub scheme: String,
    pub host: String,
    pub port: Option<u16>,
}

/// The default ports of the special schemes. <https://url.spec.whatwg.org/#special-scheme>
const SPECIAL: [(&str, u16); 5] = [("https", 443), ("http", 80), ("ftp", 21), ("wss", 443), ("ws", 80)];

/// Schemes whose pages have no origin of that scheme.
const WITHOUT_ORIGINS: [&str; 7] = ["about", "blob", "data", "file", "javascript", "ws", "wss"];

fn default_port(scheme: &str) -> Option<u16> {
    SPECIAL.iter().find(|(special, _)| *special == scheme).map(|(_, port)| *port)
}

/// The parts of an origin as browsers serialise it.
///
/// <https://html.spec.whatwg.org/#ascii-serialisation-of-an-origin>
pub fn origin(text: &[u8]) -> Option<Parts> {
    let text = std::str::from_utf8(text).ok().filter(|text| text.is_ascii())?;
    let (scheme, authority) = text.split_once("://")?;
    let (host, port) = split_port(authority)?;
    let port = match port {
        None => None,
        Some(port) => Some(number(port).filter(|number| Some(*number) != default_port(scheme))?),
    };
    let is_host = if default_port(scheme).is_some() { is_web_host(host) } else { is_opaque_host(host) };
    (is_scheme(scheme) && is_host).then(|| Parts { scheme: scheme.to_owned(), host: host.to_owned(), port })
}

/// Whether an entry of `origins` matches an origin: an origin, or one with `*.` in front of its host, `*` for its host, or
/// `:*` behind it.
pub fn matches(entry: &str, text: &[u8]) -> bool {
    let Some(origin) = origin(text) else { return false };
    let Some((scheme, authority)) = entry.split_once("://") else { return false };
    let Some((host, port)) = split_port(authority) else { return false };
    let is_port = match port {
        None => origin.port.is_none(),
        Some("*") => true,
        Some(port) => origin.port.is_some_and(|number| number.to_string() == port),
    };
    let is_host = match host {
        "*" => true,
        _ => match host.strip_prefix("*") {
            // The dot is kept, so that a domain is not below itself, and something has to be in front of it.
            Some(below) => origin.host.len() > below.len() && origin.host.ends_with(below),
            None => host == origin.host,
        },
    };
    scheme == origin.scheme && is_port && is_host
}

/// The host, and the port behind it. The colons of an IPv6 address are in brackets.
fn split_port(authority: &str) -> Option<(&str, Option<&str>)> {
    let colon = match authority.find(']') {
        Some(end) if authority.starts_with('[') => match authority[end + 1..].chars().next() {
            None => None,
            Some(':') => Some(end + 1),
            Some(_) => return None,
        },
        _ => authority.find(':'),
    };
    Some(match colon {
        Some(colon) => (&authority[..colon], Some(&authority[colon + 1..])),
        None => (authority, None),
    })
}

fn number(port: &str) -> Option<u16> {
    let number: u16 = port.parse().ok()?;
    (number > 0 && number.to_string() == port).then_some(number)
}

fn is_scheme(scheme: &str) -> bool {
    let is_inner = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || "+-.".contains(char);
    scheme.starts_with(|char: char| char.is_ascii_lowercase())
        && scheme.chars().all(is_inner)
        && scheme.len() <= 64
        && !WITHOUT_ORIGINS.contains(&scheme)
}

/// <https://url.spec.whatwg.org/#host-serializing>
fn is_web_host(host: &str) -> bool {
    if host.starts_with('[') {
        return is_ipv6(host);
    }
    let labels: Vec<&str> = host.strip_suffix('.').unwrap_or(host).split('.').collect();
    // A name whose last label is a number is an IPv4 address, or nothing.
    let last = labels.last().copied().unwrap_or_default();
    let is_hex = last.strip_prefix("0x").is_some_and(|hex| hex.chars().all(|char| char.is_ascii_hexdigit()));
    if is_hex || !last.is_empty() && last.chars().all(|char| char.is_ascii_digit()) {
        return host.parse::<Ipv4Addr>().is_ok();
    }
    let is_allowed = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || "-_".contains(char);
    host.len() <= 253
        && labels.iter().all(|label| (1..=63).contains(&label.len()) && label.chars().all(is_allowed))
        && labels.iter().all(|label| label.strip_prefix("xn--").is_none_or(is_punycode))
}

/// Whether a label in punycode can be decoded, as another library does it. That the characters are ones that IDNA allows is
/// more than the crate asks.
fn is_punycode(label: &str) -> bool {
    idna::punycode::decode(label).is_some_and(|decoded| !decoded.is_empty())
}

/// <https://url.spec.whatwg.org/#concept-opaque-host-parser>
fn is_opaque_host(host: &str) -> bool {
    if host.starts_with('[') {
        return is_ipv6(host);
    }
    // A `*` is the crate's own, for patterns.
    let is_forbidden = |char: char| "#/:<>?@[\\]^|*".contains(char) || !char.is_ascii_graphic();
    (1..=253).contains(&host.len()) && !host.contains(is_forbidden)
}

/// An IPv6 address in the one form that browsers send.
///
/// <https://url.spec.whatwg.org/#concept-ipv6-serializer>
fn is_ipv6(host: &str) -> bool {
    let address = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let Some(address) = address.and_then(|address| address.parse::<Ipv6Addr>().ok()) else { return false };
    // Another implementation of the URL standard writes it.
    url::Url::parse(&format!("https://[{address}]")).is_ok_and(|url| url.host_str() == Some(host))
}

/// The elements of a list in a header, of all of its lines.
pub fn elements(headers: &http::HeaderMap, name: &str) -> Vec<String> {
    let lines =
        headers.get_all(name).iter().map(|line| String::from_utf8_lossy(line.as_bytes()).into_owned());
    let elements =
        lines.flat_map(|line| line.split(',').map(str::trim).map(str::to_owned).collect::<Vec<_>>());
    elements.filter(|element| !element.is_empty()).collect()
}
