//! The validator: a policy as it was written in, one that can be served or all violations out.
//!
//! It says which rules there are for which key, and holds those that concern several entries or keys; the rules for one
//! entry alone live in the modules named after it.

mod names;
pub(crate) mod origins;
mod redundant;
#[cfg(test)]
mod tests;

use crate::{
    help::{Help, Remedy},
    key::Key,
    max_age,
    pattern::Pattern,
    regex::{Automaton, OriginRegex},
    spec::{Allow, PolicySpec, Settings},
    violation::{CoveredBy, Fault, Outcome, Rule, RuleNote, Violation},
};

/// A policy that can be served: it was [`check`]ed.
#[derive(Clone, Debug)]
pub struct CheckedPolicy<'a> {
    /// Which origins may read.
    pub origins: AllowedOrigins<'a>,
    /// The request headers that pages may set, in lower case.
    pub headers: NameList,
    /// The response headers that pages may read, in lower case.
    pub expose: NameList,
    /// The methods that the policy is narrowed to; empty if it is not.
    pub methods: Vec<String>,
    /// The keys with one value each; `max_age` is in seconds.
    pub settings: Settings<u32>,
    /// Whether pages of refused origins may open WebSockets.
    pub unenforced_websocket: bool,
    /// Broken rules that do not refuse the policy.
    pub notes: Vec<RuleNote>,
}

/// The origins of a policy.
#[derive(Clone, Debug)]
pub enum AllowedOrigins<'a> {
    /// No origin.
    Nobody,
    /// Every origin, including `null`.
    Any,
    /// These; there is at least one.
    List(CheckedOrigins<'a>),
}

/// The entries of a list of origins, by what they are.
#[derive(Clone, Debug, Default)]
pub struct CheckedOrigins<'a> {
    /// The origins and patterns.
    pub patterns: Vec<Pattern<'a>>,
    /// The regular expressions.
    pub regexes: Vec<OriginRegex>,
    /// The automaton for all of them, if there are any.
    pub automaton: Option<Automaton>,
    /// The environment variables that hold more entries.
    pub variables: Vec<&'a str>,
    /// The paths of the functions that accept more origins; a path is empty if a function has none.
    pub functions: Vec<&'a str>,
    /// The paths of the constants that are origins or patterns.
    pub constants: Vec<&'a str>,
}

/// Names in lower case, in the order in which they were written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameList {
    /// Whether `*` is among them, which means every name, apart from `authorization` in requests.
    pub any: bool,
    /// The names.
    pub names: Vec<String>,
}

/// Who wrote a policy, and can change it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Author {
    /// It is written in the source. Whatever is of no use is reported, because it is not what was meant.
    Developer,
    /// It comes from a configuration. What is of no use does no harm either: it is noted and dropped, and never stops a
    /// server. An empty list, or `none`, allows nobody.
    Operator,
}

/// Turns what was written into a policy that can be served, or into everything that is wrong with it.
///
/// # Errors
///
/// All violations, in the order of the keys `origins`, `headers`, `expose`, `methods`, `max_age` and of their entries.
pub fn check(spec: &PolicySpec, author: Author) -> Result<CheckedPolicy<'_>, Vec<Violation>> {
    check_with(spec, author, cfg!(feature = "regex"))
}

/// The same for a policy of an operator's, where regular expressions cannot be compiled. They are violations there.
///
/// # Errors
///
/// As [`check`].
pub fn check_without_expressions(spec: &PolicySpec) -> Result<CheckedPolicy<'_>, Vec<Violation>> {
    check_with(spec, Author::Operator, false)
}

fn check_with(
    spec: &PolicySpec,
    author: Author,
    takes_expressions: bool,
) -> Result<CheckedPolicy<'_>, Vec<Violation>> {
    // A new key has to be dealt with here.
    let PolicySpec { origins, headers, expose, methods, settings, allow: _ } = spec;
    let mut checker = Checker {
        spec,
        author,
        takes_expressions,
        violations: Vec::new(),
        notes: Vec::new(),
        expressions_left: 8,
    };
    let origins = checker.origins(origins.as_deref());
    let headers = checker.headers(headers);
    let expose = checker.expose(expose);
    let methods = checker.methods(methods);
    let max_age = settings.max_age.as_ref().and_then(|max_age| checker.max_age(max_age));
    let Checker { violations, notes, .. } = checker;
    if !violations.is_empty() {
        return Err(violations);
    }
    Ok(CheckedPolicy {
        origins,
        headers,
        expose,
        methods,
        settings: settings.with_max_age(max_age),
        unenforced_websocket: spec.allows(Allow::UnenforcedWebsocket),
        notes,
    })
}

/// The entry that allows everything.
const ANY: &str = "*";

struct Checker<'a> {
    spec: &'a PolicySpec,
    author: Author,
    takes_expressions: bool,
    violations: Vec<Violation>,
    notes: Vec<RuleNote>,
    /// How many expressions may still be tried for the help: each is compiled, and a list may be long.
    expressions_left: u8,
}

impl<'a> Checker<'a> {
    fn report(&mut self, fault: Fault, key: Key, index: impl Into<Option<usize>>, value: Option<&str>) {
        self.violations.push(fault.at(key, index, value));
    }

    fn note(&mut self, violation: Violation, outcome: Outcome) {
        self.notes.push(RuleNote::new(violation, outcome));
    }

    /// Whether what does no harm is dropped.
    fn is_lenient(&self) -> bool {
        self.author == Author::Operator
    }

    fn report_redundant(
        &mut self,
        message: String,
        key: Key,
        index: usize,
        value: &str,
        by: usize,
        by_value: &str,
    ) {
        let help = Help::new([Remedy::Remove, Remedy::allow(Allow::Redundant)]);
        let mut violation = Fault::new(Rule::Redundant, message, help).at(key, index, Some(value));
        violation.covered_by = Some(CoveredBy { value: by_value.to_owned(), index: by });
        match self.is_lenient() {
            true => self.note(violation, Outcome::Dropped),
            false => self.violations.push(violation),
        }
    }

    fn max_age(&mut self, max_age: &crate::MaxAge) -> Option<u32> {
        let value = match max_age {
            crate::MaxAge::Seconds(seconds) => &seconds.to_string(),
            crate::MaxAge::Text(text) => text,
        };
        match max_age::check(max_age) {
            Ok(seconds) => Some(seconds),
            Err(fault) if fault.rule == Rule::MaxAgeTooLong && self.is_lenient() => {
                self.note(fault.at(Key::MaxAge, None, Some(value)), Outcome::Capped);
                Some(max_age::MAX_AGE_LIMIT)
            }
            Err(fault) => {
                self.report(fault, Key::MaxAge, None, Some(value));
                None
            }
        }
    }
}
