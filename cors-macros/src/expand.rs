//! From a checked policy and a function to code: const data and one call. Must not decide anything about
//! policies.
//!
//! All that the code names of `cors_runtime` is `Cors`, `Policy` and what is in `__private`.

use cors_rules::{AllowedOrigins, Automaton, NameList, OriginList, OriginRegex, Pattern};
use proc_macro2::{Group, Literal, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{
    GenericArgument, Lifetime, PathArguments, ReturnType, Token, Type, TypeParamBound, ext::IdentExt,
    spanned::Spanned,
};

use crate::{
    check::Policy,
    describe,
    function::Function,
    need::Missing,
    tokens::code,
    written::{Entry, EntryKind, Written},
};

/// `quote!` with the span of generated code: the user's code cannot see its variables, and lints pass it
/// over.
macro_rules! generate {
    ($($tokens:tt)*) => { quote_spanned!(Span::mixed_site()=> $($tokens)*) };
}

/// The handler, with its policy in its type.
pub(crate) fn function(function: Function, policy: &Policy<'_>) -> TokenStream {
    let Function { attrs, vis, mut sig, body } = function;
    let docs = docs(policy);
    let checks = checks(policy);
    let policy = handler_policy(policy, &sig.ident.unraw().to_string());
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
                fn policy() -> ::cors_runtime::__private::PolicySource {
                    #policy
                }
            }
            #checks
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

/// What the handler's type says of its policy.
fn handler_policy(policy: &Policy<'_>, handler: &str) -> TokenStream {
    match policy {
        Policy::At { path, enforce, .. } => {
            let (named, added) = (named(path, handler), added(*enforce));
            generate!(::cors_runtime::__private::PolicyPath::named(&#path, #named, #added))
        }
        Policy::Delegate { path, enforce } => {
            let (named, added) = (named(path, handler), added(*enforce));
            generate! {
                ::cors_runtime::__private::delegate(#path, ::core::file!(), ::core::line!(), #named, #added)
            }
        }
        Policy::Wrong | Policy::SameOrigin | Policy::Shared { .. } => {
            let parts = parts(policy, handler);
            generate! {
                static POLICY: ::cors_runtime::__private::LazyPolicy =
                    ::cors_runtime::__private::LazyPolicy::new(#parts);
                ::cors_runtime::__private::handler(&POLICY)
            }
        }
    }
}

/// Who names a policy that is written elsewhere, and how.
fn named(path: &TokenStream, handler: &str) -> TokenStream {
    let path = code(path);
    generate!(::cors_runtime::__private::Named { path: #path, handler: #handler })
}

/// What a handler adds to a policy that is written elsewhere.
fn added(enforce: bool) -> TokenStream {
    let enforce = self::enforce(enforce);
    generate!(::cors_runtime::__private::Added { enforce: #enforce, unenforced_websocket: false })
}

fn enforce(enforce: bool) -> TokenStream {
    let variant = if enforce { generate!(CrossOrigin) } else { generate!(Off) };
    generate!(::cors_runtime::__private::Enforce::#variant)
}

/// What the handler's arguments need of a policy that is written elsewhere, as checks that the compiler makes.
fn checks(policy: &Policy<'_>) -> TokenStream {
    let Policy::At { path, needs, .. } = policy else { return TokenStream::new() };
    let checks = needs.iter().map(|Missing { need, place, message }| {
        let (check, what) = match need.header() {
            Some((name, covered_by_any)) => (quote!(may_grant_header), quote!(, #name, #covered_by_any)),
            None => (quote!(may_grant_credentials), TokenStream::new()),
        };
        let at = Span::mixed_site().located_at(place.first);
        quote_spanned! {at=>
            const _: () = ::core::assert!(
                ::cors_runtime::__private::#check(::cors_runtime::__private::Elsewhere(&#path).grants() #what),
                #message,
            );
        }
    });
    checks.collect()
}

/// The policy as a const expression; `name` is what it is written by.
pub(crate) fn policy(policy: &Policy<'_>, name: &str) -> TokenStream {
    let (credentials, headers) = match policy {
        Policy::Shared { proven, .. } => (proven.credentials, proven.headers.clone()),
        Policy::Wrong | Policy::SameOrigin | Policy::At { .. } | Policy::Delegate { .. } => {
            (false, NameList::default())
        }
    };
    let any_header = headers.any.then_some("*");
    let header_names = any_header.into_iter().chain(headers.names.iter().map(String::as_str));
    let parts = parts(policy, name);
    // The data is behind a function, so that the expression can be a constant's as well as a static's.
    generate! {{
        static POLICY: ::cors_runtime::__private::LazyPolicy = ::cors_runtime::__private::LazyPolicy::new(#parts);
        fn policy() -> &'static ::cors_runtime::__private::LazyPolicy {
            &POLICY
        }
        ::cors_runtime::Policy {
            __repr: ::cors_runtime::__private::Repr::Static(policy),
            __grants: ::cors_runtime::__private::Grants {
                credentials: #credentials,
                headers: &[#(#header_names),*],
            },
        }
    }}
}

/// What the policy says, as texts; `name` is what it is written by.
fn parts(policy: &Policy<'_>, name: &str) -> TokenStream {
    let nothing = NameList::default();
    let (origins, credentials, enforce, methods, headers, expose, max_age, allow) = match policy {
        Policy::Wrong | Policy::SameOrigin | Policy::At { .. } | Policy::Delegate { .. } => {
            let origins = generate!(::cors_runtime::__private::OriginParts::None);
            (origins, false, false, [].as_slice(), &nothing, &nothing, None, [].as_slice())
        }
        Policy::Shared { proven, enforce, written } => (
            origins(&proven.origins, written),
            proven.credentials,
            *enforce,
            proven.methods.as_slice(),
            &proven.headers,
            &proven.expose,
            proven.max_age,
            written.allow.as_slice(),
        ),
    };
    let (headers, expose) = (names(headers), names(expose));
    let max_age = match max_age {
        Some(seconds) => generate!(::core::option::Option::Some(#seconds)),
        None => generate!(::core::option::Option::None),
    };
    let enforce = self::enforce(enforce);
    let allow = allow.iter().map(|allow| {
        let name = format_ident!("{allow:?}");
        generate!(::cors_runtime::__private::Allow::#name)
    });
    generate! {
        ::cors_runtime::__private::PolicyParts {
            origins: #origins,
            headers: #headers,
            expose: #expose,
            methods: &[#(#methods),*],
            max_age: #max_age,
            credentials: #credentials,
            enforce: #enforce,
            timing: false,
            allow: &[#(#allow),*],
            file: ::core::file!(),
            line: ::core::line!(),
            name: #name,
        }
    }
}

fn names(NameList { any, names }: &NameList) -> TokenStream {
    generate!(::cors_runtime::__private::NameParts { any: #any, names: &[#(#names),*] })
}

fn origins(origins: &AllowedOrigins<'_>, written: &Written) -> TokenStream {
    let (entries, regexes, functions) = match origins {
        AllowedOrigins::Any => return generate!(::cors_runtime::__private::OriginParts::Any),
        AllowedOrigins::When => {
            let path = &written.when;
            let name = written.when.as_ref().map(code);
            // A closure takes methods such as `Origin::is_loopback` as well, which are no such function by themselves.
            let function = generate!((#name, |origin| #path(origin)));
            (Vec::new(), generate!(::core::option::Option::None), function)
        }
        AllowedOrigins::List(list) if list.variables.is_empty() => {
            let texts = list.patterns.iter().map(Pattern::to_string);
            let entries = texts.map(|text| generate!(::cors_runtime::__private::Entry::Text(#text)));
            (entries.collect(), regexes(list), TokenStream::new())
        }
        AllowedOrigins::List(list) => {
            let entries = written.origins.iter().flat_map(|list| &list.entries).filter_map(entry);
            (entries.collect(), regexes(list), TokenStream::new())
        }
    };
    generate! {
        ::cors_runtime::__private::OriginParts::List {
            entries: &[#(#entries),*],
            regexes: #regexes,
            functions: &[#functions],
        }
    }
}

/// An entry of a list that is known once the environment has been read; regular expressions are known already.
fn entry(entry: &Entry) -> Option<TokenStream> {
    let text = &entry.text;
    match &entry.kind {
        EntryKind::Plain => Some(generate!(::cors_runtime::__private::Entry::Text(#text))),
        EntryKind::Regex => None,
        EntryKind::Env { default } => {
            let default = match default {
                Some(default) => {
                    let texts = default.iter().map(|entry| &entry.text);
                    generate!(::core::option::Option::Some(&[#(#texts),*]))
                }
                None => generate!(::core::option::Option::None),
            };
            Some(generate!(::cors_runtime::__private::Entry::Env { name: #text, default: #default }))
        }
    }
}

fn regexes(list: &OriginList<'_>) -> TokenStream {
    let Some(Automaton { little_endian, big_endian }) = &list.automaton else {
        return generate!(::core::option::Option::None);
    };
    let texts = list.regexes.iter().map(OriginRegex::as_str);
    let [little_endian, big_endian] = [little_endian, big_endian].map(|bytes| Literal::byte_string(bytes));
    generate! {
        ::core::option::Option::Some(::cors_runtime::__private::RegexParts {
            texts: &[#(::cors_runtime::__private::Cow::Borrowed(#texts)),*],
            little_endian: #little_endian,
            big_endian: #big_endian,
        })
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
