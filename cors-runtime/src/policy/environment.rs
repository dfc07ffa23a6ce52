//! Origins in environment variables.

use std::env::{self, VarError};

use cors_rules::{AllowedOrigins, OriginSpec, Pattern, PolicySpec, RuleNote};

use crate::{
    policy::{
        Policy,
        data::{Entry, Origins, PolicyData, Unresolved},
        from_checked,
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
    /// A variable that is empty, or `none`, allows nobody. Entries that are already listed or covered are dropped, with a
    /// [note](Self::notes).
    ///
    /// # Errors
    ///
    /// A variable that is not set and has no default, and an entry that breaks a rule: all of them at once.
    pub fn with_environment(&self) -> Result<Self, SetupError> {
        let data = self.data();
        let Origins::Unresolved(unresolved) = &data.origins else { return Ok(self.clone()) };
        let (origins, notes) = resolve(unresolved, data).map_err(|problems| SetupError { problems })?;
        Ok(data.with_origins(origins, notes).into())
    }
}

/// All entries, those in the source too, because they are one list to the rules.
fn resolve(
    unresolved: &Unresolved,
    policy: &PolicyData,
) -> Result<(Origins, Vec<RuleNote>), Vec<SetupProblem>> {
    let mut problems = Vec::new();
    let mut entries = Vec::new();
    // The variable that contains each entry, for what is said of it.
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
        let (read, variable) = match (variable(name), default) {
            (Ok(Some(texts)), _) => (texts, Some(name)),
            (Ok(None), Some(default)) => (default.iter().map(|text| (*text).to_owned()).collect(), None),
            (Ok(None), None) => {
                problems.push(SetupProblem::variable(name, "it is not set", policy.location));
                continue;
            }
            (Err(reason), _) => {
                problems.push(SetupProblem::variable(name, reason, policy.location));
                continue;
            }
        };
        variables.extend(read.iter().map(|_| variable));
        entries.extend(read.into_iter().map(OriginSpec::Text));
    }
    let spec = PolicySpec {
        origins: Some(entries),
        settings: policy.settings.with_max_age(None),
        allow: policy.allow.clone(),
        ..PolicySpec::default()
    };
    let variable = |index: Option<usize>| index.and_then(|index| variables.get(index).copied().flatten());
    let checked = match from_checked::check(&spec) {
        Ok(checked) => checked,
        Err(violations) => {
            // The entries of the source are right by themselves, and beside any others.
            problems.extend(violations.into_iter().map(|violation| {
                let variable = variable(violation.path.index).unwrap_or_default();
                SetupProblem::entry(variable, violation, policy.location)
            }));
            return Err(problems);
        }
    };
    if !problems.is_empty() {
        return Err(problems);
    }
    let of_entries = checked.notes.into_iter().map(|mut note| {
        note.variable = variable(note.violation.path.index).map(str::to_owned);
        note.violation.path.index = None;
        note
    });
    let notes = policy.notes.iter().cloned().chain(of_entries).collect();
    let patterns = match checked.origins {
        AllowedOrigins::Any => return Ok((Origins::Any, notes)),
        AllowedOrigins::Nobody => Vec::new(),
        AllowedOrigins::List(list) => list.patterns.into_iter().map(Pattern::into_owned).collect(),
    };
    let regexes = unresolved.regexes.as_ref().and_then(RegexSet::try_clone);
    let functions = unresolved.functions.clone();
    let origins = match patterns.is_empty() && regexes.is_none() && functions.is_empty() {
        true => Origins::None,
        false => Origins::new(patterns, regexes, functions),
    };
    Ok((origins, notes))
}

/// The entries in a variable; `None` if it is not set.
///
/// # Errors
///
/// Why it cannot be read.
pub(crate) fn variable(name: &str) -> Result<Option<Vec<String>>, &'static str> {
    let text = match env::var(name) {
        Ok(text) => text,
        Err(VarError::NotPresent) => return Ok(None),
        Err(VarError::NotUnicode(_)) => return Err("it is not Unicode"),
    };
    let entries =
        text.split(|char: char| char == ',' || char.is_whitespace()).filter(|entry| !entry.is_empty());
    let entries: Vec<_> = entries.map(str::to_owned).collect();
    // It says so of itself, whatever is beside it in the policy.
    let is_nobody = matches!(entries.as_slice(), [only] if only == "none");
    Ok(Some(if is_nobody { Vec::new() } else { entries }))
}
