//! DNS rebinding: a name of the attacker's leads to this machine, so to the browser its pages are of the server's own
//! origin. `enforce(strict)` is for servers that must not be reached so.
//!
//! CVE-2025-24010 (Vite), CVE-2025-66414 (the TypeScript SDK of the Model Context Protocol)

use axum::http::Request;
use cors_runtime::{CorsRouter, Policy, cors, get, policy};
use cors_tests::{respond, send};

use crate::both;

static STRICT: Policy =
    policy! { origins = ["http://localhost:6274", "https://app.example"], enforce(strict) };
static LENIENT: Policy = policy! { origins = ["http://localhost:6274", "https://app.example"], enforce };

fn app() -> CorsRouter {
    CorsRouter::new()
        .route("/strict", get(cors(&STRICT, async || "ran")).post(cors(&STRICT, async || "ran")))
        .route("/lenient", get(cors(&LENIENT, async || "ran")).post(cors(&LENIENT, async || "ran")))
}

/// The page at `http://evil.example:8000`, whose name was bound to 127.0.0.1, calls the server on port 8000.
#[tokio::test]
async fn dns_rebinding() {
    for app in both(app) {
        for (method, fields, status) in [
            // What a browser says of a page of its own origin.
            ("POST", "origin: http://evil.example:8000\nsec-fetch-site: same-origin", "403"),
            ("POST", "origin: http://evil.example:8000", "403"),
            ("POST", "origin: http://evil.example:8000\nsec-fetch-site: none", "403"),
            ("POST", "origin: null\nsec-fetch-site: same-origin", "403"),
            // The same with the case and the port written otherwise.
            ("POST", "origin: http://EVIL.example:8000", "403"),
            ("POST", "origin: http://evil.example", "403"),
            // Who is allowed is allowed, by its name.
            ("POST", "origin: http://localhost:6274\nsec-fetch-site: cross-site", "200"),
            ("POST", "origin: https://app.example", "200"),
            // What is not a browser sends no origin.
            ("POST", "user-agent: curl", "200"),
        ] {
            let request =
                Request::builder().method(method).uri("/strict").header("host", "evil.example:8000");
            let request = fields
                .lines()
                .filter_map(|line| line.split_once(": "))
                .fold(request, |request, (name, value)| request.header(name, value));
            let response = respond(&app, request.body(axum::body::Body::empty()).unwrap()).await;
            assert_eq!(response.status().as_str(), status, "{method} {fields}: {response:?}");
        }
    }
}

/// A browser sends no `Origin` with a GET of its own origin, and tells by `Sec-Fetch-Site` that it is one. That much
/// stays open even under `enforce(strict)`: the documentation says to check `Host` as well.
#[tokio::test]
async fn dns_rebinding_by_get_is_for_a_check_of_host() {
    for app in both(app) {
        let own = send(&app, "GET /strict\nsec-fetch-site: same-origin").await;
        assert!(own.starts_with("200"), "{own}");
        for site in ["cross-site", "same-site"] {
            for mode in ["navigate", "no-cors", "cors"] {
                let other =
                    send(&app, &format!("GET /strict\nsec-fetch-site: {site}\nsec-fetch-mode: {mode}")).await;
                assert!(other.starts_with("403"), "{site} {mode}: {other}");
            }
        }
    }
}

/// Without `strict`, the server's own name is taken for its own: what it protects from is other sites.
#[tokio::test]
async fn enforcement_that_is_not_strict_trusts_the_name_that_was_asked() {
    for app in both(app) {
        let own = send(&app, "POST /lenient\norigin: https://api.example").await;
        assert!(own.starts_with("200"), "{own}");
        let other = send(&app, "POST /lenient\norigin: https://evil.example").await;
        assert!(other.starts_with("403"), "{other}");
    }
}

/// Whoever is on the way can make a page at the server's own name by `http`. Browsers that send `Sec-Fetch-Site` say that it
/// is of another site; for the others, the documentation of `enforce` says what follows.
#[tokio::test]
async fn page_of_the_own_name_by_http() {
    for app in both(app) {
        for (path, fields, status) in [
            ("/lenient", "origin: http://api.example\nsec-fetch-site: cross-site", "403"),
            ("/lenient", "origin: http://api.example", "200"),
            ("/strict", "origin: http://api.example", "403"),
            ("/strict", "origin: https://api.example\nsec-fetch-site: same-origin", "403"),
        ] {
            let response = send(&app, &format!("POST {path}\n{fields}")).await;
            assert!(response.starts_with(status), "{path} {fields}: {response}");
            assert!(!response.contains("access-control-allow-origin"), "{path} {fields}: {response}");
        }
    }
}
