// The README refers to other pages by names, which are defined at its end for readers of the files. The first definition
// counts.
#![doc = "[coming-from]: mod@guide::coming_from"]
#![doc = "[cookbook]: mod@guide::cookbook"]
#![doc = "[serving]: mod@guide::serving"]
#![doc = "[routers]: mod@guide::routers"]
#![doc = "[policies]: mod@guide::policies"]
#![doc = "[enforcement]: mod@guide::enforcement"]
#![doc = "[refused]: mod@guide::refused"]
#![doc = "[testing]: mod@guide::testing"]
#![doc = "[choices]: mod@guide::choices"]
#![doc = "[performance]: https://docs.rs/crate/cors-runtime/latest/source/docs/performance.md"]
#![doc = "[changelog]: https://docs.rs/crate/cors-runtime/latest/source/CHANGELOG.md"]
#![cfg_attr(feature = "browser", doc = "[cors-browser]: mod@browser")]
#![doc = ""]
// Its examples use the model of a browser, so they are tested only together with that feature.
#![cfg_attr(any(feature = "browser", not(doctest)), doc = include_str!("../README.md"))]
// docs.rs says which feature an item needs.
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod diagnostics;
pub mod guide;
mod location;
#[cfg(feature = "utoipa-axum")]
pub mod openapi;
mod policy;
mod protocol;
pub mod routing;
mod setup_error;

pub use cors_macros::{cors, policy};
pub use cors_rules::{Allow, Origin};
pub use policy::{
    Policy,
    builder::{PolicyBuilder, PolicyError},
    delegate::{Delegate, delegate, delegate_with_state},
    handle::PolicyHandle,
    request_origin::RequestOrigin,
    source::PolicySource,
};
#[doc(inline)]
pub use routing::{MethodRouter, any, delete, get, head, on, options, patch, post, put};
pub use routing::{endpoint::cors, response::Cors, router::CorsRouter};
pub use setup_error::SetupError;

#[cfg(feature = "browser")]
pub use cors_browser as browser;

/// Policies for services that are built without axum's routers.
///
/// [`Policy::layer`] wraps any [`tower`](https://docs.rs/tower) service over `http` types; [`Policy::answer`] gives a decision
/// that can be written into any `HeaderMap`.
pub mod service {
    pub use crate::routing::{
        answer::Answer,
        layer::{PolicyLayer, PolicyService},
    };
}

/// What is wrong with a policy, as data: for tests, and for programs that show it in their own way.
///
/// A [`Violation`](rules::Violation) says which rule is broken, where, by which value, and what to do about it.
/// [`PolicyError::violations`] and [`SetupProblem::InvalidVariableEntry`](diagnostics::SetupProblem::InvalidVariableEntry) contain them. A [`RuleNote`](rules::RuleNote) is
/// a violation that a policy has all the same; [`Policy::notes`] and [`Audit`](diagnostics::Audit) have them.
///
/// ```
/// use cors_runtime::{
///     Policy,
///     rules::{Remedy, Rule, Snippet},
/// };
///
/// let error = Policy::builder().origins(["https://shop.example/"]).build().unwrap_err();
/// let violation = &error.violations()[0];
/// assert_eq!(violation.rule, Rule::Path);
/// assert_eq!(violation.path.to_string(), "origins[0]");
/// assert_eq!(violation.value.as_deref(), Some("https://shop.example/"));
/// let Remedy::Write { entries, .. } = &violation.help.remedies()[0] else { panic!() };
/// assert_eq!(entries[0], Snippet::Text("https://shop.example".into()));
/// ```
pub mod rules {
    pub use cors_rules::{
        CoveredBy, Help, Key, MaxAge, Outcome, PolicyPath, Remedy, Rule, RuleNote, Snippet, Syntax, Violation,
    };
}

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
