//! What the fuzz targets share with the property tests: made-up policies and requests, and what has to hold of them.

#[path = "../../tests/tests/properties/cases.rs"]
pub mod cases;
#[path = "../../tests/tests/properties/naive.rs"]
pub mod naive;
#[path = "../../tests/tests/properties/served.rs"]
pub mod served;

use std::sync::atomic::{AtomicUsize, Ordering};

/// Whether a text is left to the targets for expressions: to prove one takes longer than everything else together. Of the
/// texts that have one, or something in whose place the help has one, each 4,096th is not, beginning with the first: what
/// is run by itself is checked.
pub fn is_for_proofs(text: &str) -> bool {
    const SIGNS: [&str; 8] = ["regex", "*", "\\.", "\\d", "[a-z", "[0-9", "[^", ".+"];
    static SEEN: AtomicUsize = AtomicUsize::new(0);
    let has_expression = SIGNS.iter().any(|sign| text.contains(sign));
    has_expression && !SEEN.fetch_add(1, Ordering::Relaxed).is_multiple_of(4_096)
}

/// Counts what was checked, and says so at times: libFuzzer counts inputs, and some have many requests.
pub fn count(checks: usize) {
    const STEP: usize = 100_000;
    static CHECKED: AtomicUsize = AtomicUsize::new(0);
    let before = CHECKED.fetch_add(checks, Ordering::Relaxed);
    let after = before + checks;
    if before / STEP != after / STEP {
        eprintln!("{after} checks");
    }
}
