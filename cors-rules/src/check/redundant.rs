//! Entries of the list of origins that say what another one says.

use std::collections::{HashMap, HashSet};

use crate::{
    check::{Checker, origins::Entries},
    key::Key,
    pattern::Coverage,
    printable::Printable,
    regex::OriginRegex,
    spec::{Allow, OriginSpec},
};

impl<'a> Checker<'a> {
    /// Reports entries that say what another one says, and gives the indexes of those that are left out.
    pub(super) fn drop_redundant(
        &mut self,
        entries: &Entries<'a>,
        has_automaton: bool,
        list: &[OriginSpec],
    ) -> HashSet<usize> {
        // Of more expressions than fit into an automaton, each would have to be asked.
        let covered = redundant(entries, if has_automaton { &entries.regexes } else { &[] });
        if self.spec.allows(Allow::Redundant) {
            // Of two equal ones, one is enough all the same.
            let equal = |(index, by): &(usize, usize)| list[*index].as_str() == list[*by].as_str();
            return covered.into_iter().filter(equal).map(|(index, _)| index).collect();
        }
        for (index, by) in &covered {
            let [value, by_value] = [index, by].map(|index| match &list[*index] {
                OriginSpec::When(path) if path.is_empty() => "a function",
                entry => entry.as_str(),
            });
            let message = if self.is_any(&list[*by]) {
                let shown = if self.is_any(&list[*index]) { "any" } else { value };
                format!("`{}` is redundant: every origin is already allowed", Printable(shown))
            } else {
                covered_message(value, by_value)
            };
            self.report_redundant(message, Key::Origins, *index, value, *by, by_value);
        }
        covered.into_iter().map(|(index, _)| index).collect()
    }
}

fn covered_message(value: &str, by: &str) -> String {
    match value == by {
        true => format!("`{}` is already listed", Printable(value)),
        false => format!("`{}` is already covered by `{}`", Printable(value), Printable(by)),
    }
}

/// The entries that need not be there, in their order, each with the entry that makes it redundant. Of two equal ones,
/// it is the second.
///
/// Each is found by look-ups of its own, in time that does not depend on the others: lists may be long.
fn redundant(entries: &Entries<'_>, wide: &[(usize, OriginRegex)]) -> Vec<(usize, usize)> {
    let Entries { any, patterns, regexes, variables, functions, constants } = entries;
    let mut covered = Vec::new();
    if let [any, more @ ..] = any.as_slice() {
        let [variables, functions, constants] = [variables, functions, constants].map(|list| indexes(list));
        let others = [indexes(patterns), indexes(regexes), variables, functions, constants].concat();
        covered = more.iter().chain(&others).map(|index| (*index, *any)).collect();
        covered.sort_unstable();
        return covered;
    }
    let coverage = Coverage::new(patterns);
    for (index, pattern) in patterns {
        let by = coverage.covering(*index, pattern).or_else(|| {
            let text = pattern.is_exact().then(|| pattern.to_string())?;
            wide.iter().find(|(_, regex)| regex.matches(text.as_bytes())).map(|(index, _)| *index)
        });
        covered.extend(by.map(|by| (*index, by)));
    }
    covered.extend(repeated(regexes.iter().map(|(index, regex)| (*index, regex.as_str()))));
    covered.extend(repeated(variables.iter().copied()));
    covered.extend(repeated(constants.iter().copied()));
    // Those without a path cannot be distinguished.
    covered.extend(repeated(functions.iter().copied().filter(|(_, path)| !path.is_empty())));
    covered.sort_unstable();
    covered
}

fn indexes<T>(entries: &[(usize, T)]) -> Vec<usize> {
    entries.iter().map(|(index, _)| *index).collect()
}

/// The texts that were there before, each with the first that equals it.
fn repeated<'t>(texts: impl Iterator<Item = (usize, &'t str)>) -> Vec<(usize, usize)> {
    let mut first = HashMap::new();
    let mut repeated = Vec::new();
    for (index, text) in texts {
        match first.get(text) {
            Some(first) => repeated.push((index, *first)),
            None => drop(first.insert(text, index)),
        }
    }
    repeated
}
