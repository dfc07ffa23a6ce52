//! The values of `policy`, `delegate`, `state` and `crate`, which are the names of items.

use cors_rules::Key;
use proc_macro2::{TokenStream, TokenTree};

use super::{KeyTail, Name, Parser, example_help};
use crate::tokens::{SpanRange, has_try, is_path, is_punct, is_word, string, to_source};

impl Parser<'_> {
    /// The path or type of an item; whether there is one is for the compiler to say.
    pub(super) fn item<'t>(&mut self, key: Key, name: &Name, tokens: &'t [TokenTree]) -> &'t [TokenTree] {
        match self.key_tail(key, name, tokens) {
            KeyTail::Assigned(value) => {
                let item: TokenStream = value.iter().cloned().collect();
                let is_right = match key {
                    Key::State => syn::parse2::<syn::Type>(item.clone()).is_ok() && !has_try(&item),
                    Key::Crate => syn::parse2::<syn::Path>(item.clone()).is_ok() && !has_try(&item),
                    _ => is_path(&item),
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
                let meant = match value {
                    [only] => string(only).filter(|text| syn::parse_str::<syn::Path>(text).is_ok()),
                    // A reference to it.
                    [ampersand, path @ ..] if is_punct(ampersand, '&') => {
                        let path: TokenStream = path.iter().cloned().collect();
                        syn::parse2::<syn::Path>(path.clone()).is_ok().then(|| to_source(&path))
                    }
                    _ => None,
                };
                let help = match meant {
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

    /// Reports a path that begins with `Self`, and whether it does.
    pub(super) fn report_self(&mut self, key: Key, path: &TokenStream) -> bool {
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
}
