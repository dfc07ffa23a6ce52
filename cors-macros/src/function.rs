//! The function below the attribute: its signature, parsed, and its body, which is left as it is. Must not
//! know policies.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{
    Attribute, Signature, Token, Visibility,
    ext::IdentExt,
    parse::{ParseStream, Parser},
};

use crate::{
    errors::Errors,
    tokens::{Extent, flat, is_punct},
};

/// A handler that code can be made of, in a pinch after it was mended.
pub(crate) struct Function {
    /// The attributes other than `#[cors]`, doc comments too; those inside of the body come last.
    pub(crate) attrs: TokenStream,
    pub(crate) vis: Visibility,
    /// It is `async`.
    pub(crate) sig: Signature,
    /// In braces, and not parsed: that is faster, and half-typed code keeps its completions in an editor.
    pub(crate) body: Group,
}

impl Function {
    /// Reads a function, or gives the item back that is none.
    pub(crate) fn parse(item: TokenStream, errors: &mut Errors) -> Result<Self, TokenStream> {
        if let Some(word) = word_of_other(&item) {
            let help = match word.to_string().as_str() {
                "impl" | "mod" | "trait" => "write it on each handler inside",
                _ => "write it on an `async fn`",
            };
            errors.add(&word, format!("`#[cors]` goes on a handler, not on `{word}`"), help);
            return Err(item);
        }
        let (attrs, vis, mut sig, body) = match parse_function.parse2(item.clone()) {
            Ok(function) => function,
            Err(error) => {
                for error in error {
                    errors.add_text(error.span(), error.to_string());
                }
                return Err(item);
            }
        };
        let name = sig.ident.unraw();

        let mut kept = TokenStream::new();
        for attr in attrs {
            if attr.path().segments.last().is_some_and(|last| last.ident == "cors") {
                let place = Extent { first: attr.pound_token.span, last: attr.bracket_token.span.close() };
                errors.add(place, format!("`{name}` has a second `#[cors]`"), "put all keys into one");
            } else {
                attr.to_tokens(&mut kept);
            }
        }
        if sig.asyncness.is_none() {
            let message = format!("`{name}` is not async, and handlers are");
            errors.add(sig.fn_token.span, message, "write `async fn`");
            sig.asyncness = Some(Token![async](sig.fn_token.span));
        }
        let body = match body {
            Body::Braces(body) => hoist_inner_attributes(&body, &mut kept),
            Body::Semicolon(semicolon) => {
                errors.add(
                    semicolon.span,
                    format!("`{name}` has no body"),
                    "write its body in place of the `;`",
                );
                kept.extend(quote!(#[allow(unused_variables)]));
                Group::new(Delimiter::Brace, quote!(::core::unreachable!()))
            }
        };
        Ok(Self { attrs: kept, vis, sig, body })
    }
}

enum Body {
    Braces(Group),
    Semicolon(Token![;]),
}

fn parse_function(input: ParseStream<'_>) -> syn::Result<(Vec<Attribute>, Visibility, Signature, Body)> {
    let attrs = input.call(Attribute::parse_outer)?;
    let vis = input.parse()?;
    let sig = input.parse()?;
    if input.peek(Token![;]) {
        return Ok((attrs, vis, sig, Body::Semicolon(input.parse()?)));
    }
    let at = input.span();
    // One that is a `$body:block` of `macro_rules!` is wrapped.
    match flat(input.parse()?).as_slice() {
        [TokenTree::Group(body)] if body.delimiter() == Delimiter::Brace => {
            Ok((attrs, vis, sig, Body::Braces(body.clone())))
        }
        _ => Err(syn::Error::new(at, "expected the handler's body")),
    }
}

/// The word that says what this is, if it is no function.
fn word_of_other(item: &TokenStream) -> Option<TokenTree> {
    let mut qualifier = None;
    let mut tokens = flat(item.clone()).into_iter();
    while let Some(token) = tokens.next() {
        let word = token.to_string();
        match &token {
            TokenTree::Punct(punct) if punct.as_char() == '#' => drop(tokens.next()),
            TokenTree::Ident(_) if word == "fn" => return None,
            TokenTree::Ident(_) if OTHERS.contains(&word.as_str()) => return Some(token),
            TokenTree::Ident(_) if QUALIFIERS.contains(&word.as_str()) => qualifier = Some(token),
            // What belongs to `pub(crate)` or `extern "C"`.
            TokenTree::Group(_) | TokenTree::Literal(_) if qualifier.is_some() => {}
            _ => return qualifier.or(Some(token)),
        }
    }
    qualifier
}

/// What may stand in front of `fn`.
const QUALIFIERS: [&str; 7] = ["pub", "default", "const", "async", "unsafe", "safe", "extern"];

/// What other items begin with, except for those that begin like a function.
const OTHERS: [&str; 9] = ["enum", "impl", "mod", "static", "struct", "trait", "type", "union", "use"];

/// Takes the attributes out that stand at the start of the body, because the code that comes in front of it
/// does not leave them that place.
fn hoist_inner_attributes(body: &Group, attrs: &mut TokenStream) -> Group {
    let tokens: Vec<_> = body.stream().into_iter().collect();
    let mut rest = tokens.as_slice();
    while let [pound, bang, TokenTree::Group(attr), behind @ ..] = rest
        && is_punct(pound, '#')
        && is_punct(bang, '!')
    {
        attrs.extend([pound.clone(), attr.clone().into()]);
        rest = behind;
    }
    let mut left = Group::new(Delimiter::Brace, rest.iter().cloned().collect());
    left.set_span(body.span());
    left
}
