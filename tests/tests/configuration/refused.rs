//! Bad values, each by all ways into a program, with the whole error.

use axum::Router;
use cors_runtime::{CorsRouter, Policy, cors, get, policy};
use serde_json::{Value, json};
use temp_env::with_var;

use crate::help_in_documents;

static WITHOUT_CREDENTIALS: Policy = policy! { origins = ["https://*.fixed.example", env("CORS_REFUSED")] };

static WITH_CREDENTIALS: Policy =
    policy! { origins = ["https://*.fixed.example", env("CORS_REFUSED")], credentials };

const FORM: &str = "write scheme, host and port as browsers send them, such as \"https://shop.example\", \
                    \"https://*.shop.example\" or \"http://localhost:3000\"";
const SHOP: &str = "write \"https://shop.example\"";
const PORT: &str = "write a port from 1 to 65535, or `*` for any";
const SECURE: &str = "write it with `https://`, or add `allow(insecure_origins)`";
const OWN: &str = "list the names that are yours, or add `allow(public_suffix)`";
const REMOVE: &str = "remove it, or add `allow(redundant)`";
const ALONE: &str = "write each origin as an entry of its own";

/// The entry beside `https://*.fixed.example`, the message and the help.
type Row = (&'static str, &'static str, &'static str);

/// These are refused with credentials and without.
const ORIGINS: [Row; 55] = [
    ("shop.example", "`shop.example` lacks its scheme", SHOP),
    ("//shop.example", "`//shop.example` lacks its scheme", SHOP),
    ("://shop.example", "`://shop.example` lacks its scheme", SHOP),
    ("localhost:3000", "`localhost:3000` lacks its scheme", "write \"http://localhost:3000\""),
    ("*.shop.example", "`*.shop.example` lacks its scheme", "write \"https://*.shop.example\""),
    ("https:shop.example", "`https:shop.example` lacks `//`", SHOP),
    (
        "null",
        "`null` is the origin of every sandboxed frame and local file, which anybody can make",
        "list the origins that are meant; `any` lets everybody read, without credentials",
    ),
    (
        "Null",
        "`null` is the origin of every sandboxed frame and local file, which anybody can make",
        "list the origins that are meant; `any` lets everybody read, without credentials",
    ),
    (
        "file:///srv/index.html",
        "the origin of `file:` documents is `null`, which anybody can make",
        "serve the page from a web server, `http://localhost:8000` say, and list that origin",
    ),
    (
        "data:text/html",
        "the origin of `data:` documents is `null`, which anybody can make",
        "serve the page from a web server, `http://localhost:8000` say, and list that origin",
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
        "write the host as `new URL(\"https://…\").host` prints it in a browser, with labels such as `xn--mnchen-3ya`",
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
    ("https://shop.example:443", "443 is the port of `https` itself, and browsers leave it out", SHOP),
    (
        "http://localhost:80",
        "80 is the port of `http` itself, and browsers leave it out",
        "write \"http://localhost\"",
    ),
    ("https://shop.example:0", "`0` is no port", PORT),
    ("https://shop.example:65536", "`65536` is no port", PORT),
    ("https://shop.example:+1", "`+1` is no port", PORT),
    ("https://shop.example:https", "`https` is no port", PORT),
    ("https://shop.example:", "`https://shop.example:` has a colon but no port", SHOP),
    (
        "https://shop.example:08443",
        "`08443` has leading zeros, which browsers never send",
        "write \"https://shop.example:8443\"",
    ),
    (
        "https://shop.example:84*",
        "`https://shop.example:84*` has a `*` for a part of its port",
        "write \"https://shop.example:*\"",
    ),
    (
        "https://*",
        "`https://*` would be every `https` origin",
        "write `any`, or \"https://*.shop.example\" for the subdomains of one domain",
    ),
    (
        "**",
        "`**` is no pattern",
        "write `any` for every origin, \"https://*.shop.example\" for every subdomain, or \"http://localhost:*\" for \
         every port",
    ),
    ("*://shop.example", "a `*` in the scheme of `*://shop.example`", "write an entry for each scheme"),
    (
        "https://*shop.example",
        "a `*` stands only in front of a host, as `*.`, or for the port, as `:*`: `https://*shop.example`",
        "write \"https://*.shop.example\"",
    ),
    (
        "https://shop.*",
        "a `*` stands only in front of a host, as `*.`, or for the port, as `:*`: `https://shop.*`",
        FORM,
    ),
    (
        "https://*.127.0.0.1",
        "`127.0.0.1` is an IP address, which has no subdomains",
        "write \"https://127.0.0.1\"",
    ),
    (
        "https://?.shop.example",
        "`?` is no pattern, and no character of a host",
        "write `*.` for every subdomain",
    ),
    ("https://", "`https://` has no host", FORM),
    ("https://:8443", "`https://:8443` has no host", FORM),
    ("https://shop..example", "the host has an empty label", FORM),
    ("https://%73hop.example", "browsers never send a percent-encoded host", FORM),
    ("https://shop^.example", "'^' is no character of a host", FORM),
    (
        "https://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example",
        "the label `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa` has 64 bytes, and no label has \
         more than 63",
        FORM,
    ),
    (
        "https://127.1",
        "`127.1` is no IPv4 address in the form that browsers send",
        "write \"https://127.0.0.1\"",
    ),
    ("https://256.0.0.1", "`256.0.0.1` is no IPv4 address in the form that browsers send", FORM),
    (
        "https://[0:0:0:0:0:0:0:1]",
        "`0:0:0:0:0:0:0:1` is no IPv6 address in the form that browsers send",
        "write \"https://[::1]\"",
    ),
    ("https://[::g]", "`::g` is no IPv6 address", FORM),
    (
        "wss://shop.example",
        "no page has a `wss` origin: a WebSocket request bears the origin of its page",
        SHOP,
    ),
    ("42-ext://abc", "`42-ext` is no scheme", FORM),
    ("ht_tp://shop.example", "`ht_tp` is no scheme", FORM),
    (
        "https://a.examplehttps://b.example",
        "`https://a.examplehttps://b.example` is more than one origin",
        ALONE,
    ),
    (
        "https://a.example;https://b.example",
        "`https://a.example;https://b.example` is more than one origin",
        ALONE,
    ),
    (
        "https://a.example|https://b.example",
        "`https://a.example|https://b.example` is more than one origin",
        ALONE,
    ),
    ("\"https://shop.example\"", "`\"https` is no scheme", FORM),
    (
        "https://a.fixed.example",
        "`https://a.fixed.example` is covered by `https://*.fixed.example` already",
        REMOVE,
    ),
    (
        "https://*.a.fixed.example",
        "`https://*.a.fixed.example` is covered by `https://*.fixed.example` already",
        REMOVE,
    ),
    ("https://*.fixed.example", "`https://*.fixed.example` is listed already", REMOVE),
];

/// These are refused with credentials.
const ORIGINS_WITH_CREDENTIALS: [Row; 6] = [
    (
        "http://shop.example",
        "pages of `http://shop.example` come over plain http, so that anybody on the way can send requests with \
         credentials",
        SECURE,
    ),
    (
        "http://10.0.0.1:8080",
        "pages of `http://10.0.0.1:8080` come over plain http, so that anybody on the way can send requests with \
         credentials",
        SECURE,
    ),
    (
        "http://*.shop.example:*",
        "pages of `http://*.shop.example:*` come over plain http, so that anybody on the way can send requests with \
         credentials",
        SECURE,
    ),
    (
        "https://*.com",
        "anybody can register names below `com` and send requests with credentials from there",
        OWN,
    ),
    (
        "https://*.co.uk",
        "anybody can register names below `co.uk` and send requests with credentials from there",
        OWN,
    ),
    (
        "https://*.github.io",
        "anybody can register names below `github.io` and send requests with credentials from there",
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
            "the policy at {} reads its origins from the environment variable `CORS_REFUSED`, and there {message}; {help}",
            policy.location()
        ),
        "from the environment: {origin}"
    );

    let builder = Policy::builder().origins(origins);
    let built = if credentials { builder.credentials() } else { builder }.build();
    assert_eq!(
        built.unwrap_err().to_string(),
        format!("origins[1]: {message}\n  help: {help}"),
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

/// What cannot stand in a variable of the environment: an entry that holds what separates entries, the other keys.
#[test]
fn all_else() {
    let upper = |text| format!("write \"{text}\"");
    let browser = "remove it: the browser alone sets it, and needs no permission to do so";
    let duration = "write whole seconds such as `600`, or a text such as `\"10m\"` or `\"2h\"`";
    let cut =
        "write at most 86400; browsers cut it further: Firefox at 86400, Chromium at 7200, Safari at 600";
    let rows = [
        ("origins", json!([""]), "origins[0]: empty origin", FORM),
        ("origins", json!(["\t"]), "origins[0]: empty origin", FORM),
        (
            "origins",
            json!(["https://shop.example "]),
            "origins[0]: \"https://shop.example \" holds white space or control characters",
            SHOP,
        ),
        (
            "origins",
            json!(["https://a.example, https://b.example"]),
            "origins[0]: \"https://a.example, https://b.example\" holds white space or control characters",
            ALONE,
        ),
        (
            "origins",
            json!(["https://a.example,https://b.example"]),
            "origins[0]: `https://a.example,https://b.example` is more than one origin",
            ALONE,
        ),
        (
            "origins",
            json!([]),
            "origins: no origin may call this",
            "write `origins = [\"https://shop.example\"]`, or `none` for a handler that stays same-origin",
        ),
        ("headers", json!([""]), "headers[0]: empty header name", "write a name such as `\"content-type\"`"),
        (
            "headers",
            json!(["x-a", "content type"]),
            "headers[1]: \"content type\" is no header name",
            "write a name such as `\"content-type\"`",
        ),
        (
            "headers",
            json!(["x-a, x-b"]),
            "headers[0]: \"x-a, x-b\" is no header name",
            "write \"x-a\", \"x-b\"",
        ),
        (
            "headers",
            json!(["Cookie"]),
            "headers[0]: `cookie` is a header that browsers let no page set",
            "remove it; for cookies write `credentials`",
        ),
        ("headers", json!(["host"]), "headers[0]: `host` is a header that browsers let no page set", browser),
        (
            "headers",
            json!(["Sec-Fetch-Site"]),
            "headers[0]: `sec-fetch-site` is a header that browsers let no page set",
            browser,
        ),
        (
            "headers",
            json!(["access-control-allow-origin"]),
            "headers[0]: `access-control-allow-origin` is a response header, which a page sets on its request only by \
             mistake",
            "remove it here and in the page; or add `allow(response_header_names)` if the page cannot be mended",
        ),
        (
            "headers",
            json!(["x-a", "X-A"]),
            "headers[1]: `x-a` is listed already; the case of letters makes no difference",
            REMOVE,
        ),
        ("headers", json!(["*", "x-a"]), "headers[1]: `x-a` is covered by `any` already", REMOVE),
        (
            "expose",
            json!(["Set-Cookie"]),
            "expose[0]: `set-cookie` is a response header that browsers let no page read",
            "remove it; cookies reach the browser without it, if `credentials` is there",
        ),
        (
            "expose",
            json!(["etag", "origin"]),
            "expose[1]: `origin` is on no response that a page can read",
            "remove it; `expose` lists response headers",
        ),
        ("methods", json!([" "]), "methods[0]: empty method", "write a method such as `\"PUT\"`"),
        (
            "methods",
            json!(["TRACE"]),
            "methods[0]: `TRACE` is a method that browsers let no page use",
            "remove it",
        ),
        (
            "methods",
            json!(["PUT", "get"]),
            "methods[1]: browsers send `GET` for `get`, so that `get` never matches",
            &upper("GET"),
        ),
        (
            "methods",
            json!(["patch"]),
            "methods[0]: `patch` is not `PATCH`: methods are case-sensitive and browsers do not upper-case it",
            "write \"PATCH\", in the page as well",
        ),
        (
            "methods",
            json!(["GET,PUT"]),
            "methods[0]: \"GET,PUT\" is no method",
            "write each method as an entry of its own",
        ),
        ("methods", json!(["PUT", "PUT"]), "methods[1]: `PUT` is listed already", REMOVE),
        ("max_age", json!(86_401), "max_age: `max_age` of 86401 seconds is more than any browser keeps", cut),
        ("max_age", json!("25h"), "max_age: `max_age` of 90000 seconds is more than any browser keeps", cut),
        ("max_age", json!("10 min"), "max_age: `10 min` is no duration", duration),
        ("max_age", json!(""), "max_age: `` is no duration", duration),
    ];
    for (key, value, message, help) in rows {
        let texts = || value.as_array().into_iter().flatten().filter_map(Value::as_str);
        let shop = || Policy::builder().origins(["https://shop.example"]);
        let builder = match key {
            "origins" => Policy::builder().origins(texts()),
            "headers" => shop().headers(texts()),
            "expose" => shop().expose(texts()),
            "methods" => shop().methods(texts()),
            _ => match value.as_u64() {
                Some(seconds) => shop().max_age(seconds),
                None => shop().max_age(value.as_str().unwrap()),
            },
        };
        assert_eq!(
            builder.build().unwrap_err().to_string(),
            format!("{message}\n  help: {help}"),
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

#[test]
fn regular_expressions() {
    for (expression, message, help) in [
        (
            r"https://(a|b.shop.example",
            "`https://(a|b.shop.example` is no regular expression: unclosed group, at `(a|b.shop.exampl`",
            r"write `\` in front of each character that stands for itself, and close each group and class",
        ),
        (
            "https://www.shop.example",
            "`https://www.shop.example` accepts `https://wwwxshop.example`, but does not spell `wwwxshop.example` out",
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
        "origins: origins are listed, and a function decides on them as well\n  \
         help: let the function accept the listed ones, too, and remove the list\n\
         max_age: `soon` is no duration\n  \
         help: write whole seconds such as `600`, or a text such as `\"10m\"` or `\"2h\"`"
    );
}
