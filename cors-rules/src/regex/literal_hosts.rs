//! Which hosts an expression contains literally. Automata are for others.
//!
//! The expression is written out as texts, with a wildcard for each part that can match more than one text. What follows
//! the last wildcard of a host, from a dot on, is the end of each host that the text describes, letter by letter as the
//! developer wrote it. It does no harm if texts are left out, or have a wildcard where there need be none: then fewer
//! hosts are literal, and more expressions are refused.

use std::collections::BTreeSet;

use regex_syntax::ast::{
    Ast, ClassBracketed, ClassSet, ClassSetItem, Repetition, RepetitionKind, RepetitionRange,
};

use crate::{
    grammar, host,
    public_suffix::{has_public_suffix_below, registrable_domain},
};

/// Stands for anything.
const WILDCARD: char = '\0';

/// Stands for nothing: here is a letter that is one of several, or letters that may be missing.
///
/// In a public suffix this is a slip: `com?` is for `com`, and matches `co`. A single letter that may be missing is in the
/// text in upper case, to know what the suffix would be with it.
const CHOICE: char = '\u{1}';

type Texts = BTreeSet<String>;

/// How many texts an expression is written out as.
const MAX_TEXTS: usize = 1_024;

/// How long one of them is: longer than any origin.
const MAX_TEXT_BYTES: usize = 512;

/// A class of more characters is a range, however it is written.
const MAX_CLASS_MEMBERS: usize = 4;

/// The hosts that an expression contains literally, without the dot at the end of a name.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct LiteralHosts {
    /// Those of which all subdomains belong to whoever has the domain.
    pub(super) domains: BTreeSet<String>,
    /// Those that are meant alone: IP addresses, names of one label, public suffixes.
    pub(super) hosts: BTreeSet<String>,
    /// Those below which anyone can register a domain, in expressions for names below them.
    pub(super) suffixes: BTreeSet<String>,
    /// Those of schemes that are not web schemes, in lower case.
    pub(super) opaque: BTreeSet<String>,
}

/// The end of the host in a text.
struct HostEnd {
    /// Without wildcards and choices.
    name: String,
    /// The same with the letters that are missing in it.
    with_missing: String,
    /// How much of the name's end is in front of no choice, in bytes; the whole name if there is no choice.
    certain_bytes: usize,
    /// Whether it is the whole host.
    is_whole: bool,
}

impl LiteralHosts {
    /// The hosts that the expression contains.
    pub(super) fn from_ast(expression: &Ast) -> Self {
        let mut hosts = Self::default();
        for text in texts(expression, &Texts::from([String::new()])) {
            let scheme = text.split_once("://").map(|(scheme, _)| scheme);
            if scheme.is_none_or(|scheme| !grammar::is_web_scheme(scheme)) {
                hosts.opaque.extend(opaque_host(&text));
            }
            hosts.extend(host_end(&text));
        }
        hosts
    }

    fn extend(&mut self, end: Option<HostEnd>) {
        let Some(HostEnd { name, with_missing, certain_bytes, is_whole }) = end else { return };
        // `1.2.3` would be the end of an address as much as a name.
        let is_domain = host::is_web_host(&name) && !host::is_ip_address(&name);
        let domain = registrable_domain(&name).filter(|_| is_domain);
        let is_slip = certain_bytes < with_missing.len()
            && (certain_bytes <= suffix_bytes(&name) || certain_bytes < suffix_bytes(&with_missing));
        if is_domain && is_slip {
            return;
        }
        match domain {
            Some(domain) if !has_public_suffix_below(domain) => {
                self.domains.insert(domain.to_owned());
            }
            // `a.amazonaws.com`: other names below the domain are other people's.
            Some(_) if !has_public_suffix_below(&name) => {
                self.domains.insert(name);
            }
            _ if is_whole && host::is_web_host(&name) => {
                self.hosts.insert(name);
            }
            // What is neither a domain nor below one is a suffix.
            _ if is_domain => {
                self.suffixes.insert(name);
            }
            _ => {}
        }
    }
}

/// What is between `://` and the port, if the text contains it literally.
fn opaque_host(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("://")?;
    let is_there = |char: &char| *char != CHOICE && !char.is_ascii_uppercase();
    let host: String = grammar::split_port(rest).0.chars().filter(is_there).collect();
    host::is_opaque_host(&host).then_some(host)
}

/// The end of the host that the text contains literally.
fn host_end(text: &str) -> Option<HostEnd> {
    let rest = match text.split_once("://") {
        Some((_, rest)) => rest,
        None => &text[text.find(WILDCARD)?..],
    };
    let end = match rest.find(']') {
        Some(bracket) => bracket + 1,
        None => rest.find(':').unwrap_or(rest.len()),
    };
    let host = &rest[..end];
    let host = host.strip_suffix('.').unwrap_or(host);
    let (end, is_whole) = match host.rsplit_once(WILDCARD) {
        // What is in front of the dot is the end of a label only, and the wildcard may be its beginning.
        Some((_, tail)) => (tail.split_once('.')?.1, false),
        None => (host, true),
    };
    let is_choice = |char: char| char == CHOICE || char.is_ascii_uppercase();
    let name: String = end.chars().filter(|char| !is_choice(*char)).collect();
    let with_missing: String = end.chars().filter(|char| *char != CHOICE).collect();
    let certain_bytes = end.rsplit_once(is_choice).map_or(name.len(), |(_, certain)| certain.len());
    Some(HostEnd { name, with_missing: with_missing.to_ascii_lowercase(), certain_bytes, is_whole })
}

/// How much of the name's end is a public suffix, in bytes.
fn suffix_bytes(name: &str) -> usize {
    let domain = registrable_domain(name).and_then(|domain| domain.split_once('.'));
    domain.map_or(name.len(), |(_, suffix)| suffix.len())
}

/// The texts that the expression describes, each followed by each of `rest`.
///
/// From the end to the beginning, because then what is in front of a wildcard need not be kept.
fn texts(expression: &Ast, rest: &Texts) -> Texts {
    let texts = match expression {
        Ast::Empty(_) | Ast::Flags(_) | Ast::Assertion(_) => rest.clone(),
        // No web host has upper case: either it is ignored here, or this matches none.
        Ast::Literal(literal) if literal.c.is_ascii() => prefixed(literal.c.to_ascii_lowercase(), rest),
        // Whoever writes `www.example.com` means dots, and has written the name in full.
        Ast::Dot(_) => &prefixed('.', rest) | &prefixed(WILDCARD, rest),
        Ast::Literal(_) | Ast::ClassUnicode(_) | Ast::ClassPerl(_) => prefixed(WILDCARD, rest),
        Ast::ClassBracketed(class) => match class_members(class) {
            Some(members) if members.len() <= MAX_CLASS_MEMBERS => one_of(&members, rest),
            _ => prefixed(WILDCARD, rest),
        },
        Ast::Repetition(repetition) => repeated(repetition, rest),
        Ast::Group(group) => texts(&group.ast, rest),
        Ast::Alternation(alternation) => {
            let letters: Option<BTreeSet<char>> = alternation.asts.iter().map(letter).collect();
            match letters {
                Some(letters) => one_of(&letters, rest),
                None => alternation.asts.iter().flat_map(|part| texts(part, rest)).collect(),
            }
        }
        Ast::Concat(concat) => concat.asts.iter().rev().fold(rest.clone(), |rest, part| texts(part, &rest)),
    };
    let too_long = texts.iter().any(|text| text.len() > MAX_TEXT_BYTES);
    if texts.len() > MAX_TEXTS || too_long { prefixed(WILDCARD, rest) } else { texts }
}

fn prefixed(char: char, texts: &Texts) -> Texts {
    let prefix = |text: &String| match text {
        // Each text ends where the expression does: this is a port.
        text if char == ':' && is_port(text) => String::new(),
        // That there is something in front is enough to know.
        text if text.starts_with(WILDCARD) => text.clone(),
        text => format!("{char}{text}"),
    };
    texts.iter().map(prefix).collect()
}

fn is_port(text: &str) -> bool {
    text.chars().all(|char| char.is_ascii_digit() || matches!(char, WILDCARD | CHOICE))
}

/// One of these characters, each as a choice if there are several.
fn one_of(members: &BTreeSet<char>, rest: &Texts) -> Texts {
    let text = |member: &char| match member {
        _ if members.len() == 1 => prefixed(*member, rest),
        '.' => prefixed('.', rest),
        // `[.-]` is for a dot, and whatever else it matches makes another name.
        _ if members.contains(&'.') => prefixed(WILDCARD, rest),
        _ => prefixed(CHOICE, &prefixed(*member, rest)),
    };
    members.iter().flat_map(text).collect()
}

/// The only letter that the expression matches.
fn letter(expression: &Ast) -> Option<char> {
    match expression {
        Ast::Literal(literal) if literal.c.is_ascii() => Some(literal.c.to_ascii_lowercase()),
        Ast::Group(group) => letter(&group.ast),
        _ => None,
    }
}

/// Whether the expression is for a part of a label: letters at both of its ends.
fn is_part_of_label(expression: &Ast) -> bool {
    let is_letter = |char: char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_');
    match expression {
        Ast::Literal(literal) => is_letter(literal.c),
        Ast::ClassBracketed(class) => {
            class_members(class).is_some_and(|members| members.into_iter().all(is_letter))
        }
        Ast::Group(group) => is_part_of_label(&group.ast),
        Ast::Repetition(repetition) => is_part_of_label(&repetition.ast),
        Ast::Alternation(alternation) => alternation.asts.iter().any(is_part_of_label),
        Ast::Concat(concat) => {
            concat.asts.first().is_some_and(is_part_of_label)
                && concat.asts.last().is_some_and(is_part_of_label)
        }
        Ast::Empty(_)
        | Ast::Flags(_)
        | Ast::Assertion(_)
        | Ast::Dot(_)
        | Ast::ClassUnicode(_)
        | Ast::ClassPerl(_) => false,
    }
}

/// The members of a class that lists them one by one, like `[.-]`, in lower case. A range is a wildcard.
fn class_members(class: &ClassBracketed) -> Option<BTreeSet<char>> {
    let literal = |item: &ClassSetItem| match item {
        ClassSetItem::Literal(literal) if literal.c.is_ascii() => Some(literal.c.to_ascii_lowercase()),
        _ => None,
    };
    match &class.kind {
        _ if class.negated => None,
        ClassSet::Item(ClassSetItem::Union(union)) => union.items.iter().map(literal).collect(),
        ClassSet::Item(item) => literal(item).map(|member| BTreeSet::from([member])),
        ClassSet::BinaryOp(_) => None,
    }
}

/// The part not at all, once, and more often, as far as it may be. It is walked through once only: repetitions are
/// nested.
fn repeated(repetition: &Repetition, rest: &Texts) -> Texts {
    let (min, max) = match &repetition.op.kind {
        RepetitionKind::ZeroOrOne => (0, 1),
        RepetitionKind::ZeroOrMore => (0, u32::MAX),
        RepetitionKind::OneOrMore => (1, u32::MAX),
        RepetitionKind::Range(RepetitionRange::Exactly(count)) => (*count, *count),
        RepetitionKind::Range(RepetitionRange::AtLeast(min)) => (*min, u32::MAX),
        RepetitionKind::Range(RepetitionRange::Bounded(min, max)) => (*min, *max),
    };
    let mut all = Texts::new();
    if min == 0 {
        all.extend(match letter(&repetition.ast) {
            Some(letter) if letter.is_ascii_alphabetic() => prefixed(letter.to_ascii_uppercase(), rest),
            _ if is_part_of_label(&repetition.ast) => prefixed(CHOICE, rest),
            _ => rest.clone(),
        });
    }
    if max > 0 {
        let once = match &*repetition.ast {
            // This one is not meant as a dot.
            Ast::Dot(_) => prefixed(WILDCARD, rest),
            part => texts(part, rest),
        };
        if max > 1 {
            all.extend(prefixed(WILDCARD, &once));
        }
        if min <= 1 {
            all.extend(once);
        }
    }
    all
}

/// The part of the expression that has an empty alternative, if there is one.
pub(super) fn empty_alternative(expression: &Ast) -> Option<&Ast> {
    match expression {
        Ast::Alternation(all) if all.asts.iter().any(|part| matches!(part, Ast::Empty(_))) => {
            Some(expression)
        }
        _ => parts(expression).into_iter().find_map(empty_alternative),
    }
}

/// The expression with a `\` in front of each dot that is not repeated, if there is one.
pub(super) fn with_literal_dots(pattern: &str, expression: &Ast) -> Option<String> {
    let mut dots = Vec::new();
    unquantified_dots(expression, &mut dots);
    let mut text = pattern.to_owned();
    for place in dots.iter().rev() {
        text.insert(*place, '\\');
    }
    (!dots.is_empty()).then_some(text)
}

fn unquantified_dots(expression: &Ast, found: &mut Vec<usize>) {
    match expression {
        Ast::Dot(span) => found.push(span.start.offset),
        Ast::Repetition(repetition) if matches!(*repetition.ast, Ast::Dot(_)) => {}
        _ => parts(expression).into_iter().for_each(|part| unquantified_dots(part, found)),
    }
}

fn parts(expression: &Ast) -> Vec<&Ast> {
    match expression {
        Ast::Repetition(repetition) => vec![&repetition.ast],
        Ast::Group(group) => vec![&group.ast],
        Ast::Alternation(alternation) => alternation.asts.iter().collect(),
        Ast::Concat(concat) => concat.asts.iter().collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use regex_syntax::ast::parse::Parser;

    use super::*;

    fn literal_hosts(pattern: &str) -> LiteralHosts {
        LiteralHosts::from_ast(&Parser::new().parse(pattern).unwrap())
    }

    fn assert_names(pattern: &str, domains: &[&str], hosts: &[&str]) {
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let found = literal_hosts(pattern);
        assert_eq!((found.domains, found.hosts), (set(domains), set(hosts)), "{pattern}");
    }

    #[test]
    fn domains() {
        for (pattern, domains) in [
            (r"https://example\.com", &["example.com"][..]),
            (r"https://a\.b\.example\.co\.uk\.?:3000", &["example.co.uk"]),
            (r"https://example\.com:\d+", &["example.com"]),
            (r"https://example\.com(:\d+)?", &["example.com"]),
            (r"https?://(.*\.)?example\.(com|org)", &["example.com", "example.org"]),
            (r"[a-z]+://.*\.example\.com", &["example.com"]),
            (r".*\.example\.com", &["example.com"]),
            (r"https://example\.com.*", &["example.com"]),
            (r"https://www.example.com", &["example.com"]),
            (r"https://shop[12]\.com", &["shop1.com", "shop2.com"]),
            (r"https://shop[.-]example[.]com", &["example.com"]),
            (r"https://shop[cC]\.com", &["shopc.com"]),
            (r"https://shops?\.com", &["shop.com", "shops.com"]),
            (r"https://(www\.)?example\.com(\.au)?", &["example.com", "example.com.au"]),
            (r"https://example\.(co\.)?uk", &["example.co.uk", "example.uk"]),
            (r"https://example\.com(:\d+)?/?", &["example.com"]),
            (r"https?://example\.com", &["example.com"]),
            // The slip is left out, and what was meant is not.
            (r"https://shop\.example\.com?", &["example.com"]),
            (r"https://my-shop\.co(m)?", &["my-shop.com"]),
            (r"https://example\.co(m\.au)?", &["example.com.au"]),
            (r"https://example\.com{0,1}", &["example.com"]),
            (r"https://example\.org?(:\d+)?", &["example.org"]),
            // `or.uk` is somebody's, and `org.uk` is a public suffix.
            (r"https://my\.org?\.uk", &["my.org.uk"]),
            (r"https://my\.co(m)?\.au", &["my.com.au"]),
            (r"https://colou?r\.com", &["color.com", "colour.com"]),
            (r"(?i)https://EXAMPLE\.com", &["example.com"]),
            (r"(?x)https:// example \.com # this one", &["example.com"]),
            (r"https://(sub\.)+example\.com", &["example.com"]),
            (r"https://(sub\.){3}example\.com", &["example.com"]),
            (r"https://exa(mple)?\.com", &["exa.com", "example.com"]),
            (r"https://me\.github\.io|https://.*\.you\.github\.io", &["me.github.io", "you.github.io"]),
            (r"https://.*\.console\.amazonaws\.com", &["console.amazonaws.com"]),
            // What is not ASCII is in no host, so that it is the end which counts.
            (r"https://é\.example\.com", &["example.com"]),
            (r"https://(é|è)\.example\.com", &["example.com"]),
            (r"https://[éè]\.example\.com", &["example.com"]),
            (r"https://.[a-z]+\.example\.com", &["example.com"]),
            (r"https://example\.co[m]", &["example.com"]),
            (r"https://x{0}example\.com", &["example.com"]),
        ] {
            assert_names(pattern, domains, &[]);
        }
    }

    #[test]
    fn hosts_that_are_meant_alone() {
        for (pattern, hosts) in [
            (r"http://intranet(:\d+)?", &["intranet"][..]),
            (r"http://192\.168\.1\.(7|8):\d+", &["192.168.1.7", "192.168.1.8"]),
            (r"http://\[fd00::1\]:\d+", &["[fd00::1]"]),
            (r"https://github\.io", &["github.io"]),
            (r"https://amazonaws\.com", &["amazonaws.com"]),
            (r"http://192\.168\.1\.[78]", &["192.168.1.7", "192.168.1.8"]),
        ] {
            assert_names(pattern, &[], hosts);
        }
    }

    #[test]
    fn hosts_that_are_not_literal() {
        for pattern in [
            "",
            r"example\.com",
            r"https://.+example\.com",
            r"https://[a-z]+\.com",
            r"https://[a-d]\.com",
            r"https://[abcde]\.com",
            r"https://[abcdefghijklmnopqrstuvwxyz]\.com",
            r"https://example\.co[mn]",
            r"https://example\.co(m|n)",
            r"https://example\.[cr]om",
            r"https://[^a]\.com",
            r"https://[a&&a]\.com",
            r"https://\w\.com",
            r"https://example\..+",
            r"https://example\.com/",
            r"https://x@example\.com",
            r"https://.*\.github\.io",
            r"https://.*\.s3\.amazonaws\.com",
            r"http://.*\.168\.1\.1",
            r"http://.*\.192\.168\.1\.1",
            r"http://192\.168\.1\.[0-9]",
            r"http://.*\.intranet",
            r"http://\[0:0:0:0:0:0:0:1\]",
            r"https:.*",
        ] {
            assert_names(pattern, &[], &[]);
        }
    }

    #[test]
    fn suffixes_and_opaque_hosts() {
        let set =
            |names: &[&str]| -> BTreeSet<String> { names.iter().map(|name| (*name).to_owned()).collect() };
        for (pattern, suffixes, opaque) in [
            (r"https://deploy-preview-[0-9]+--shop\.netlify\.app", &["netlify.app"][..], &[][..]),
            (r"https://.*\.(github\.io|s3\.amazonaws\.com)", &["github.io", "s3.amazonaws.com"], &[]),
            (r"https://.*\.amazonaws\.com", &["amazonaws.com"], &[]),
            (r"https://.+example\.com", &["com"], &[]),
            (r"https://.+\.netlify\.app?", &["netlify.app"], &[]),
            (r"https://.*\.example\.com", &[], &[]),
            (r"https://shops?\.com", &[], &[]),
            (r"app://shop?", &[], &["sho", "shop"]),
            (r"app://[ab]", &[], &["a", "b"]),
            (r"http://192\.168\.[0-9]+\.[0-9]+", &[], &[]),
            (r"app://\.", &[], &["."]),
            (r"App://(Foo|b\.a)(:\d+)?", &[], &["b.a", "foo"]),
            (r"[a-z]+://shop", &[], &["shop"]),
            (r"https?://shop", &[], &["shop"]),
            (r"app://[a-z]+", &[], &[]),
            (r"app://.+\.a", &["a"], &[]),
        ] {
            let found = literal_hosts(pattern);
            assert_eq!((found.suffixes, found.opaque), (set(suffixes), set(opaque)), "{pattern}");
        }
    }

    #[test]
    fn dots_that_are_meant() {
        for (pattern, meant) in [
            (r"https://(www.)?shop.example", Some(r"https://(www\.)?shop\.example")),
            (r"https://(a.example|b.example)", Some(r"https://(a\.example|b\.example)")),
            (r"https://([a-z]+.){2}shop\.example", Some(r"https://([a-z]+\.){2}shop\.example")),
            (r"https://.*shop.example", Some(r"https://.*shop\.example")),
            (r"https://.*", None),
            (r"https://shop\.example", None),
        ] {
            let found = with_literal_dots(pattern, &Parser::new().parse(pattern).unwrap());
            assert_eq!(found.as_deref(), meant, "{pattern}");
        }
    }

    #[test]
    fn as_many_texts_as_are_written_out() {
        let of_letters =
            |letters: usize| literal_hosts(&format!("https://{}\\.com", "(a|b)".repeat(letters)));
        assert_eq!(of_letters(10).domains.len(), MAX_TEXTS);
        assert!(of_letters(11).domains.is_empty());
    }

    #[test]
    fn many_texts_are_no_trouble() {
        let pattern = format!(r"https://{}\.example\.com", "(a|b|c)".repeat(100));
        assert_names(&pattern, &["example.com"], &[]);
        let pattern = format!("https://{}com", "x.".repeat(100));
        assert_names(&pattern, &["x.com"], &[]);
        let pattern = format!(r"https://{}a{}\.example\.com", "(".repeat(32), "{4,5})".repeat(32));
        assert_names(&pattern, &["example.com"], &[]);
    }
}
