//! Any text as an environment variable with origins.

#![no_main]

use cors_fuzz::{count, is_for_proofs};
use cors_oracles::check_environment;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if !is_for_proofs(text) {
        count(check_environment(text));
    }
});
