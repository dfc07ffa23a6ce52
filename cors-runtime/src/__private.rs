//! What generated code names. None of it is a public interface.

pub use cors_rules::{OriginSet, Pattern, Port};
pub use http::HeaderValue;

pub use crate::cors::HasPolicy;
use crate::{
    cors::Cors,
    policy::{self, Policy},
};

/// The origins of a policy, as generated code writes them.
#[derive(Clone, Copy, Debug)]
pub enum Origins {
    None,
    Any,
    One(&'static str),
    Set(OriginSet, &'static [HeaderValue]),
}

/// Where a policy is written, as generated code writes it.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    pub file: &'static str,
    pub line: u32,
    pub handler: &'static str,
}

/// A policy, as generated code writes it.
#[derive(Clone, Copy, Debug)]
pub struct PolicyParts {
    pub origins: Origins,
    pub credentials: bool,
    pub enforce: bool,
    pub methods: &'static [&'static str],
    pub allow_methods: Option<&'static str>,
    pub allow_headers: Option<&'static str>,
    pub expose_headers: Option<&'static str>,
    pub max_age: Option<&'static str>,
    pub place: Source,
}

/// The policy of these parts, which the macro has proven.
pub const fn policy(parts: PolicyParts) -> Policy {
    Policy {
        origins: match parts.origins {
            Origins::None => policy::Origins::None,
            Origins::Any => policy::Origins::Any,
            Origins::One(origin) => policy::Origins::One(HeaderValue::from_static(origin)),
            Origins::Set(set, values) => policy::Origins::Set(set, values),
        },
        credentials: parts.credentials,
        enforce: parts.enforce,
        methods: parts.methods,
        allow_methods: value(parts.allow_methods),
        allow_headers: value(parts.allow_headers),
        expose_headers: value(parts.expose_headers),
        max_age: value(parts.max_age),
        source: policy::Source {
            file: parts.place.file,
            line: parts.place.line,
            handler: parts.place.handler,
        },
    }
}

const fn value(text: Option<&'static str>) -> Option<HeaderValue> {
    match text {
        Some(text) => Some(HeaderValue::from_static(text)),
        None => None,
    }
}

/// What an annotated handler returns.
pub fn cors<R, P: HasPolicy>(response: R, _policy: P) -> Cors<R, P> {
    Cors::new(response)
}
