//! From the tokens of an attribute to keys and values: what is a key, a list, a text or a number. What is right for a
//! policy is for the rules to say.
//!
//! The tokens are first split at the commas: a mistake in one key cannot hide one in the next. Where a mistake leaves no
//! doubt about what was meant, for example a missing comma, it is reported and the parser goes on as if it was not there.
//! Where it leaves doubt, the key is noted as unparsed, and nobody complains later about what it lacks.

mod allow;
mod flags;
mod guesses;
mod items;
mod lists;
mod max_age;
mod origins;

use std::fmt::Display;

use cors_rules::{Key, Printable, Syntax};
use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use syn::ext::IdentExt;

use crate::{
    attr_args::AttrArgs,
    errors::Errors,
    tokens::{SpanRange, is_punct, string, ungroup},
};

/// Parses the keys of a policy and their values.
pub(crate) fn policy(tokens: TokenStream, errors: &mut Errors) -> AttrArgs {
    let mut parser = Parser { args: AttrArgs::default(), seen: Vec::new(), errors };
    for part in parser.split_at_commas(&ungroup(tokens)) {
        parser.key_and_value(part);
    }
    parser.check_exclusive_keys();
    parser.args
}

struct Parser<'e> {
    args: AttrArgs,
    /// The keys so far, each with its span.
    seen: Vec<(Key, SpanRange)>,
    errors: &'e mut Errors,
}

/// What is written where a name is expected.
struct Name {
    text: String,
    span: SpanRange,
    quoted: bool,
}

/// What follows a key that takes a value.
enum KeyTail<'t> {
    /// `= tokens`
    Assigned(&'t [TokenTree]),
    /// `(arguments) tokens`
    Called(&'t Group, &'t [TokenTree]),
    /// No value, but perhaps the next key.
    Nothing(&'t [TokenTree]),
}

impl Parser<'_> {
    /// What is between the commas.
    fn split_at_commas<'t>(&mut self, tokens: &'t [TokenTree]) -> Vec<&'t [TokenTree]> {
        // The commas in `Shop<A, B>` separate nothing.
        let mut angles = 0_usize;
        let is_comma = |token: &TokenTree| {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == '<' => angles += 1,
                TokenTree::Punct(punct) if punct.as_char() == '>' => angles = angles.saturating_sub(1),
                _ => {}
            }
            angles == 0 && is_punct(token, ',')
        };
        let mut parts: Vec<_> = tokens.split(is_comma).collect();
        // It is empty after a comma at the end, or if there is nothing at all.
        parts.pop_if(|last| last.is_empty());
        let mut comma = 0;
        for part in &parts {
            comma += part.len();
            if part.is_empty() {
                self.errors.add(&tokens[comma], "there is nothing before this `,`", "remove it");
            }
            comma += 1;
        }
        parts.retain(|part| !part.is_empty());
        parts
    }

    fn key_and_value(&mut self, tokens: &[TokenTree]) {
        let (name, rest) = match name(tokens) {
            Some((name, rest)) if !name.quoted || Key::suggest(&name.text).is_some() => (name, rest),
            _ => return self.report_missing_key(tokens),
        };
        let Some(key) = Key::from_name(&name.text) else {
            return self.report_unknown_key(&name);
        };
        if name.quoted {
            self.errors.add(name.span, "keys are not quoted", format!("write `{}`", key.name()));
        }
        let is_duplicate = self.seen.iter().any(|(seen, _)| *seen == key);
        self.seen.push((key, name.span));
        if is_duplicate {
            self.report_duplicate(key, &name);
            // The value is not looked at, because it will change. But what it allows must not be complained about.
            if key != Key::Allow {
                return;
            }
        }
        // Each of these gives what follows the value.
        let rest = match key {
            Key::Origins | Key::Headers | Key::Expose | Key::Methods => self.list(key, &name, rest),
            Key::MaxAge => self.max_age(&name, rest),
            Key::Credentials => {
                let (is_set, rest) = self.flag(key, &name, rest);
                self.args.settings.credentials = is_set;
                rest
            }
            Key::Timing => {
                let (is_set, rest) = self.flag(key, &name, rest);
                self.args.settings.timing = is_set;
                rest
            }
            Key::None => {
                let (_, rest) = self.flag(key, &name, rest);
                self.args.none = true;
                rest
            }
            Key::Enforce => self.enforce(&name, rest),
            Key::Allow => self.allow(&name, rest),
            Key::Policy | Key::Delegate | Key::State | Key::Crate => self.item(key, &name, rest),
        };
        let next = self.expect_comma(rest, is_like_a_key);
        if !next.is_empty() {
            self.key_and_value(next);
        }
    }

    /// What follows a complete key or entry should be nothing, or else something that lacks its comma: then it gives
    /// that.
    fn expect_comma<'t>(
        &mut self,
        rest: &'t [TokenTree],
        starts_next: impl Fn(&TokenTree) -> bool,
    ) -> &'t [TokenTree] {
        match rest {
            [] => rest,
            [semicolon, next @ ..] if is_punct(semicolon, ';') => {
                self.errors.add(semicolon, "expected `,`, found `;`", "write `,`");
                next
            }
            [first, ..] if starts_next(first) => {
                let message = format!("expected `,` before `{}`", Printable(&first.to_string()));
                self.errors.add(first, message, "write `,` in front of it");
                rest
            }
            _ => {
                self.errors.add(SpanRange::from_tokens(rest), "expected `,` or the end", "remove this");
                &[]
            }
        }
    }

    /// The value of a key, with all kinds of separators where `=` belongs.
    fn key_tail<'t>(&mut self, key: Key, name: &Name, tokens: &'t [TokenTree]) -> KeyTail<'t> {
        let (separators, value) = split_separators(tokens);
        match (separators, value) {
            ([only], [_, ..]) if is_punct(only, '=') => KeyTail::Assigned(value),
            ([_, ..], [_, ..]) => {
                let message = format!("`{}` takes its value after `=`", key.name());
                self.errors.add(SpanRange::from_tokens(separators), message, "write `=`");
                KeyTail::Assigned(value)
            }
            ([], [TokenTree::Group(group), rest @ ..]) if group.delimiter() == Delimiter::Parenthesis => {
                KeyTail::Called(group, rest)
            }
            ([], [first, ..]) if !matches!(first, TokenTree::Ident(_)) || is_any(first) => {
                self.errors.add(first, "expected `=` before this", "write `=` in front of it");
                KeyTail::Assigned(value)
            }
            _ => {
                self.args.unparsed.push(key);
                let (missing, next) = match value.first().is_some_and(is_like_a_key) {
                    true => (separators, value),
                    false => (tokens, &[][..]),
                };
                let span = missing.last().map_or(name.span, |last| name.span.to(last));
                self.errors.add(span, format!("`{}` needs a value", key.name()), example_help(key));
                KeyTail::Nothing(next)
            }
        }
    }

    fn report_missing_key(&mut self, tokens: &[TokenTree]) {
        // It may have been meant as the origins.
        self.args.unparsed.push(Key::Origins);
        let span = SpanRange::from_tokens(tokens);
        if let [pound, TokenTree::Group(_), ..] = tokens
            && is_punct(pound, '#')
        {
            return self.errors.add(
                span,
                "a key cannot be conditional, only an entry of a list",
                TWO_POLICIES,
            );
        }
        let texts: Vec<_> = match tokens {
            [TokenTree::Group(group)] => ungroup(group.stream()).iter().filter_map(string).collect(),
            tokens => tokens.iter().filter_map(string).collect(),
        };
        let help = match tokens {
            [only] if is_punct(only, '*') => "write `origins = any`".to_owned(),
            _ if texts.is_empty() => known_keys(),
            _ => write_list(Key::Origins, &texts),
        };
        let found = match tokens {
            [TokenTree::Literal(_), ..] => "a literal",
            [TokenTree::Group(_), ..] => "a group",
            _ => "something else",
        };
        self.errors.add(span, format!("expected `key = value`, found {found}"), help);
    }

    fn report_unknown_key(&mut self, name: &Name) {
        // Whatever it is, it may have been meant as the origins.
        self.args.unparsed.push(Key::Origins);
        let (key, help) = match lists::is_constant(&name.text) {
            true => (Some(Key::Policy), format!("write `policy = {}`, if it is a policy", name.text)),
            false => Syntax::Attribute.unknown_key(&name.text),
        };
        self.args.unparsed.extend(key);
        self.errors.add(name.span, format!("unknown key `{}`", name.text), help);
    }

    fn report_duplicate(&mut self, key: Key, name: &Name) {
        let help = match key {
            Key::Origins | Key::Headers | Key::Expose | Key::Methods => "put all entries into one list",
            Key::Allow => "put all names into one `allow(..)`",
            _ => "remove it",
        };
        self.errors.add(name.span, format!("`{}` is already set", key.name()), help);
    }

    fn check_exclusive_keys(&mut self) {
        // What the arguments require is a matter of the handler, wherever the policy is written, and so is whether it
        // runs.
        for (exclusive, beside) in [
            (Key::None, &[Key::Allow, Key::Crate][..]),
            (Key::Policy, &[Key::Allow, Key::Crate, Key::Enforce]),
            (Key::Delegate, &[Key::Allow, Key::Crate, Key::Enforce, Key::State]),
        ] {
            let span = self.seen.iter().find(|(key, _)| *key == exclusive).map(|(_, span)| *span);
            let others = || self.seen.iter().filter(|(key, _)| *key != exclusive && !beside.contains(key));
            if let Some(span) = span
                && let Some((other, _)) = others().next()
            {
                let message = match others().count() {
                    1 => format!("`{}` cannot be combined with `{}`", exclusive.name(), other.name()),
                    _ => format!("`{}` cannot be combined with other keys", exclusive.name()),
                };
                self.errors.add(span, message, "remove it, or remove everything else");
            }
        }
        let has = |key: Key| self.seen.iter().any(|(seen, _)| *seen == key);
        if let Some((_, span)) = self.seen.iter().find(|(key, _)| *key == Key::State)
            && !has(Key::Delegate)
            && !self.args.unparsed.contains(&Key::Delegate)
        {
            let help = format!("{}, or remove it", example_help(Key::Delegate));
            self.errors.add(*span, "`state` is only used beside `delegate`", help);
        }
    }
}

/// How a part of a policy that cannot be conditional is written all the same.
const TWO_POLICIES: &str = "write two policies under one name, `#[cfg(..)] static SHOP: Policy = policy! { .. };` and \
                            the same with `#[cfg(not(..))]`, and here `policy = SHOP`";

/// The name at the start, and what follows it.
///
/// Words joined by `-` are one name, because nothing else can be meant by them.
fn name(tokens: &[TokenTree]) -> Option<(Name, &[TokenTree])> {
    match tokens {
        [TokenTree::Ident(first), rest @ ..] => {
            let mut name = Name { text: word(first), span: first.span().into(), quoted: false };
            let mut rest = rest;
            while let [dash, TokenTree::Ident(next), after @ ..] = rest
                && is_punct(dash, '-')
            {
                name.text = format!("{}-{}", name.text, word(next));
                name.span = name.span.to(next.span());
                rest = after;
            }
            Some((name, rest))
        }
        [first, rest @ ..] if rest.first().is_none_or(is_separator) => {
            Some((Name { text: string(first)?, span: first.into(), quoted: true }, rest))
        }
        _ => None,
    }
}

/// The identifier as it is meant, without `r#`.
fn word(ident: &Ident) -> String {
    ident.unraw().to_string()
}

/// Whether people write this between a key and its value.
fn is_separator(token: &TokenTree) -> bool {
    ['=', ':', '>'].into_iter().any(|separator| is_punct(token, separator))
}

/// What people write between a key and its value, and the value. A path may begin with `::`.
fn split_separators(tokens: &[TokenTree]) -> (&[TokenTree], &[TokenTree]) {
    let is_path = |at: usize| tokens[at..].iter().take(2).filter(|token| is_punct(token, ':')).count() == 2;
    let is_separator = |at: &usize| is_separator(&tokens[*at]) && !(*at > 0 && is_path(*at));
    tokens.split_at((0..tokens.len()).take_while(is_separator).count())
}

/// Whether this means everything.
fn is_any(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == "any")
}

/// Whether a key begins here, if perhaps a misspelt one.
fn is_like_a_key(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Ident(ident) if Key::suggest(&word(ident)).is_some())
}

/// The help that shows a key with a value.
fn example_help(key: Key) -> String {
    format!("write `{}`", Syntax::Attribute.example(key))
}

/// The help that shows a key with these entries.
fn write_list(key: Key, entries: &[impl AsRef<str>]) -> String {
    let entries: Vec<_> = entries.iter().map(|entry| quoted(entry.as_ref())).collect();
    write_entries(key, &entries)
}

/// The help that shows a key with these entries, each as it is written in the source.
fn write_entries(key: Key, entries: &[String]) -> String {
    match entries {
        [] => example_help(key),
        entries => format!("write `{} = [{}]`", key.name(), entries.join(", ")),
    }
}

/// A text as it is written in a list.
fn quoted(text: &str) -> String {
    match text {
        "*" => "any".to_owned(),
        text => format!("{text:?}"),
    }
}

/// The help where it is unknown which key is meant.
fn known_keys() -> String {
    Syntax::Attribute.unknown_key("").1
}

/// Names in a sentence.
fn code_list(names: impl IntoIterator<Item = impl Display>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
