//! The audit of a router: every remark, and each form that it is shown in.

use axum::routing;
use cors_runtime::{
    AuditNote, CorsRouter, Origin, Policy, PolicyHandle, any, cors, delegate, delete, get, policy, post, put,
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

#[test]
fn in_markdown() {
    let router: CorsRouter =
        CorsRouter::new().route("/a", any(open)).route("/c", get(function).post(environment));
    assert_eq!(
        without_lines(&router.audit().to_markdown(), "audit.rs"),
        r#"| method | path | policy | notes | written at |
|---|---|---|---|---|
| any | /a | any; max age 7200 | any origin | tests/tests/audit.rs (open) |
| GET | /c | when(is_ours) | decided by a function | tests/tests/audit.rs (function) |
| POST | /c | env("AUDIT_ORIGINS"), http://10.0.0.1 | http origin, from the environment | tests/tests/audit.rs (environment) |
"#
    );
    // What ends a cell is written so that it does not.
    let pipe: CorsRouter = CorsRouter::new()
        .route("/a", get(cors(&policy! { origins = [regex(r"https://(a|b)\.shop\.example")] }, async || ())));
    let table = pipe.audit().to_markdown();
    assert!(
        table.contains(r#"| regex("https://(a\|b)\\\\.shop\\\\.example") | regular expression |"#),
        "{table}"
    );
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
        },
        {
            "path": "/e",
            "method": "GET",
            "policy": "none",
            "location": { "file": "tests/tests/audit.rs", "line": null, "name": "internal", "handler": null },
            "notes": [],
        },
    ]);
    assert_eq!(json, expected);
}
