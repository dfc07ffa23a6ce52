//! Whether a host is a public suffix, below which anyone can register a name of their own. What follows from it is for
//! others.
//!
//! The rules are those of the [Public Suffix List](https://publicsuffix.org/list/), applied by its [algorithm][]. The
//! list is not parsed: it is embedded in a form that can be searched, and costs nothing until somebody asks.
//! `data/update.py` writes that form from the upstream file.
//!
//! [algorithm]: https://github.com/publicsuffix/list/wiki/Format#formal-algorithm

use std::{cmp::Ordering, collections::HashSet, iter::successors, sync::LazyLock};

/// The rules, grouped by what follows their first label; the file's head explains the format and gives the version.
static RULES: &str = include_str!("../data/public_suffixes.txt");

/// Whether `host` is itself a public suffix, as opposed to a name below one.
///
/// `host` is in lower case and in punycode, and may end in the dot of a fully qualified name. What is not such a name,
/// for example because a label is empty, is not a public suffix either.
///
/// By the algorithm, every single label is a public suffix, even one that is in no list, for example `localhost`. And
/// the parent of a wildcard rule is an ordinary name: `*.kobe.jp` makes `a.kobe.jp` a public suffix but not
/// `kobe.jp`.
pub fn is_public_suffix(host: &str) -> bool {
    name_kind(host) == Some(NameKind::Suffix)
}

/// What the rules with as many labels as a host say of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum NameKind {
    Suffix,
    /// An exception: it is a name below its parent, which is the suffix here.
    Name,
}

fn name_kind(host: &str) -> Option<NameKind> {
    let host = host.strip_suffix('.').unwrap_or(host);
    // Without this check, a host could match the list's own syntax: a `*`, a `!` or the mark of a comment.
    if !host.split('.').all(is_label) {
        return None;
    }
    // The default rule `*`, which prevails unless a longer one matches; none can be longer than a host of one label.
    let Some((first, parent)) = host.split_once('.') else {
        return Some(NameKind::Suffix);
    };
    // The longest rule that matches prevails, so the host is a suffix if a rule with as many labels matches; shorter
    // ones don't matter. Only an exception overrides that, and no rule lies below the name of an exception.
    let mut found = None;
    for rule in labels_below(parent).split_ascii_whitespace() {
        if rule.strip_prefix('!') == Some(first) {
            return Some(NameKind::Name);
        }
        if rule == first || rule == "*" {
            found = Some(NameKind::Suffix);
        }
    }
    found
}

/// Whether there is a public suffix below `host`: then anyone can register names below `host` as well, as those below
/// `s3.amazonaws.com` are names below `amazonaws.com`.
pub(crate) fn has_public_suffix_below(host: &str) -> bool {
    /// The names that have a rule below them. It is collected once somebody asks.
    static PARENTS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
        let lines = RULES.lines().filter(|line| !line.starts_with('#'));
        let parents = lines.map(|line| line.split(' ').next().unwrap_or(line));
        let with_ancestors =
            |parent| successors(Some(parent), |name: &&'static str| Some(name.split_once('.')?.1));
        parents.flat_map(with_ancestors).collect()
    });
    PARENTS.contains(host.strip_suffix('.').unwrap_or(host))
}

/// The name that somebody registered so that `host` exists: the longest public suffix that `host` ends in, and one label
/// more. `None` if `host` is a public suffix itself, or no name.
///
/// `host` is written as for [`is_public_suffix`]; the answer lacks the dot at the end.
pub fn registrable_domain(host: &str) -> Option<&str> {
    let host = host.strip_suffix('.').unwrap_or(host);
    if !host.split('.').all(is_label) {
        return None;
    }
    let mut below = None;
    let mut name = host;
    loop {
        match name_kind(name) {
            Some(NameKind::Suffix) => return below,
            Some(NameKind::Name) => return Some(name),
            None => below = Some(name),
        }
        (_, name) = name.split_once('.')?;
    }
}

fn is_label(label: &str) -> bool {
    !label.is_empty() && label.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'))
}

/// The first labels of the rules whose further labels are `parent`: a binary search for the line that starts with it.
///
/// The comment lines need no care, because their `#` sorts before every parent.
fn labels_below(parent: &str) -> &'static str {
    let mut rest = RULES;
    while !rest.is_empty() {
        let line_start = rest[..rest.len() / 2].rfind('\n').map_or(0, |newline| newline + 1);
        let (before, from_line) = rest.split_at(line_start);
        let (line, after) = from_line.split_once('\n').unwrap_or((from_line, ""));
        let (key, labels) = line.split_once(' ').unwrap_or((line, ""));
        match parent.cmp(key) {
            Ordering::Less => rest = before,
            Ordering::Equal => return labels,
            Ordering::Greater => rest = after,
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Parents with the first labels of the rules below them.
    fn groups() -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
        RULES.lines().filter(|line| !line.starts_with('#')).map(|line| {
            let mut words = line.split(' ');
            (words.next().unwrap(), words.collect())
        })
    }

    fn assert_suffixes(hosts: &[&str]) {
        for host in hosts {
            assert!(is_public_suffix(host), "{host} is a public suffix");
            assert!(is_public_suffix(&format!("{host}.")), "{host}. is a public suffix");
        }
    }

    fn assert_not_suffixes(hosts: &[&str]) {
        for host in hosts {
            assert!(!is_public_suffix(host), "{host} is not a public suffix");
            assert!(!is_public_suffix(&format!("{host}.")), "{host}. is not a public suffix");
        }
    }

    #[test]
    fn a_top_level_domain_is_a_suffix_listed_or_not() {
        assert_suffixes(&["com", "biz", "jp", "ck", "mm", "corp", "example", "localhost", "xn--fiqs8s"]);
    }

    #[test]
    fn a_name_below_a_top_level_domain_is_not_a_suffix_unless_listed() {
        assert_not_suffixes(&["example.com", "b.example.com", "a.b.domain.biz", "test.jp", "test.us"]);
        assert_not_suffixes(&["example.example", "b.example.example", "intranet.corp", "app.localhost"]);
        assert_suffixes(&["co.uk", "ac.jp", "kyoto.jp", "ide.kyoto.jp", "ak.us", "k12.ak.us"]);
        assert_not_suffixes(&["example.co.uk", "test.ac.jp", "b.ide.kyoto.jp", "test.k12.ak.us"]);
    }

    #[test]
    fn a_wildcard_is_exactly_one_label() {
        assert_suffixes(&["c.mm", "foo.ck", "test.ck", "c.kobe.jp"]);
        assert_not_suffixes(&["b.c.mm", "a.b.c.mm", "b.test.ck", "b.c.kobe.jp", "a.b.c.kobe.jp"]);
        // The rule that prevails here is `jp`.
        assert_not_suffixes(&["kobe.jp"]);
    }

    #[test]
    fn an_exception_overrides_its_wildcard() {
        assert_not_suffixes(&["www.ck", "www.www.ck", "city.kobe.jp", "www.city.kobe.jp"]);
    }

    #[test]
    fn the_private_section_counts() {
        assert_suffixes(&["github.io", "uk.com", "blogspot.com", "web.app", "s3.amazonaws.com"]);
        assert_not_suffixes(&["a.github.io", "example.uk.com", "a.web.app", "amazonaws.com"]);
    }

    #[test]
    fn internationalised_names_are_compared_in_punycode() {
        // 公司.cn, 個人.hk, and åfjord.no
        assert_suffixes(&["xn--55qx5d.cn", "xn--gmqw5a.hk", "xn--fjord-lra.no"]);
        assert_not_suffixes(&["xn--85x722f.com.cn", "xn--85x722f.xn--55qx5d.cn", "shishi.xn--55qx5d.cn"]);
        assert_not_suffixes(&["xn--85x722f.xn--fiqs8s", "www.xn--85x722f.xn--fiqs8s"]);
    }

    #[test]
    fn registrable_domains() {
        for (host, domain) in [
            ("example.com", Some("example.com")),
            ("a.b.example.com.", Some("example.com")),
            ("a.b.example.co.uk", Some("example.co.uk")),
            ("a.me.github.io", Some("me.github.io")),
            ("a.intranet", Some("a.intranet")),
            ("a.b.c.kobe.jp", Some("b.c.kobe.jp")),
            ("a.city.kobe.jp", Some("city.kobe.jp")),
            ("kobe.jp", Some("kobe.jp")),
            ("city.kobe.jp", Some("city.kobe.jp")),
            ("a.www.ck", Some("www.ck")),
            ("c.kobe.jp", None),
            ("github.io", None),
            ("co.uk", None),
            ("localhost", None),
            ("", None),
            (".com", None),
            ("a..com", None),
            ("*.example.com", None),
        ] {
            assert_eq!(registrable_domain(host), domain, "{host}");
        }
    }

    #[test]
    fn suffixes_below() {
        for host in ["kobe.jp", "run.app", "amazonaws.com", "amazonaws.com.", "uk"] {
            assert!(has_public_suffix_below(host), "{host}");
        }
        for host in ["example.com", "naws.com", "a.github.io", "shop.example", "License", ""] {
            assert!(!has_public_suffix_below(host), "{host}");
        }
    }

    #[test]
    fn what_is_not_a_name_is_not_a_suffix() {
        assert_not_suffixes(&["", ".", "..", ".com", "com..", ".example.com", "a..com", "co..uk"]);
        assert_not_suffixes(&["*", "*.ck", "!www.ck", "#", "Version:.#", "com aero", " ", "\n", "\nck"]);
        assert_not_suffixes(&["公司.cn", "é.ck", "\u{0}", "[::1]", "127.0.0.1", "https://com", "com:443"]);
        assert_not_suffixes(&[&"a".repeat(100_000).replace("aa", "a."), &"-".repeat(99).replace("--", "~.")]);
    }

    #[test]
    fn every_rule_is_found() {
        for (parent, labels) in groups() {
            for label in labels {
                let (host, expected) = match label.strip_prefix('!') {
                    Some(label) => (format!("{label}.{parent}"), false),
                    None => (format!("{}.{parent}", label.replace('*', "any")), true),
                };
                assert_eq!(is_public_suffix(&host), expected, "{host}");
            }
        }
    }

    /// What the lookup relies on, and what a cut-off or misread upstream file would violate.
    #[test]
    fn the_embedded_rules_are_well_formed() {
        let head = RULES.lines().take_while(|line| line.starts_with('#')).count();
        assert!(RULES.lines().skip(head).all(|line| !line.starts_with('#')), "comments are at the head only");
        assert!(RULES.is_ascii() && RULES.ends_with('\n'));

        let groups: Vec<_> = groups().collect();
        assert!(groups.len() > 1_000 && groups.iter().map(|(_, labels)| labels.len()).sum::<usize>() > 8_000);
        // Strictly ascending, thus without duplicates.
        assert!(groups.is_sorted_by(|(a, _), (b, _)| a < b));
        for (parent, labels) in &groups {
            assert!(parent.split('.').all(is_label), "{parent} is a name without wildcards");
            assert!(!labels.is_empty() && labels.is_sorted_by(|a, b| a < b), "labels below {parent}");
            for label in labels {
                assert!(*label == "*" || is_label(label.trim_start_matches('!')), "{label}.{parent}");
                if let Some(label) = label.strip_prefix('!') {
                    assert!(labels.contains(&"*"), "!{label}.{parent} is an exception to something");
                    let name = format!("{label}.{parent}");
                    let is_below = |parent: &str| parent == name || parent.ends_with(&format!(".{name}"));
                    assert!(!groups.iter().any(|(parent, _)| is_below(parent)), "rules below !{name}");
                }
            }
        }
    }
}
