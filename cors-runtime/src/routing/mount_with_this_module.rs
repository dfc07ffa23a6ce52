//! The policy in the type of an annotated handler.
//!
//! Where a routing function of axum's is given such a handler, the compiler prints its type, with this path: it says what to
//! do instead.

use crate::policy::source::PolicySource;

/// Implemented for the types that name a policy.
pub trait HasPolicy: Send + Sync + 'static {
    /// The policy.
    fn policy() -> PolicySource;
}
