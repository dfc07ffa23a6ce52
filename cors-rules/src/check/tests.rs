//! The whole way, from what was written to what is reported or can be served.

use super::*;
use crate::{MaxAge, help::Syntax, spec::OriginSpec};

fn texts(entries: &[&str]) -> Vec<String> {
    entries.iter().map(|entry| (*entry).to_owned()).collect()
}

fn list(origins: &[&str]) -> Option<Vec<OriginSpec>> {
    Some(origins.iter().map(|origin| OriginSpec::Text((*origin).to_owned())).collect())
}

fn with_credentials(credentials: bool) -> Settings<MaxAge> {
    Settings { credentials, ..Settings::NONE }
}

fn spec(origins: &[&str]) -> PolicySpec {
    PolicySpec { origins: list(origins), ..PolicySpec::default() }
}

#[cfg(feature = "regex")]
fn regex(text: &str) -> PolicySpec {
    PolicySpec { origins: Some(vec![OriginSpec::Regex(text.to_owned())]), ..PolicySpec::default() }
}

fn verdict(spec: &PolicySpec) -> Vec<(Rule, String)> {
    let violations = check(spec, Author::Developer).err().unwrap_or_default();
    violations.into_iter().map(|violation| (violation.rule, violation.path.to_string())).collect()
}

fn rules(spec: &PolicySpec) -> Vec<Rule> {
    verdict(spec).into_iter().map(|(rule, _)| rule).collect()
}

fn checked(spec: &PolicySpec, author: Author) -> CheckedPolicy<'_> {
    check(spec, author).unwrap_or_else(|violations| panic!("{spec:?}: {violations:?}"))
}

fn origins(policy: &CheckedPolicy<'_>) -> Vec<String> {
    match &policy.origins {
        AllowedOrigins::Nobody => Vec::new(),
        AllowedOrigins::Any => vec!["any".to_owned()],
        AllowedOrigins::List(list) => {
            let patterns = list.patterns.iter().map(ToString::to_string);
            patterns.chain(list.regexes.iter().map(|regex| regex.as_str().to_owned())).collect()
        }
    }
}

fn notes(policy: &CheckedPolicy<'_>) -> Vec<String> {
    policy.notes.iter().map(ToString::to_string).collect()
}

#[test]
fn everything_that_is_wrong_is_reported() {
    let spec = PolicySpec {
        origins: list(&["*", "https://a.example/", "http://b.example"]),
        headers: texts(&["cookie", "X-A", "x-a"]),
        expose: texts(&["set-cookie"]),
        methods: texts(&["PATCH", "patch", "TRACE"]),
        settings: Settings {
            max_age: Some(MaxAge::Seconds(90_000)),
            credentials: true,
            enforce: crate::Enforce::CrossOrigin,
            timing: true,
        },
        allow: Vec::new(),
    };
    let expected = [
        (Rule::AnyWithCredentials, "origins[0]"),
        (Rule::Path, "origins[1]"),
        (Rule::InsecureOrigin, "origins[2]"),
        (Rule::Redundant, "origins[2]"),
        (Rule::ForbiddenHeader, "headers[0]"),
        (Rule::Redundant, "headers[2]"),
        (Rule::UnexposableHeader, "expose[0]"),
        (Rule::MethodCase, "methods[1]"),
        (Rule::ForbiddenMethod, "methods[2]"),
        (Rule::MaxAgeTooLong, "max_age"),
    ];
    assert_eq!(verdict(&spec), expected.map(|(rule, path)| (rule, path.to_owned())));
}

#[test]
fn a_violation_is_data() {
    let violations =
        check(&spec(&["https://b.a.example", "https://*.a.example"]), Author::Developer).unwrap_err();
    let [violation] = violations.as_slice() else { panic!("{violations:?}") };
    assert_eq!(violation.value.as_deref(), Some("https://b.a.example"));
    let covered_by = CoveredBy { value: "https://*.a.example".to_owned(), index: 1 };
    assert_eq!(violation.covered_by, Some(covered_by));
    assert_eq!(
        violation.in_syntax(Syntax::Attribute),
        "`https://b.a.example` is already covered by `https://*.a.example`\n\
         help: remove it, or add `allow(redundant)`"
    );
}

#[test]
fn the_redundant_entry_is_the_covered_one() {
    let verdict = verdict(&spec(&["https://b.a.example", "https://*.a.example", "https://*.a.example"]));
    let expected = ["origins[0]", "origins[2]"].map(|path| (Rule::Redundant, path.to_owned()));
    assert_eq!(verdict, expected);
}

#[test]
fn dangerous_with_credentials_only() {
    let allow = vec![Allow::InsecureOrigins, Allow::PublicSuffix, Allow::OpenScheme];
    for (origin, rule) in [
        ("http://shop.example", Some(Rule::InsecureOrigin)),
        ("http://localhost:3000", None),
        ("http://admin.localhost:3000", None),
        ("http://*.localhost:*", None),
        ("http://127.0.0.2", None),
        ("http://[::1]:80", Some(Rule::DefaultPort)),
        ("http://[::1]:81", None),
        ("http://10.0.0.1", Some(Rule::InsecureOrigin)),
        ("https://*.com", Some(Rule::PublicSuffix)),
        ("https://*.co.uk", Some(Rule::PublicSuffix)),
        ("https://*.github.io", Some(Rule::PublicSuffix)),
        ("https://*.me.github.io", None),
        ("https://*.amazonaws.com", Some(Rule::PublicSuffix)),
        ("https://*.shop.example", None),
        ("tauri://localhost", None),
        ("app://.", None),
        ("moz-extension://*", Some(Rule::OpenScheme)),
        ("vscode-webview://*:*", Some(Rule::OpenScheme)),
        ("chrome-extension://aapbdbdomjkkjkaonfhkkikfgjllcleb", None),
    ] {
        let with = PolicySpec { settings: with_credentials(true), ..spec(&[origin]) };
        assert_eq!(rules(&with), rule.into_iter().collect::<Vec<_>>(), "{origin}");
        if rule != Some(Rule::DefaultPort) {
            assert_eq!(rules(&spec(&[origin])), [], "{origin}");
            let allowed = PolicySpec { allow: allow.clone(), ..with };
            let notes: Vec<_> = checked(&allowed, Author::Developer)
                .notes
                .into_iter()
                .map(|note| (note.violation.rule, note.outcome))
                .collect();
            let expected: Vec<_> = rule.into_iter().map(|rule| (rule, Outcome::Allowed)).collect();
            assert_eq!(notes, expected, "{origin}");
        }
    }
}

#[test]
fn any_by_default_is_not_any() {
    let origins = vec![OriginSpec::Env("A".to_owned()), OriginSpec::EnvDefault("*".to_owned())];
    let open = PolicySpec { origins: Some(origins), ..PolicySpec::default() };
    let checked = checked(&open, Author::Developer);
    assert!(matches!(checked.origins, AllowedOrigins::List(list) if list.variables == ["A"]));
    let with = PolicySpec { settings: with_credentials(true), ..open };
    assert_eq!(verdict(&with), [(Rule::AnyWithCredentials, "origins[1]".to_owned())]);
}

#[test]
fn a_list_and_functions() {
    let when = |path: &str| OriginSpec::When(path.to_owned());
    let spec = |functions: &[&str]| PolicySpec {
        origins: Some(
            [OriginSpec::Text("https://a.example".to_owned())]
                .into_iter()
                .chain(functions.iter().map(|path| when(path)))
                .collect(),
        ),
        settings: with_credentials(true),
        ..PolicySpec::default()
    };
    let both = spec(&["is_lan", "is_ours"]);
    let AllowedOrigins::List(list) = checked(&both, Author::Developer).origins else { panic!() };
    assert_eq!((list.patterns.len(), list.functions), (1, vec!["is_lan", "is_ours"]));
    let twice = spec(&["is_lan", "is_lan"]);
    assert_eq!(verdict(&twice), [(Rule::Redundant, "origins[2]".to_owned())]);
    let [violation] = check(&twice, Author::Developer).unwrap_err().try_into().unwrap();
    assert_eq!(violation.to_string(), "`is_lan` is already listed");
    // Two closures.
    assert_eq!(verdict(&spec(&["", ""])), []);
    let alone = PolicySpec { origins: Some(vec![when("is_lan")]), ..PolicySpec::default() };
    assert!(matches!(checked(&alone, Author::Developer).origins, AllowedOrigins::List(_)));
}

#[test]
fn any_among_headers_does_not_cover_authorization() {
    let open = PolicySpec { headers: texts(&["*", "Authorization"]), ..spec(&["*"]) };
    let headers = checked(&open, Author::Developer).headers;
    assert_eq!(headers, NameList { any: true, names: texts(&["authorization"]) });
    let other = PolicySpec { headers: texts(&["*", "x-a"]), ..spec(&["*"]) };
    assert_eq!(verdict(&other), [(Rule::Redundant, "headers[1]".to_owned())]);
    let allowed = PolicySpec { allow: vec![Allow::Redundant], ..other };
    let headers = checked(&allowed, Author::Developer).headers;
    assert_eq!(headers, NameList { any: true, names: texts(&["x-a"]) });
}

#[test]
fn a_list_is_a_set_once_redundancy_is_allowed() {
    let spec = PolicySpec {
        headers: texts(&["X-A", "x-a"]),
        methods: texts(&["PUT", "PUT"]),
        allow: vec![Allow::Redundant],
        ..spec(&["https://a.example", "https://a.example", "https://*.a.example", "https://b.a.example"])
    };
    for author in [Author::Developer, Author::Operator] {
        let checked = checked(&spec, author);
        assert_eq!(origins(&checked), ["https://a.example", "https://*.a.example", "https://b.a.example"]);
        assert_eq!((checked.headers.names, checked.methods), (texts(&["x-a"]), texts(&["PUT"])));
        assert_eq!(checked.notes, []);
    }
}

/// Expressions below a public suffix, ranges of addresses and whole schemes: who has to say what.
#[test]
#[cfg(feature = "regex")]
fn dangerous_expressions() {
    use Allow::{InsecureOrigins, OpenDomain, OpenScheme, PublicSuffix};

    let preview = r"https://deploy-preview-[0-9]+--shop\.netlify\.app";
    let lan = r"http://192\.168\.[0-9]+\.[0-9]+(:[0-9]+)?";
    for (text, credentials, allow, rule) in [
        (preview, false, &[][..], Some(Rule::OpenDomain)),
        (preview, false, &[OpenDomain], None),
        (preview, false, &[PublicSuffix], None),
        (preview, true, &[OpenDomain], Some(Rule::PublicSuffix)),
        (preview, true, &[PublicSuffix], None),
        (r"https://.*\.amazonaws\.com", true, &[PublicSuffix], None),
        (r"https://.*\.com", true, &[PublicSuffix], None),
        (r"https://.*example\.com", true, &[OpenDomain], Some(Rule::PublicSuffix)),
        (r"https://.*", true, Allow::ALL, Some(Rule::OpenDomain)),
        (r"https://example\..*", true, Allow::ALL, Some(Rule::OpenDomain)),
        (r"https?://[a-z]+", true, Allow::ALL, Some(Rule::OpenDomain)),
        (lan, false, &[], Some(Rule::OpenDomain)),
        (lan, false, &[OpenDomain], None),
        (lan, true, &[], Some(Rule::OpenDomain)),
        (lan, true, &[OpenDomain], Some(Rule::InsecureOrigin)),
        (lan, true, &[InsecureOrigins], Some(Rule::OpenDomain)),
        (lan, true, &[OpenDomain, InsecureOrigins], None),
        (r"https://10\.[0-9.]+", true, &[OpenDomain], None),
        (r"https://\[fd00:[0-9a-f:]+\]", true, &[OpenDomain], None),
        // What looks like an address can be a name.
        (r"http://192\.168\.[a-z0-9.]+", true, Allow::ALL, Some(Rule::OpenDomain)),
        (r"chrome-extension://[a-p]{32}", false, &[], None),
        (r"chrome-extension://[a-p]{32}", true, &[], Some(Rule::OpenScheme)),
        (r"chrome-extension://[a-p]{32}", true, &[OpenScheme], None),
        (r"app://.*\.shop\.example", true, &[], Some(Rule::OpenScheme)),
        (r"[a-z]+://.*\.example\.com", true, &[InsecureOrigins], Some(Rule::OpenScheme)),
        (r"(app|https)://(shop\.example|\.)", true, &[], None),
        // Slips.
        (r"https://shop\.example\.com?", true, &[], Some(Rule::OpenDomain)),
        (r"https://my-shop\.co(m)?", true, &[], Some(Rule::OpenDomain)),
        (r"https://shop[.-]example\.com", true, &[], Some(Rule::PublicSuffix)),
        (r"https://[abcdefghijklmnopqrstuvwxyz]\.com", true, &[], Some(Rule::PublicSuffix)),
    ] {
        let spec =
            PolicySpec { settings: with_credentials(credentials), allow: allow.to_vec(), ..regex(text) };
        assert_eq!(rules(&spec), rule.into_iter().collect::<Vec<_>>(), "{text} {credentials} {allow:?}");
    }
}

#[test]
#[cfg(feature = "regex")]
fn one_expression_is_one_mistake() {
    let lan = PolicySpec { settings: with_credentials(true), ..regex(r"http://192\.168\.1\.[0-9]+") };
    let violations = check(&lan, Author::Developer).unwrap_err();
    let [violation] = violations.as_slice() else { panic!("{violations:?}") };
    assert_eq!(
        violation.help.in_syntax(Syntax::Attribute),
        "write each address in full, or add `allow(open_domain, insecure_origins)`"
    );
}

/// An expression is offered with what it takes, or not at all.
#[test]
#[cfg(feature = "regex")]
fn the_help_has_been_checked() {
    use crate::help::Snippet;

    for (text, credentials, allow, help) in [
        (
            "https://app-*.example.com",
            true,
            &[][..],
            r#"write `regex(r"https://app-[a-z0-9-]+\.example\.com")`"#,
        ),
        (
            "https://shop-*-acme.vercel.app",
            false,
            &[],
            r#"write `regex(r"https://shop-[a-z0-9-]+-acme\.vercel\.app")` and add `allow(open_domain)`"#,
        ),
        (
            "https://shop-*-acme.vercel.app",
            true,
            &[],
            r#"write `regex(r"https://shop-[a-z0-9-]+-acme\.vercel\.app")` and add `allow(public_suffix)`"#,
        ),
        (
            "https://shop-*-acme.vercel.app",
            true,
            &[Allow::PublicSuffix],
            r#"write `regex(r"https://shop-[a-z0-9-]+-acme\.vercel\.app")`"#,
        ),
        (
            "http://192.168.1.*:*",
            true,
            &[],
            r#"write `regex(r"http://192\.168\.1\.[0-9]+(:[0-9]+)?")` and add `allow(open_domain, insecure_origins)`"#,
        ),
        ("https://shop.*", false, &[], "list the origins one by one"),
        ("https://*-shop.com", false, &[], "list the origins one by one"),
        ("https://*-shop.com", true, Allow::ALL, r#"write `regex(r"https://[a-z0-9-]+-shop\.com")`"#),
    ] {
        let spec =
            PolicySpec { settings: with_credentials(credentials), allow: allow.to_vec(), ..spec(&[text]) };
        let violations = check(&spec, Author::Developer).unwrap_err();
        assert_eq!(violations[0].help.in_syntax(Syntax::Attribute), help, "{text}");
        // It is written, and compiles.
        if let [Remedy::Write { entries, allow: more }] = violations[0].help.remedies()
            && let [Snippet::Regex(text)] = entries.as_slice()
        {
            let allow = allow.iter().chain(more).copied().collect();
            assert_eq!(
                rules(&PolicySpec { settings: with_credentials(credentials), allow, ..regex(text) }),
                [],
                "{text}"
            );
        }
    }
}

#[test]
fn what_is_of_no_use_never_stops_a_server() {
    let spec = PolicySpec {
        origins: list(&[
            "https://a.shop.example",
            "https://*.shop.example",
            "https://b.example",
            "https://b.example",
        ]),
        headers: texts(&["Origin", "X-A", "Content-Length", "x-a", "Cookie"]),
        expose: texts(&["Set-Cookie", "etag", "ETag"]),
        methods: texts(&["PUT", "PUT"]),
        settings: Settings { max_age: Some(MaxAge::Seconds(1_728_000)), ..Settings::NONE },
        ..PolicySpec::default()
    };
    let checked = checked(&spec, Author::Operator);
    assert_eq!(origins(&checked), ["https://*.shop.example", "https://b.example"]);
    assert_eq!(checked.headers, NameList { any: false, names: texts(&["x-a"]) });
    assert_eq!(checked.expose, NameList { any: false, names: texts(&["etag"]) });
    assert_eq!((&checked.methods, checked.settings.max_age), (&texts(&["PUT"]), Some(86_400)));
    assert_eq!(
        notes(&checked),
        [
            "origins[0]: `https://a.shop.example` is already covered by `https://*.shop.example` (dropped)",
            "origins[3]: `https://b.example` is already listed (dropped)",
            "headers[0]: browsers do not let pages set `origin` (dropped)",
            "headers[2]: browsers do not let pages set `content-length` (dropped)",
            "headers[3]: `x-a` is already listed (header names are case-insensitive) (dropped)",
            "headers[4]: browsers do not let pages set `cookie` (dropped)",
            "expose[0]: browsers do not let pages read `set-cookie` (dropped)",
            "expose[2]: `etag` is already listed (header names are case-insensitive) (dropped)",
            "methods[1]: `PUT` is already listed (dropped)",
            "max_age: `max_age` of 1728000 s exceeds every browser's limit (Firefox 86400 s, Chromium 7200 s, \
             Safari 600 s) (capped)",
        ]
    );
    let rules: Vec<_> = verdict(&spec).into_iter().map(|(rule, _)| rule).collect();
    assert_eq!(rules.len(), checked.notes.len());
}

#[test]
fn any_and_nobody_in_a_configuration() {
    for (entries, expected, dropped) in [
        (&["*"][..], &["any"][..], 0),
        (&["any"], &["any"], 0),
        (&["https://a.example", "*", "any"], &["any"], 2),
        (&["none"], &[], 0),
        (&[], &[], 0),
    ] {
        let spec = spec(entries);
        let checked = checked(&spec, Author::Operator);
        assert_eq!((origins(&checked), checked.notes.len()), (texts(expected), dropped), "{entries:?}");
    }
    for (entries, rule) in [
        (&["none", "https://a.example"][..], Rule::NoneAndOthers),
        (&["https://a.example/"], Rule::Path),
        (&["null"], Rule::NullOrigin),
        (&[""], Rule::Empty),
    ] {
        let violations = check(&spec(entries), Author::Operator).unwrap_err();
        assert_eq!(violations[0].rule, rule, "{entries:?}");
    }
    let with = |spec| PolicySpec { settings: with_credentials(true), ..spec };
    let violations = |spec| check(&with(spec), Author::Operator).unwrap_err().len();
    assert_eq!(violations(spec(&["https://a.example", "*"])), 1);
    assert_eq!(violations(spec(&["http://a.example"])), 1);
    // The key is not there at all.
    assert_eq!(check(&PolicySpec::default(), Author::Operator).unwrap_err()[0].rule, Rule::NoOrigins);
    // In the source, these are slips.
    for entries in [&[][..], &["none"], &["any"]] {
        assert_eq!(rules(&spec(entries)).len(), 1, "{entries:?}");
    }
}

/// Ten times the entries take ten times as long, of each kind: right, wrong, covered, or all the same.
#[test]
fn long_lists() {
    let count = 20_000;
    let names = |name: &dyn Fn(usize) -> String| -> Vec<String> { (0..count).map(name).collect() };
    let lists = [
        names(&|number| format!("https://*.tenant-{number}.example")),
        names(&|number| format!("https://tenant-{number}.example:*")),
        names(&|number| format!("https://tenant-{number}.example/")),
        names(&|number| format!("https://tenant-{number}-*.vercel.app")),
        names(&|number| format!("https://a.tenant-{}.example", number % 7)),
        names(&|number| format!("https://{}.example", if number == 0 { "*" } else { "a" })),
    ];
    for (list, violations) in lists.iter().zip([0, 0, count, count, count - 7, count - 1]) {
        let origins = Some(list.iter().cloned().map(OriginSpec::Text).collect());
        let spec = PolicySpec { origins, ..PolicySpec::default() };
        assert_eq!(verdict(&spec).len(), violations, "{}", list[1]);
    }
    let many = names(&|number| format!("x-{number}"));
    let spec = PolicySpec { headers: many.clone(), methods: many, ..spec(&["*"]) };
    assert_eq!(verdict(&spec), []);
}

#[test]
fn without_expressions() {
    for (spec, message, help) in [
        (
            PolicySpec {
                origins: Some(vec![OriginSpec::Regex(r"https://[a-z]+\.shop\.example".to_owned())]),
                ..PolicySpec::default()
            },
            "the `regex` feature is disabled",
            "add the feature of `cors-runtime` that expressions take: `regex` in the source, or `runtime-regex` in policies \
             that are built at run time, as documents are",
        ),
        (
            spec(&["https://shop-*-acme.vercel.app"]),
            "`https://shop-*-acme.vercel.app`: `*` is only allowed as the leading `*.` or as the port `:*`",
            "enable the feature `regex` of `cors-runtime`, and this message has an expression that matches what was \
             meant",
        ),
    ] {
        let without = check_without_expressions(&spec).unwrap_err();
        assert_eq!(without[0].message, message);
        assert_eq!(without[0].help.in_syntax(Syntax::Attribute), help);
        if cfg!(not(feature = "regex")) {
            assert_eq!(check(&spec, Author::Developer).unwrap_err(), without);
        }
    }
}
