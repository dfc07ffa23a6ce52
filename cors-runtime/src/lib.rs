//! CORS policies as attributes on [axum] handlers.
//!
//! A policy is a property of a handler. It is written on the handler, checked when the handler is compiled, carried
//! in the handler's type, and cannot be lost on the way to the socket:
//!
//! ```
//! use axum::{extract::Path, http::StatusCode};
//! use cors_runtime::{CorsRouter, SetupError, cors, get};
//!
//! #[cors(origins = ["https://shop.example"], headers = ["authorization"], credentials)]
//! async fn show_product(Path(id): Path<u64>) -> String {
//!     format!("product {id}")
//! }
//!
//! #[cors(origins = ["https://admin.shop.example"], headers = ["authorization"], max_age = 600, credentials)]
//! async fn remove_product(Path(_id): Path<u64>) -> StatusCode {
//!     StatusCode::NO_CONTENT
//! }
//!
//! # fn app() -> Result<axum::Router, SetupError> {
//! let app: axum::Router =
//!     CorsRouter::new().route("/products/{id}", get(show_product).delete(remove_product)).finish()?;
//! # Ok(app)
//! # }
//! # assert!(app().is_ok());
//! ```
//!
//! * [`cors`](macro@cors) is the attribute, with all that can be written in it and all that it refuses.
//! * [`CorsRouter`] answers the preflights of each path and method and puts the headers on every response.
//! * [`get`], [`post`] and their like mount annotated handlers. What they return turns into a plain axum
//!   `MethodRouter` as well.
//! * [`policy!`], [`Policy::builder`], [`PolicyHandle`] and [`delegate`](delegate()) make policies for several handlers,
//!   from a configuration, to be replaced while requests run, or with each request.
//! * [`CorsRouter::on_refusal`] and [`Policy::explain`] say why something is refused, and [`CorsRouter::audit`] what is
//!   allowed.
//! * [`Policy::answer`] serves services that are built without axum.
// docs.rs says which feature an item needs.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    feature = "browser",
    doc = "* [`browser`] models the browser's side of the protocol, for tests of what pages can do."
)]
//!
//! # Features
//!
//! * `regex` (on by default): regular expressions among the origins, compiled at compile time.
//! * `runtime-regex`: the same in policies that are built at run time.
//! * `tokio` (on by default): [time limits](Delegate::time_limit) for delegates that hang, with the timers of tokio.
//! * `tracing` (on by default): events that say why something was refused.
//! * `serde`: a [`Policy`] is read from a document, for example a TOML file, and written to one.
//! * `browser`: the model of a browser, for tests.

#[cfg(feature = "browser")]
pub use cors_browser as browser;
mod diagnostics;
pub mod guide;
mod location;
mod policy;
mod protocol;
pub mod routing;
mod setup_error;

/// What is wrong with a policy, as data: for tests, and for programs that show it in their own way.
///
/// A [`Violation`](rules::Violation) says which rule is broken, where, by which value, and what to do about it.
/// [`PolicyError::violations`] and [`SetupProblem::InvalidVariableEntry`] contain them. A [`RuleNote`](rules::RuleNote) is
/// a violation that a policy has all the same; [`Policy::notes`] and [`Audit`] have them.
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
        CoveredBy, Help, Key, Outcome, PolicyPath, Remedy, Rule, RuleNote, Snippet, Syntax, Violation,
    };
}

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use cors_macros::{cors, policy};
pub use cors_rules::{Allow, CorsError, Engine, MaxAge, Origin};
pub use diagnostics::{
    audit::{Audit, AuditNote, AuditRow},
    explain::Explanation,
    refusal::{Refusal, RefusalKind},
};
pub use location::PolicyLocation;
pub use policy::{
    Policy,
    builder::{OriginText, PolicyBuilder, PolicyError},
    delegate::{Delegate, IntoPolicy, PolicyDelegate, StatefulDelegate, delegate, delegate_with_state},
    handle::PolicyHandle,
    request_origin::RequestOrigin,
    source::PolicySource,
};
pub use routing::{
    answer::Answer,
    endpoint::{CorsHandler, Extract, HandlerWithPolicy, ViaAxum, cors},
    layer::{PolicyLayer, PolicyService},
    method_router::{
        MethodRouter, any, any_service, delete, get, get_service, head, on, options, patch, post, put,
    },
    response::Cors,
    router::CorsRouter,
};
pub use setup_error::{SetupError, SetupProblem};
