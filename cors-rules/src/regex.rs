//! Regular expressions for origins: which of them may stand in a policy, and their automata. Knows nothing of the
//! rest of a policy.
//!
//! An expression is always for the whole serialised origin, in ASCII, with the case of letters. It is refused if it
//! accepts no origin, or `null`. And it tells whether it accepts an origin of a domain that it does not spell out,
//! for that is how they go wrong: by a dot that stands for any character, or a `.*` with no dot behind it.
//!
//! # The proof
//!
//! 1. [`Names`] are the names that the expression spells out, letter by letter. They come from its text alone: a
//!    range of letters, `\d` or `.*` spell nothing.
//! 2. Whoever has a *registrable domain*, by the Public Suffix List, has all names below it. So each of the names
//!    stands for its domain. It stands for itself and what is below it where other parts of the domain are other
//!    people's, as in `a.amazonaws.com`; and for itself alone where it has no domain: a name of one label, a public
//!    suffix, an IP address.
//! 3. [`origins::witnesses`] looks for the shortest origin that the expression accepts and none of the names stands
//!    for. It walks through the expression's automaton, the one of the names and those of the grammar of origins,
//!    side by side, until it is at the goal or has visited each joint state that there is.
//!
//! So if it finds none, there is none, and each origin that is accepted has a domain that can be read in the
//! expression. If it finds one, that origin is accepted; only, it may be longer than browsers send.
//!
//! What does not leave the machine need not be spelled out: `localhost`, the names below it, and loopback addresses.
//! Nobody else can have them. Every other IP address has to be, private ones too, because the next machine in a local
//! network is not the developer's own either. So has a name of one label, which is somebody else's in another
//! network.

use std::fmt;

use regex_automata::{
    Anchored, Input,
    dfa::{Automaton as _, sparse},
};
use regex_syntax::{
    ast::{self, Ast},
    hir::{Hir, translate::TranslatorBuilder},
};

use crate::{
    host,
    matching::Origin,
    origin::{self, Pattern, Problem},
    public_suffix::{has_public_suffix_below, registrable_domain},
    violation::Kind,
};

use self::{
    automaton::{Dfa, MAX_BYTES, TooLarge},
    origins::Witnesses,
    spelled::Names,
};

mod automaton;
mod origins;
mod search;
#[cfg(test)]
mod soundness;
mod spelled;

/// How deep the groups of an expression may be nested.
const MAX_DEPTH: u32 = 32;

/// A regular expression for whole serialised origins.
///
/// It can be read, it accepts at least one origin, and it does not accept `null`.
#[derive(Clone)]
pub struct OriginRegex {
    text: String,
    expression: Hir,
    automaton: sparse::DFA<Vec<u8>>,
    witnesses: Witnesses,
}

/// The automaton of several expressions, as bytes for `regex_automata::dfa::sparse::DFA::from_bytes`.
///
/// Its patterns are the expressions, in their order. It is searched anchored, and each match is of the whole text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Automaton {
    /// For processors whose least significant byte comes first.
    pub little_endian: Vec<u8>,
    /// For the others.
    pub big_endian: Vec<u8>,
}

impl OriginRegex {
    /// The expression that this text is, or the first thing that is wrong with it.
    pub(crate) fn parse(pattern: &str) -> Result<Self, Problem> {
        check_text(pattern)?;
        let (ast, expression) = read(pattern)?;
        let expression = automaton::whole(expression);
        let dense = automaton::build(std::slice::from_ref(&expression)).map_err(too_large)?;
        let automaton = compact(&dense).map_err(too_large)?;
        if accepts(&automaton, b"null") {
            return Err(origin::null(&format!("`{pattern}` accepts `null`, which is")));
        }
        let witnesses = origins::witnesses(&dense, &Names::of(&ast)).map_err(too_intricate)?;
        match &witnesses.origin {
            Some(origin) if Pattern::parse(origin).is_ok() => {}
            _ => return Err(no_origin(pattern, &dense)),
        }
        Ok(Self { text: pattern.to_owned(), expression, automaton, witnesses })
    }

    /// The expression as it is written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it accepts this origin, from its first byte to its last.
    pub(crate) fn matches(&self, origin: &[u8]) -> bool {
        accepts(&self.automaton, origin)
    }

    /// An origin that it accepts although it does not spell out the domain, if there is one.
    pub(crate) fn open_domain(&self) -> Option<&str> {
        self.witnesses.open.as_deref()
    }

    /// An origin that it accepts although its pages come over a connection that others can change, if there is one.
    pub(crate) fn insecure_origin(&self) -> Option<&str> {
        self.witnesses.insecure.as_deref()
    }

    /// What is wrong with it if it has an [`open_domain`](Self::open_domain), which can be allowed unless there are
    /// credentials at stake.
    pub(crate) fn open_domain_problem(&self, credentials: bool) -> Option<Problem> {
        let witness = self.open_domain()?;
        let host = Origin::parse(witness.as_bytes()).map_or(witness, |origin| origin.host());
        let is_address = host::is_ip_address(host);
        let domain =
            registrable_domain(host).filter(|domain| !is_address && !has_public_suffix_below(domain));
        let domain = domain.unwrap_or(host);
        let message = format!("`{}` accepts `{witness}`, but does not spell `{domain}` out", self.text);
        let help = match self.with_literal_dots() {
            Some(text) => format!("write `\\.` for a dot: `{text}`"),
            None => {
                let close = if is_address { "write each address out" } else { OWN_DOMAIN };
                let open = if credentials { "remove `credentials`" } else { "add `allow(open_domain)`" };
                format!("{close}, or {open}")
            }
        };
        Some(Problem::new(Kind::OpenDomain, message, help))
    }

    /// What was meant, if dots that stand for any character are all that is wrong.
    fn with_literal_dots(&self) -> Option<String> {
        let (ast, _) = read(&self.text).ok()?;
        let text = spelled::with_literal_dots(&self.text, &ast)?;
        Self::parse(&text).is_ok_and(|meant| meant.open_domain().is_none()).then_some(text)
    }
}

impl fmt::Debug for OriginRegex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OriginRegex").field(&self.text).finish()
    }
}

/// All else follows from the text.
impl PartialEq for OriginRegex {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for OriginRegex {}

/// The automaton for several expressions together.
pub(crate) fn compile(expressions: &[OriginRegex]) -> Result<Automaton, Problem> {
    let automaton = match expressions {
        // It has been built to prove it.
        [only] => only.automaton.clone(),
        several => {
            let several: Vec<Hir> = several.iter().map(|regex| regex.expression.clone()).collect();
            automaton::build(&several).and_then(|automaton| compact(&automaton)).map_err(too_large)?
        }
    };
    Ok(Automaton {
        little_endian: automaton.to_bytes_little_endian(),
        big_endian: automaton.to_bytes_big_endian(),
    })
}

/// The form in which it is carried.
fn compact(automaton: &Dfa) -> Result<sparse::DFA<Vec<u8>>, TooLarge> {
    let automaton = automaton.to_sparse().map_err(|_| TooLarge)?;
    if automaton.write_to_len() > MAX_BYTES { Err(TooLarge) } else { Ok(automaton) }
}

fn accepts(automaton: &sparse::DFA<Vec<u8>>, text: &[u8]) -> bool {
    let found = automaton.try_search_fwd(&Input::new(text).anchored(Anchored::Yes));
    found.is_ok_and(|found| found.is_some_and(|found| found.offset() == text.len()))
}

/// What can be said of the text before it is read.
fn check_text(pattern: &str) -> Result<(), Problem> {
    if pattern.trim().is_empty() {
        return Err(Problem::new(Kind::Empty, "empty regular expression", FORM));
    }
    if !pattern.is_ascii() {
        return Err(origin::non_ascii(pattern));
    }
    Ok(())
}

const FORM: &str =
    r"write an expression for the whole origin, such as `https://([a-z0-9-]+\.)*shop\.example`";

/// The expression as it is written, and as it is meant.
fn read(pattern: &str) -> Result<(Ast, Hir), Problem> {
    let ast = ast::parse::ParserBuilder::new()
        .nest_limit(MAX_DEPTH)
        .build()
        .parse(pattern)
        .map_err(|error| unreadable(pattern, &error))?;
    if let Some(part) = spelled::empty_alternative(&ast) {
        return Err(empty_alternative(pattern, part));
    }
    let expression = TranslatorBuilder::new()
        .unicode(false)
        .utf8(false)
        .build()
        .translate(pattern, &ast)
        .ok()
        // Nothing else can go wrong there.
        .filter(|expression| !expression.properties().look_set().contains_word_unicode())
        .ok_or_else(|| {
            let message = format!("`{pattern}` asks for Unicode, and origins are ASCII");
            Problem::new(Kind::BadRegex, message, r"leave out `\p` and `(?u)`")
        })?;
    Ok((ast, expression))
}

fn unreadable(pattern: &str, error: &ast::Error) -> Problem {
    let rest: String = pattern[error.span().start.offset..].chars().take(16).collect();
    let place = if rest.is_empty() { "its end".to_owned() } else { format!("`{rest}`") };
    let (what, help) = match error.kind() {
        ast::ErrorKind::UnsupportedLookAround => {
            ("looks around".to_owned(), "write what is accepted; an expression cannot make exceptions")
        }
        ast::ErrorKind::UnsupportedBackreference => {
            ("refers back to a group".to_owned(), "write the alternatives out")
        }
        ast::ErrorKind::NestLimitExceeded(limit) => {
            (format!("has more than {limit} groups in each other"), "write it with fewer groups")
        }
        kind => (
            format!("is no regular expression: {kind}"),
            r"write `\` in front of each character that stands for itself, and close each group and class",
        ),
    };
    Problem::new(Kind::BadRegex, format!("`{pattern}` {what}, at {place}"), help)
}

fn empty_alternative(pattern: &str, part: &Ast) -> Problem {
    let part = &pattern[part.span().start.offset..part.span().end.offset];
    let message = format!("an alternative of `{part}` is empty");
    let rest = part.trim_matches('|');
    let help = match rest.contains("||") || rest.is_empty() || rest.len() == pattern.len() - 1 {
        true => "remove the `|` that has nothing beside it".to_owned(),
        false => {
            format!("remove the `|` that has nothing beside it, or write `({rest})?` if it may be missing")
        }
    };
    Problem::new(Kind::RegexEmptyAlternative, message, help)
}

/// It is told by a text that the expression does accept.
fn no_origin(pattern: &str, automaton: &Dfa) -> Problem {
    let nothing = || Problem::new(Kind::RegexMatchesNothing, format!("`{pattern}` accepts nothing"), FORM);
    match origins::any_text(automaton) {
        Err(error) => too_intricate(error),
        Ok(None) => nothing(),
        Ok(Some(text)) => {
            let because = match Pattern::parse(&text) {
                Err(problem) => format!(": {}", problem.message),
                Ok(_) => String::new(),
            };
            let message = format!("`{pattern}` accepts `{}` and no origin{because}", text.escape_default());
            Problem::new(Kind::RegexMatchesNothing, message, FORM)
        }
    }
}

fn too_large(_: TooLarge) -> Problem {
    let message = format!("the automaton takes more than {} KiB", MAX_BYTES / 1024);
    Problem::new(Kind::RegexTooLarge, message, SMALLER)
}

fn too_intricate(_: TooLarge) -> Problem {
    Problem::new(Kind::RegexTooLarge, "it cannot be proven which domains the expression accepts", SMALLER)
}

const OWN_DOMAIN: &str = "let the host end in a domain that is yours, as in \
                          `https://([a-z0-9-]+\\.)*shop\\.example`";

const SMALLER: &str = "write fewer counted repetitions such as `{1,63}`, or list the origins one by one";

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(pattern: &str) -> OriginRegex {
        OriginRegex::parse(pattern).unwrap_or_else(|problem| panic!("{pattern}: {}", problem.message))
    }

    fn refusal(pattern: &str) -> Problem {
        OriginRegex::parse(pattern).err().unwrap_or_else(|| panic!("{pattern} is refused"))
    }

    #[test]
    fn each_domain_is_spelled_out() {
        for pattern in [
            r"https://example\.com",
            r"^https://example\.com$",
            r"\Ahttps://example\.com\z",
            r"https:\/\/example\.com",
            r"(?i)https://EXAMPLE\.com",
            r"(?x) https:// example \. com",
            r"https://example\.(com|org)",
            r"https://.*\.example\.com(:\d+)?",
            r"https://([^./]+\.)?example\.com",
            r"https://(www\.)?example\.com(:\d+)?/?",
            r"https?://([a-z0-9-]+\.)*example\.com(:[0-9]{1,5})?",
            r"https://[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.example\.com",
            r"https://(shop|admin)-[0-9]+\.preview\.example",
            r"https://example\.com\.?",
            r"https://(.*\.)?example[.](com[.])?au",
            r"https://me\.github\.io",
            r"https://.*\.me\.github\.io",
            r"https://.*\.console\.amazonaws\.com",
            r".+://.*\.example\.com",
            r"https://shop.\.example\.com",
            r"http://localhost:\d+",
            r"https?://(.+\.)?localhost(:\d+)?",
            r"https?://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?",
            r"http://127\.\d+\.\d+\.\d+",
            r"http://192\.168\.1\.(7|8)(:\d+)?",
            r"http://\[fd00::1\]:\d+",
            r"http://intranet(:\d+)?",
            r"chrome-extension://(aapbdbdomjkkjkaonfhkkikfgjllcleb|nkbihfbeogaeaoehlefnkodbefgpgknn)",
        ] {
            assert_eq!(parse(pattern).open_domain(), None, "{pattern}");
        }
    }

    #[test]
    fn a_domain_is_not_spelled_out() {
        for (pattern, witness) in [
            (r"https://www.example.com", "https://wwwxexample.com"),
            (r"https://www\.example.com", "https://www.examplexcom"),
            (r"https://.*example\.com", "https://evilexample.com"),
            (r"https://.*.example\.com", "https://evilexample.com"),
            (r"https://[a-z]+\.com", "https://evil.com"),
            (r"https://.*", "https://evil.com"),
            (r"[a-z]+://.*", "http://evil.com"),
            (r"https://example\.com.*", "https://example.com.evil.com"),
            (r"https://example\..*", "https://example.evil.com"),
            (r"https://example\.[a-z]{2}", "https://example.xx"),
            (r"https://example\.com(:.*)?|https://b[a-z]d\.com", "https://bxd.com"),
            (r"https://example\.com[a-z]?", "https://example.comx"),
            (r"https://.*\.com", "https://evil.com"),
            (r"https://.*\.co\.uk", "https://evil.co.uk"),
            (r"https://.*\.github\.io", "https://evil.github.io"),
            (r"https://preview-[0-9]+\.vercel\.app", "https://preview-1.vercel.app"),
            (r"https://(pr-[0-9]+--)?me\.netlify\.app", "https://pr-1--me.netlify.app"),
            (r"https://.*\.amazonaws\.com", "https://evil.amazonaws.com"),
            (r"https://.*\.s3\.amazonaws\.com", "https://evil.s3.amazonaws.com"),
            (r"https?://[a-z]+", "http://x"),
            (r"http://.*\.intranet", "http://evil.intranet"),
            (r"http://192\.168\.1\.\d+", "http://192.168.1.1"),
            (r"http://.*\.168\.1\.1", "http://1.168.1.1"),
            (r"https?://\[fd00:[0-9a-f:]+\]", "http://[fd00::]"),
            (r"chrome-extension://[a-p]{3}", "chrome-extension://aaa"),
        ] {
            let regex = parse(pattern);
            assert_eq!(regex.open_domain(), Some(witness), "{pattern}");
            assert!(regex.matches(witness.as_bytes()) && Pattern::parse(witness).is_ok(), "{pattern}");
            assert_eq!(regex.open_domain_problem(false).unwrap().kind, Kind::OpenDomain, "{pattern}");
        }
    }

    #[test]
    fn the_help_is_for_the_mistake() {
        for (pattern, message, help) in [
            (
                r"https://www.example\.com(:.*)?",
                "`https://www.example\\.com(:.*)?` accepts `https://wwwxexample.com`, but does not spell \
                 `wwwxexample.com` out",
                r"write `\.` for a dot: `https://www\.example\.com(:.*)?`",
            ),
            (
                r"https://.*\.a.github\.io",
                "`https://.*\\.a.github\\.io` accepts `https://evil.axgithub.io`, but does not spell \
                 `axgithub.io` out",
                r"write `\.` for a dot: `https://.*\.a\.github\.io`",
            ),
            (
                r"https://.*\.amazonaws\.com",
                "`https://.*\\.amazonaws\\.com` accepts `https://evil.amazonaws.com`, but does not spell \
                 `evil.amazonaws.com` out",
                r"let the host end in a domain that is yours, as in `https://([a-z0-9-]+\.)*shop\.example`, or add `allow(open_domain)`",
            ),
            (
                r"http://10.0.0.[0-9]",
                "`http://10.0.0.[0-9]` accepts `http://10.0.0.1`, but does not spell `10.0.0.1` out",
                "write each address out, or add `allow(open_domain)`",
            ),
        ] {
            let problem = parse(pattern).open_domain_problem(false).unwrap();
            assert_eq!((problem.message.as_str(), problem.help.as_str()), (message, help));
        }
    }

    #[test]
    fn connections_that_others_can_change() {
        for (pattern, witness) in [
            (r"https://.*\.example\.com", None),
            (r"https?://(.*\.)?localhost(:\d+)?", None),
            (r"http://127\.0\.0\.[0-9]+|http://\[::1\]", None),
            (r"https?://example\.com", Some("http://example.com")),
            (r"https?://(localhost|intranet)(:\d+)?", Some("http://intranet")),
            (r"http://.*localhost", Some("http://xlocalhost")),
            (r"http://192\.168\.1\.7", Some("http://192.168.1.7")),
            (r".*://example\.com", Some("http://example.com")),
        ] {
            assert_eq!(parse(pattern).insecure_origin(), witness, "{pattern}");
        }
    }

    #[test]
    fn refused() {
        for (pattern, kind, message) in [
            ("", Kind::Empty, "empty regular expression"),
            (" ", Kind::Empty, "empty regular expression"),
            (
                "https://é",
                Kind::NonAscii,
                "`https://é` is not ASCII: browsers send the punycode form of such a host",
            ),
            (
                ".*",
                Kind::NullOrigin,
                "`.*` accepts `null`, which is the origin of every sandboxed frame and local file, \
                 which anybody can make",
            ),
            ("https://(a", Kind::BadRegex, "`https://(a` is no regular expression: unclosed group, at `(a`"),
            ("(?!a)b", Kind::BadRegex, "`(?!a)b` looks around, at `(?!a)b`"),
            (r"(a)\1", Kind::BadRegex, r"`(a)\1` refers back to a group, at `\1`"),
            (r"\pL", Kind::BadRegex, r"`\pL` asks for Unicode, and origins are ASCII"),
            (
                r"(?u)\bhttps://a",
                Kind::BadRegex,
                r"`(?u)\bhttps://a` asks for Unicode, and origins are ASCII",
            ),
            (
                r"https://a\.example|",
                Kind::RegexEmptyAlternative,
                r"an alternative of `https://a\.example|` is empty",
            ),
            (r"https://(www\.|)a", Kind::RegexEmptyAlternative, r"an alternative of `www\.|` is empty"),
            (r"https://(a||b)", Kind::RegexEmptyAlternative, "an alternative of `a||b` is empty"),
            ("[a&&b]", Kind::RegexMatchesNothing, "`[a&&b]` accepts nothing"),
            ("https://a^b", Kind::RegexMatchesNothing, "`https://a^b` accepts nothing"),
            (
                "https://a/.*",
                Kind::RegexMatchesNothing,
                "`https://a/.*` accepts `https://a/` and no origin: `https://a/` has a slash at the end, \
                 which is not part of an origin",
            ),
            (
                r"a\.example",
                Kind::RegexMatchesNothing,
                r"`a\.example` accepts `a.example` and no origin: `a.example` lacks its scheme",
            ),
            (
                "https://A",
                Kind::RegexMatchesNothing,
                "`https://A` accepts `https://A` and no origin: `https://A` has upper case, which \
                 browsers never send in an origin",
            ),
            (
                "https://a:443",
                Kind::RegexMatchesNothing,
                "`https://a:443` accepts `https://a:443` and no origin: 443 is the port of `https` itself, \
                 and browsers leave it out",
            ),
            (
                "file://.+",
                Kind::RegexMatchesNothing,
                "`file://.+` accepts `file://.` and no origin: the origin of `file:` documents is `null`, \
                 which anybody can make",
            ),
            (r"https://.*[ab].{20}\.example", Kind::RegexTooLarge, "the automaton takes more than 64 KiB"),
            (r"https://(((a{99}){99}){99}){99}", Kind::RegexTooLarge, "the automaton takes more than 64 KiB"),
        ] {
            let problem = refusal(pattern);
            assert_eq!((problem.kind, problem.message.as_str()), (kind, message));
        }
        for pattern in [
            "https://a:080",
            "https://a:0",
            r"https://a\.\.b",
            r"https://\*\.a",
            "https://a b",
            "wss://a",
            r"http://1\.2\.3",
            "https://[a-z]{64}",
        ] {
            assert_eq!(refusal(pattern).kind, Kind::RegexMatchesNothing, "{pattern}");
        }
        assert_eq!(refusal(&format!("{}a{}", "(".repeat(99), ")".repeat(99))).kind, Kind::BadRegex);
    }

    #[test]
    fn an_empty_alternative_may_be_what_can_be_missing() {
        for (pattern, help) in [
            (
                r"https://(www\.|)a",
                r"remove the `|` that has nothing beside it, or write `(www\.)?` if it may be missing",
            ),
            (r"https://a|", "remove the `|` that has nothing beside it"),
            (r"https://(a||b)", "remove the `|` that has nothing beside it"),
            (r"https://(|)", "remove the `|` that has nothing beside it"),
        ] {
            assert_eq!(refusal(pattern).help, help, "{pattern}");
        }
    }

    #[test]
    fn the_whole_origin_has_to_match() {
        for pattern in [r"https://(a|ab)\.example(:\d+)?", r"^https://(a|ab)\.example(:\d+)?$"] {
            let regex = parse(pattern);
            for origin in ["https://a.example", "https://ab.example", "https://a.example:8443"] {
                assert!(regex.matches(origin.as_bytes()), "{origin}");
            }
            for origin in [
                "",
                "https://a.example.evil.com",
                "https://a.exampl",
                "xhttps://a.example",
                "https://a.example\n",
                "https://A.example",
                "https://axexample",
            ] {
                assert!(!regex.matches(origin.as_bytes()), "{origin}");
            }
        }
        assert!(!parse("(?m)^https://a$").matches(b"https://a\nhttps://a"));
    }

    #[test]
    fn several_expressions_are_one_automaton() {
        let expressions =
            [r"https://.*\.a\.example", r"https://b\.a\.example", r"https://c\.example"].map(parse);
        let compiled = compile(&expressions).ok().unwrap();
        let bytes =
            if cfg!(target_endian = "little") { &compiled.little_endian } else { &compiled.big_endian };
        let (automaton, _) = sparse::DFA::from_bytes(bytes).unwrap();
        for (origin, expression) in [
            ("https://x.a.example", Some(0)),
            ("https://c.example", Some(2)),
            ("https://c.example.evil", None),
            ("https://d.example", None),
        ] {
            let found = automaton.try_search_fwd(&Input::new(origin).anchored(Anchored::Yes)).unwrap();
            assert_eq!(found.map(|found| found.pattern().as_usize()), expression, "{origin}");
        }
        assert!(compile(&[]).is_ok());
        let many = [r"https://.*[ab].{5}\.example\.com", r"https://.*[bc].{5}\.example\.com"].map(parse);
        assert_eq!(compile(&many).err().unwrap().kind, Kind::RegexTooLarge);
    }
}
