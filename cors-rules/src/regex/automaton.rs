//! Automata of expressions, within limits. What they match is for others.

use regex_automata::{
    Anchored, MatchKind,
    dfa::{Automaton as _, StartKind, dense},
    nfa::thompson,
    util::{primitives::StateID, start},
};
use regex_syntax::hir::{Hir, Look};

/// The greatest size of an automaton in its final form, in bytes. It is carried by the program that is built.
pub(super) const MAX_BYTES: usize = 64 * 1024;

/// An automaton is larger while it is built: its states are tables, and each is identified by the set that it represents.
const MAX_BUILD_BYTES: usize = 16 * MAX_BYTES;

/// An automaton, in the form that is fast to walk.
pub(super) type DenseDfa = dense::DFA<Vec<u32>>;

/// The automaton, or the set of them, would be too large.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooLarge;

/// The expression, for whole texts only.
pub(super) fn anchored(expression: Hir) -> Hir {
    Hir::concat(vec![Hir::look(Look::Start), expression, Hir::look(Look::End)])
}

/// The automaton of several expressions, which knows them by their indexes.
pub(super) fn build(expressions: &[Hir]) -> Result<DenseDfa, TooLarge> {
    let config = thompson::Config::new()
        .utf8(false)
        .which_captures(thompson::WhichCaptures::None)
        .nfa_size_limit(Some(MAX_BUILD_BYTES));
    let nfa =
        thompson::Compiler::new().configure(config).build_many_from_hir(expressions).map_err(|_| TooLarge)?;
    let config = dense::Config::new()
        .start_kind(StartKind::Anchored)
        .match_kind(MatchKind::All)
        .accelerate(false)
        .dfa_size_limit(Some(MAX_BUILD_BYTES))
        .determinize_size_limit(Some(MAX_BUILD_BYTES));
    dense::Builder::new().configure(config).build_from_nfa(&nfa).map_err(|_| TooLarge)
}

/// The state of the automaton before the first byte.
pub(super) fn start(dfa: &DenseDfa) -> StateID {
    let config = start::Config::new().anchored(Anchored::Yes);
    dfa.start_state(&config).expect("an anchored start is built in, and there is nothing to look behind at")
}

/// Whether what has been read so far matches.
pub(super) fn is_match(dfa: &DenseDfa, state: StateID) -> bool {
    dfa.is_match_state(dfa.next_eoi_state(state))
}
