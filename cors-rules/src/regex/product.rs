//! The shortest texts that lead several automata, walked side by side, to a goal. What they mean is for others.

use std::{
    collections::{HashMap, hash_map::Entry},
    hash::{BuildHasherDefault, Hasher},
};

use regex_automata::{dfa::Automaton as _, util::primitives::StateID};

use super::automaton::{self, DenseDfa, TooLarge};

/// How many joint states are visited at most. Even these take two seconds where the optimiser is off, as it is in most
/// builds of macros; an expression as people write it takes some hundred.
const MAX_STATES: usize = 1 << 16;

/// A shortest text for each of the goals, or `None` where no text leads there.
///
/// This is a breadth-first search, which ends when each joint state has been visited or each goal is found. Of the
/// shortest texts, it takes the one whose bytes come earliest in the alphabet, compared from the end on.
///
/// No text leads to a goal by way of the dead state of one of the first `required` automata.
pub(super) fn shortest<const AUTOMATA: usize, const GOALS: usize>(
    automata: [&DenseDfa; AUTOMATA],
    required: usize,
    alphabet: &[u8],
    goals: impl Fn([StateID; AUTOMATA]) -> [bool; GOALS],
) -> Result<[Option<String>; GOALS], TooLarge> {
    let alphabet = distinct(automata, alphabet);
    let mut found = [const { None }; GOALS];
    let mut states = vec![State { at: automata.map(automaton::start), predecessors: Vec::new() }];
    let mut known = Known::default();
    known.insert(states[0].at, 0);
    let mut layer = 0..1;
    while !layer.is_empty() {
        let mut reached: [Vec<usize>; GOALS] = [const { Vec::new() }; GOALS];
        for state in layer.clone() {
            for (goal, is_reached) in goals(states[state].at).into_iter().enumerate() {
                if is_reached {
                    reached[goal].push(state);
                }
            }
        }
        for (text, ends) in found.iter_mut().zip(reached) {
            if text.is_none() && !ends.is_empty() {
                *text = Some(text_to(&states, ends, &alphabet));
            }
        }
        if found.iter().all(Option::is_some) {
            break;
        }
        for from in layer.clone() {
            if states.len() > MAX_STATES {
                return Err(TooLarge);
            }
            for (letter, byte) in alphabet.iter().enumerate() {
                let Some(next) = step(automata, required, states[from].at, *byte) else {
                    continue;
                };
                let edge = Edge { from, letter };
                match known.entry(next) {
                    Entry::Vacant(entry) => {
                        entry.insert(states.len());
                        states.push(State { at: next, predecessors: vec![edge] });
                    }
                    Entry::Occupied(entry) if *entry.get() >= layer.end => {
                        states[*entry.get()].predecessors.push(edge);
                    }
                    // A longer text to it.
                    Entry::Occupied(_) => {}
                }
            }
        }
        layer = layer.end..states.len();
    }
    Ok(found)
}

/// The joint state after one more byte, or `None` if a required automaton is dead.
fn step<const AUTOMATA: usize>(
    automata: [&DenseDfa; AUTOMATA],
    required: usize,
    at: [StateID; AUTOMATA],
    byte: u8,
) -> Option<[StateID; AUTOMATA]> {
    let mut next = at;
    for (index, dfa) in automata.iter().enumerate() {
        next[index] = dfa.next_state(at[index], byte);
        if index < required && dfa.is_dead_state(next[index]) {
            return None;
        }
    }
    Some(next)
}

/// A state of all automata together.
struct State<const AUTOMATA: usize> {
    at: [StateID; AUTOMATA],
    /// The last edges of the shortest texts that lead there.
    predecessors: Vec<Edge>,
}

struct Edge {
    from: usize,
    /// Its place in the alphabet.
    letter: usize,
}

/// The bytes between which at least one of the automata makes a difference.
fn distinct<const AUTOMATA: usize>(automata: [&DenseDfa; AUTOMATA], alphabet: &[u8]) -> Vec<u8> {
    let mut classes = Vec::new();
    let mut letters = Vec::new();
    for byte in alphabet {
        let class = automata.map(|dfa| dfa.byte_classes().get(*byte));
        if !classes.contains(&class) {
            classes.push(class);
            letters.push(*byte);
        }
    }
    letters
}

fn text_to<const AUTOMATA: usize>(
    states: &[State<AUTOMATA>],
    mut ends: Vec<usize>,
    alphabet: &[u8],
) -> String {
    let mut bytes = Vec::new();
    loop {
        let predecessors = || ends.iter().flat_map(|end| &states[*end].predecessors);
        let Some(letter) = predecessors().map(|edge| edge.letter).min() else {
            break;
        };
        bytes.push(alphabet[letter]);
        let mut before: Vec<_> =
            predecessors().filter(|edge| edge.letter == letter).map(|edge| edge.from).collect();
        before.sort_unstable();
        before.dedup();
        ends = before;
    }
    bytes.iter().rev().map(|byte| char::from(*byte)).collect()
}

type Known<const AUTOMATA: usize> = HashMap<[StateID; AUTOMATA], usize, BuildHasherDefault<IdHasher>>;

/// A hash that is cheap even without the optimizer.
#[derive(Default)]
struct IdHasher(u64);

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u32(u32::from(*byte));
        }
    }

    fn write_u32(&mut self, word: u32) {
        self.0 = (self.0 ^ u64::from(word)).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    }

    fn write_usize(&mut self, _: usize) {}
}

#[cfg(test)]
mod tests {
    use regex_syntax::ParserBuilder;

    use super::*;

    fn dfa(pattern: &str) -> DenseDfa {
        let expression = ParserBuilder::new().unicode(false).utf8(false).build().parse(pattern).unwrap();
        automaton::build(&[automaton::anchored(expression)]).unwrap()
    }

    fn in_both(one: &str, other: &str, alphabet: &str) -> Option<String> {
        let automata = [&dfa(one), &dfa(other)];
        let both = |at: [StateID; 2]| [(0..2).all(|index| automaton::is_match(automata[index], at[index]))];
        let [found] = shortest(automata, 2, alphabet.as_bytes(), both).unwrap();
        found
    }

    #[test]
    fn the_shortest_is_found() {
        for (one, other, found) in [
            ("a+b*", "(aa)*b+", Some("aab")),
            ("a{3,}", "(aa)*", Some("aaaa")),
            ("a*", "b*", Some("")),
            ("a+", "b+", None),
            ("(aa)+", "a(aa)*", None),
            ("a*c", ".*", None),
        ] {
            assert_eq!(in_both(one, other, "ab").as_deref(), found, "{one} {other}");
        }
    }

    #[test]
    fn the_end_has_the_earliest_letters() {
        assert_eq!(in_both("...", ".*[bc].*", "abc").as_deref(), Some("baa"));
        assert_eq!(in_both("...", ".*[bc].*", "cba").as_deref(), Some("ccc"));
        assert_eq!(in_both("ab|ba", ".*", "abc").as_deref(), Some("ba"));
    }
}
