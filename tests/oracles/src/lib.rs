//! What has to hold of every policy and every request, whatever they are.
//!
//! The properties in `cargo test` and the fuzz targets make inputs in their own ways and call the same functions, which
//! panic where something does not hold. What is expected is written from the standards and from the grammar, without
//! indexes, automata or anything else of the library's.

mod documents;
mod matcher;
mod origins;
mod plan;
mod regexes;
mod requests;

pub use documents::{check_document, check_environment};
pub use matcher::{is_origin, matches};
pub use origins::{OriginsInput, check_origins};
pub use plan::{HandlerPlan, PolicyPlan};
pub use regexes::{RegexInput, check_regex};
pub use requests::{RequestInput, check_requests};
