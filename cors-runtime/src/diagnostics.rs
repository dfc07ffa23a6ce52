//! What people read of policies and of what they refuse.
// Decides nothing: whatever is said here follows from a decision of `protocol`.

pub(crate) mod audit;
pub(crate) mod explain;
#[cfg_attr(not(feature = "tracing"), path = "diagnostics/log_disabled.rs")]
mod log;
pub(crate) mod refusal;
pub(crate) mod report;
