//! From handlers with policies to answers: how handlers are mounted, which policy a request is judged by, and the services
//! that apply it.
//!
//! An [endpoint](endpoint) applies its own policy to its own responses, wherever it ends up. A [path](table) answers its own
//! preflights. A [gate](gate) adds what these two cannot reach: preflights before the user's layers, responses that layers
//! make, and what has no policy of its own.

pub(crate) mod answer;
pub(crate) mod apply;
pub(crate) mod endpoint;
pub(crate) mod gate;
pub(crate) mod layer;
pub(crate) mod method_router;
pub(crate) mod methods;
pub(crate) mod mounts;
pub(crate) mod path_options;
pub(crate) mod resolved;
pub(crate) mod response;
pub(crate) mod router;
pub(crate) mod table;
