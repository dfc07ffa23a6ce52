//! A policy as it stands in the source, right or wrong, with the places of its parts.

use cors_rules::{Allow, Key, MaxAge};
use proc_macro2::TokenStream;

use crate::tokens::Extent;

/// A policy as it was written: every key optional, every value with its place.
#[derive(Debug, Default)]
pub(crate) struct Written {
    pub(crate) origins: Option<List>,
    /// The path of a function that decides on origins, in the place of a list.
    pub(crate) when: Option<TokenStream>,
    pub(crate) headers: Option<List>,
    pub(crate) expose: Option<List>,
    pub(crate) methods: Option<List>,
    pub(crate) max_age: Option<(MaxAge, Extent)>,
    pub(crate) credentials: bool,
    pub(crate) enforce: bool,
    pub(crate) allow: Vec<Allow>,
    /// The path of a policy that is written elsewhere.
    pub(crate) policy: Option<TokenStream>,
    /// The path of a function that is asked for the policy.
    pub(crate) delegate: Option<TokenStream>,
    pub(crate) none: bool,
    /// The keys that are there but could not be read, in full or in part.
    pub(crate) unread: Vec<Key>,
}

/// The value of a key that takes a list; a single `any` is a list of one.
#[derive(Debug)]
pub(crate) struct List {
    pub(crate) entries: Vec<Entry>,
    pub(crate) place: Extent,
}

/// An entry of a list; `any` is written `*`.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) kind: EntryKind,
    pub(crate) text: String,
    pub(crate) place: Extent,
}

/// What the text of an entry is.
#[derive(Debug)]
pub(crate) enum EntryKind {
    /// What the entry says.
    Plain,
    /// A regular expression.
    Regex,
    /// The name of an environment variable, which stands for these entries if it is not set.
    Env { default: Option<Vec<Entry>> },
}
