//! From handlers with policies to answers: how they are mounted, which policy a request is judged by, and what is written
//! onto the response. Knows nothing of how a policy came to be.

pub(crate) mod answer;
pub(crate) mod cors;
pub(crate) mod decision;
pub(crate) mod gate;
pub(crate) mod handler;
pub(crate) mod method_router;
pub(crate) mod methods;
pub(crate) mod path_policies;
pub(crate) mod router;
