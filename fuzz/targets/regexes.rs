//! Regular expressions through the proof. The first line is an origin, the rest is the expression.

#![no_main]

use cors_fuzz::naive;
use cors_runtime::{Allow, Policy};
use http::Request;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Some((origin, expression)) = text.split_once('\n') else { return };
    let strict = Policy::builder().regex(expression).build();
    let Ok(policy) = Policy::builder().regex(expression).allow(Allow::OpenDomain).build() else {
        assert!(strict.is_err(), "what is allowed without an exception is allowed with it");
        return;
    };
    let matched = regex::bytes::RegexBuilder::new(&format!("^(?:{expression})$")).unicode(false).build();
    let Ok(matched) = matched else { return };
    let Ok(request) = Request::get("/").header("origin", origin).body(()) else { return };
    let is_allowed = policy.explain(&request).is_allowed();
    assert_eq!(is_allowed, naive::origin(origin.as_bytes()).is_some() && matched.is_match(origin.as_bytes()));
});
