//! The validator: a policy as it was written in, one that can be served or all violations out.
//!
//! It says which rules there are for which key, and holds those that concern several entries or keys; the rules for one
//! entry alone live in the modules named after it.

use std::collections::{HashMap, HashSet};

use crate::{
    danger::Danger,
    diagnosis::{self, Diagnosis},
    header,
    help::{Help, Remedy, Snippet},
    key::Key,
    max_age, method,
    pattern::{Coverage, Pattern},
    printable::Printable,
    regex::{Automaton, OriginRegex},
    spec::{Allow, OriginSpec, PolicySpec, Settings},
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

impl NameList {
    /// The value of a header that lists the names, if there are any.
    pub fn joined(&self) -> Option<String> {
        let any = self.any.then_some("*");
        let names: Vec<_> = any.into_iter().chain(self.names.iter().map(String::as_str)).collect();
        (!names.is_empty()).then(|| names.join(", "))
    }
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
    // A new key has to be dealt with here.
    let PolicySpec { origins, headers, expose, methods, settings, allow: _ } = spec;
    let mut checker =
        Checker { spec, author, violations: Vec::new(), notes: Vec::new(), expressions_left: 8 };
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

/// The entries of `origins` by what they are, each with its index.
#[derive(Default)]
struct Entries<'a> {
    /// Those that allow everything.
    any: Vec<usize>,
    patterns: Vec<(usize, Pattern<'a>)>,
    regexes: Vec<(usize, OriginRegex)>,
    variables: Vec<(usize, &'a str)>,
    functions: Vec<(usize, &'a str)>,
    constants: Vec<(usize, &'a str)>,
}

struct Checker<'a> {
    spec: &'a PolicySpec,
    author: Author,
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

    fn origins(&mut self, list: Option<&'a [OriginSpec]>) -> AllowedOrigins<'a> {
        let is_nobody = |list: &[OriginSpec]| match list {
            [] => true,
            [OriginSpec::Text(only)] => only == Key::None.name(),
            _ => false,
        };
        let list = match list {
            Some(list) if self.is_lenient() && is_nobody(list) => return AllowedOrigins::Nobody,
            Some(list) if !list.is_empty() => list,
            _ => {
                self.report(no_origins(), Key::Origins, None, None);
                return AllowedOrigins::Nobody;
            }
        };
        let entries = self.read_origins(list);
        self.report_dangers(&entries, list);
        let automaton = self.automaton(&entries.regexes, list);
        let is_dropped = self.drop_redundant(&entries, automaton.is_some(), list);

        let Entries { any, patterns, regexes, variables, functions, constants } = entries;
        if !any.is_empty() {
            return AllowedOrigins::Any;
        }
        let is_kept = |index: &usize| !is_dropped.contains(index);
        fn kept<T>(entries: Vec<(usize, T)>, is_kept: impl Fn(&usize) -> bool) -> Vec<T> {
            entries.into_iter().filter(|(index, _)| is_kept(index)).map(|(_, entry)| entry).collect()
        }
        AllowedOrigins::List(CheckedOrigins {
            patterns: kept(patterns, is_kept),
            regexes: kept(regexes, is_kept),
            automaton,
            variables: kept(variables, is_kept),
            functions: kept(functions, is_kept),
            constants: kept(constants, is_kept),
        })
    }

    fn is_any(&self, entry: &OriginSpec) -> bool {
        // In a configuration, only quotes would distinguish the two.
        let is_any = |text: &str| text == ANY || self.is_lenient() && text == "any";
        matches!(entry, OriginSpec::Text(text) if is_any(text))
    }

    /// What can be said of each entry by itself.
    fn read_origins(&mut self, list: &'a [OriginSpec]) -> Entries<'a> {
        // As a default it is one entry of a list that is not known yet.
        let is_any_by_default =
            |entry: &OriginSpec| matches!(entry, OriginSpec::EnvDefault(text) if text == ANY);
        let any: Vec<_> = (0..list.len()).filter(|index| self.is_any(&list[*index])).collect();
        if self.spec.settings.credentials {
            for index in any.first().copied().into_iter().chain(list.iter().position(is_any_by_default)) {
                let message = "`any` cannot be combined with credentials: browsers reject the response";
                let help = Help::new([
                    Remedy::advice("list the origins that may send credentials"),
                    Remedy::RemoveFlag(Key::Credentials),
                ]);
                self.report(
                    Fault::new(Rule::AnyWithCredentials, message, help),
                    Key::Origins,
                    index,
                    Some(ANY),
                );
            }
        }
        let mut entries = Entries { any, ..Entries::default() };
        for (index, entry) in list.iter().enumerate() {
            let fault = match entry {
                _ if self.is_any(entry) || is_any_by_default(entry) => continue,
                OriginSpec::Text(text) if self.is_lenient() && text == Key::None.name() => {
                    Err(none_and_others())
                }
                OriginSpec::Text(text) | OriginSpec::EnvDefault(text) => match Pattern::parse(text) {
                    Some(pattern) => {
                        entries.patterns.push((index, pattern));
                        Ok(())
                    }
                    None => Err(self.explain(text)),
                },
                OriginSpec::Regex(text) => {
                    OriginRegex::parse(text).map(|regex| entries.regexes.push((index, regex)))
                }
                OriginSpec::Env(name) => check_variable(name).map(|()| entries.variables.push((index, name))),
                OriginSpec::When(path) => {
                    entries.functions.push((index, path));
                    Ok(())
                }
                OriginSpec::Constant(path) => {
                    entries.constants.push((index, path));
                    Ok(())
                }
            };
            if let Err(fault) = fault {
                self.report(fault, Key::Origins, index, Some(entry.as_str()));
            }
        }
        entries
    }

    /// Why the text is not a pattern. If an expression was meant, it is offered once the rules have accepted it.
    fn explain(&mut self, text: &str) -> Fault {
        let Diagnosis { mut fault, expression } = diagnosis::explain(text);
        let Some(expression) = expression.filter(|_| self.expressions_left > 0) else { return fault };
        if cfg!(not(feature = "regex")) {
            fault.help = Remedy::advice(
                "enable the feature `regex` of `cors-runtime`, and this message has an expression that matches what was \
                 meant",
            )
            .into();
            return fault;
        }
        self.expressions_left -= 1;
        let Ok(regex) = OriginRegex::parse(&expression) else { return fault };
        let mut allow = Vec::new();
        for danger in regex.dangers(self.spec.settings.credentials) {
            if danger.allowed_by.iter().any(|allow| self.spec.allows(*allow)) {
                continue;
            }
            match danger.allowed_by.first() {
                Some(first) if danger.may_be_meant => allow.push(*first),
                _ => return fault,
            }
        }
        fault.help = Remedy::Write { entries: vec![Snippet::Regex(expression.into())], allow }.into();
        fault
    }

    /// Entries by which somebody else may come to read, or to send credentials.
    fn report_dangers(&mut self, entries: &Entries<'a>, list: &[OriginSpec]) {
        let credentials = self.spec.settings.credentials;
        for (index, pattern) in entries.patterns.iter().filter(|_| credentials) {
            for danger in Danger::of_pattern(pattern) {
                self.report_danger(vec![danger], *index, list);
            }
        }
        for (index, regex) in &entries.regexes {
            self.report_danger(regex.dangers(credentials), *index, list);
        }
    }

    /// The dangers that have one fix: what the others take is said with the first.
    fn report_danger(&mut self, dangers: Vec<Danger>, index: usize, list: &[OriginSpec]) {
        let value = Some(list[index].as_str());
        let (allowed, refused): (Vec<_>, Vec<_>) = dangers
            .into_iter()
            .partition(|danger| danger.allowed_by.iter().any(|allow| self.spec.allows(*allow)));
        for Danger { fault, .. } in allowed {
            self.note(fault.at(Key::Origins, index, value), Outcome::Allowed);
        }
        let mut refused = refused.into_iter();
        if let Some(Danger { mut fault, .. }) = refused.next() {
            for allow in refused.filter_map(|danger| danger.allowed_by.first().copied()) {
                fault.help.also_allow(allow);
            }
            self.report(fault, Key::Origins, index, value);
        }
    }

    fn automaton(&mut self, regexes: &[(usize, OriginRegex)], list: &[OriginSpec]) -> Option<Automaton> {
        let (last, _) = regexes.last()?;
        let regexes: Vec<_> = regexes.iter().map(|(_, regex)| regex.clone()).collect();
        let automaton = Automaton::new(&regexes);
        automaton.map_err(|fault| self.report(fault, Key::Origins, *last, Some(list[*last].as_str()))).ok()
    }

    /// Reports entries that say what another one says, and gives the indexes of those that are left out.
    fn drop_redundant(
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

    fn headers(&mut self, entries: &[String]) -> NameList {
        let allow_response_headers = self.spec.allows(Allow::ResponseHeaderNames);
        let check = |name: &str| header::check_request_header(name, allow_response_headers);
        // The standard's `*` does not cover Authorization.
        // https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name
        let covered_by_any = |name: &str| name != "authorization";
        self.names(Key::Headers, entries, check, covered_by_any)
    }

    fn expose(&mut self, entries: &[String]) -> NameList {
        self.names(Key::Expose, entries, header::check_exposed_header, |_| true)
    }

    /// What the two lists of header names have in common.
    fn names(
        &mut self,
        key: Key,
        entries: &[String],
        check: impl Fn(&str) -> Result<(), Fault>,
        covered_by_any: impl Fn(&str) -> bool,
    ) -> NameList {
        let any = entries.iter().position(|entry| entry == ANY);
        let mut list = NameList { any: any.is_some(), names: Vec::new() };
        let mut seen = HashMap::new();
        for (index, entry) in entries.iter().enumerate() {
            if entry == ANY && self.spec.settings.credentials {
                let message =
                    "`any` has no effect with credentials: browsers then treat `*` as a literal header name";
                let help =
                    Help::new([Remedy::advice("list the names"), Remedy::RemoveFlag(Key::Credentials)]);
                self.report(Fault::new(Rule::AnyWithCredentials, message, help), key, index, Some(entry));
            }
            if entry != ANY
                && let Err(fault) = check(entry)
            {
                let is_harmless = matches!(
                    fault.rule,
                    Rule::ForbiddenHeader | Rule::UnexposableHeader | Rule::RequestHeader
                );
                let violation = fault.at(key, index, Some(entry));
                match is_harmless && self.is_lenient() {
                    true => self.note(violation, Outcome::Dropped),
                    false => self.violations.push(violation),
                }
                continue;
            }
            let name = entry.to_ascii_lowercase();
            if let Some(first) = seen.get(&name).copied() {
                if !self.spec.allows(Allow::Redundant) {
                    let message = match entry == ANY {
                        true => "any header is already listed".to_owned(),
                        false => format!(
                            "`{}` is already listed (header names are case-insensitive)",
                            Printable(&name)
                        ),
                    };
                    self.report_redundant(message, key, index, entry, first, &entries[first]);
                }
                continue;
            }
            seen.insert(name.clone(), index);
            if entry == ANY {
                continue;
            }
            match any.filter(|_| covered_by_any(&name)) {
                Some(by) if !self.spec.allows(Allow::Redundant) => {
                    let message =
                        format!("`{}` is redundant: every header is already allowed", Printable(&name));
                    self.report_redundant(message, key, index, entry, by, ANY);
                }
                _ => list.names.push(name),
            }
        }
        list
    }

    fn methods(&mut self, entries: &[String]) -> Vec<String> {
        let any = entries.iter().position(|entry| entry == ANY);
        let mut names = Vec::new();
        let mut seen: HashMap<&str, usize> = HashMap::new();
        for (index, entry) in entries.iter().enumerate() {
            if entry == ANY {
                continue;
            }
            if let Err(fault) = method::check(entry) {
                self.report(fault, Key::Methods, index, Some(entry));
                continue;
            }
            let first = seen.get(entry.as_str()).copied();
            if let Some(by) = first.or(any)
                && !self.spec.allows(Allow::Redundant)
            {
                let message = match first {
                    Some(_) => format!("`{}` is already listed", Printable(entry)),
                    None => format!("`{}` is redundant: every method is already allowed", Printable(entry)),
                };
                self.report_redundant(message, Key::Methods, index, entry, by, &entries[by]);
            }
            if first.is_none() {
                seen.insert(entry, index);
                names.push(entry.clone());
            }
        }
        // Any of the methods that the handler is mounted on: a policy without `methods` says the same.
        if any.is_some() { Vec::new() } else { names }
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

fn no_origins() -> Fault {
    let help = Help::new([
        Remedy::WriteKey(Key::Origins),
        Remedy::WriteFlag { key: Key::None, purpose: "to allow no origin" },
    ]);
    Fault::new(Rule::NoOrigins, "no origins are allowed", help)
}

fn none_and_others() -> Fault {
    let help = Help::new([Remedy::Remove, Remedy::advice("remove all others")]);
    Fault::new(Rule::NoneAndOthers, "`none` cannot be combined with other origins", help)
}

/// Whether an environment can have a variable of this name.
fn check_variable(name: &str) -> Result<(), Fault> {
    if name.is_empty() || name.contains(['=', '\0']) {
        let message = match name {
            "" => "empty name of an environment variable".to_owned(),
            name => format!("`{}` cannot be the name of an environment variable", Printable(name)),
        };
        const EXAMPLE: Remedy = Remedy::Example {
            advice: "write a name",
            entries: const { &[Snippet::Env(std::borrow::Cow::Borrowed("CORS_ORIGINS"))] },
        };
        return Err(Fault::new(Rule::BadVariable, message, EXAMPLE));
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MaxAge, help::Syntax};

    fn texts(entries: &[&str]) -> Vec<String> {
        entries.iter().map(|entry| (*entry).to_owned()).collect()
    }

    fn list(origins: &[&str]) -> Option<Vec<OriginSpec>> {
        Some(origins.iter().map(|origin| OriginSpec::Text((*origin).to_owned())).collect())
    }

    fn with_credentials(credentials: bool) -> Settings<MaxAge> {
        Settings { credentials, ..Settings::NONE }
    }

    fn spec(origins: &[&str]) -> PolicySpec {
        PolicySpec { origins: list(origins), ..PolicySpec::default() }
    }

    #[cfg(feature = "regex")]
    fn regex(text: &str) -> PolicySpec {
        PolicySpec { origins: Some(vec![OriginSpec::Regex(text.to_owned())]), ..PolicySpec::default() }
    }

    fn verdict(spec: &PolicySpec) -> Vec<(Rule, String)> {
        let violations = check(spec, Author::Developer).err().unwrap_or_default();
        violations.into_iter().map(|violation| (violation.rule, violation.path.to_string())).collect()
    }

    fn rules(spec: &PolicySpec) -> Vec<Rule> {
        verdict(spec).into_iter().map(|(rule, _)| rule).collect()
    }

    fn checked(spec: &PolicySpec, author: Author) -> CheckedPolicy<'_> {
        check(spec, author).unwrap_or_else(|violations| panic!("{spec:?}: {violations:?}"))
    }

    fn origins(policy: &CheckedPolicy<'_>) -> Vec<String> {
        match &policy.origins {
            AllowedOrigins::Nobody => Vec::new(),
            AllowedOrigins::Any => vec!["any".to_owned()],
            AllowedOrigins::List(list) => {
                let patterns = list.patterns.iter().map(ToString::to_string);
                patterns.chain(list.regexes.iter().map(|regex| regex.as_str().to_owned())).collect()
            }
        }
    }

    fn notes(policy: &CheckedPolicy<'_>) -> Vec<String> {
        policy.notes.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn everything_that_is_wrong_is_reported() {
        let spec = PolicySpec {
            origins: list(&["*", "https://a.example/", "http://b.example"]),
            headers: texts(&["cookie", "X-A", "x-a"]),
            expose: texts(&["set-cookie"]),
            methods: texts(&["PATCH", "patch", "TRACE"]),
            settings: Settings {
                max_age: Some(MaxAge::Seconds(90_000)),
                credentials: true,
                enforce: crate::Enforce::CrossOrigin,
                timing: true,
            },
            allow: Vec::new(),
        };
        let expected = [
            (Rule::AnyWithCredentials, "origins[0]"),
            (Rule::Path, "origins[1]"),
            (Rule::InsecureOrigin, "origins[2]"),
            (Rule::Redundant, "origins[2]"),
            (Rule::ForbiddenHeader, "headers[0]"),
            (Rule::Redundant, "headers[2]"),
            (Rule::UnexposableHeader, "expose[0]"),
            (Rule::MethodCase, "methods[1]"),
            (Rule::ForbiddenMethod, "methods[2]"),
            (Rule::MaxAgeTooLong, "max_age"),
        ];
        assert_eq!(verdict(&spec), expected.map(|(rule, path)| (rule, path.to_owned())));
    }

    #[test]
    fn a_violation_is_data() {
        let violations =
            check(&spec(&["https://b.a.example", "https://*.a.example"]), Author::Developer).unwrap_err();
        let [violation] = violations.as_slice() else { panic!("{violations:?}") };
        assert_eq!(violation.value.as_deref(), Some("https://b.a.example"));
        let covered_by = CoveredBy { value: "https://*.a.example".to_owned(), index: 1 };
        assert_eq!(violation.covered_by, Some(covered_by));
        assert_eq!(
            violation.in_syntax(Syntax::Attribute),
            "`https://b.a.example` is already covered by `https://*.a.example`\n\
             help: remove it, or add `allow(redundant)`"
        );
    }

    #[test]
    fn the_redundant_entry_is_the_covered_one() {
        let verdict = verdict(&spec(&["https://b.a.example", "https://*.a.example", "https://*.a.example"]));
        let expected = ["origins[0]", "origins[2]"].map(|path| (Rule::Redundant, path.to_owned()));
        assert_eq!(verdict, expected);
    }

    #[test]
    fn dangerous_with_credentials_only() {
        let allow = vec![Allow::InsecureOrigins, Allow::PublicSuffix, Allow::OpenScheme];
        for (origin, rule) in [
            ("http://shop.example", Some(Rule::InsecureOrigin)),
            ("http://localhost:3000", None),
            ("http://admin.localhost:3000", None),
            ("http://*.localhost:*", None),
            ("http://127.0.0.2", None),
            ("http://[::1]:80", Some(Rule::DefaultPort)),
            ("http://[::1]:81", None),
            ("http://10.0.0.1", Some(Rule::InsecureOrigin)),
            ("https://*.com", Some(Rule::PublicSuffix)),
            ("https://*.co.uk", Some(Rule::PublicSuffix)),
            ("https://*.github.io", Some(Rule::PublicSuffix)),
            ("https://*.me.github.io", None),
            ("https://*.amazonaws.com", Some(Rule::PublicSuffix)),
            ("https://*.shop.example", None),
            ("tauri://localhost", None),
            ("app://.", None),
            ("moz-extension://*", Some(Rule::OpenScheme)),
            ("vscode-webview://*:*", Some(Rule::OpenScheme)),
            ("chrome-extension://aapbdbdomjkkjkaonfhkkikfgjllcleb", None),
        ] {
            let with = PolicySpec { settings: with_credentials(true), ..spec(&[origin]) };
            assert_eq!(rules(&with), rule.into_iter().collect::<Vec<_>>(), "{origin}");
            if rule != Some(Rule::DefaultPort) {
                assert_eq!(rules(&spec(&[origin])), [], "{origin}");
                let allowed = PolicySpec { allow: allow.clone(), ..with };
                let notes: Vec<_> = checked(&allowed, Author::Developer)
                    .notes
                    .into_iter()
                    .map(|note| (note.violation.rule, note.outcome))
                    .collect();
                let expected: Vec<_> = rule.into_iter().map(|rule| (rule, Outcome::Allowed)).collect();
                assert_eq!(notes, expected, "{origin}");
            }
        }
    }

    #[test]
    fn any_by_default_is_not_any() {
        let origins = vec![OriginSpec::Env("A".to_owned()), OriginSpec::EnvDefault("*".to_owned())];
        let open = PolicySpec { origins: Some(origins), ..PolicySpec::default() };
        let checked = checked(&open, Author::Developer);
        assert!(matches!(checked.origins, AllowedOrigins::List(list) if list.variables == ["A"]));
        let with = PolicySpec { settings: with_credentials(true), ..open };
        assert_eq!(verdict(&with), [(Rule::AnyWithCredentials, "origins[1]".to_owned())]);
    }

    #[test]
    fn a_list_and_functions() {
        let when = |path: &str| OriginSpec::When(path.to_owned());
        let spec = |functions: &[&str]| PolicySpec {
            origins: Some(
                [OriginSpec::Text("https://a.example".to_owned())]
                    .into_iter()
                    .chain(functions.iter().map(|path| when(path)))
                    .collect(),
            ),
            settings: with_credentials(true),
            ..PolicySpec::default()
        };
        let both = spec(&["is_lan", "is_ours"]);
        let AllowedOrigins::List(list) = checked(&both, Author::Developer).origins else { panic!() };
        assert_eq!((list.patterns.len(), list.functions), (1, vec!["is_lan", "is_ours"]));
        assert_eq!(verdict(&spec(&["is_lan", "is_lan"])), [(Rule::Redundant, "origins[2]".to_owned())]);
        // Two closures.
        assert_eq!(verdict(&spec(&["", ""])), []);
        let alone = PolicySpec { origins: Some(vec![when("is_lan")]), ..PolicySpec::default() };
        assert!(matches!(checked(&alone, Author::Developer).origins, AllowedOrigins::List(_)));
    }

    #[test]
    fn any_among_headers_does_not_cover_authorization() {
        let open = PolicySpec { headers: texts(&["*", "Authorization"]), ..spec(&["*"]) };
        let headers = checked(&open, Author::Developer).headers;
        assert_eq!(headers, NameList { any: true, names: texts(&["authorization"]) });
        let other = PolicySpec { headers: texts(&["*", "x-a"]), ..spec(&["*"]) };
        assert_eq!(verdict(&other), [(Rule::Redundant, "headers[1]".to_owned())]);
    }

    #[test]
    fn a_list_is_a_set_once_redundancy_is_allowed() {
        let spec = PolicySpec {
            headers: texts(&["X-A", "x-a"]),
            methods: texts(&["PUT", "PUT"]),
            allow: vec![Allow::Redundant],
            ..spec(&["https://a.example", "https://a.example", "https://*.a.example", "https://b.a.example"])
        };
        for author in [Author::Developer, Author::Operator] {
            let checked = checked(&spec, author);
            assert_eq!(
                origins(&checked),
                ["https://a.example", "https://*.a.example", "https://b.a.example"]
            );
            assert_eq!((checked.headers.names, checked.methods), (texts(&["x-a"]), texts(&["PUT"])));
            assert_eq!(checked.notes, []);
        }
    }

    /// Expressions below a public suffix, ranges of addresses and whole schemes: who has to say what.
    #[test]
    #[cfg(feature = "regex")]
    fn dangerous_expressions() {
        use Allow::{InsecureOrigins, OpenDomain, OpenScheme, PublicSuffix};

        let preview = r"https://deploy-preview-[0-9]+--shop\.netlify\.app";
        let lan = r"http://192\.168\.[0-9]+\.[0-9]+(:[0-9]+)?";
        for (text, credentials, allow, rule) in [
            (preview, false, &[][..], Some(Rule::OpenDomain)),
            (preview, false, &[OpenDomain], None),
            (preview, false, &[PublicSuffix], None),
            (preview, true, &[OpenDomain], Some(Rule::PublicSuffix)),
            (preview, true, &[PublicSuffix], None),
            (r"https://.*\.amazonaws\.com", true, &[PublicSuffix], None),
            (r"https://.*\.com", true, &[PublicSuffix], None),
            (r"https://.*example\.com", true, &[OpenDomain], Some(Rule::PublicSuffix)),
            (r"https://.*", true, &Allow::ALL, Some(Rule::OpenDomain)),
            (r"https://example\..*", true, &Allow::ALL, Some(Rule::OpenDomain)),
            (r"https?://[a-z]+", true, &Allow::ALL, Some(Rule::OpenDomain)),
            (lan, false, &[], Some(Rule::OpenDomain)),
            (lan, false, &[OpenDomain], None),
            (lan, true, &[], Some(Rule::OpenDomain)),
            (lan, true, &[OpenDomain], Some(Rule::InsecureOrigin)),
            (lan, true, &[InsecureOrigins], Some(Rule::OpenDomain)),
            (lan, true, &[OpenDomain, InsecureOrigins], None),
            (r"https://10\.[0-9.]+", true, &[OpenDomain], None),
            (r"https://\[fd00:[0-9a-f:]+\]", true, &[OpenDomain], None),
            // What looks like an address can be a name.
            (r"http://192\.168\.[a-z0-9.]+", true, &Allow::ALL, Some(Rule::OpenDomain)),
            (r"chrome-extension://[a-p]{32}", false, &[], None),
            (r"chrome-extension://[a-p]{32}", true, &[], Some(Rule::OpenScheme)),
            (r"chrome-extension://[a-p]{32}", true, &[OpenScheme], None),
            (r"app://.*\.shop\.example", true, &[], Some(Rule::OpenScheme)),
            (r"[a-z]+://.*\.example\.com", true, &[InsecureOrigins], Some(Rule::OpenScheme)),
            (r"(app|https)://(shop\.example|\.)", true, &[], None),
            // Slips.
            (r"https://shop\.example\.com?", true, &[], Some(Rule::OpenDomain)),
            (r"https://my-shop\.co(m)?", true, &[], Some(Rule::OpenDomain)),
            (r"https://shop[.-]example\.com", true, &[], Some(Rule::PublicSuffix)),
            (r"https://[abcdefghijklmnopqrstuvwxyz]\.com", true, &[], Some(Rule::PublicSuffix)),
        ] {
            let spec =
                PolicySpec { settings: with_credentials(credentials), allow: allow.to_vec(), ..regex(text) };
            assert_eq!(rules(&spec), rule.into_iter().collect::<Vec<_>>(), "{text} {credentials} {allow:?}");
        }
    }

    #[test]
    #[cfg(feature = "regex")]
    fn one_expression_is_one_mistake() {
        let lan = PolicySpec { settings: with_credentials(true), ..regex(r"http://192\.168\.1\.[0-9]+") };
        let violations = check(&lan, Author::Developer).unwrap_err();
        let [violation] = violations.as_slice() else { panic!("{violations:?}") };
        assert_eq!(
            violation.help.in_syntax(Syntax::Attribute),
            "write each address in full, or add `allow(open_domain, insecure_origins)`"
        );
    }

    /// An expression is offered with what it takes, or not at all.
    #[test]
    #[cfg(feature = "regex")]
    fn the_help_has_been_checked() {
        for (text, credentials, allow, help) in [
            (
                "https://app-*.example.com",
                true,
                &[][..],
                r#"write `regex(r"https://app-[a-z0-9-]+\.example\.com")`"#,
            ),
            (
                "https://shop-*-acme.vercel.app",
                false,
                &[],
                r#"write `regex(r"https://shop-[a-z0-9-]+-acme\.vercel\.app")` and add `allow(open_domain)`"#,
            ),
            (
                "https://shop-*-acme.vercel.app",
                true,
                &[],
                r#"write `regex(r"https://shop-[a-z0-9-]+-acme\.vercel\.app")` and add `allow(public_suffix)`"#,
            ),
            (
                "https://shop-*-acme.vercel.app",
                true,
                &[Allow::PublicSuffix],
                r#"write `regex(r"https://shop-[a-z0-9-]+-acme\.vercel\.app")`"#,
            ),
            (
                "http://192.168.1.*:*",
                true,
                &[],
                r#"write `regex(r"http://192\.168\.1\.[0-9]+(:[0-9]+)?")` and add `allow(open_domain, insecure_origins)`"#,
            ),
            ("https://shop.*", false, &[], "list the origins one by one"),
            ("https://*-shop.com", false, &[], "list the origins one by one"),
            ("https://*-shop.com", true, &Allow::ALL, r#"write `regex(r"https://[a-z0-9-]+-shop\.com")`"#),
        ] {
            let spec = PolicySpec {
                settings: with_credentials(credentials),
                allow: allow.to_vec(),
                ..spec(&[text])
            };
            let violations = check(&spec, Author::Developer).unwrap_err();
            assert_eq!(violations[0].help.in_syntax(Syntax::Attribute), help, "{text}");
            // It is written, and compiles.
            if let [Remedy::Write { entries, allow: more }] = violations[0].help.remedies()
                && let [Snippet::Regex(text)] = entries.as_slice()
            {
                let allow = allow.iter().chain(more).copied().collect();
                assert_eq!(
                    rules(&PolicySpec { settings: with_credentials(credentials), allow, ..regex(text) }),
                    [],
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn what_is_of_no_use_never_stops_a_server() {
        let spec = PolicySpec {
            origins: list(&[
                "https://a.shop.example",
                "https://*.shop.example",
                "https://b.example",
                "https://b.example",
            ]),
            headers: texts(&["Origin", "X-A", "Content-Length", "x-a", "Cookie"]),
            expose: texts(&["Set-Cookie", "etag", "ETag"]),
            methods: texts(&["PUT", "PUT"]),
            settings: Settings { max_age: Some(MaxAge::Seconds(1_728_000)), ..Settings::NONE },
            ..PolicySpec::default()
        };
        let checked = checked(&spec, Author::Operator);
        assert_eq!(origins(&checked), ["https://*.shop.example", "https://b.example"]);
        assert_eq!(checked.headers, NameList { any: false, names: texts(&["x-a"]) });
        assert_eq!(checked.expose, NameList { any: false, names: texts(&["etag"]) });
        assert_eq!((&checked.methods, checked.settings.max_age), (&texts(&["PUT"]), Some(86_400)));
        assert_eq!(
            notes(&checked),
            [
                "origins[0]: `https://a.shop.example` is already covered by `https://*.shop.example` (dropped)",
                "origins[3]: `https://b.example` is already listed (dropped)",
                "headers[0]: browsers do not let pages set `origin` (dropped)",
                "headers[2]: browsers do not let pages set `content-length` (dropped)",
                "headers[3]: `x-a` is already listed (header names are case-insensitive) (dropped)",
                "headers[4]: browsers do not let pages set `cookie` (dropped)",
                "expose[0]: browsers do not let pages read `set-cookie` (dropped)",
                "expose[2]: `etag` is already listed (header names are case-insensitive) (dropped)",
                "methods[1]: `PUT` is already listed (dropped)",
                "max_age: `max_age` of 1728000 s exceeds every browser's limit (Firefox 86400 s, Chromium 7200 s, \
                 Safari 600 s) (capped)",
            ]
        );
        let rules: Vec<_> = verdict(&spec).into_iter().map(|(rule, _)| rule).collect();
        assert_eq!(rules.len(), checked.notes.len());
    }

    #[test]
    fn any_and_nobody_in_a_configuration() {
        for (entries, expected, dropped) in [
            (&["*"][..], &["any"][..], 0),
            (&["any"], &["any"], 0),
            (&["https://a.example", "*", "any"], &["any"], 2),
            (&["none"], &[], 0),
            (&[], &[], 0),
        ] {
            let spec = spec(entries);
            let checked = checked(&spec, Author::Operator);
            assert_eq!((origins(&checked), checked.notes.len()), (texts(expected), dropped), "{entries:?}");
        }
        for (entries, rule) in [
            (&["none", "https://a.example"][..], Rule::NoneAndOthers),
            (&["https://a.example/"], Rule::Path),
            (&["null"], Rule::NullOrigin),
            (&[""], Rule::Empty),
        ] {
            let violations = check(&spec(entries), Author::Operator).unwrap_err();
            assert_eq!(violations[0].rule, rule, "{entries:?}");
        }
        let with = |spec| PolicySpec { settings: with_credentials(true), ..spec };
        let violations = |spec| check(&with(spec), Author::Operator).unwrap_err().len();
        assert_eq!(violations(spec(&["https://a.example", "*"])), 1);
        assert_eq!(violations(spec(&["http://a.example"])), 1);
        // The key is not there at all.
        assert_eq!(check(&PolicySpec::default(), Author::Operator).unwrap_err()[0].rule, Rule::NoOrigins);
        // In the source, these are slips.
        for entries in [&[][..], &["none"], &["any"]] {
            assert_eq!(rules(&spec(entries)).len(), 1, "{entries:?}");
        }
    }

    /// Ten times the entries take ten times as long, of each kind: right, wrong, covered, or all the same.
    #[test]
    fn long_lists() {
        let count = 20_000;
        let names = |name: &dyn Fn(usize) -> String| -> Vec<String> { (0..count).map(name).collect() };
        let lists = [
            names(&|number| format!("https://*.tenant-{number}.example")),
            names(&|number| format!("https://tenant-{number}.example:*")),
            names(&|number| format!("https://tenant-{number}.example/")),
            names(&|number| format!("https://tenant-{number}-*.vercel.app")),
            names(&|number| format!("https://a.tenant-{}.example", number % 7)),
            names(&|number| format!("https://{}.example", if number == 0 { "*" } else { "a" })),
        ];
        for (list, violations) in lists.iter().zip([0, 0, count, count, count - 7, count - 1]) {
            let origins = Some(list.iter().cloned().map(OriginSpec::Text).collect());
            let spec = PolicySpec { origins, ..PolicySpec::default() };
            assert_eq!(verdict(&spec).len(), violations, "{}", list[1]);
        }
        let many = names(&|number| format!("x-{number}"));
        let spec = PolicySpec { headers: many.clone(), methods: many, ..spec(&["*"]) };
        assert_eq!(verdict(&spec), []);
    }

    #[cfg(not(feature = "regex"))]
    #[test]
    fn without_expressions() {
        for (spec, message, help) in [
            (
                PolicySpec {
                    origins: Some(vec![OriginSpec::Regex(r"https://[a-z]+\.shop\.example".to_owned())]),
                    ..PolicySpec::default()
                },
                "the `regex` feature is disabled",
                "add the feature of `cors-runtime` that expressions take: `regex` in the source, or `runtime-regex` in policies \
                 that are built at run time, as documents are",
            ),
            (
                spec(&["https://shop-*-acme.vercel.app"]),
                "`https://shop-*-acme.vercel.app`: `*` is only allowed as the leading `*.` or as the port `:*`",
                "enable the feature `regex` of `cors-runtime`, and this message has an expression that matches what was \
                 meant",
            ),
        ] {
            let violations = check(&spec, Author::Developer).unwrap_err();
            assert_eq!(violations[0].message, message);
            assert_eq!(violations[0].help.in_syntax(Syntax::Attribute), help);
        }
    }
}
