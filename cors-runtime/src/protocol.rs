//! The server's side of the CORS protocol: what is asked, what follows from a policy, and what is written.
// Pure, and without axum. A request is data, and a decision is a value that knows its reason.

pub(crate) mod decision;
pub(crate) mod headers;
pub(crate) mod kept_answers;
pub(crate) mod request;
