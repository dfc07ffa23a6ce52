//! Token trees as slices, which match patterns, and the spans that they cover. What they mean is for others.

use proc_macro2::{Span, TokenStream, TokenTree};

/// What is between two tokens, and these.
///
/// Two spans, because only a nightly compiler joins them into one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SpanRange {
    pub(crate) first: Span,
    pub(crate) last: Span,
}

impl SpanRange {
    /// From the first of these tokens to the last; without any, that of the attribute.
    pub(crate) fn from_tokens(tokens: &[TokenTree]) -> Self {
        match tokens {
            [] => Span::call_site().into(),
            [first, ..] => Self { first: first.span(), last: tokens[tokens.len() - 1].span() },
        }
    }

    /// From here to the end of `last`.
    pub(crate) fn to(self, last: impl Into<Self>) -> Self {
        Self { first: self.first, last: last.into().last }
    }
}

impl From<Span> for SpanRange {
    fn from(span: Span) -> Self {
        Self { first: span, last: span }
    }
}

impl From<&TokenTree> for SpanRange {
    fn from(token: &TokenTree) -> Self {
        token.span().into()
    }
}

/// The tokens, without the invisible groups around what `macro_rules!` inserted for a fragment, for example
/// `$origin:literal`.
pub(crate) fn ungroup(tokens: TokenStream) -> Vec<TokenTree> {
    let mut flat = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Group(group) if group.delimiter() == proc_macro2::Delimiter::None => {
                flat.append(&mut ungroup(group.stream()));
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

/// Whether this is the word itself, with nothing around it.
pub(crate) fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == word)
}

/// Whether tokens are the path of a value. syn takes `try` for a name, and the compiler does not.
pub(crate) fn is_path(tokens: &TokenStream) -> bool {
    syn::parse2::<syn::ExprPath>(tokens.clone()).is_ok() && !has_try(tokens)
}

/// Whether there is a `try`, which is a name only as `r#try`.
pub(crate) fn has_try(tokens: &TokenStream) -> bool {
    tokens.clone().into_iter().any(|token| is_word(&token, "try"))
}

/// A path as it is written, without the spaces between its tokens, but for those between words.
pub(crate) fn to_source(path: &TokenStream) -> String {
    let is_word_char = |char: char| char == '_' || char.is_alphanumeric();
    path.to_string().split(' ').fold(String::new(), |source, token| {
        let is_between_words = source.ends_with(is_word_char) && token.starts_with(is_word_char);
        source + if is_between_words { " " } else { "" } + token
    })
}
