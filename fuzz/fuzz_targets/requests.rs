//! Whole requests through random routers with every kind of policy.
#![no_main]

use cors_oracles::{RequestInput, check_requests};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: RequestInput| check_requests(&input));
