//! Facts about browsers: the engines, the errors by which they block, and what their consoles say of each.
//!
//! All of them were read off the engines that [`Engine::observed_version`] names; the tests of the workspace hold
//! them against these.

// Knows nothing of policies, and not when an engine blocks: that is for those who model one or who explain an answer.

mod console;
mod cors_error;
mod engine;

pub use console::CorsFailure;
pub use cors_error::CorsError;
pub use engine::Engine;
