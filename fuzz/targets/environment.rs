//! Any text as an environment variable with origins.

#![no_main]

use cors_fuzz::count;
use cors_oracles::check_environment;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| count(check_environment(text)));
