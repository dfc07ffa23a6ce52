//! What the attribute refuses, the builder and documents refuse, in the same words.
//!
//! The cases in `ui/fail` are attributes, each with what the compiler says of it. Those whose attribute is plain data, which
//! is to say that nothing is wrong with its syntax, are read here by a reader of their own. The same keys then go through
//! the builder and, as JSON, through serde, and the messages and helps have to be those of the compiler: all of them, and
//! no other ones. Where each of them is reported is a matter of each way, and is tested elsewhere. Three things differ and
//! are accounted for: each has a syntax of its own, the builder has no misspelt keys, and what does no harm is noted there
//! and never stops a server.

use std::{
    fs,
    path::{Path, PathBuf},
};

use cors_runtime::{
    Allow, Policy, PolicyBuilder,
    rules::{Syntax, Violation},
};
use serde_json::{Value, json};
use syn::{
    Attribute, Expr, ExprCall, Ident, Item, Lit, Meta, Token, UnOp,
    ext::IdentExt,
    parse::{Parse, ParseStream},
    parse_file,
    punctuated::Punctuated,
    token,
};

use crate::{help_in_documents, help_of_builder};

/// Messages, each with its help.
type Messages = Vec<(String, String)>;

#[test]
fn the_words_of_the_compiler() {
    let mut by_builder = 0;
    let mut by_document = 0;
    for case in cases() {
        let source = fs::read_to_string(&case).unwrap();
        let Some(keys) = keys(&source) else { continue };
        let name = case.display();
        let expected = of_compiler(&fs::read_to_string(case.with_extension("stderr")).unwrap());
        assert!(!expected.is_empty(), "{name}: the compiler says something");
        let is_nobody = keys.iter().any(|key| key.name == "origins" && key.value == json!([]));
        let (harmless, expected): (Messages, Messages) = expected
            .into_iter()
            .filter(|(message, _)| !(is_nobody && message == "no origins are allowed"))
            .partition(|(message, _)| HARMLESS.iter().any(|harmless| message.contains(harmless)));

        if let Some(builder) = builder(&keys) {
            if expected.is_empty() {
                let policy = builder.clone().build().unwrap_or_else(|error| panic!("{name}: {error}"));
                let mut notes: Vec<_> =
                    policy.notes().iter().map(|note| note.violation.message.as_str()).collect();
                notes.sort_unstable();
                let harmless: Vec<_> = harmless.iter().map(|(message, _)| message.as_str()).collect();
                assert_eq!(notes, harmless, "noted by the builder: {name}");
            }
            let expected =
                expected.iter().map(|(message, help)| (message.clone(), help_of_builder(help))).collect();
            assert_eq!(of_builder(builder), sorted(expected), "by the builder: {name}");
            by_builder += 1;
        }

        // The attribute has more keys.
        let is_list_of_keys = |(_, help): &(String, String)| help.starts_with("the keys are ");
        if !expected.iter().any(is_list_of_keys) {
            let expected =
                expected.into_iter().map(|(message, help)| (message, help_in_documents(&help))).collect();
            assert_eq!(of_document(&keys), sorted(expected), "from a document: {name}");
            by_document += 1;
        }
    }
    // That is how many there were when this was written; if there are less, the reader fails to read them.
    assert!(by_builder >= 98, "{by_builder} cases");
    assert!(by_document >= 115, "{by_document} cases");
}

/// What is dropped or capped in a configuration.
const HARMLESS: [&str; 7] = [
    " is already listed",
    " is already covered by ",
    " is redundant: every ",
    "browsers do not let pages set ",
    "browsers do not let pages read ",
    " never appears on a response ",
    " exceeds every browser's limit ",
];

/// All cases that are about nothing but what is in a policy.
fn cases() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/fail");
    let topics = ["expose", "headers", "keys", "max_age", "methods", "origins"];
    let files = topics.iter().flat_map(|topic| fs::read_dir(root.join(topic)).unwrap());
    let mut files: Vec<_> = files.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    files.sort();
    files
}

/// The keys of the only attribute of a file, if all of them are data.
fn keys(source: &str) -> Option<Vec<Key>> {
    let file = parse_file(source).ok()?;
    let attributes = file.items.iter().flat_map(|item| match item {
        Item::Fn(function) => function.attrs.as_slice(),
        _ => &[],
    });
    let attributes: Vec<&Attribute> =
        attributes.filter(|attribute| attribute.path().is_ident("cors")).collect();
    match attributes.as_slice() {
        [only] => match &only.meta {
            Meta::Path(_) => Some(Vec::new()),
            Meta::List(list) => {
                let keys = list.parse_args_with(Punctuated::<Key, Token![,]>::parse_terminated).ok()?;
                Some(keys.into_iter().collect())
            }
            Meta::NameValue(_) => None,
        },
        _ => None,
    }
}

/// A key and its value, as a document has it.
struct Key {
    name: String,
    value: Value,
}

impl Parse for Key {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = Ident::parse_any(input)?;
        if ["policy", "delegate", "state", "crate"].iter().any(|item| name == item) {
            return Err(input.error("no data"));
        }
        let value = if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            let value = input.parse()?;
            value_of(&value).ok_or_else(|| input.error("no data"))?
        } else if name == "allow" && input.peek(token::Paren) {
            let content;
            syn::parenthesized!(content in input);
            let names = Punctuated::<Ident, Token![,]>::parse_terminated(&content)?;
            names.iter().map(Ident::to_string).collect()
        } else if ["headers", "max_age"].iter().any(|takes_value| name == takes_value) {
            return Err(input.error("no value"));
        } else {
            json!(true)
        };
        Ok(Self { name: name.to_string(), value })
    }
}

fn value_of(expression: &Expr) -> Option<Value> {
    match expression {
        Expr::Array(array) => {
            let entries = array.elems.iter().map(value_of).collect::<Option<Vec<_>>>()?;
            Some(Value::Array(entries))
        }
        // It is there in some builds only.
        Expr::Path(path) if !path.attrs.is_empty() => None,
        Expr::Lit(literal) if !literal.attrs.is_empty() => None,
        Expr::Path(path) if path.path.is_ident("any") => Some(json!("any")),
        Expr::Unary(unary) if matches!(unary.op, UnOp::Neg(_)) => {
            Some(json!(-value_of(&unary.expr)?.as_i64()?))
        }
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Some(json!(text.value())),
            Lit::Int(number) if number.suffix().is_empty() => Some(json!(number.base10_parse::<u64>().ok()?)),
            Lit::Float(number) if number.suffix().is_empty() => {
                Some(json!(number.base10_parse::<f64>().ok()?))
            }
            _ => None,
        },
        Expr::Call(ExprCall { func, args, .. }) => match (&**func, args.first()) {
            (Expr::Path(path), Some(argument)) if path.path.is_ident("regex") => {
                Some(json!({ "regex": value_of(argument)? }))
            }
            _ => None,
        },
        _ => None,
    }
}

/// The same keys for the builder, if it has them.
fn builder(keys: &[Key]) -> Option<PolicyBuilder> {
    let mut builder = Policy::builder();
    for (index, Key { name, value }) in keys.iter().enumerate() {
        if keys[..index].iter().any(|key| key.name == *name) {
            return None;
        }
        builder = match (name.as_str(), value) {
            ("origins", Value::Array(entries)) => {
                entries.iter().try_fold(builder.origins([""; 0]), |builder, entry| match entry {
                    Value::String(text) => Some(builder.origins([text])),
                    Value::Object(table) => Some(builder.regex(table.get("regex")?.as_str()?)),
                    _ => None,
                })?
            }
            ("origins", value) if is_any(value) => builder.any_origin(),
            ("headers", value) => builder.headers(texts(value)?),
            ("expose", value) => builder.expose(texts(value)?),
            ("methods", value) => builder.methods(texts(value)?),
            ("max_age", Value::Number(number)) => match number.as_u64() {
                Some(seconds) => builder.max_age(seconds),
                None => builder.max_age(number.to_string().as_str()),
            },
            ("max_age", Value::String(text)) => builder.max_age(text.as_str()),
            ("credentials", Value::Bool(true)) => builder.credentials(),
            ("enforce", Value::Bool(true)) => builder.enforce(),
            ("allow", Value::Array(names)) => names.iter().try_fold(builder, |builder, name| {
                let known = Allow::ALL.iter().copied().find(|allow| *name == allow.name());
                known.map(|allow| builder.allow(allow))
            })?,
            _ => return None,
        };
    }
    Some(builder)
}

fn is_any(value: &Value) -> bool {
    *value == "any" || *value == "*"
}

fn texts(value: &Value) -> Option<Vec<String>> {
    let text = |value: &Value| match value {
        value if is_any(value) => Some("*".to_owned()),
        value => value.as_str().map(str::to_owned),
    };
    match value {
        Value::Array(entries) => entries.iter().map(text).collect(),
        value if is_any(value) => Some(vec!["*".to_owned()]),
        _ => None,
    }
}

fn of_builder(builder: PolicyBuilder) -> Messages {
    let violations = builder.build().err().map(|error| error.violations().to_vec()).unwrap_or_default();
    let words = |violation: Violation| (violation.message, violation.help.in_syntax(Syntax::Builder));
    sorted(violations.into_iter().map(words).collect())
}

fn of_document(keys: &[Key]) -> Messages {
    // A map would keep only one of two equal keys.
    let keys: Vec<_> = keys.iter().map(|Key { name, value }| format!("{name:?}: {value}")).collect();
    let Err(error) = serde_json::from_str::<Policy>(&format!("{{{}}}", keys.join(", "))) else {
        return Vec::new();
    };
    let text = error.to_string();
    let lines: Vec<_> = text.lines().collect();
    let (count, lines) = lines.split_last().unwrap();
    assert!(count.contains(" in the CORS policy at line 1 column "), "{text}");
    let messages = lines.chunks(2).map(|lines| match lines {
        [message, help] => {
            let (_path, message) = message.split_once(": ").unwrap();
            (message.to_owned(), help.strip_prefix("  help: ").unwrap().to_owned())
        }
        _ => panic!("a message and its help: {text}"),
    });
    sorted(messages.collect())
}

/// What is in a file of the compiler's messages, without the places.
fn of_compiler(text: &str) -> Messages {
    let mut lines = text.lines();
    let mut messages = Vec::new();
    while let Some(line) = lines.next() {
        if let Some(message) = line.strip_prefix("error: ") {
            let help = lines.next().and_then(|line| line.trim_start().strip_prefix("help: "));
            messages.push((message.to_owned(), help.expect("a help").to_owned()));
        }
    }
    sorted(messages)
}

fn sorted(mut messages: Messages) -> Messages {
    messages.sort();
    messages
}
