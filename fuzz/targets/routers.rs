//! Requests through random routers with many policies of every kind.

#![no_main]

use cors_fuzz::count;
use cors_oracles::{RequestInput, check_requests};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: RequestInput| count(check_requests(&input)));
