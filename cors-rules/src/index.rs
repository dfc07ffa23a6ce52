//! Many origins and patterns, and how the origin of a request is found among them.
//!
//! Exact origins are found by one hash of the whole header, byte for byte. Patterns are found by a hash of each suffix
//! of the host that begins at a label. Neither grows with the number of entries, and both are bounded by
//! [`MAX_ORIGIN_BYTES`](crate::MAX_ORIGIN_BYTES). Nothing is decoded or corrected: what browsers never send matches
//! nothing.

use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher, Hasher},
};

use crate::{
    grammar::{Hosts, Parts, Port},
    origin::Origin,
    pattern::Pattern,
};

/// The origins of a policy, with the indexes by which they are found; [`index_exact`] and [`index_patterns`] make them.
///
/// `T` is what the exact origins are kept as, for example values of a header field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OriginSet<'a, T> {
    /// The exact origins.
    pub exact: &'a [T],
    /// What [`index_exact`] made of them.
    pub exact_index: &'a [u32],
    /// The entries with a wildcard.
    pub patterns: &'a [Pattern<'a>],
    /// What [`index_patterns`] made of them.
    pub patterns_index: &'a [u32],
    /// The key with which both indexes were made.
    pub key: HashKey,
}

/// What an origin was matched by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    /// The exact origin of this index.
    Exact(usize),
    /// The pattern of this index.
    Pattern(usize),
}

impl<T: AsRef<[u8]>> OriginSet<'_, T> {
    /// The entry that matches this origin, if there is one.
    pub fn find(&self, origin: &[u8]) -> Option<Match> {
        let matches = |entry: usize| self.exact[entry].as_ref() == origin;
        if let Some(entry) = probe(self.exact_index, self.key.hash(origin), matches) {
            return Some(Match::Exact(entry));
        }
        if self.patterns.is_empty() {
            return None;
        }
        self.find_pattern(&Origin::parse(origin)?.parts()).map(Match::Pattern)
    }

    fn find_pattern(&self, origin: &Parts<'_>) -> Option<usize> {
        let scheme = self.key.hash(origin.scheme.as_bytes());
        let find = |hosts: Hosts, host: &str| {
            let host_hash = self.key.hash(host.as_bytes());
            [origin.port, Port::Any].into_iter().find_map(|port| {
                let hash = self.key.combine(scheme, host_hash, hosts, port);
                let matches = |entry: usize| {
                    let pattern = &self.patterns[entry];
                    pattern.hosts == hosts
                        && pattern.port == port
                        && pattern.host == host
                        && pattern.scheme == origin.scheme
                };
                probe(self.patterns_index, hash, matches)
            })
        };
        // Where hosts are opaque, they may begin with a dot, and then there is nothing in front of it.
        let dots = origin.host.bytes().enumerate().skip(1).filter(|(_, byte)| *byte == b'.');
        find(Hosts::One, origin.host)
            .or_else(|| {
                dots.map(|(dot, _)| dot).find_map(|dot| find(Hosts::Subdomains, &origin.host[dot + 1..]))
            })
            .or_else(|| find(Hosts::Any, ""))
    }
}

/// The index by which [`OriginSet::find`] finds exact origins.
pub fn index_exact(origins: &[impl AsRef<[u8]>], key: HashKey) -> Vec<u32> {
    index(origins.iter().map(|origin| key.hash(origin.as_ref())))
}

/// The index by which [`OriginSet::find`] finds patterns.
pub fn index_patterns(patterns: &[Pattern<'_>], key: HashKey) -> Vec<u32> {
    index(patterns.iter().map(|Pattern { scheme, hosts, host, port }| {
        let [scheme, host] = [scheme, host].map(|text| key.hash(text.as_bytes()));
        key.combine(scheme, host, *hosts, *port)
    }))
}

/// An open hash table: a power of two of slots, a quarter of them taken at most, each with the number of an entry plus
/// one, or zero.
fn index(hashes: impl ExactSizeIterator<Item = u64>) -> Vec<u32> {
    if hashes.len() == 0 {
        return Vec::new();
    }
    let mut slots = vec![0; (hashes.len() * 4).next_power_of_two()];
    let mask = slots.len() - 1;
    for (entry, hash) in hashes.enumerate() {
        let mut slot = hash as usize & mask;
        while slots[slot] != 0 {
            slot = (slot + 1) & mask;
        }
        slots[slot] = entry as u32 + 1;
    }
    slots
}

/// The first entry of this hash that matches.
fn probe(index: &[u32], hash: u64, matches: impl Fn(usize) -> bool) -> Option<usize> {
    let mask = index.len().checked_sub(1)?;
    let mut slot = hash as usize & mask;
    loop {
        match index[slot] {
            0 => return None,
            entry if matches(entry as usize - 1) => return Some(entry as usize - 1),
            _ => slot = (slot + 1) & mask,
        }
    }
}

/// What the hashes of an index depend on.
///
/// A list may be an attacker's, for example that of a tenant. Whoever knew the key could make up origins that all fall into
/// one slot, where each look-up compares all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashKey([u64; 2]);

impl HashKey {
    /// A key that nobody outside of this process knows.
    pub fn random() -> Self {
        // The standard library asks the operating system for these.
        let state = RandomState::new();
        Self([0, 1].map(|number: u64| {
            let mut hasher = state.build_hasher();
            hasher.write_u64(number);
            hasher.finish()
        }))
    }

    /// Sixteen bytes a step, because it is taken of the origin of each request; the last ones may overlap.
    ///
    /// Each step multiplies two halves, both mixed with the key, to twice their width, and folds the product: no bit of
    /// the result is independent of the key.
    #[inline]
    fn hash(self, bytes: &[u8]) -> u64 {
        let [first, second] = self.0;
        let mut hash = second ^ bytes.len() as u64;
        let mut rest = bytes;
        while let Some((word, after)) = rest.split_first_chunk() {
            let word = u128::from_le_bytes(*word);
            hash = fold(word as u64 ^ first, (word >> 64) as u64 ^ hash);
            rest = after;
        }
        let (low, high) = match (bytes.last_chunk(), bytes.first_chunk(), bytes.last_chunk()) {
            (Some(word), ..) => {
                let word = u128::from_le_bytes(*word);
                (word as u64, (word >> 64) as u64)
            }
            (None, Some(first), Some(last)) => (u64::from_le_bytes(*first), u64::from_le_bytes(*last)),
            (None, ..) => (bytes.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)), 0),
        };
        fold(low ^ first, high ^ hash)
    }

    /// The hash of a pattern, from those of its scheme and its host.
    fn combine(self, scheme: u64, host: u64, hosts: Hosts, port: Port) -> u64 {
        let port = match port {
            Port::Default => 0,
            Port::Number(number) => u64::from(number),
            Port::Any => 1 << 16,
        };
        let hosts = match hosts {
            Hosts::One => 0,
            Hosts::Subdomains => 1,
            Hosts::Any => 2,
        };
        fold(host ^ (port << 2 | hosts), scheme ^ self.0[0])
    }
}

fn fold(left: u64, right: u64) -> u64 {
    let product = u128::from(left) * u128::from(right);
    product as u64 ^ (product >> 64) as u64
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// Digits of pi.
    const FIXED: HashKey = HashKey([0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344]);

    fn set(entries: &[&str], key: HashKey) -> OriginSet<'static, &'static str> {
        let entries = entries.iter().map(|entry| &*entry.to_string().leak());
        let (exact, patterns): (Vec<_>, Vec<_>) = entries
            .map(|entry| (entry, Pattern::parse(entry).unwrap()))
            .partition(|(_, pattern)| pattern.is_exact());
        let exact: Vec<&str> = exact.into_iter().map(|(entry, _)| entry).collect();
        let patterns: Vec<Pattern<'_>> = patterns.into_iter().map(|(_, pattern)| pattern).collect();
        OriginSet {
            exact_index: index_exact(&exact, key).leak(),
            patterns_index: index_patterns(&patterns, key).leak(),
            exact: exact.leak(),
            patterns: patterns.leak(),
            key,
        }
    }

    fn check(entries: &[&str], rows: &[(&str, bool)]) {
        for key in [FIXED, HashKey::random()] {
            let set = set(entries, key);
            for (origin, allowed) in rows {
                assert_eq!(set.find(origin.as_bytes()).is_some(), *allowed, "{origin}");
            }
        }
    }

    #[test]
    fn each_bit_changes_about_half_of_the_hash() {
        let check = |what: &str, one: u64, other: u64| {
            let changed = (one ^ other).count_ones();
            assert!((12..=52).contains(&changed), "{what} changes {changed} bits");
        };
        for text in
            ["app://a", "https://a.b", "https://shop.example", "https://a-longer-name.shop.example:8443"]
        {
            let hash = FIXED.hash(text.as_bytes());
            for bit in 0..8 * text.len() {
                let mut other = text.as_bytes().to_vec();
                other[bit / 8] ^= 1 << (bit % 8);
                check(&format!("{text}, bit {bit}"), hash, FIXED.hash(&other));
            }
            for bit in 0..128 {
                let mut other = FIXED;
                other.0[bit / 64] ^= 1 << (bit % 64);
                check(&format!("{text}, bit {bit} of the key"), hash, other.hash(text.as_bytes()));
            }
        }

        let [scheme, host] = ["https", "shop.example"].map(|part| FIXED.hash(part.as_bytes()));
        let of_pattern = |scheme, host| FIXED.combine(scheme, host, Hosts::Subdomains, Port::Number(8443));
        for bit in 0..64 {
            check(
                &format!("bit {bit} of the scheme"),
                of_pattern(scheme, host),
                of_pattern(scheme ^ 1 << bit, host),
            );
            check(
                &format!("bit {bit} of the host"),
                of_pattern(scheme, host),
                of_pattern(scheme, host ^ 1 << bit),
            );
        }
        let all = [Hosts::One, Hosts::Subdomains, Hosts::Any].into_iter().flat_map(|hosts| {
            let ports = (1..=u16::MAX).map(Port::Number).chain([Port::Default, Port::Any]);
            ports.map(move |port| FIXED.combine(scheme, host, hosts, port))
        });
        let all: Vec<u64> = all.collect();
        assert_eq!(
            HashSet::<&u64>::from_iter(&all).len(),
            all.len(),
            "each kind of host and port has its own hash"
        );
    }

    #[test]
    fn exact_origins_match_byte_for_byte() {
        check(
            &["https://cat", "https://concat", "https://kin:8443", "http://[::1]:3000", "tauri://localhost"],
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
            &["https://*.shop.example"],
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
            &["http://localhost:*", "https://*.a.example:8443", "https://*.b.example:*", "http://[::1]:*"],
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
        let set = set(&names.iter().map(String::as_str).collect::<Vec<_>>(), FIXED);
        for number in 0..1_000 {
            let plain = format!("https://host{number}.example");
            let below = format!("https://a.host{number}.example");
            let port = format!("http://host{number}.example:{}", 1_000 + number);
            let found = [plain, below, port].map(|origin| set.find(origin.as_bytes()).is_some());
            assert_eq!(found, [number % 3 == 0, number % 3 == 1, number % 3 == 2], "{number}");
        }
    }

    #[test]
    fn opaque_hosts() {
        check(
            &["app://.", "moz-extension://*", "vscode-webview://*:*", "ext://*.a"],
            &[
                ("app://.", true),
                ("app://", false),
                ("app://..", false),
                ("moz-extension://2c127fa4-62c7-7e4f-90e5-472b45eecfdc", true),
                ("moz-extension://A.b_c~d", true),
                ("moz-extension://a:80", false),
                ("moz-extension://", false),
                ("moz-extension://a/b", false),
                ("moz-extension://a@b", false),
                ("moz-extension://*", false),
                ("chrome-extension://a", false),
                ("https://moz-extension", false),
                ("vscode-webview://0abc", true),
                ("vscode-webview://0abc:80", true),
                ("ext://b.a", true),
                ("ext://.a", false),
                ("ext://..a", true),
                ("ext://a", false),
            ],
        );
    }

    fn longest_probe(origins: &[String], key: HashKey) -> usize {
        let index = index_exact(origins, key);
        let mask = index.len() - 1;
        let mut slot_of = vec![0; origins.len() + 1];
        for (slot, entry) in index.iter().enumerate() {
            slot_of[*entry as usize] = slot;
        }
        let probes = origins.iter().enumerate().map(|(entry, origin)| {
            let home = key.hash(origin.as_bytes()) as usize & mask;
            slot_of[entry + 1].wrapping_sub(home) & mask
        });
        probes.max().unwrap()
    }

    #[test]
    fn long_probes_are_rare() {
        let names: Vec<String> =
            (0..10_000).map(|number| format!("https://tenant-{number}.shop.example")).collect();
        for key in [FIXED, HashKey::random()] {
            assert!(longest_probe(&names, key) < 16, "{key:?}");
        }
    }

    /// Origins that were made up for one key are like any others to another one.
    #[test]
    fn a_random_key_cannot_be_flooded() {
        let slots = 1 << 10;
        let crafted: Vec<String> = (0_u32..)
            .map(|number| format!("https://a{number}.example"))
            .filter(|origin| FIXED.hash(origin.as_bytes()).is_multiple_of(slots))
            .take(200)
            .collect();
        assert!(longest_probe(&crafted, FIXED) > 150);
        assert!(longest_probe(&crafted, HashKey::random()) < 16);
        assert_ne!(HashKey::random(), HashKey::random());
    }
}
