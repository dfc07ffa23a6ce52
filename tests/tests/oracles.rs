//! What has to hold of routers with many policies, of expressions and of variables: for hundreds that are made at random.
//!
//! What is checked is in `cors-oracles`. The same oracles run for longer as fuzz targets, in `fuzz/`; what those have found
//! is kept there as seeds and tried here first. Here, the random inputs are the same in every run.

use std::{fs, path::Path};

use cors_oracles::{RegexInput, RequestInput, check_environment, check_regex, check_requests};
use proptest::{
    arbitrary::any,
    collection::vec,
    test_runner::{Config, TestRng, TestRunner},
};

/// Runs a check on bytes: the seeds of a fuzz target, and as many random ones.
fn run(target: &str, cases: u32, length: usize, check: impl Fn(&[u8])) {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds").join(target);
    for seed in fs::read_dir(&seeds).into_iter().flatten() {
        check(&fs::read(seed.unwrap().path()).unwrap());
    }
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 2_000, ..Config::default() };
    let random = TestRng::deterministic_rng(config.rng_algorithm);
    let mut runner = TestRunner::new_with_rng(config, random);
    let bytes = vec(any::<u8>(), 0..length);
    let result = runner.run(&bytes, |bytes| {
        check(&bytes);
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}

/// An input made of bytes, if they are enough.
fn input<'a, T: arbitrary::Arbitrary<'a>>(bytes: &'a [u8]) -> Option<T> {
    T::arbitrary_take_rest(arbitrary::Unstructured::new(bytes)).ok()
}

#[test]
fn every_answer_is_that_of_the_policy_in_charge() {
    run("routers", 400, 512, |bytes| {
        if let Some(input) = input::<RequestInput>(bytes) {
            check_requests(&input);
        }
    });
}

#[test]
fn expressions_match_what_another_engine_matches_and_no_foreign_domain() {
    run("proofs", 60, 192, |bytes| {
        if let Some(input) = input::<RegexInput>(bytes) {
            check_regex(&input);
        }
    });
}

#[test]
fn variables_are_lists_or_errors() {
    run("environment", 400, 192, |bytes| {
        if let Ok(text) = std::str::from_utf8(bytes) {
            check_environment(text);
        }
    });
}
