//! Regular expressions through the proof, and origins that are made from those that are accepted.

#![no_main]

use cors_fuzz::count;
use cors_oracles::{RegexInput, check_regex};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: RegexInput| count(check_regex(&input)));
