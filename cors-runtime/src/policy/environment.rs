//! Reads the origins that stand in the environment.

use std::env::{self, VarError};

use cors_rules::{AllowedOrigins, Author, OriginSpec, Pattern, PolicySpec, Violation, check};

use crate::{
    policy::{
        Policy,
        data::{Entry, Origins, PolicyData, Unresolved},
        regex_set::RegexSet,
    },
    setup_error::{SetupError, SetupProblem},
};

impl Policy {
    /// Whether some of its origins are in the environment, which has not been read.
    pub(crate) fn is_unresolved(&self) -> bool {
        self.data().is_unresolved()
    }

    /// The same policy with the origins that are in the environment, as `env("NAME")` says.
    ///
    /// Routers do this by themselves, in [`finish`](crate::CorsRouter::finish); until it is done, such a policy grants
    /// nothing. It is of use for [`Policy::layer`], and for services that are built without axum.
    ///
    /// # Errors
    ///
    /// A variable that is not set and has no default, an empty list, an entry that breaks a rule: all of them at once.
    pub fn with_environment(&self) -> Result<Self, SetupError> {
        let data = self.data();
        let Origins::Unresolved(unresolved) = &data.origins else { return Ok(self.clone()) };
        let mut problems = Vec::new();
        let origins = resolve(unresolved, data, &mut problems);
        if !problems.is_empty() {
            return Err(SetupError { problems });
        }
        Ok(data.with_origins(origins).into())
    }
}

/// All entries, those in the source too, because they are one list to the rules.
fn resolve(unresolved: &Unresolved, policy: &PolicyData, problems: &mut Vec<SetupProblem>) -> Origins {
    let location = policy.location;
    let mut entries = Vec::new();
    // The variable of each entry, for the report.
    let mut variables = Vec::new();
    for entry in unresolved.entries {
        let (name, default) = match *entry {
            Entry::Text(text) => {
                entries.push(OriginSpec::Text(text.to_owned()));
                variables.push(None);
                continue;
            }
            Entry::Env { name, default } => (name, default),
        };
        let read = match (variable(name), default) {
            (Ok(Some(texts)), _) => texts,
            (Ok(None), Some(default)) => default.iter().map(|text| (*text).to_owned()).collect(),
            (Ok(None), None) => {
                problems.push(SetupProblem::variable(name, "it is not set", location));
                continue;
            }
            (Err(reason), _) => {
                problems.push(SetupProblem::variable(name, reason, location));
                continue;
            }
        };
        variables.extend(read.iter().map(|_| Some(name)));
        entries.extend(read.into_iter().map(OriginSpec::Text));
    }
    // It has been said why; that there is no origin at all is no news.
    let origins = |patterns: Vec<Pattern<'_>>| {
        let regexes = unresolved.regexes.as_ref().and_then(RegexSet::try_clone);
        let functions = unresolved.functions.clone();
        match patterns.is_empty() && regexes.is_none() && functions.is_empty() {
            true => Origins::None,
            false => {
                Origins::new(patterns.into_iter().map(Pattern::into_owned).collect(), regexes, functions)
            }
        }
    };
    if entries.is_empty() {
        return origins(Vec::new());
    }
    let spec = PolicySpec {
        origins: Some(entries),
        credentials: policy.credentials,
        allow: policy.allow.clone(),
        ..PolicySpec::default()
    };
    match check(&spec, Author::Developer) {
        Ok(checked) => match checked.origins {
            AllowedOrigins::Nobody => origins(Vec::new()),
            AllowedOrigins::Any => Origins::Any,
            AllowedOrigins::List(list) => origins(list.patterns),
        },
        Err(violations) => {
            problems.extend(violations.into_iter().map(|violation| {
                let own = violation.path.index.and_then(|index| variables.get(index).copied().flatten());
                let variable = own.unwrap_or_else(|| culprit(&violation, &spec, &variables));
                SetupProblem::entry(variable, violation, location)
            }));
            Origins::None
        }
    }
}

/// The variable because of which an entry of the source breaks a rule, which it would not without any.
fn culprit<'a>(violation: &Violation, spec: &PolicySpec, variables: &[Option<&'a str>]) -> &'a str {
    let entries = spec.origins.as_deref().unwrap_or_default();
    let is_culprit = |name: &&str| {
        let is_left = |variable: &Option<&str>| variable.is_none_or(|variable| variable == *name);
        let left = entries.iter().zip(variables).filter(|(_, variable)| is_left(variable));
        let left = left.map(|(entry, _)| entry.clone()).collect();
        let alone = PolicySpec { origins: Some(left), ..spec.clone() };
        check(&alone, Author::Developer)
            .is_err_and(|all| all.iter().any(|other| other.message == violation.message))
    };
    let names = || variables.iter().copied().flatten();
    names().find(is_culprit).or_else(|| names().next()).unwrap_or_default()
}

/// The entries in a variable; `None` if it is not set.
pub(crate) fn variable(name: &str) -> Result<Option<Vec<String>>, &'static str> {
    let text = match env::var(name) {
        Ok(text) => text,
        Err(VarError::NotPresent) => return Ok(None),
        Err(VarError::NotUnicode(_)) => return Err("it is not Unicode"),
    };
    let entries =
        text.split(|char: char| char == ',' || char.is_whitespace()).filter(|entry| !entry.is_empty());
    let entries: Vec<_> = entries
        .map(|entry| match entry {
            "any" => "*".to_owned(),
            entry => entry.to_owned(),
        })
        .collect();
    if entries.is_empty() { Err("it is empty") } else { Ok(Some(entries)) }
}
