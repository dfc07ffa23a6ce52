//! The attribute `#[cors(..)]`: parse, check, expand.
//!
//! This crate is an implementation detail of `cors-runtime`, which is the crate to use and which re-exports the
//! attribute. What it generates names `::cors_runtime` and fits that very version only.
//!
//! It knows the syntax of policies and the code that stands for them. What may stand in a policy is for `cors-rules`
//! to say; here, its verdicts only get their spans.

mod check;
mod describe;
mod errors;
mod expand;
mod function;
mod keys;
mod parse;
mod suggest;
mod tokens;
mod written;

extern crate proc_macro;

use proc_macro2::TokenStream;
use quote::quote;

use crate::{errors::Errors, function::Function};

/// Writes a CORS policy on a handler.
///
/// The policy is checked when the handler is compiled, and it travels in the handler's type: the handler returns
/// `Cors<R, impl HasPolicy>` instead of `R`, which the routing functions of `cors_runtime` take and those of axum do
/// not. In a unit test, `into_inner()` gives the value that the body returned.
#[proc_macro_attribute]
pub fn cors(attr: proc_macro::TokenStream, item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    attribute(attr.into(), item.into()).into()
}

/// The plan: what was written, whether it is right, which function it is for, and the code for both.
///
/// Each step goes on after mistakes of the ones before, so that one compile shows them all.
fn attribute(attr: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let written = parse::policy(attr, &mut errors);
    let rules = check::to_rules(&written);
    let policy = check::policy(&written, &rules, &mut errors);
    let item = match Function::parse(item, &mut errors) {
        Ok(function) => expand::function(function, &policy),
        Err(item) => item,
    };
    let errors = errors.into_compile_errors();
    quote!(#errors #item)
}
