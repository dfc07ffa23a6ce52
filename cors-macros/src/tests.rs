//! The whole way, from the text of an attribute to what is reported and to the code.

use proc_macro2::TokenStream;

use crate::{
    attribute, check, errors::Errors, function::AnnotatedFunction, parse, signature, tokens::SpanRange,
};

fn tokens(text: &str) -> TokenStream {
    text.parse().unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// The source text of a span; that of the attribute as a whole is empty here.
fn source(span: SpanRange) -> String {
    span.first.join(span.last).and_then(|span| span.source_text()).unwrap_or_default()
}

/// The source text at the place of each mistake, and the message with its help.
fn reported(errors: Errors) -> Vec<(String, String)> {
    errors.into_mistakes().into_iter().map(|mistake| (source(mistake.span), mistake.text)).collect()
}

/// What is reported for a policy.
fn mistakes(policy: &str) -> Vec<(String, String)> {
    let mut errors = Errors::default();
    let args = parse::policy(tokens(policy), &mut errors);
    check::policy(&args, &check::to_spec(&args), &mut errors);
    reported(errors)
}

/// The same for a function.
fn mistakes_of_item(item: &str) -> Vec<(String, String)> {
    let mut errors = Errors::default();
    let _ = AnnotatedFunction::parse(tokens(item), &mut errors);
    reported(errors)
}

/// Compares each place in full, and the end of each text.
#[track_caller]
fn assert_mistakes(of: &str, found: &[(String, String)], expected: &[(&str, &str)]) {
    let fits = |((place, text), (expected_place, end)): (&(String, String), &(&str, &str))| {
        place == expected_place && text.ends_with(end)
    };
    let all_fit = found.len() == expected.len() && found.iter().zip(expected).all(fits);
    assert!(all_fit, "{of}\nfound {found:#?}\nexpected {expected:#?}");
}

#[test]
fn all_mistakes_of_an_attribute_at_once() {
    let policy = r#"
        origins = ["https://shop.example/", "https://a.example", "HTTPS://b.example"],
        heders = ["content-type"],
        credentials = true,
        expose = "etag",
        methods = [GET, "patch"],
        max_age = -1,
        allow(redundent),
        headers = ["cookie"] enforce,
        enforce,
    "#;
    let expected = [
        ("heders", "unknown key `heders`\nhelp: write `headers`"),
        ("credentials = true", "`credentials` is a flag and takes no value\nhelp: write `credentials`"),
        (r#""etag""#, "help: write `expose = [\"etag\"]`"),
        ("GET", "an entry of `methods` is a string literal, a constant or `any`\nhelp: write \"GET\""),
        ("redundent", "unknown name `redundent`\nhelp: write `redundant`"),
        ("enforce", "expected `,` before `enforce`\nhelp: write `,` in front of it"),
        ("enforce", "`enforce` is already set\nhelp: remove it"),
        (r#""https://shop.example/""#, "help: write \"https://shop.example\""),
        (r#""HTTPS://b.example""#, "help: write \"https://b.example\""),
        (r#""cookie""#, "or write `credentials` in its place to let pages send cookies"),
        (r#""patch""#, "help: write \"PATCH\", in the page as well"),
        ("-1", "help: write whole seconds, for example 600, or a text, for example \"10m\" or \"2h\""),
    ];
    assert_mistakes(policy, &mistakes(policy), &expected);
}

#[test]
fn nothing_is_wrong() {
    for policy in [
        "none",
        "none,",
        "origins = any",
        "origins = \"*\"",
        "origins = [\"*\"]",
        "origins = [any]",
        "origins = [r\"https://a.example\", r#\"https://b.example\"#,],",
        "origins = any, headers = [any, \"authorization\"], expose = \"*\", methods = any",
        "origins = any, headers = [], expose = [], methods = []",
        "origins = any, max_age = 86_400u32",
        "origins = any, max_age = \"24h\"",
        "enforce, credentials, origins = [\"https://a.example\"]",
        "origins = [\"http://a.example\"], credentials, allow(insecure_origins, insecure_origins)",
        "origins = any, allow()",
        "origins = when(is_ours)",
        "origins = when(crate::cors::is_ours), credentials",
        "origins = [regex(r\"https://[a-z]+\\.shop\\.example\")], credentials",
        "origins = [\"https://a.example\", regex(\"https://(b|c)\\\\.example\")]",
        "origins = [env(\"ORIGINS\")], credentials",
        "origins = [env(\"ORIGINS\", default = [any])]",
        "origins = [env(\"ORIGINS\", default = [\"http://localhost:3000\",],), \"https://a.example\"]",
        "policy = PARTNER, allow(missing_credentials)",
        "policy = PARTNER, enforce",
        "delegate = crate::of_tenant, enforce, allow(missing_credentials)",
        "delegate = crate::of_tenant",
        "delegate = of_tenant::<A, B>, state = App<A, B>",
        "none, allow(unenforced_websocket)",
        "none, crate = crate::cors",
        "crate = ::framework::cors, origins = any",
        "origins = any, timing, enforce(strict)",
        "origins = [\"moz-extension://*\", \"app://.\"]",
        "origins = [\"moz-extension://*\"], credentials, allow(open_scheme)",
        "origins = [\"https://a.example\", when(is_lan), when(crate::is_ours)]",
        "origins = [SHOP, crate::origins::ADMIN], headers = [X_API_KEY, \"x-a\"], expose = [X_TOTAL], methods = [PURGE]",
        "origins = [SHOP]",
        "origins = [&SHOP]",
        "origins = [#[cfg(debug_assertions)] \"http://localhost:3000\", \"https://a.example\"]",
        "origins = [#[cfg(a)] \"https://a.example\", #[cfg(not(a))] \"https://a.example\"]",
        "origins = [#[cfg(a)] \"https://*.a.example\", \"https://b.a.example\"], headers = [#[cfg(a)] \"x-a\", #[cfg(b)] X_B]",
        "origins = [/** the shop */ \"https://a.example\"]",
        "origins = [#[cfg(a)] env(\"A\"), #[cfg(a)] when(f), #[cfg(a)] SHOP]",
        "origins = [env(\"A\", default = [])]",
        "origins = any, max_age = 60 * 60",
        "origins = any, max_age = 24 * (60 * 60)",
        "origins = any, max_age = 2 * 3_600u32 - 7200 / 2 + 1",
        "origins = [regex(r\"https://deploy-preview-[0-9]+--shop\\.netlify\\.app\")], credentials, allow(public_suffix)",
        "origins = [regex(r\"http://10\\.[0-9.]+\")], credentials, allow(open_domain, insecure_origins)",
    ] {
        assert_mistakes(policy, &mistakes(policy), &[]);
    }
}

/// Policies with one mistake each, or with several where one place has them all: nothing follows from a
/// mistake.
#[test]
fn mistakes_and_what_to_write_instead() {
    let rows: &[(&str, &[(&str, &str)])] = &[
        // No origins.
        ("", &[("", "or write `none` to allow no origin")]),
        ("credentials", &[("", "or write `none` to allow no origin")]),
        ("origins = []", &[("[]", "or write `none` to allow no origin")]),
        // Keys.
        ("origin = [5]", &[("origin", "write `origins`")]),
        ("allow_origins = any", &[("allow_origins", "write `origins`")]),
        ("origins = any, max-age = x", &[("max-age", "write `max_age`")]),
        ("origins = any, creds", &[("creds", "write `credentials`")]),
        ("origins = any, colour = red", &[("colour", "`delegate`, `state`, `crate`, `none`")]),
        ("delegate = of_tenant, credentials", &[("delegate", "remove it, or remove everything else")]),
        ("delegate = try", &[("try", "write `delegate = policy_of_tenant`")]),
        ("origins = when(try)", &[("when(try)", "and `when(is_ours)`")]),
        ("delegate = \"of_tenant\"", &[("\"of_tenant\"", "write `delegate = of_tenant`")]),
        ("delegate(of_tenant)", &[("delegate(of_tenant)", "write `delegate = of_tenant`")]),
        // Origins that are not texts.
        ("origins = when(5)", &[("when(5)", "and `when(is_ours)`")]),
        ("origins = when", &[("when", "write `origins = [\"https://shop.example\"]`")]),
        (
            "origins = regex(r\"https://(a|b)\\.example\")",
            &[(
                "regex(r\"https://(a|b)\\.example\")",
                "write `origins = [regex(r\"https://(a|b)\\.example\")]`",
            )],
        ),
        ("origins = env(\"A\")", &[("env(\"A\")", "write `origins = [env(\"A\")]`")]),
        ("origins = [regex(a)]", &[("regex(a)", "\\.shop\\.example\")`")]),
        ("origins = [env(A)]", &[("env(A)", "http://localhost:3000\"])`")]),
        (
            "origins = [env(\"A\", [\"https://a.example\"])]",
            &[("env(\"A\", [\"https://a.example\"])", "http://localhost:3000\"])`")],
        ),
        (
            "origins = [env(\"A\", default = [any])], credentials",
            &[("any", "list the origins that may send credentials, or remove `credentials`")],
        ),
        ("origins = [env(\"\")]", &[("\"\"", "write a name, for example `env(\"CORS_ORIGINS\")`")]),
        ("origins = [env(\"A\"), env(\"A\")]", &[("\"A\"", "remove it, or add `allow(redundant)`")]),
        (
            "origins = [env(\"A\", default = [\"https://a.example/\"])]",
            &[("\"https://a.example/\"", "write \"https://a.example\"")],
        ),
        (
            "origins = any, headers = [env(\"A\")]",
            &[("env(\"A\")", "write a name, for example \"content-type\"")],
        ),
        (
            "origins = [\"https://a.example\", regex(r\"https://(a|b)\\.example\")]",
            &[("\"https://a.example\"", "remove it, or add `allow(redundant)`")],
        ),
        (
            "origins = [regex(r\"https://www.example.com\")]",
            &[("r\"https://www.example.com\"", "write `\\.` for a dot: `https://www\\.example\\.com`")],
        ),
        ("origins = any, \"headers\" = [\"a\"]", &[("\"headers\"", "write `headers`")]),
        ("origins = any, origins = [5]", &[("origins", "put all entries into one list")]),
        ("any", &[("any", "write `origins = any`")]),
        ("*", &[("*", "write `origins = any`")]),
        ("\"https://a.example\"", &[("\"https://a.example\"", "write `origins = [\"https://a.example\"]`")]),
        (
            "[\"https://a.example\"]",
            &[("[\"https://a.example\"]", "write `origins = [\"https://a.example\"]`")],
        ),
        ("origins = any, !credentials", &[("!credentials", "`delegate`, `state`, `crate`, `none`")]),
        // Between keys.
        ("origins = any,, credentials = false", &[(",", "remove it"), ("credentials = false", "remove it")]),
        (", origins = any", &[(",", "remove it")]),
        ("origins = any; enforce", &[(";", "write `,`")]),
        ("origins = any enforce", &[("enforce", "write `,` in front of it")]),
        ("origins = any + 1", &[("+ 1", "remove this")]),
        ("enforce yes, origins = any", &[("yes", "remove this")]),
        // Lists.
        ("origins", &[("origins", "write `origins = [\"https://shop.example\"]`")]),
        ("origins =", &[("origins =", "write `origins = [\"https://shop.example\"]`")]),
        (
            "origins enforce",
            &[
                ("origins", "write `origins = [\"https://shop.example\"]`"),
                ("enforce", "write `,` in front of it"),
            ],
        ),
        ("origins: any", &[(":", "write `=`")]),
        ("origins => any", &[("=>", "write `=`")]),
        ("origins [\"https://a.example\"]", &[("[\"https://a.example\"]", "write `=` in front of it")]),
        ("origins any", &[("any", "write `=` in front of it")]),
        (
            "origins = \"https://a.example\"",
            &[(
                "\"https://a.example\"",
                "`origins` takes a list, and this is a single text\nhelp: write `origins = [\"https://a.example\"]`",
            )],
        ),
        (
            "origins = any, headers = \"x-a, x-b\"",
            &[("\"x-a, x-b\"", "write `headers = [\"x-a\", \"x-b\"]`")],
        ),
        (
            "origins(\"https://a.example\", any)",
            &[
                ("origins(\"https://a.example\", any)", "write `origins = [\"https://a.example\", any]`"),
                ("\"https://a.example\"", "remove it, or add `allow(redundant)`"),
            ],
        ),
        (
            "origins = (\"https://a.example\")",
            &[("(\"https://a.example\")", "write `origins = [\"https://a.example\"]`")],
        ),
        ("origins = *", &[("*", "write `any`")]),
        ("origins = [*]", &[("*", "write `any`")]),
        ("origins = ORIGINS", &[("ORIGINS", "a list from elsewhere goes into `Policy::builder()`")]),
        (
            "origins = vec![\"https://a.example\"]",
            &[("vec![\"https://a.example\"]", "write `origins = [\"https://shop.example\"]`")],
        ),
        (
            "origins = any, headers = authorization",
            &[("authorization", "write `headers = [\"authorization\"]`")],
        ),
        // Entries.
        ("origins = [shop]", &[("shop", "write \"https://shop.example\"")]),
        ("origins = [5]", &[("5", "write \"https://shop.example\"")]),
        ("origins = [b\"https://a.example\"]", &[("b\"https://a.example\"", "write \"https://a.example\"")]),
        ("origins = [\"https://a.example\"x]", &[("\"https://a.example\"x", "write \"https://a.example\"")]),
        ("origins = [regex(\"https://.*\")]", &[("\"https://.*\"", "or add `allow(open_domain)`")]),
        (
            "origins = [concat!(\"https://\", \"a\")]",
            &[("concat!(\"https://\", \"a\")", "write a `const` with this value, and its name here")],
        ),
        ("origins = any, headers = [authorization]", &[("authorization", "write \"authorization\"")]),
        ("origins = any, headers = [content-type]", &[("content-type", "write \"content-type\"")]),
        ("origins = any, headers = [header::IF_MATCH]", &[("header::IF_MATCH", "write \"if-match\"")]),
        ("origins = any, headers = [CONTENT_TYPE]", &[("CONTENT_TYPE", "write \"content-type\"")]),
        ("origins = any, methods = [Method::PUT]", &[("Method::PUT", "write \"PUT\"")]),
        ("origins = any, headers = [\"x-a\" \"x-b\"]", &[("\"x-b\"", "write `,` in front of it")]),
        ("origins = any, headers = [\"x-a\"; \"x-b\"]", &[(";", "write `,`")]),
        ("origins = any, headers = [\"x-a\".to_owned()]", &[(".to_owned()", "remove this")]),
        ("origins = [,]", &[(",", "remove it"), ("[,]", "or write `none` to allow no origin")]),
        // Places count what was read, not what was not.
        (
            "origins = any, headers = [5, \"x-a\", x, \"x-b\", \"X-A\"]",
            &[
                ("5", "write \"content-type\""),
                ("x", "write \"x\""),
                ("\"X-A\"", "remove it, or add `allow(redundant)`"),
            ],
        ),
        // Durations.
        ("origins = any, max_age = 1.5", &[("1.5", "a text, for example \"10m\" or \"2h\"")]),
        ("origins = any, max_age = \"abc\"", &[("\"abc\"", "a text, for example \"10m\" or \"2h\"")]),
        ("origins = any, max_age = 600x", &[("600x", "a text, for example \"10m\" or \"2h\"")]),
        ("origins = any, max_age = 10m", &[("10m", "`10m` must be quoted\nhelp: write \"10m\"")]),
        ("origins = any, max_age = [600]", &[("[600]", "a text, for example \"10m\" or \"2h\"")]),
        ("origins = any, max_age = TEN", &[("TEN", "a text, for example \"10m\" or \"2h\"")]),
        ("origins = any, max_age(600)", &[("max_age(600)", "write `max_age = 600`")]),
        ("origins = any, max_age", &[("max_age", "write `max_age = 600`")]),
        ("origins = any, max_age = 99999999999999999999", &[("99999999999999999999", "write at most 86400")]),
        // Flags.
        ("origins = any, enforce = true", &[("enforce = true", "write `enforce`")]),
        ("origins = any, enforce(true)", &[("enforce(true)", "write `enforce`")]),
        ("origins = any, enforce =", &[("enforce =", "write `enforce`")]),
        ("origins = any, credentials(false)", &[("credentials(false)", "remove it")]),
        ("origins = any, credentials = \"omit\"", &[("credentials = \"omit\"", "remove it")]),
        (
            "origins = [\"https://a.example\"], credentials: \"include\"",
            &[("credentials: \"include\"", "write `credentials`")],
        ),
        (
            "origins = any, enforce = true credentials = false",
            &[
                ("enforce = true", "write `enforce`"),
                ("credentials", "write `,` in front of it"),
                ("credentials = false", "remove it"),
            ],
        ),
        // `allow`, where a mistake must not make the rule complain that is meant to be quiet.
        (
            "origins = [\"http://a.example\"], credentials, allow(insecure)",
            &[("insecure", "write `insecure_origins`")],
        ),
        (
            "origins = [\"http://a.example\"], credentials, allow = insecure_origins",
            &[("allow = insecure_origins", "write `allow(insecure_origins)`")],
        ),
        (
            "origins = [\"http://a.example\"], credentials, allow(redundant), allow(insecure_origins)",
            &[("allow", "put all names into one `allow(..)`")],
        ),
        ("origins = any, allow", &[("allow", "write `allow(redundant)`")]),
        ("origins = any, allow redundant", &[("allow redundant", "write `allow(redundant)`")]),
        ("origins = any, allow = \"redundant\"", &[("allow = \"redundant\"", "write `allow(redundant)`")]),
        ("origins = any, allow[redundant]", &[("allow[redundant]", "write `allow(redundant)`")]),
        ("origins = any, allow(\"redundant\")", &[("\"redundant\"", "write `redundant`")]),
        ("origins = any, allow(everything)", &[("everything", "`open_scheme`, `unenforced_websocket`")]),
        ("origins = any, allow(+)", &[("+", "write `allow(redundant)`")]),
        // Keys of no policy.
        (
            "origins = any, state = App",
            &[(
                "state",
                "`state` is only used beside `delegate`\nhelp: write `delegate = policy_of_tenant`, or remove it",
            )],
        ),
        ("delegate = of_tenant, state = 5", &[("5", "`state` takes a type\nhelp: write `state = AppState`")]),
        (
            "origins = any, crate = \"framework::cors\"",
            &[("\"framework::cors\"", "write `crate = framework::cors`")],
        ),
        ("origins = any, crate", &[("crate", "write `crate = my_framework::cors`")]),
        (
            "policy = PARTNER, timing",
            &[(
                "policy",
                "`policy` cannot be combined with `timing`\nhelp: remove it, or remove everything else",
            )],
        ),
        (
            "policy = PARTNER, timing, credentials",
            &[(
                "policy",
                "`policy` cannot be combined with other keys\nhelp: remove it, or remove everything else",
            )],
        ),
        // One error, with the key that was meant.
        ("Any", &[("Any", "unknown key `Any`\nhelp: write `origins = any`")]),
        ("permissive", &[("permissive", "write `origins = any`")]),
        ("orig", &[("orig", "write `origins`")]),
        ("colour", &[("colour", "`delegate`, `state`, `crate`, `none`")]),
        ("origins = any, strict", &[("strict", "write `enforce(strict)`")]),
        ("origins = any, timing_allow_origin", &[("timing_allow_origin", "write `timing`")]),
        // `enforce`
        ("origins = any, enforce = strict", &[("enforce = strict", "write `enforce(strict)`")]),
        ("origins = any, enforce(\"strict\")", &[("enforce(\"strict\")", "write `enforce(strict)`")]),
        ("origins = any, enforce[strict]", &[("enforce[strict]", "write `enforce(strict)`")]),
        ("origins = any, timing = true", &[("timing = true", "write `timing`")]),
        // Values that nobody can see here.
        (
            "origins = [env!(\"SHOP\")]",
            &[(
                "env!(\"SHOP\")",
                "`env!(..)` cannot be used here: macros see names, not values\nhelp: write `env(\"SHOP\")`, which reads the variable when the router is finished",
            )],
        ),
        (
            "origins = [option_env!(\"SHOP\")]",
            &[(
                "option_env!(\"SHOP\")",
                "write `env(\"SHOP\")`, which reads the variable when the router is finished",
            )],
        ),
        (
            "origins = [std::env::var(\"SHOP\")]",
            &[(
                "std::env::var(\"SHOP\")",
                "write `env(\"SHOP\")`, which reads the variable when the router is finished",
            )],
        ),
        (
            "origins = any, headers = [env!(\"A\")]",
            &[("env!(\"A\")", "write a `const` with this value, and its name here")],
        ),
        ("origins = any, max_age = MAX_AGE", &[("MAX_AGE", "\"10m\" or \"2h\"")]),
        (
            "origins = any, max_age = 60 * MINUTE",
            &[(
                "60 * MINUTE",
                "`max_age` can be calculated from integers only: macros see names, not values\nhelp: write whole seconds, for example 600, or a text, for example \"10m\" or \"2h\"",
            )],
        ),
        ("origins = any, max_age = 7 / 2", &[("7 / 2", "\"10m\" or \"2h\"")]),
        ("origins = any, max_age = 1 - 2", &[("1 - 2", "\"10m\" or \"2h\"")]),
        ("origins = any, max_age = 1 / 0", &[("1 / 0", "\"10m\" or \"2h\"")]),
        ("origins = any, max_age = 60 * 60 * 25", &[("60 * 60 * 25", "write at most 86400")]),
        (
            "origins = any, max_age = Duration::from_secs(10 * 60)",
            &[("Duration::from_secs(10 * 60)", "write 600")],
        ),
        ("origins = any, max_age = Duration::from_hours(2)", &[("Duration::from_hours(2)", "write 7200")]),
        (
            "origins = any, headers = [HeaderName::from_static(\"x-a\")]",
            &[("HeaderName::from_static(\"x-a\")", "write \"x-a\"")],
        ),
        (
            "origins = [String::from(\"https://a.example\")]",
            &[("String::from(\"https://a.example\")", "write \"https://a.example\"")],
        ),
        // The code of the policy is not in the `impl` block.
        ("origins = [Self::SHOP]", &[("Self", "write the name of the type: `Type::SHOP`")]),
        ("origins = when(Self::is_ours)", &[("Self", "write the name of the type: `Type::is_ours`")]),
        ("policy = Self::PARTNER", &[("Self", "write the name of the type: `Type::PARTNER`")]),
        ("delegate = Self::of_tenant", &[("Self", "write the name of the type: `Type::of_tenant`")]),
        // Conditions.
        ("origins = [#[cfg(a)] any]", &[("any", "and here `policy = SHOP`")]),
        ("origins = [#[cfg(a)] regex(\"https://a\")]", &[("\"https://a\"", "and here `policy = SHOP`")]),
        ("origins = any, methods = [#[cfg(a)] \"PUT\"]", &[("\"PUT\"", "and here `policy = SHOP`")]),
        ("#[cfg(a)] origins = any", &[("#[cfg(a)] origins = any", "and here `policy = SHOP`")]),
        ("origins = [#[allow(x)] \"https://a.example\"]", &[("#[allow(x)]", "remove it")]),
        (
            "origins = [\"https://a.example\", #[cfg(a)]]",
            &[("#[cfg(a)]", "write an entry behind it, for example \"https://shop.example\"")],
        ),
        (
            "origins = [#[cfg(a)] \"https://a.example\", \"https://b.example\", \"https://b.example\"]",
            &[("\"https://b.example\"", "remove it, or add `allow(redundant)`")],
        ),
        (
            "origins = [#[cfg(a)] \"https://b.a.example\", \"https://*.a.example\"]",
            &[("\"https://b.a.example\"", "remove it, or add `allow(redundant)`")],
        ),
        (
            "origins = [SHOP, SHOP]",
            &[("SHOP", "`SHOP` is already listed\nhelp: remove it, or add `allow(redundant)`")],
        ),
        // Stars.
        (
            "origins = [\"https://shop-*-acme.vercel.app\"], credentials",
            &[(
                "\"https://shop-*-acme.vercel.app\"",
                "write `regex(r\"https://shop-[a-z0-9-]+-acme\\.vercel\\.app\")` and add `allow(public_suffix)`",
            )],
        ),
        ("origins = any, headers = [\"x-amz-meta-*\"]", &[("\"x-amz-meta-*\"", "write each name in full")]),
        ("origins = any, expose = [\"x-amz-*\"]", &[("\"x-amz-*\"", "write each name in full")]),
        ("origins = any, methods = [\"P*\"]", &[("\"P*\"", "write each method in full")]),
        // Forms that are nearly right.
        ("origins = any, max_age(600)", &[("max_age(600)", "write `max_age = 600`")]),
        (
            "origins = any, max_age(a + b)",
            &[("max_age(a + b)", "write `max_age = 600`"), ("a + b", "for example \"10m\" or \"2h\"")],
        ),
        ("origins = any, max_age = ! 5", &[("! 5", "for example \"10m\" or \"2h\"")]),
        ("origins = any, crate = <A as B>::C", &[("<A as B>::C", "write `crate = my_framework::cors`")]),
        ("policy(5)", &[("policy(5)", "write `policy = PARTNER`")]),
        ("origins = any, allow = redundant", &[("allow = redundant", "write `allow(redundant)`")]),
        ("origins = any, allow redundant", &[("allow redundant", "write `allow(redundant)`")]),
        ("origins = any, allow = (redundant)", &[("allow = (redundant)", "write `allow(redundant)`")]),
        ("origins = any, allow \"redundant\"", &[("allow \"redundant\"", "write `allow(redundant)`")]),
        ("origins = any, allow", &[("allow", "write `allow(redundant)`")]),
        ("origins = any, allow, timing", &[("allow", "write `allow(redundant)`")]),
        ("origins = [env(5)]", &[("env(5)", "default = [\"http://localhost:3000\"])`")]),
        (
            "origins = [env(NAME, default = [])]",
            &[("env(NAME, default = [])", "default = [\"http://localhost:3000\"])`")],
        ),
        (
            "origins = [env(\"A\", fallback = [\"https://a.example\"])]",
            &[("env(\"A\", fallback = [\"https://a.example\"])", "default = [\"http://localhost:3000\"])`")],
        ),
        (
            "origins = [env(\"A\", default: [\"https://a.example\"])]",
            &[("env(\"A\", default: [\"https://a.example\"])", "default = [\"http://localhost:3000\"])`")],
        ),
        (
            "origins = [env(\"A\", default = (\"https://a.example\"))]",
            &[("env(\"A\", default = (\"https://a.example\"))", "default = [\"http://localhost:3000\"])`")],
        ),
        ("origins = [A, A]", &[("A", "remove it, or add `allow(redundant)`")]),
        ("origins = [#[cfg(a)] A, #[cfg(a)] A]", &[("A", "remove it, or add `allow(redundant)`")]),
        ("origins = [A, #[cfg(a)] A]", &[("A", "remove it, or add `allow(redundant)`")]),
        ("origins = [#[cfg(a)] A, A]", &[]),
        ("[] = any", &[("[] = any", "`crate`, `none`")]),
        (
            "\"https://a.example\"",
            &[("\"https://a.example\"", "found a literal\nhelp: write `origins = [\"https://a.example\"]`")],
        ),
        (
            "(\"https://a.example\")",
            &[("(\"https://a.example\")", "found a group\nhelp: write `origins = [\"https://a.example\"]`")],
        ),
        (
            "\"origins\" [\"https://a.example\"]",
            &[(
                "\"origins\" [\"https://a.example\"]",
                "found a literal\nhelp: write `origins = [\"origins\"]`",
            )],
        ),
        (
            "timing, enforce,, none",
            &[
                (",", "there is nothing before this `,`\nhelp: remove it"),
                ("none", "remove it, or remove everything else"),
            ],
        ),
        // Values of the wrong kind, each with what its key takes.
        (
            "origins = Some([\"https://a.example\"])",
            &[(
                "Some([\"https://a.example\"])",
                "`origins` takes a list, or `any`\nhelp: write `origins = [\"https://shop.example\"]`",
            )],
        ),
        (
            "origins = [5]",
            &[(
                "5",
                "an origin is a string literal, a constant, `any`, `regex(..)`, `env(..)` or `when(..)`\nhelp: write \"https://shop.example\"",
            )],
        ),
        (
            "origins = any, headers = [5]",
            &[(
                "5",
                "an entry of `headers` is a string literal, a constant or `any`\nhelp: write \"content-type\"",
            )],
        ),
        ("origins = any, headers = [c\"x-a\"]", &[("c\"x-a\"", "help: write \"x-a\"")]),
        (
            "origins = [env(\"A\", default = [B])]",
            &[(
                "[B]",
                "`default` must be a list of string literals\nhelp: write a name and a default, for example `env(\"CORS_ORIGINS\", default = [\"http://localhost:3000\"])`",
            )],
        ),
        (
            "origins = [env(\"A\", default = [#[cfg(a)] \"https://a.example\"])]",
            &[("[#[cfg(a)] \"https://a.example\"]", "default = [\"http://localhost:3000\"])`")],
        ),
        (
            "origins = any, max_age(\"10m\")",
            &[("max_age(\"10m\")", "`max_age` takes its value after `=`\nhelp: write `max_age = \"10m\"`")],
        ),
        (
            "origins = any, max_age = +10",
            &[(
                "+10",
                "`max_age` takes a number of seconds, or a text\nhelp: write whole seconds, for example 600, or a text, for example \"10m\" or \"2h\"",
            )],
        ),
        (
            "origins = any, max_age = Duration::from_mins(10)",
            &[("Duration::from_mins(10)", "`max_age` takes a number of seconds, or a text\nhelp: write 600")],
        ),
        (
            "delegate = 5",
            &[("5", "`delegate` takes the path of a function\nhelp: write `delegate = policy_of_tenant`")],
        ),
        ("state = 5, delegate = a", &[("5", "`state` takes a type\nhelp: write `state = AppState`")]),
        (
            "crate = 5, none",
            &[("5", "`crate` takes the path of `cors_runtime`\nhelp: write `crate = my_framework::cors`")],
        ),
        ("policy = 5", &[("5", "`policy` takes the path of a policy\nhelp: write `policy = PARTNER`")]),
        (
            "origins = any, allow redundant",
            &[("allow redundant", "`allow` takes names in parentheses\nhelp: write `allow(redundant)`")],
        ),
        (
            "origins = any, allow = redundant",
            &[("allow = redundant", "`allow` takes names in parentheses\nhelp: write `allow(redundant)`")],
        ),
        (
            "origins = any, allow headers = [\"x-a\"]",
            &[
                ("allow", "`allow` takes names in parentheses\nhelp: write `allow(redundant)`"),
                ("headers", "expected `,` before `headers`\nhelp: write `,` in front of it"),
            ],
        ),
        // Constants have names in upper case, and no operator but `&`.
        ("origins = [&A, b::B]", &[]),
        ("origins = [*A]", &[("*A", "help: write \"https://shop.example\"")]),
        ("origins = [Abc]", &[("Abc", "help: write \"https://shop.example\"")]),
        // `none`
        ("none, credentials", &[("none", "remove it, or remove everything else")]),
        ("origins = any, none", &[("none", "remove it, or remove everything else")]),
        ("none, none", &[("none", "remove it")]),
        ("none = true", &[("none = true", "write `none`")]),
    ];
    for (policy, expected) in rows {
        assert_mistakes(policy, &mistakes(policy), expected);
    }
}

#[test]
fn functions() {
    for (item, expected) in [
        ("pub(crate) async fn show() {}", &[][..]),
        ("#[a] /// Text.\n pub async unsafe extern \"C\" fn show<T>(x: T) -> T where T: A {}", &[]),
        ("fn show() {}", &[("fn", "handlers must be async, and `show` is not\nhelp: write `async fn`")]),
        ("async fn show();", &[(";", "`get(cors(&POLICY, show))`")]),
        ("fn r#async();", &[("fn", "write `async fn`"), (";", "`get(cors(&POLICY, async))`")]),
        (
            "#[a] #[cors_runtime::cors(none)] async fn show() {}",
            &[(
                "#[cors_runtime::cors(none)]",
                "`show` has more than one `#[cors]`\nhelp: merge them into one",
            )],
        ),
        (
            "pub struct Show;",
            &[("struct", "`#[cors]` goes on a handler, not on `struct`\nhelp: write it on an `async fn`")],
        ),
        ("#[a(fn)] impl Show { async fn show() {} }", &[("impl", "write it on each handler inside")]),
        ("unsafe impl Show {}", &[("impl", "write it on each handler inside")]),
        ("mod show;", &[("mod", "write it on each handler inside")]),
        ("const SHOW: fn() = show;", &[("const", "write it on an `async fn`")]),
        ("extern \"C\" { fn show(); }", &[("extern", "write it on an `async fn`")]),
        ("pub extern crate show;", &[("extern", "write it on an `async fn`")]),
        ("show! {}", &[("show", "write it on an `async fn`")]),
        ("async fn show() {} {}", &[("{", "expected the handler's body")]),
        (
            "#[axum::debug_handler] async fn show() {}",
            &[(
                "#[axum::debug_handler]",
                "`#[axum::debug_handler]` looks at the return type, which `#[cors]` changes\nhelp: write \
                 `#[axum::debug_handler]` above `#[cors(..)]`",
            )],
        ),
        (
            "#[debug_handler(state = App)] async fn show() {}",
            &[("#[debug_handler(state = App)]", "above `#[cors(..)]`")],
        ),
        (
            "async fn show(&self) {}",
            &[("&self", "or mount a closure: `get(cors(&POLICY, async move || shop.show().await))`")],
        ),
        ("async fn show(&mut self, id: u8) {}", &[("&mut self", "shop.show().await))`")]),
        // It may be an extractor.
        ("async fn show(self) {}", &[]),
        (
            "fn show<'life0, 'async_trait>(x: &'life0 u8) -> Pin<Box<dyn Future<Output = u8> + Send + 'async_trait>> {}",
            &[(
                "fn",
                "`#[async_trait]` makes `show` a function that returns a boxed future\nhelp: remove `#[cors]` here, \
                 and mount it with its policy: `get(cors(&POLICY, show))`",
            )],
        ),
        (
            "fn show() -> impl Future<Output = Json<Vec<u8>>> + Send {}",
            &[(
                "fn",
                "`show` returns a future, and is not an `async fn`\nhelp: write `async fn show(..) -> Json<Vec<u8>>`, or \
                 remove `#[cors]` and mount it with its policy: `get(cors(&POLICY, show))`",
            )],
        ),
        ("fn show() -> BoxFuture<'static, u8> {}", &[("fn", "`get(cors(&POLICY, show))`")]),
        ("fn show() -> Pin<Box<dyn Future<Output = ()> + Send>> {}", &[("fn", "`get(cors(&POLICY, show))`")]),
        (
            "async fn show(a: A, b: A, c: A, d: A, e: A, f: A, g: A, h: A, i: A, j: A, k: A, l: A, m: A, n: A, o: A, p: A, q: A) {}",
            &[(
                "a: A, b: A, c: A, d: A, e: A, f: A, g: A, h: A, i: A, j: A, k: A, l: A, m: A, n: A, o: A, p: A, q: A",
                "or a struct that derives `FromRequestParts`",
            )],
        ),
        (
            "async fn show(a: A, b: A, c: A, d: A, e: A, f: A, g: A, h: A, i: A, j: A, k: A, l: A, m: A, n: A, o: A, p: A) {}",
            &[],
        ),
        (
            "fn show<'a>(x: &'a u8) -> BoxFuture<'a, u8> {}",
            &[(
                "fn",
                "`show` returns a future, and is not an `async fn`\nhelp: write `async fn show(..) -> u8`, or remove \
                 `#[cors]` and mount it with its policy: `get(cors(&POLICY, show))`",
            )],
        ),
        ("fn show() -> (impl Future<Output = u8>) {}", &[("fn", "`get(cors(&POLICY, show))`")]),
        (
            "fn show() -> impl Future<Other = A, Output = u8> {}",
            &[(
                "fn",
                "`async fn show(..) -> u8`, or remove `#[cors]` and mount it with its policy: `get(cors(&POLICY, show))`",
            )],
        ),
        ("async fn show() (x)", &[("(", "expected the handler's body")]),
        ("! struct Show;", &[("!", "write it on an `async fn`")]),
        ("(x) struct Show;", &[("(x)", "write it on an `async fn`")]),
    ] {
        assert_mistakes(item, &mistakes_of_item(item), expected);
    }
    assert_mistakes("", &mistakes_of_item(""), &[("", "unexpected end of input, expected `fn`")]);
}

/// What is reported for the arguments of a handler.
fn mistakes_of_arguments(policy: &str, arguments: &str) -> Vec<(String, String)> {
    let mut errors = Errors::default();
    let args = parse::policy(tokens(policy), &mut errors);
    let spec = check::to_spec(&args);
    let mut policy = check::policy(&args, &spec, &mut errors);
    let item = tokens(&format!("async fn show({arguments}) {{}}"));
    let function = AnnotatedFunction::parse(item, &mut errors).ok().unwrap();
    signature::check(&function.sig, &mut policy, &args.allow, &mut errors);
    reported(errors)
}

#[test]
fn arguments_that_pages_cannot_send() {
    const BODY: &str = "pages cannot send a `Json` body, because `content-type` is not in `headers`\nhelp: add \
                        \"content-type\" to `headers`, or `allow(missing_content_type)`";
    const TOKEN: &str = "pages cannot send `Authorization`, because `authorization` is not in `headers`\nhelp: add \
                         \"authorization\" to `headers`, or `allow(missing_authorization)`";
    const COOKIES: &str = "pages cannot send the cookies of `CookieJar`, because `credentials` is missing\nhelp: add \
                           `credentials`, or `allow(missing_credentials)`";

    for (policy, arguments, expected) in [
        ("origins = any", "Path(id): Path<u64>, Json(item): Json<Item>", &[("Json<Item>", BODY)][..]),
        ("origins = any", "item: Option<Json<Item>>", &[("Option<Json<Item>>", BODY)]),
        ("origins = any", "item: Result<axum::Json<Item>, E>", &[("Result<axum::Json<Item>, E>", BODY)]),
        ("origins = any, headers = [\"x-a\"]", "item: Json<Item>", &[("Json<Item>", BODY)]),
        ("origins = any, headers = [\"Content-Type\"]", "item: Json<Item>", &[]),
        ("origins = any, headers = any", "item: Json<Item>", &[]),
        ("origins = any, allow(missing_content_type)", "item: Json<Item>", &[]),
        ("none", "item: Json<Item>", &[]),
        ("origins = any", "item: Form<Item>", &[]),
        // `*` does not cover it.
        (
            "origins = any, headers = any",
            "TypedHeader(token): TypedHeader<Authorization<Bearer>>",
            &[("TypedHeader<Authorization<Bearer>>", TOKEN)],
        ),
        ("origins = any, headers = [\"authorization\"]", "token: TypedHeader<Authorization<Bearer>>", &[]),
        ("origins = any", "agent: TypedHeader<UserAgent>", &[]),
        ("origins = any", "jar: CookieJar", &[("CookieJar", COOKIES)]),
        ("origins = [\"https://a.example\"], credentials", "jar: CookieJar", &[]),
        (
            "origins = any",
            "jar: CookieJar, item: Json<Item>",
            &[("CookieJar", COOKIES), ("Json<Item>", BODY)],
        ),
        // These are for the compiler, which knows the constant and the policy.
        ("origins = any, headers = [A]", "item: Json<Item>", &[]),
        ("policy = A", "item: Json<Item>", &[]),
        ("origins = any, headers = [A]", "jar: CookieJar", &[("CookieJar", COOKIES)]),
    ] {
        assert_mistakes(
            &format!("{policy} for {arguments}"),
            &mistakes_of_arguments(policy, arguments),
            expected,
        );
    }
}

/// The text of tokens, whatever the space between them.
fn squeezed(tokens: &TokenStream) -> String {
    tokens.to_string().split_whitespace().collect()
}

#[test]
fn a_handler_and_its_code() {
    let attr = r#"
        origins = ["https://shop.example", "https://*.shop.example:*"],
        headers = [any, "Authorization"],
        expose = ["ETag"],
        methods = ["GET", "PUT"],
        max_age = "10m",
        allow(redundant),
        enforce,
    "#;
    let item = r#"
        /// Shows a product.
        #[inline]
        pub(crate) async fn show<T>(Path(id): Path<T>) -> Result<impl IntoResponse, Error>
        where
            T: FromStr,
        {
            #![allow(unused)]
            Ok(id.to_string())
        }
    "#;
    let expected = r#"
        #[doc = " Shows a product."]
        #[inline]
        #[allow(unused)]
        #[cfg_attr(doc, doc = "")]
        #[cfg_attr(doc, doc = "**CORS**: pages of `https://shop.example`, `https://*.shop.example:*` can read this. Methods: `GET`, `PUT`. Request headers: any, and `authorization`. Exposed response headers: `etag`. Answers to preflights are kept for 600 s. Requests from other origins are refused.")]
        pub(crate) async fn show<T>(Path(id): Path<T>)
            -> ::cors_runtime::Cors<Result<impl IntoResponse, Error>, impl ::cors_runtime::routing::mount_with_this_module::HasPolicy>
        where
            T: FromStr,
        {
            struct __CorsPolicy;
            impl ::cors_runtime::routing::mount_with_this_module::HasPolicy for __CorsPolicy {
                fn policy() -> ::cors_runtime::__private::PolicySource {
                    ::cors_runtime::__private::handler(
                        &::cors_runtime::__private::PolicyParts {
                            origins: ::cors_runtime::__private::OriginParts::List {
                                entries: &[
                                    ::cors_runtime::__private::Entry::Text("https://shop.example"),
                                    ::cors_runtime::__private::Entry::Text("https://*.shop.example:*")
                                ],
                                regexes: ::core::option::Option::None,
                                functions: &[],
                            },
                            headers: ::cors_runtime::__private::NameParts { any: true, names: &["authorization"] },
                            expose: ::cors_runtime::__private::NameParts { any: false, names: &["etag"] },
                            methods: &["GET", "PUT"],
                            settings: ::cors_runtime::__private::Settings {
                                max_age: ::core::option::Option::Some(600u32),
                                credentials: false,
                                enforce: ::cors_runtime::__private::Enforce::CrossOrigin,
                                timing: false,
                            },
                            allow: &[::cors_runtime::__private::Allow::Redundant],
                            file: ::core::file!(),
                            line: ::core::line!(),
                            name: "show",
                        }
                    )
                }
            }
            ::cors_runtime::__private::cors(
                async move {
                    if let ::core::option::Option::Some(__cors_value) =
                        ::core::option::Option::<Result<_, Error>>::None
                    {
                        return __cors_value;
                    }
                    '__cors_body: { Ok(id.to_string()) }
                }
                .await,
                __CorsPolicy,
            )
        }
    "#;
    assert_eq!(squeezed(&attribute(tokens(attr), tokens(item))), squeezed(&tokens(expected)));
}

/// `impl Trait` is a type in signatures only, wherever it is in one.
#[test]
fn impl_trait_in_a_return_type() {
    let item = "async fn show() -> Result<((u8, [impl A; 2]), &'static impl B, *const impl C, Box<dyn D<T = impl E>>, \
                (impl F), Box<[impl G]>), impl H> {}";
    let code = squeezed(&attribute(tokens("none"), tokens(item)));
    let erased = "Result<((u8,[_;2]),&'static_,*const_,Box<dynD<T=_>>,(_),Box<[_]>),_>>::None";
    assert!(code.contains(erased), "{code}");
}

/// Types in parentheses, as macros by example may write them, are looked into.
#[test]
fn arguments_in_parentheses() {
    for item in ["async fn show(item: Json<Item>) {}", "async fn show(item: (Json<Item>)) {}"] {
        let code = attribute(tokens("origins = [\"https://shop.example\"]"), tokens(item)).to_string();
        assert!(code.contains("compile_error") && code.contains("content-type"), "{item}: {code}");
    }
}

#[test]
fn the_shapes_of_origins() {
    for (attr, code) in [
        ("none", "origins : :: cors_runtime :: __private :: OriginParts :: None ,"),
        ("origins = any", "origins : :: cors_runtime :: __private :: OriginParts :: Any ,"),
        (
            "origins = [\"https://a.example:8443\", \"https://*.a.example\"]",
            "OriginParts :: List { entries : & [:: cors_runtime :: __private :: Entry :: Text (\"https://a.example:8443\") , \
             :: cors_runtime :: __private :: Entry :: Text (\"https://*.a.example\")] ,",
        ),
        (
            "origins = when(crate::is_ours)",
            "functions : & [(\"crate::is_ours\" , | __cors_origin | crate :: is_ours (__cors_origin))] ,",
        ),
        (
            "origins = [\"https://a.example\", env(\"A\"), env(\"B\", default = [\"https://b.example\"])], allow(redundant)",
            "List { entries : & [:: cors_runtime :: __private :: Entry :: Text (\"https://a.example\") , \
             :: cors_runtime :: __private :: Entry :: Env { name : \"A\" , default : :: core :: option :: Option :: None } , \
             :: cors_runtime :: __private :: Entry :: Env { name : \"B\" , default : :: core :: option :: Option :: Some \
             (& [\"https://b.example\"]) }] , regexes : :: core :: option :: Option :: None ,",
        ),
        (
            "origins = any, allow(redundant)",
            "allow : & [:: cors_runtime :: __private :: Allow :: Redundant] ,",
        ),
        (
            "policy = PARTNER",
            "fn policy () -> :: cors_runtime :: __private :: PolicySource { \
             :: cors_runtime :: __private :: NamedPolicy :: named (& PARTNER , \
             :: cors_runtime :: __private :: Named { path : \"PARTNER\" , handler : \"show\" } ,",
        ),
        (
            "origins = [\"https://a.example\", when(f)]",
            "Entry :: Text (\"https://a.example\")] , regexes : :: core :: option :: Option :: None , \
             functions : & [(\"f\" , | __cors_origin | f (__cors_origin))] ,",
        ),
        (
            "origins = [SHOP, #[cfg(a)] \"https://a.example\"]",
            "entries : & [:: cors_runtime :: __private :: Entry :: Text (SHOP) , \
             # [cfg (a)] :: cors_runtime :: __private :: Entry :: Text (\"https://a.example\")] ,",
        ),
        (
            "origins = [SHOP], credentials, allow(insecure_origins)",
            "const _ : () = if let :: core :: option :: Option :: Some (__cors_message) = \
             :: cors_runtime :: __private :: constant :: origin (SHOP , true , \
             & [:: cors_runtime :: __private :: Allow :: InsecureOrigins]) { :: core :: panic ! (\"{}\" , __cors_message) } ;",
        ),
        (
            "origins = any, headers = [X_A, any, #[cfg(a)] \"authorization\"]",
            "NameParts { any : true , names : & [X_A , # [cfg (a)] \"authorization\"] } ,",
        ),
        ("origins = any, headers = [X_A]", "constant :: header (X_A , & []) {"),
        (
            "origins = any, expose = [#[cfg(a)] X_A]",
            "# [cfg (a)] const _ : () = if let :: core :: option :: Option :: Some (__cors_message) = :: cors_runtime :: __private :: constant :: exposed_header (X_A) {",
        ),
        ("origins = any, methods = [PURGE]", "methods : & [PURGE] ,"),
        ("origins = any, timing", "timing : true ,"),
        ("origins = any, enforce(strict)", "enforce : :: cors_runtime :: __private :: Enforce :: Strict ,"),
        (
            "none, allow(unenforced_websocket)",
            "allow : & [:: cors_runtime :: __private :: Allow :: UnenforcedWebsocket] ,",
        ),
        (
            "policy = PARTNER, allow(unenforced_websocket)",
            "Added { enforce : :: cors_runtime :: __private :: Enforce :: Off , unenforced_websocket : true }",
        ),
        (
            "crate = crate::cors, origins = any",
            "-> crate :: cors :: Cors < () , impl crate :: cors :: routing :: mount_with_this_module :: HasPolicy >",
        ),
        (
            "delegate = of_tenant, enforce",
            ":: cors_runtime :: __private :: delegate (of_tenant , :: core :: file ! () , :: core :: line ! () , \
             :: cors_runtime :: __private :: Named { path : \"of_tenant\" , handler : \"show\" } , \
             :: cors_runtime :: __private :: Added { enforce : :: cors_runtime :: __private :: Enforce :: CrossOrigin ,",
        ),
    ] {
        let expansion = attribute(tokens(attr), tokens("async fn show() {}")).to_string();
        assert!(expansion.contains(code), "{attr}\n{code}\nis not in\n{expansion}");
    }
}

/// With a mistake, the handler has no documentation of its policy, grants nothing, and is a handler all the
/// same.
#[test]
fn a_stand_in_after_mistakes() {
    for (attr, item) in [
        ("origins = [\"https://a.example/\"], credentials", "async fn show() {}"),
        ("credentials = true", "fn show() {}"),
        ("= =", "async fn show();"),
    ] {
        let expansion = attribute(tokens(attr), tokens(item)).to_string();
        for code in ["compile_error !", "async fn show ()", "OriginParts :: None", "credentials : false"] {
            assert!(expansion.contains(code), "{attr} {item}: {code}\n{expansion}");
        }
        assert!(!expansion.contains("CORS"), "{expansion}");
    }
    let expansion = attribute(tokens("none"), tokens("struct Show;")).to_string();
    assert!(expansion.ends_with("struct Show ;"), "{expansion}");
}

/// Numbers that look random and are the same every time.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }

    fn salad(&mut self, words: &[&str], depth: usize) -> String {
        let mut salad = String::new();
        for _ in 0..self.below(8) {
            let brackets = ["()", "[]", "{}"][self.below(3)];
            match self.below(6) {
                0 if depth > 0 => {
                    let (open, close) = brackets.split_at(1);
                    salad += &format!("{open}{}{close} ", self.salad(words, depth - 1));
                }
                _ => salad += &format!("{} ", words[self.below(words.len())]),
            }
        }
        salad
    }
}

#[test]
fn random_tokens_never_panic() {
    let policy_words = [
        "origins",
        "headers",
        "expose",
        "methods",
        "max_age",
        "credentials",
        "enforce",
        "allow",
        "none",
        "any",
        "=",
        "=",
        "=",
        ",",
        ",",
        ",",
        ":",
        ";",
        "-",
        "*",
        "::",
        "!",
        "#",
        "'a",
        "origin",
        "maxAge",
        "r#none",
        "redundant",
        "colour",
        "true",
        "é",
        "600",
        "-1",
        "1.5",
        "10m",
        "0x1fu8",
        "'c'",
        "b\"a\"",
        "c\"a\"",
        "\"*\"",
        "\"https://a.example\"",
        "\"https://*.a.example:*\"",
        "\"\"",
        "\"x\"y",
        "[\"https://b.example\"]",
        "[any]",
    ];
    let item_words = [
        "async",
        "fn",
        "show",
        "pub",
        "(crate)",
        "const",
        "unsafe",
        "extern",
        "\"C\"",
        "#",
        "!",
        "[cors]",
        "[doc]",
        "()",
        "{}",
        "{ #![a] }",
        "{ #! }",
        ";",
        "->",
        "<T>",
        "impl",
        "Trait",
        "where",
        "struct",
        "(x: u8)",
        ",",
    ];
    let mut random = Random(1);
    for _ in 0..2_000 {
        let policy = random.salad(&policy_words, 2);
        let found = mistakes(&policy);
        assert!(found.iter().all(|(_, text)| text.contains("\nhelp: ")), "{policy}\n{found:#?}");

        let expansion = attribute(tokens(&policy), tokens("async fn show() {}"));
        let errors = expansion.to_string().matches("compile_error !").count();
        assert_eq!(errors, found.len(), "{policy}");
        assert!(syn::parse2::<syn::File>(expansion).is_ok(), "{policy}");

        let item = random.salad(&item_words, 1);
        let expansion = attribute(tokens("none"), tokens(&item)).to_string();
        assert!(!expansion.is_empty(), "{item}");
    }
}
