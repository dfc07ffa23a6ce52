//! The names of `allow(..)`.

use cors_rules::{Allow, Key};
use proc_macro2::{Delimiter, TokenTree};

use super::{Name, Parser, code_list, example_help, is_like_a_key, is_separator, name};
use crate::tokens::{SpanRange, string, ungroup};

impl Parser<'_> {
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
            let help = format!("the names are {}", code_list(Allow::ALL.iter().map(|allow| allow.name())));
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
