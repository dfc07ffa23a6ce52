//! The rules of CORS policies: what a policy may contain, why not, and which origins a checked one matches.
//!
//! This crate is a part of `cors-runtime`, which is the crate to use. Each rule exists once, here, for policies in the
//! source and for those that are built at run time.
//!
//! Two types are one policy. A [`PolicySpec`] is what somebody wrote, right or wrong. [`check`] turns it into a
//! [`CheckedPolicy`], or into *all* [`Violation`]s at once; only a checked one can be served. A violation is data: the
//! rule, the path, the value, and what to do about it, which each front end words in its own [`Syntax`].
// Nothing here knows syntax trees, HTTP libraries or I/O: the attribute macro gives violations their spans, the run-time
// side gives them their places.

// docs.rs says which feature an item needs.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod ascii;
mod browsers;
mod check;
pub mod constant;
mod danger;
mod diagnosis;
mod grammar;
mod header;
mod help;
mod host;
mod index;
mod key;
mod max_age;
mod method;
mod origin;
mod pattern;
mod printable;
mod public_suffix;
#[cfg(feature = "regex")]
mod regex;
#[cfg(not(feature = "regex"))]
#[path = "regex/disabled.rs"]
mod regex;
mod spec;
mod suggest;
mod violation;

pub use browsers::{CorsError, CorsFailure, Engine};
pub use check::{
    AllowedOrigins, Author, CheckedOrigins, CheckedPolicy, NameList, check, check_without_expressions,
};
pub use grammar::{Hosts, MAX_ORIGIN_BYTES, Port};
pub use header::{
    MAX_SAFELISTED_VALUE_BYTES, has_unsafe_byte, is_forbidden_request_header, is_response_header_in_requests,
    is_safelisted_content_type,
};
pub use help::{Help, Remedy, Snippet, Syntax};
pub use index::{HashKey, Match, OriginSet, index_exact, index_patterns};
pub use key::Key;
pub use max_age::{MAX_AGE_FORM, MAX_AGE_LIMIT};
pub use method::{is_forbidden_method, is_safelisted_method};
pub use origin::Origin;
pub use pattern::Pattern;
pub use printable::{Printable, PrintableAscii};
pub use public_suffix::{is_public_suffix, registrable_domain};
pub use regex::{Automaton, OriginRegex};
pub use spec::{Allow, Enforce, MaxAge, OriginSpec, PolicySpec, Settings};
pub use suggest::closest;
pub use violation::{CoveredBy, Outcome, PolicyPath, Rule, RuleNote, Violation};
