//! Reads the origins that stand in the environment.

use std::env::{self, VarError};

use cors_rules::{AllowedOrigins, Violation, Written, WrittenOrigin, WrittenOrigins, check};

use crate::{
    policy::{Entry, Origins, Policy, PolicyData, Unread, proven, regexes::Regexes},
    setup_error::{SetupError, SetupProblem},
};

impl Policy {
    /// Whether some of its origins stand in the environment, which has not been read.
    pub(crate) fn is_unread(&self) -> bool {
        matches!(self.data().origins, Origins::Unread(_))
    }

    /// The same policy with the origins that stand in the environment, as `env("NAME")` says.
    ///
    /// Routers do this by themselves, in [`finish`](crate::CorsRouter::finish); until it is done, such a policy grants
    /// nothing. It is of use to services that are built without axum.
    ///
    /// # Errors
    ///
    /// A variable that is not set and has no default, an empty list, an entry that breaks a rule: all of them at once.
    pub fn with_environment(&self) -> Result<Self, SetupError> {
        let data = self.data();
        let Origins::Unread(unread) = &data.origins else { return Ok(self.clone()) };
        let mut problems = Vec::new();
        let origins = read(unread, data, &mut problems);
        if !problems.is_empty() {
            return Err(SetupError { problems });
        }
        let PolicyData {
            origins: _,
            credentials,
            enforce,
            methods,
            allow_methods,
            allow_headers,
            expose_headers,
            max_age,
            source,
        } = data;
        let read = PolicyData {
            origins,
            credentials: *credentials,
            enforce: *enforce,
            methods: methods.clone(),
            allow_methods: allow_methods.clone(),
            allow_headers: allow_headers.clone(),
            expose_headers: expose_headers.clone(),
            max_age: max_age.clone(),
            source: *source,
        };
        Ok(read.into())
    }
}

/// All entries, those in the source too, because they are one list to the rules.
fn read(unread: &Unread, policy: &PolicyData, problems: &mut Vec<SetupProblem>) -> Origins {
    let source = policy.source;
    let mut entries = Vec::new();
    // The variable of each entry, for the report.
    let mut variables = Vec::new();
    for entry in unread.entries {
        let (name, default) = match *entry {
            Entry::Text(text) => {
                entries.push(WrittenOrigin::Text(text.to_owned()));
                variables.push(None);
                continue;
            }
            Entry::Env { name, default } => (name, default),
        };
        let read = match (variable(name), default) {
            (Ok(Some(texts)), _) => texts,
            (Ok(None), Some(default)) => default.iter().map(|text| (*text).to_owned()).collect(),
            (Ok(None), None) => {
                problems.push(SetupProblem::variable(name, "it is not set", source));
                continue;
            }
            (Err(reason), _) => {
                problems.push(SetupProblem::variable(name, reason, source));
                continue;
            }
        };
        variables.extend(read.iter().map(|_| Some(name)));
        entries.extend(read.into_iter().map(WrittenOrigin::Text));
    }
    // It has been said why; that there is no origin at all is no news.
    if entries.is_empty() {
        return Origins::None;
    }
    let written = Written {
        origins: WrittenOrigins::List(entries),
        credentials: policy.credentials,
        allow: unread.allow.to_vec(),
        ..Written::default()
    };
    match check(&written) {
        Ok(proven) => match proven.origins {
            AllowedOrigins::Any => Origins::Any,
            AllowedOrigins::When => Origins::None,
            AllowedOrigins::List(list) => {
                proven::origins(list.patterns, unread.regexes.as_ref().and_then(Regexes::again))
            }
        },
        Err(violations) => {
            problems.extend(violations.into_iter().map(|violation| {
                let own = violation.place.index.and_then(|index| variables.get(index).copied().flatten());
                let variable = own.unwrap_or_else(|| culprit(&violation, &written, &variables));
                SetupProblem::entry(variable, violation, source)
            }));
            Origins::None
        }
    }
}

/// The variable because of which an entry of the source breaks a rule, which it would not without any.
fn culprit<'a>(violation: &Violation, written: &Written, variables: &[Option<&'a str>]) -> &'a str {
    let WrittenOrigins::List(entries) = &written.origins else { return "" };
    let is_culprit = |name: &&str| {
        let is_left = |variable: &Option<&str>| variable.is_none_or(|variable| variable == *name);
        let left = entries.iter().zip(variables).filter(|(_, variable)| is_left(variable));
        let left = WrittenOrigins::List(left.map(|(entry, _)| entry.clone()).collect());
        let alone = Written { origins: left, ..written.clone() };
        check(&alone).is_err_and(|all| all.iter().any(|other| other.message == violation.message))
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
