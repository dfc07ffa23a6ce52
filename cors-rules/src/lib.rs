//! The rules of CORS policies: what may stand in one, why not, and which origins a proven one matches.
//!
//! This crate is a part of `cors-runtime`, which is the crate to use. It knows nothing of syntax trees, of HTTP
//! libraries or of I/O, so that each rule exists once: the attribute macro puts source spans to its verdicts,
//! the run-time side puts keys.
//!
//! Two types stand for one policy. [`Written`] is what somebody wrote, right or wrong. [`check`] turns it into
//! a [`Proven`] policy or into *all* [`Violation`]s at once; only a proven one can be served.

mod browsers;
mod check;
mod headers;
mod host;
mod keys;
mod matching;
mod max_age;
mod methods;
mod origin;
mod public_suffix;
#[cfg_attr(not(feature = "regex"), path = "no_regex.rs")]
mod regex;
mod suggest;
mod violation;
mod written;

pub use browsers::{CorsError, CorsFailure, Engine};
pub use check::{AllowedOrigins, NameList, OriginList, Proven, check};
pub use headers::{is_forbidden_request_header, is_response_header_in_requests};
pub use keys::Key;
pub use matching::{Found, Origin, OriginSet, index_exact, index_patterns};
pub use max_age::MAX_MAX_AGE;
pub use origin::{MAX_ORIGIN_BYTES, Pattern, Port};
pub use public_suffix::{is_public_suffix, registrable_domain};
pub use regex::{Automaton, OriginRegex};
pub use suggest::closest;
pub use violation::{Field, Kind, Place, Violation};
pub use written::{Allow, MaxAge, Origin as WrittenOrigin, Origins as WrittenOrigins, Written};
