//! The rules for the list of origins.

use std::borrow::Cow;

use crate::{
    check::{ANY, AllowedOrigins, CheckedOrigins, Checker},
    danger::Danger,
    diagnosis::{self, Diagnosis},
    help::{Help, Remedy, Snippet},
    key::Key,
    pattern::Pattern,
    printable::Printable,
    regex::{Automaton, OriginRegex},
    spec::OriginSpec,
    violation::{Fault, Outcome, Rule},
};

/// The entries of `origins` by what they are, each with its index.
#[derive(Default)]
pub(super) struct Entries<'a> {
    /// Those that allow everything.
    pub(super) any: Vec<usize>,
    pub(super) patterns: Vec<(usize, Pattern<'a>)>,
    pub(super) regexes: Vec<(usize, OriginRegex)>,
    pub(super) variables: Vec<(usize, &'a str)>,
    pub(super) functions: Vec<(usize, &'a str)>,
    pub(super) constants: Vec<(usize, &'a str)>,
}

impl<'a> Checker<'a> {
    pub(super) fn origins(&mut self, list: Option<&'a [OriginSpec]>) -> AllowedOrigins<'a> {
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

    pub(super) fn is_any(&self, entry: &OriginSpec) -> bool {
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
                OriginSpec::Regex(_) if !self.takes_expressions => Err(no_expressions()),
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
        if !self.takes_expressions {
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
            entries: const { &[Snippet::Env(Cow::Borrowed("CORS_ORIGINS"))] },
        };
        return Err(Fault::new(Rule::BadVariable, message, EXAMPLE));
    }
    Ok(())
}

/// The message for an expression in a build that cannot compile any.
pub(crate) fn no_expressions() -> Fault {
    let help = "add the feature of `cors-runtime` that expressions take: `regex` in the source, or `runtime-regex` in \
                policies that are built at run time, as documents are";
    Fault::new(Rule::NoRegexFeature, "the `regex` feature is disabled", Remedy::advice(help))
}
