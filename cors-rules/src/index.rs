//! Many origins and patterns, and how the origin of a request is found among them.
//!
//! Exact origins are found by one hash of the whole header, byte for byte. Patterns are found by a hash of each suffix
//! of the host that begins at a label. Neither grows with the number of entries, and both are bounded by
//! [`MAX_ORIGIN_BYTES`](crate::MAX_ORIGIN_BYTES). Nothing is decoded or corrected: what browsers never send matches
//! nothing.

#[cfg(test)]
mod tests;

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
