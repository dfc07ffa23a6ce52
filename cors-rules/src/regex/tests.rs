//! What expressions are accepted, what the others are told, and what they match.

use super::*;
use crate::help::Syntax;

fn parse(pattern: &str) -> OriginRegex {
    OriginRegex::parse(pattern).unwrap_or_else(|fault| panic!("{pattern}: {}", fault.message))
}

/// An origin with a domain or an address that the expression does not contain.
fn open(regex: &OriginRegex) -> Option<&str> {
    let Witnesses { open, below_suffix, address, .. } = &regex.witnesses;
    below_suffix.as_deref().or(open.as_deref()).or(address.as_deref())
}

fn refusal(pattern: &str) -> Fault {
    OriginRegex::parse(pattern).err().unwrap_or_else(|| panic!("{pattern} is refused"))
}

#[test]
fn each_domain_is_literal() {
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
        r"chrome-extension://[a-p]{32}",
        r"https://example\.com(\.au)?",
        r"https://example\.(co\.)?uk",
        r"https://shops?\.com",
        r"https://shop[12]\.com",
        r"https://xn--[a-z0-9]+\.example\.com",
    ] {
        assert_eq!(open(&parse(pattern)), None, "{pattern}");
    }
}

#[test]
fn a_domain_is_not_literal() {
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
        // Slips.
        (r"https://shop\.example\.com?", "https://shop.example.co"),
        (r"https://my-shop\.co(m)?", "https://my-shop.co"),
        (r"https://example\.com*", "https://example.co"),
        (r"https://example\.or(g)?", "https://example.or"),
        (r"https://example\.co(m\.au)?", "https://example.co"),
        (r"https://shop[.-]example\.com", "https://shop-example.com"),
        (r"https://shop[._]example\.com", "https://shop_example.com"),
        (r"https://example\.[cr]om", "https://example.com"),
        (r"https://[abcdefghijklmnopqrstuvwxyz]\.com", "https://x.com"),
    ] {
        let regex = parse(pattern);
        assert_eq!(open(&regex), Some(witness), "{pattern}");
        assert!(regex.matches(witness.as_bytes()) && Pattern::parse(witness).is_some(), "{pattern}");
        let dangers = regex.dangers(false);
        assert!(dangers.iter().all(|danger| danger.fault.rule == Rule::OpenDomain), "{pattern} {dangers:?}");
        assert!(!dangers.is_empty(), "{pattern}");
    }
}

#[test]
fn the_help_is_for_the_mistake() {
    for (pattern, message, help) in [
        (
            r"https://www.example\.com(:.*)?",
            "`https://www.example\\.com(:.*)?` also matches `https://wwwxexample.com`, a domain that the expression \
             does not contain literally",
            r"write `\.` for a dot: `https://www\.example\.com(:.*)?`",
        ),
        (
            r"https://.*\.a.github\.io",
            "`https://.*\\.a.github\\.io` also matches `https://evil.axgithub.io`, and the expression does not \
             contain the domain `axgithub.io` literally",
            r"write `\.` for a dot: `https://.*\.a\.github\.io`",
        ),
        (
            r"https://.*\.amazonaws\.com",
            "`https://.*\\.amazonaws\\.com` also matches `https://evil.amazonaws.com`, a domain that the \
             expression does not contain literally",
            r"let the host end in a domain that is yours, as in `https://([a-z0-9-]+\.)*shop\.example`, or add `allow(open_domain)`",
        ),
        (
            r"http://10.0.0.[0-9]",
            "`http://10.0.0.[0-9]` also matches `http://10.0x0x1`, a domain that the expression does not contain \
             literally",
            r"write `\.` for a dot: `http://10\.0\.0\.[0-9]`",
        ),
        (
            r"http://10\.0\.0\.[0-9]",
            "`http://10\\.0\\.0\\.[0-9]` also matches `http://10.0.0.1`, an address that it does not contain literally",
            "write each address in full, or add `allow(open_domain)`",
        ),
        (
            r"https://shop\.example\.com?",
            "`https://shop\\.example\\.com?` also matches `https://shop.example.co`, and the expression does not \
             contain the domain `example.co` literally",
            r"let the host end in a domain that is yours, as in `https://([a-z0-9-]+\.)*shop\.example`, or add `allow(open_domain)`",
        ),
    ] {
        let fault = parse(pattern).dangers(false).remove(0).fault;
        assert_eq!((fault.message.as_str(), &*fault.help.in_syntax(Syntax::Attribute)), (message, help));
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
        assert_eq!(parse(pattern).witnesses.insecure.as_deref(), witness, "{pattern}");
    }
}

#[test]
fn refused() {
    for (pattern, rule, message) in [
        ("", Rule::Empty, "empty regular expression"),
        (" ", Rule::Empty, "empty regular expression"),
        (
            "https://é",
            Rule::NonAscii,
            "`https://é` is not ASCII: browsers send the punycode form of such a host",
        ),
        (
            ".*",
            Rule::NullOrigin,
            "`.*` matches `null`, which is the origin of every sandboxed frame and local file, and anyone can \
             create one",
        ),
        (
            "https://(a",
            Rule::BadRegex,
            "`https://(a` is not a valid regular expression: unclosed group, at `(a`",
        ),
        ("(?!a)b", Rule::BadRegex, "`(?!a)b` uses look-around, at `(?!a)b`"),
        (r"(a)\1", Rule::BadRegex, r"`(a)\1` uses a backreference, at `\1`"),
        (r"\pL", Rule::BadRegex, r"`\pL` uses a Unicode feature, and origins are ASCII"),
        (
            r"(?u)\bhttps://a",
            Rule::BadRegex,
            r"`(?u)\bhttps://a` uses a Unicode feature, and origins are ASCII",
        ),
        (
            r"https://a\.example|",
            Rule::RegexEmptyAlternative,
            r"an alternative of `https://a\.example|` is empty",
        ),
        (r"https://(www\.|)a", Rule::RegexEmptyAlternative, r"an alternative of `www\.|` is empty"),
        (r"https://(a||b)", Rule::RegexEmptyAlternative, "an alternative of `a||b` is empty"),
        ("[a&&b]", Rule::RegexMatchesNothing, "`[a&&b]` matches nothing"),
        ("https://a^b", Rule::RegexMatchesNothing, "`https://a^b` matches nothing"),
        (
            "https://a/.*",
            Rule::RegexMatchesNothing,
            "`https://a/.*` only matches texts that are not origins, for example `https://a/`: `https://a/` has a \
             slash at the end, which is not part of an origin",
        ),
        (
            r"a\.example",
            Rule::RegexMatchesNothing,
            r"`a\.example` only matches texts that are not origins, for example `a.example`: `a.example` is missing a scheme",
        ),
        (
            "https://A",
            Rule::RegexMatchesNothing,
            "`https://A` only matches texts that are not origins, for example `https://A`: `https://A` has upper \
             case, which browsers never send in an origin",
        ),
        (
            "https://a:443",
            Rule::RegexMatchesNothing,
            "`https://a:443` only matches texts that are not origins, for example `https://a:443`: 443 is the \
             default port of `https`, and browsers omit it",
        ),
        (
            "file://.+",
            Rule::RegexMatchesNothing,
            "`file://.+` only matches texts that are not origins, for example `file://.`: all local files share \
             one origin: `null`, or `file://` in Electron and old WebViews",
        ),
        (
            r"https://.*[ab].{20}\.example",
            Rule::RegexTooLarge,
            "the expression is too complex: it compiles to more than 64 KiB",
        ),
        (
            r"https://(((a{99}){99}){99}){99}",
            Rule::RegexTooLarge,
            "the expression is too complex: it compiles to more than 64 KiB",
        ),
    ] {
        let fault = refusal(pattern);
        assert_eq!((fault.rule, fault.message.as_str()), (rule, message));
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
        assert_eq!(refusal(pattern).rule, Rule::RegexMatchesNothing, "{pattern}");
    }
    assert_eq!(refusal(&format!("{}a{}", "(".repeat(99), ")".repeat(99))).rule, Rule::BadRegex);
}

#[test]
fn an_empty_alternative_may_be_what_can_be_missing() {
    for (pattern, help) in [
        (r"https://(www\.|)a", r"remove the dangling `|`, or write `(www\.)?` if it is optional"),
        (r"https://a|", "remove the dangling `|`"),
        (r"https://(a||b)", "remove the dangling `|`"),
        (r"https://(|)", "remove the dangling `|`"),
    ] {
        assert_eq!(refusal(pattern).help.in_syntax(Syntax::Attribute), help, "{pattern}");
    }
}

#[test]
fn as_long_as_an_expression_may_be() {
    let of_length = |length: usize| {
        let expression = r"(?x) https://example\.com #";
        expression.to_owned() + &"a".repeat(length - expression.len())
    };
    parse(&of_length(MAX_EXPRESSION_BYTES));
    for length in [MAX_EXPRESSION_BYTES + 1, MAX_EXPRESSION_BYTES + 2] {
        let fault = refusal(&of_length(length));
        let message = format!("an expression has at most 4096 bytes, and this one has {length}");
        assert_eq!((fault.rule, fault.message), (Rule::RegexTooLarge, message));
    }
}

#[test]
fn what_is_offered_for_an_open_domain() {
    for (pattern, credentials, way_out) in [
        // A top-level domain is not meant; names below a longer suffix may be.
        (r"https://shop-[0-9]+\.com", true, "remove `credentials`"),
        (r"https://shop-[0-9]+\.github\.io", true, "add `allow(public_suffix)`"),
        (r"https://shop-[0-9]+\.com", false, "add `allow(open_domain)`"),
        // With literal dots, it would be open as well.
        (r"https://.*.github.io", true, "remove `credentials`"),
    ] {
        let dangers = parse(pattern).dangers(credentials);
        let help = dangers[0].fault.help.in_syntax(Syntax::Attribute);
        assert_eq!(help, format!("{OWN_DOMAIN}, or {way_out}"), "{pattern}");
    }
    let dangers = parse(r"https://.*shop.example.com").dangers(true);
    let help = dangers[0].fault.help.in_syntax(Syntax::Attribute);
    assert_eq!(help, r"write `\.` for a dot: `https://.*shop\.example\.com`");
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
    let expressions = [r"https://.*\.a\.example", r"https://b\.a\.example", r"https://c\.example"].map(parse);
    let compiled = Automaton::new(&expressions).ok().unwrap();
    let bytes = if cfg!(target_endian = "little") { &compiled.little_endian } else { &compiled.big_endian };
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
    assert!(Automaton::new(&[]).is_ok());
    let many = [r"https://.*[ab].{5}\.example\.com", r"https://.*[bc].{5}\.example\.com"].map(parse);
    assert_eq!(Automaton::new(&many).err().unwrap().rule, Rule::RegexTooLarge);
}
