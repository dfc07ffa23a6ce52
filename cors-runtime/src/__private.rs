//! What generated code names. None of it is a public interface.

pub use std::borrow::Cow;
use std::sync::LazyLock;

pub use cors_rules::{Allow, Origin, Pattern, Port};
pub use http::HeaderValue;

pub use crate::{
    policy::any_policy::{AnyPolicy, PolicyPath, Stated},
    policy::{Data, Entry, Grants, Policy, PolicyData},
    routing::cors::HasPolicy,
};
use crate::{
    policy::{
        self, OriginList, Unread, When,
        any_policy::Kind,
        delegate::{Delegate, PolicyDelegate},
        handle::PolicyHandle,
        regexes,
    },
    routing::cors::Cors,
};

/// The origins of a policy, as generated code writes them.
#[derive(Debug)]
pub enum Origins {
    None,
    Any,
    One(&'static str),
    Set {
        exact: &'static [HeaderValue],
        exact_index: &'static [u32],
        patterns: &'static [Pattern<'static>],
        patterns_index: &'static [u32],
        regexes: Option<Regexes>,
    },
    When {
        name: &'static str,
        accepts: fn(&Origin<'_>) -> bool,
    },
    Unread {
        entries: &'static [Entry],
        regexes: Option<Regexes>,
        allow: &'static [Allow],
    },
}

/// Regular expressions, and the automaton for all of them.
#[derive(Clone, Copy, Debug)]
pub struct Regexes {
    pub texts: &'static [Cow<'static, str>],
    pub little_endian: &'static [u8],
    pub big_endian: &'static [u8],
}

/// Where a policy is written, as generated code writes it.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    pub file: &'static str,
    pub line: u32,
    pub handler: &'static str,
}

/// A policy, as generated code writes it.
#[derive(Debug)]
pub struct PolicyParts {
    pub origins: Origins,
    pub credentials: bool,
    pub enforce: bool,
    pub methods: &'static [Cow<'static, str>],
    pub allow_methods: Option<&'static str>,
    pub allow_headers: Option<&'static str>,
    pub expose_headers: Option<&'static str>,
    pub max_age: Option<&'static str>,
    pub place: Source,
}

/// What a policy of these parts says, which the macro has proven.
pub const fn data(parts: PolicyParts) -> PolicyData {
    PolicyData {
        origins: origins(&parts.origins),
        credentials: parts.credentials,
        enforce: parts.enforce,
        methods: Cow::Borrowed(parts.methods),
        allow_methods: value(parts.allow_methods),
        allow_headers: value(parts.allow_headers),
        expose_headers: value(parts.expose_headers),
        max_age: value(parts.max_age),
        source: source(parts.place),
    }
}

const fn origins(origins: &Origins) -> policy::Origins {
    match *origins {
        Origins::None => policy::Origins::None,
        Origins::Any => policy::Origins::Any,
        Origins::One(origin) => policy::Origins::One(HeaderValue::from_static(origin)),
        Origins::Set { exact, exact_index, patterns, patterns_index, regexes } => {
            policy::Origins::Set(OriginList {
                exact: Cow::Borrowed(exact),
                exact_index: Cow::Borrowed(exact_index),
                patterns: Cow::Borrowed(patterns),
                patterns_index: Cow::Borrowed(patterns_index),
                regexes: self::regexes(regexes),
            })
        }
        Origins::When { name, accepts } => policy::Origins::When(When { name, accepts }),
        Origins::Unread { entries, regexes, allow } => {
            policy::Origins::Unread(Unread { entries, regexes: self::regexes(regexes), allow })
        }
    }
}

#[cfg(feature = "regex")]
const fn regexes(regexes: Option<Regexes>) -> Option<regexes::Regexes> {
    match regexes {
        Some(Regexes { texts, little_endian, big_endian }) => {
            let bytes = if cfg!(target_endian = "little") { little_endian } else { big_endian };
            Some(regexes::Regexes::embedded(texts, bytes))
        }
        None => None,
    }
}

/// Without the feature, the macro lets none through.
#[cfg(not(feature = "regex"))]
const fn regexes(_regexes: Option<Regexes>) -> Option<regexes::Regexes> {
    None
}

const fn source(place: Source) -> policy::Source {
    policy::Source { file: place.file, line: place.line, handler: place.handler }
}

const fn value(text: Option<&'static str>) -> Option<HeaderValue> {
    match text {
        Some(text) => Some(HeaderValue::from_static(text)),
        None => None,
    }
}

/// The policy that a function of the user's gives.
pub fn delegate<F, M>(function: F, place: Source, enforce: bool) -> Stated
where
    F: PolicyDelegate<M>,
    M: 'static,
{
    let kind = Kind::Delegate(Delegate::new(function, source(place)));
    Stated::Other(AnyPolicy { kind, enforce, handler: None })
}

/// A policy that is written elsewhere, for what the arguments of a handler need of it.
///
/// Its methods are one for each type, because const code has no traits.
#[derive(Clone, Copy, Debug)]
pub struct Written<'a, T>(pub &'a T);

impl Written<'_, Policy> {
    pub const fn grants(&self) -> Option<Grants> {
        Some(self.0.__grants)
    }
}

impl Written<'_, &Policy> {
    pub const fn grants(&self) -> Option<Grants> {
        Some(self.0.__grants)
    }
}

/// It is not known what it will grant.
impl Written<'_, PolicyHandle> {
    pub const fn grants(&self) -> Option<Grants> {
        None
    }
}

/// It is not known what it will grant.
impl<T> Written<'_, LazyLock<T>> {
    pub const fn grants(&self) -> Option<Grants> {
        None
    }
}

/// Whether pages may send this header, as far as it is known; `name` is in lower case.
pub const fn may_grant_header(grants: Option<Grants>, name: &str, covered_by_any: bool) -> bool {
    match grants {
        Some(grants) => grants.has_header(name, covered_by_any),
        None => true,
    }
}

/// Whether pages may send credentials, as far as it is known.
pub const fn may_grant_credentials(grants: Option<Grants>) -> bool {
    match grants {
        Some(grants) => grants.credentials,
        None => true,
    }
}

/// What an annotated handler returns.
pub fn cors<R, P: HasPolicy>(response: R, _policy: P) -> Cors<R, P> {
    Cors::new(response)
}
