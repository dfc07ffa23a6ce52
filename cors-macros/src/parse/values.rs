//! The values of the keys: lists, durations, flags and names. How keys follow one another is for others.

use cors_rules::{Allow, Enforce, Key, MAX_AGE_FORM, MaxAge, Syntax};
use proc_macro2::{Delimiter, Group, Literal, TokenStream, TokenTree};
use syn::Lit;

use super::{
    KeyTail, Name, Parser, TWO_POLICIES, code_list, example_help, is_any, is_like_a_key, is_separator, name,
    quoted, write_entries, write_list,
};
use crate::{
    attr_args::{EntryKind, List, ListEntry},
    tokens::{SpanRange, is_punct, is_word, string, to_source, ungroup},
};

/// What the rules take for `any`.
const ANY: &str = "*";

/// What an entry of `origins` may be apart from a text: each with arguments in parentheses.
const SPECIAL_ENTRIES: [&str; 3] = ["regex", "env", "when"];

// Each of these gives what follows the value.
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

    fn entries(&mut self, key: Key, group: &Group) -> List {
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

    /// Reports a path that begins with `Self`, and whether it does.
    fn report_self(&mut self, key: Key, path: &TokenStream) -> bool {
        let first = path.clone().into_iter().next().filter(|first| is_word(first, "Self"));
        if let Some(first) = &first {
            self.args.unparsed.push(key);
            let message = "`Self` cannot be used here: the policy is an item of its own";
            let help =
                format!("write the name of the type: `{}`", to_source(path).replacen("Self", "Type", 1));
            self.errors.add(first, message, help);
        }
        first.is_some()
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

    /// `regex("..")`; what is in it is for the rules to judge.
    fn regex(&mut self, arguments: &Group, span: SpanRange) -> Option<ListEntry> {
        match ungroup(arguments.stream()).as_slice() {
            [only] if string(only).is_some() => {
                // The text is the thing to edit.
                Some(ListEntry { kind: EntryKind::Regex, ..ListEntry::plain(string(only)?, only) })
            }
            _ => {
                self.args.unparsed.push(Key::Origins);
                let help = r#"write an expression, for example `regex(r"https://[a-z]+\.shop\.example")`"#;
                self.errors.add(span, "`regex(..)` takes one string literal", help);
                None
            }
        }
    }

    /// `env("NAME")` or `env("NAME", default = [..])`
    fn env(&mut self, arguments: &Group, span: SpanRange) -> Option<ListEntry> {
        const FORM: &str = r#"write a name and a default, for example `env("CORS_ORIGINS", default = ["http://localhost:3000"])`"#;
        let tokens = ungroup(arguments.stream());
        let parts = self.split_at_commas(&tokens);
        let (name, default) = match parts.as_slice() {
            [[name]] if string(name).is_some() => (name, None),
            [[name], [default, equals, TokenTree::Group(list)]]
                if string(name).is_some()
                    && is_word(default, "default")
                    && is_punct(equals, '=')
                    && list.delimiter() == Delimiter::Bracket =>
            {
                (name, Some(self.entries(Key::Origins, list)))
            }
            _ => {
                self.args.unparsed.push(Key::Origins);
                let message = "`env(..)` takes a variable name and, optionally, `default`";
                self.errors.add(span, message, FORM);
                return None;
            }
        };
        if let Some(List { entries, span }) = &default {
            let is_plain = |entry: &ListEntry| matches!(entry.kind, EntryKind::Plain) && entry.cfg.is_empty();
            if !entries.iter().all(is_plain) {
                self.args.unparsed.push(Key::Origins);
                self.errors.add(*span, "`default` must be a list of string literals", FORM);
                return None;
            }
        }
        let default = default.map(|list| list.entries);
        Some(ListEntry { kind: EntryKind::Env { default }, ..ListEntry::plain(string(name)?, name) })
    }

    /// `when(path)`; whether there is such a function is for the compiler to say.
    fn when(&mut self, function: &Group, span: SpanRange) -> Option<ListEntry> {
        let path = function.stream();
        if syn::parse2::<syn::ExprPath>(path.clone()).is_ok() {
            if self.report_self(Key::Origins, &path) {
                return None;
            }
            let (text, kind) = (to_source(&path), EntryKind::When { path });
            return Some(ListEntry { kind, text, span, cfg: TokenStream::new() });
        }
        self.args.unparsed.push(Key::Origins);
        let help = "write a `fn is_ours(origin: &Origin<'_>) -> bool`, and `when(is_ours)`";
        self.errors.add(span, "`when(..)` takes the path of a function", help);
        None
    }

    fn set_max_age(&mut self, max_age: impl Into<MaxAge>, span: SpanRange) {
        self.args.settings.max_age = Some(max_age.into());
        self.args.max_age = Some(span);
    }

    pub(super) fn max_age<'t>(&mut self, name: &Name, tokens: &'t [TokenTree]) -> &'t [TokenTree] {
        match self.key_tail(Key::MaxAge, name, tokens) {
            KeyTail::Assigned(value) => self.duration(value),
            KeyTail::Called(group, rest) => {
                let value = ungroup(group.stream());
                let help = match value.as_slice() {
                    [only @ TokenTree::Literal(_)] => format!("write `max_age = {only}`"),
                    _ => example_help(Key::MaxAge),
                };
                self.errors.add(name.span.to(group.span()), "`max_age` takes its value after `=`", help);
                self.duration(&value);
                rest
            }
            KeyTail::Nothing(rest) => rest,
        }
    }

    /// A number of seconds or a text; whether it makes sense is for the rules to say.
    fn duration<'t>(&mut self, tokens: &'t [TokenTree]) -> &'t [TokenTree] {
        let calculated = sum(tokens);
        if let Some((_, [operator, ..])) = calculated
            && ['+', '-', '*', '/', '%', '<', '.'].into_iter().any(|char| is_punct(operator, char))
        {
            self.args.unparsed.push(Key::MaxAge);
            let message = "`max_age` can be calculated from integers only: macros see names, not values";
            self.errors.add(SpanRange::from_tokens(tokens), message, MAX_AGE_FORM);
            return &[];
        }
        if let Some((seconds, rest)) = calculated {
            let length = tokens.len() - rest.len();
            let span = SpanRange::from_tokens(&tokens[..length]);
            match seconds {
                Some(seconds) => self.set_max_age(seconds, span),
                None => {
                    self.args.unparsed.push(Key::MaxAge);
                    self.errors.add(span, "this is not a whole number of seconds", MAX_AGE_FORM);
                }
            }
            return rest;
        }
        match tokens {
            [token @ TokenTree::Literal(literal), rest @ ..] => {
                match number_or_text(literal) {
                    Some(max_age) => self.set_max_age(max_age, token.into()),
                    None => {
                        let message = format!("`{literal}` must be quoted");
                        self.errors.add(token, message, format!("write \"{literal}\""));
                    }
                }
                rest
            }
            [minus, token @ TokenTree::Literal(literal), rest @ ..] if is_punct(minus, '-') => {
                let text = MaxAge::Text(format!("-{literal}"));
                self.set_max_age(text, SpanRange::from(minus).to(token));
                rest
            }
            _ => {
                self.args.unparsed.push(Key::MaxAge);
                let seconds = seconds_of_call(tokens);
                let help = seconds.map_or(MAX_AGE_FORM.to_owned(), |seconds| format!("write {seconds}"));
                let message = "`max_age` takes a number of seconds, or a text";
                self.errors.add(SpanRange::from_tokens(tokens), message, help);
                &[]
            }
        }
    }

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
        let word = match value {
            Some(TokenTree::Group(group)) => group.stream().to_string(),
            Some(value) => value.to_string(),
            None => String::new(),
        };
        if word.trim_matches('"').eq_ignore_ascii_case("strict") {
            self.args.settings.enforce = Enforce::Strict;
            let is_right = separators.is_empty()
                && word == "strict"
                && matches!(value, Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis);
            if let Some(value) = value.filter(|_| !is_right) {
                let message = "`strict` is written in parentheses";
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

    /// The path or type of an item; whether there is one is for the compiler to say.
    pub(super) fn item<'t>(&mut self, key: Key, name: &Name, tokens: &'t [TokenTree]) -> &'t [TokenTree] {
        match self.key_tail(key, name, tokens) {
            KeyTail::Assigned(value) => {
                let item: TokenStream = value.iter().cloned().collect();
                let is_right = match key {
                    Key::State => syn::parse2::<syn::Type>(item.clone()).is_ok(),
                    Key::Crate => syn::parse2::<syn::Path>(item.clone()).is_ok(),
                    _ => syn::parse2::<syn::ExprPath>(item.clone()).is_ok(),
                };
                if is_right && self.report_self(key, &item) {
                    return &[];
                }
                if is_right {
                    match key {
                        Key::State => self.args.state = Some(item),
                        Key::Crate => self.args.root = Some(item),
                        Key::Delegate => self.args.delegate = Some(item),
                        _ => self.args.policy = Some(item),
                    }
                    return &[];
                }
                self.args.unparsed.push(key);
                let what = match key {
                    Key::State => "a type",
                    Key::Crate => "the path of `cors_runtime`",
                    Key::Delegate => "the path of a function",
                    _ => "the path of a policy",
                };
                let message = format!("`{}` takes {what}", key.name());
                // A path in quotes, as other attributes take it.
                let unquoted = match value {
                    [only] => string(only).filter(|text| syn::parse_str::<syn::Path>(text).is_ok()),
                    _ => None,
                };
                let help = match unquoted {
                    Some(path) => format!("write `{} = {path}`", key.name()),
                    None => example_help(key),
                };
                self.errors.add(SpanRange::from_tokens(value), message, help);
                &[]
            }
            KeyTail::Called(group, rest) => {
                self.args.unparsed.push(key);
                let span = name.span.to(group.span());
                let help = match group.stream() {
                    path if syn::parse2::<syn::Path>(path.clone()).is_ok() => {
                        format!("write `{} = {}`", key.name(), to_source(&path))
                    }
                    _ => example_help(key),
                };
                self.errors.add(span, format!("`{}` takes its value after `=`", key.name()), help);
                rest
            }
            KeyTail::Nothing(rest) => rest,
        }
    }

    pub(super) fn allow<'t>(&mut self, name: &Name, tokens: &'t [TokenTree]) -> &'t [TokenTree] {
        let separators = tokens.iter().take_while(|token| is_separator(token)).count();
        match &tokens[separators..] {
            [TokenTree::Group(group), rest @ ..] => {
                self.allowed_names(&ungroup(group.stream()));
                if separators > 0 || group.delimiter() != Delimiter::Parenthesis {
                    self.report_allow(name.span.to(group.span()));
                }
                rest
            }
            [value, rest @ ..] if separators > 0 || !is_like_a_key(value) => {
                let text = string(value).unwrap_or_else(|| value.to_string());
                self.allowed_name(&Name { text, span: value.into(), quoted: false });
                self.report_allow(name.span.to(value));
                rest
            }
            rest => {
                self.report_allow(tokens[..separators].last().map_or(name.span, |last| name.span.to(last)));
                rest
            }
        }
    }

    fn report_allow(&mut self, span: SpanRange) {
        let names: Vec<_> = self.args.allow.iter().map(|allow| allow.name()).collect();
        let help = match names.as_slice() {
            [] => example_help(Key::Allow),
            names => format!("write `allow({})`", names.join(", ")),
        };
        self.errors.add(span, "`allow` takes names in parentheses", help);
    }

    fn allowed_names(&mut self, tokens: &[TokenTree]) {
        for part in self.split_at_commas(tokens) {
            let mut rest = part;
            while let Some((name, after)) = name(rest) {
                self.allowed_name(&name);
                rest = self.expect_comma(after, |token| matches!(token, TokenTree::Ident(_)));
            }
            if !rest.is_empty() {
                self.errors.add(SpanRange::from_tokens(rest), "expected a name", example_help(Key::Allow));
            }
        }
    }

    fn allowed_name(&mut self, name: &Name) {
        let known = Allow::from_name(&name.text);
        let Some(allow) = known.or_else(|| Allow::suggest(&name.text)) else {
            let help = format!("the names are {}", code_list(Allow::ALL.map(Allow::name)));
            self.errors.add(name.span, format!("unknown name `{}`", name.text), help);
            return;
        };
        if known.is_none() {
            let help = format!("write `{}`", allow.name());
            self.errors.add(name.span, format!("unknown name `{}`", name.text), help);
        } else if name.quoted {
            let help = format!("write `{}`", allow.name());
            self.errors.add(name.span, "names are not quoted", help);
        }
        // A misspelt name counts: what it is meant to allow is not complained about.
        self.args.allow.push(allow);
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

    fn plain(text: String, token: &TokenTree) -> Self {
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

/// The path of a constant, if these tokens are one by its name.
fn constant(tokens: &[TokenTree]) -> Option<TokenStream> {
    // A reference to one is what the list has anyway.
    let tokens = match tokens {
        [ampersand, path @ ..] if is_punct(ampersand, '&') => path,
        path => path,
    };
    let Some(TokenTree::Ident(last)) = tokens.last() else { return None };
    let name = last.to_string();
    let is_constant = name.chars().all(|char| matches!(char, 'A'..='Z' | '0'..='9' | '_'))
        && name.starts_with(|char: char| char.is_ascii_uppercase());
    let path: TokenStream = tokens.iter().cloned().collect();
    (is_constant && syn::parse2::<syn::ExprPath>(path.clone()).is_ok()).then_some(path)
}

/// The name of the environment variable in `env!("NAME")`, `option_env!("NAME")` or `std::env::var("NAME")`, and what it is
/// asked by.
fn environment_variable(tokens: &[TokenTree]) -> Option<(&'static str, String)> {
    let (called, arguments) = match tokens {
        [.., name, bang, TokenTree::Group(arguments)] if is_punct(bang, '!') => match name {
            name if is_word(name, "env") => ("env!(..)", arguments),
            name if is_word(name, "option_env") => ("option_env!(..)", arguments),
            _ => return None,
        },
        [.., name, TokenTree::Group(arguments)] if is_word(name, "var") => ("env::var(..)", arguments),
        _ => return None,
    };
    let name = ungroup(arguments.stream()).first().and_then(string)?;
    Some((called, name))
}

/// The text that was probably meant by something that is not a string literal: by `authorization`, `content-type`,
/// `header::CONTENT_TYPE`, `Method::PUT`, `b"etag"` or `HeaderName::from_static("etag")`.
fn guessed_text(key: Key, tokens: &[TokenTree]) -> Option<String> {
    if let [TokenTree::Literal(literal)] = tokens {
        return match Lit::new(literal.clone()) {
            Lit::Str(literal) => Some(literal.value()),
            Lit::ByteStr(literal) => String::from_utf8(literal.value()).ok(),
            Lit::CStr(literal) => literal.value().into_string().ok(),
            _ => None,
        };
    }
    // `HeaderName::from_static("etag")`, `String::from("https://shop.example")`
    if let [TokenTree::Ident(_), .., TokenTree::Ident(_), TokenTree::Group(arguments)] = tokens
        && let [only] = ungroup(arguments.stream()).as_slice()
        && environment_variable(tokens).is_none()
    {
        return string(only);
    }
    if !matches!(key, Key::Headers | Key::Expose | Key::Methods) {
        return None;
    }
    let path = tokens.iter().rposition(|token| is_punct(token, ':')).map_or(0, |colon| colon + 1);
    let (name, rest) = name(&tokens[path..])?;
    if !rest.is_empty() {
        return None;
    }
    let is_constant = name.text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    // Those of the crate `http` are not texts, and neither are methods without their quotes.
    let is_of_http = match path {
        0 => HTTP_CONSTANTS.contains(&name.text.as_str()),
        path => {
            let is_http = |token| ["header", "http", "Method"].iter().any(|word| is_word(token, word));
            tokens[..path].iter().any(is_http)
        }
    };
    match key {
        _ if is_constant && !is_of_http => None,
        Key::Methods => Some(name.text.to_ascii_uppercase()),
        _ if is_constant => Some(name.text.to_ascii_lowercase().replace('_', "-")),
        _ => Some(name.text),
    }
}

/// The constants of the crate `http` that people have in mind, by their own names.
const HTTP_CONSTANTS: [&str; 28] = [
    "ACCEPT",
    "ACCEPT_LANGUAGE",
    "AUTHORIZATION",
    "CACHE_CONTROL",
    "CONTENT_DISPOSITION",
    "CONTENT_LANGUAGE",
    "CONTENT_LENGTH",
    "CONTENT_TYPE",
    "COOKIE",
    "ETAG",
    "HOST",
    "IF_MATCH",
    "IF_MODIFIED_SINCE",
    "IF_NONE_MATCH",
    "LAST_MODIFIED",
    "LOCATION",
    "ORIGIN",
    "RANGE",
    "RETRY_AFTER",
    "USER_AGENT",
    "DELETE",
    "GET",
    "HEAD",
    "OPTIONS",
    "PATCH",
    "POST",
    "PUT",
    "TRACE",
];

/// The seconds of `Duration::from_secs(600)` and its like.
fn seconds_of_call(tokens: &[TokenTree]) -> Option<u64> {
    let [.., TokenTree::Ident(function), TokenTree::Group(group)] = tokens else { return None };
    let factor = match function.to_string().as_str() {
        "from_secs" => 1,
        "from_mins" => 60,
        "from_hours" => 3_600,
        _ => return None,
    };
    let (number, _) = sum(&ungroup(group.stream()))?;
    number?.checked_mul(factor)
}

/// A sum of products of integers, for example `60 * 60`, and what follows it; the value is `None` if it overflows or is
/// not whole. `None` if it does not begin with an integer.
fn sum(tokens: &[TokenTree]) -> Option<(Option<u64>, &[TokenTree])> {
    let (mut value, mut rest) = product(tokens)?;
    while let [operator @ TokenTree::Punct(_), after @ ..] = rest
        && (is_punct(operator, '+') || is_punct(operator, '-'))
        && let Some((next, after)) = product(after)
    {
        let operation = if is_punct(operator, '+') { u64::checked_add } else { u64::checked_sub };
        value = value.zip(next).and_then(|(value, next)| operation(value, next));
        rest = after;
    }
    Some((value, rest))
}

fn product(tokens: &[TokenTree]) -> Option<(Option<u64>, &[TokenTree])> {
    let (mut value, mut rest) = factor(tokens)?;
    while let [operator @ TokenTree::Punct(_), after @ ..] = rest
        && (is_punct(operator, '*') || is_punct(operator, '/'))
        && let Some((next, after)) = factor(after)
    {
        value = value.zip(next).and_then(|(value, next)| match is_punct(operator, '*') {
            true => value.checked_mul(next),
            false => value.is_multiple_of(next.max(1)).then(|| value.checked_div(next)).flatten(),
        });
        rest = after;
    }
    Some((value, rest))
}

fn factor(tokens: &[TokenTree]) -> Option<(Option<u64>, &[TokenTree])> {
    match tokens {
        [TokenTree::Literal(literal), rest @ ..] => match number_or_text(literal)? {
            MaxAge::Seconds(seconds) => Some((Some(seconds), rest)),
            MaxAge::Text(_) => None,
        },
        [TokenTree::Group(group), rest @ ..] if group.delimiter() == Delimiter::Parenthesis => {
            let inner = ungroup(group.stream());
            let (value, left) = sum(&inner)?;
            left.is_empty().then_some((value, rest))
        }
        _ => None,
    }
}

/// `None` for a number with a unit, for example `10m`, which is a text without its quotes.
fn number_or_text(literal: &Literal) -> Option<MaxAge> {
    Some(match Lit::new(literal.clone()) {
        Lit::Str(text) if text.suffix().is_empty() => MaxAge::Text(text.value()),
        Lit::Int(number) => match number.suffix() {
            "" | "u16" | "u32" | "u64" | "i32" | "i64" | "usize" => match number.base10_digits().parse() {
                Ok(seconds) => MaxAge::Seconds(seconds),
                // It is too great for u64, and the rules say so of a text as well.
                Err(_) => MaxAge::Text(number.base10_digits().to_owned()),
            },
            "s" | "m" | "h" | "d" => return None,
            _ => MaxAge::Text(literal.to_string()),
        },
        _ => MaxAge::Text(literal.to_string()),
    })
}

/// Whether a value given to a flag means that it is not set.
fn is_off(value: &TokenTree) -> bool {
    let text = match value {
        TokenTree::Group(group) => group.stream().to_string(),
        value => value.to_string(),
    };
    matches!(text.trim_matches('"'), "false" | "no" | "off" | "0" | "none" | "omit" | "same-origin")
}
