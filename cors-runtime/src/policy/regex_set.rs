//! Regular expressions for whole origins, searched by the automaton that they were compiled to.

use std::{borrow::Cow, fmt, sync::OnceLock};

use cors_rules::{CheckedOrigins, Origin};
use regex_automata::{
    Anchored, Input,
    dfa::{Automaton, sparse::DFA},
};

/// The regular expressions of one policy.
pub(crate) struct RegexSet {
    texts: Cow<'static, [Cow<'static, str>]>,
    automaton: Dfa,
}

/// The automaton for all of them together.
enum Dfa {
    /// Embedded in the program, and read in place at its first use.
    Embedded { bytes: &'static [u8], read: OnceLock<Option<DFA<&'static [u8]>>> },
    #[cfg(feature = "runtime-regex")]
    Owned(DFA<Vec<u8>>),
}

impl RegexSet {
    pub(crate) const fn embedded(texts: &'static [Cow<'static, str>], bytes: &'static [u8]) -> Self {
        Self { texts: Cow::Borrowed(texts), automaton: Dfa::Embedded { bytes, read: OnceLock::new() } }
    }

    /// Those of a list that was checked at run time.
    #[cfg(feature = "runtime-regex")]
    pub(crate) fn from_checked(list: &CheckedOrigins<'_>) -> Option<Self> {
        let compiled = list.automaton.as_ref()?;
        let bytes =
            if cfg!(target_endian = "little") { &compiled.little_endian } else { &compiled.big_endian };
        let automaton = DFA::from_bytes(bytes).ok()?.0.to_owned();
        let texts = list.regexes.iter().map(|expression| expression.as_str().to_owned().into()).collect();
        Some(Self { texts, automaton: Dfa::Owned(automaton) })
    }

    /// There are none: the rules refuse them without the feature.
    #[cfg(not(feature = "runtime-regex"))]
    pub(crate) fn from_checked(_list: &CheckedOrigins<'_>) -> Option<Self> {
        None
    }

    /// The same expressions once more, if they are embedded.
    pub(crate) fn try_clone(&self) -> Option<Self> {
        match &self.automaton {
            Dfa::Embedded { bytes, .. } => Some(Self {
                texts: self.texts.clone(),
                automaton: Dfa::Embedded { bytes, read: OnceLock::new() },
            }),
            #[cfg(feature = "runtime-regex")]
            Dfa::Owned(_) => None,
        }
    }

    /// The expressions as they were written.
    pub(crate) fn texts(&self) -> &[Cow<'static, str>] {
        &self.texts
    }

    /// Whether one of them matches the whole origin, which is one.
    ///
    /// This takes one step for each byte.
    pub(crate) fn is_match(&self, origin: &[u8]) -> bool {
        // The proof that an expression admits no foreign domain is about origins alone.
        if Origin::parse(origin).is_none() {
            return false;
        }
        match &self.automaton {
            Dfa::Embedded { bytes, read } => {
                let read = read.get_or_init(|| DFA::from_bytes(bytes).ok().map(|(automaton, _)| automaton));
                read.as_ref().is_some_and(|automaton| accepts(automaton, origin))
            }
            #[cfg(feature = "runtime-regex")]
            Dfa::Owned(automaton) => accepts(automaton, origin),
        }
    }
}

fn accepts(automaton: &impl Automaton, origin: &[u8]) -> bool {
    let input = Input::new(origin).anchored(Anchored::Yes);
    matches!(automaton.try_search_fwd(&input), Ok(Some(end)) if end.offset() == origin.len())
}

impl PartialEq for RegexSet {
    fn eq(&self, other: &Self) -> bool {
        self.texts == other.texts
    }
}

impl fmt::Debug for RegexSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RegexSet").field(&self.texts).finish()
    }
}
