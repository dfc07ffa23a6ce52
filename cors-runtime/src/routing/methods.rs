//! Sets of the methods that axum can tell apart. Knows nothing of policies.

use axum::routing::MethodFilter;
use http::Method;

/// Some of the nine methods that axum's method routers tell apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct MethodSet(u16);

/// The methods of the bits, from the lowest on.
const METHODS: [(&str, MethodFilter); 9] = [
    ("GET", MethodFilter::GET),
    ("HEAD", MethodFilter::HEAD),
    ("POST", MethodFilter::POST),
    ("PUT", MethodFilter::PUT),
    ("PATCH", MethodFilter::PATCH),
    ("DELETE", MethodFilter::DELETE),
    ("OPTIONS", MethodFilter::OPTIONS),
    ("CONNECT", MethodFilter::CONNECT),
    ("TRACE", MethodFilter::TRACE),
];

impl MethodSet {
    pub(crate) const GET: Self = Self(1);
    pub(crate) const HEAD: Self = Self(1 << 1);
    pub(crate) const OPTIONS: Self = Self(1 << 6);
    pub(crate) const ALL: Self = Self((1 << 9) - 1);
    /// The methods that pages can use.
    pub(crate) const OF_PAGES: Self = Self((1 << 7) - 1);

    /// The set of one method, which is empty for a method that axum does not know.
    ///
    /// The name is compared byte for byte, as methods are.
    pub(crate) fn of(name: &[u8]) -> Self {
        let bit = match name {
            b"GET" => 0,
            b"HEAD" => 1,
            b"POST" => 2,
            b"PUT" => 3,
            b"PATCH" => 4,
            b"DELETE" => 5,
            b"OPTIONS" => 6,
            b"CONNECT" => 7,
            b"TRACE" => 8,
            _ => return Self::default(),
        };
        Self(1 << bit)
    }

    /// The methods that a filter lets through.
    pub(crate) fn of_filter(filter: MethodFilter) -> Self {
        let bits = METHODS.iter().enumerate().filter(|(_, (_, method))| filter.or(*method) == filter);
        Self(bits.fold(0, |set, (bit, _)| set | 1 << bit))
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(crate) fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(crate) fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The place of the first of the names; nothing comes last.
    pub(crate) fn place(self) -> u32 {
        self.0.trailing_zeros()
    }

    /// The names, in the order in which people list them.
    pub(crate) fn names(self) -> impl Iterator<Item = &'static str> {
        METHODS.iter().enumerate().filter(move |(bit, _)| self.0 & 1 << bit != 0).map(|(_, (name, _))| *name)
    }
}

/// Whether pages can use a method of this name, be it of a standard or not.
///
/// <https://fetch.spec.whatwg.org/#forbidden-method>
pub(crate) fn is_of_pages(name: &[u8]) -> bool {
    let known = MethodSet::of(name);
    if !known.is_empty() {
        return known.meets(MethodSet::OF_PAGES);
    }
    let is_forbidden =
        [&b"CONNECT"[..], b"TRACE", b"TRACK"].iter().any(|method| name.eq_ignore_ascii_case(method));
    !is_forbidden && Method::from_bytes(name).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_of_pages() {
        for (name, is) in [
            ("GET", true),
            ("OPTIONS", true),
            ("PURGE", true),
            ("patch", true),
            ("CONNECT", false),
            ("trace", false),
            ("TrAcK", false),
            ("P UT", false),
            ("", false),
        ] {
            assert_eq!(is_of_pages(name.as_bytes()), is, "{name}");
        }
    }

    #[test]
    fn names_and_filters_agree() {
        let mut all = MethodSet::default();
        for (name, filter) in METHODS {
            let set = MethodSet::of(name.as_bytes());
            assert_eq!(set, MethodSet::of_filter(filter), "{name}");
            assert_eq!(set.names().collect::<Vec<_>>(), [name]);
            assert!(!all.meets(set));
            all = all.or(set);
        }
        let some = MethodSet::of_filter(MethodFilter::PUT.or(MethodFilter::GET));
        assert_eq!(some.names().collect::<Vec<_>>(), ["GET", "PUT"]);
        assert!(MethodSet::of(b"get").is_empty() && MethodSet::of(b"PURGE").is_empty());
        assert_eq!(all, MethodSet::ALL);
    }
}
