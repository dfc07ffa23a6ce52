//! Origins and entries of `origins`, from the grammar: texts are split and compared, and nothing is looked up.

use std::net::{Ipv4Addr, Ipv6Addr};

/// Labels in punycode whose validity is not in question.
const PUNYCODE: [&str; 3] = ["xn--mnchen-3ya", "xn--fiqs8s", "xn--lve-6lad"];

/// Scheme, host and port of an origin; the port as it is written.
type Parts<'a> = (&'a str, &'a str, Option<&'a str>);

/// Whether a browser sends this as the origin of a page. `None` where it depends on the validity of punycode, which is not
/// judged here.
pub fn is_origin(text: &[u8]) -> Option<bool> {
    let Ok(text) = std::str::from_utf8(text) else { return Some(false) };
    let is_unknown = |label: &str| label.starts_with("xn--") && !PUNYCODE.contains(&label);
    let parts = parts(text);
    let has_unknown = parts
        .is_some_and(|(scheme, host, _)| default_port(scheme).is_some() && host.split('.').any(is_unknown));
    if has_unknown { None } else { Some(parts.is_some()) }
}

/// Whether an entry, which is a valid one, matches the origin of a request.
pub fn matches(entry: &str, origin: &[u8]) -> bool {
    if !entry.contains('*') {
        return entry.as_bytes() == origin;
    }
    let Some((scheme, host, port)) = std::str::from_utf8(origin).ok().and_then(parts) else { return false };
    let Some((entry_scheme, authority)) = entry.split_once("://") else { return false };
    let (entry_host, entry_port) = split_authority(authority).unwrap_or((authority, None));
    let matches_host = match entry_host.strip_prefix('*') {
        None => host == entry_host,
        Some("") => true,
        // A dot, and at least one character in front of it.
        Some(domain) => host.len() > domain.len() && host.ends_with(domain),
    };
    scheme == entry_scheme && matches_host && (entry_port == Some("*") || port == entry_port)
}

fn parts(text: &str) -> Option<Parts<'_>> {
    if text.len() > 326 || !text.is_ascii() {
        return None;
    }
    let (scheme, authority) = text.split_once("://")?;
    let (host, port) = split_authority(authority)?;
    let is_scheme = scheme.len() <= 64
        && scheme.starts_with(|first: char| first.is_ascii_lowercase())
        && scheme.chars().all(|char| matches!(char, 'a'..='z' | '0'..='9' | '+' | '-' | '.'))
        && !["about", "blob", "data", "file", "javascript", "ws", "wss"].contains(&scheme);
    let is_host = if default_port(scheme).is_some() { is_web_host(host) } else { is_opaque_host(host) };
    let is_port = port.is_none_or(|text| {
        text.parse().is_ok_and(|number: u16| {
            number != 0 && number.to_string() == text && Some(number) != default_port(scheme)
        })
    });
    (is_scheme && is_host && is_port).then_some((scheme, host, port))
}

fn split_authority(authority: &str) -> Option<(&str, Option<&str>)> {
    let host_end = match authority.starts_with('[') {
        true => authority.find(']')? + 1,
        false => authority.find(':').unwrap_or(authority.len()),
    };
    match authority.split_at(host_end) {
        (host, "") => Some((host, None)),
        (host, port) => Some((host, Some(port.strip_prefix(':')?))),
    }
}

/// <https://url.spec.whatwg.org/#special-scheme>
fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" | "ws" => Some(80),
        "https" | "wss" => Some(443),
        "ftp" => Some(21),
        _ => None,
    }
}

fn is_web_host(host: &str) -> bool {
    if host.starts_with('[') {
        return is_ipv6(host);
    }
    let name = host.strip_suffix('.').unwrap_or(host);
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|char| matches!(char, 'a'..='z' | '0'..='9' | '-' | '_'))
    };
    if host.len() > 253 || !name.split('.').all(is_label) {
        return false;
    }
    // <https://url.spec.whatwg.org/#ends-in-a-number-checker>
    let last = name.rsplit('.').next().unwrap_or_default();
    let is_hex = last.strip_prefix("0x").is_some_and(|hex| hex.chars().all(|char| char.is_ascii_hexdigit()));
    let is_number = last.chars().all(|char| char.is_ascii_digit());
    if is_hex || is_number { host.parse::<Ipv4Addr>().is_ok() } else { true }
}

/// <https://url.spec.whatwg.org/#forbidden-host-code-point>, and `*`, which is the entries' own.
fn is_opaque_host(host: &str) -> bool {
    if host.starts_with('[') {
        return is_ipv6(host);
    }
    (1..=253).contains(&host.len())
        && host.chars().all(|char| char.is_ascii_graphic() && !"#/:<>?@[\\]^|*".contains(char))
}

/// Whether this is an address in brackets as browsers write it.
fn is_ipv6(host: &str) -> bool {
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let address: Option<Ipv6Addr> = address.and_then(|address| address.parse().ok());
    address.is_some_and(|address| url::Host::<&str>::Ipv6(address).to_string() == host)
}
