//! From a policy to the values of a document that says the same.

use cors_rules::{Allow, Key, Settings};

use crate::policy::{
    Policy,
    data::{Enforce, Entry, Names, Origins, PolicyData},
};

use super::value::{DocumentTable, DocumentValue};

/// The document, or why it cannot be written.
pub(super) fn policy(policy: &Policy) -> Result<DocumentTable, String> {
    let PolicyData {
        origins,
        headers,
        expose,
        methods,
        settings: Settings { max_age, credentials, enforce, timing },
        allow,
        location: _, // It is not what the policy says,
        notes: _,    // nor this,
        prepared: _, // and this is made of the rest.
    } = policy.data();

    if let Some(function) = origins.functions().first() {
        return Err(format!(
            "a policy whose origins are decided on by `{function:?}` cannot be written to a document: it would lack the \
             function"
        ));
    }
    let regexes = origins.regexes();
    if cfg!(not(feature = "runtime-regex")) && !regexes.is_empty() {
        return Err("a policy with regular expressions cannot be written to a document, which could not be read without \
                    the feature `runtime-regex`"
            .to_owned());
    }
    let regexes = regexes.iter().map(|text| one_key("regex", DocumentValue::Text(text.clone().into_owned())));
    let origins = match origins {
        Origins::None => DocumentValue::List(Vec::new()),
        Origins::Any => DocumentValue::Text(ANY.to_owned()),
        Origins::One(_) | Origins::List(_) => {
            DocumentValue::List(origins.texts().into_iter().map(DocumentValue::Text).chain(regexes).collect())
        }
        Origins::Unresolved(unresolved) => {
            DocumentValue::List(unresolved.entries.iter().map(entry).chain(regexes).collect())
        }
    };

    let mut table = Vec::new();
    let mut add = |key: Key, value| table.push((key.name().to_owned(), value));
    add(Key::Origins, origins);
    for (key, list) in [(Key::Headers, headers), (Key::Expose, expose)] {
        if let Some(value) = names(list) {
            add(key, value);
        }
    }
    if !methods.names.is_empty() {
        add(
            Key::Methods,
            DocumentValue::List(
                methods.names.iter().map(|name| DocumentValue::Text(name.clone().into_owned())).collect(),
            ),
        );
    }
    if let Some(max_age) = max_age {
        add(Key::MaxAge, DocumentValue::Whole(max_age.seconds.into()));
    }
    if *credentials {
        add(Key::Credentials, DocumentValue::Flag(true));
    }
    match enforce {
        Enforce::Off => {}
        Enforce::CrossOrigin => add(Key::Enforce, DocumentValue::Flag(true)),
        Enforce::Strict => add(Key::Enforce, DocumentValue::Text("strict".to_owned())),
    }
    if *timing {
        add(Key::Timing, DocumentValue::Flag(true));
    }
    // The others are about the arguments of a handler.
    let is_about_policy = |allow: &&Allow| {
        !matches!(allow, Allow::MissingContentType | Allow::MissingAuthorization | Allow::MissingCredentials)
    };
    let allow = Allow::ALL.iter().filter(|known| allow.contains(known)).filter(is_about_policy);
    let allow: Vec<_> = allow.map(|allow| DocumentValue::Text(allow.name().to_owned())).collect();
    if !allow.is_empty() {
        add(Key::Allow, DocumentValue::List(allow));
    }
    // The usual way to say it.
    if let [(_, DocumentValue::List(nobody)), beside @ ..] = table.as_slice()
        && nobody.is_empty()
        && beside.iter().all(|(key, _)| key == Key::Allow.name())
    {
        table[0] = (Key::None.name().to_owned(), DocumentValue::Flag(true));
    }
    Ok(DocumentTable(table))
}

/// How people write `*`.
const ANY: &str = "any";

fn names(Names { any, names, .. }: &Names) -> Option<DocumentValue> {
    let names = names.iter().map(|name| DocumentValue::Text(name.clone().into_owned()));
    match (any, names.len()) {
        (false, 0) => None,
        (true, 0) => Some(DocumentValue::Text(ANY.to_owned())),
        (any, _) => Some(DocumentValue::List(
            any.then(|| DocumentValue::Text(ANY.to_owned())).into_iter().chain(names).collect(),
        )),
    }
}

/// An entry of a list that has not been read, and its default.
fn entry(entry: &Entry) -> DocumentValue {
    match *entry {
        Entry::Text(text) => DocumentValue::Text(text.to_owned()),
        Entry::Env { name, default: None } => one_key("env", DocumentValue::Text(name.to_owned())),
        Entry::Env { name, default: Some(default) } => {
            let default = default
                .iter()
                .map(|text| DocumentValue::Text(if *text == "*" { ANY } else { text }.to_owned()));
            let name = ("env".to_owned(), DocumentValue::Text(name.to_owned()));
            DocumentValue::Table(DocumentTable(vec![
                name,
                ("default".to_owned(), DocumentValue::List(default.collect())),
            ]))
        }
    }
}

fn one_key(name: &str, value: DocumentValue) -> DocumentValue {
    DocumentValue::Table(DocumentTable(vec![(name.to_owned(), value)]))
}
