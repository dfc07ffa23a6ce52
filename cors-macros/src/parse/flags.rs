//! The keys that have no value: `credentials`, `timing`, `none` and `enforce`, which may have a word.

use cors_rules::{Enforce, Key, closest};
use proc_macro2::{Delimiter, TokenTree};

use super::{Name, Parser, example_help, is_separator};

impl Parser<'_> {
    /// Whether the flag is set, and what follows. A flag has no value; one that is written is taken for what it says.
    pub(super) fn flag<'t>(
        &mut self,
        key: Key,
        name: &Name,
        tokens: &'t [TokenTree],
    ) -> (bool, &'t [TokenTree]) {
        let (separators, value, rest) = flag_value(tokens);
        if separators.is_empty() && value.is_none() {
            return (true, rest);
        }
        let end = value.or(separators.last());
        let span = end.map_or(name.span, |end| name.span.to(end));
        let off = value.is_some_and(is_off);
        let help = if off { "remove it".to_owned() } else { example_help(key) };
        self.errors.add(span, format!("`{}` is a flag and takes no value", key.name()), help);
        (!off, rest)
    }

    /// `enforce` or `enforce(strict)`
    pub(super) fn enforce<'t>(&mut self, name: &Name, tokens: &'t [TokenTree]) -> &'t [TokenTree] {
        let (separators, value, rest) = flag_value(tokens);
        let text = match value {
            Some(TokenTree::Group(group)) => group.stream().to_string(),
            Some(value) => value.to_string(),
            None => String::new(),
        };
        let text = text.strip_suffix(',').unwrap_or(&text).trim();
        // Where the word is misspelt, or more is written, the weaker flag is not the advice.
        let mut words = text.split(|char: char| !char.is_alphanumeric());
        if words.any(|word| closest(word, ["strict"]).is_some()) {
            self.args.settings.enforce = Enforce::Strict;
            let is_right = separators.is_empty()
                && text == "strict"
                && matches!(value, Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis);
            if let Some(value) = value.filter(|_| !is_right) {
                let message = "`enforce` takes one word, `strict`, in parentheses";
                self.errors.add(name.span.to(value), message, "write `enforce(strict)`");
            }
            return rest;
        }
        let (is_set, rest) = self.flag(Key::Enforce, name, tokens);
        if is_set {
            self.args.settings.enforce = Enforce::CrossOrigin;
        }
        rest
    }
}

/// The separators behind a flag, its value, and what follows; there should be neither.
fn flag_value(tokens: &[TokenTree]) -> (&[TokenTree], Option<&TokenTree>, &[TokenTree]) {
    let separators = tokens.iter().take_while(|token| is_separator(token)).count();
    let (separators, value) = tokens.split_at(separators);
    match value {
        [group @ TokenTree::Group(_), rest @ ..] => (separators, Some(group), rest),
        [value, rest @ ..] if !separators.is_empty() => (separators, Some(value), rest),
        rest => (separators, None, rest),
    }
}

/// Whether a value given to a flag means that it is not set.
fn is_off(value: &TokenTree) -> bool {
    let text = match value {
        TokenTree::Group(group) => group.stream().to_string(),
        value => value.to_string(),
    };
    matches!(text.trim_matches('"'), "false" | "no" | "off" | "0" | "none" | "omit" | "same-origin")
}
