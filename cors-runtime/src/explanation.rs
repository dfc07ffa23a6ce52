//! What is said of policies and of what they refuse. Decides nothing.

pub(crate) mod audit;
pub(crate) mod explain;
pub(crate) mod refusal;
pub(crate) mod report;
