//! From a policy to the values of a document that says the same.

use cors_rules::{Allow, Key, MaxAge, Written, WrittenOrigin, WrittenOrigins, check};
use http::HeaderValue;

use crate::policy::{Entry, Origins, Policy, PolicyData, builder::PolicyError, regexes::Regexes, text};

use super::value::{Table, Value};

/// The document, or why there is none.
pub(super) fn policy(policy: &Policy) -> Result<Table, String> {
    let PolicyData {
        origins,
        credentials,
        enforce,
        methods,
        allow_methods: _, // It is made of `methods`.
        allow_headers,
        expose_headers,
        max_age,
        source: _, // It is not what the policy says.
    } = policy.data();

    let entries = match origins {
        Origins::None => return Ok(Table(vec![(Key::None.name().to_owned(), Value::Flag(true))])),
        Origins::When(when) => {
            return Err(format!(
                "a policy whose origins are decided on by `when({})` cannot be written to a document: it would lack \
                 the function",
                when.name
            ));
        }
        Origins::Any => vec![WrittenOrigin::Text(ANY.to_owned())],
        Origins::One(origin) => vec![WrittenOrigin::Text(text(origin).to_owned())],
        Origins::Set(list) => {
            let exact = list.exact.iter().map(|origin| text(origin).to_owned());
            let patterns = list.patterns.iter().map(ToString::to_string);
            exact.chain(patterns).map(WrittenOrigin::Text).chain(regexes(list.regexes.as_ref())).collect()
        }
        Origins::Unread(unread) => {
            unread.entries.iter().flat_map(entries).chain(regexes(unread.regexes.as_ref())).collect()
        }
    };
    let seconds = max_age.as_ref().and_then(|value| text(value).parse().ok());
    let mut written = Written {
        origins: WrittenOrigins::List(entries),
        headers: names(allow_headers.as_ref()),
        expose: names(expose_headers.as_ref()),
        methods: methods.iter().map(|name| name.clone().into_owned()).collect(),
        max_age: seconds.map(MaxAge::Seconds),
        credentials: *credentials,
        allow: Vec::new(),
    };
    allow_what_it_needs(&mut written).map_err(|error| error.to_string())?;
    if let Origins::Unread(unread) = origins {
        // It may be needed once the variables have been read.
        let more = unread.allow.iter().filter(|allow| !written.allow.contains(allow)).copied();
        written.allow.extend(more.collect::<Vec<_>>());
    }

    let WrittenOrigins::List(origins) = &written.origins else { return Ok(Table::default()) };
    let mut table = Vec::new();
    let mut add = |key: Key, value| table.push((key.name().to_owned(), value));
    add(Key::Origins, list_or_any(origin_values(origins)));
    for (key, names) in
        [(Key::Headers, &written.headers), (Key::Expose, &written.expose), (Key::Methods, &written.methods)]
    {
        if !names.is_empty() {
            add(key, list_or_any(names.iter().map(|name| any_or(name)).collect()));
        }
    }
    if let Some(seconds) = seconds {
        add(Key::MaxAge, Value::Whole(seconds));
    }
    for (key, flag) in [(Key::Credentials, *credentials), (Key::Enforce, *enforce)] {
        if flag {
            add(key, Value::Flag(true));
        }
    }
    if !written.allow.is_empty() {
        let names = written.allow.iter().map(|allow| Value::Text(allow.name().to_owned()));
        add(Key::Allow, Value::List(names.collect()));
    }
    Ok(Table(table))
}

/// The least names in `allow` without which the rules would refuse it.
///
/// A policy does not keep them, because it is proven; but whoever reads the document has the proof to make again.
fn allow_what_it_needs(written: &mut Written) -> Result<(), PolicyError> {
    if check(written).is_ok() {
        return Ok(());
    }
    written.allow = Allow::ALL.to_vec();
    check(written).map_err(|violations| PolicyError { violations })?;
    for allow in Allow::ALL {
        let all = written.allow.clone();
        written.allow.retain(|other| *other != allow);
        if check(written).is_err() {
            written.allow = all;
        }
    }
    Ok(())
}

/// What the rules take for `any`.
const ANY: &str = "*";

/// An entry of a list that has not been read, and its default.
fn entries(entry: &Entry) -> Vec<WrittenOrigin> {
    match *entry {
        Entry::Text(text) => vec![WrittenOrigin::Text(text.to_owned())],
        Entry::Env { name, default } => {
            let default = default.iter().copied().flatten();
            let default = default.map(|text| WrittenOrigin::Default((*text).to_owned()));
            std::iter::once(WrittenOrigin::Env(name.to_owned())).chain(default).collect()
        }
    }
}

fn regexes(regexes: Option<&Regexes>) -> impl Iterator<Item = WrittenOrigin> {
    let texts = regexes.map(Regexes::texts).unwrap_or_default();
    texts.iter().map(|text| WrittenOrigin::Regex(text.clone().into_owned()))
}

/// The names in the value of a header.
fn names(value: Option<&HeaderValue>) -> Vec<String> {
    value.map(|value| text(value).split(", ").map(str::to_owned).collect()).unwrap_or_default()
}

fn origin_values(origins: &[WrittenOrigin]) -> Vec<Value> {
    let table = |name: &str, value| Table(vec![(name.to_owned(), value)]);
    let mut values = Vec::new();
    for origin in origins {
        match origin {
            WrittenOrigin::Text(text) => values.push(any_or(text)),
            WrittenOrigin::Regex(text) => {
                values.push(Value::Table(table("regex", Value::Text(text.clone()))))
            }
            WrittenOrigin::Env(name) => values.push(Value::Table(table("env", Value::Text(name.clone())))),
            WrittenOrigin::Default(text) => {
                // It is behind its variable.
                if let Some(Value::Table(Table(variable))) = values.last_mut() {
                    match variable.last_mut() {
                        Some((_, Value::List(default))) => default.push(any_or(text)),
                        _ => variable.push(("default".to_owned(), Value::List(vec![any_or(text)]))),
                    }
                }
            }
        }
    }
    values
}

/// The entry as people write it.
fn any_or(text: &str) -> Value {
    Value::Text(if text == ANY { "any".to_owned() } else { text.to_owned() })
}

/// A list that holds nothing but `any` is written as that.
fn list_or_any(values: Vec<Value>) -> Value {
    match <[Value; 1]>::try_from(values) {
        Ok([Value::Text(text)]) if text == "any" => Value::Text(text),
        Ok(only) => Value::List(only.into()),
        Err(values) => Value::List(values),
    }
}
