//! Regular expressions through the proof. The first line is the expression, and each of the others is an origin.

#![no_main]

use cors_fuzz::{count, naive};
use cors_runtime::{Allow, Policy};
use http::Request;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mut lines = text.split('\n');
    let expression = lines.next().unwrap_or_default();
    let strict = Policy::builder().regex(expression).build();
    let Ok(policy) = Policy::builder().regex(expression).allow(Allow::OpenDomain).build() else {
        assert!(strict.is_err(), "what is allowed without an exception is allowed with it");
        return;
    };
    let matched = regex::bytes::RegexBuilder::new(&format!("^(?:{expression})$")).unicode(false).build();
    let Ok(matched) = matched else { return };
    for origin in lines {
        let Ok(request) = Request::get("/").header("origin", origin).body(()) else { continue };
        let is_allowed = policy.explain(&request).is_allowed();
        let origin = origin.as_bytes();
        assert_eq!(is_allowed, naive::origin(origin).is_some() && matched.is_match(origin));
        count(1);
    }
});
