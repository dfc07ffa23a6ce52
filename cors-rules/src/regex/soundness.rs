//! The proof against many attackers' origins, by a notion of *literal* that shares nothing with it.

use super::*;
use crate::host;

/// A part of an expression, the texts that it contains literally, and some that it matches. Where nothing is literal, that
/// is a space.
struct OriginPart {
    pattern: &'static str,
    literal: &'static [&'static str],
    matched: &'static [&'static str],
}

const fn literal(pattern: &'static str, text: &'static [&'static str]) -> OriginPart {
    OriginPart { pattern, literal: text, matched: text }
}

const fn part(
    pattern: &'static str,
    literal: &'static [&'static str],
    matched: &'static [&'static str],
) -> OriginPart {
    OriginPart { pattern, literal, matched }
}

const SCHEMES: [OriginPart; 5] = [
    literal("https://", &["https://"]),
    literal("https?://", &["https://", "http://"]),
    literal("http://", &["http://"]),
    part("[a-z]+://", &[" ://"], &["https://", "tauri://"]),
    part("https?:.*", &["https: "], &["https://", "https://evil.com", "http://evil."]),
];

const HOSTS: [OriginPart; 33] = [
    literal("example", &["example"]),
    literal("example", &["example"]),
    literal("shop", &["shop"]),
    literal(r"\.", &["."]),
    literal(r"\.", &["."]),
    literal(r"\.", &["."]),
    literal(r"\.", &["."]),
    literal("[.]", &["."]),
    part(".", &["."], &[".", "x", "-", "1"]),
    literal("[.-]", &[".", "-"]),
    literal(r"com", &["com"]),
    literal(r"\.com", &[".com"]),
    literal(r"\.com", &[".com"]),
    literal(r"\.github\.io", &[".github.io"]),
    literal(r"\.co\.uk", &[".co.uk"]),
    literal(r"\.amazonaws\.com", &[".amazonaws.com"]),
    literal(r"s3\.amazonaws\.com", &["s3.amazonaws.com"]),
    literal(r"\.kobe\.jp", &[".kobe.jp"]),
    literal(r"city", &["city"]),
    literal(r"(com|org)", &["com", "org"]),
    literal(r"(\.com)?", &["", ".com"]),
    literal(r"(www\.)?", &["", "www."]),
    literal("192\\.168\\.1\\.", &["192.168.1."]),
    part(r"\d+", &[" "], &["1", "77", "300"]),
    part(".*", &[" ", ""], &["", "x", ".", "evil", "evil.com", ".evil", "evil.", ".evil.com", "s3"]),
    part(".*", &[" ", ""], &["", "x", ".", "evil", "evil.com", ".evil", "evil.", ".evil.com", "s3"]),
    part(".+", &[" "], &["x", ".", "evil", "evil.com", ".evil", "evil.", ".evil.com"]),
    part(r"(.*\.)?", &[" .", ""], &["", "evil.", "x.y."]),
    part(r"([a-z0-9-]+\.)*", &[" .", ""], &["", "evil.", "x.y.", "s3."]),
    part(r"[a-z]+", &[" "], &["evil", "com", "x", "example"]),
    part(r"[^.]*", &[" ", ""], &["", "evil", "1"]),
    part(r".?", &[" ", ""], &["", ".", "x"]),
    part(r"(sub\.)+", &[" sub.", "sub."], &["sub.", "sub.sub."]),
];

/// Half of the expressions are to be right.
const DOMAINS: [OriginPart; 7] = [
    literal("", &[""]),
    literal(r"example\.com", &["example.com"]),
    literal(r"example\.com", &["example.com"]),
    literal(r"\.example\.com", &[".example.com"]),
    literal(r"\.me\.github\.io", &[".me.github.io"]),
    literal(r"\.example\.(com|co\.uk)", &[".example.com", ".example.co.uk"]),
    literal(r"\.a\.amazonaws\.com", &[".a.amazonaws.com"]),
];

const ENDS: [OriginPart; 5] = [
    literal("", &[""]),
    part(r"(:\d+)?", &["", ": "], &["", ":3000"]),
    part(r":[0-9]{4}", &[": "], &[":8443"]),
    part(".*", &["", " "], &["", ".", ".evil.com", "x", ":1", "evil.com"]),
    literal(r"\.?", &["", "."]),
];

/// Xorshift: each run is the same.
struct Dice(u64);

impl Dice {
    fn below(&mut self, count: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % count as u64) as usize
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

fn products(parts: &[&OriginPart], texts: impl Fn(&OriginPart) -> &'static [&'static str]) -> Vec<String> {
    parts.iter().fold(vec![String::new()], |front, part| {
        front.iter().flat_map(|front| texts(part).iter().map(move |text| format!("{front}{text}"))).collect()
    })
}

/// Origins that the expression may match, and what an attacker would make of them.
fn attempts(parts: &[&OriginPart], dice: &mut Dice) -> Vec<String> {
    let mut texts = Vec::new();
    for _ in 0..60 {
        let text: String = parts.iter().map(|part| *dice.pick(part.matched)).collect();
        texts.push(text.clone());
        let Some((scheme, host)) = text.split_once("://") else {
            continue;
        };
        texts.push(format!("{scheme}://evil{host}"));
        texts.push(format!("{scheme}://evil.{host}"));
        texts.push(format!("{text}.evil.com"));
        texts.push(format!("{text}x"));
        texts.push(format!("{text}:8443"));
        let dots: Vec<usize> = text.match_indices('.').map(|(place, _)| place).collect();
        if !dots.is_empty() {
            let mut bytes = text.into_bytes();
            bytes[*dice.pick(&dots)] = *dice.pick(b"xe-1");
            texts.extend(String::from_utf8(bytes));
        }
    }
    for name in ["evil", "x", "example", "shop", "a", "com", "evil.s3"] {
        for suffix in ["com", "org", "github.io", "co.uk", "amazonaws.com", "example", "c.kobe.jp"] {
            texts.extend(["", ":1"].map(|port| format!("https://{name}.{suffix}{port}")));
        }
    }
    texts
}

/// The domain that one has to have for an origin of this host.
fn domain(host: &str) -> &str {
    let host = host.strip_suffix('.').unwrap_or(host);
    match registrable_domain(host) {
        Some(domain) if !host::is_ip_address(host) => domain,
        _ => host,
    }
}

#[test]
fn nothing_is_matched_that_is_neither_literal_nor_reported() {
    let mut dice = Dice(0x5eed);
    let (mut open, mut closed, mut attacks) = (0, 0, 0);
    for _ in 0..200 {
        let mut parts = vec![dice.pick(&SCHEMES)];
        parts.extend((0..1 + dice.below(4)).map(|_| dice.pick(&HOSTS)).collect::<Vec<_>>());
        parts.push(dice.pick(&DOMAINS));
        parts.push(dice.pick(&ENDS));
        let pattern: String = parts.iter().map(|part| part.pattern).collect();
        let Ok(regex) = OriginRegex::parse(&pattern) else {
            continue;
        };
        let Witnesses { open: open_witness, below_suffix, address, .. } = &regex.witnesses;
        if let Some(witness) = open_witness.as_ref().or(below_suffix.as_ref()).or(address.as_ref()) {
            let origin = Pattern::parse(witness).unwrap();
            assert!(regex.matches(witness.as_bytes()) && origin.is_exact(), "{pattern} {witness}");
            assert!(!host::is_loopback(&origin.host), "{pattern} {witness}");
            open += 1;
            continue;
        }
        closed += 1;
        let literal = products(&parts, |part| part.literal);
        for attempt in attempts(&parts, &mut dice) {
            let Some(origin) =
                Pattern::parse(&attempt).filter(|origin| grammar::is_web_scheme(&origin.scheme))
            else {
                continue;
            };
            if regex.matches(attempt.as_bytes()) && !host::is_loopback(&origin.host) {
                let domain = domain(&origin.host);
                assert!(literal.iter().any(|text| text.contains(domain)), "{pattern} matches {attempt}");
                attacks += 1;
            }
        }
    }
    assert!(open > 30 && closed > 50 && attacks > 2_000, "{open} {closed} {attacks}");
}
