//! The values of the keys: lists, durations, flags and names. Must not know how keys follow one another.

use cors_rules::{Allow, Key, MaxAge};
use proc_macro2::{Delimiter, Group, Literal, TokenStream, TokenTree};
use syn::Lit;

use super::{
    Behind, Name, Parser, code, code_list, is_any, is_like_a_key, is_sign, name, write_entries,
    write_example, write_list,
};
use crate::{
    tokens::{Extent, flat, is_punct, string},
    written::{Entry, EntryKind, List},
};

/// What the rules take for `any`.
const ANY: &str = "*";

// Each of these gives what follows the value.
impl Parser<'_> {
    pub(super) fn list<'t>(&mut self, key: Key, name: &Name, tokens: &'t [TokenTree]) -> &'t [TokenTree] {
        let (list, behind) = match self.behind(key, name, tokens) {
            Behind::Assigned(value) => self.assigned_list(key, value),
            Behind::Called(group, behind) => {
                let list = self.entries(key, group);
                let message = format!("`{}` takes its value after `=`", key.name());
                self.errors.add(name.place.to(group.span()), message, write_entries(key, &list.codes()));
                (Some(list), behind)
            }
            Behind::Nothing(behind) => (None, behind),
        };
        match key {
            Key::Headers => self.written.headers = list,
            Key::Expose => self.written.expose = list,
            Key::Methods => self.written.methods = list,
            _ => self.written.origins = list,
        }
        behind
    }

    fn assigned_list<'t>(&mut self, key: Key, value: &'t [TokenTree]) -> (Option<List>, &'t [TokenTree]) {
        match value {
            [TokenTree::Group(group), behind @ ..] => {
                let list = self.entries(key, group);
                if group.delimiter() != Delimiter::Bracket {
                    let help = write_entries(key, &list.codes());
                    self.errors.add(group.span(), "a list stands in square brackets", help);
                }
                (Some(list), behind)
            }
            [first, TokenTree::Group(function), behind @ ..]
                if key == Key::Origins && is_word(first, "when") =>
            {
                self.when(first, function);
                (None, behind)
            }
            [first, TokenTree::Group(group), behind @ ..]
                if is_word(first, "regex") || is_word(first, "env") =>
            {
                let place = Extent::from(first).to(group.span());
                let entries = self.entry(key, value).0.into_iter().collect();
                let list = List { entries, place };
                let message = format!("`{}` takes a list, and this is a single entry", key.name());
                self.errors.add(place, message, write_entries(key, &list.codes()));
                (Some(list), behind)
            }
            [first, behind @ ..] if is_any(first) => (Some(List::any(first)), behind),
            [first, behind @ ..] if is_punct(first, '*') => {
                self.errors.add(first, "a bare `*`", "write `any`");
                (Some(List::any(first)), behind)
            }
            [first, behind @ ..] if string(first).is_some_and(|text| text == ANY) => {
                (Some(List::any(first)), behind)
            }
            [first, behind @ ..] if string(first).is_some() => {
                let text = string(first).unwrap_or_default();
                // Several entries in one text, as header fields have them.
                let texts = text.trim_end_matches(',').split(',').map(|text| text.trim().to_owned());
                let entries = texts.map(|text| Entry::plain(text, first)).collect();
                let list = List { entries, place: first.into() };
                let message = format!("`{}` takes a list, and this is a single text", key.name());
                self.errors.add(first, message, write_entries(key, &list.codes()));
                (Some(list), behind)
            }
            _ => {
                self.written.unread.push(key);
                let message = format!("`{}` takes a list of string literals, or `any`", key.name());
                let help = match meant(key, value) {
                    Some(text) => write_list(key, &[text]),
                    None => write_example(key),
                };
                self.errors.add(Extent::of(value), message, help);
                (None, &[])
            }
        }
    }

    fn entries(&mut self, key: Key, group: &Group) -> List {
        let tokens = flat(group.stream());
        let mut entries = Vec::new();
        for part in self.split_at_commas(&tokens) {
            let mut rest = part;
            while !rest.is_empty() {
                let (entry, behind) = self.entry(key, rest);
                entries.extend(entry);
                let starts_entry = |token: &TokenTree| {
                    string(token).is_some()
                        || is_any(token)
                        || ["regex", "env"].iter().any(|word| is_word(token, word))
                };
                rest = self.next_after(behind, starts_entry);
            }
        }
        List { entries, place: group.span().into() }
    }

    /// The entry at the start, or nothing but an error, and what follows.
    fn entry<'t>(&mut self, key: Key, tokens: &'t [TokenTree]) -> (Option<Entry>, &'t [TokenTree]) {
        if let [first, TokenTree::Group(arguments), behind @ ..] = tokens {
            let place = Extent::from(first).to(arguments.span());
            let special = ["regex", "env", "when"].into_iter().find(|word| is_word(first, word));
            if let Some(word) = special.filter(|_| key != Key::Origins) {
                self.written.unread.push(key);
                let message = format!("`{word}(..)` stands for origins only");
                self.errors.add(place, message, format!("write such as {:?}", key.example_entry()));
                return (None, behind);
            }
            match special {
                Some("regex") => return (self.regex(arguments, place), behind),
                Some("env") => return (self.env(arguments, place), behind),
                Some(_) => {
                    self.written.unread.push(key);
                    let message =
                        "`when(..)` decides on all origins, so that it stands in the place of the list";
                    self.errors.add(place, message, format!("write `origins = when{arguments}`"));
                    return (None, behind);
                }
                None => {}
            }
        }
        if let [first, behind @ ..] = tokens {
            if let Some(text) = string(first) {
                return (Some(Entry::plain(text, first)), behind);
            }
            if is_any(first) {
                return (Some(Entry::any(first)), behind);
            }
            if is_punct(first, '*') && behind.is_empty() {
                self.errors.add(first, "a bare `*`", "write `any`");
                return (Some(Entry::any(first)), behind);
            }
        }
        let message = format!("an entry of `{}` is a string literal or `any`", key.name());
        let text = meant(key, tokens).unwrap_or_else(|| key.example_entry().to_owned());
        self.errors.add(Extent::of(tokens), message, format!("write {text:?}"));
        self.written.unread.push(key);
        (None, &[])
    }

    /// `regex("..")`; what is in it is for the rules to judge.
    fn regex(&mut self, arguments: &Group, place: Extent) -> Option<Entry> {
        match flat(arguments.stream()).as_slice() {
            [only] if string(only).is_some() => {
                // The text is the thing to edit.
                Some(Entry { kind: EntryKind::Regex, text: string(only)?, place: only.into() })
            }
            _ => {
                self.written.unread.push(Key::Origins);
                let help = r#"write such as `regex(r"https://[a-z]+\.shop\.example")`"#;
                self.errors.add(place, "`regex(..)` takes one string literal", help);
                None
            }
        }
    }

    /// `env("NAME")` or `env("NAME", default = [..])`
    fn env(&mut self, arguments: &Group, place: Extent) -> Option<Entry> {
        const FORM: &str = r#"write such as `env("CORS_ORIGINS", default = ["http://localhost:3000"])`"#;
        let tokens = flat(arguments.stream());
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
                self.written.unread.push(Key::Origins);
                let message = "`env(..)` takes the name of a variable, and a `default` perhaps";
                self.errors.add(place, message, FORM);
                return None;
            }
        };
        if let Some(List { entries, place }) = &default {
            let is_plain = |entry: &Entry| matches!(entry.kind, EntryKind::Plain);
            if entries.is_empty() || !entries.iter().all(is_plain) {
                let message = "the default of a variable is a list of what may stand in it";
                self.errors.add(*place, message, FORM);
            }
        }
        let default = default.map(|list| list.entries);
        Some(Entry { kind: EntryKind::Env { default }, text: string(name)?, place: name.into() })
    }

    /// `when(path)`; whether there is such a function is for the compiler to say.
    fn when(&mut self, word: &TokenTree, function: &Group) {
        let path = function.stream();
        if syn::parse2::<syn::ExprPath>(path.clone()).is_ok() {
            self.written.when = Some(path);
        } else {
            self.written.unread.push(Key::Origins);
            let place = Extent::from(word).to(function.span());
            let help = "write a `fn is_ours(origin: &Origin<'_>) -> bool`, and `origins = when(is_ours)`";
            self.errors.add(place, "`when(..)` takes the path of a function", help);
        }
    }

    pub(super) fn max_age<'t>(&mut self, name: &Name, tokens: &'t [TokenTree]) -> &'t [TokenTree] {
        match self.behind(Key::MaxAge, name, tokens) {
            Behind::Assigned(value) => self.duration(value),
            Behind::Called(group, behind) => {
                let value = flat(group.stream());
                let help = match value.as_slice() {
                    [only @ TokenTree::Literal(_)] => format!("write `max_age = {only}`"),
                    _ => write_example(Key::MaxAge),
                };
                self.errors.add(name.place.to(group.span()), "`max_age` takes its value after `=`", help);
                self.duration(&value);
                behind
            }
            Behind::Nothing(behind) => behind,
        }
    }

    /// A number of seconds or a text; whether it makes sense is for the rules to say.
    fn duration<'t>(&mut self, tokens: &'t [TokenTree]) -> &'t [TokenTree] {
        match tokens {
            [token @ TokenTree::Literal(literal), behind @ ..] => {
                match number_or_text(literal) {
                    Some(max_age) => self.written.max_age = Some((max_age, token.into())),
                    None => {
                        let message = format!("`{literal}` lacks its quotes");
                        self.errors.add(token, message, format!("write \"{literal}\""));
                    }
                }
                behind
            }
            [minus, token @ TokenTree::Literal(literal), behind @ ..] if is_punct(minus, '-') => {
                let text = MaxAge::Text(format!("-{literal}"));
                self.written.max_age = Some((text, Extent::from(minus).to(token)));
                behind
            }
            _ => {
                let message = "`max_age` takes a number of seconds, or a text";
                let help = "write whole seconds such as `600`, or a text such as `\"10m\"` or `\"2h\"`";
                self.errors.add(Extent::of(tokens), message, help);
                self.written.unread.push(Key::MaxAge);
                &[]
            }
        }
    }

    /// A flag stands alone; what else is written is taken for what it says. Gives whether it is set, too.
    pub(super) fn flag<'t>(
        &mut self,
        key: Key,
        name: &Name,
        tokens: &'t [TokenTree],
    ) -> (bool, &'t [TokenTree]) {
        let signs = tokens.iter().take_while(|token| is_sign(token)).count();
        let (value, behind) = match &tokens[signs..] {
            [] => (None, &[][..]),
            [group @ TokenTree::Group(_), behind @ ..] => (Some(group), behind),
            [value, behind @ ..] if signs > 0 => (Some(value), behind),
            behind => (None, behind),
        };
        if signs == 0 && value.is_none() {
            return (true, behind);
        }
        let end = value.or(tokens[..signs].last());
        let place = end.map_or(name.place, |end| name.place.to(end));
        let off = value.is_some_and(is_off);
        let help = if off { "remove it".to_owned() } else { write_example(key) };
        self.errors.add(place, format!("`{}` is a flag and takes no value", key.name()), help);
        (!off, behind)
    }

    /// The path of a policy or of a function; whether there is one is for the compiler to say.
    pub(super) fn path<'t>(&mut self, key: Key, name: &Name, tokens: &'t [TokenTree]) -> &'t [TokenTree] {
        match self.behind(key, name, tokens) {
            Behind::Assigned(value) => {
                let path: TokenStream = value.iter().cloned().collect();
                if syn::parse2::<syn::ExprPath>(path.clone()).is_ok() {
                    match key {
                        Key::Delegate => self.written.delegate = Some(path),
                        _ => self.written.policy = Some(path),
                    }
                } else {
                    self.written.unread.push(key);
                    let message = match key {
                        Key::Delegate => "`delegate` takes the path of a function",
                        _ => "`policy` takes the path of a policy",
                    };
                    self.errors.add(Extent::of(value), message, write_example(key));
                }
                &[]
            }
            Behind::Called(group, behind) => {
                self.written.unread.push(key);
                let place = name.place.to(group.span());
                let message = format!("`{}` takes its value after `=`", key.name());
                self.errors.add(place, message, write_example(key));
                behind
            }
            Behind::Nothing(behind) => behind,
        }
    }

    pub(super) fn allow<'t>(&mut self, name: &Name, tokens: &'t [TokenTree]) -> &'t [TokenTree] {
        let signs = tokens.iter().take_while(|token| is_sign(token)).count();
        match &tokens[signs..] {
            [TokenTree::Group(group), behind @ ..] => {
                self.allowed_names(&flat(group.stream()));
                if signs > 0 || group.delimiter() != Delimiter::Parenthesis {
                    self.report_allow(name.place.to(group.span()));
                }
                behind
            }
            [value, behind @ ..] if signs > 0 || !is_like_a_key(value) => {
                let text = string(value).unwrap_or_else(|| value.to_string());
                self.allowed_name(&Name { text, place: value.into(), quoted: false });
                self.report_allow(name.place.to(value));
                behind
            }
            behind => {
                self.report_allow(tokens[..signs].last().map_or(name.place, |last| name.place.to(last)));
                behind
            }
        }
    }

    fn report_allow(&mut self, place: Extent) {
        let names: Vec<_> = self.written.allow.iter().map(|allow| allow.name()).collect();
        let help = match names.as_slice() {
            [] => write_example(Key::Allow),
            names => format!("write `allow({})`", names.join(", ")),
        };
        self.errors.add(place, "`allow` takes names in parentheses", help);
    }

    fn allowed_names(&mut self, tokens: &[TokenTree]) {
        for part in self.split_at_commas(tokens) {
            let mut rest = part;
            while let Some((name, behind)) = name(rest) {
                self.allowed_name(&name);
                rest = self.next_after(behind, |token| matches!(token, TokenTree::Ident(_)));
            }
            if !rest.is_empty() {
                self.errors.add(Extent::of(rest), "expected a name", write_example(Key::Allow));
            }
        }
    }

    fn allowed_name(&mut self, name: &Name) {
        let known = Allow::from_name(&name.text);
        let Some(allow) = known.or_else(|| Allow::guess(&name.text)) else {
            let help = format!("the names are {}", code_list(Allow::ALL.map(Allow::name)));
            self.errors.add(name.place, format!("unknown name `{}`", name.text), help);
            return;
        };
        if known.is_none() {
            let help = format!("write `{}`", allow.name());
            self.errors.add(name.place, format!("unknown name `{}`", name.text), help);
        } else if name.quoted {
            let help = format!("write `{}`", allow.name());
            self.errors.add(name.place, "a name stands without quotes", help);
        }
        // A misspelt name counts, so that what it is meant to allow is not complained about.
        self.written.allow.push(allow);
    }
}

impl List {
    fn any(token: &TokenTree) -> Self {
        Self { entries: vec![Entry::any(token)], place: token.into() }
    }

    fn codes(&self) -> Vec<String> {
        self.entries.iter().map(Entry::code).collect()
    }
}

impl Entry {
    fn any(token: &TokenTree) -> Self {
        Self::plain(ANY.to_owned(), token)
    }

    fn plain(text: String, token: &TokenTree) -> Self {
        Self { kind: EntryKind::Plain, text, place: token.into() }
    }

    /// The entry as it stands in the source.
    fn code(&self) -> String {
        let text = code(&self.text);
        match &self.kind {
            EntryKind::Plain => text,
            EntryKind::Regex => format!("regex({text})"),
            EntryKind::Env { default: None } => format!("env({text})"),
            EntryKind::Env { default: Some(default) } => {
                let default: Vec<_> = default.iter().map(Self::code).collect();
                format!("env({text}, default = [{}])", default.join(", "))
            }
        }
    }
}

/// Whether this is the word itself, with nothing around it.
fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == word)
}

/// The text that was probably meant by something that is no string literal: by `authorization`,
/// `content-type`,
/// `header::CONTENT_TYPE`, `Method::PUT` or `b"etag"`.
fn meant(key: Key, tokens: &[TokenTree]) -> Option<String> {
    if let [TokenTree::Literal(literal)] = tokens {
        return match Lit::new(literal.clone()) {
            Lit::Str(literal) => Some(literal.value()),
            Lit::ByteStr(literal) => String::from_utf8(literal.value()).ok(),
            Lit::CStr(literal) => literal.value().into_string().ok(),
            _ => None,
        };
    }
    if !matches!(key, Key::Headers | Key::Expose | Key::Methods) {
        return None;
    }
    let path = tokens.iter().rposition(|token| is_punct(token, ':')).map_or(0, |colon| colon + 1);
    let (name, behind) = name(&tokens[path..])?;
    if !behind.is_empty() {
        return None;
    }
    let is_constant = name.text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    Some(match key {
        Key::Methods => name.text.to_ascii_uppercase(),
        _ if is_constant => name.text.to_ascii_lowercase().replace('_', "-"),
        _ => name.text,
    })
}

/// `None` for a number with a unit, such as `10m`, which is a text without its quotes.
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
