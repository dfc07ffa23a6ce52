//! From the tokens of an attribute to the keys and values in them. Must not know what is right for a policy,
//! only what is a key, a list, a text or a number.
//!
//! The tokens are first split at the commas, so that a mistake in one key cannot hide one in the next. Where
//! a mistake leaves no doubt about what was meant, such as a missing comma, it is reported and the parser
//! goes on as if it was not there. Where it leaves doubt, the key is noted as unread, and nobody complains
//! later about what it lacks.

mod values;

use std::fmt::Display;

use cors_rules::Key;
use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use syn::ext::IdentExt;

use crate::{
    errors::Errors,
    tokens::{Extent, flat, is_punct, string},
    written::Written,
};

/// Reads the keys of a policy and their values.
pub(crate) fn policy(tokens: TokenStream, errors: &mut Errors) -> Written {
    let mut parser = Parser { written: Written::default(), seen: Vec::new(), errors };
    for part in parser.split_at_commas(&flat(tokens)) {
        parser.key_and_value(part);
    }
    parser.check_what_stands_alone();
    parser.written
}

struct Parser<'e> {
    written: Written,
    /// The keys so far, each with its place.
    seen: Vec<(Key, Extent)>,
    errors: &'e mut Errors,
}

/// What stands where a name is expected.
struct Name {
    text: String,
    place: Extent,
    quoted: bool,
}

/// What follows a key that takes a value.
enum Behind<'t> {
    /// `= tokens`
    Assigned(&'t [TokenTree]),
    /// `(arguments) tokens`
    Called(&'t Group, &'t [TokenTree]),
    /// No value, but perhaps the next key.
    Nothing(&'t [TokenTree]),
}

impl Parser<'_> {
    /// What stands between the commas.
    fn split_at_commas<'t>(&mut self, tokens: &'t [TokenTree]) -> Vec<&'t [TokenTree]> {
        let mut parts: Vec<_> = tokens.split(|token| is_punct(token, ',')).collect();
        // It is empty after a comma at the end, or if there is nothing at all.
        parts.pop_if(|last| last.is_empty());
        let mut comma = 0;
        for part in &parts {
            comma += part.len();
            if part.is_empty() {
                self.errors.add(&tokens[comma], "a `,` with nothing before it", "remove it");
            }
            comma += 1;
        }
        parts.retain(|part| !part.is_empty());
        parts
    }

    fn key_and_value(&mut self, tokens: &[TokenTree]) {
        let (name, behind) = match name(tokens) {
            Some((name, behind)) if !name.quoted || Key::guess(&name.text).is_some() => (name, behind),
            _ => return self.report_missing_key(tokens),
        };
        let Some(key) = Key::from_name(&name.text) else {
            return self.report_unknown_key(&name, behind);
        };
        if name.quoted {
            self.errors.add(name.place, "a key stands without quotes", format!("write `{}`", key.name()));
        }
        let twice = self.seen.iter().any(|(seen, _)| *seen == key);
        self.seen.push((key, name.place));
        if twice {
            self.report_twice(key, &name);
            // The value is not looked at, since it will change. But what it allows must not be complained
            // about.
            if key != Key::Allow {
                return;
            }
        }
        let behind = match key {
            Key::Origins | Key::Headers | Key::Expose | Key::Methods => self.list(key, &name, behind),
            Key::MaxAge => self.max_age(&name, behind),
            Key::Credentials => {
                let (set, behind) = self.flag(key, &name, behind);
                self.written.credentials = set;
                behind
            }
            Key::Enforce => {
                let (set, behind) = self.flag(key, &name, behind);
                self.written.enforce = set;
                behind
            }
            Key::None => {
                let (_, behind) = self.flag(key, &name, behind);
                self.written.none = true;
                behind
            }
            Key::Allow => self.allow(&name, behind),
            Key::Policy | Key::Delegate => self.path(key, &name, behind),
        };
        let next = self.next_after(behind, is_like_a_key);
        if !next.is_empty() {
            self.key_and_value(next);
        }
    }

    /// What follows a complete key or entry should be nothing, or else something that lacks its comma: then
    /// it gives that.
    fn next_after<'t>(
        &mut self,
        behind: &'t [TokenTree],
        starts_next: impl Fn(&TokenTree) -> bool,
    ) -> &'t [TokenTree] {
        match behind {
            [] => behind,
            [semicolon, next @ ..] if is_punct(semicolon, ';') => {
                self.errors.add(semicolon, "a `;` where a `,` belongs", "write `,`");
                next
            }
            [first, ..] if starts_next(first) => {
                self.errors.add(first, "a `,` is missing before this", "write `,` in front of it");
                behind
            }
            _ => {
                self.errors.add(Extent::of(behind), "expected `,` or the end", "remove this");
                &[]
            }
        }
    }

    /// The value of a key, with all kinds of signs where `=` belongs.
    fn behind<'t>(&mut self, key: Key, name: &Name, tokens: &'t [TokenTree]) -> Behind<'t> {
        let signs = tokens.iter().take_while(|token| is_sign(token)).count();
        let (signs, value) = tokens.split_at(signs);
        match (signs, value) {
            ([only], [_, ..]) if is_punct(only, '=') => Behind::Assigned(value),
            ([_, ..], [_, ..]) => {
                let message = format!("`{}` takes its value after `=`", key.name());
                self.errors.add(Extent::of(signs), message, "write `=`");
                Behind::Assigned(value)
            }
            ([], [TokenTree::Group(group), behind @ ..]) if group.delimiter() == Delimiter::Parenthesis => {
                Behind::Called(group, behind)
            }
            ([], [first, ..]) if !matches!(first, TokenTree::Ident(_)) || is_any(first) => {
                self.errors.add(first, "a `=` is missing before this", "write `=` in front of it");
                Behind::Assigned(value)
            }
            _ => {
                self.written.unread.push(key);
                let (rest, next) =
                    if value.first().is_some_and(is_like_a_key) { (signs, value) } else { (tokens, &[][..]) };
                let place = rest.last().map_or(name.place, |last| name.place.to(last));
                self.errors.add(place, format!("`{}` lacks its value", key.name()), write_example(key));
                Behind::Nothing(next)
            }
        }
    }

    fn report_missing_key(&mut self, tokens: &[TokenTree]) {
        // It may have been meant as the origins.
        self.written.unread.push(Key::Origins);
        let texts: Vec<_> = match tokens {
            [TokenTree::Group(group)] => flat(group.stream()).iter().filter_map(string).collect(),
            tokens => tokens.iter().filter_map(string).collect(),
        };
        let help = match tokens {
            [only] if is_punct(only, '*') => "write `origins = any`".to_owned(),
            _ if texts.is_empty() => known_keys(),
            _ => write_list(Key::Origins, &texts),
        };
        self.errors.add(Extent::of(tokens), "expected a key", help);
    }

    fn report_unknown_key(&mut self, name: &Name, behind: &[TokenTree]) {
        let help = if let Some(key) = Key::guess(&name.text) {
            self.written.unread.push(key);
            format!("write `{}`", key.name())
        } else if name.text == "any" && behind.is_empty() {
            self.written.unread.push(Key::Origins);
            "write `origins = any`".to_owned()
        } else {
            known_keys()
        };
        self.errors.add(name.place, format!("unknown key `{}`", name.text), help);
    }

    fn report_twice(&mut self, key: Key, name: &Name) {
        let help = match key {
            Key::Origins | Key::Headers | Key::Expose | Key::Methods => "put all entries into one list",
            Key::Allow => "put all names into one `allow(..)`",
            Key::MaxAge | Key::Credentials | Key::Enforce | Key::Policy | Key::Delegate | Key::None => {
                "remove it"
            }
        };
        self.errors.add(name.place, format!("`{}` is written twice", key.name()), help);
    }

    fn check_what_stands_alone(&mut self) {
        for (alone, message) in [
            (Key::None, "`none` keeps a handler same-origin, so that it stands alone"),
            (Key::Policy, "`policy` takes all keys from elsewhere, so that it stands alone"),
            (Key::Delegate, "`delegate` takes all keys from elsewhere, so that it stands alone"),
        ] {
            let place = self.seen.iter().find(|(key, _)| *key == alone).map(|(_, place)| *place);
            // What the arguments need is a matter of the handler, wherever the policy stands, and so is whether it runs.
            let beside = |key| alone != Key::None && matches!(key, Key::Allow | Key::Enforce);
            let stands_alone = self.seen.iter().all(|(key, _)| *key == alone || beside(*key));
            if let Some(place) = place.filter(|_| !stands_alone) {
                self.errors.add(place, message, "remove it, or remove everything else");
            }
        }
    }
}

/// The name at the start, and what follows it.
///
/// Words joined by `-` are one name, because nothing else can be meant by them.
fn name(tokens: &[TokenTree]) -> Option<(Name, &[TokenTree])> {
    match tokens {
        [TokenTree::Ident(first), behind @ ..] => {
            let mut name = Name { text: word(first), place: first.span().into(), quoted: false };
            let mut behind = behind;
            while let [dash, TokenTree::Ident(next), after @ ..] = behind
                && is_punct(dash, '-')
            {
                name.text = format!("{}-{}", name.text, word(next));
                name.place = name.place.to(next.span());
                behind = after;
            }
            Some((name, behind))
        }
        [first, behind @ ..] if behind.first().is_none_or(is_sign) => {
            Some((Name { text: string(first)?, place: first.into(), quoted: true }, behind))
        }
        _ => None,
    }
}

/// The identifier as it is meant, without `r#`.
fn word(ident: &Ident) -> String {
    ident.unraw().to_string()
}

/// Whether people write this between a key and its value.
fn is_sign(token: &TokenTree) -> bool {
    ['=', ':', '>'].into_iter().any(|sign| is_punct(token, sign))
}

/// Whether this stands for everything.
fn is_any(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == "any")
}

/// Whether a key begins here, if perhaps a misspelt one.
fn is_like_a_key(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Ident(ident) if Key::guess(&word(ident)).is_some())
}

/// The help that shows a key with a value.
fn write_example(key: Key) -> String {
    format!("write `{}`", key.example())
}

/// The help that shows a key with these entries.
fn write_list(key: Key, entries: &[impl AsRef<str>]) -> String {
    if entries.is_empty() {
        return write_example(key);
    }
    let entries: Vec<_> = entries.iter().map(|entry| code(entry.as_ref())).collect();
    write_entries(key, &entries)
}

/// The help that shows a key with these entries, each as it stands in the source.
fn write_entries(key: Key, entries: &[String]) -> String {
    match entries {
        [] => write_example(key),
        entries => format!("write `{} = [{}]`", key.name(), entries.join(", ")),
    }
}

/// A text as it stands in a list.
fn code(text: &str) -> String {
    match text {
        "*" => "any".to_owned(),
        text => format!("{text:?}"),
    }
}

/// The help where it is unknown which key is meant.
fn known_keys() -> String {
    format!("the keys are {}", code_list(Key::ALL.map(Key::name)))
}

/// Names in a sentence.
fn code_list(names: impl IntoIterator<Item = impl Display>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
