//! The empty set of regular expressions, without the feature `regex`.

use std::borrow::Cow;

use cors_rules::CheckedOrigins;

/// The regular expressions of one policy. Without the feature `regex`, the set is always empty.
#[derive(Debug, PartialEq)]
pub(crate) enum RegexSet {}

impl RegexSet {
    pub(crate) fn from_checked(_list: &CheckedOrigins<'_>) -> Option<Self> {
        None
    }

    pub(crate) fn try_clone(&self) -> Option<Self> {
        match *self {}
    }

    pub(crate) fn texts(&self) -> &[Cow<'static, str>] {
        match *self {}
    }

    pub(crate) fn is_match(&self, _origin: &[u8]) -> bool {
        match *self {}
    }
}
