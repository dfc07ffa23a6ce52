//! Which serialised origins an expression accepts, told by a search that is exhaustive. Knows nothing of messages.

use std::{collections::BTreeSet, sync::LazyLock};

use regex_automata::util::primitives::StateID;
use regex_syntax::{ParserBuilder, escape, hir::Hir};

use super::{
    automaton::{self, Dfa, TooLarge},
    search,
    spelled::Names,
};

/// An origin of each sort that the expression accepts, or `None` if it accepts none of that sort.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Witnesses {
    /// Any.
    pub(super) origin: Option<String>,
    /// One of a domain that is not spelled out.
    pub(super) open: Option<String>,
    /// One whose pages come over a connection that others can change.
    pub(super) insecure: Option<String>,
}

/// The witnesses of the expression that is this automaton and spells these names out.
pub(super) fn witnesses(expression: &Dfa, spelled: &Names) -> Result<Witnesses, TooLarge> {
    let grammar = &*GRAMMAR;
    let spelled = hosts(spelled)?;
    let search = |form| {
        let automata = [
            expression,
            form,
            &grammar.unsent,
            &grammar.address,
            &grammar.ipv4,
            &grammar.ipv6,
            &grammar.local,
            &grammar.http,
            &spelled,
        ];
        search::shortest(automata, 2, ALPHABET, |at| {
            let is = |index: usize| automaton::is_match(automata[index], at[index]);
            // Unless these two match, the others need not be asked.
            let is_origin = is(0) && is(1) && !is(2) && (!is(3) || is(4) || is(5));
            let is_remote = is_origin && !is(6);
            [is_origin, is_remote && !is(8), is_remote && is(7)]
        })
    };
    let [origin, mut open, insecure] = search(&grammar.origin)?;
    if open.is_some() {
        for form in &grammar.plain {
            let [_, plain, _] = search(form)?;
            if plain.is_some() {
                open = plain;
                break;
            }
        }
    }
    Ok(Witnesses { origin, open, insecure })
}

/// A shortest text that the expression accepts, origin or not.
pub(super) fn any_text(expression: &Dfa) -> Result<Option<String>, TooLarge> {
    let alphabet: Vec<u8> = ALPHABET.iter().copied().chain(b' '..=b'~').chain(0..=255).collect();
    let accepted = |[at]: [StateID; 1]| [automaton::is_match(expression, at)];
    let [text] = search::shortest([expression], 1, &alphabet, accepted)?;
    Ok(text)
}

/// The bytes of origins. The earlier ones are taken where several would do, compared from the end of the origin on: so
/// dots stay where they may, and where none may be, an `x` shows it.
const ALPHABET: &[u8] = b".xabcdefghijklmnopqrstuvwyz1234567890-_:/+[]";

/// What can be said of a text. Each is an automaton of its own, because together they would be a very large one.
struct Grammar {
    /// It looks like an origin.
    origin: Dfa,
    /// Origins that show at a glance that anybody can have them; the earlier the plainer.
    plain: [Dfa; 2],
    /// Browsers do not send it: the origin of such documents is `null` or another one, or the port is the scheme's own.
    unsent: Dfa,
    /// Its host can only be an address.
    address: Dfa,
    ipv4: Dfa,
    ipv6: Dfa,
    /// Requests to it do not leave the machine.
    local: Dfa,
    http: Dfa,
}

/// Only two things are left out: how long the parts of an origin may be, and which of several spellings of an IPv6
/// address is the right one. So no origin that a browser sends is missing.
static GRAMMAR: LazyLock<Grammar> = LazyLock::new(|| {
    let scheme = "[a-z][a-z0-9+.-]*";
    let label = "[a-z0-9_-]+";
    let port = "[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]";
    let byte = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
    let piece = "(?:0|[1-9a-f][0-9a-f]{0,3})";
    let pieces = format!("(?:{piece}(?::{piece}){{0,5}})?");
    let of_host = |host: &str| automaton_of(&format!("[^:/]*://(?:{host})(?::[0-9]*)?"));
    Grammar {
        origin: automaton_of(&format!(
            r"{scheme}://(?:{label}(?:\.{label})*\.?|\[[0-9a-f:]+\])(?::(?:{port}))?"
        )),
        plain: [
            automaton_of(&format!(r"https?://(?:{label}\.)*evil\.com")),
            automaton_of(&format!(r"https?://evil[a-z0-9-]*(?:\.{label})*\.[a-z]+")),
        ],
        unsent: automaton_of(
            "(?:about|blob|data|file|javascript|wss?)://.*|http://.*:80|https://.*:443|ftp://.*:21",
        ),
        address: automaton_of(
            r"(?:https?|ftp)://(?:[^:/]*\.)?(?:[0-9]+|0x[0-9a-f]*)\.?(?::[0-9]*)?|[^:/]*://\[.*",
        ),
        ipv4: of_host(&format!(r"{byte}(?:\.{byte}){{3}}")),
        ipv6: of_host(&format!(r"\[(?:{piece}(?::{piece}){{7}}|{pieces}::{pieces})\]")),
        local: of_host(&format!(r"(?:[^:/]*\.)?localhost\.?|127(?:\.{byte}){{3}}|\[::1\]")),
        http: automaton_of("http://.*"),
    }
});

/// The texts whose host is one of these or a name below one.
fn hosts(names: &Names) -> Result<Dfa, TooLarge> {
    let either = |names: &BTreeSet<String>| match names.is_empty() {
        true => "[a&&b]".to_owned(),
        false => names.iter().map(|name| escape(name)).collect::<Vec<_>>().join("|"),
    };
    let [domains, hosts] = [&names.domains, &names.hosts].map(either);
    let pattern = format!(r"[^:/]*://(?:(?:[^:/]*\.)?(?:{domains})|(?:{hosts}))\.?(?::[0-9]*)?");
    automaton::build(&[expression(&pattern)])
}

fn automaton_of(pattern: &str) -> Dfa {
    automaton::build(&[expression(pattern)]).expect("the automata of this module are small")
}

/// Both are for the expressions of this module, which can be read.
fn expression(pattern: &str) -> Hir {
    let expression = ParserBuilder::new().unicode(false).utf8(false).build().parse(pattern);
    automaton::whole(expression.expect("the expressions of this module can be read"))
}

#[cfg(test)]
mod tests {
    use regex_automata::dfa::Automaton as _;

    use super::*;
    use crate::{host, origin::Pattern};

    fn matches(dfa: &Dfa, text: &str) -> bool {
        let start = automaton::start(dfa);
        automaton::is_match(dfa, text.bytes().fold(start, |state, byte| dfa.next_state(state, byte)))
    }

    /// The grammar of the search against the one of entries.
    fn assert_same(text: &str) {
        let grammar = &*GRAMMAR;
        let is_address = matches(&grammar.ipv4, text) || matches(&grammar.ipv6, text);
        let is_origin = matches(&grammar.origin, text)
            && !matches(&grammar.unsent, text)
            && (!matches(&grammar.address, text) || is_address);
        match Pattern::parse(text) {
            Ok(origin) if origin.is_exact() => {
                assert!(is_origin, "{text} is an origin");
                let is_local = matches(&grammar.local, text);
                assert_eq!(is_local, host::is_loopback(&origin.host), "{text}");
                assert_eq!(matches(&grammar.http, text) && !is_local, origin.is_insecure(), "{text}");
            }
            _ if text.contains('[') => {}
            _ => assert!(!is_origin, "{text} is no origin"),
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
