//! `timing`: who may read the timing of a response, by the whole responses of a policy however it is written.
//!
//! <https://w3c.github.io/resource-timing/#sec-timing-allow-origin>, <https://fetch.spec.whatwg.org/#concept-tao-check>

use axum::http::{HeaderName, header};
use cors_runtime::{CorsRouter, Policy, any, cors, get, policy, put};
use cors_tests::check;

/// Its own header field is replaced, as those of the CORS protocol are.
async fn handler() -> [(HeaderName, &'static str); 1] {
    [(HeaderName::from_static("timing-allow-origin"), "https://handler.example")]
}

#[cors(origins = ["https://a.example", "https://*.b.example"], timing)]
async fn annotated() {}

/// The same policy by the attribute, `policy!`, the builder and a document.
fn by_all_ways(in_source: Policy, built: Policy, json: &str) -> Vec<Policy> {
    let read: Policy = serde_json::from_str(json).unwrap();
    assert_eq!((&in_source, &in_source), (&built, &read));
    vec![in_source, built, read]
}

async fn check_each(policies: Vec<Policy>, cases: &[(&str, &str, &str)]) {
    for policy in policies {
        let router = CorsRouter::new().route("/", get(cors(&policy, handler)).put(cors(&policy, handler)));
        check(router.finish().unwrap(), cases).await;
    }
}

const LIST: &[(&str, &str, &str)] = &[
    (
        "the origin that may read the response",
        "GET /\norigin: https://a.example",
        "200
        access-control-allow-origin: https://a.example
        timing-allow-origin: https://a.example
        vary: Origin",
    ),
    (
        "an origin that a pattern covers",
        "GET /\norigin: https://x.b.example",
        "200
        access-control-allow-origin: https://x.b.example
        timing-allow-origin: https://x.b.example
        vary: Origin",
    ),
    ("nobody else", "GET /\norigin: https://evil.example", "200\nvary: Origin"),
    ("and no request without an origin, which may be anybody's", "GET /", "200\nvary: Origin"),
    (
        "preflights have no timing",
        "OPTIONS /\norigin: https://a.example\naccess-control-request-method: GET",
        "204
        access-control-allow-methods: GET, HEAD, PUT
        access-control-allow-origin: https://a.example
        vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
    ),
];

#[tokio::test]
async fn a_list() {
    let policies = by_all_ways(
        policy! { origins = ["https://a.example", "https://*.b.example"], timing },
        Policy::builder().origins(["https://a.example", "https://*.b.example"]).timing().build().unwrap(),
        r#"{"origins": ["https://a.example", "https://*.b.example"], "timing": true}"#,
    );
    check_each(policies, LIST).await;
    let [requests @ .., _preflight] = LIST else { panic!() };
    check(CorsRouter::new().route("/", get(annotated)).finish().unwrap(), requests).await;
}

#[tokio::test]
async fn one_origin() {
    let policies = by_all_ways(
        policy! { origins = ["https://a.example"], timing },
        Policy::builder().origins(["https://a.example"]).timing().build().unwrap(),
        r#"{"origins": ["https://a.example"], "timing": true}"#,
    );
    // It is named on every response, whoever asks.
    let response = "200
        access-control-allow-origin: https://a.example
        timing-allow-origin: https://a.example";
    check_each(
        policies,
        &[
            ("the origin", "GET /\norigin: https://a.example", response),
            ("another one", "GET /\norigin: https://evil.example", response),
            ("none", "GET /", response),
        ],
    )
    .await;
}

#[tokio::test]
async fn with_credentials_and_exposed_headers() {
    let policies = by_all_ways(
        policy! { origins = ["https://a.example"], expose = ["etag"], credentials, timing, enforce },
        Policy::builder()
            .origins(["https://a.example"])
            .expose([header::ETAG])
            .credentials()
            .timing()
            .enforce()
            .build()
            .unwrap(),
        r#"{"origins": ["https://a.example"], "expose": ["etag"], "credentials": true, "timing": true, "enforce": true}"#,
    );
    check_each(
        policies,
        &[
            (
                "the origin",
                "GET /\norigin: https://a.example",
                "200
                access-control-allow-credentials: true
                access-control-allow-origin: https://a.example
                access-control-expose-headers: etag
                timing-allow-origin: https://a.example
                vary: Origin",
            ),
            (
                "a refused one, whose handler does not run",
                "GET /\norigin: https://evil.example",
                "403
                access-control-allow-origin: https://a.example
                timing-allow-origin: https://a.example
                vary: Origin, Sec-Fetch-Site",
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn any_origin() {
    let policies = by_all_ways(
        policy! { origins = any, timing },
        Policy::builder().any_origin().timing().build().unwrap(),
        r#"{"origins": "any", "timing": true}"#,
    );
    let response = "200\naccess-control-allow-origin: *\ntiming-allow-origin: *";
    check_each(
        policies,
        &[
            ("an origin", "GET /\norigin: https://a.example", response),
            ("an opaque one", "GET /\norigin: null", response),
            ("none", "GET /", response),
        ],
    )
    .await;
}

#[tokio::test]
async fn nobody_and_a_method_that_is_left_out() {
    let policies = by_all_ways(
        policy! { origins = ["https://a.example"], methods = ["PUT"], timing },
        Policy::builder().origins(["https://a.example"]).methods(["PUT"]).timing().build().unwrap(),
        r#"{"origins": ["https://a.example"], "methods": ["PUT"], "timing": true}"#,
    );
    for policy in policies {
        let app = CorsRouter::new().route("/", any(cors(policy, handler))).finish().unwrap();
        check(
            app,
            &[(
                "it is not allowed to anybody",
                "GET /
origin: https://a.example",
                "200",
            )],
        )
        .await;
    }
    let nobody: Policy = serde_json::from_str(r#"{"origins": [], "timing": true}"#).unwrap();
    let app = CorsRouter::new().route("/", put(cors(nobody, handler))).finish().unwrap();
    check(app, &[("nobody", "PUT /\norigin: https://a.example", "200")]).await;
}

/// Without the flag, the handler's own field is left alone.
#[tokio::test]
async fn without_the_flag() {
    let policy = policy! { origins = ["https://a.example"] };
    check(
        CorsRouter::new().route("/", get(cors(policy, handler))).finish().unwrap(),
        &[(
            "it stays",
            "GET /\norigin: https://a.example",
            "200
            access-control-allow-origin: https://a.example
            timing-allow-origin: https://handler.example",
        )],
    )
    .await;
}
