//! Expressions among the origins: what they match, and what is proven of them.

use arbitrary::{Arbitrary, Result, Unstructured};
use cors_rules::registrable_domain;
use cors_runtime::Policy;
use http::{HeaderMap, HeaderValue, Method, header};
use regex_syntax::hir::{Class, Hir, HirKind};

use crate::is_origin;

/// An expression, and bytes that choose texts which it matches.
#[derive(Clone, Debug)]
pub struct RegexInput {
    /// The expression, right or wrong.
    pub expression: String,
    /// What chooses.
    pub choices: Vec<u8>,
}

const PIECES: [&str; 44] = [
    "https://",
    "http://",
    "https?://",
    "app://",
    "shop",
    r"\.",
    ".",
    "example",
    "com",
    "github",
    "io",
    "localhost",
    "(",
    ")",
    "|",
    "?",
    "*",
    "+",
    "[a-z]",
    "[0-9]+",
    "[a-z0-9-]+",
    ".*",
    ".+",
    r"\d{1,3}",
    "(?:",
    ":",
    "8080",
    r"(:\d+)?",
    "^",
    "$",
    "a",
    "b",
    "127",
    "co",
    "uk",
    "[^.]+",
    r"\w+",
    "{2}",
    "xn--",
    r"\[::1\]",
    "(a|b)",
    "[ab]",
    r"([a-z]+\.)*",
    "www",
];

impl<'a> Arbitrary<'a> for RegexInput {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let mut expression = String::new();
        if u.ratio(3, 4)? {
            expression.push_str("https://");
        }
        for _ in 0..u.int_in_range(1..=12)? {
            expression.push_str(u.choose(&PIECES)?);
        }
        if u.ratio(1, 2)? {
            expression.push_str(r"\.example");
        }
        let choices = u.bytes(u.len().min(1024))?.to_vec();
        Ok(Self { expression, choices })
    }
}

/// How many texts are made from one expression at most. To prove the expression takes longer than all of them.
const MAX_TEXTS: usize = 64;

/// An expression that is accepted matches what another engine says, in full; and each origin that it matches has a domain
/// whose letters are in it. Returns how many texts it was asked about.
pub fn check_regex(RegexInput { expression, choices }: &RegexInput) -> usize {
    // Letters that are written by their numbers or in either case are not looked for here.
    let is_plain = !expression.contains("(?")
        || expression.contains("(?:")
            && expression.matches("(?").count() == expression.matches("(?:").count();
    let Ok(policy) = Policy::builder().regex(expression.as_str()).build() else { return 0 };
    let whole = regex::bytes::RegexBuilder::new(&format!("^(?:{expression})$")).unicode(false).build();
    let Ok(parsed) = regex_syntax::ParserBuilder::new().unicode(false).utf8(false).build().parse(expression)
    else {
        return 0;
    };
    let mut u = Unstructured::new(choices);
    for texts in 0..MAX_TEXTS {
        if texts > 0 && u.is_empty() {
            return texts;
        }
        let mut text = Vec::new();
        sample(&parsed, &mut u, &mut text);
        let Ok(origin) = HeaderValue::from_bytes(&text) else { continue };
        let request = HeaderMap::from_iter([(header::ORIGIN, origin.clone())]);
        let mut response = HeaderMap::new();
        policy.answer(&Method::GET, &request).write(&mut response);
        let allowed =
            response.get(header::ACCESS_CONTROL_ALLOW_ORIGIN).is_some_and(|allowed| *allowed == origin);
        assert!(text != b"null" || !allowed, "{expression}");
        if let Ok(whole) = &whole {
            let is_match = whole.is_match(&text);
            // It is about origins alone, however much else it would match.
            assert!(!allowed || is_match, "{expression} {}", text.escape_ascii());
            if is_origin(&text) == Some(true) {
                assert_eq!(allowed, is_match, "{expression} {}", text.escape_ascii());
            }
        }
        if !allowed || !is_plain || expression.contains("\\x") || expression.contains("\\u") {
            continue;
        }
        if is_origin(&text) == Some(true) {
            check_domain(expression, &String::from_utf8_lossy(&text));
        }
    }
    MAX_TEXTS
}

/// An attacker's domain is none of those that are written in the expression.
fn check_domain(expression: &str, origin: &str) {
    let Some((scheme @ ("http" | "https"), authority)) = origin.split_once("://") else { return };
    let host = authority.split(':').next().unwrap_or_default();
    let host = host.strip_suffix('.').unwrap_or(host);
    if host == "localhost" || host.ends_with(".localhost") || host.starts_with('[') {
        return;
    }
    let Some(domain) = registrable_domain(host) else { return };
    let has = |char: char| expression.contains(char);
    assert!(domain.chars().filter(|char| *char != '.').all(has), "{expression} matches {scheme}://{host}");
}

/// A text that the expression matches, if its assertions hold.
fn sample(expression: &Hir, u: &mut Unstructured<'_>, text: &mut Vec<u8>) {
    if text.len() > 400 {
        return;
    }
    match expression.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => text.extend(&*literal.0),
        HirKind::Class(Class::Bytes(class)) => {
            let ranges = class.ranges();
            if let Ok(range) = u.choose(ranges) {
                text.push(u.int_in_range(range.start()..=range.end()).unwrap_or(range.start()));
            } else if let Some(range) = ranges.first() {
                text.push(range.start());
            }
        }
        HirKind::Class(Class::Unicode(class)) => {
            if let Some(range) = class.ranges().first() {
                text.extend(range.start().to_string().bytes());
            }
        }
        HirKind::Repetition(repetition) => {
            let most = repetition
                .max
                .unwrap_or(repetition.min.saturating_add(4))
                .min(repetition.min.saturating_add(4));
            let count = u.int_in_range(repetition.min..=most).unwrap_or(repetition.min);
            for _ in 0..count.min(100) {
                sample(&repetition.sub, u, text);
            }
        }
        HirKind::Capture(capture) => sample(&capture.sub, u, text),
        HirKind::Concat(parts) => parts.iter().for_each(|part| sample(part, u, text)),
        HirKind::Alternation(ways) => {
            if let Some(way) = u.choose(ways).ok().or(ways.first()) {
                sample(way, u, text);
            }
        }
    }
}
