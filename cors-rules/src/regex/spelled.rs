//! Which names an expression spells out. Knows nothing of automata.
//!
//! The expression is written out as texts, in which a mark stands for each part that may be many things. What stands
//! behind the last mark of a host, from a dot on, is the end of each host that the text stands for, letter by letter as
//! the developer wrote it. It is no matter if texts are left out or marked where they need not be: then fewer names are
//! spelled out, and more expressions refused.

use std::collections::BTreeSet;

use regex_syntax::ast::{
    Ast, ClassBracketed, ClassSet, ClassSetItem, Repetition, RepetitionKind, RepetitionRange,
};

use crate::{
    host,
    public_suffix::{has_public_suffix_below, registrable_domain},
};

/// The mark.
const ANYTHING: char = '\0';

type Texts = BTreeSet<String>;

/// How many texts an expression is written out as.
const MAX_TEXTS: usize = 1_024;

/// How long one of them is: longer than any origin.
const MAX_TEXT_BYTES: usize = 512;

/// The names that an expression spells out, without the dot at the end of a name.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Names {
    /// Those of which all subdomains belong to whoever has the name.
    pub(super) domains: BTreeSet<String>,
    /// Those that stand for themselves alone: IP addresses, names of one label, public suffixes.
    pub(super) hosts: BTreeSet<String>,
}

impl Names {
    /// The names that the expression spells out.
    pub(super) fn of(expression: &Ast) -> Self {
        let mut names = Self::default();
        for text in texts(expression, &Texts::from([String::new()])) {
            names.add(&text);
        }
        names
    }

    fn add(&mut self, text: &str) {
        let Some((name, is_whole_host)) = name(text) else {
            return;
        };
        // `1.2.3` would be the end of an address as much as a name.
        let is_domain = host::check(name, true).is_ok() && !host::is_ip_address(name);
        let domain = registrable_domain(name).filter(|_| is_domain);
        match domain {
            Some(domain) if self.domains.contains(domain) => {}
            Some(domain) if !has_public_suffix_below(domain) => {
                self.domains.insert(domain.to_owned());
            }
            // `a.amazonaws.com`: other names below the domain are other people's.
            Some(_) if !has_public_suffix_below(name) => {
                self.domains.insert(name.to_owned());
            }
            _ if is_whole_host && host::check(name, false).is_ok() => {
                self.hosts.insert(name.to_owned());
            }
            _ => {}
        }
    }
}

/// The end of the host that the text spells out, and whether it is the whole host.
fn name(text: &str) -> Option<(&str, bool)> {
    let rest = match text.split_once("://") {
        Some((_, rest)) => rest,
        None => &text[text.find(ANYTHING)?..],
    };
    let end = match rest.find(']') {
        Some(bracket) => bracket + 1,
        None => rest.find(':').unwrap_or(rest.len()),
    };
    let host = &rest[..end];
    let host = host.strip_suffix('.').unwrap_or(host);
    match host.rsplit_once(ANYTHING) {
        // What stands in front of the dot is the end of a label only, and the mark may stand for its beginning.
        Some((_, tail)) => tail.split_once('.').map(|(_, name)| (name, false)),
        None => Some((host, true)),
    }
}

/// The texts that the expression stands for, each followed by each of those behind it.
///
/// From the end to the beginning, because then what stands in front of a mark need not be kept.
fn texts(expression: &Ast, behind: &Texts) -> Texts {
    let texts = match expression {
        Ast::Empty(_) | Ast::Flags(_) | Ast::Assertion(_) => behind.clone(),
        // No origin has upper case: either it is ignored here, or this matches none.
        Ast::Literal(literal) if literal.c.is_ascii() => prefixed(literal.c.to_ascii_lowercase(), behind),
        // Whoever writes `www.example.com` means dots, and spells the name out.
        Ast::Dot(_) => &prefixed('.', behind) | &prefixed(ANYTHING, behind),
        Ast::Literal(_) | Ast::ClassUnicode(_) | Ast::ClassPerl(_) => prefixed(ANYTHING, behind),
        Ast::ClassBracketed(class) => match listed(class) {
            Some(members) => members.into_iter().flat_map(|member| prefixed(member, behind)).collect(),
            None => prefixed(ANYTHING, behind),
        },
        Ast::Repetition(repetition) => repeated(repetition, behind),
        Ast::Group(group) => texts(&group.ast, behind),
        Ast::Alternation(alternation) => {
            alternation.asts.iter().flat_map(|part| texts(part, behind)).collect()
        }
        Ast::Concat(concat) => {
            concat.asts.iter().rev().fold(behind.clone(), |behind, part| texts(part, &behind))
        }
    };
    let too_long = texts.iter().any(|text| text.len() > MAX_TEXT_BYTES);
    if texts.len() > MAX_TEXTS || too_long { prefixed(ANYTHING, behind) } else { texts }
}

fn prefixed(char: char, texts: &Texts) -> Texts {
    let prefix = |text: &String| match text {
        // Each text ends where the expression does, so that this is a port.
        text if char == ':' && is_port(text) => String::new(),
        // It is enough to know that there is something in front.
        text if text.starts_with(ANYTHING) => text.clone(),
        text => format!("{char}{text}"),
    };
    texts.iter().map(prefix).collect()
}

fn is_port(text: &str) -> bool {
    text.chars().all(|char| char.is_ascii_digit() || char == ANYTHING)
}

/// The members of a class that lists them one by one, such as `[.-]`. A range spells nothing out.
fn listed(class: &ClassBracketed) -> Option<Vec<char>> {
    let literal = |item: &ClassSetItem| match item {
        ClassSetItem::Literal(literal) if literal.c.is_ascii() => Some(literal.c.to_ascii_lowercase()),
        _ => None,
    };
    match &class.kind {
        _ if class.negated => None,
        ClassSet::Item(ClassSetItem::Union(union)) => union.items.iter().map(literal).collect(),
        ClassSet::Item(item) => literal(item).map(|member| vec![member]),
        ClassSet::BinaryOp(_) => None,
    }
}

/// The part not at all, once, and more often, as far as it may be. It is walked through once only: repetitions are
/// nested.
fn repeated(repetition: &Repetition, behind: &Texts) -> Texts {
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
        all.extend(behind.iter().cloned());
    }
    if max > 0 {
        let once = match &*repetition.ast {
            // This one is not meant as a dot.
            Ast::Dot(_) => prefixed(ANYTHING, behind),
            part => texts(part, behind),
        };
        if max > 1 {
            all.extend(prefixed(ANYTHING, &once));
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

/// The expression with a `\` in front of each dot that stands alone, if there is one.
pub(super) fn with_literal_dots(pattern: &str, expression: &Ast) -> Option<String> {
    let mut dots = Vec::new();
    lone_dots(expression, &mut dots);
    let mut text = pattern.to_owned();
    for place in dots.iter().rev() {
        text.insert(*place, '\\');
    }
    (!dots.is_empty()).then_some(text)
}

fn lone_dots(expression: &Ast, found: &mut Vec<usize>) {
    match expression {
        Ast::Dot(span) => found.push(span.start.offset),
        Ast::Repetition(repetition) if matches!(*repetition.ast, Ast::Dot(_)) => {}
        _ => parts(expression).into_iter().for_each(|part| lone_dots(part, found)),
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

    fn assert_names(pattern: &str, domains: &[&str], hosts: &[&str]) {
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let expected = Names { domains: set(domains), hosts: set(hosts) };
        assert_eq!(Names::of(&Parser::new().parse(pattern).unwrap()), expected, "{pattern}");
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
            (r"https://shop[.-]example[.]com", &["example.com", "shop-example.com"]),
            (r"(?i)https://EXAMPLE\.com", &["example.com"]),
            (r"(?x)https:// example \.com # this one", &["example.com"]),
            (r"https://(sub\.)+example\.com", &["example.com"]),
            (r"https://(sub\.){3}example\.com", &["example.com"]),
            (r"https://exa(mple)?\.com", &["exa.com", "example.com"]),
            (r"https://me\.github\.io|https://.*\.you\.github\.io", &["me.github.io", "you.github.io"]),
            (r"https://.*\.console\.amazonaws\.com", &["console.amazonaws.com"]),
        ] {
            assert_names(pattern, domains, &[]);
        }
    }

    #[test]
    fn names_that_stand_for_themselves() {
        for (pattern, hosts) in [
            (r"http://intranet(:\d+)?", &["intranet"][..]),
            (r"http://192\.168\.1\.(7|8):\d+", &["192.168.1.7", "192.168.1.8"]),
            (r"http://\[fd00::1\]:\d+", &["[fd00::1]"]),
            (r"https://github\.io", &["github.io"]),
            (r"https://amazonaws\.com", &["amazonaws.com"]),
            (r"foo://1\.2\.3", &["1.2.3"]),
        ] {
            assert_names(pattern, &[], hosts);
        }
    }

    #[test]
    fn what_is_not_spelled_out() {
        for pattern in [
            "",
            r"example\.com",
            r"https://.+example\.com",
            r"https://[a-z]+\.com",
            r"https://[a-d]\.com",
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
    fn many_texts_are_no_trouble() {
        let pattern = format!(r"https://{}\.example\.com", "(a|b|c)".repeat(100));
        assert_names(&pattern, &["example.com"], &[]);
        let pattern = format!("https://{}com", "x.".repeat(100));
        assert_names(&pattern, &["x.com"], &[]);
        let pattern = format!(r"https://{}a{}\.example\.com", "(".repeat(32), "{4,5})".repeat(32));
        assert_names(&pattern, &["example.com"], &[]);
    }
}
