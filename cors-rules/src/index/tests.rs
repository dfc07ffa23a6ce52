//! The index finds what asking each entry finds.

use std::collections::HashSet;

use super::*;

/// Digits of pi.
const FIXED: HashKey = HashKey([0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344]);

fn set(entries: &[&str], key: HashKey) -> OriginSet<'static, &'static str> {
    let entries = entries.iter().map(|entry| &*entry.to_string().leak());
    let (exact, patterns): (Vec<_>, Vec<_>) = entries
        .map(|entry| (entry, Pattern::parse(entry).unwrap()))
        .partition(|(_, pattern)| pattern.is_exact());
    let exact: Vec<&str> = exact.into_iter().map(|(entry, _)| entry).collect();
    let patterns: Vec<Pattern<'_>> = patterns.into_iter().map(|(_, pattern)| pattern).collect();
    OriginSet {
        exact_index: index_exact(&exact, key).leak(),
        patterns_index: index_patterns(&patterns, key).leak(),
        exact: exact.leak(),
        patterns: patterns.leak(),
        key,
    }
}

fn check(entries: &[&str], rows: &[(&str, bool)]) {
    for key in [FIXED, HashKey::random()] {
        let set = set(entries, key);
        for (origin, allowed) in rows {
            assert_eq!(set.find(origin.as_bytes()).is_some(), *allowed, "{origin}");
        }
    }
}

#[test]
fn each_bit_changes_about_half_of_the_hash() {
    let check = |what: &str, one: u64, other: u64| {
        let changed = (one ^ other).count_ones();
        assert!((12..=52).contains(&changed), "{what} changes {changed} bits");
    };
    for text in ["app://a", "https://a.b", "https://shop.example", "https://a-longer-name.shop.example:8443"]
    {
        let hash = FIXED.hash(text.as_bytes());
        for bit in 0..8 * text.len() {
            let mut other = text.as_bytes().to_vec();
            other[bit / 8] ^= 1 << (bit % 8);
            check(&format!("{text}, bit {bit}"), hash, FIXED.hash(&other));
        }
        for bit in 0..128 {
            let mut other = FIXED;
            other.0[bit / 64] ^= 1 << (bit % 64);
            check(&format!("{text}, bit {bit} of the key"), hash, other.hash(text.as_bytes()));
        }
    }

    let [scheme, host] = ["https", "shop.example"].map(|part| FIXED.hash(part.as_bytes()));
    let of_pattern = |scheme, host| FIXED.combine(scheme, host, Hosts::Subdomains, Port::Number(8443));
    for bit in 0..64 {
        check(
            &format!("bit {bit} of the scheme"),
            of_pattern(scheme, host),
            of_pattern(scheme ^ 1 << bit, host),
        );
        check(
            &format!("bit {bit} of the host"),
            of_pattern(scheme, host),
            of_pattern(scheme, host ^ 1 << bit),
        );
    }
    let all = [Hosts::One, Hosts::Subdomains, Hosts::Any].into_iter().flat_map(|hosts| {
        let ports = (1..=u16::MAX).map(Port::Number).chain([Port::Default, Port::Any]);
        ports.map(move |port| FIXED.combine(scheme, host, hosts, port))
    });
    let all: Vec<u64> = all.collect();
    assert_eq!(
        HashSet::<&u64>::from_iter(&all).len(),
        all.len(),
        "each kind of host and port has its own hash"
    );
}

#[test]
fn exact_origins_match_byte_for_byte() {
    check(
        &["https://cat", "https://concat", "https://kin:8443", "http://[::1]:3000", "tauri://localhost"],
        &[
            ("https://cat", true),
            ("https://concat", true),
            ("https://kin:8443", true),
            ("http://[::1]:3000", true),
            ("tauri://localhost", true),
            ("", false),
            ("null", false),
            ("https://kin", false),
            ("https://cat:443", false),
            ("https://cat/", false),
            ("https://Cat", false),
            ("http://cat", false),
            ("https://ca", false),
            ("https://cat\0", false),
            ("xhttps://cat", false),
        ],
    );
}

#[test]
fn subdomains() {
    check(
        &["https://*.shop.example"],
        &[
            ("https://a.shop.example", true),
            ("https://a.b.c.shop.example", true),
            ("https://a_b.shop.example", true),
            ("https://shop.example", false),
            ("https://.shop.example", false),
            ("https://a..shop.example", false),
            ("https://.a.shop.example", false),
            ("https://ashop.example", false),
            ("https://a.shop.example.", false),
            ("https://a.shop.example:8443", false),
            ("https://a.shop.example:443", false),
            ("http://a.shop.example", false),
            ("https://A.shop.example", false),
            ("https://a.shop.example.evil.example", false),
            ("https://evil.example/.shop.example", false),
            ("https://evil.example#.shop.example", false),
            ("https://evil.example\\.shop.example", false),
            ("https://me@a.shop.example", false),
            ("https://a b.shop.example", false),
            ("https://evil.example%2f.shop.example", false),
            ("https://evil.example:.shop.example", false),
            ("https://[.shop.example", false),
            ("https://[].shop.example", false),
            ("https://*.shop.example", false),
            ("https://é.shop.example", false),
        ],
    );
}

#[test]
fn ports() {
    check(
        &["http://localhost:*", "https://*.a.example:8443", "https://*.b.example:*", "http://[::1]:*"],
        &[
            ("http://localhost", true),
            ("http://localhost:1", true),
            ("http://localhost:65535", true),
            ("http://localhost:65536", false),
            ("http://localhost:80", false),
            ("http://localhost:0", false),
            ("http://localhost:08", false),
            ("http://localhost:+8", false),
            ("http://localhost:", false),
            ("http://localhost:*", false),
            ("http://localhost:8a", false),
            ("http://x.localhost:3000", false),
            ("https://localhost:3000", false),
            ("https://x.a.example:8443", true),
            ("https://x.a.example:8444", false),
            ("https://x.a.example", false),
            ("https://x.y.b.example", true),
            ("https://x.y.b.example:8444", true),
            ("https://b.example:8444", false),
            ("http://[::1]:3000", true),
            ("http://[::1]", true),
            ("http://[::2]", false),
            ("http://[::1]x:3000", false),
        ],
    );
}

#[test]
fn a_thousand_entries_are_all_found_and_nothing_else() {
    let names: Vec<String> = (0..1_000)
        .map(|number| match number % 3 {
            0 => format!("https://host{number}.example"),
            1 => format!("https://*.host{number}.example"),
            _ => format!("http://host{number}.example:*"),
        })
        .collect();
    let set = set(&names.iter().map(String::as_str).collect::<Vec<_>>(), FIXED);
    for number in 0..1_000 {
        let plain = format!("https://host{number}.example");
        let below = format!("https://a.host{number}.example");
        let port = format!("http://host{number}.example:{}", 1_000 + number);
        let found = [plain, below, port].map(|origin| set.find(origin.as_bytes()).is_some());
        assert_eq!(found, [number % 3 == 0, number % 3 == 1, number % 3 == 2], "{number}");
    }
}

#[test]
fn opaque_hosts() {
    check(
        &["app://.", "moz-extension://*", "vscode-webview://*:*", "ext://*.a"],
        &[
            ("app://.", true),
            ("app://", false),
            ("app://..", false),
            ("moz-extension://2c127fa4-62c7-7e4f-90e5-472b45eecfdc", true),
            ("moz-extension://A.b_c~d", true),
            ("moz-extension://a:80", false),
            ("moz-extension://", false),
            ("moz-extension://a/b", false),
            ("moz-extension://a@b", false),
            ("moz-extension://*", false),
            ("chrome-extension://a", false),
            ("https://moz-extension", false),
            ("vscode-webview://0abc", true),
            ("vscode-webview://0abc:80", true),
            ("ext://b.a", true),
            ("ext://.a", false),
            ("ext://..a", true),
            ("ext://a", false),
        ],
    );
}

fn longest_probe(origins: &[String], key: HashKey) -> usize {
    let index = index_exact(origins, key);
    let mask = index.len() - 1;
    let mut slot_of = vec![0; origins.len() + 1];
    for (slot, entry) in index.iter().enumerate() {
        slot_of[*entry as usize] = slot;
    }
    let probes = origins.iter().enumerate().map(|(entry, origin)| {
        let home = key.hash(origin.as_bytes()) as usize & mask;
        slot_of[entry + 1].wrapping_sub(home) & mask
    });
    probes.max().unwrap()
}

#[test]
fn long_probes_are_rare() {
    let names: Vec<String> =
        (0..10_000).map(|number| format!("https://tenant-{number}.shop.example")).collect();
    for key in [FIXED, HashKey::random()] {
        assert!(longest_probe(&names, key) < 16, "{key:?}");
    }
}

/// Origins that were made up for one key are like any others to another one.
#[test]
fn a_random_key_cannot_be_flooded() {
    let slots = 1 << 10;
    let crafted: Vec<String> = (0_u32..)
        .map(|number| format!("https://a{number}.example"))
        .filter(|origin| FIXED.hash(origin.as_bytes()).is_multiple_of(slots))
        .take(200)
        .collect();
    assert!(longest_probe(&crafted, FIXED) > 150);
    assert!(longest_probe(&crafted, HashKey::random()) < 16);
    assert_ne!(HashKey::random(), HashKey::random());
}
