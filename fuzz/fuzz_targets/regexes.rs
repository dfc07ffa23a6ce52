//! Expressions among the origins, through the proof.
#![no_main]

use cors_oracles::{RegexInput, check_regex};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: RegexInput| check_regex(&input));
