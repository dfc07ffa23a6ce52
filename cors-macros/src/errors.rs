//! Everything that is wrong with one use of a macro, so that one compile shows it all. Must not know what a
//! policy is.

use std::fmt;

use proc_macro2::{Delimiter, Group, Literal, TokenStream};
use quote::{quote, quote_spanned};

use crate::tokens::Extent;

/// The mistakes found so far.
///
/// In debug builds it panics if it is dropped before anybody turned it into compile errors, because then a
/// mistake would compile.
#[derive(Debug, Default)]
pub(crate) struct Errors {
    mistakes: Vec<Mistake>,
    read: bool,
}

/// What is wrong, and where.
#[derive(Debug)]
pub(crate) struct Mistake {
    pub(crate) place: Extent,
    pub(crate) text: String,
}

impl Errors {
    /// Adds a mistake: what is wrong in lower case without a full stop, and what to write instead.
    pub(crate) fn add(
        &mut self,
        place: impl Into<Extent>,
        message: impl fmt::Display,
        help: impl fmt::Display,
    ) {
        self.add_text(place, format!("{message}\nhelp: {help}"));
    }

    /// Adds a mistake whose text is complete.
    pub(crate) fn add_text(&mut self, place: impl Into<Extent>, text: impl Into<String>) {
        self.mistakes.push(Mistake { place: place.into(), text: text.into() });
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.mistakes.len()
    }

    /// The mistakes as items, which the compiler reports from the first place to the last.
    pub(crate) fn into_compile_errors(self) -> TokenStream {
        let mut mistakes = self.into_mistakes();
        // Outside of the compiler, as in unit tests, spans know no lines.
        if proc_macro::is_available() {
            mistakes.sort_by_key(|mistake| {
                let first = mistake.place.first.unwrap();
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
            panic!("mistakes that nobody read: {:?}", self.mistakes);
        }
    }
}

impl Mistake {
    /// The compiler marks what lies between the first and the last token of the invocation, so their spans
    /// are those of the place.
    fn to_compile_error(&self) -> TokenStream {
        let mut text = Literal::string(&self.text);
        text.set_span(self.place.last);
        let mut arguments = Group::new(Delimiter::Brace, quote!(#text));
        arguments.set_span(self.place.last);
        quote_spanned!(self.place.first=> ::core::compile_error! #arguments)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic = "mistakes that nobody read"]
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
