//! Regular expressions for whole origins, as the automaton that they were compiled to. Searches; builds nothing.

use std::{borrow::Cow, fmt, sync::OnceLock};

use cors_rules::{Origin, OriginList};
use regex_automata::{
    Anchored, Input,
    dfa::{Automaton, sparse::DFA},
};

/// The regular expressions of one policy.
pub(crate) struct Regexes {
    texts: Cow<'static, [Cow<'static, str>]>,
    automaton: Kept,
}

/// The automaton for all of them together.
enum Kept {
    /// Embedded in the program; it is read once it is needed, and read in place.
    Embedded { bytes: &'static [u8], read: OnceLock<Option<DFA<&'static [u8]>>> },
    #[cfg(feature = "runtime-regex")]
    Owned(DFA<Vec<u8>>),
}

impl Regexes {
    pub(crate) const fn embedded(texts: &'static [Cow<'static, str>], bytes: &'static [u8]) -> Self {
        Self { texts: Cow::Borrowed(texts), automaton: Kept::Embedded { bytes, read: OnceLock::new() } }
    }

    /// Those of a list that has been proven while the program runs.
    #[cfg(feature = "runtime-regex")]
    pub(crate) fn of_proven(list: &OriginList<'_>) -> Option<Self> {
        let compiled = list.automaton.as_ref()?;
        let bytes =
            if cfg!(target_endian = "little") { &compiled.little_endian } else { &compiled.big_endian };
        let automaton = DFA::from_bytes(bytes).ok()?.0.to_owned();
        let texts = list.regexes.iter().map(|expression| expression.as_str().to_owned().into()).collect();
        Some(Self { texts, automaton: Kept::Owned(automaton) })
    }

    /// Without the feature none can be proven, except when this is compiled.
    #[cfg(not(feature = "runtime-regex"))]
    pub(crate) fn of_proven(_list: &OriginList<'_>) -> Option<Self> {
        None
    }

    /// The same expressions once more, if they are embedded.
    pub(crate) fn again(&self) -> Option<Self> {
        match &self.automaton {
            Kept::Embedded { bytes, .. } => Some(Self {
                texts: self.texts.clone(),
                automaton: Kept::Embedded { bytes, read: OnceLock::new() },
            }),
            #[cfg(feature = "runtime-regex")]
            Kept::Owned(_) => None,
        }
    }

    /// The expressions as they were written.
    pub(crate) fn texts(&self) -> &[Cow<'static, str>] {
        &self.texts
    }

    /// Whether one of them matches the whole origin, which is one.
    ///
    /// This takes one step for each byte.
    pub(crate) fn accept(&self, origin: &[u8]) -> bool {
        // What is proven of an expression is proven of origins.
        if Origin::parse(origin).is_none() {
            return false;
        }
        match &self.automaton {
            Kept::Embedded { bytes, read } => {
                let read = read.get_or_init(|| DFA::from_bytes(bytes).ok().map(|(automaton, _)| automaton));
                read.as_ref().is_some_and(|automaton| accepts(automaton, origin))
            }
            #[cfg(feature = "runtime-regex")]
            Kept::Owned(automaton) => accepts(automaton, origin),
        }
    }
}

fn accepts(automaton: &impl Automaton, origin: &[u8]) -> bool {
    let input = Input::new(origin).anchored(Anchored::Yes);
    matches!(automaton.try_search_fwd(&input), Ok(Some(end)) if end.offset() == origin.len())
}

impl PartialEq for Regexes {
    fn eq(&self, other: &Self) -> bool {
        self.texts == other.texts
    }
}

impl fmt::Debug for Regexes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Regexes").field(&self.texts).finish()
    }
}
