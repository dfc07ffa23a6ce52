//! The origins of a proven policy against the `Origin` header of a request.
//!
//! Plain origins are found by one hash of the whole header, byte for byte. Patterns are found by one pass over the
//! host from right to left, which hashes each of its suffixes on the way. Neither grows with the number of entries, and
//! both are bounded by [`MAX_ORIGIN_BYTES`](crate::MAX_ORIGIN_BYTES). Nothing here panics, and nothing is decoded or
//! corrected: what browsers never send matches nothing.

use std::fmt;

use crate::{
    host::{self, MAX_HOST_BYTES},
    origin::{MAX_ORIGIN_BYTES, Pattern, Port, default_port},
};

/// The origins of a policy, with the indexes by which they are found; [`index_exact`] and [`index_patterns`] make them.
///
/// `T` is what the plain origins are kept as, such as the values of a header field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OriginSet<'a, T> {
    /// The plain origins.
    pub exact: &'a [T],
    /// What [`index_exact`] made of them.
    pub exact_index: &'a [u32],
    /// The entries with a wildcard.
    pub patterns: &'a [Pattern<'a>],
    /// What [`index_patterns`] made of them.
    pub patterns_index: &'a [u32],
}

/// What an origin was matched by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// The plain origin of this index.
    Exact(usize),
    /// The pattern of this index.
    Pattern(usize),
}

impl<T: AsRef<[u8]>> OriginSet<'_, T> {
    /// Which entry stands for this origin, if one does.
    pub fn find(&self, origin: &[u8]) -> Option<Found> {
        let matches = |entry: usize| self.exact[entry].as_ref() == origin;
        if let Some(entry) = probe(self.exact_index, hash_exact(origin), matches) {
            return Some(Found::Exact(entry));
        }
        if self.patterns.is_empty() {
            return None;
        }
        self.find_pattern(&Origin::parse(origin)?).map(Found::Pattern)
    }

    fn find_pattern(&self, origin: &Origin<'_>) -> Option<usize> {
        let find = |hash: u32, subdomains: bool, host: &str| {
            [origin.port, Port::Any].into_iter().find_map(|port| {
                let wanted = Pattern { scheme: origin.scheme.into(), subdomains, host: host.into(), port };
                probe(self.patterns_index, hash_pattern(hash, &wanted), |entry| {
                    self.patterns[entry] == wanted
                })
            })
        };
        let mut hash = HASH_START;
        for (place, byte) in origin.host.bytes().enumerate().rev() {
            if byte == b'.'
                && let Some(entry) = find(hash, true, &origin.host[place + 1..])
            {
                return Some(entry);
            }
            hash = hash_byte(hash, byte);
        }
        find(hash, false, origin.host)
    }
}

/// An origin as a browser sends it, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin<'a> {
    scheme: &'a str,
    host: &'a str,
    port: Port,
}

impl<'a> Origin<'a> {
    /// `None` for what is no origin with a host, as `null` is, or what no browser sends.
    pub fn parse(origin: &'a [u8]) -> Option<Self> {
        let origin = std::str::from_utf8(origin).ok().filter(|origin| origin.len() <= MAX_ORIGIN_BYTES)?;
        let (scheme, rest) = origin.split_once("://")?;
        let host_bytes = match rest.find(']') {
            Some(bracket) => bracket + 1,
            None => rest.find(':').unwrap_or(rest.len()),
        };
        let (host, port) = rest.split_at(host_bytes);
        let port = match port.strip_prefix(':') {
            None if port.is_empty() => Port::Default,
            Some(digits) => parse_port(scheme, digits)?,
            None => return None,
        };
        (is_scheme(scheme) && is_host(host)).then_some(Self { scheme, host, port })
    }

    /// The scheme, such as `https`.
    pub fn scheme(&self) -> &'a str {
        self.scheme
    }

    /// The host in lower case: a domain in its punycode form, or an IP address; one of IPv6 stands in brackets.
    pub fn host(&self) -> &'a str {
        self.host
    }

    /// The port, the scheme's own if none is written; `None` for a scheme that has none.
    pub fn port(&self) -> Option<u16> {
        match self.port {
            Port::Number(number) => Some(number),
            Port::Default | Port::Any => default_port(self.scheme),
        }
    }

    /// Whether the page comes from the machine that the browser runs on: from `localhost`, a name below it, or a
    /// loopback address.
    pub fn is_loopback(&self) -> bool {
        host::is_loopback(self.host)
    }

    /// Whether the host is below this domain, at any depth; the domain itself is not below itself.
    ///
    /// Nothing is said of the scheme and the port.
    pub fn is_subdomain_of(&self, domain: &str) -> bool {
        let below = self.host.strip_suffix(domain).and_then(|rest| rest.strip_suffix('.'));
        below.is_some_and(|rest| !rest.is_empty())
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

/// <https://url.spec.whatwg.org/#url-scheme-string>, in lower case
fn is_scheme(scheme: &str) -> bool {
    let mut bytes = scheme.bytes();
    bytes.next().is_some_and(|byte| byte.is_ascii_lowercase())
        && bytes.all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'+' | b'-' | b'.'))
}

fn parse_port(scheme: &str, digits: &str) -> Option<Port> {
    let canonical = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
    let number = digits.parse().ok().filter(|number| canonical && default_port(scheme) != Some(*number))?;
    Some(Port::Number(number))
}

/// Whether every label has something in it, of lower-case letters, digits, `-` and `_`; or it looks like an IPv6
/// address, which only an entry equal to it can match.
fn is_host(host: &str) -> bool {
    if let Some(rest) = host.strip_prefix('[') {
        return rest.bytes().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b']'));
    }
    let mut label_bytes = 0;
    for byte in host.bytes() {
        match byte {
            b'.' if label_bytes == 0 => return false,
            b'.' => label_bytes = 0,
            b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' => label_bytes += 1,
            _ => return false,
        }
    }
    // One dot at the end is right, if there is more than that dot.
    !host.is_empty() && host.len() <= MAX_HOST_BYTES
}

/// The index by which [`OriginSet::find`] finds plain origins.
pub fn index_exact(origins: &[impl AsRef<[u8]>]) -> Vec<u32> {
    index(origins.iter().map(|origin| hash_exact(origin.as_ref())))
}

/// The index by which [`OriginSet::find`] finds patterns.
pub fn index_patterns(patterns: &[Pattern<'_>]) -> Vec<u32> {
    index(patterns.iter().map(|pattern| {
        let host = pattern.host.bytes().rev().fold(HASH_START, hash_byte);
        hash_pattern(host, pattern)
    }))
}

/// An open hash table: a power of two of places, a quarter of them taken at most, each with the number of an entry plus
/// one, or zero.
fn index(hashes: impl ExactSizeIterator<Item = u32>) -> Vec<u32> {
    if hashes.len() == 0 {
        return Vec::new();
    }
    let mut places = vec![0; (hashes.len() * 4).next_power_of_two()];
    let mask = places.len() - 1;
    for (entry, hash) in hashes.enumerate() {
        let mut place = hash as usize & mask;
        while places[place] != 0 {
            place = (place + 1) & mask;
        }
        places[place] = entry as u32 + 1;
    }
    places
}

/// The first entry of this hash that matches.
fn probe(index: &[u32], hash: u32, matches: impl Fn(usize) -> bool) -> Option<usize> {
    let mask = index.len().checked_sub(1)?;
    let mut place = hash as usize & mask;
    loop {
        match index[place] {
            0 => return None,
            entry if matches(entry as usize - 1) => return Some(entry as usize - 1),
            _ => place = (place + 1) & mask,
        }
    }
}

const HASH_START: u32 = 0x811c_9dc5;

/// One step of FNV-1a. The entries are the developer's own, so that nobody can choose them to collide.
fn hash_byte(hash: u32, byte: u8) -> u32 {
    (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
}

/// Eight bytes a step, for it is taken of every request.
fn hash_exact(origin: &[u8]) -> u32 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut hash = origin.len() as u64;
    let mut rest = origin;
    while let Some((word, behind)) = rest.split_first_chunk() {
        hash = (hash ^ u64::from_le_bytes(*word)).wrapping_mul(FACTOR).rotate_left(29);
        rest = behind;
    }
    let word = rest.iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
    ((hash ^ word).wrapping_mul(FACTOR) >> 32) as u32
}

/// The hash of a host, continued by the rest of the pattern that it is the host of.
fn hash_pattern(host: u32, pattern: &Pattern<'_>) -> u32 {
    let port = match pattern.port {
        Port::Default => 0,
        Port::Number(number) => u32::from(number),
        Port::Any => 65_536,
    };
    let hash = pattern.scheme.bytes().fold(host, hash_byte);
    (hash ^ (port << 1 | u32::from(pattern.subdomains))).wrapping_mul(0x9e37_79b1) >> 7
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(entries: &[&str]) -> OriginSet<'static, &'static str> {
        let entries = entries.iter().map(|entry| &*entry.to_string().leak());
        let (exact, patterns): (Vec<_>, Vec<_>) = entries
            .map(|entry| (entry, Pattern::parse(entry).ok().unwrap()))
            .partition(|(_, pattern)| pattern.is_exact());
        let exact: Vec<&str> = exact.into_iter().map(|(entry, _)| entry).collect();
        let patterns: Vec<Pattern<'_>> = patterns.into_iter().map(|(_, pattern)| pattern).collect();
        OriginSet {
            exact_index: index_exact(&exact).leak(),
            patterns_index: index_patterns(&patterns).leak(),
            exact: exact.leak(),
            patterns: patterns.leak(),
        }
    }

    fn check(set: &OriginSet<'_, &str>, rows: &[(&str, bool)]) {
        for (origin, allowed) in rows {
            assert_eq!(set.find(origin.as_bytes()).is_some(), *allowed, "{origin}");
        }
    }

    #[test]
    fn plain_origins_match_byte_for_byte() {
        check(
            &set(&[
                "https://cat",
                "https://concat",
                "https://kin:8443",
                "http://[::1]:3000",
                "tauri://localhost",
            ]),
            &[
                ("https://cat", true),
                ("https://concat", true),
                ("https://kin:8443", true),
                ("http://[::1]:3000", true),
                ("tauri://localhost", true),
                ("", false),
                ("null", false),
                ("https://kin", false),
                ("https://cat:443", false),
                ("https://cat/", false),
                ("https://Cat", false),
                ("http://cat", false),
                ("https://ca", false),
                ("https://cat\0", false),
                ("xhttps://cat", false),
            ],
        );
    }

    #[test]
    fn subdomains() {
        check(
            &set(&["https://*.shop.example"]),
            &[
                ("https://a.shop.example", true),
                ("https://a.b.c.shop.example", true),
                ("https://a_b.shop.example", true),
                ("https://shop.example", false),
                ("https://.shop.example", false),
                ("https://a..shop.example", false),
                ("https://.a.shop.example", false),
                ("https://ashop.example", false),
                ("https://a.shop.example.", false),
                ("https://a.shop.example:8443", false),
                ("https://a.shop.example:443", false),
                ("http://a.shop.example", false),
                ("https://A.shop.example", false),
                ("https://a.shop.example.evil.example", false),
                ("https://evil.example/.shop.example", false),
                ("https://evil.example#.shop.example", false),
                ("https://evil.example\\.shop.example", false),
                ("https://me@a.shop.example", false),
                ("https://a b.shop.example", false),
                ("https://evil.example%2f.shop.example", false),
                ("https://evil.example:.shop.example", false),
                ("https://[.shop.example", false),
                ("https://[].shop.example", false),
                ("https://*.shop.example", false),
                ("https://é.shop.example", false),
            ],
        );
    }

    #[test]
    fn ports() {
        check(
            &set(&[
                "http://localhost:*",
                "https://*.a.example:8443",
                "https://*.b.example:*",
                "http://[::1]:*",
            ]),
            &[
                ("http://localhost", true),
                ("http://localhost:1", true),
                ("http://localhost:65535", true),
                ("http://localhost:65536", false),
                ("http://localhost:80", false),
                ("http://localhost:0", false),
                ("http://localhost:08", false),
                ("http://localhost:+8", false),
                ("http://localhost:", false),
                ("http://localhost:*", false),
                ("http://localhost:8a", false),
                ("http://x.localhost:3000", false),
                ("https://localhost:3000", false),
                ("https://x.a.example:8443", true),
                ("https://x.a.example:8444", false),
                ("https://x.a.example", false),
                ("https://x.y.b.example", true),
                ("https://x.y.b.example:8444", true),
                ("https://b.example:8444", false),
                ("http://[::1]:3000", true),
                ("http://[::1]", true),
                ("http://[::2]", false),
                ("http://[::1]x:3000", false),
            ],
        );
    }

    #[test]
    fn a_thousand_entries_are_all_found_and_nothing_else() {
        let names: Vec<String> = (0..1_000)
            .map(|number| match number % 3 {
                0 => format!("https://host{number}.example"),
                1 => format!("https://*.host{number}.example"),
                _ => format!("http://host{number}.example:*"),
            })
            .collect();
        let set = set(&names.iter().map(String::as_str).collect::<Vec<_>>());
        for number in 0..1_000 {
            let plain = format!("https://host{number}.example");
            let below = format!("https://a.host{number}.example");
            let port = format!("http://host{number}.example:{}", 1_000 + number);
            let found = [plain, below, port].map(|origin| set.find(origin.as_bytes()).is_some());
            assert_eq!(found, [number % 3 == 0, number % 3 == 1, number % 3 == 2], "{number}");
        }
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
            let parsed = Origin::parse(origin.as_bytes()).unwrap();
            assert_eq!(parsed.is_subdomain_of("shop.example"), below, "{origin}");
            assert_eq!(parsed.to_string(), origin);
        }
        for origin in [
            "null",
            "",
            "https://",
            "https://.shop.example",
            "https://a..shop.example",
            "https://evil.example/.shop.example",
            "https://evil.example#.shop.example",
            "https://evil.example\\.shop.example",
            "https://me@a.shop.example",
            "https://A.shop.example",
            "https://a.shop.example:443",
            "https://a.shop.example\0",
            "https:// a.shop.example",
            "1https://a.shop.example",
        ] {
            assert_eq!(Origin::parse(origin.as_bytes()), None, "{origin}");
        }
        for (origin, own) in [
            ("http://localhost", true),
            ("http://a.localhost:3000", true),
            ("http://127.0.0.1", true),
            ("http://127.9.9.9", true),
            ("http://[::1]:3000", true),
            ("http://localhost.evil.example", false),
            ("http://evillocalhost", false),
            ("http://127.0.0.1.evil.example", false),
            ("http://10.0.0.1", false),
        ] {
            assert_eq!(Origin::parse(origin.as_bytes()).unwrap().is_loopback(), own, "{origin}");
        }
    }

    #[test]
    fn long_probes_are_rare() {
        let names: Vec<String> =
            (0..1_000).map(|number| format!("https://tenant-{number}.shop.example")).collect();
        let origins: Vec<_> = names.iter().map(String::as_str).collect();
        let index = index_exact(&origins);
        let mask = index.len() - 1;
        let longest = origins.iter().enumerate().map(|(entry, origin)| {
            let home = hash_exact(origin.as_bytes()) as usize & mask;
            let place = index.iter().position(|place| *place as usize == entry + 1).unwrap();
            (place.wrapping_sub(home)) & mask
        });
        assert!(longest.max().unwrap() < 8);
    }
}
