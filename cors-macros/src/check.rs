//! From what was written to a policy that can be served. Must not know the rules: those are `cors_rules`'
//! own, and here its verdicts get their places.

use std::iter;

use cors_rules::{Field, Key, Kind, Proven, Violation, WrittenOrigin, WrittenOrigins};
use proc_macro2::{Span, TokenStream};

use crate::{
    errors::Errors,
    need::Missing,
    tokens::Extent,
    written::{Entry, EntryKind, List, Written},
};

/// A policy that code can be made of.
#[derive(Debug)]
pub(crate) enum Policy<'a> {
    /// It has mistakes, and the code that stands in for it grants nothing.
    Wrong,
    /// `none`
    SameOrigin,
    /// It is written elsewhere, at this path.
    At {
        /// The path.
        path: TokenStream,
        /// Whether it is enforced, whatever it says itself.
        enforce: bool,
        /// What the handler's arguments need of it.
        needs: Vec<Missing>,
    },
    /// A function is asked for it.
    Delegate {
        /// The function's path.
        path: TokenStream,
        /// Whether it is enforced, whatever it says itself.
        enforce: bool,
    },
    /// It is proven.
    Shared {
        /// What the rules made of it.
        proven: Proven<'a>,
        /// Whether requests of other origins are refused.
        enforce: bool,
        /// What stands in the source that is not proven, because it is known later.
        written: &'a Written,
    },
}

impl Policy<'_> {
    /// Refuses requests of other origins, where there is a policy that says which these are.
    pub(crate) fn enforce(&mut self) {
        match self {
            Self::Shared { enforce, .. } | Self::At { enforce, .. } | Self::Delegate { enforce, .. } => {
                *enforce = true;
            }
            Self::Wrong | Self::SameOrigin => {}
        }
    }
}

/// The policy as the rules take it, without places.
pub(crate) fn to_rules(written: &Written) -> cors_rules::Written {
    // A new key has to be dealt with here.
    let Written {
        origins,
        when,
        headers,
        expose,
        methods,
        max_age,
        credentials,
        allow,
        enforce: _,  // Nothing can be wrong with it.
        none: _,     // `policy` knows it,
        policy: _,   // this,
        delegate: _, // this,
        unread: _,   // and this.
    } = written;
    cors_rules::Written {
        origins: match when {
            Some(_) => WrittenOrigins::When,
            None => WrittenOrigins::List(
                flat(origins.as_ref())
                    .map(|(Entry { kind, text, place: _ }, is_default)| match kind {
                        EntryKind::Plain if is_default => WrittenOrigin::Default(text.clone()),
                        EntryKind::Plain => WrittenOrigin::Text(text.clone()),
                        EntryKind::Regex => WrittenOrigin::Regex(text.clone()),
                        EntryKind::Env { .. } => WrittenOrigin::Env(text.clone()),
                    })
                    .collect(),
            ),
        },
        headers: headers.as_ref().map(texts).unwrap_or_default(),
        expose: expose.as_ref().map(texts).unwrap_or_default(),
        methods: methods.as_ref().map(texts).unwrap_or_default(),
        max_age: max_age.as_ref().map(|(max_age, _)| max_age.clone()),
        credentials: *credentials,
        allow: allow.clone(),
    }
}

/// The entries of `origins`, each with the defaults of its variable behind it, because all of them are one list to the
/// rules; and whether it is such a default.
fn flat(list: Option<&List>) -> impl Iterator<Item = (&Entry, bool)> {
    list.into_iter().flat_map(|list| &list.entries).flat_map(|entry| {
        let default = match &entry.kind {
            EntryKind::Env { default: Some(default) } => default.as_slice(),
            EntryKind::Plain | EntryKind::Regex | EntryKind::Env { default: None } => &[],
        };
        iter::once((entry, false)).chain(default.iter().map(|entry| (entry, true)))
    })
}

fn texts(list: &List) -> Vec<String> {
    list.entries.iter().map(|entry| entry.text.clone()).collect()
}

/// The policy, if nothing is wrong with it; `rules` is what [`to_rules`] made of it.
pub(crate) fn policy<'a>(
    written: &'a Written,
    rules: &'a cors_rules::Written,
    errors: &mut Errors,
) -> Policy<'a> {
    let checked = cors_rules::check(rules);
    for violation in checked.as_ref().err().into_iter().flatten() {
        if !is_consequence(violation, written) {
            errors.add_text(place(violation, written), violation.to_string());
        }
    }
    match (checked, &written.policy, &written.delegate) {
        _ if errors.len() > 0 => Policy::Wrong,
        (_, Some(path), _) => Policy::At { path: path.clone(), enforce: written.enforce, needs: Vec::new() },
        (_, None, Some(path)) => Policy::Delegate { path: path.clone(), enforce: written.enforce },
        (Ok(proven), None, None) => Policy::Shared { proven, enforce: written.enforce, written },
        (Err(_), None, None) => Policy::SameOrigin,
    }
}

/// Whether there is no such violation once the reported mistakes are mended.
fn is_consequence(violation: &Violation, written: &Written) -> bool {
    let elsewhere = written.none || written.policy.is_some() || written.delegate.is_some();
    let unread = [Key::Origins, Key::Policy, Key::Delegate].iter().any(|key| written.unread.contains(key));
    violation.kind == Kind::NoOrigins && (elsewhere || unread)
}

/// The smallest thing to edit.
fn place(violation: &Violation, written: &Written) -> Extent {
    let list = match violation.place.field {
        Field::Origins => &written.origins,
        Field::Headers => &written.headers,
        Field::Expose => &written.expose,
        Field::Methods => &written.methods,
        Field::MaxAge => {
            return written.max_age.as_ref().map_or(Span::call_site().into(), |(_, place)| *place);
        }
    };
    let Some(list) = list else { return Span::call_site().into() };
    let entry = violation.place.index.and_then(|index| match violation.place.field {
        Field::Origins => flat(Some(list)).nth(index).map(|(entry, _)| entry),
        _ => list.entries.get(index),
    });
    entry.map_or(list.place, |entry| entry.place)
}
