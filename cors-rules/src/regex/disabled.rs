//! Without the feature `regex`, no regular expression can be constructed.

use crate::{check::origins::no_expressions, danger::Danger, violation::Fault};

/// A regular expression for whole origins. Without the feature `regex`, it has no values.
#[derive(Clone, Debug)]
pub enum OriginRegex {}

/// The automaton of several expressions, which cannot exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Automaton {
    /// For processors whose least significant byte comes first.
    pub little_endian: Vec<u8>,
    /// For the others.
    pub big_endian: Vec<u8>,
}

impl OriginRegex {
    pub(crate) fn parse(_pattern: &str) -> Result<Self, Fault> {
        Err(no_expressions())
    }

    /// The expression as it is written.
    pub fn as_str(&self) -> &str {
        match *self {}
    }

    pub(crate) fn matches(&self, _origin: &[u8]) -> bool {
        match *self {}
    }

    pub(crate) fn dangers(&self, _credentials: bool) -> Vec<Danger> {
        match *self {}
    }
}

impl Automaton {
    pub(crate) fn new(expressions: &[OriginRegex]) -> Result<Self, Fault> {
        match expressions.first() {
            Some(expression) => match *expression {},
            None => Ok(Self { little_endian: Vec::new(), big_endian: Vec::new() }),
        }
    }
}
