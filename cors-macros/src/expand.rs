//! From a checked policy and a function to code: const data and one call. Must not decide anything about
//! policies.
//!
//! All that the code names of `cors_runtime` is `Cors`, `Policy` and what is in `__private`.

use cors_rules::{AllowedOrigins, NameList, Pattern, Port, index_exact, index_patterns};
use proc_macro2::{Group, Span, TokenStream};
use quote::quote_spanned;
use syn::{
    GenericArgument, Lifetime, PathArguments, ReturnType, Token, Type, TypeParamBound, ext::IdentExt,
    spanned::Spanned,
};

use crate::{check::Policy, describe, function::Function};

/// `quote!` with the span of generated code: the user's code cannot see its variables, and lints pass it
/// over.
macro_rules! generate {
    ($($tokens:tt)*) => { quote_spanned!(Span::mixed_site()=> $($tokens)*) };
}

/// The handler, with its policy in its type.
pub(crate) fn function(function: Function, policy: &Policy<'_>) -> TokenStream {
    let Function { attrs, vis, mut sig, body } = function;
    let docs = docs(policy);
    let policy = reference(policy, &sig.ident.unraw().to_string());
    let (returned, returned_at) = match sig.output {
        ReturnType::Default => (Type::Verbatim(generate!(())), sig.ident.span()),
        ReturnType::Type(_, returned) => {
            let at = returned.span();
            (*returned, at)
        }
    };
    let carrying = generate!(::cors_runtime::Cors<#returned, impl ::cors_runtime::__private::HasPolicy>);
    sig.output = ReturnType::Type(Token![->](Span::mixed_site()), Box::new(Type::Verbatim(carrying)));
    let call = call(returned, returned_at, &body);
    generate! {
        #attrs
        #docs
        #vis #sig {
            struct __CorsPolicy;
            impl ::cors_runtime::__private::HasPolicy for __CorsPolicy {
                fn policy() -> &'static ::cors_runtime::Policy {
                    #policy
                }
            }
            #call
        }
    }
}

/// The handler's own return value, together with the policy.
///
/// The statement before the body does nothing but tell the compiler what the async block returns before it
/// sees the body. So `?`, coercions such as to `Box<dyn Error>` and the types of literals come out as they do
/// in a plain function, and a wrong value is reported where it stands; `returned_at` is the reason that the
/// compiler then shows.
fn call(mut returned: Type, returned_at: Span, body: &Group) -> TokenStream {
    erase_impl_trait(&mut returned);
    // The body stays a block of its own, so that its items are not behind a statement. The label keeps the
    // compiler from calling the braces unused; with a span of its own, it would give the block this crate's
    // edition.
    let label = Lifetime::new("'__cors_body", body.span());
    quote_spanned! {Span::mixed_site().located_at(returned_at)=>
        ::cors_runtime::__private::cors(
            async move {
                if let ::core::option::Option::Some(value) = ::core::option::Option::<#returned>::None {
                    return value;
                }
                #label: #body
            }
            .await,
            __CorsPolicy,
        )
    }
}

/// The policy as statements that give a reference to it.
fn reference(policy: &Policy<'_>, handler: &str) -> TokenStream {
    if let Policy::At(path) = policy {
        return generate!(&#path);
    }
    let policy = self::policy(policy, handler);
    generate! {
        static POLICY: ::cors_runtime::Policy = #policy;
        &POLICY
    }
}

/// The policy as a const expression; `handler` is the function that it is written on.
pub(crate) fn policy(policy: &Policy<'_>, handler: &str) -> TokenStream {
    let nothing = NameList::default();
    let (origins, credentials, enforce, methods, headers, expose, max_age) = match policy {
        Policy::Wrong | Policy::SameOrigin | Policy::At(_) => {
            let origins = generate!(::cors_runtime::__private::Origins::None);
            (origins, false, false, [].as_slice(), &nothing, &nothing, None)
        }
        Policy::Shared { proven, enforce } => (
            origins(&proven.origins),
            proven.credentials,
            *enforce,
            proven.methods.as_slice(),
            &proven.headers,
            &proven.expose,
            proven.max_age,
        ),
    };
    let allow_methods = option((!methods.is_empty()).then(|| methods.join(", ")));
    let allow_headers = option(joined(headers));
    let expose_headers = option(joined(expose));
    let max_age = option(max_age.map(|seconds| seconds.to_string()));
    generate! {
        ::cors_runtime::__private::policy(::cors_runtime::__private::PolicyParts {
            origins: #origins,
            credentials: #credentials,
            enforce: #enforce,
            methods: &[#(#methods),*],
            allow_methods: #allow_methods,
            allow_headers: #allow_headers,
            expose_headers: #expose_headers,
            max_age: #max_age,
            place: ::cors_runtime::__private::Source {
                file: ::core::file!(),
                line: ::core::line!(),
                handler: #handler,
            },
        })
    }
}

fn origins(origins: &AllowedOrigins<'_>) -> TokenStream {
    let patterns = match origins {
        AllowedOrigins::Any => return generate!(::cors_runtime::__private::Origins::Any),
        AllowedOrigins::List(patterns) => patterns,
    };
    if let [only] = patterns.as_slice()
        && only.is_exact()
    {
        let only = only.to_string();
        return generate!(::cors_runtime::__private::Origins::One(#only));
    }
    let (exact, patterns): (Vec<_>, Vec<_>) = patterns.iter().copied().partition(Pattern::is_exact);
    let exact: Vec<_> = exact.iter().map(Pattern::to_string).collect();
    let exact_index = index_exact(&exact.iter().map(String::as_str).collect::<Vec<_>>());
    let patterns_index = index_patterns(&patterns);
    let patterns = patterns.iter().map(pattern);
    let count = exact.len();
    // The values stand in a static of their own, because a request's answer is a cheap clone of one.
    generate! {{
        static VALUES: [::cors_runtime::__private::HeaderValue; #count] =
            [#(::cors_runtime::__private::HeaderValue::from_static(#exact)),*];
        ::cors_runtime::__private::Origins::Set(
            ::cors_runtime::__private::OriginSet {
                exact: &[#(#exact),*],
                exact_index: &[#(#exact_index),*],
                patterns: &[#(#patterns),*],
                patterns_index: &[#(#patterns_index),*],
            },
            &VALUES,
        )
    }}
}

fn pattern(pattern: &Pattern<'_>) -> TokenStream {
    let Pattern { scheme, subdomains, host, port } = pattern;
    let port = match port {
        Port::Default => generate!(Default),
        Port::Number(number) => generate!(Number(#number)),
        Port::Any => generate!(Any),
    };
    generate! {
        ::cors_runtime::__private::Pattern {
            scheme: #scheme,
            subdomains: #subdomains,
            host: #host,
            port: ::cors_runtime::__private::Port::#port,
        }
    }
}

/// The value of a header that lists names, if there are any.
fn joined(list: &NameList) -> Option<String> {
    let any = list.any.then_some("*");
    let names: Vec<_> = any.into_iter().chain(list.names.iter().map(String::as_str)).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

fn option(text: Option<String>) -> TokenStream {
    match text {
        Some(text) => generate!(::core::option::Option::Some(#text)),
        None => generate!(::core::option::Option::None),
    }
}

/// The paragraph that ends the handler's documentation.
fn docs(policy: &Policy<'_>) -> TokenStream {
    match describe::policy(policy) {
        Some(words) => {
            let words = format!("**CORS**: {words}");
            generate!(#[doc = ""] #[doc = #words])
        }
        None => TokenStream::new(),
    }
}

/// Puts `_` in the place of each `impl Trait`, which stands for a type in signatures only.
fn erase_impl_trait(ty: &mut Type) {
    match ty {
        Type::ImplTrait(_) => *ty = Type::Verbatim(generate!(_)),
        Type::Array(array) => erase_impl_trait(&mut array.elem),
        Type::Group(group) => erase_impl_trait(&mut group.elem),
        Type::Paren(paren) => erase_impl_trait(&mut paren.elem),
        Type::Ptr(pointer) => erase_impl_trait(&mut pointer.elem),
        Type::Reference(reference) => erase_impl_trait(&mut reference.elem),
        Type::Slice(slice) => erase_impl_trait(&mut slice.elem),
        Type::Tuple(tuple) => tuple.elems.iter_mut().for_each(erase_impl_trait),
        Type::Path(path) => erase_in_path(&mut path.path),
        Type::TraitObject(object) => {
            for bound in &mut object.bounds {
                if let TypeParamBound::Trait(bound) = bound {
                    erase_in_path(&mut bound.path);
                }
            }
        }
        // There is no `impl Trait` in the others.
        _ => {}
    }
}

fn erase_in_path(path: &mut syn::Path) {
    for segment in &mut path.segments {
        if let PathArguments::AngleBracketed(arguments) = &mut segment.arguments {
            for argument in &mut arguments.args {
                match argument {
                    GenericArgument::Type(ty) => erase_impl_trait(ty),
                    GenericArgument::AssocType(assoc) => erase_impl_trait(&mut assoc.ty),
                    _ => {}
                }
            }
        }
    }
}
