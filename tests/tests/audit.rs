//! The audit of a router: every remark, and each form that it is shown in.

use axum::routing;
use cors_runtime::{
    CorsRouter, Origin, Policy, PolicyHandle, any, cors, delegate, delete, diagnostics::AuditNote, get,
    policy, post, put,
};
use cors_tests::without_lines;

#[cors(origins = any, max_age = "2h")]
async fn open() {}

#[cors(origins = ["https://shop.example", "http://intranet"], credentials, allow(insecure_origins), max_age = 7201)]
async fn insecure() {}

#[cors(origins = ["https://*.shop.example", "http://localhost:*", regex(r"https://pr-[0-9]+\.shop\.example")])]
async fn patterns() {}

fn is_ours(origin: &Origin<'_>) -> bool {
    origin.is_loopback()
}

#[cors(origins = when(is_ours))]
async fn function() {}

#[cors(origins = [env("AUDIT_ORIGINS"), "http://10.0.0.1"])]
async fn environment() {}

static HANDLE: PolicyHandle = PolicyHandle::new(policy! { origins = ["https://shop.example"], credentials });

#[cors(policy = HANDLE)]
async fn replaceable() {}

async fn asked() -> Option<Policy> {
    None
}

#[cors(none)]
async fn internal() {}

fn router() -> CorsRouter {
    CorsRouter::new()
        .route("/b", put(patterns).get(insecure))
        .route("/a", any(open))
        .route("/c", get(function).post(environment))
        .route("/d", post(replaceable).merge(routing::get(async || ())))
        .route("/f", routing::any(async || ()))
        .route("/e", delete(cors(delegate(asked), async || ())).get(internal))
}

#[test]
fn every_remark() {
    use AuditNote as R;

    let audit = router().audit();
    let rows: Vec<_> = audit
        .rows()
        .iter()
        .map(|row| (row.path.as_str(), row.method.as_str(), row.notes.as_slice()))
        .collect();
    let expected: [(&str, &str, &[AuditNote]); 10] = [
        ("/a", "any", &[R::AnyOrigin]),
        ("/b", "GET", &[R::Credentials, R::HttpOrigin, R::LongMaxAge]),
        ("/b", "PUT", &[R::Subdomains, R::Regex]),
        ("/c", "GET", &[R::When]),
        ("/c", "POST", &[R::HttpOrigin, R::Environment]),
        ("/d", "GET", &[R::NoPolicy]),
        ("/d", "POST", &[R::Replaceable, R::Credentials]),
        ("/e", "GET", &[]),
        ("/e", "DELETE", &[R::Delegate]),
        ("/f", "any", &[R::NoPolicy]),
    ];
    assert_eq!(rows, expected);
}

#[test]
fn in_a_terminal() {
    let router: CorsRouter =
        CorsRouter::new().route("/a", any(open)).route("/b", put(patterns)).route("/e", get(internal));
    let text = router.audit().to_string();
    assert!(text.lines().all(|line| line.chars().count() <= 110), "{text}");
    assert_eq!(
        without_lines(&text, "audit.rs"),
        "any  /a  any; max age 7200         any origin                          at tests/tests/audit.rs (open)
PUT  /b  https://*.shop.example,…  all subdomains, regular expression  at tests/tests/audit.rs (patterns)
GET  /e  none                                                          at tests/tests/audit.rs (internal)"
    );
}

/// A line is as long as a terminal is wide, if its policy is what makes it long.
#[test]
fn the_width_of_a_terminal() {
    let long = || {
        let origins = (0..9).map(|number| format!("https://*.shop-{number}.example"));
        Policy::builder().origins(origins).build().unwrap()
    };
    for (method, path) in [("GET", "/a"), ("DELETE", "/ab")] {
        let handler = cors(long(), async || ());
        let router: CorsRouter = match method {
            "GET" => CorsRouter::new().route(path, get(handler)),
            _ => CorsRouter::new().route(path, delete(handler)),
        };
        let line = router.audit().to_string();
        assert_eq!(line.chars().count(), 100, "{line}");
        assert!(line.starts_with(&format!("{method}  {path}  https://*.shop-0.example")), "{line}");
        let line = without_lines(&line, "audit.rs");
        assert!(line.ends_with("…  all subdomains  at tests/tests/audit.rs (Policy::builder)"), "{line}");
    }
    let router: CorsRouter = CorsRouter::new().route("/e", get(internal));
    let line = without_lines(&router.audit().to_string(), "audit.rs");
    assert_eq!(line, "GET  /e  none  at tests/tests/audit.rs (internal)");
}

#[test]
fn in_markdown() {
    let router: CorsRouter =
        CorsRouter::new().route("/a", any(open)).route("/c", get(function).post(environment));
    assert_eq!(
        without_lines(&router.audit().to_markdown(), "audit.rs"),
        r#"| method | path | policy | notes | written at |
|---|---|---|---|---|
| any | /a | any; max age 7200 | any origin | tests/tests/audit.rs (open) |
| GET | /c | when(is\_ours) | decided by a function | tests/tests/audit.rs (function) |
| POST | /c | env("AUDIT\_ORIGINS"), http://10.0.0.1 | http origin, from the environment | tests/tests/audit.rs (environment) |
"#
    );
    // What would end a cell is escaped.
    let pipe: CorsRouter = CorsRouter::new()
        .route("/a", get(cors(&policy! { origins = [regex(r"https://(a|b)\.shop\.example")] }, async || ())));
    let table = pipe.audit().to_markdown();
    assert!(
        table.contains(r#"| regex("https://(a\|b)\\\\.shop\\\\.example") | regular expression |"#),
        "{table}"
    );
}

/// Whatever is in a cell means itself: nothing in it is markup, or ends the cell.
#[test]
fn markdown_is_escaped() {
    let router: CorsRouter = CorsRouter::new()
        .route(
            "/<b>`x`</b>/_y_|z",
            get(cors(&policy! { origins = ["https://*.a.example", "https://*.b.example"] }, async || ())),
        )
        .route(
            "/&lt;[a](b)~c~",
            get(cors(&policy! { origins = [regex(r"https://<?shop\.example")] }, async || ())),
        )
        .route("/a\nb", routing::get(async || ()));
    let table = router.audit().to_markdown();
    let cells: Vec<_> =
        table.lines().skip(2).map(|row| row.split(" | ").take(3).collect::<Vec<_>>().join(" | ")).collect();
    assert_eq!(
        cells,
        [
            r#"| GET | /&lt;\[a\](b)\~c\~ | regex("https://\<?shop\\\\.example")"#.replace("&lt;", r"\&lt;"),
            r"| GET | /\<b\>\`x\`\</b\>/\_y\_\|z | https://\*.a.example, https://\*.b.example".to_owned(),
            r"| GET | /a\\nb | same-origin".to_owned(),
        ]
    );
}

#[cors(origins = ["http://intranet", "https://*.github.io", INTERNAL, "moz-extension://*"], credentials, allow(insecure_origins, public_suffix, open_scheme))]
async fn exceptions() {}

const INTERNAL: &str = "http://internal.example";

#[cors(
    origins = [
        "https://shop.example",
        regex(r"https://deploy-preview-[0-9]+--shop\.netlify\.app"),
        regex(r"http://192\.168\.[0-9]+\.[0-9]+(:[0-9]+)?"),
    ],
    credentials,
    allow(public_suffix, open_domain, insecure_origins),
)]
async fn previews() {}

#[cors(origins = [regex(r"https://shop-[a-z0-9-]+-acme\.vercel\.app")], allow(open_domain))]
async fn without_credentials() {}

#[cors(origins = ["https://shop.example", "https://*.shop.example"], credentials, allow(public_suffix, insecure_origins))]
async fn in_vain() {}

#[cors(origins = ["http://intranet", env("AUDIT_MORE", default = ["http://printer"])], credentials, allow(insecure_origins))]
async fn exceptions_in_the_environment() {}

/// What `allow(..)` permits, operators repeat, or is capped, is in the audit, wherever the policy is written.
#[test]
fn exceptions_are_noted() {
    let configured = Policy::builder()
        .origins(["https://a.example", "https://a.example"])
        .max_age(1_728_000)
        .build()
        .unwrap();
    let router: CorsRouter = CorsRouter::new()
        .route("/a", get(exceptions).put(previews).post(without_credentials).delete(in_vain))
        .route("/b", get(exceptions_in_the_environment).put(cors(&configured, async || ())))
        .route("/c", get(cors(PolicyHandle::new(configured.clone()), async || ())));
    let plain = |origin: &str| {
        format!(
            "origins: `{origin}` is not encrypted: anyone on the network path can send credentialed requests from it \
             (allowed)"
        )
    };
    let repeated = "origins[1]: `https://a.example` is already listed (dropped)";
    let capped = "max_age: `max_age` of 1728000 s exceeds every browser's limit (Firefox 86400 s, Chromium 7200 s, Safari \
                  600 s) (capped)";
    let expected: [(&str, &str, Vec<String>); 7] = [
        (
            "/a",
            "GET",
            vec![
                plain("http://intranet"),
                "origins: anyone can register a subdomain of `github.io`, and could then send credentialed requests (allowed)"
                    .to_owned(),
                plain("http://internal.example"),
                "origins: every `moz-extension` origin could send credentialed requests, for example any extension or \
                 application (allowed)"
                    .to_owned(),
            ],
        ),
        (
            "/a",
            "POST",
            vec![
                r"origins: `https://shop-[a-z0-9-]+-acme\.vercel\.app` also matches `https://shop-x-acme.vercel.app`, a domain that the expression does not contain literally (allowed)"
                    .to_owned(),
            ],
        ),
        (
            "/a",
            "PUT",
            vec![
                r"origins: `https://deploy-preview-[0-9]+--shop\.netlify\.app` also matches `https://deploy-preview-1--shop.netlify.app`, a domain that the expression does not contain literally (allowed)"
                    .to_owned(),
                r"origins: `http://192\.168\.[0-9]+\.[0-9]+(:[0-9]+)?` also matches `http://192.168.1.1`, an address that it does not contain literally (allowed)"
                    .to_owned(),
                plain("http://192.168.1.1"),
            ],
        ),
        ("/a", "DELETE", vec![]),
        ("/b", "GET", vec![plain("http://intranet"), plain("http://printer")]),
        ("/b", "PUT", vec![repeated.to_owned(), capped.to_owned()]),
        ("/c", "GET", vec![repeated.to_owned(), capped.to_owned()]),
    ];
    let audit = router.audit();
    let rows: Vec<_> = audit
        .rows()
        .iter()
        .map(|row| {
            let notes = row.rule_notes.iter().map(ToString::to_string).collect::<Vec<_>>();
            (row.path.as_str(), row.method.as_str(), notes)
        })
        .collect();
    assert_eq!(rows, expected);
    // In each form.
    let last = format!("  {repeated}\n  {capped}");
    assert!(audit.to_string().ends_with(&last), "{audit}");
    let markdown = audit.to_markdown();
    assert!(
        markdown
            .contains("can be replaced, long max age, origins\\[1\\]: \\`https://a.example\\` is already"),
        "{markdown}"
    );
    let json = serde_json::to_value(&audit).unwrap();
    assert_eq!(json[6]["rule_notes"], serde_json::json!([repeated, capped]));
}

#[test]
fn in_json() {
    let router: CorsRouter =
        CorsRouter::new().route("/d", routing::get(async || ())).route("/e", get(internal));
    let mut json = serde_json::to_value(router.audit()).unwrap();
    let line = json[1]["location"]["line"].take();
    assert!(line.as_u64().is_some_and(|line| line > 0), "{line}");
    let expected = serde_json::json!([
        {
            "path": "/d",
            "method": "GET",
            "policy": null,
            "location": null,
            "notes": ["no policy of its own"],
            "rule_notes": [],
        },
        {
            "path": "/e",
            "method": "GET",
            "policy": "none",
            "location": { "file": "tests/tests/audit.rs", "line": null, "name": "internal", "handler": null },
            "notes": [],
            "rule_notes": [],
        },
    ]);
    assert_eq!(json, expected);
}

static SHARED: Policy = policy! { origins = ["https://shop.example"], headers = ["authorization"] };

#[cors(policy = SHARED)]
async fn first() {}

#[cors(policy = self::SHARED)]
async fn second() {}

static FOR_SOCKETS: Policy = policy! { origins = ["https://shop.example"], allow(unenforced_websocket) };

#[cors(policy = SHARED, allow(unenforced_websocket))]
async fn allowed_here() {}

#[cors(policy = FOR_SOCKETS)]
async fn allowed_there() {}

#[cors(policy = FOR_SOCKETS, allow(unenforced_websocket))]
async fn allowed_twice() {}

#[test]
fn sockets_that_are_not_enforced() {
    let router: CorsRouter = CorsRouter::new().route(
        "/a",
        get(allowed_here).put(allowed_there).post(allowed_twice).delete(cors(&SHARED, async || ())),
    );
    let notes: Vec<_> = router.audit().rows().iter().map(|row| row.notes.clone()).collect();
    let noted = vec![AuditNote::UnenforcedWebsocket];
    assert_eq!(notes, [noted.clone(), noted.clone(), noted, vec![]]);
    assert_eq!(AuditNote::AnyOrigin.to_string(), "any origin");
}

/// Without files and lines; of a shared policy, who uses it. A longer path changes no other line.
#[test]
fn as_a_snapshot() {
    let configured = Policy::builder().origins(["https://a.example"]).build().unwrap();
    let router = || -> CorsRouter {
        CorsRouter::new()
            .route("/a", get(first).post(second).merge(routing::put(async || ())))
            .route("/b", delete(cors(delegate(asked), async || ())).get(cors(&configured, async || ())))
            .route("/c", get(cors(&SHARED, async || ())).put(without_credentials))
            // A path cannot imitate a line.
            .nest_service("/d\n  policy: none", cors(&SHARED, routing::any(async || ())))
            .nest("/e", axum::Router::new().route("/", routing::get(async || ())))
    };
    let expected = r#"GET /a
  policy: https://shop.example; headers authorization
  written at: SHARED, used by first
POST /a
  policy: https://shop.example; headers authorization
  written at: self::SHARED, used by second
PUT /a
  policy: same-origin
  note: no policy of its own
GET /b
  policy: https://a.example
  written at: Policy::builder
DELETE /b
  policy: asked of audit::asked
  written at: audit::asked
  note: asked for each request
GET /c
  policy: https://shop.example; headers authorization
  written at: policy!
PUT /c
  policy: regex("https://shop-[a-z0-9-]+-acme\\.vercel\\.app")
  written at: without_credentials
  note: regular expression
  note: origins: `https://shop-[a-z0-9-]+-acme\.vercel\.app` also matches `https://shop-x-acme.vercel.app`, a domain that the expression does not contain literally (allowed)
any /d\n  policy: none/*
  policy: https://shop.example; headers authorization
  written at: policy!
  note: cannot be looked into
any /e/*
  policy: its own
  note: cannot be looked into
"#;
    assert_eq!(router().audit().to_snapshot(), expected);
    let longer = router().route("/a/much/longer/path", get(first)).audit().to_snapshot();
    let added = "\
GET /a/much/longer/path
  policy: https://shop.example; headers authorization
  written at: SHARED, used by first
";
    assert_eq!(longer.replace(added, ""), expected);
}

#[cors(policy = HANDLE, enforce)]
async fn enforced() {}

#[cors(policy = HANDLE, enforce(strict))]
async fn strict() {}

#[cors(delegate = asked, enforce)]
async fn enforced_delegate() {}

static STRICT: Policy = policy! { origins = ["https://shop.example"], enforce(strict) };

#[cors(policy = STRICT, enforce)]
async fn stricter_by_itself() {}

/// The audit shows what an attribute adds to a policy, unless the policy contains it already.
#[test]
fn what_is_added_to_a_policy() {
    let router: CorsRouter = CorsRouter::new()
        .route("/a", get(enforced))
        .route("/b", get(strict))
        .route("/c", get(enforced_delegate))
        .route("/d", get(stricter_by_itself));
    let policies: Vec<_> =
        router.audit().rows().iter().map(|row| row.policy.clone().unwrap_or_default()).collect();
    assert_eq!(
        policies,
        [
            "https://shop.example; credentials; can be replaced; enforce",
            "https://shop.example; credentials; can be replaced; enforce(strict)",
            "asked of audit::asked; enforce",
            "https://shop.example; enforce(strict)",
        ]
    );
}
