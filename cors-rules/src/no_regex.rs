//! What stands in for regular expressions without the feature `regex`.

use crate::{origin::Problem, violation::Kind};

/// A regular expression for whole origins. Without the feature `regex` there is none.
#[derive(Clone, Debug)]
pub enum OriginRegex {}

/// The automaton of several expressions, which there cannot be.
#[derive(Clone, Debug)]
pub struct Automaton {
    /// For processors whose least significant byte comes first.
    pub little_endian: Vec<u8>,
    /// For the others.
    pub big_endian: Vec<u8>,
}

/// The automaton for several expressions together.
pub(crate) fn compile(expressions: &[OriginRegex]) -> Result<Automaton, Problem> {
    match expressions.first() {
        Some(expression) => match *expression {},
        None => Ok(Automaton { little_endian: Vec::new(), big_endian: Vec::new() }),
    }
}

impl OriginRegex {
    pub(crate) fn parse(_pattern: &str) -> Result<Self, Problem> {
        let message = "regular expressions are not built in";
        let help = "turn on the feature `regex` of `cors-runtime`, and `runtime-regex` for policies that are put \
                    together while the program runs";
        Err(Problem::new(Kind::NoRegexFeature, message, help))
    }

    /// The expression as it was written.
    pub fn as_str(&self) -> &str {
        match *self {}
    }

    pub(crate) fn matches(&self, _origin: &[u8]) -> bool {
        match *self {}
    }

    pub(crate) fn open_domain_problem(&self, _credentials: bool) -> Option<Problem> {
        match *self {}
    }

    pub(crate) fn insecure_origin(&self) -> Option<&str> {
        match *self {}
    }
}
