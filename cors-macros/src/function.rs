//! The function below the attribute: its signature, parsed, and its body, which is left as it is. Policies are for others.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{
    Attribute, FnArg, GenericArgument, GenericParam, PathArguments, ReceiverKind, ReturnType, Signature,
    Token, Type, TypeParamBound, Visibility,
    ext::IdentExt,
    parse::{ParseStream, Parser},
};

use crate::{
    errors::Errors,
    tokens::{SpanRange, is_punct, to_source, ungroup},
};

/// A parsed handler, repaired if necessary for expansion to continue.
pub(crate) struct AnnotatedFunction {
    /// The attributes other than `#[cors]`, doc comments too; those inside of the body come last.
    pub(crate) attrs: TokenStream,
    pub(crate) vis: Visibility,
    /// It is `async`.
    pub(crate) sig: Signature,
    /// In braces, and not parsed: that is faster, and half-typed code keeps its completions in an editor.
    pub(crate) body: Group,
}

impl AnnotatedFunction {
    /// Parses a function, or gives the item back, as it is to be compiled after the errors.
    pub(crate) fn parse(item: TokenStream, errors: &mut Errors) -> Result<Self, TokenStream> {
        let Some((attrs, vis, mut sig, mut body)) = parse_item(&item, errors) else { return Err(item) };
        let name = &sig.ident.unraw();
        let mut attrs = other_attributes(attrs, name, errors);
        if is_method_of_others(&sig, name, errors) {
            return Err(item);
        }
        let is_future = is_future(&mut sig, name, errors);
        let has_too_many_arguments = has_too_many_arguments(&mut sig, name, errors);
        if is_future || has_too_many_arguments {
            // With its own type or arguments, the code in its place would be a second error, at the router.
            body = Body::Braces(stand_in(&item));
        }
        if sig.asyncness.is_none() {
            sig.asyncness = Some(Token![async](sig.fn_token.span));
        }
        let body = body.into_braces(name, &mut attrs, errors);
        Ok(Self { attrs, vis, sig, body })
    }
}

type Parts = (Vec<Attribute>, Visibility, Signature, Body);

fn parse_item(item: &TokenStream, errors: &mut Errors) -> Option<Parts> {
    if let Some(word) = other_item_keyword(item) {
        let help = match word.to_string().as_str() {
            "impl" | "mod" | "trait" => "write it on each handler inside",
            _ => "write it on an `async fn`",
        };
        errors.add(&word, format!("`#[cors]` goes on a handler, not on `{word}`"), help);
        return None;
    }
    match parse_function.parse2(item.clone()) {
        Ok(function) => Some(function),
        Err(error) => {
            for error in error {
                errors.add_text(error.span(), error.to_string());
            }
            None
        }
    }
}

/// The attributes that are not for the policy.
fn other_attributes(attrs: Vec<Attribute>, name: &Ident, errors: &mut Errors) -> TokenStream {
    let mut kept = TokenStream::new();
    for attr in attrs {
        let span = SpanRange { first: attr.pound_token.span, last: attr.bracket_token.span.close() };
        match attr.path().segments.last() {
            Some(last) if last.ident == "cors" => {
                errors.add(span, format!("`{name}` has more than one `#[cors]`"), "merge them into one");
            }
            // It has no arguments of its own that matter here.
            Some(last) if last.ident == "debug_handler" => {
                let attr = format!("#[{}]", to_source(&attr.path().to_token_stream()));
                let message = format!("`{attr}` looks at the return type, which `#[cors]` changes");
                errors.add(span, message, format!("write `{attr}` above `#[cors(..)]`"));
            }
            _ => attr.to_tokens(&mut kept),
        }
    }
    kept
}

/// Whether it is a method that has to be as it is.
fn is_method_of_others(sig: &Signature, name: &Ident, errors: &mut Errors) -> bool {
    if let Some(receiver) = borrowed_receiver(sig) {
        let receiver = receiver.to_token_stream();
        let message = format!("handlers take no `{}`, and `{name}` does", to_source(&receiver));
        let help = format!(
            "take what it needs as an extractor, for example `State(shop): State<Shop>`, or mount a closure: \
             `get(cors(&POLICY, async move || shop.{name}().await))`"
        );
        errors.add(SpanRange::from_tokens(&ungroup(receiver)), message, help);
        return true;
    }
    let is_of_async_trait = sig.asyncness.is_none() && is_of_async_trait(sig);
    if is_of_async_trait {
        let message = format!("`#[async_trait]` makes `{name}` a function that returns a boxed future");
        let help = format!("remove `#[cors]` here, and {}", mount_help(name));
        errors.add(sig.fn_token.span, message, help);
    }
    is_of_async_trait
}

/// Whether it returns a future, which is then left out; if it is not async at all, that is the mistake.
fn is_future(sig: &mut Signature, name: &Ident, errors: &mut Errors) -> bool {
    if sig.asyncness.is_some() {
        return false;
    }
    let Some(output) = future_output(&sig.output) else {
        let message = format!("handlers must be async, and `{name}` is not");
        errors.add(sig.fn_token.span, message, "write `async fn`");
        return false;
    };
    let message = format!("`{name}` returns a future, and is not an `async fn`");
    let help =
        format!("write `async fn {name}(..) -> {output}`, or remove `#[cors]` and {}", mount_help(name));
    errors.add(sig.fn_token.span, message, help);
    sig.output = ReturnType::Default;
    true
}

/// Whether it has more arguments than handlers can have, which are then left out.
fn has_too_many_arguments(sig: &mut Signature, name: &Ident, errors: &mut Errors) -> bool {
    let count = sig.inputs.len();
    if count <= MAX_ARGUMENTS {
        return false;
    }
    let message = format!("handlers have at most {MAX_ARGUMENTS} arguments, and `{name}` has {count}");
    let help =
        "make one argument of several: a tuple `(a, b): (A, B)`, or a struct that derives `FromRequestParts`";
    errors.add(SpanRange::from_tokens(&ungroup(sig.inputs.to_token_stream())), message, help);
    sig.inputs.clear();
    sig.generics = Default::default();
    true
}

/// How many arguments axum's handlers have at most.
const MAX_ARGUMENTS: usize = 16;

/// The body of a handler in the place of an item that cannot be one. The item is still there, and uses what it uses.
fn stand_in(item: &TokenStream) -> Group {
    Group::new(Delimiter::Brace, quote!(#[allow(dead_code)] #item ::core::unreachable!()))
}

/// How a function has a policy that cannot have the attribute.
fn mount_help(name: &Ident) -> String {
    format!("mount it with its policy: `get(cors(&POLICY, {name}))`")
}

/// `&self` or `&mut self`. By value, `self` may be an extractor.
fn borrowed_receiver(sig: &Signature) -> Option<&FnArg> {
    let is_borrowed = |argument: &&FnArg| match argument {
        FnArg::Receiver(receiver) => matches!(receiver.kind, ReceiverKind::Reference(..)),
        FnArg::Typed(_) => false,
    };
    sig.inputs.first().filter(is_borrowed)
}

/// Whether this is what `#[async_trait]` makes of a method: it names its lifetime.
fn is_of_async_trait(sig: &Signature) -> bool {
    sig.generics.params.iter().any(|param| match param {
        GenericParam::Lifetime(lifetime) => lifetime.lifetime.ident == "async_trait",
        _ => false,
    })
}

/// What the future gives that is returned as `impl Future<Output = T>`, `Pin<Box<dyn Future<Output = T>>>` or
/// `BoxFuture<'_, T>`.
fn future_output(output: &ReturnType) -> Option<String> {
    let ReturnType::Type(_, ty) = output else { return None };
    output_of(ty).map(|output| output.to_token_stream()).map(|output| spaced(&output))
}

fn output_of(ty: &Type) -> Option<&Type> {
    match ty {
        Type::ImplTrait(object) => object.bounds.iter().find_map(output_of_bound),
        Type::TraitObject(object) => object.bounds.iter().find_map(output_of_bound),
        Type::Group(group) => output_of(&group.elem),
        Type::Paren(paren) => output_of(&paren.elem),
        Type::Path(path) => {
            let last = path.path.segments.last()?;
            let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
            let inner = arguments.args.iter().find_map(|argument| match argument {
                GenericArgument::Type(ty) => Some(ty),
                _ => None,
            })?;
            match last.ident.to_string().as_str() {
                "Pin" | "Box" => output_of(inner),
                "BoxFuture" | "LocalBoxFuture" => Some(inner),
                _ => None,
            }
        }
        _ => None,
    }
}

fn output_of_bound(bound: &TypeParamBound) -> Option<&Type> {
    let TypeParamBound::Trait(bound) = bound else { return None };
    let last = bound.path.segments.last().filter(|last| last.ident == "Future")?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::AssocType(output) if output.ident == "Output" => Some(&output.ty),
        _ => None,
    })
}

/// A type as people write it.
fn spaced(ty: &TokenStream) -> String {
    ty.to_string()
        .replace(" :: ", "::")
        .replace(" <", "<")
        .replace("< ", "<")
        .replace(" >", ">")
        .replace(" ,", ",")
        .replace("& ", "&")
}

enum Body {
    Braces(Group),
    Semicolon(Token![;]),
}

impl Body {
    fn into_braces(self, name: &Ident, attrs: &mut TokenStream, errors: &mut Errors) -> Group {
        match self {
            Self::Braces(body) => hoist_inner_attributes(&body, attrs),
            Self::Semicolon(semicolon) => {
                let help = format!(
                    "write its body in place of the `;`; for a method of a trait, {}",
                    mount_help(name)
                );
                errors.add(semicolon.span, format!("`{name}` has no body"), help);
                attrs.extend(quote!(#[allow(unused_variables)]));
                Group::new(Delimiter::Brace, quote!(::core::unreachable!()))
            }
        }
    }
}

fn parse_function(input: ParseStream<'_>) -> syn::Result<Parts> {
    let attrs = input.call(Attribute::parse_outer)?;
    let vis = input.parse()?;
    let sig = input.parse()?;
    if input.peek(Token![;]) {
        return Ok((attrs, vis, sig, Body::Semicolon(input.parse()?)));
    }
    let at = input.span();
    // A `$body:block` of `macro_rules!` is in a group.
    match ungroup(input.parse()?).as_slice() {
        [TokenTree::Group(body)] if body.delimiter() == Delimiter::Brace => {
            Ok((attrs, vis, sig, Body::Braces(body.clone())))
        }
        _ => Err(syn::Error::new(at, "expected the handler's body")),
    }
}

/// The keyword that says what this is, if it is not a function.
fn other_item_keyword(item: &TokenStream) -> Option<TokenTree> {
    let mut qualifier = None;
    let mut tokens = ungroup(item.clone()).into_iter();
    while let Some(token) = tokens.next() {
        let word = token.to_string();
        match &token {
            TokenTree::Punct(punct) if punct.as_char() == '#' => drop(tokens.next()),
            TokenTree::Ident(_) if word == "fn" => return None,
            TokenTree::Ident(_) if OTHER_ITEM_KEYWORDS.contains(&word.as_str()) => return Some(token),
            TokenTree::Ident(_) if QUALIFIERS.contains(&word.as_str()) => qualifier = Some(token),
            // What belongs to `pub(crate)` or `extern "C"`.
            TokenTree::Group(_) | TokenTree::Literal(_) if qualifier.is_some() => {}
            _ => return qualifier.or(Some(token)),
        }
    }
    qualifier
}

/// What may be in front of `fn`.
const QUALIFIERS: [&str; 7] = ["pub", "default", "const", "async", "unsafe", "safe", "extern"];

/// What other items begin with, except for those that begin like a function.
const OTHER_ITEM_KEYWORDS: [&str; 9] =
    ["enum", "impl", "mod", "static", "struct", "trait", "type", "union", "use"];

/// Takes out the attributes at the start of the body, because the code that comes in front of it does not leave them that
/// place.
fn hoist_inner_attributes(body: &Group, attrs: &mut TokenStream) -> Group {
    let tokens: Vec<_> = body.stream().into_iter().collect();
    let mut rest = tokens.as_slice();
    while let [pound, bang, TokenTree::Group(attr), after @ ..] = rest
        && is_punct(pound, '#')
        && is_punct(bang, '!')
    {
        attrs.extend([pound.clone(), attr.clone().into()]);
        rest = after;
    }
    let mut left = Group::new(Delimiter::Brace, rest.iter().cloned().collect());
    left.set_span(body.span());
    left
}
