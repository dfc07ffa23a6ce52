//! The bytes of an `Origin` header against a list of entries: the index finds what the plainest matcher finds.
//!
//! The first line is the header, and each of the others is an entry.

#![no_main]

use cors_fuzz::{cases, naive};
use cors_rules::{HashKey, Origin, OriginSet, Pattern, index_exact, index_patterns};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut lines = data.split(|byte| *byte == b'\n');
    let origin = lines.next().unwrap_or_default();
    let parsed = Origin::parse(origin);
    let expected = naive::origin(origin);
    if cases::is_comparable(origin) {
        assert_eq!(parsed.is_some(), expected.is_some());
    } else {
        assert_eq!(parsed, None);
    }
    if let (Some(parsed), Some(expected)) = (parsed, &expected) {
        assert_eq!((parsed.scheme(), parsed.host()), (&*expected.scheme, &*expected.host));
        assert_eq!(parsed.to_string().as_bytes(), origin);
    }

    let entries: Vec<&str> = lines.take(16).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    let patterns: Vec<(&str, Pattern<'_>)> =
        entries.into_iter().filter_map(|entry| Some((entry, Pattern::parse(entry)?))).collect();
    for (entry, pattern) in &patterns {
        assert_eq!(pattern.to_string(), *entry, "a pattern is displayed as it is written");
        // What may be configured can be sent.
        assert_eq!(pattern.is_exact(), Origin::parse(entry.as_bytes()).is_some());
    }
    let exact: Vec<&str> =
        patterns.iter().filter(|(_, pattern)| pattern.is_exact()).map(|(entry, _)| *entry).collect();
    let open: Vec<Pattern<'_>> = patterns
        .iter()
        .filter(|(_, pattern)| !pattern.is_exact())
        .map(|(_, pattern)| pattern.clone())
        .collect();
    let key = HashKey::random();
    let (exact_index, patterns_index) = (index_exact(&exact, key), index_patterns(&open, key));
    let set = OriginSet {
        exact: &exact,
        exact_index: &exact_index,
        patterns: &open,
        patterns_index: &patterns_index,
        key,
    };
    let is_listed = patterns.iter().any(|(entry, _)| naive::matches(entry, origin));
    if cases::is_comparable(origin) {
        assert_eq!(set.find(origin).is_some(), is_listed);
    }
});
