//! The entries that `origins` may have apart from texts: `regex(..)`, `env(..)` and `when(..)`.

use cors_rules::Key;
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use super::Parser;
use crate::{
    attr_args::{EntryKind, List, ListEntry},
    tokens::{SpanRange, is_path, is_punct, is_word, string, to_source, ungroup},
};

impl Parser<'_> {
    /// `regex("..")`; what is in it is for the rules to judge.
    pub(super) fn regex(&mut self, arguments: &Group, span: SpanRange) -> Option<ListEntry> {
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
    pub(super) fn env(&mut self, arguments: &Group, span: SpanRange) -> Option<ListEntry> {
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
            [[name], [default, equals, text]]
                if string(name).is_some()
                    && is_word(default, "default")
                    && is_punct(equals, '=')
                    && string(text).is_some() =>
            {
                self.args.unparsed.push(Key::Origins);
                let [name, text] = [name, text].map(|text| string(text).unwrap_or_default());
                let help = format!("write `env({name:?}, default = [{text:?}])`");
                self.errors.add(SpanRange::from_tokens(parts[1]), "`default` takes a list", help);
                return None;
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
    pub(super) fn when(&mut self, function: &Group, span: SpanRange) -> Option<ListEntry> {
        let path = function.stream();
        if is_path(&path) {
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
}
