//! Policies from documents and from environment variables.
#![no_main]

use cors_oracles::{check_document, check_environment};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    check_document(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        check_environment(text);
    }
});
