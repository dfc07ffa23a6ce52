//! The values of `origins`, `headers`, `expose` and `methods`, which are lists.

use cors_rules::{Key, Syntax};
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use super::{
    KeyTail, Name, Parser, TWO_POLICIES, example_help,
    guesses::{environment_variable, guessed_text},
    is_any, quoted, write_entries, write_list,
};
use crate::{
    attr_args::{EntryKind, List, ListEntry},
    tokens::{SpanRange, is_path, is_punct, is_word, string, to_source, ungroup},
};

/// What the rules take for `any`.
const ANY: &str = "*";

/// What an entry of `origins` may be apart from a text: each with arguments in parentheses.
const SPECIAL_ENTRIES: [&str; 3] = ["regex", "env", "when"];

impl Parser<'_> {
    pub(super) fn list<'t>(&mut self, key: Key, name: &Name, tokens: &'t [TokenTree]) -> &'t [TokenTree] {
        let (list, rest) = match self.key_tail(key, name, tokens) {
            KeyTail::Assigned(value) => self.assigned_list(key, value),
            KeyTail::Called(group, rest) => {
                let list = self.entries(key, group);
                let message = format!("`{}` takes its value after `=`", key.name());
                self.errors.add(name.span.to(group.span()), message, write_entries(key, &list.sources()));
                (Some(list), rest)
            }
            KeyTail::Nothing(rest) => (None, rest),
        };
        match key {
            Key::Headers => self.args.headers = list,
            Key::Expose => self.args.expose = list,
            Key::Methods => self.args.methods = list,
            _ => self.args.origins = list,
        }
        rest
    }

    fn assigned_list<'t>(&mut self, key: Key, value: &'t [TokenTree]) -> (Option<List>, &'t [TokenTree]) {
        match value {
            [TokenTree::Group(group), rest @ ..] => {
                let list = self.entries(key, group);
                if group.delimiter() != Delimiter::Bracket {
                    let help = write_entries(key, &list.sources());
                    self.errors.add(group.span(), "lists use square brackets", help);
                }
                (Some(list), rest)
            }
            [first, TokenTree::Group(group), ..]
                if SPECIAL_ENTRIES.iter().any(|word| is_word(first, word)) =>
            {
                let span = SpanRange::from(first).to(group.span());
                let is_function = is_word(first, "when") && key == Key::Origins;
                let (entry, rest) = self.entry(key, value);
                let list = List { entries: entry.into_iter().collect(), span };
                if !is_function && !list.entries.is_empty() {
                    let message = format!("`{}` takes a list, and this is a single entry", key.name());
                    self.errors.add(span, message, write_entries(key, &list.sources()));
                }
                (Some(list), rest)
            }
            [first, rest @ ..] if is_any(first) => (Some(List::any(first)), rest),
            [first, rest @ ..] if is_punct(first, '*') => {
                self.errors.add(first, "expected `any`, found `*`", "write `any`");
                (Some(List::any(first)), rest)
            }
            [first, rest @ ..] if string(first).is_some_and(|text| text == ANY) => {
                (Some(List::any(first)), rest)
            }
            [first, rest @ ..] if is_quoted_any(first) => {
                self.report_quoted_any(first);
                (Some(List::any(first)), rest)
            }
            [first, rest @ ..] if string(first).is_some() => {
                let text = string(first).unwrap_or_default();
                // Several entries in one text, as header fields have them.
                let texts = text.trim_end_matches(',').split(',').map(|text| text.trim().to_owned());
                let entries = texts.map(|text| ListEntry::plain(text, first)).collect();
                let list = List { entries, span: first.into() };
                let message = format!("`{}` takes a list, and this is a single text", key.name());
                self.errors.add(first, message, write_entries(key, &list.sources()));
                (Some(list), rest)
            }
            _ => {
                self.args.unparsed.push(key);
                let message = format!("`{}` takes a list, or `any`", key.name());
                let help = match (guessed_text(key, value), constant(value)) {
                    (Some(text), _) => write_list(key, &[text]),
                    (None, Some(path)) => {
                        let path = to_source(&path);
                        format!(
                            "write `{} = [{path}]` if `{path}` is a `&str`; a list from elsewhere goes into `Policy::builder()`",
                            key.name()
                        )
                    }
                    (None, None) => example_help(key),
                };
                self.errors.add(SpanRange::from_tokens(value), message, help);
                (None, &[])
            }
        }
    }

    fn report_quoted_any(&mut self, token: &TokenTree) {
        self.errors.add(token, "`any` is not quoted", "write `any`");
    }

    pub(super) fn entries(&mut self, key: Key, group: &Group) -> List {
        let tokens = ungroup(group.stream());
        let mut entries = Vec::new();
        for part in self.split_at_commas(&tokens) {
            let mut rest = part;
            while !rest.is_empty() {
                let (cfg, tokens) = self.conditions(key, rest);
                if tokens.is_empty() {
                    break;
                }
                let (entry, after) = self.entry(key, tokens);
                entries.extend(entry.and_then(|entry| self.with_conditions(key, entry, cfg)));
                let starts_entry = |token: &TokenTree| {
                    string(token).is_some()
                        || is_any(token)
                        || SPECIAL_ENTRIES.iter().any(|word| is_word(token, word))
                };
                rest = self.expect_comma(after, starts_entry);
            }
        }
        List { entries, span: group.span().into() }
    }

    /// The attributes in front of an entry, and what follows them.
    fn conditions<'t>(&mut self, key: Key, tokens: &'t [TokenTree]) -> (TokenStream, &'t [TokenTree]) {
        let mut cfg = TokenStream::new();
        let mut rest = tokens;
        while let [pound, TokenTree::Group(attribute), after @ ..] = rest
            && is_punct(pound, '#')
        {
            let span = SpanRange::from(pound).to(attribute.span());
            match ungroup(attribute.stream()).first() {
                Some(word) if is_word(word, "cfg") => cfg.extend([pound.clone(), attribute.clone().into()]),
                // A comment.
                Some(word) if is_word(word, "doc") => {}
                _ => self.errors.add(span, "an entry can have the attribute `#[cfg(..)]` only", "remove it"),
            }
            rest = after;
            if rest.is_empty() {
                let help = format!("write an entry behind it, for example {:?}", key.example_entry());
                self.errors.add(span, "no entry follows this", help);
            }
        }
        (cfg, rest)
    }

    /// The entry, if it is there under these conditions only.
    fn with_conditions(&mut self, key: Key, entry: ListEntry, cfg: TokenStream) -> Option<ListEntry> {
        let what = match &entry.kind {
            _ if cfg.is_empty() => None,
            EntryKind::Plain if entry.text == ANY => Some("`any`"),
            // Without any, all of them would be allowed.
            _ if key == Key::Methods => Some("an entry of `methods`"),
            // All expressions of a policy are one automaton, which is built here.
            EntryKind::Regex => Some("a regular expression"),
            _ => None,
        };
        if let Some(what) = what {
            self.errors.add(entry.span, format!("{what} cannot be conditional"), TWO_POLICIES);
            self.args.unparsed.push(key);
            return None;
        }
        Some(ListEntry { cfg, ..entry })
    }

    /// The entry at the start, or nothing but an error, and what follows.
    fn entry<'t>(&mut self, key: Key, tokens: &'t [TokenTree]) -> (Option<ListEntry>, &'t [TokenTree]) {
        if let [first, TokenTree::Group(arguments), rest @ ..] = tokens
            && arguments.delimiter() == Delimiter::Parenthesis
            && let Some(word) = SPECIAL_ENTRIES.into_iter().find(|word| is_word(first, word))
        {
            let span = SpanRange::from(first).to(arguments.span());
            let entry = match word {
                _ if key != Key::Origins => {
                    self.args.unparsed.push(key);
                    let help = format!("write a name, for example {:?}", key.example_entry());
                    self.errors.add(span, format!("`{word}(..)` is for origins only"), help);
                    None
                }
                "regex" => self.regex(arguments, span),
                "env" => self.env(arguments, span),
                _ => self.when(arguments, span),
            };
            return (entry, rest);
        }
        if let [first, rest @ ..] = tokens {
            if is_quoted_any(first) {
                self.report_quoted_any(first);
                return (Some(ListEntry::any(first)), rest);
            }
            if let Some(text) = string(first) {
                return (Some(ListEntry::plain(text, first)), rest);
            }
            if is_any(first) {
                return (Some(ListEntry::any(first)), rest);
            }
            if is_punct(first, '*') && rest.is_empty() {
                self.errors.add(first, "expected `any`, found `*`", "write `any`");
                return (Some(ListEntry::any(first)), rest);
            }
        }
        let guessed = guessed_text(key, tokens);
        if let Some(path) = constant(tokens).filter(|_| guessed.is_none()) {
            let span = SpanRange::from_tokens(tokens);
            if self.report_self(key, &path) {
                return (None, &[]);
            }
            let (text, kind) = (to_source(&path), EntryKind::Constant { path });
            return (Some(ListEntry { kind, text, span, cfg: TokenStream::new() }), &[]);
        }
        self.report_entry(key, tokens, guessed);
        (None, &[])
    }

    fn report_entry(&mut self, key: Key, tokens: &[TokenTree], guessed: Option<String>) {
        self.args.unparsed.push(key);
        let span = SpanRange::from_tokens(tokens);
        if let Some((called, name)) = environment_variable(tokens) {
            let message = format!("`{called}` cannot be used here: macros see names, not values");
            let help = match key {
                Key::Origins => {
                    format!("write `env({name:?})`, which reads the variable when the router is finished")
                }
                _ => "write a `const` with this value, and its name here".to_owned(),
            };
            return self.errors.add(span, message, help);
        }
        if let [.., name, bang, TokenTree::Group(_)] = tokens
            && is_punct(bang, '!')
        {
            let message = format!("`{name}!(..)` cannot be used here: macros see names, not values");
            return self.errors.add(span, message, "write a `const` with this value, and its name here");
        }
        let message = match key {
            Key::Origins => {
                "an origin is a string literal, a constant, `any`, `regex(..)`, `env(..)` or `when(..)`"
                    .to_owned()
            }
            _ => format!("an entry of `{}` is a string literal, a constant or `any`", key.name()),
        };
        let text = guessed.unwrap_or_else(|| key.example_entry().to_owned());
        self.errors.add(span, message, format!("write {text:?}"));
    }
}

impl List {
    fn any(token: &TokenTree) -> Self {
        Self { entries: vec![ListEntry::any(token)], span: token.into() }
    }

    fn sources(&self) -> Vec<String> {
        self.entries.iter().map(ListEntry::to_source).collect()
    }
}

impl ListEntry {
    fn any(token: &TokenTree) -> Self {
        Self::plain(ANY.to_owned(), token)
    }

    pub(super) fn plain(text: String, token: &TokenTree) -> Self {
        Self { kind: EntryKind::Plain, text, span: token.into(), cfg: TokenStream::new() }
    }

    /// The entry as it is written in the source.
    fn to_source(&self) -> String {
        let text = quoted(&self.text);
        match &self.kind {
            EntryKind::Plain => text,
            EntryKind::Regex => Syntax::Attribute.regex(&self.text).trim_matches('`').to_owned(),
            EntryKind::Env { default: None } => format!("env({text})"),
            EntryKind::Env { default: Some(default) } => {
                let default: Vec<_> = default.iter().map(Self::to_source).collect();
                format!("env({text}, default = [{}])", default.join(", "))
            }
            EntryKind::When { .. } => format!("when({})", self.text),
            EntryKind::Constant { .. } => self.text.clone(),
        }
    }
}

/// Whether this is the word that means everything, as a text.
fn is_quoted_any(token: &TokenTree) -> bool {
    string(token).is_some_and(|text| text == "any")
}

/// Whether constants have such names.
pub(super) fn is_constant(name: &str) -> bool {
    name.chars().all(|char| matches!(char, 'A'..='Z' | '0'..='9' | '_'))
        && name.starts_with(|char: char| char.is_ascii_uppercase())
}

/// The path of a constant, if these tokens are one by its name.
fn constant(tokens: &[TokenTree]) -> Option<TokenStream> {
    // A reference to one is what the list has anyway.
    let tokens = match tokens {
        [ampersand, path @ ..] if is_punct(ampersand, '&') => path,
        path => path,
    };
    let Some(TokenTree::Ident(last)) = tokens.last() else { return None };
    let path: TokenStream = tokens.iter().cloned().collect();
    (is_constant(&last.to_string()) && is_path(&path)).then_some(path)
}
