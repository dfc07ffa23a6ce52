//! Sets of the methods that axum distinguishes.

use axum::routing::MethodFilter;
use cors_rules::is_forbidden_method;
use http::Method;

/// Some of the nine methods that axum's method routers distinguish.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
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
    /// The methods that pages can use, which are all but the
    /// [forbidden ones](https://fetch.spec.whatwg.org/#forbidden-method).
    pub(crate) const FETCHABLE: Self = Self((1 << 7) - 1);

    /// The set of one method, which is empty for a method that axum does not know.
    ///
    /// The name is compared byte for byte, as methods are.
    pub(crate) fn from_name(name: &[u8]) -> Self {
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
    pub(crate) fn from_filter(filter: MethodFilter) -> Self {
        let bits = METHODS.iter().enumerate().filter(|(_, (_, method))| filter.or(*method) == filter);
        Self(bits.fold(0, |set, (bit, _)| set | 1 << bit))
    }

    /// The filter of these methods; `None` for none.
    pub(crate) fn filter(self) -> Option<MethodFilter> {
        let filters = METHODS.iter().enumerate().filter(|(bit, _)| self.0 & 1 << bit != 0);
        filters.map(|(_, (_, filter))| *filter).reduce(MethodFilter::or)
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(crate) fn intersects(self, other: Self) -> bool {
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

    /// What sorts a set by the first of its names; the empty one comes last.
    pub(crate) fn sort_key(self) -> u32 {
        self.0.trailing_zeros()
    }

    /// The names, in the order in which people list them.
    pub(crate) fn names(self) -> impl Iterator<Item = &'static str> {
        METHODS.iter().enumerate().filter(move |(bit, _)| self.0 & 1 << bit != 0).map(|(_, (name, _))| *name)
    }
}

/// Whether pages can use a method of this name, standard or not.
///
/// <https://fetch.spec.whatwg.org/#forbidden-method>
pub(crate) fn is_fetchable(name: &[u8]) -> bool {
    let known = MethodSet::from_name(name);
    if !known.is_empty() {
        return known.intersects(MethodSet::FETCHABLE);
    }
    !is_forbidden_method(name) && Method::from_bytes(name).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_that_pages_can_use() {
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
            assert_eq!(is_fetchable(name.as_bytes()), is, "{name}");
        }
    }

    #[test]
    fn names_and_filters_agree() {
        let mut all = MethodSet::default();
        for (name, filter) in METHODS {
            let set = MethodSet::from_name(name.as_bytes());
            assert_eq!(set, MethodSet::from_filter(filter), "{name}");
            assert_eq!(set.names().collect::<Vec<_>>(), [name]);
            assert_eq!(set.filter(), Some(filter));
            assert!(!all.intersects(set));
            all = all.or(set);
        }
        let some = MethodSet::from_filter(MethodFilter::PUT.or(MethodFilter::GET));
        assert_eq!(some.names().collect::<Vec<_>>(), ["GET", "PUT"]);
        assert!(MethodSet::from_name(b"get").is_empty() && MethodSet::from_name(b"PURGE").is_empty());
        assert_eq!(all, MethodSet::ALL);
    }
}
