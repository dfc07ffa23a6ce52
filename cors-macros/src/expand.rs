//! From a checked policy and a function to code: const data and one call. Decides nothing about policies.
//!
//! All that the code names of `cors_runtime` is `Cors`, `Policy` and what is in `__private`. It names them below `root`,
//! which is `::cors_runtime` or what `crate = PATH` says.

use cors_rules::{
    Allow, AllowedOrigins, Automaton, CheckedOrigins, CheckedPolicy, Enforce, NameList, OriginRegex, Pattern,
    RuleNote, Settings, Violation,
};
use proc_macro2::{Group, Literal, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{
    GenericArgument, Lifetime, PathArguments, ReturnType, Token, Type, TypeParamBound, ext::IdentExt,
    spanned::Spanned,
};

use crate::{
    attr_args::{AttrArgs, EntryKind, List, ListEntry},
    check::{AddedKeys, AttrPolicy},
    doc_comment,
    function::AnnotatedFunction,
    requirement::DeferredRequirement,
    tokens::to_source,
};

/// `quote!` with the span of generated code: the user's code cannot see its variables, and lints pass it
/// over. Their names begin with `__cors_` all the same, because a pattern's name is a constant or a unit struct of the user's
/// if there is one.
macro_rules! generate {
    ($($tokens:tt)*) => { quote_spanned!(Span::mixed_site()=> $($tokens)*) };
}

/// Where the code finds `cors_runtime`.
pub(crate) fn root(args: &AttrArgs) -> TokenStream {
    args.root.clone().unwrap_or_else(|| generate!(::cors_runtime))
}

/// The handler, with its policy in its type.
pub(crate) fn function(
    root: &TokenStream,
    function: AnnotatedFunction,
    policy: &AttrPolicy<'_>,
) -> TokenStream {
    let AnnotatedFunction { attrs, vis, mut sig, body } = function;
    let docs = docs(policy);
    let asserts = [constant_asserts(root, policy), requirement_asserts(root, policy)];
    let policy = handler_policy(root, policy, &sig.ident.unraw().to_string());
    let (returned, returned_at) = match sig.output {
        ReturnType::Default => (Type::Verbatim(generate!(())), sig.ident.span()),
        ReturnType::Type(_, returned) => {
            let at = returned.span();
            (*returned, at)
        }
    };
    let return_type =
        generate!(#root::Cors<#returned, impl #root::routing::mount_with_this_module::HasPolicy>);
    sig.output = ReturnType::Type(Token![->](Span::mixed_site()), Box::new(Type::Verbatim(return_type)));
    let call = call(root, returned, returned_at, &body);
    generate! {
        #attrs
        #docs
        #vis #sig {
            struct __CorsPolicy;
            impl #root::routing::mount_with_this_module::HasPolicy for __CorsPolicy {
                fn policy() -> #root::__private::PolicySource {
                    #policy
                }
            }
            #(#asserts)*
            #call
        }
    }
}

/// The handler's own return value, together with the policy.
///
/// The statement before the body does nothing but show the compiler what the async block returns before it sees the
/// body. So `?`, coercions, for example to `Box<dyn Error>`, and the types of literals come out as they do in a plain
/// function, and a wrong value is reported where it is; `returned_at` is the reason that the compiler then shows.
fn call(root: &TokenStream, mut returned: Type, returned_at: Span, body: &Group) -> TokenStream {
    erase_impl_trait(&mut returned);
    // The body stays a block of its own, with no statement in front of its items. The label keeps the compiler from
    // calling the braces unused; with a span of its own, it would give the block this crate's edition.
    let label = Lifetime::new("'__cors_body", body.span());
    quote_spanned! {Span::mixed_site().located_at(returned_at)=>
        #root::__private::cors(
            async move {
                if let ::core::option::Option::Some(__cors_value) = ::core::option::Option::<#returned>::None {
                    return __cors_value;
                }
                #label: #body
            }
            .await,
            __CorsPolicy,
        )
    }
}

/// What the handler's type says of its policy.
fn handler_policy(root: &TokenStream, policy: &AttrPolicy<'_>, handler: &str) -> TokenStream {
    match policy {
        AttrPolicy::Reference { path, added, .. } => {
            let (named, added) = (named(root, path, handler), self::added(root, *added));
            generate!(#root::__private::NamedPolicy::named(&#path, #named, #added))
        }
        AttrPolicy::Delegate { path, state, added } => {
            let (named, added) = (named(root, path, handler), self::added(root, *added));
            let function = match state {
                Some(state) => generate!(delegate_in_state::<#state, _, _>),
                None => generate!(delegate),
            };
            generate! {
                #root::__private::#function(#path, ::core::file!(), ::core::line!(), #named, #added)
            }
        }
        AttrPolicy::Invalid | AttrPolicy::SameOrigin { .. } | AttrPolicy::Inline { .. } => {
            // A reference to a constant costs the compiler less than a static.
            let parts = parts(root, policy, handler);
            generate!(#root::__private::handler(&#parts))
        }
    }
}

/// Who names a policy that is written elsewhere, and how.
fn named(root: &TokenStream, path: &TokenStream, handler: &str) -> TokenStream {
    let path = to_source(path);
    generate!(#root::__private::Named { path: #path, handler: #handler })
}

/// What a handler adds to a policy that is written elsewhere.
fn added(root: &TokenStream, AddedKeys { enforce, unenforced_websocket }: AddedKeys) -> TokenStream {
    let enforce = self::enforce(root, enforce);
    generate!(#root::__private::Added { enforce: #enforce, unenforced_websocket: #unenforced_websocket })
}

fn enforce(root: &TokenStream, enforce: Enforce) -> TokenStream {
    let variant = format_ident!("{enforce:?}");
    generate!(#root::__private::Enforce::#variant)
}

fn allow(root: &TokenStream, allow: &[Allow]) -> TokenStream {
    let names = allow.iter().map(|allow| format_ident!("{allow:?}"));
    generate!(&[#(#root::__private::Allow::#names),*])
}

/// What the handler's arguments require of a policy that is not known here, as asserts that the compiler evaluates.
fn requirement_asserts(root: &TokenStream, policy: &AttrPolicy<'_>) -> TokenStream {
    let (grants, requirements) = match policy {
        AttrPolicy::Reference { path, requirements, .. } => {
            (generate!(#root::__private::Elsewhere(&#path).grants()), requirements)
        }
        AttrPolicy::Inline { requirements, .. } => {
            let grants = grants(root, policy);
            (generate!(::core::option::Option::Some(#grants)), requirements)
        }
        AttrPolicy::Invalid | AttrPolicy::SameOrigin { .. } | AttrPolicy::Delegate { .. } => {
            return TokenStream::new();
        }
    };
    let asserts = requirements.iter().map(|DeferredRequirement { requirement, span, message }| {
        let (check, what) = match requirement.header() {
            Some((name, covered_by_any)) => (quote!(may_grant_header), quote!(, #name, #covered_by_any)),
            None => (quote!(may_grant_credentials), TokenStream::new()),
        };
        let at = Span::mixed_site().located_at(span.first);
        quote_spanned!(at=> const _: () = ::core::assert!(#root::__private::#check(#grants #what), #message);)
    });
    asserts.collect()
}

/// The rules for constants, which the compiler evaluates because only it knows their values.
fn constant_asserts(root: &TokenStream, policy: &AttrPolicy<'_>) -> TokenStream {
    let AttrPolicy::Inline { args, .. } = policy else { return TokenStream::new() };
    let (credentials, allow) = (args.settings.credentials, allow(root, &args.allow));
    let lists = [
        (&args.origins, quote!(origin), quote!(, #credentials, #allow)),
        (&args.headers, quote!(header), quote!(, #allow)),
        (&args.expose, quote!(exposed_header), TokenStream::new()),
        (&args.methods, quote!(method), TokenStream::new()),
    ];
    let mut asserts = TokenStream::new();
    for (list, kind, more) in lists {
        for ListEntry { kind: entry, span, cfg, .. } in list.iter().flat_map(|list| &list.entries) {
            if let EntryKind::Constant { path } = entry {
                let at = Span::mixed_site().located_at(span.first);
                asserts.extend(quote_spanned! {at=>
                    #cfg
                    const _: () = if let ::core::option::Option::Some(__cors_message) =
                        #root::__private::constant::#kind(#path #more)
                    {
                        ::core::panic!("{}", __cors_message)
                    };
                });
            }
        }
    }
    asserts
}

/// The policy as a const expression; `name` is what it is written by.
pub(crate) fn policy(root: &TokenStream, policy: &AttrPolicy<'_>, name: &str) -> TokenStream {
    let asserts = constant_asserts(root, policy);
    let grants = grants(root, policy);
    let parts = parts(root, policy, name);
    // The data is behind a function: the expression can then be used in a constant as well as in a static.
    generate! {{
        #asserts
        static POLICY: #root::__private::LazyPolicy = #root::__private::LazyPolicy::new(#parts);
        fn policy() -> &'static #root::__private::LazyPolicy {
            &POLICY
        }
        #root::Policy { __repr: #root::__private::Repr::Static(policy), __grants: #grants }
    }}
}

/// What the policy grants, for const code.
fn grants(root: &TokenStream, policy: &AttrPolicy<'_>) -> TokenStream {
    let (credentials, headers) = match policy {
        AttrPolicy::Inline { checked, args, .. } => {
            let any = checked.headers.any.then(|| generate!("*"));
            let names = texts(&checked.headers.names, args.headers.as_ref());
            (checked.settings.credentials, any.into_iter().chain(names).collect())
        }
        _ => (false, Vec::new()),
    };
    generate!(#root::__private::Grants { credentials: #credentials, headers: &[#(#headers),*] })
}

/// What the policy says, as texts; `name` is what it is written by.
fn parts(root: &TokenStream, policy: &AttrPolicy<'_>, name: &str) -> TokenStream {
    let nothing = NameList::default();
    let nobody = || generate!(#root::__private::OriginParts::None);
    let (origins, headers, expose, methods, settings, allow) = match policy {
        AttrPolicy::Inline { checked, args, .. } => (
            origins(root, checked, args),
            names(root, &checked.headers, args.headers.as_ref()),
            names(root, &checked.expose, args.expose.as_ref()),
            texts(&checked.methods, args.methods.as_ref()),
            &checked.settings,
            args.allow.as_slice(),
        ),
        AttrPolicy::SameOrigin { allow } => {
            let [headers, expose] = [(), ()].map(|()| names(root, &nothing, None));
            (nobody(), headers, expose, Vec::new(), &Settings::NONE, *allow)
        }
        AttrPolicy::Invalid | AttrPolicy::Reference { .. } | AttrPolicy::Delegate { .. } => {
            let [headers, expose] = [(), ()].map(|()| names(root, &nothing, None));
            (nobody(), headers, expose, Vec::new(), &Settings::NONE, [].as_slice())
        }
    };
    let (settings, allow) = (self::settings(root, settings), self::allow(root, allow));
    generate! {
        #root::__private::PolicyParts {
            origins: #origins,
            headers: #headers,
            expose: #expose,
            methods: &[#(#methods),*],
            settings: #settings,
            allow: #allow,
            file: ::core::file!(),
            line: ::core::line!(),
            name: #name,
        }
    }
}

fn settings(root: &TokenStream, settings: &Settings<u32>) -> TokenStream {
    let Settings { max_age, credentials, enforce, timing } = settings;
    let max_age = match max_age {
        Some(seconds) => generate!(::core::option::Option::Some(#seconds)),
        None => generate!(::core::option::Option::None),
    };
    let enforce = self::enforce(root, *enforce);
    generate! {
        #root::__private::Settings {
            max_age: #max_age,
            credentials: #credentials,
            enforce: #enforce,
            timing: #timing,
        }
    }
}

fn names(root: &TokenStream, checked: &NameList, list: Option<&List>) -> TokenStream {
    let any = checked.any;
    let names = texts(&checked.names, list);
    generate!(#root::__private::NameParts { any: #any, names: &[#(#names),*] })
}

/// The names of a list: those that were checked, or else all that are written, because constants and conditions are known
/// later.
fn texts(checked: &[String], list: Option<&List>) -> Vec<TokenStream> {
    let Some(list) = list.filter(|list| is_known_later(list)) else {
        return checked.iter().map(|name| generate!(#name)).collect();
    };
    let names = list.entries.iter().filter(|entry| entry.text != "*");
    let name = |ListEntry { kind, text, cfg, .. }: &ListEntry| match kind {
        EntryKind::Constant { path } => generate!(#cfg #path),
        _ => {
            let name = text.to_ascii_lowercase();
            generate!(#cfg #name)
        }
    };
    names.map(name).collect()
}

/// Whether only the compiler, or the program when it runs, knows all entries.
fn is_known_later(list: &List) -> bool {
    list.entries.iter().any(|ListEntry { kind, cfg, .. }| {
        matches!(kind, EntryKind::Env { .. } | EntryKind::Constant { .. }) || !cfg.is_empty()
    })
}

fn origins(root: &TokenStream, policy: &CheckedPolicy<'_>, args: &AttrArgs) -> TokenStream {
    let CheckedPolicy { origins, notes, .. } = policy;
    let checked = match origins {
        AllowedOrigins::Nobody => return generate!(#root::__private::OriginParts::None),
        AllowedOrigins::Any => return generate!(#root::__private::OriginParts::Any),
        AllowedOrigins::List(checked) => checked,
    };
    let written = args.origins.iter().flat_map(|list| &list.entries);
    let entries: Vec<_> = if args.origins.as_ref().is_some_and(is_known_later) {
        written.clone().filter_map(|entry| self::entry(root, entry)).collect()
    } else {
        let texts = checked.patterns.iter().map(Pattern::to_string);
        texts.map(|text| generate!(#root::__private::Entry::Text(#text))).collect()
    };
    let regexes = regexes(root, checked, notes);
    let functions = written.filter_map(|ListEntry { kind, text, cfg, .. }| match kind {
        // A closure also accepts methods like `Origin::is_loopback`, whose own type does not match.
        EntryKind::When { path } => Some(generate!(#cfg (#text, |__cors_origin| #path(__cors_origin)))),
        _ => None,
    });
    generate! {
        #root::__private::OriginParts::List {
            entries: &[#(#entries),*],
            regexes: #regexes,
            functions: &[#(#functions),*],
        }
    }
}

/// An entry of a list that is known later; regular expressions and functions are not in it.
fn entry(root: &TokenStream, ListEntry { kind, text, cfg, .. }: &ListEntry) -> Option<TokenStream> {
    let entry = match kind {
        EntryKind::Regex | EntryKind::When { .. } => return None,
        EntryKind::Plain => generate!(#root::__private::Entry::Text(#text)),
        EntryKind::Constant { path } => generate!(#root::__private::Entry::Text(#path)),
        EntryKind::Env { default } => {
            let default = match default {
                Some(default) => {
                    let texts = default.iter().map(|entry| &entry.text);
                    generate!(::core::option::Option::Some(&[#(#texts),*]))
                }
                None => generate!(::core::option::Option::None),
            };
            generate!(#root::__private::Entry::Env { name: #text, default: #default })
        }
    };
    Some(generate!(#cfg #entry))
}

/// The expressions, with what `allow` permits them; of all other entries, the runtime finds it out by itself.
fn regexes(root: &TokenStream, list: &CheckedOrigins<'_>, notes: &[RuleNote]) -> TokenStream {
    let Some(Automaton { little_endian, big_endian }) = &list.automaton else {
        return generate!(::core::option::Option::None);
    };
    let texts = list.regexes.iter().map(OriginRegex::as_str);
    let notes = notes.iter().filter_map(|RuleNote { violation, .. }| {
        let Violation { rule, value, message, .. } = violation;
        let regex =
            value.as_deref().filter(|value| list.regexes.iter().any(|regex| regex.as_str() == *value))?;
        let rule = format_ident!("{rule:?}");
        Some(generate!((#root::__private::Rule::#rule, #regex, #message)))
    });
    let [little_endian, big_endian] = [little_endian, big_endian].map(|bytes| Literal::byte_string(bytes));
    generate! {
        ::core::option::Option::Some(#root::__private::RegexParts {
            texts: &[#(#root::__private::Cow::Borrowed(#texts)),*],
            little_endian: #little_endian,
            big_endian: #big_endian,
            notes: &[#(#notes),*],
        })
    }
}

/// The paragraph that ends the handler's documentation.
///
/// It is there for rustdoc only: other attributes below this one, for example `#[utoipa::path]`, take documentation for theirs
/// to publish, and a policy names internal origins.
fn docs(policy: &AttrPolicy<'_>) -> TokenStream {
    match doc_comment::policy(policy) {
        Some(words) => {
            let words = format!("**CORS**: {words}");
            generate!(#[cfg_attr(doc, doc = "")] #[cfg_attr(doc, doc = #words)])
        }
        None => TokenStream::new(),
    }
}

/// Puts `_` in the place of each `impl Trait`, which is a type in signatures only.
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
