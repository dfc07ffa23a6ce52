//! What is said of policies and requests: audits, explanations, refusals, and what is wrong with a setup.
//!
//! | | made by |
//! |---|---|
//! | [`Audit`] | [`CorsRouter::audit`](crate::CorsRouter::audit) |
//! | [`Explanation`] | [`Policy::explain`](crate::Policy::explain) |
//! | [`Refusal`] | [`CorsRouter::on_refusal`](crate::CorsRouter::on_refusal), and an explanation |
//! | [`SetupProblem`] | [`SetupError::problems`](crate::SetupError::problems) |

// Decides nothing: whatever is said here follows from a decision of `protocol`.

pub(crate) mod audit;
pub(crate) mod explain;
#[cfg_attr(not(feature = "tracing"), path = "diagnostics/log_disabled.rs")]
mod log;
pub(crate) mod refusal;
pub(crate) mod report;

pub use cors_rules::{CorsError, Engine};

pub use self::{
    audit::{Audit, AuditNote, AuditRow},
    explain::Explanation,
    refusal::{Refusal, RefusalKind},
};
pub use crate::{location::PolicyLocation, setup_error::SetupProblem};
