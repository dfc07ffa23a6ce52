//! What has to hold of every router with many policies, of every expression and of every variable, whatever they are.
//!
//! The tests and the fuzz targets make inputs in their own ways and call the same functions, which panic where something
//! does not hold. What is expected is written from the standards and from the documentation, without indexes, automata or
//! anything else of the library's.

mod environment;
mod matcher;
mod plan;
mod regexes;
mod routers;

pub use environment::check_environment;
pub use matcher::{is_origin, matches};
pub use plan::{HandlerPlan, PolicyPlan};
pub use regexes::{RegexInput, check_regex};
pub use routers::{RequestInput, check_requests};
