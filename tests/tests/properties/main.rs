//! Properties of every policy, every origin and every request, on made-up ones: the plainest implementation of the
//! standards and of the documentation agrees with what is served.
//!
//! The fuzz targets in `fuzz/` hold the same, for as long as one likes.

#![expect(unreachable_pub, reason = "the fuzz targets have these modules in a library")]

mod cases;
mod naive;
mod served;

use std::cell::Cell;

use arbitrary::Unstructured;
use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{TestError, TestRng, TestRunner},
};

use cases::{PolicyCase, RequestCase};
use served::{Served, Way, block_on};

/// Runs a property on many inputs, and returns how many of them said something.
fn run(
    cases: u32,
    bytes: usize,
    property: impl Fn(&mut Unstructured<'_>) -> arbitrary::Result<usize>,
) -> usize {
    let config = ProptestConfig {
        cases,
        failure_persistence: None,
        max_shrink_iters: 2_000,
        ..ProptestConfig::default()
    };
    let said = Cell::new(0);
    // The same in every run; other inputs are for the fuzz targets.
    let random = TestRng::deterministic_rng(config.rng_algorithm);
    let result = TestRunner::new_with_rng(config, random).run(&vec(any::<u8>(), bytes), |bytes| {
        let found = property(&mut Unstructured::new(&bytes)).unwrap_or_default();
        said.set(said.get() + found);
        Ok(())
    });
    if let Err(error) = result {
        // The bytes say nothing to anybody; the message has what was made of them.
        let TestError::Fail(reason, _) = error else { panic!("{error}") };
        panic!("{reason}");
    }
    said.get()
}

/// What is served, what is explained, and what a cache may keep.
#[test]
fn what_is_served_is_what_the_policy_says() {
    let requests = run(200, 400, |u| {
        let case = PolicyCase::arbitrary(u)?;
        let request = RequestCase::arbitrary(u)?;
        let others = [cases::origin(u)?, cases::origin(u)?];
        let mut count = 0;
        for served in Served::in_ways(&case, &Way::ALL) {
            count += block_on(served.check(&request, &others));
        }
        Ok(count)
    });
    // Otherwise the rules refuse most of the policies, and this says little.
    assert!(requests > 2_000, "{requests}");
}

#[test]
fn no_browser_shares_with_an_unlisted_origin() {
    let pages = run(150, 400, |u| {
        let case = PolicyCase::arbitrary(u)?;
        let method = served::method(u)?;
        let way = *u.choose(&Way::ALL)?;
        let headers = if u.arbitrary()? { &case.headers[..] } else { &["x-other"] };
        let headers = if u.arbitrary()? { headers } else { &[] };
        let mut count = 0;
        for served in Served::in_ways(&case, &[way]) {
            for _ in 0..2 {
                count += block_on(served.browse(&cases::origin(u)?, method, headers));
            }
        }
        Ok(count)
    });
    assert!(pages > 200, "{pages}");
}

#[test]
fn origins_are_read_as_the_standard_writes_them() {
    let origins = run(10_000, 40, |u| {
        let text = cases::origin(u)?;
        let parsed = cors_runtime::Origin::parse(&text);
        let naive = naive::origin(&text);
        if !cases::is_comparable(&text) {
            assert_eq!(parsed, None, "{}", text.escape_ascii());
            return Ok(0);
        }
        assert_eq!(parsed.is_some(), naive.is_some(), "{}", text.escape_ascii());
        let (Some(parsed), Some(naive)) = (parsed, naive) else { return Ok(0) };
        assert_eq!((parsed.scheme(), parsed.host()), (&*naive.scheme, &*naive.host));
        assert_eq!(parsed.to_string().as_bytes(), text, "it is written as it was sent");
        Ok(1)
    });
    assert!(origins > 2_500, "{origins}");
}

/// Found by fuzzing: the answer to a handshake of the one origin that is listed is not the one that strangers get.
#[test]
fn answers_to_handshakes_vary_by_origin() {
    let case = PolicyCase {
        origins: vec!["https://shop.example".to_owned()],
        expose: vec!["etag"],
        ..PolicyCase::default()
    };
    let others = vec![("connection", "upgrade".to_owned()), ("upgrade", "websocket".to_owned())];
    let request = RequestCase { method: "GET", origins: vec![b"https://evil.example".to_vec()], others };
    let listed = b"https://shop.example".to_vec();
    let served = Served::in_ways(&case, &Way::ALL);
    assert_eq!(served.len(), Way::ALL.len());
    for served in served {
        assert_eq!(block_on(served.check(&request, std::slice::from_ref(&listed))), 2);
    }
}
