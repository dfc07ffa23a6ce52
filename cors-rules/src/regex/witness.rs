//! Origins that an expression matches, one of each kind that matters, found by a search that is exhaustive. Messages are
//! for others.

use std::{collections::BTreeSet, sync::LazyLock};

use regex_automata::util::primitives::StateID;
use regex_syntax::{ParserBuilder, escape, hir::Hir};

use super::{
    automaton::{self, DenseDfa, TooLarge},
    literal_hosts::LiteralHosts,
    product,
};

/// An origin of each kind that the expression matches, or `None` if it matches none of that kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Witnesses {
    /// Any.
    pub(super) origin: Option<String>,
    /// One of a domain that is not literal, and of which not even the public suffix is.
    pub(super) open: Option<String>,
    /// One of a domain that is not literal, below a public suffix that is.
    pub(super) below_suffix: Option<String>,
    /// One of an IP address that is not literal.
    pub(super) address: Option<String>,
    /// One of a scheme that is not a web scheme, with a host that is not literal.
    pub(super) open_scheme: Option<String>,
    /// One whose pages come over a connection that others can change.
    pub(super) insecure: Option<String>,
}

/// The witnesses of the expression that is this automaton and contains these hosts literally.
pub(super) fn witnesses(expression: &DenseDfa, literal: &LiteralHosts) -> Result<Witnesses, TooLarge> {
    let grammar = &*GRAMMAR;
    let [literal, below_suffix, opaque] = automata_of(literal)?;
    let search = |form| {
        let automata = [
            expression,
            form,
            &grammar.unsent,
            &grammar.web,
            &grammar.labels,
            &grammar.address,
            &grammar.ipv4,
            &grammar.ipv6,
            &grammar.local,
            &grammar.http,
            &literal,
            &below_suffix,
            &opaque,
        ];
        product::shortest(automata, 2, ALPHABET, |at| {
            let is = |index: usize| automaton::is_match(automata[index], at[index]);
            // Unless the first two match, the others need not be asked.
            let is_sent = is(0) && is(1) && !is(2);
            let is_web = is_sent && is(3);
            let is_address = is_sent && (is(6) || is(7));
            let is_origin = is_sent && (!is_web || is(4)) && (!is(5) || is_address);
            let is_remote = is_origin && is_web && !is(8);
            let is_open = is_remote && !is(10);
            [
                is_origin,
                is_open && !is_address && !is(11),
                is_open && !is_address && is(11),
                is_open && is_address,
                is_origin && !is_web && !is(12),
                is_remote && is(9),
            ]
        })
    };
    let [origin, mut open, mut below_suffix, address, open_scheme, insecure] = search(&grammar.origin)?;
    // Plainer ones may be longer.
    let has_open = open.is_some() || below_suffix.is_some();
    for form in grammar.plain.iter().take_while(|_| has_open) {
        let [_, plain_open, plain_below_suffix, ..] = search(form)?;
        for (witness, plain) in [(&mut open, plain_open), (&mut below_suffix, plain_below_suffix)] {
            if plain.is_some() && !witness.as_deref().is_some_and(|witness| witness.contains("evil")) {
                *witness = plain;
            }
        }
    }
    Ok(Witnesses { origin, open, below_suffix, address, open_scheme, insecure })
}

/// A shortest text that the expression matches, origin or not.
pub(super) fn any_text(expression: &DenseDfa) -> Result<Option<String>, TooLarge> {
    let alphabet: Vec<u8> = ALPHABET.iter().copied().chain(b' '..=b'~').chain(0..=255).collect();
    let matches = |[at]: [StateID; 1]| [automaton::is_match(expression, at)];
    let [text] = product::shortest([expression], 1, &alphabet, matches)?;
    Ok(text)
}

/// The bytes of origins. The earlier ones are taken where several would do, compared from the end of the origin on: dots
/// stay where they may, and where none may be, an `x` shows it. The last ones are in opaque hosts only.
const ALPHABET: &[u8] =
    b".xabcdefghijklmnopqrstuvwyz1234567890-_:/+[]ABCDEFGHIJKLMNOPQRSTUVWXYZ!\"$%&'(),;=`{}~";

/// What can be said of a text. Each is an automaton of its own, because together they would be a very large one.
struct Grammar {
    /// It looks like an origin.
    origin: DenseDfa,
    /// Origins that show at a glance that anyone can have them; the earlier the plainer.
    plain: [DenseDfa; 2],
    /// Browsers do not send it: such documents have the origin `null` or another one, or the port is the scheme's own.
    unsent: DenseDfa,
    /// Its scheme is a web scheme.
    web: DenseDfa,
    /// Its host is right for a web scheme.
    labels: DenseDfa,
    /// Its host can only be an address.
    address: DenseDfa,
    ipv4: DenseDfa,
    ipv6: DenseDfa,
    /// Requests to it do not leave the machine.
    local: DenseDfa,
    http: DenseDfa,
}

/// Three things are left out: how long the parts of an origin may be, which of several spellings of an IPv6 address is
/// the right one, and whether punycode can be decoded. No origin that a browser sends is missing.
static GRAMMAR: LazyLock<Grammar> = LazyLock::new(|| {
    let scheme = "[a-z][a-z0-9+.-]*";
    let label = "[a-z0-9_-]+";
    let opaque = r"[!-~&&[^#/:<>?@\[\\\]^|*]]+";
    let port = "[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]";
    let byte = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
    let piece = "(?:0|[1-9a-f][0-9a-f]{0,3})";
    let pieces = format!("(?:{piece}(?::{piece}){{0,5}})?");
    let with_host = |host: &str| automaton(&format!("[^:/]*://(?:{host})(?::[0-9]*)?"));
    Grammar {
        origin: automaton(&format!(r"{scheme}://(?:{opaque}|\[[0-9a-f:]+\])(?::(?:{port}))?")),
        plain: [
            automaton(&format!(r"https?://(?:{label}\.)*evil\.com")),
            automaton(&format!(r"https?://evil[a-z0-9-]*(?:\.{label})*\.[a-z]+")),
        ],
        unsent: automaton(
            "(?:about|blob|data|file|javascript|wss?)://.*|http://.*:80|https://.*:443|ftp://.*:21",
        ),
        web: automaton("(?:https?|ftp)://.*"),
        labels: with_host(&format!(r"{label}(?:\.{label})*\.?|\[.*")),
        address: automaton(
            r"(?:https?|ftp)://(?:[^:/]*\.)?(?:[0-9]+|0x[0-9a-f]*)\.?(?::[0-9]*)?|[^:/]*://\[.*",
        ),
        ipv4: with_host(&format!(r"{byte}(?:\.{byte}){{3}}")),
        ipv6: with_host(&format!(r"\[(?:{piece}(?::{piece}){{7}}|{pieces}::{pieces})\]")),
        local: with_host(&format!(r"(?:[^:/]*\.)?localhost\.?|127(?:\.{byte}){{3}}|\[::1\]")),
        http: automaton("http://.*"),
    }
});

/// The texts whose host is literal, whose host is below a literal suffix, and whose opaque host is literal.
fn automata_of(literal: &LiteralHosts) -> Result<[DenseDfa; 3], TooLarge> {
    let LiteralHosts { domains, hosts, suffixes, opaque } = literal;
    let either = |names: &BTreeSet<String>| match names.is_empty() {
        true => "[a&&b]".to_owned(),
        false => names.iter().map(|name| escape(name)).collect::<Vec<_>>().join("|"),
    };
    let [domains, hosts, suffixes, opaque] = [domains, hosts, suffixes, opaque].map(either);
    let [literal, suffix, opaque] = [
        format!(r"(?:(?:[^:/]*\.)?(?:{domains})|(?:{hosts}))\.?"),
        format!(r"(?:[^:/]*\.)?(?:{suffixes})\.?"),
        format!(r"(?i:{opaque})"),
    ]
    .map(|host| automaton::build(&[expression(&format!("[^:/]*://(?:{host})(?::[0-9]*)?"))]));
    Ok([literal?, suffix?, opaque?])
}

fn automaton(pattern: &str) -> DenseDfa {
    automaton::build(&[expression(pattern)]).expect("the automata of this module are small")
}

/// For the expressions of this module, which are right.
fn expression(pattern: &str) -> Hir {
    let expression = ParserBuilder::new().unicode(false).utf8(false).build().parse(pattern);
    automaton::anchored(expression.expect("the expressions of this module are right"))
}

#[cfg(test)]
mod tests {
    use regex_automata::dfa::Automaton as _;

    use super::*;
    use crate::{grammar, host, pattern::Pattern};

    fn matches(dfa: &DenseDfa, text: &str) -> bool {
        let start = automaton::start(dfa);
        automaton::is_match(dfa, text.bytes().fold(start, |state, byte| dfa.next_state(state, byte)))
    }

    /// The grammar of the search against the one of entries.
    fn assert_same(text: &str) {
        let grammar = &*GRAMMAR;
        let is_address = matches(&grammar.ipv4, text) || matches(&grammar.ipv6, text);
        let is_origin = matches(&grammar.origin, text)
            && !matches(&grammar.unsent, text)
            && (!matches(&grammar.web, text) || matches(&grammar.labels, text))
            && (!matches(&grammar.address, text) || is_address);
        match Pattern::parse(text).filter(Pattern::is_exact) {
            Some(origin) => {
                assert!(is_origin, "{text} is an origin");
                let is_local = matches(&grammar.local, text);
                assert_eq!(is_local, host::is_loopback(&origin.host), "{text}");
                assert_eq!(matches(&grammar.http, text) && !is_local, origin.is_insecure(), "{text}");
                assert_eq!(matches(&grammar.web, text), grammar::is_web_scheme(&origin.scheme), "{text}");
            }
            None if text.contains('[') || text.contains("://xn--") => {}
            None => assert!(!is_origin, "{text} is not an origin"),
        }
    }

    #[test]
    fn the_grammar_is_that_of_entries() {
        let hosts = [
            "",
            "a",
            "a-b.c_d",
            "a..b",
            ".a",
            "a.",
            "a..",
            "-",
            "1",
            "a.1",
            "1.a",
            "0x",
            "a.0xf",
            "a.0xg",
            "0xf.",
            "127.0.0.1",
            "127.0.0.1.",
            "1.2.3",
            "1.2.3.4.5",
            "256.1.1.1",
            "01.1.1.1",
            "0.0.0.0",
            "255.249.199.99",
            "x.127.0.0.1",
            "127.300.0.1",
            "localhost",
            "localhost.",
            "a.localhost",
            "a.localhost.",
            "alocalhost",
            "localhost.a",
            "[::1]",
            "[::]",
            "[::2]",
            "[1:2:3:4:5:6:7:8]",
            "[1:0:3:4:5:6:7:8]",
            "[1::8]",
            "[::1:0]",
            "[fd00::ffff:1]",
            "[::ffff:7f00:1]",
            "[1:2:3::4:5:6]",
            "[::1]a",
            "A",
            "a b",
            "a/",
            "a@b",
            "*",
            "é",
            "~",
            "a%20b",
            "a..b~(c)",
            "a\\b",
            "a|b",
            "xn--a",
        ];
        let schemes = [
            "http",
            "https",
            "ftp",
            "ws",
            "wss",
            "file",
            "about",
            "blob",
            "data",
            "javascript",
            "files",
            "htt",
            "chrome-extension",
            "a+b.c",
            "1a",
            "",
            "HTTP",
            "http:",
            "*",
        ];
        let ports = [
            "", ":", ":0", ":1", ":21", ":80", ":080", ":443", ":3000", ":65535", ":65536", ":60000",
            ":99999", ":100000", ":8a", ":*", ":1:2", "/",
        ];
        for scheme in schemes {
            for host in hosts {
                for port in ports {
                    assert_same(&format!("{scheme}://{host}{port}"));
                }
            }
        }
        for text in ["", "a", "a:", "a:/b", "https:a.example", "null", "https://a.example https://b.example"]
        {
            assert_same(text);
        }
    }
}
