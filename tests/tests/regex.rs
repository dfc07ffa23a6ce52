//! Regular expressions among the origins: which requests they let in, over the wire.

use axum::Router;
use cors_runtime::{CorsRouter, Policy, cors, get, policy};
use cors_tests::{check, send};

#[cors(origins = [regex(r"https://example\.(com|org)"), "https://shop.example"], expose = ["etag"], credentials)]
async fn beside_a_text() {}

#[cors(origins = [regex(r"https://.*\.example\.com(:\d+)?"), regex(r"http://localhost:\d+")], credentials)]
async fn several() {}

#[cors(origins = [regex("https://.*")], allow(open_domain))]
async fn open() {}

#[cors(
    origins = [regex(r"https://deploy-preview-[0-9]+--shop\.netlify\.app")],
    credentials,
    allow(public_suffix)
)]
async fn previews() {}

#[cors(
    origins = [regex(r"http://192\.168\.[0-9]+\.[0-9]+(:[0-9]+)?")],
    credentials,
    allow(open_domain, insecure_origins)
)]
async fn addresses() {}

#[cors(origins = [regex("moz-extension://[0-9a-f-]{36}"), regex(r"app://\.")])]
async fn other_schemes() {}

static SHARED: Policy = policy! { origins = [regex(r"^https://preview-[0-9]+\.shop\.example$")] };

fn app() -> CorsRouter {
    CorsRouter::new()
        .route("/beside-a-text", get(beside_a_text))
        .route("/several", get(several))
        .route("/open", get(open))
        .route("/previews", get(previews))
        .route("/addresses", get(addresses))
        .route("/other-schemes", get(other_schemes))
        .route("/shared", get(cors(&SHARED, async || {})))
}

/// Whether pages of these origins may read, with an expression of each kind.
#[tokio::test]
async fn an_expression_matches_whole_origins_and_nothing_else() {
    let routers: [Router; 2] =
        [app().finish().unwrap(), app().layer(tower::layer::util::Identity::new()).finish().unwrap()];
    for (path, origins) in [
        (
            "/beside-a-text",
            &[
                ("https://example.com", true),
                ("https://example.org", true),
                ("https://shop.example", true),
                ("https://example.net", false),
                ("https://examplexcom", false),
                ("https://example.com.evil.example", false),
                ("https://example.com:8443", false),
                ("https://evil-example.com", false),
                ("https://a.example.com", false),
                ("http://example.com", false),
                ("https://example.com/", false),
                ("https://EXAMPLE.com", false),
                ("xhttps://example.com", false),
                ("null", false),
            ][..],
        ),
        (
            "/previews",
            &[
                ("https://deploy-preview-7--shop.netlify.app", true),
                ("https://deploy-preview-x--shop.netlify.app", false),
                ("https://evil.netlify.app", false),
                ("https://deploy-preview-7--shop.netlify.app.evil.example", false),
                ("http://deploy-preview-7--shop.netlify.app", false),
            ],
        ),
        (
            "/addresses",
            &[
                ("http://192.168.1.7", true),
                ("http://192.168.255.255:3000", true),
                // The expression matches it, but it is not an address, and no browser sends it.
                ("http://192.168.999.7", false),
                ("http://192.168.1.7.evil.example", false),
                ("https://192.168.1.7", false),
            ],
        ),
        (
            "/other-schemes",
            &[
                ("moz-extension://2c127fa4-62c7-7e4f-90e5-472b45eecfdc", true),
                ("app://.", true),
                ("moz-extension://evil", false),
                ("app://..", false),
                ("https://2c127fa4-62c7-7e4f-90e5-472b45eecfdc", false),
            ],
        ),
        (
            "/several",
            &[
                ("https://a.example.com", true),
                ("https://a.b.example.com:8443", true),
                ("http://localhost:3000", true),
                ("https://example.com", false),
                ("https://evilexample.com", false),
                // What `.*` matches, but no browser sends: a path, a user, a query, an empty label, a wrong port.
                ("https://evil.example/.example.com", false),
                ("https://evil.example?.example.com", false),
                ("https://evil.example#.example.com", false),
                ("https://me@a.example.com", false),
                ("https://.example.com", false),
                ("https://a..example.com", false),
                ("https://a.example.com:0", false),
                ("https://a.example.com:443", false),
                ("https://a.example.com:99999", false),
                ("http://localhost", false),
                ("http://localhost:03000", false),
                ("http://evil.localhost:3000", false),
            ],
        ),
        (
            "/open",
            &[
                ("https://evil.example", true),
                ("https://evil.example:8443", true),
                ("http://evil.example", false),
                ("https://", false),
                ("https://evil.example/", false),
            ],
        ),
        (
            "/shared",
            &[
                ("https://preview-7.shop.example", true),
                ("https://preview-.shop.example", false),
                ("https://preview-7.shop.example.evil.example", false),
            ],
        ),
    ] {
        for (origin, granted) in origins {
            for router in &routers {
                let response = send(router, &format!("GET {path}\norigin: {origin}")).await;
                let grant = format!("access-control-allow-origin: {origin}");
                assert_eq!(response.contains(&grant), *granted, "{path} {origin}\n{response}");
                assert_eq!(response.contains("access-control-allow-origin"), *granted, "{path} {origin}");
                assert!(response.contains("vary: Origin"), "{response}");
            }
        }
    }
}

#[tokio::test]
async fn the_headers_are_those_of_any_list() {
    check(
        app().finish().unwrap(),
        &[
            (
                "what an expression accepts is granted by its name",
                "GET /beside-a-text\norigin: https://example.org",
                "200
                access-control-allow-credentials: true
                access-control-allow-origin: https://example.org
                access-control-expose-headers: etag
                vary: Origin",
            ),
            (
                "others get nothing",
                "GET /beside-a-text\norigin: https://example.net",
                "200
                vary: Origin",
            ),
            (
                "a preflight",
                "OPTIONS /several\norigin: https://a.example.com:81\naccess-control-request-method: GET",
                "204
                access-control-allow-credentials: true
                access-control-allow-methods: GET, HEAD
                access-control-allow-origin: https://a.example.com:81
                vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
            ),
            (
                "a preflight of somebody else",
                "OPTIONS /several\norigin: https://evilexample.com\naccess-control-request-method: GET",
                "403
                vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
            ),
        ],
    )
    .await;
}

#[test]
fn in_words() {
    assert_eq!(SHARED.to_string(), r#"regex("^https://preview-[0-9]+\\.shop\\.example$")"#);
}
