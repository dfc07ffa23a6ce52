//! Token trees as slices, which match patterns, and places in them. Must not know what they mean.

use proc_macro2::{Span, TokenStream, TokenTree};

/// Where something stands: from its first token to its last.
///
/// Two spans, because only a nightly compiler joins them into one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extent {
    pub(crate) first: Span,
    pub(crate) last: Span,
}

impl Extent {
    /// The place of these tokens; of none, it is the place of the attribute.
    pub(crate) fn of(tokens: &[TokenTree]) -> Self {
        match tokens {
            [] => Span::call_site().into(),
            [first, ..] => Self { first: first.span(), last: tokens[tokens.len() - 1].span() },
        }
    }

    /// The place from here to the end of `last`.
    pub(crate) fn to(self, last: impl Into<Self>) -> Self {
        Self { first: self.first, last: last.into().last }
    }
}

impl From<Span> for Extent {
    fn from(span: Span) -> Self {
        Self { first: span, last: span }
    }
}

impl From<&TokenTree> for Extent {
    fn from(token: &TokenTree) -> Self {
        token.span().into()
    }
}

/// The tokens, without the invisible groups around what `macro_rules!` inserted for a fragment such as
/// `$origin:literal`.
pub(crate) fn flat(tokens: TokenStream) -> Vec<TokenTree> {
    let mut flat = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Group(group) if group.delimiter() == proc_macro2::Delimiter::None => {
                flat.append(&mut self::flat(group.stream()));
            }
            token => flat.push(token),
        }
    }
    flat
}

/// Whether this is the punctuation character `char`.
pub(crate) fn is_punct(token: &TokenTree, char: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == char)
}

/// The value of a string literal without a suffix.
pub(crate) fn string(token: &TokenTree) -> Option<String> {
    let TokenTree::Literal(literal) = token else { return None };
    match syn::Lit::new(literal.clone()) {
        syn::Lit::Str(literal) if literal.suffix().is_empty() => Some(literal.value()),
        _ => None,
    }
}

/// A path without the spaces between its tokens.
pub(crate) fn code(path: &TokenStream) -> String {
    path.to_string().replace(' ', "")
}
