//! Bad values, each by all ways into a program, with the whole error.

use axum::Router;
use cors_runtime::{CorsRouter, Policy, PolicyBuilder, cors, get, policy};
use serde_json::{Value, json};
use temp_env::with_var;

use crate::{help_in_documents, help_in_variable, help_of_builder};

static WITHOUT_CREDENTIALS: Policy = policy! { origins = ["https://*.fixed.example", env("CORS_REFUSED")] };

static WITH_CREDENTIALS: Policy =
    policy! { origins = ["https://*.fixed.example", env("CORS_REFUSED")], credentials };

const FORM: &str = "write scheme, host and port as browsers send them, for example \"https://shop.example\", \
                    \"https://*.shop.example\" or \"http://localhost:3000\"";
const SHOP: &str = "write \"https://shop.example\"";
const PORT: &str = "write a port from 1 to 65535, or `*` for any";
const SECURE: &str = "write it with `https://`, or add `allow(insecure_origins)`";
const OWN: &str = "list the names that are yours, or add `allow(public_suffix)`";
const BOTH: &str = "write \"https://a.example\", \"https://b.example\"";
const SUBDOMAINS: &str = "write the subdomains of one domain, for example \"https://*.shop.example\"";

/// The entry beside `https://*.fixed.example`, the message and the help.
type Row = (&'static str, &'static str, &'static str);

/// These are refused with credentials and without.
const ORIGINS: [Row; 52] = [
    ("shop.example", "`shop.example` is missing a scheme", SHOP),
    ("//shop.example", "`//shop.example` is missing a scheme", SHOP),
    ("://shop.example", "`://shop.example` is missing a scheme", SHOP),
    ("localhost:3000", "`localhost:3000` is missing a scheme", "write \"http://localhost:3000\""),
    ("*.shop.example", "`*.shop.example` is missing a scheme", "write \"https://*.shop.example\""),
    ("https:shop.example", "`https:shop.example` is missing `//`", SHOP),
    (
        "null",
        "`null` is the origin of every sandboxed frame and local file, and anyone can create one",
        "list the origins that you mean, or write `any` to let every origin read, without credentials",
    ),
    (
        "Null",
        "`null` is the origin of every sandboxed frame and local file, and anyone can create one",
        "list the origins that you mean, or write `any` to let every origin read, without credentials",
    ),
    (
        "file:///srv/index.html",
        "all local files share one origin: `null`, or `file://` in Electron and old WebViews",
        "serve the page from a web server, for example from `http://localhost:8000`, or under a scheme of your own, and \
         list that origin",
    ),
    (
        "data:text/html",
        "`data:` documents have the origin `null`, and anyone can create one",
        "serve the page from a web server, for example from `http://localhost:8000`, or under a scheme of your own, and \
         list that origin",
    ),
    (
        "https://Shop.example",
        "`https://Shop.example` has upper case, which browsers never send in an origin",
        SHOP,
    ),
    (
        "HTTPS://shop.example",
        "`HTTPS://shop.example` has upper case, which browsers never send in an origin",
        SHOP,
    ),
    (
        "https://münchen.example",
        "`https://münchen.example` is not ASCII: browsers send the punycode form of such a host",
        "write the host as `new URL(\"https://…\").host` prints it in a browser, for example `xn--mnchen-3ya.example`",
    ),
    (
        "https://shop.example/",
        "`https://shop.example/` has a slash at the end, which is not part of an origin",
        SHOP,
    ),
    (
        "https://shop.example/cart",
        "`https://shop.example/cart` has a path, which is not part of an origin",
        SHOP,
    ),
    (
        "https://shop.example?x=1",
        "`https://shop.example?x=1` has a query, which is not part of an origin",
        SHOP,
    ),
    (
        "https://shop.example#top",
        "`https://shop.example#top` has a fragment, which is not part of an origin",
        SHOP,
    ),
    (
        "https://me@shop.example",
        "`https://me@shop.example` has a user name, which is not part of an origin",
        SHOP,
    ),
    (
        "https://me:secret@shop.example",
        "`https://me:secret@shop.example` has a user name, which is not part of an origin",
        SHOP,
    ),
    ("https://shop.example:443", "443 is the default port of `https`, and browsers omit it", SHOP),
    (
        "http://localhost:80",
        "80 is the default port of `http`, and browsers omit it",
        "write \"http://localhost\"",
    ),
    ("https://shop.example:0", "`0` is not a valid port", PORT),
    ("https://shop.example:65536", "`65536` is not a valid port", PORT),
    ("https://shop.example:+1", "`+1` is not a valid port", PORT),
    ("https://shop.example:https", "`https` is not a valid port", PORT),
    ("https://shop.example:", "`https://shop.example:` has a colon but no port", SHOP),
    (
        "https://shop.example:08443",
        "`08443` has leading zeros, which browsers never send",
        "write \"https://shop.example:8443\"",
    ),
    (
        "https://shop.example:84*",
        "the `*` in `84*` must replace the whole port",
        "write \"https://shop.example:*\"",
    ),
    (
        "https://*",
        "`https://*` would match every https origin",
        "write `any` to let every origin read, without credentials, or write the subdomains of one domain, for example \
         \"https://*.shop.example\"",
    ),
    (
        "**",
        "`**` is not a valid pattern",
        "write `any` to let every origin read, without credentials, or write scheme, host and port as browsers send them, \
         for example \"https://shop.example\", \"https://*.shop.example\" or \"http://localhost:3000\"",
    ),
    (
        "*://shop.example",
        "the scheme of `*://shop.example` cannot be a pattern",
        "write \"https://shop.example\", \"http://shop.example\"",
    ),
    (
        "https://*shop.example",
        "`https://*shop.example`: `*` is only allowed as the leading `*.` or as the port `:*`",
        "write \"https://*.shop.example\"",
    ),
    (
        "https://shop.*",
        "`https://shop.*`: `*` is only allowed as the leading `*.` or as the port `:*`",
        "list the origins one by one",
    ),
    (
        "https://*.127.0.0.1",
        "`127.0.0.1` is an IP address, which has no subdomains",
        "write \"https://127.0.0.1\"",
    ),
    ("https://?.shop.example", "`?` is not a wildcard, and cannot be in a host", SUBDOMAINS),
    ("https://", "`https://` has no host", FORM),
    ("https://:8443", "`https://:8443` has no host", FORM),
    ("https://shop..example", "the host `shop..example` has an empty label", FORM),
    ("https://%73hop.example", "browsers never send a percent-encoded host", FORM),
    ("https://shop^.example", "`^` cannot be in a host", FORM),
    (
        "https://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example",
        "a label has at most 63 bytes, and `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa` has 64",
        FORM,
    ),
    (
        "https://127.1",
        "`127.1` is not a valid IPv4 address in the form that browsers send",
        "write \"https://127.0.0.1\"",
    ),
    ("https://256.0.0.1", "`256.0.0.1` is not a valid IPv4 address in the form that browsers send", FORM),
    (
        "https://[0:0:0:0:0:0:0:1]",
        "`0:0:0:0:0:0:0:1` is not in the form in which browsers send IPv6 addresses",
        "write \"https://[::1]\"",
    ),
    ("https://[::g]", "`::g` is not a valid IPv6 address", FORM),
    (
        "wss://shop.example",
        "no page has a `wss` origin: a WebSocket request has the origin of its page",
        SHOP,
    ),
    ("42-ext://abc", "`42-ext` is not a valid scheme", FORM),
    ("ht_tp://shop.example", "`ht_tp` is not a valid scheme", FORM),
    (
        "https://a.examplehttps://b.example",
        "`https://a.examplehttps://b.example` is more than one origin",
        "write each origin as an entry of its own",
    ),
    (
        "https://a.example;https://b.example",
        "`https://a.example;https://b.example` is more than one origin",
        BOTH,
    ),
    (
        "https://a.example|https://b.example",
        "`https://a.example|https://b.example` is more than one origin",
        BOTH,
    ),
    ("\"https://shop.example\"", "`\"https://shop.example\"` has quotes of its own", SHOP),
];

/// These are refused with credentials.
const ORIGINS_WITH_CREDENTIALS: [Row; 6] = [
    (
        "http://shop.example",
        "`http://shop.example` is not encrypted: anyone on the network path can send credentialed requests from \
         it",
        SECURE,
    ),
    (
        "http://10.0.0.1:8080",
        "`http://10.0.0.1:8080` is not encrypted: anyone on the network path can send credentialed requests from \
         it",
        SECURE,
    ),
    (
        "http://*.shop.example:*",
        "`http://*.shop.example:*` is not encrypted: anyone on the network path can send credentialed requests from \
         it",
        SECURE,
    ),
    (
        "https://*.com",
        "anyone can register a subdomain of `com`, and could then send credentialed requests",
        OWN,
    ),
    (
        "https://*.co.uk",
        "anyone can register a subdomain of `co.uk`, and could then send credentialed requests",
        OWN,
    ),
    (
        "https://*.github.io",
        "anyone can register a subdomain of `github.io`, and could then send credentialed requests",
        OWN,
    ),
];

#[test]
fn origins() {
    for row in ORIGINS {
        for credentials in [false, true] {
            refused_by_all(row, credentials);
        }
    }
    for row in ORIGINS_WITH_CREDENTIALS {
        refused_by_all(row, true);
    }
}

fn refused_by_all((origin, message, help): Row, credentials: bool) {
    let origins = ["https://*.fixed.example", origin];

    let policy = if credentials { &WITH_CREDENTIALS } else { &WITHOUT_CREDENTIALS };
    let router = || CorsRouter::new().route("/", get(cors(policy, async || "a body")));
    let finished: Result<Router, _> = with_var("CORS_REFUSED", Some(origin), || router().finish());
    assert_eq!(
        finished.unwrap_err().to_string(),
        format!(
            "the policy at {} reads its origins from the environment variable `CORS_REFUSED`, and there {message}; {}",
            policy.location(),
            help_in_variable(help)
        ),
        "from the environment: {origin}"
    );

    let builder = Policy::builder().origins(origins);
    let built = if credentials { builder.credentials() } else { builder }.build();
    assert_eq!(
        built.unwrap_err().to_string(),
        format!("origins[1]: {message}\n  help: {}", help_of_builder(help)),
        "by the builder: {origin}"
    );

    let help = help_in_documents(help);
    assert_eq!(
        refusal(json!({ "origins": origins, "credentials": credentials })),
        format!("origins[1]: {message}\n  help: {help}\n1 mistake in the CORS policy"),
        "from a document: {origin}"
    );

    let variable = json!({ "env": "CORS_REFUSED" });
    let document = json!({ "origins": ["https://*.fixed.example", variable], "credentials": credentials });
    assert_eq!(
        with_var("CORS_REFUSED", Some(origin), || refusal(document)),
        format!(
            "origins[1] (the variable `CORS_REFUSED`): {message}\n  help: {help}\n1 mistake in the CORS policy"
        ),
        "from a variable that a document names: {origin}"
    );
}

fn refusal(document: Value) -> String {
    let shown = document.to_string();
    match serde_json::from_value::<Policy>(document) {
        Ok(policy) => panic!("{shown} is refused, and not {policy}"),
        Err(error) => error.to_string(),
    }
}

/// What is not valid in an environment variable: an entry that holds what separates entries, the other keys.
#[test]
fn all_else() {
    let upper = |text| format!("write \"{text}\"");
    let duration = "write whole seconds, for example 600, or a text, for example \"10m\" or \"2h\"";
    let rows = [
        ("origins", json!([""]), "origins[0]: empty origin", FORM),
        ("origins", json!(["\t"]), "origins[0]: empty origin", FORM),
        (
            "origins",
            json!(["https://shop.example "]),
            "origins[0]: `https://shop.example ` contains white space or control characters",
            SHOP,
        ),
        (
            "origins",
            json!(["https://a.example, https://b.example"]),
            "origins[0]: `https://a.example, https://b.example` contains white space or control characters",
            BOTH,
        ),
        (
            "origins",
            json!(["https://a.example,https://b.example"]),
            "origins[0]: `https://a.example,https://b.example` is more than one origin",
            BOTH,
        ),
        (
            "headers",
            json!([""]),
            "headers[0]: empty header name",
            "write a name, for example \"content-type\"",
        ),
        (
            "headers",
            json!(["x-a", "content type"]),
            "headers[1]: `content type` is not a valid header name",
            "write a name, for example \"content-type\"",
        ),
        (
            "headers",
            json!(["x-a, x-b"]),
            "headers[0]: `x-a, x-b` is not a valid header name",
            "write \"x-a\", \"x-b\"",
        ),
        (
            "headers",
            json!(["access-control-allow-origin"]),
            "headers[0]: `access-control-allow-origin` is a response header, and a page sets it on its request only by \
             mistake",
            "remove it here and in the page, or add `allow(response_header_names)`",
        ),
        ("methods", json!([" "]), "methods[0]: empty method", "write a method, for example \"PUT\""),
        ("methods", json!(["TRACE"]), "methods[0]: browsers do not let pages use `TRACE`", "remove it"),
        (
            "methods",
            json!(["PUT", "get"]),
            "methods[1]: `get` never matches: browsers send `GET`",
            &upper("GET"),
        ),
        (
            "methods",
            json!(["patch"]),
            "methods[0]: `patch` is not `PATCH`: methods are case-sensitive, and browsers do not upper-case it",
            "write \"PATCH\", in the page as well",
        ),
        (
            "methods",
            json!(["GET,PUT"]),
            "methods[0]: `GET,PUT` is not a valid method",
            "write \"GET\", \"PUT\"",
        ),
        ("max_age", json!("10 min"), "max_age: `10 min` is not a valid duration", duration),
        ("max_age", json!(""), "max_age: `` is not a valid duration", duration),
    ];
    for (key, value, message, help) in rows {
        assert_eq!(
            builder(key, &value).build().unwrap_err().to_string(),
            format!("{message}\n  help: {}", help_of_builder(help)),
            "by the builder: {key} = {value}"
        );

        let mut document = json!({ "origins": ["https://shop.example"] });
        document[key] = value.clone();
        let help = help_in_documents(help);
        assert_eq!(
            refusal(document),
            format!("{message}\n  help: {help}\n1 mistake in the CORS policy"),
            "from a document: {key} = {value}"
        );
    }
}

/// A policy with this key, and an origin unless that is the key.
fn builder(key: &str, value: &Value) -> PolicyBuilder {
    let texts = || value.as_array().into_iter().flatten().filter_map(Value::as_str);
    let shop = || Policy::builder().origins(["https://shop.example"]);
    match key {
        "origins" => Policy::builder().origins(texts()),
        "headers" => shop().headers(texts()),
        "expose" => shop().expose(texts()),
        "methods" => shop().methods(texts()),
        _ => match value.as_u64() {
            Some(seconds) => shop().max_age(seconds),
            None => shop().max_age(value.as_str().unwrap()),
        },
    }
}

#[test]
fn regular_expressions() {
    for (expression, message, help) in [
        (
            r"https://(a|b.shop.example",
            "`https://(a|b.shop.example` is not a valid regular expression: unclosed group, at `(a|b.shop.exampl`",
            r"write `\` in front of each character that is meant literally, and close each group and class",
        ),
        (
            "https://www.shop.example",
            "`https://www.shop.example` also matches `https://wwwxshop.example`, a domain that the expression does not contain \
             literally",
            r"write `\.` for a dot: `https://www\.shop\.example`",
        ),
    ] {
        let builder = Policy::builder().origins(["https://a.example"]).regex(expression).build();
        let place = format!("origins[1]: {message}\n  help: {help}");
        assert_eq!(builder.unwrap_err().to_string(), place);
        let document = json!({ "origins": ["https://a.example", { "regex": expression }] });
        assert_eq!(refusal(document), format!("{place}\n1 mistake in the CORS policy"));
    }
}

#[test]
fn a_list_and_a_function() {
    let error = Policy::builder().origins(["https://a.example/"]).when(|_| true).max_age("soon").build();
    assert_eq!(
        error.unwrap_err().to_string(),
        "origins[0]: `https://a.example/` has a slash at the end, which is not part of an origin\n  \
         help: write \"https://a.example\"\n\
         max_age: `soon` is not a valid duration\n  \
         help: write whole seconds, for example 600, or a text, for example \"10m\" or \"2h\""
    );
}

/// What does no harm, by all ways into a program: it is noted, and the policy is there without it.
#[test]
fn harmless() {
    let policy = |words: &str| format!("https://shop.example{words}");
    for (key, value, expected, notes) in [
        ("origins", json!([]), "none".to_owned(), vec![]),
        ("origins", json!(["none"]), "none".to_owned(), vec![]),
        (
            "origins",
            json!(["https://a.shop.example", "https://*.shop.example", "https://*.shop.example"]),
            "https://*.shop.example".to_owned(),
            vec![
                "origins[0]: `https://a.shop.example` is already covered by `https://*.shop.example` (dropped)",
                "origins[2]: `https://*.shop.example` is already listed (dropped)",
            ],
        ),
        (
            "origins",
            json!(["https://*.a.shop.example", "https://*.shop.example:*", "https://b.shop.example:8443"]),
            "https://*.shop.example:*".to_owned(),
            vec![
                "origins[0]: `https://*.a.shop.example` is already covered by `https://*.shop.example:*` (dropped)",
                "origins[2]: `https://b.shop.example:8443` is already covered by `https://*.shop.example:*` (dropped)",
            ],
        ),
        (
            "origins",
            json!(["https://shop.example", "*"]),
            "any".to_owned(),
            vec![
                "origins[0]: `https://shop.example` is redundant: every origin is already allowed (dropped)",
            ],
        ),
        ("headers", json!([]), policy(""), vec![]),
        (
            "headers",
            json!(["Origin", "X-A", "Content-Length", "Cookie", "sec-fetch-site"]),
            policy("; headers x-a"),
            vec![
                "headers[0]: browsers do not let pages set `origin` (dropped)",
                "headers[2]: browsers do not let pages set `content-length` (dropped)",
                "headers[3]: browsers do not let pages set `cookie` (dropped)",
                "headers[4]: browsers do not let pages set `sec-fetch-site` (dropped)",
            ],
        ),
        (
            "headers",
            json!(["x-a", "X-A"]),
            policy("; headers x-a"),
            vec!["headers[1]: `x-a` is already listed (header names are case-insensitive) (dropped)"],
        ),
        (
            "headers",
            json!(["*", "x-a", "Authorization"]),
            policy("; headers *, authorization"),
            vec!["headers[1]: `x-a` is redundant: every header is already allowed (dropped)"],
        ),
        (
            "expose",
            json!(["Set-Cookie", "etag", "origin"]),
            policy("; expose etag"),
            vec![
                "expose[0]: browsers do not let pages read `set-cookie` (dropped)",
                "expose[2]: `origin` never appears on a response that a page can read (dropped)",
            ],
        ),
        (
            "methods",
            json!(["PUT", "PUT"]),
            policy("; methods PUT"),
            vec!["methods[1]: `PUT` is already listed (dropped)"],
        ),
        (
            "max_age",
            json!(1_728_000),
            policy("; max age 86400"),
            vec![
                "max_age: `max_age` of 1728000 s exceeds every browser's limit (Firefox 86400 s, Chromium 7200 s, \
                 Safari 600 s) (capped)",
            ],
        ),
        (
            "max_age",
            json!("25h"),
            policy("; max age 86400"),
            vec![
                "max_age: `max_age` of `25h` exceeds every browser's limit (Firefox 86400 s, Chromium 7200 s, Safari \
                 600 s) (capped)",
            ],
        ),
    ] {
        let built = builder(key, &value).build();
        let mut document = json!({ "origins": ["https://shop.example"] });
        document[key] = value.clone();
        let read = serde_json::from_value(document).map_err(|error| error.to_string());
        for policy in [built.map_err(|error| error.to_string()), read] {
            let policy: Policy = policy.unwrap_or_else(|error| panic!("{key} = {value}: {error}"));
            assert_eq!(policy.to_string(), expected, "{key} = {value}");
            let found: Vec<_> = policy.notes().iter().map(ToString::to_string).collect();
            assert_eq!(found, notes, "{key} = {value}");
        }
    }
    for nobody in ["\"\"", "\" \"", "\"none\"", "[]"] {
        let read: Policy = serde_json::from_str(&format!("{{\"origins\": {nobody}}}")).unwrap();
        assert_eq!(read, Policy::NONE, "{nobody}");
    }
}

/// A note says where in the document the entry is, whatever variables contain.
#[test]
fn notes_of_documents() {
    let document = r#"{ "origins": [
        { "env": "CORS_NOTES_A" },
        { "env": "CORS_NOTES_B", "default": ["https://a.example", "https://b.example"] },
        "https://b.example",
        "https://c.example"
    ] }"#;
    let read = || serde_json::from_str::<Policy>(document).unwrap();
    let variables = [("CORS_NOTES_A", Some("https://a.example https://c.example")), ("CORS_NOTES_B", None)];
    let policy = temp_env::with_vars(variables, read);
    let notes: Vec<_> = policy.notes().iter().map(ToString::to_string).collect();
    assert_eq!(
        notes,
        [
            "origins[1]: `https://a.example` is already listed (dropped)",
            "origins[2]: `https://b.example` is already listed (dropped)",
            "origins[3]: `https://c.example` is already listed (dropped)",
        ]
    );
    let variables =
        [("CORS_NOTES_A", Some("")), ("CORS_NOTES_B", Some("https://a.example,https://a.example"))];
    let policy = temp_env::with_vars(variables, read);
    assert_eq!(
        policy.notes()[0].to_string(),
        "origins[1] (the variable `CORS_NOTES_B`): `https://a.example` is already listed (dropped)"
    );
}
