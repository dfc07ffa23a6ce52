//! Any text as a document: what can be read can be written, and is read as the same policy again.

#![no_main]

use cors_fuzz::{count, is_for_proofs};
use cors_runtime::Policy;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    // Variables are this process's own.
    if text.contains("env") || is_for_proofs(text) {
        return;
    }
    count(1);
    if let Ok(policy) = toml::from_str::<Policy>(text) {
        let json = serde_json::to_string(&policy).expect("a policy that was read can be written");
        let again: Policy = serde_json::from_str(&json).expect("what was written can be read");
        assert_eq!(again, policy, "{json}");
    }
});
