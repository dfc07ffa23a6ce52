//! Bytes of `Origin` against every kind of entry.
#![no_main]

use cors_oracles::{OriginsInput, check_origins};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: OriginsInput| check_origins(&input));
