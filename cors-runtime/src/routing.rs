//! The functions that mount handlers on the methods of a path, and what they return.
//!
//! They have the names of axum's, and can be used beside these by the name of the module:
//!
//! ```
//! use cors_runtime::{CorsRouter, cors, routing};
//!
//! #[cors(origins = ["https://shop.example"])]
//! async fn prices() -> &'static str {
//!     "prices"
//! }
//!
//! async fn health() {}
//!
//! let router: CorsRouter = CorsRouter::new()
//!     .route("/prices", routing::get(prices))
//!     .route("/health", axum::routing::get(health)); // has no policy, and stays same-origin
//! ```
//!
//! | | takes | returns |
//! |---|---|---|
//! | [`get`], [`post`] .. [`any`], [`on`] | a handler that is annotated, or that [`cors`](crate::cors()) gave a policy to | a [`MethodRouter`] |
//! | [`get_service`], [`post_service`] .. [`any_service`], [`on_service`] | a service that [`cors`](crate::cors()) gave a policy to | the same |

// From handlers with policies to answers: how handlers are mounted, which policy a request is judged by, and the services
// that apply it.
//
// An `endpoint` applies its own policy to its own responses, wherever it ends up. A path (`table`) answers its own
// preflights. A `gate` adds what these two cannot reach: preflights before the user's layers, responses that layers make,
// and what has no policy of its own.
pub(crate) mod answer;
pub(crate) mod any_handler;
pub(crate) mod apply;
pub(crate) mod endpoint;
pub(crate) mod gate;
pub(crate) mod layer;
pub(crate) mod marks;
pub(crate) mod method_router;
pub(crate) mod methods;
#[doc(hidden)]
pub mod mount_with_this_module;
pub(crate) mod mounts;
pub(crate) mod path_map;
mod path_options;
pub(crate) mod resolved;
pub(crate) mod response;
pub(crate) mod router;
pub(crate) mod siblings;
pub(crate) mod table;

pub use self::endpoint::CorsHandler;
pub use self::method_router::{
    MethodRouter, any, any_service, connect, connect_service, delete, delete_service, get, get_service, head,
    head_service, on, on_service, options, options_service, patch, patch_service, post, post_service, put,
    put_service, trace, trace_service,
};
