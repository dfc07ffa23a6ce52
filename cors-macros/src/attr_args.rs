//! A policy as it is written in the source, right or wrong, with the spans of its parts.

use cors_rules::{Allow, Key, MaxAge, Settings};
use proc_macro2::TokenStream;

use crate::tokens::SpanRange;

/// The arguments of the attribute: every key optional, every value with its span.
#[derive(Debug, Default)]
pub(crate) struct AttrArgs {
    pub(crate) origins: Option<List>,
    pub(crate) headers: Option<List>,
    pub(crate) expose: Option<List>,
    pub(crate) methods: Option<List>,
    pub(crate) settings: Settings<MaxAge>,
    /// Where the value of `max_age` is.
    pub(crate) max_age: Option<SpanRange>,
    pub(crate) allow: Vec<Allow>,
    /// The path of a policy that is written elsewhere.
    pub(crate) policy: Option<TokenStream>,
    /// The path of a function that answers with the policy of each request.
    pub(crate) delegate: Option<TokenStream>,
    /// The type of the state that the delegate takes parts of.
    pub(crate) state: Option<TokenStream>,
    /// The path of `cors_runtime`, if it has another name.
    pub(crate) root: Option<TokenStream>,
    pub(crate) none: bool,
    /// The keys that are there but could not be parsed, in full or in part.
    pub(crate) unparsed: Vec<Key>,
}

/// The value of a key that takes a list; a single `any` or `when(..)` is a list of one.
#[derive(Debug)]
pub(crate) struct List {
    pub(crate) entries: Vec<ListEntry>,
    pub(crate) span: SpanRange,
}

impl List {
    /// The entries that the rules can judge, because their texts are here.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &ListEntry> {
        self.entries.iter().filter(|entry| !matches!(entry.kind, EntryKind::Constant { .. }))
    }

    /// The paths of constants, whose texts the compiler knows.
    pub(crate) fn constants(&self) -> impl Iterator<Item = &TokenStream> {
        self.entries.iter().filter_map(|entry| match &entry.kind {
            EntryKind::Constant { path } => Some(path),
            _ => None,
        })
    }
}

/// An entry of a list; `any` is written `*`.
#[derive(Debug)]
pub(crate) struct ListEntry {
    pub(crate) kind: EntryKind,
    pub(crate) text: String,
    pub(crate) span: SpanRange,
    /// The attributes `#[cfg(..)]` in front of it.
    pub(crate) cfg: TokenStream,
}

impl ListEntry {
    /// Whether it is there in each build, or in the same builds as the other one.
    pub(crate) fn is_beside(&self, other: &Self) -> bool {
        self.cfg.to_string() == other.cfg.to_string()
    }
}

/// What the text of an entry is.
#[derive(Debug)]
pub(crate) enum EntryKind {
    /// What the entry says.
    Plain,
    /// A regular expression.
    Regex,
    /// The name of an environment variable; these entries are taken if it is not set.
    Env { default: Option<Vec<ListEntry>> },
    /// The path of a function that accepts origins.
    When { path: TokenStream },
    /// The path of a constant, which has the text of the entry for its value.
    Constant { path: TokenStream },
}
