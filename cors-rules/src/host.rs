//! Rules for the host of an origin, as browsers serialise it. Knows nothing of schemes, ports or patterns.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::violation::Kind;

/// The greatest length of a host name, in bytes.
///
/// <https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4>
pub(crate) const MAX_HOST_BYTES: usize = 253;

/// The greatest length of one label of a host name, in bytes.
const MAX_LABEL_BYTES: usize = 63;

/// What is wrong with a host: the kind, the message, and what to write instead of it.
pub(crate) struct BadHost {
    pub(crate) kind: Kind,
    pub(crate) message: String,
    pub(crate) instead: Option<String>,
}

impl BadHost {
    fn new(kind: Kind, message: impl Into<String>, instead: Option<String>) -> Self {
        Self { kind, message: message.into(), instead }
    }
}

/// Whether the host is an IPv4 address or an IPv6 address in brackets.
pub(crate) fn is_ip_address(host: &str) -> bool {
    host.starts_with('[') || host.parse::<Ipv4Addr>().is_ok()
}

/// Whether requests to this host do not leave the machine.
///
/// <https://w3c.github.io/webappsec-secure-contexts/#is-origin-trustworthy>
pub(crate) fn is_loopback(host: &str) -> bool {
    let name = host.strip_suffix('.').unwrap_or(host);
    name == "localhost"
        || name.ends_with(".localhost")
        || host == "[::1]"
        || host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}

/// Whether a browser could send this host. It is not empty, and has no upper case and no `*`.
///
/// `special` is whether the scheme is one whose hosts are domains or addresses; other schemes, such as those of
/// browser extensions, have opaque hosts, which may look like numbers.
///
/// <https://url.spec.whatwg.org/#host-parsing>
pub(crate) fn check(host: &str, special: bool) -> Result<(), BadHost> {
    if let Some(rest) = host.strip_prefix('[') {
        return check_ipv6(rest);
    }
    if host.len() > MAX_HOST_BYTES {
        let message =
            format!("the host has {} bytes, and no host name has more than {MAX_HOST_BYTES}", host.len());
        return Err(BadHost::new(Kind::TooLong, message, None));
    }
    if let Some(char) = host.chars().find(|char| !is_host_char(*char)) {
        let message = match char {
            '%' => "browsers never send a percent-encoded host".to_owned(),
            '?' => "`?` is no pattern, and no character of a host".to_owned(),
            _ => format!("{char:?} is no character of a host"),
        };
        return Err(BadHost::new(Kind::BadHost, message, None));
    }
    let name = host.strip_suffix('.').unwrap_or(host);
    if name.split('.').any(str::is_empty) {
        return Err(BadHost::new(Kind::BadHost, "the host has an empty label", None));
    }
    if let Some(label) = name.split('.').find(|label| label.len() > MAX_LABEL_BYTES) {
        let message = format!("the label `{label}` has {} bytes, and no label has more than 63", label.len());
        return Err(BadHost::new(Kind::TooLong, message, None));
    }
    if special && ends_in_a_number(name) {
        return check_ipv4(host);
    }
    Ok(())
}

/// Underscores and leading hyphens are against the grammar, but browsers do send them.
fn is_host_char(char: char) -> bool {
    matches!(char, 'a'..='z' | '0'..='9' | '-' | '_' | '.')
}

/// Whether browsers take this name for an IPv4 address.
///
/// <https://url.spec.whatwg.org/#ends-in-a-number-checker>
fn ends_in_a_number(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    let is_hex = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    last.bytes().all(|byte| byte.is_ascii_digit()) || last.strip_prefix("0x").is_some_and(is_hex)
}

fn check_ipv4(host: &str) -> Result<(), BadHost> {
    if host.parse::<Ipv4Addr>().is_ok() {
        return Ok(());
    }
    let message = format!("`{host}` is no IPv4 address in the form that browsers send");
    let instead = ipv4_number(host.strip_suffix('.').unwrap_or(host)).map(|address| address.to_string());
    Err(BadHost::new(Kind::BadIpAddress, message, instead))
}

/// The address that browsers make of such as `127.1`, `0x7f.1` or `127.0.0.01`.
///
/// <https://url.spec.whatwg.org/#concept-ipv4-parser>
fn ipv4_number(name: &str) -> Option<Ipv4Addr> {
    let mut numbers = Vec::new();
    for part in name.split('.') {
        let number = if let Some(hex) = part.strip_prefix("0x") {
            u32::from_str_radix(if hex.is_empty() { "0" } else { hex }, 16)
        } else if part.len() > 1 && part.starts_with('0') {
            u32::from_str_radix(part, 8)
        } else {
            part.parse()
        };
        numbers.push(number.ok()?);
    }
    let (last, first) = numbers.split_last()?;
    if first.len() > 3 || first.iter().any(|number| *number > 255) {
        return None;
    }
    let free_bits = 32 - 8 * first.len() as u32;
    if u64::from(*last) >= 1 << free_bits {
        return None;
    }
    let head = first.iter().enumerate().fold(0, |sum, (place, number)| sum | number << (24 - 8 * place));
    Some(Ipv4Addr::from(head | last))
}

/// `rest` is what follows the opening bracket.
fn check_ipv6(rest: &str) -> Result<(), BadHost> {
    let Some(text) = rest.strip_suffix(']') else {
        return Err(BadHost::new(Kind::BadIpAddress, "an IPv6 address stands in brackets", None));
    };
    if text.contains('%') {
        let message = "browsers never send the zone of an IPv6 address";
        return Err(BadHost::new(Kind::BadIpAddress, message, None));
    }
    let Ok(address) = text.parse::<Ipv6Addr>() else {
        return Err(BadHost::new(Kind::BadIpAddress, format!("`{text}` is no IPv6 address"), None));
    };
    let canonical = serialize_ipv6(address);
    if canonical == text {
        return Ok(());
    }
    let message = format!("`{text}` is no IPv6 address in the form that browsers send");
    Err(BadHost::new(Kind::BadIpAddress, message, Some(format!("[{canonical}]"))))
}

/// The form that browsers send, which differs from the standard library's where an IPv4 address is mapped.
///
/// <https://url.spec.whatwg.org/#concept-ipv6-serializer>
fn serialize_ipv6(address: Ipv6Addr) -> String {
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] => format!("::ffff:{high:x}:{low:x}"),
        _ => address.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_browsers_rewrite() {
        for (written, sent) in [
            ("127.1", "127.0.0.1"),
            ("1", "0.0.0.1"),
            ("2130706433", "127.0.0.1"),
            ("0x7f.1", "127.0.0.1"),
            ("127.0.0.01", "127.0.0.1"),
            ("127.0.0.1.", "127.0.0.1"),
            ("[0:0:0:0:0:0:0:1]", "[::1]"),
            ("[::ffff:127.0.0.1]", "[::ffff:7f00:1]"),
            ("[2001:4860:4860:0000:0000:0000:0000:8888]", "[2001:4860:4860::8888]"),
        ] {
            let bad = check(written, true).err().unwrap();
            assert_eq!((bad.kind, bad.instead.as_deref()), (Kind::BadIpAddress, Some(sent)), "{written}");
            assert!(check(sent, true).is_ok(), "{sent}");
        }
    }

    #[test]
    fn addresses_that_are_none() {
        for host in
            ["127.0.0.256", "127.0.0.1.1", "1.2.3.4.5", "256.1.1", "09", "[::1", "[]", "[::1%eth0]", "a.0x"]
        {
            let bad = check(host, true).err().unwrap();
            assert_eq!((bad.kind, bad.instead), (Kind::BadIpAddress, None), "{host}");
        }
    }

    #[test]
    fn numbers_are_names_beyond_the_special_schemes() {
        assert!(check("0123", false).is_ok());
    }
}
