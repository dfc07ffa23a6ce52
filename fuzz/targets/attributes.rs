//! The tokens of attributes and of functions, through parse, check and expand.
//!
//! A crate of procedural macros exports nothing else, so its modules are compiled into this one.
#![no_main]
#![allow(dead_code, unused_imports, unreachable_pub)]

#[path = "../../cors-macros/src"]
mod sources {
    pub(crate) mod attr_args;
    pub(crate) mod check;
    pub(crate) mod doc_comment;
    pub(crate) mod errors;
    pub(crate) mod expand;
    pub(crate) mod function;
    pub(crate) mod parse;
    pub(crate) mod requirement;
    pub(crate) mod signature;
    pub(crate) mod tokens;
}

extern crate proc_macro;

use cors_fuzz::{count, is_for_proofs};
use libfuzzer_sys::fuzz_target;
use proc_macro2::TokenStream;
use quote::ToTokens;

// They name each other from the root.
use sources::{
    attr_args, check, doc_comment, errors, expand, function, parse, requirement, signature, tokens,
};

use crate::{errors::Errors, function::AnnotatedFunction};

const FUNCTION: &str = "async fn show(Path(id): Path<u64>, Json(item): Json<Item>) -> Json<Item> { todo!() }";

/// What the attribute's plan does; see `attribute` in `cors-macros/src/lib.rs`.
fn expand(attribute: TokenStream, item: TokenStream) -> (bool, TokenStream) {
    let mut errors = Errors::default();
    let args = parse::policy(attribute, &mut errors);
    let spec = check::to_spec(&args);
    let mut policy = check::policy(&args, &spec, &mut errors);
    let item = match AnnotatedFunction::parse(item, &mut errors) {
        Ok(function) => {
            signature::check(&function.sig, &mut policy, &args.allow, &mut errors);
            expand::function(&expand::root(&args), function, &policy)
        }
        Err(item) => item,
    };
    let mistakes = errors.into_mistakes();
    for mistake in &mistakes {
        assert!(!mistake.text.is_empty() && mistake.text.contains("\nhelp: "), "{}", mistake.text);
    }
    (mistakes.is_empty(), item)
}

fuzz_target!(|text: &str| {
    // An attribute, and perhaps a function behind a line.
    let (attribute, item) = text.split_once('\n').unwrap_or((text, FUNCTION));
    let (Ok(attribute), Ok(item)) = (attribute.parse::<TokenStream>(), item.parse::<TokenStream>()) else {
        return;
    };
    if is_for_proofs(text) {
        return;
    }
    // The compiler has parsed the item before it calls the attribute.
    if syn::parse2::<syn::Item>(item.clone()).is_err() {
        return;
    }
    count(1);
    let (is_right, expanded) = expand(attribute.clone(), item);
    if is_right {
        // What is right expands to what the compiler can read, and twice to the same.
        let again = expand(attribute, FUNCTION.parse().expect("a function")).1;
        assert!(syn::parse2::<syn::File>(again.to_token_stream()).is_ok(), "{again}");
        drop(expanded);
    }
});
