//! From the values of a document to a policy, or to everything that is wrong with it. Knows what is a key, a list or a flag;
//! what is right for a policy is for the rules to say, and here their verdicts get their paths.

use std::{collections::HashSet, fmt};

use cors_rules::{
    Allow, CheckedPolicy, Enforce, Key, MAX_AGE_FORM, MaxAge, OriginSpec, PolicySpec, Printable, Rule,
    Settings, Syntax, Violation, closest,
};

use crate::{
    location::PolicyLocation,
    policy::{
        Policy,
        builder::write_problem,
        environment,
        from_checked::{self, Extras},
    },
};

use super::value::{DocumentTable, DocumentValue};

/// Everything that is wrong with a document.
///
/// Displayed, it is the messages, each with its path in front and its help below.
#[derive(Debug)]
pub(super) struct Problems(Vec<Problem>);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Problem {
    path: String,
    message: String,
    help: String,
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Problem { path, message, help } in &self.0 {
            write_problem(f, path, message, help)?;
            f.write_str("\n")?;
        }
        // Some formats put the place in the file behind this.
        match self.0.len() {
            1 => f.write_str("1 mistake in the CORS policy"),
            count => write!(f, "{count} mistakes in the CORS policy"),
        }
    }
}

impl Problem {
    /// Unknown keys first, and then in the order of the documentation and of the entries, as formats may sort the keys.
    fn order(&self) -> (Option<usize>, Option<usize>) {
        let end = self.path.find(['[', '.']).unwrap_or(self.path.len());
        let (key, entry) = self.path.split_at(end);
        let index = entry.strip_prefix('[').and_then(|rest| rest.split(']').next()).map(str::parse);
        (Key::ALL.iter().position(|known| known.name() == key), index.and_then(Result::ok))
    }
}

/// The policy that the document says.
pub(super) fn policy(table: DocumentTable) -> Result<Policy, Problems> {
    let mut reader = Reader::default();
    for (name, value) in table.0 {
        reader.key_and_value(&name, value);
    }
    reader.check_exclusive_keys();
    reader.policy().ok_or_else(|| {
        let mut problems = reader.problems;
        problems.sort_by_cached_key(Problem::order);
        Problems(problems)
    })
}

/// What has been read.
#[derive(Default)]
struct Reader {
    origins: Vec<(String, OriginEntry)>,
    headers: Vec<(String, String)>,
    expose: Vec<(String, String)>,
    methods: Vec<(String, String)>,
    settings: Settings<MaxAge>,
    none: bool,
    allow: Vec<Allow>,
    /// The keys so far.
    seen: Vec<Key>,
    /// Whether there is an unknown key, which may have been meant as the origins.
    has_unknown_key: bool,
    problems: Vec<Problem>,
    reported: HashSet<Problem>,
}

/// An entry of `origins`.
enum OriginEntry {
    Text(String),
    Regex(String),
    Env { name: String, default: Option<Vec<(String, String)>> },
}

/// The origins as the rules take them, each with its place.
type OriginEntries = Vec<(EntryPlace, OriginSpec)>;

/// Where in a document an origin is.
#[derive(Clone)]
struct EntryPlace {
    /// The path, for messages.
    path: String,
    /// The entry of `origins`.
    index: usize,
    /// The variable that contains it.
    variable: Option<String>,
}

impl Reader {
    fn report(&mut self, path: impl Into<String>, message: impl Into<String>, help: impl Into<String>) {
        let problem = Problem { path: path.into(), message: message.into(), help: help.into() };
        // What is read from the environment is judged together with what has been judged before.
        if self.reported.insert(problem.clone()) {
            self.problems.push(problem);
        }
    }

    fn key_and_value(&mut self, name: &str, value: DocumentValue) {
        let Some(key) = Key::from_name(name).filter(|key| key.is_literal()) else {
            return self.report_unknown_key(name);
        };
        if self.seen.contains(&key) {
            let help = match key {
                Key::Origins | Key::Headers | Key::Expose | Key::Methods | Key::Allow => {
                    "put all entries into one list"
                }
                _ => "remove it",
            };
            return self.report(name, format!("`{name}` is already set"), help);
        }
        self.seen.push(key);
        match key {
            Key::Origins => self.origins = self.origins(value),
            Key::Headers => self.headers = self.names(key, value),
            Key::Expose => self.expose = self.names(key, value),
            Key::Methods => self.methods = self.methods(value),
            Key::MaxAge => self.settings.max_age = self.max_age(value),
            Key::Credentials => self.settings.credentials = self.flag(key, &value),
            Key::Enforce => self.settings.enforce = self.enforce(&value),
            Key::Timing => self.settings.timing = self.flag(key, &value),
            Key::None => self.none = self.flag(key, &value),
            Key::Allow => self.allow = self.allow(value),
            // `is_literal` has separated them.
            Key::Policy | Key::Delegate | Key::State | Key::Crate => {}
        }
    }

    fn report_unknown_key(&mut self, name: &str) {
        self.has_unknown_key = true;
        let (_, help) = Syntax::Document.unknown_key(name);
        let name = Printable(name).to_string();
        self.report(&name, format!("unknown key `{name}`"), help);
    }

    fn check_exclusive_keys(&mut self) {
        // WebSockets are not a matter of CORS.
        let others: Vec<_> = self.seen.iter().filter(|key| !matches!(key, Key::None | Key::Allow)).collect();
        if self.none && !others.is_empty() {
            let message = match others.as_slice() {
                [other] => format!("`none` cannot be combined with `{}`", other.name()),
                _ => "`none` cannot be combined with other keys".to_owned(),
            };
            self.report("none", message, "remove it, or remove everything else");
        }
    }

    /// The values in the list, each with its path; a single `any` is a list of one.
    fn list(&mut self, key: Key, value: DocumentValue) -> Option<Vec<(String, DocumentValue)>> {
        let name = key.name();
        let message = match value {
            DocumentValue::List(values) => {
                let path = |index| format!("{name}[{index}]");
                return Some(
                    values.into_iter().enumerate().map(|(index, value)| (path(index), value)).collect(),
                );
            }
            DocumentValue::Text(text) if is_any(&text) && key != Key::Allow => {
                return Some(vec![(name.to_owned(), DocumentValue::Text(text))]);
            }
            // What a template makes of a variable that is empty.
            DocumentValue::Text(text) if is_nobody(&text) && key == Key::Origins => return Some(Vec::new()),
            DocumentValue::Text(text) => {
                let help = format!("write `{name} = [\"{}\"]`", Printable(&text));
                self.report(name, format!("`{name}` takes a list, and this is a single text"), help);
                return None;
            }
            DocumentValue::Nothing => format!("`{name}` needs a value"),
            other => format!("`{name}` takes a list, and this is {}", other.kind()),
        };
        self.report(name, message, write_example(key));
        None
    }

    fn methods(&mut self, value: DocumentValue) -> Vec<(String, String)> {
        if matches!(&value, DocumentValue::List(methods) if methods.is_empty()) {
            // Nothing that is narrowed to nothing would be narrowed.
            self.report(
                "methods",
                "`methods` is empty",
                "list the methods, or remove `methods`: then it is for all of them",
            );
        }
        self.names(Key::Methods, value)
    }

    fn names(&mut self, key: Key, value: DocumentValue) -> Vec<(String, String)> {
        let mut names = Vec::new();
        for (path, value) in self.list(key, value).unwrap_or_default() {
            match value {
                DocumentValue::Text(text) => names.push((path, or_star(text))),
                other => self.report_entry(key, path, &other),
            }
        }
        names
    }

    fn report_entry(&mut self, key: Key, path: String, value: &DocumentValue) {
        let message = format!("an entry of `{}` is a text, and this is {}", key.name(), value.kind());
        self.report(path, message, format!("write {:?}", key.example_entry()));
    }

    fn origins(&mut self, value: DocumentValue) -> Vec<(String, OriginEntry)> {
        let values = self.list(Key::Origins, value);
        let mut origins = Vec::new();
        for (path, value) in values.unwrap_or_default() {
            let origin = match value {
                DocumentValue::Text(text) => Some(OriginEntry::Text(or_star(text))),
                DocumentValue::Table(table) => self.special_origin(&path, table),
                other => {
                    self.report_entry(Key::Origins, path.clone(), &other);
                    None
                }
            };
            origins.extend(origin.map(|origin| (path, origin)));
        }
        origins
    }

    /// `{ regex = ".." }` or `{ env = "NAME", default = [..] }`
    fn special_origin(&mut self, path: &str, table: DocumentTable) -> Option<OriginEntry> {
        let problems = self.problems.len();
        let (mut regex, mut env, mut default) = (None, None, None);
        for (name, value) in table.0 {
            let path = format!("{path}.{}", Printable(&name));
            match (name.as_str(), value) {
                ("regex", DocumentValue::Text(text)) => regex = Some(text),
                ("env", DocumentValue::Text(text)) => env = Some(text),
                ("regex" | "env", other) => {
                    let message = format!("`{name}` takes a text, and this is {}", other.kind());
                    self.report(path, message, format!("for example: write {}", special_example(&name)));
                }
                ("default", value) => default = Some(self.defaults(&path, value)),
                _ => {
                    let help = match suggested(&name) {
                        Some(meant) => format!("write `{meant}`"),
                        None => known("keys", SPECIAL),
                    };
                    self.report(path, format!("unknown key `{}`", Printable(&name)), help);
                }
            }
        }
        match (regex, env) {
            _ if self.problems.len() > problems => None,
            (Some(text), None) if default.is_none() => Some(OriginEntry::Regex(text)),
            (None, Some(name)) => Some(OriginEntry::Env { name, default }),
            (None, None) => {
                let help =
                    format!("for example: write {}, or {}", special_example("regex"), special_example("env"));
                self.report(path, "a table among the origins has the key `regex` or `env`", help);
                None
            }
            (Some(_), _) => {
                let message = "`regex` cannot be combined with other keys in its table";
                self.report(path, message, "write a table for each entry of `origins`");
                None
            }
        }
    }

    fn defaults(&mut self, path: &str, value: DocumentValue) -> Vec<(String, String)> {
        let help = format!("for example: write {}", special_example("env"));
        let mut texts = Vec::new();
        match value {
            DocumentValue::List(values) => {
                for (index, value) in values.into_iter().enumerate() {
                    let path = format!("{path}[{index}]");
                    match value {
                        DocumentValue::Text(text) => texts.push((path, or_star(text))),
                        other => {
                            let message =
                                format!("an entry of `default` is a text, and this is {}", other.kind());
                            self.report(path, message, &help);
                        }
                    }
                }
            }
            _ => self.report(path, "`default` must be a list of origins", help),
        }
        texts
    }

    fn max_age(&mut self, value: DocumentValue) -> Option<MaxAge> {
        match value {
            DocumentValue::Whole(seconds) => return Some(MaxAge::Seconds(seconds)),
            DocumentValue::Number(text) | DocumentValue::Text(text) => return Some(MaxAge::Text(text)),
            DocumentValue::Nothing => {
                self.report("max_age", "`max_age` needs a value", write_example(Key::MaxAge));
            }
            other => {
                let message =
                    format!("`max_age` takes a number of seconds, or a text, and this is {}", other.kind());
                self.report("max_age", message, MAX_AGE_FORM);
            }
        }
        None
    }

    fn flag(&mut self, key: Key, value: &DocumentValue) -> bool {
        let name = key.name();
        match value {
            DocumentValue::Flag(flag) => *flag,
            other => {
                let message = format!("`{name}` is `true` or `false`, and this is {}", other.kind());
                self.report(name, message, format!("write {}", flag_example(key)));
                false
            }
        }
    }

    /// `true`, `false` or `"strict"`
    fn enforce(&mut self, value: &DocumentValue) -> Enforce {
        match value {
            DocumentValue::Text(text) if text == "strict" => Enforce::Strict,
            DocumentValue::Text(text) if closest(text, ["strict"]).is_some() => {
                let message =
                    format!("`enforce` is `true`, `false` or \"strict\", and this is `{}`", Printable(text));
                self.report("enforce", message, "write `enforce = \"strict\"`");
                Enforce::Strict
            }
            value if self.flag(Key::Enforce, value) => Enforce::CrossOrigin,
            _ => Enforce::Off,
        }
    }

    fn allow(&mut self, value: DocumentValue) -> Vec<Allow> {
        let mut allowed = Vec::new();
        for (path, value) in self.list(Key::Allow, value).unwrap_or_default() {
            let DocumentValue::Text(name) = value else {
                let message = format!("an entry of `allow` is a name, and this is {}", value.kind());
                self.report(path, message, known("names", Allow::ALL.iter().map(|allow| allow.name())));
                continue;
            };
            let known_name = Allow::from_name(&name);
            let allow = known_name.or_else(|| Allow::suggest(&name));
            if known_name.is_none() {
                let help = match allow {
                    Some(allow) => format!("write `{}`", allow.name()),
                    None => known("names", Allow::ALL.iter().map(|allow| allow.name())),
                };
                self.report(path, format!("unknown name `{}`", Printable(&name)), help);
            }
            // A misspelt name counts: what it is meant to allow is then not reported as well.
            allowed.extend(allow);
        }
        allowed
    }

    /// The policy, if nothing is wrong with it.
    fn policy(&mut self) -> Option<Policy> {
        // As it is in the document: a default is checked even while its variable is set.
        let as_written = self.as_written();
        let origins = if self.origins.iter().any(|(_, origin)| matches!(origin, OriginEntry::Env { .. })) {
            self.check(&as_written, |_| {});
            self.as_read()
        } else {
            as_written
        };
        let mut policy = None;
        let extras = Extras { allow: self.allow.clone(), ..Extras::default() };
        self.check(&origins, |checked| policy = Some(from_checked::policy(checked, extras, LOCATION).into()));
        policy.filter(|_| self.problems.is_empty())
    }

    fn check(&mut self, origins: &OriginEntries, use_checked: impl FnOnce(CheckedPolicy<'_>)) {
        let texts = |list: &[(String, String)]| list.iter().map(|(_, text)| text.clone()).collect();
        let entries = || origins.iter().map(|(_, origin)| origin.clone()).collect();
        let spec = PolicySpec {
            origins: (self.none || self.seen.contains(&Key::Origins)).then(entries),
            headers: texts(&self.headers),
            expose: texts(&self.expose),
            methods: texts(&self.methods),
            settings: self.settings.clone(),
            allow: self.allow.clone(),
        };
        match from_checked::check(&spec) {
            Ok(mut checked) => {
                for note in &mut checked.notes {
                    let path = &mut note.violation.path;
                    if let (Key::Origins, Some(index)) = (path.key, path.index)
                        && let Some((place, _)) = origins.get(index)
                    {
                        path.index = Some(place.index);
                        note.variable.clone_from(&place.variable);
                    }
                }
                use_checked(checked);
            }
            Err(violations) => {
                for violation in violations {
                    // It has been said why.
                    if violation.rule != Rule::NoOrigins || !self.has_unknown_key {
                        let path = self.path(&violation, origins);
                        self.report(path, violation.message, violation.help.in_syntax(Syntax::Document));
                    }
                }
            }
        }
    }

    fn path(&self, violation: &Violation, origins: &OriginEntries) -> String {
        let place = violation.path;
        let entry = place.index.and_then(|index| match place.key {
            Key::Origins => origins.get(index).map(|(place, _)| &place.path),
            // The other lists are judged only as they are written.
            _ => None,
        });
        entry.cloned().unwrap_or_else(|| place.to_string())
    }

    fn as_written(&self) -> OriginEntries {
        let mut origins = Vec::new();
        for (index, (path, origin)) in self.origins.iter().enumerate() {
            let place = |path: &String| EntryPlace { path: path.clone(), index, variable: None };
            match origin {
                OriginEntry::Text(text) => origins.push((place(path), OriginSpec::Text(text.clone()))),
                OriginEntry::Regex(text) => origins.push((place(path), OriginSpec::Regex(text.clone()))),
                OriginEntry::Env { name, default } => {
                    origins.push((place(path), OriginSpec::Env(name.clone())));
                    let default = default.iter().flatten();
                    origins.extend(
                        default.map(|(path, text)| (place(path), OriginSpec::EnvDefault(text.clone()))),
                    );
                }
            }
        }
        origins
    }

    /// The same with what the environment says.
    fn as_read(&mut self) -> OriginEntries {
        let mut origins = Vec::new();
        for (index, (path, origin)) in std::mem::take(&mut self.origins).into_iter().enumerate() {
            let place = |path| EntryPlace { path, index, variable: None };
            match origin {
                OriginEntry::Text(text) => origins.push((place(path), OriginSpec::Text(text))),
                OriginEntry::Regex(text) => origins.push((place(path), OriginSpec::Regex(text))),
                OriginEntry::Env { name, default } => match (environment::variable(&name), default) {
                    (Ok(Some(texts)), _) => {
                        let path = format!("{path} (the variable `{}`)", Printable(&name));
                        let place = EntryPlace { path, index, variable: Some(name) };
                        origins.extend(texts.into_iter().map(|text| (place.clone(), OriginSpec::Text(text))));
                    }
                    (Ok(None), Some(default)) => {
                        let default = default.into_iter();
                        origins.extend(default.map(|(path, text)| (place(path), OriginSpec::Text(text))));
                    }
                    (Ok(None), None) => self.report_variable(&path, &name, "it is not set"),
                    (Err(reason), _) => self.report_variable(&path, &name, reason),
                },
            }
        }
        origins
    }

    fn report_variable(&mut self, path: &str, name: &str, reason: &str) {
        // There may be no such variable at all.
        if self.problems.iter().any(|problem| problem.path == path) {
            return;
        }
        let name = Printable(name);
        let message = format!("the origins are in the environment variable `{name}`, but {reason}");
        let help = format!(
            "set it to a list of origins, with commas or spaces between them, or write \
             `{{ env = \"{name}\", default = [..] }}`"
        );
        self.report(path, message, help);
    }
}

const LOCATION: PolicyLocation = PolicyLocation::new("", 0, "a document");

/// The keys of a table among the origins.
const SPECIAL: [&str; 3] = ["regex", "env", "default"];

/// The key that was probably meant in a table among the origins.
fn suggested(name: &str) -> Option<&'static str> {
    cors_rules::closest(name, SPECIAL)
}

fn special_example(name: &str) -> &'static str {
    match name {
        "regex" => r"`{ regex = 'https://[a-z]+\.shop\.example' }`",
        _ => r#"`{ env = "CORS_ORIGINS", default = ["http://localhost:3000"] }`"#,
    }
}

fn is_nobody(text: &str) -> bool {
    matches!(text.trim(), "" | "none")
}

fn is_any(text: &str) -> bool {
    matches!(text, "any" | "*")
}

/// The text as the rules take it.
fn or_star(text: String) -> String {
    if is_any(&text) { "*".to_owned() } else { text }
}

/// The help that shows a key with a value.
fn write_example(key: Key) -> String {
    format!("write `{}`", Syntax::Document.example(key))
}

fn flag_example(key: Key) -> String {
    format!("`{} = true`", key.name())
}

/// The help where it is unknown which name is meant.
fn known(what: &str, names: impl IntoIterator<Item = &'static str>) -> String {
    let names: Vec<_> = names.into_iter().map(|name| format!("`{name}`")).collect();
    format!("the {what} are {}", names.join(", "))
}
