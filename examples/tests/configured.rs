//! The tests that are in the example `configured` itself, which shows how several configurations are tested side by side.

#[allow(dead_code, reason = "the tests do not start it")]
#[path = "../configured.rs"]
mod configured;
