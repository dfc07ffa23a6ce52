//! What texts are told that are not entries, and what is suggested in their place.

use super::*;
use crate::help::Syntax;

fn help(text: &str) -> String {
    assert_eq!(Pattern::parse(text), None, "{text}");
    explain(text).fault.help.in_syntax(Syntax::Attribute)
}

#[test]
fn suggests_the_intended_origin() {
    for (text, meant) in [
        ("https://shop.example/", "https://shop.example"),
        ("https://shop.example/a/b?c", "https://shop.example"),
        ("https://shop.example:443", "https://shop.example"),
        ("https://*.shop.example:443", "https://*.shop.example"),
        ("https://me@shop.example", "https://shop.example"),
        ("shop.example", "https://shop.example"),
        ("//shop.example", "https://shop.example"),
        ("://shop.example", "https://shop.example"),
        ("https:shop.example", "https://shop.example"),
        ("https:/shop.example", "https://shop.example"),
        ("https:///shop.example", "https://shop.example"),
        ("*.shop.example", "https://*.shop.example"),
        ("localhost:3000", "http://localhost:3000"),
        ("*.localhost:3000", "http://*.localhost:3000"),
        ("localhost:*", "http://localhost:*"),
        ("[::1]:3000", "http://[::1]:3000"),
        ("127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("192.168.1.7", "http://192.168.1.7"),
        (" https://shop.example\n", "https://shop.example"),
        ("HTTPS://Shop.example", "https://shop.example"),
        ("Tauri://localhost", "tauri://localhost"),
        ("https://*shop.example", "https://*.shop.example"),
        ("https://*shop.example:8443", "https://*.shop.example:8443"),
        ("http://localhost:80*", "http://localhost:*"),
        ("http://127.1:3000", "http://127.0.0.1:3000"),
        ("http://[0:0:0:0:0:0:0:1]", "http://[::1]"),
        ("http://[::ffff:127.0.0.1]", "http://[::ffff:7f00:1]"),
        ("http://[FD00::1]:3000", "http://[fd00::1]:3000"),
        ("https://*.127.0.0.1", "https://127.0.0.1"),
        ("https://*.[::1]", "https://[::1]"),
        ("https://*.[::1]:8443", "https://[::1]:8443"),
        ("wss://shop.example", "https://shop.example"),
        ("ws://localhost:3000/socket", "http://localhost:3000"),
        ("http://shop.example:08080", "http://shop.example:8080"),
        // Several mistakes, one repair.
        ("shop.example/", "https://shop.example"),
        ("Shop.example/cart", "https://shop.example"),
        ("localhost:3000/", "http://localhost:3000"),
        ("HTTPS://Shop.Example:443/", "https://shop.example"),
        ("\"https://shop.example/\"", "https://shop.example"),
        ("'shop.example'", "https://shop.example"),
        ("https://shop.example:0443/", "https://shop.example"),
        ("https://shop.example;", "https://shop.example"),
        ("https://shop.example,", "https://shop.example"),
        ("https//shop.example", "https://shop.example"),
        ("http//localhost:3000/", "http://localhost:3000"),
        ("https://shop. example", "https://shop.example"),
        ("https://shop.example'", "https://shop.example"),
        ("`https://shop.example", "https://shop.example"),
        ("App://Host", "app://Host"),
        ("localhost", "http://localhost"),
        ("shop:3000", "https://shop:3000"),
        ("http://010.0.0.1", "http://8.0.0.1"),
        ("http://0x7f.1", "http://127.0.0.1"),
        ("http://255.1", "http://255.0.0.1"),
    ] {
        assert_eq!(help(text), format!("write \"{meant}\""), "{text}");
    }
}

#[test]
fn suggests_several_entries() {
    for text in [
        "https://a.example,https://b.example",
        "https://a.example, https://b.example",
        "https://a.example https://b.example",
        "https://a.example;https://b.example",
        "https://a.example|https://b.example",
    ] {
        assert_eq!(help(text), r#"write "https://a.example", "https://b.example""#, "{text}");
    }
    for text in ["*://a.example", "http*://a.example", "https?://a.example", "http(s)://a.example"] {
        assert_eq!(help(text), r#"write "https://a.example", "http://a.example""#, "{text}");
    }
    assert_eq!(
        help("https://{shop,admin}.example:8443"),
        r#"write "https://shop.example:8443", "https://admin.example:8443""#
    );
    assert_eq!(help("{https,http}://a.example"), r#"write "https://a.example", "http://a.example""#);
    for text in [
        "https://a.examplehttps://b.example",
        "https://a.example https://b..example",
        "https://{shop,admin.}.example",
    ] {
        assert_eq!(help(text), "write each origin as an entry of its own", "{text}");
    }
    // So many that nobody would want to read them.
    for (count, start) in [(15, "write \"https://1.example\", "), (16, "write each origin as")] {
        let numbers: Vec<_> = (1..=count).map(|number| number.to_string()).collect();
        let help = help(&format!("https://{{{}}}.example", numbers.join(",")));
        assert!(help.starts_with(start), "{help}");
    }
}

/// The limits of the standards, one byte below and one above.
#[test]
fn lengths() {
    let rule_and_message = |text: &str| {
        assert_eq!(Pattern::parse(text), None, "{text}");
        let Fault { rule, message, .. } = explain(text).fault;
        (rule, message.to_string())
    };
    // Labels of 63 bytes, and a last one that makes up for the rest.
    let host = |length: usize| {
        let labels = format!("{}.", "a".repeat(63)).repeat(3);
        format!("{labels}{}", "b".repeat(length - labels.len()))
    };
    for (length, host) in [(251, host(251)), (252, host(252)), (253, host(253))] {
        assert!(Pattern::parse(&format!("https://{host}")).is_some(), "{length}");
        assert_eq!(help(&format!("https://{host}/")), format!("write \"https://{host}\""));
        let below = format!("https://*.{host}");
        assert_eq!(Pattern::parse(&below).is_some(), length == 251, "{length}");
        if length > 251 {
            let message = format!("no subdomain of a host of {length} bytes fits into 253");
            assert_eq!(rule_and_message(&below), (Rule::TooLong, message));
        }
    }
    let message = "a host has at most 253 bytes, and this one has 254";
    assert_eq!(rule_and_message(&format!("https://{}", host(254))), (Rule::TooLong, message.to_owned()));
    // What is wrong besides is said of hosts that fit.
    for length in [130, 251] {
        let (rule, message) = rule_and_message(&format!("https://*.{}%", "a.".repeat((length - 1) / 2)));
        assert_eq!((rule, &*message), (Rule::BadHost, "browsers never send a percent-encoded host"));
    }
    let [longest, longer] = [63, 64].map(|length| "a".repeat(length));
    let (rule, message) = rule_and_message(&format!("https://{longest}.12"));
    assert_eq!(rule, Rule::BadIpAddress, "{message}");
    assert_eq!(help(&format!("https://{longest}.example/")), format!("write \"https://{longest}.example\""));
    let message = format!("a label has at most 63 bytes, and `{longer}` has 64");
    assert_eq!(rule_and_message(&format!("https://{longer}.example")), (Rule::TooLong, message));

    let [longest, longer] = [MAX_SCHEME_BYTES, MAX_SCHEME_BYTES + 1].map(|length| "a".repeat(length));
    assert_eq!(help(&format!("{longest}://shop/")), format!("write \"{longest}://shop\""));
    let message = format!("a scheme has at most {MAX_SCHEME_BYTES} bytes, and this one has {}", longer.len());
    assert_eq!(rule_and_message(&format!("{longer}://shop")), (Rule::TooLong, message));

    let rules = [0, 1, 2].map(|more| rule_and_message(&"a".repeat(MAX_TEXT_BYTES + more)).0);
    assert_eq!(rules, [Rule::MissingScheme, Rule::TooLong, Rule::TooLong]);

    let with_star = |length: usize| format!("https://a*.{}", host(length - 3));
    assert!(explain(&with_star(253)).expression.is_some());
    assert_eq!(explain(&with_star(254)).expression, None);
}

#[test]
fn messages() {
    for (text, expected) in [
        ("https", "`https` is missing a scheme"),
        ("blob", "`blob` is missing a scheme"),
        ("shop", "`shop` is missing a scheme"),
        ("https:///", "`https:///` has no host"),
        ("https://*.a..b", "the host `a..b` has an empty label"),
        ("https://?.example", "`?` is not a wildcard, and cannot be in a host"),
        ("https://?", "`?` is not a wildcard, and cannot be in a host"),
        ("https://shop?.example", "`?` is not a wildcard, and cannot be in a host"),
        ("https://shop.example?.a", "`?` is not a wildcard, and cannot be in a host"),
        ("https://shop.example?a", "`https://shop.example?a` has a query, which is not part of an origin"),
        ("app://a^b", "`^` cannot be in a host"),
        ("https://a~b.example", "`~` cannot be in a host"),
    ] {
        assert_eq!(Pattern::parse(text), None, "{text}");
        assert_eq!(explain(text).fault.message.to_string(), expected);
    }
}

#[test]
fn suggests_expressions_that_match_no_more() {
    for (text, expected) in [
        ("https://shop-*-acme.vercel.app", r"https://shop-[a-z0-9-]+-acme\.vercel\.app"),
        ("https://*-acme.vercel.app", r"https://[a-z0-9-]+-acme\.vercel\.app"),
        ("https://app-*.example.com", r"https://app-[a-z0-9-]+\.example\.com"),
        ("https://a.*.shop.example", r"https://a\.[a-z0-9-]+\.shop\.example"),
        ("https://*.*.shop.example", r"https://([a-z0-9-]+\.)+[a-z0-9-]+\.shop\.example"),
        ("https://*.pr-*.shop.example:*", r"https://([a-z0-9-]+\.)+pr-[a-z0-9-]+\.shop\.example(:[0-9]+)?"),
        ("https://pr**.shop.example:8443", r"https://pr[a-z0-9-]+\.shop\.example:8443"),
        ("http://192.168.*.*:3000", r"http://192\.168\.[0-9]+\.[0-9]+:3000"),
        ("http://*.168.0.*", r"http://[0-9]+\.168\.0\.[0-9]+"),
        ("HTTPS://App-*.Example.com/", r"https://app-[a-z0-9-]+\.example\.com"),
        ("https://app-*.example.com:443", r"https://app-[a-z0-9-]+\.example\.com"),
        ("app-*.example.com", r"https://app-[a-z0-9-]+\.example\.com"),
        ("https://shop.*", r"https://shop\.[a-z0-9-]+"),
        (r"https://.*\.shop\.example", r"https://.*\.shop\.example"),
    ] {
        assert_eq!(explain(text).expression.as_deref(), Some(expected), "{text}");
    }
    for text in
        ["https://*", "https://*shop.example", "https://a*.é", "app://a*", "https://[*]", "https://a*..b"]
    {
        assert_eq!(explain(text).expression, None, "{text}");
    }
}

#[test]
fn placeholders() {
    for text in [
        "https://${HOST}",
        "https://{{ host }}",
        "https://{HOST}.example",
        "https://<your-domain>",
        "$(ORIGIN)",
    ] {
        let message = explain(text).fault.message;
        assert!(
            message.ends_with("contains a placeholder that nothing has replaced") || text.contains(' '),
            "{message}"
        );
    }
}

/// Whatever the grammar refuses is explained, and what is offered is right.
#[test]
fn every_text_is_explained() {
    let mut texts = vec![String::new()];
    for parts in [
        &["", "https://", "http:/", "*://", "app://", "wss://", "[", "\u{202e}", "file:"][..],
        &["", "a", "*", "*.", "a.*.b", "[::1", "127.1", "xn--a", "Å", "~", "${A}", "%41"],
        &["", ".example", "]", ".", "-*.a.b.c", " b", "@b"],
        &["", ":", ":443", ":*", ":4*", "/", "?", "#", ",", ":0", "]:80"],
    ] {
        texts = texts.iter().flat_map(|text| parts.iter().map(move |part| format!("{text}{part}"))).collect();
    }
    texts.extend(
        ["://", "https://://", "a".repeat(1 << 20).as_str(), &"*".repeat(400), &"*.".repeat(300)]
            .map(str::to_owned),
    );
    for text in texts.iter().filter(|text| Pattern::parse(text).is_none()) {
        let Fault { rule, message, help } = explain(text).fault;
        assert!(!message.is_empty() && message.len() < 700, "{text:?} {rule:?} {message}");
        assert!(!help.remedies().is_empty(), "{text:?}");
        for remedy in help.remedies() {
            if let Remedy::Write { entries, .. } = remedy {
                for entry in entries {
                    let Snippet::Text(entry) = entry else { panic!("{text:?} {entry:?}") };
                    assert!(Pattern::parse(entry).is_some(), "{text:?} {entry:?}");
                }
            }
        }
    }
}
