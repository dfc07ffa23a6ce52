//! Everything that is wrong with one use of a macro, for one compile to show. What a policy is, is for others.

use std::fmt;

use proc_macro2::{Delimiter, Group, Literal, TokenStream};
use quote::{quote, quote_spanned};

use crate::tokens::SpanRange;

/// The mistakes found so far.
///
/// In debug builds it panics if it is dropped before it was turned into compile errors, because then a mistake would
/// compile.
#[derive(Debug, Default)]
pub(crate) struct Errors {
    mistakes: Vec<Mistake>,
    read: bool,
}

/// What is wrong, and where.
#[derive(Debug)]
pub(crate) struct Mistake {
    pub(crate) span: SpanRange,
    pub(crate) text: String,
}

impl Errors {
    /// Adds a mistake: what is wrong in lower case without a full stop, and what to write instead.
    pub(crate) fn add(
        &mut self,
        span: impl Into<SpanRange>,
        message: impl fmt::Display,
        help: impl fmt::Display,
    ) {
        self.add_text(span, format!("{message}\nhelp: {help}"));
    }

    /// Adds a mistake whose text is complete.
    pub(crate) fn add_text(&mut self, span: impl Into<SpanRange>, text: impl Into<String>) {
        self.mistakes.push(Mistake { span: span.into(), text: text.into() });
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.mistakes.len()
    }

    /// The mistakes as items, which the compiler reports from the first to the last.
    pub(crate) fn into_compile_errors(self) -> TokenStream {
        let mut mistakes = self.into_mistakes();
        // Outside of the compiler, as in unit tests, spans know no lines.
        if proc_macro::is_available() {
            mistakes.sort_by_key(|mistake| {
                let first = mistake.span.first.unwrap();
                (first.line(), first.column())
            });
        }
        mistakes.iter().map(Mistake::to_compile_error).collect()
    }

    /// The mistakes as they are.
    pub(crate) fn into_mistakes(mut self) -> Vec<Mistake> {
        self.read = true;
        std::mem::take(&mut self.mistakes)
    }
}

impl Drop for Errors {
    fn drop(&mut self) {
        if cfg!(debug_assertions) && !self.read && !std::thread::panicking() {
            panic!("unreported mistakes: {:?}", self.mistakes);
        }
    }
}

impl Mistake {
    /// The compiler marks what is between the first and the last token of the invocation: these get the two spans.
    fn to_compile_error(&self) -> TokenStream {
        let mut text = Literal::string(&self.text);
        text.set_span(self.span.last);
        let mut arguments = Group::new(Delimiter::Brace, quote!(#text));
        arguments.set_span(self.span.last);
        quote_spanned!(self.span.first=> ::core::compile_error! #arguments)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic = "unreported mistakes"]
    #[cfg(debug_assertions)]
    fn mistakes_cannot_be_forgotten() {
        drop(Errors::default());
    }

    #[test]
    #[should_panic = "another reason"]
    fn a_panic_is_not_followed_by_a_second_one() {
        let _errors = Errors::default();
        panic!("another reason");
    }
}
