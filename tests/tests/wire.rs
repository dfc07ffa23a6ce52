//! What goes over the wire: request, whole response, and a sentence that says why. Each case runs in process and over
//! a socket.

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Path, Request, State},
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
    routing::MethodFilter,
};
use cors_runtime::{
    CorsRouter, Policy, any, cors, get, head, on, options, policy, post, put,
    routing::{any_service, get_service},
};
use cors_tests::{check, respond, send, serve};

#[cors(origins = any, expose = any, headers = [any, "authorization"])]
async fn list() -> &'static str {
    "list"
}

#[cors(
    origins = ["https://shop.example"],
    headers = ["Authorization", "content-type"],
    expose = ["etag", "x-total"],
    max_age = 600,
    credentials
)]
async fn show(Path(id): Path<u64>) -> String {
    format!("product {id}")
}

#[cors(
    origins = ["https://shop.example", "https://*.partner.example", "http://localhost:*"],
    headers = ["content-type"],
    max_age = "0"
)]
async fn update(Path(_id): Path<u64>, Json(name): Json<String>) -> String {
    name
}

#[cors(origins = ["https://admin.shop.example"], credentials)]
async fn remove(Path(_id): Path<u64>) -> StatusCode {
    StatusCode::NO_CONTENT
}

#[cors(none)]
async fn internal() -> &'static str {
    "internal"
}

async fn health() -> &'static str {
    "well"
}

fn app() -> CorsRouter {
    CorsRouter::new()
        .route("/products", get(list))
        .route("/products/{id}", get(show).put(update).delete(remove))
        .route("/internal", get(internal))
        .route("/health", axum::routing::get(health))
}

/// A layer that does nothing, but makes the router need its gate.
fn with_gate(app: CorsRouter) -> Router {
    app.layer(from_fn(async |request: Request, next: Next| next.run(request).await)).finish().unwrap()
}

/// Both ways of keeping the policies, by the handlers themselves and by a gate, give the same answers.
async fn check_both(app: impl Fn() -> CorsRouter, cases: &[cors_tests::Case<'_>]) {
    check(app().finish().unwrap(), cases).await;
    check(with_gate(app()), cases).await;
}

const VARY: &str = "vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers";

#[tokio::test]
async fn preflights_of_one_path_with_three_policies() {
    check_both(
        app,
        &[
            (
                "GET has its own policy",
                "OPTIONS /products/5\norigin: https://shop.example\naccess-control-request-method: GET",
                "204
                access-control-allow-credentials: true
                access-control-allow-headers: authorization, content-type
                access-control-allow-methods: GET, HEAD
                access-control-allow-origin: https://shop.example
                access-control-max-age: 600
                vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
            ),
            (
                "HEAD is judged by the policy of GET",
                "OPTIONS /products/5\norigin: https://shop.example\naccess-control-request-method: HEAD",
                "204
                access-control-allow-credentials: true
                access-control-allow-headers: authorization, content-type
                access-control-allow-methods: GET, HEAD
                access-control-allow-origin: https://shop.example
                access-control-max-age: 600
                vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
            ),
            (
                "PUT has another one, and 0 is sent, for it is not the same as nothing",
                "OPTIONS /products/5\norigin: https://shop.example\naccess-control-request-method: PUT",
                "204
                access-control-allow-headers: content-type
                access-control-allow-methods: PUT
                access-control-allow-origin: https://shop.example
                access-control-max-age: 0
                vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
            ),
            (
                "a subdomain at any depth",
                "OPTIONS /products/5\norigin: https://a.b.partner.example\naccess-control-request-method: PUT",
                "204
                access-control-allow-headers: content-type
                access-control-allow-methods: PUT
                access-control-allow-origin: https://a.b.partner.example
                access-control-max-age: 0
                vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
            ),
            (
                "any port",
                "OPTIONS /products/5\norigin: http://localhost:5173\naccess-control-request-method: PUT",
                "204
                access-control-allow-headers: content-type
                access-control-allow-methods: PUT
                access-control-allow-origin: http://localhost:5173
                access-control-max-age: 0
                vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
            ),
            (
                "a policy of several origins names none to others",
                "OPTIONS /products/5\norigin: https://partner.example\naccess-control-request-method: PUT",
                "403
                vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
            ),
            (
                "a policy of one origin names it, and the console says which would be right",
                "OPTIONS /products/5\norigin: https://shop.example\naccess-control-request-method: DELETE",
                "403
                access-control-allow-origin: https://admin.shop.example
                vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
            ),
            (
                "no headers are allowed where none are listed",
                "OPTIONS /products/5\norigin: https://admin.shop.example\naccess-control-request-method: DELETE",
                "204
                access-control-allow-credentials: true
                access-control-allow-methods: DELETE
                access-control-allow-origin: https://admin.shop.example
                vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
            ),
            (
                "a header that is not allowed gets the true list, and the console names what is missing",
                "OPTIONS /products/5\norigin: https://admin.shop.example\naccess-control-request-method: DELETE
                access-control-request-headers: x-reason",
                "204
                access-control-allow-credentials: true
                access-control-allow-methods: DELETE
                access-control-allow-origin: https://admin.shop.example
                vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
            ),
            (
                "a method without a policy",
                "OPTIONS /products/5\norigin: https://shop.example\naccess-control-request-method: PATCH",
                "403
                vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
            ),
            (
                "methods are case-sensitive",
                "OPTIONS /products/5\norigin: https://shop.example\naccess-control-request-method: put",
                "403
                vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
            ),
            (
                "an invalid requested method",
                "OPTIONS /products/5\norigin: https://shop.example\naccess-control-request-method: P UT",
                "403
                vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
            ),
            (
                "an empty requested method",
                "OPTIONS /products/5\norigin: https://shop.example\naccess-control-request-method:",
                "403
                vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
            ),
            (
                "any origin",
                "OPTIONS /products\norigin: https://whoever.example\naccess-control-request-method: GET",
                "204
                access-control-allow-headers: *, authorization
                access-control-allow-methods: GET, HEAD
                access-control-allow-origin: *
                vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
            ),
            (
                "any origin, `null` too",
                "OPTIONS /products\norigin: null\naccess-control-request-method: GET",
                "204
                access-control-allow-headers: *, authorization
                access-control-allow-methods: GET, HEAD
                access-control-allow-origin: *
                vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
            ),
            (
                "a policy that grants nothing",
                "OPTIONS /internal\norigin: https://shop.example\naccess-control-request-method: GET",
                "403
                vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
            ),
            (
                "a handler without a policy: as without this crate, since it may answer preflights itself",
                "OPTIONS /health\norigin: https://shop.example\naccess-control-request-method: GET",
                "405",
            ),
            (
                "a path without a handler: as without this crate",
                "OPTIONS /nowhere\norigin: https://shop.example\naccess-control-request-method: GET",
                "404",
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn requests() {
    check_both(
        app,
        &[
            (
                "any origin: the same on every response",
                "GET /products\norigin: https://whoever.example",
                "200
                access-control-allow-origin: *
                access-control-expose-headers: *
                content-type: text/plain; charset=utf-8",
            ),
            (
                "any origin, and no page",
                "GET /products",
                "200
                access-control-allow-origin: *
                access-control-expose-headers: *
                content-type: text/plain; charset=utf-8",
            ),
            (
                "one origin",
                "GET /products/5\norigin: https://shop.example",
                "200
                access-control-allow-credentials: true
                access-control-allow-origin: https://shop.example
                access-control-expose-headers: etag, x-total
                content-type: text/plain; charset=utf-8",
            ),
            (
                "one origin, and another: a cache must not give this to the one, for it lacks what the one may do",
                "GET /products/5\norigin: https://other.example",
                "200
                access-control-allow-origin: https://shop.example
                content-type: text/plain; charset=utf-8
                vary: Origin",
            ),
            (
                "one origin, and no page: the same",
                "GET /products/5",
                "200
                access-control-allow-origin: https://shop.example
                content-type: text/plain; charset=utf-8
                vary: Origin",
            ),
            (
                "HEAD by the policy of GET",
                "HEAD /products/5\norigin: https://shop.example",
                "200
                access-control-allow-credentials: true
                access-control-allow-origin: https://shop.example
                access-control-expose-headers: etag, x-total
                content-type: text/plain; charset=utf-8",
            ),
            (
                "several origins",
                "PUT /products/5\norigin: https://a.partner.example\ncontent-type: application/json\n\n\"tea\"",
                "200
                access-control-allow-origin: https://a.partner.example
                content-type: text/plain; charset=utf-8
                vary: Origin",
            ),
            (
                "several origins, and another",
                "PUT /products/5\norigin: https://a.partner.example.evil.example\ncontent-type: application/json\n\n\"tea\"",
                "200
                content-type: text/plain; charset=utf-8
                vary: Origin",
            ),
            (
                "several origins, and no page",
                "PUT /products/5\ncontent-type: application/json\n\n\"tea\"",
                "200
                content-type: text/plain; charset=utf-8
                vary: Origin",
            ),
            (
                "a rejected body is readable",
                "PUT /products/5\norigin: http://localhost\ncontent-type: application/json\n\ntea",
                "400
                access-control-allow-origin: http://localhost
                content-type: text/plain; charset=utf-8
                vary: Origin",
            ),
            (
                "a rejected path is readable",
                "GET /products/tea\norigin: https://shop.example",
                "400
                access-control-allow-credentials: true
                access-control-allow-origin: https://shop.example
                access-control-expose-headers: etag, x-total
                content-type: text/plain; charset=utf-8",
            ),
            (
                "a response without a body",
                "DELETE /products/5\norigin: https://admin.shop.example",
                "204
                access-control-allow-credentials: true
                access-control-allow-origin: https://admin.shop.example",
            ),
            (
                "a policy that grants nothing",
                "GET /internal\norigin: https://shop.example",
                "200
                content-type: text/plain; charset=utf-8",
            ),
            (
                "a handler without a policy",
                "GET /health\norigin: https://shop.example",
                "200
                content-type: text/plain; charset=utf-8",
            ),
            ("a path without a handler", "GET /nowhere\norigin: https://shop.example", "404"),
        ],
    )
    .await;
}

#[tokio::test]
async fn origins_that_are_none() {
    let long = format!("GET /products/5\norigin: https://{}.shop.example", "a".repeat(400));
    let long_preflight = format!(
        "OPTIONS /products\norigin: https://{}.example\naccess-control-request-method: GET",
        "a".repeat(400)
    );
    let refused = "200
        access-control-allow-origin: https://shop.example
        content-type: text/plain; charset=utf-8
        vary: Origin";
    check_both(
        app,
        &[
            ("empty", "GET /products/5\norigin:", refused),
            ("`null`", "GET /products/5\norigin: null", refused),
            ("upper case", "GET /products/5\norigin: https://SHOP.example", refused),
            ("the scheme's own port", "GET /products/5\norigin: https://shop.example:443", refused),
            ("a slash", "GET /products/5\norigin: https://shop.example/", refused),
            ("two in one", "GET /products/5\norigin: https://shop.example https://shop.example", refused),
            (
                "two in two",
                "GET /products/5\norigin: https://shop.example\norigin: https://shop.example",
                refused,
            ),
            ("too long", &long, refused),
            ("too long, although any origin is allowed", &long_preflight, &format!("403\n{VARY}")),
        ],
    )
    .await;
}

#[tokio::test]
async fn bytes_beyond_ascii() {
    for app in [app().finish().unwrap(), with_gate(app())] {
        for bytes in
            [&b"https://shop.ex\xe4mple"[..], b"\xff\xfe", b"https://\xf0\x9f\x8d\xb5.partner.example"]
        {
            let origin = HeaderValue::from_bytes(bytes).unwrap();
            let request = Request::get("/products/5").header("origin", &origin).body("".into()).unwrap();
            let response = respond(&app, request).await;
            assert_eq!(response.status(), StatusCode::OK);
            assert_eq!(response.headers()["access-control-allow-origin"], "https://shop.example");
            assert!(!response.headers().contains_key("access-control-allow-credentials"));

            let request = Request::options("/products/5")
                .header("origin", &origin)
                .header("access-control-request-method", "PUT")
                .header(
                    "access-control-request-headers",
                    HeaderValue::from_bytes(b"\xff,content-type").unwrap(),
                )
                .body("".into())
                .unwrap();
            let response = respond(&app, request).await;
            assert_eq!(response.status(), StatusCode::FORBIDDEN);
            assert!(!response.headers().contains_key("access-control-allow-origin"));
        }
    }
}

#[tokio::test]
async fn the_requested_headers_never_change_the_answer() {
    let preflight = "OPTIONS /products/5\norigin: https://shop.example\naccess-control-request-method: PUT";
    let long = format!("{preflight}\naccess-control-request-headers: {}", "x-a,".repeat(16 * 1024));
    let many = format!("{preflight}{}", "\naccess-control-request-headers: x-a".repeat(50));
    let expected = "204
        access-control-allow-headers: content-type
        access-control-allow-methods: PUT
        access-control-allow-origin: https://shop.example
        access-control-max-age: 0
        vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers";
    let with = |headers: &str| format!("{preflight}\n{headers}");
    check_both(
        app,
        &[
            ("none, as for an upload listener", preflight, expected),
            ("the one allowed", &with("access-control-request-headers: content-type"), expected),
            ("in capitals", &with("access-control-request-headers: CONTENT-TYPE"), expected),
            ("empty elements", &with("access-control-request-headers: ,, content-type ,,"), expected),
            (
                "several lines",
                &with("access-control-request-headers: content-type\naccess-control-request-headers: x-a"),
                expected,
            ),
            ("empty", &with("access-control-request-headers:"), expected),
            ("no names", &with("access-control-request-headers: \"{}\" ;;"), expected),
            ("many lines", &many, expected),
            ("64 KiB", &long, expected),
        ],
    )
    .await;
}

#[cors(origins = ["https://shop.example"])]
async fn describe() -> &'static str {
    "GET, OPTIONS"
}

#[tokio::test]
async fn options_requests_that_are_no_preflights() {
    let app = || app().route("/described", get(list).options(describe));
    check_both(
        app,
        &[
            (
                "a handler for OPTIONS gets them",
                "OPTIONS /described\norigin: https://shop.example",
                "200
                access-control-allow-origin: https://shop.example
                content-type: text/plain; charset=utf-8",
            ),
            (
                "a preflight for OPTIONS is a preflight",
                "OPTIONS /described\norigin: https://shop.example\naccess-control-request-method: OPTIONS",
                "204
                access-control-allow-methods: OPTIONS
                access-control-allow-origin: https://shop.example
                vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
            ),
            (
                "without Origin it is not a preflight",
                "OPTIONS /described\naccess-control-request-method: GET",
                "200
                access-control-allow-origin: https://shop.example
                content-type: text/plain; charset=utf-8",
            ),
            (
                "requested headers alone make no preflight",
                "OPTIONS /described\norigin: https://shop.example\naccess-control-request-headers: x-a",
                "200
                access-control-allow-origin: https://shop.example
                content-type: text/plain; charset=utf-8",
            ),
            (
                "only OPTIONS makes a preflight",
                "GET /described\norigin: https://shop.example\naccess-control-request-method: GET",
                "200
                access-control-allow-origin: *
                access-control-expose-headers: *
                content-type: text/plain; charset=utf-8",
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_missing_method_is_readable_by_those_who_may_use_the_path() {
    for app in [app().finish().unwrap(), with_gate(app())] {
        for (request, expected) in [
            (
                "POST /products\norigin: https://whoever.example",
                "405\naccess-control-allow-origin: *\naccess-control-expose-headers: *",
            ),
            (
                "OPTIONS /products\norigin: https://whoever.example",
                "405\naccess-control-allow-origin: *\naccess-control-expose-headers: *",
            ),
            (
                "PATCH /products/5\norigin: https://a.partner.example",
                "405\naccess-control-allow-origin: https://a.partner.example\nvary: Origin",
            ),
            (
                "PATCH /products/5\norigin: https://admin.shop.example",
                "405\naccess-control-allow-credentials: true\n\
                 access-control-allow-origin: https://admin.shop.example\nvary: Origin",
            ),
            ("PATCH /internal\norigin: https://shop.example", "405"),
            ("PATCH /health\norigin: https://shop.example", "405"),
        ] {
            assert_eq!(send(&app, request).await, expected, "{request}");
        }
    }
}

#[cors(origins = ["https://a.example", "https://b.example"], expose = ["etag"])]
async fn own_headers() -> impl IntoResponse {
    [
        (header::VARY, "Accept-Encoding"),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::ACCESS_CONTROL_ALLOW_CREDENTIALS, "true"),
        (header::ACCESS_CONTROL_EXPOSE_HEADERS, "x-secret"),
    ]
}

async fn for_everybody() -> Policy {
    policy! { origins = any }
}

#[cors(delegate = for_everybody)]
async fn delegated() {}

#[tokio::test]
async fn a_missing_method_varies_as_the_responses_of_the_path_do() {
    let app = || CorsRouter::new().route("/list", get(own_headers)).route("/delegated", get(delegated));
    check_both(
        app,
        &[
            (
                "one of several origins",
                "PATCH /list\norigin: https://a.example",
                "405
                access-control-allow-origin: https://a.example
                access-control-expose-headers: etag
                vary: Origin",
            ),
            ("another origin", "PATCH /list\norigin: https://c.example", "405\nvary: Origin"),
            ("no origin", "PATCH /list", "405\nvary: Origin"),
            (
                "a delegate may answer another origin with another policy",
                "PATCH /delegated\norigin: https://a.example",
                "405
                access-control-allow-origin: *
                vary: Origin",
            ),
        ],
    )
    .await;
}

#[cors(origins = ["https://a.example", "https://b.example"])]
async fn varied_by_origin() -> impl IntoResponse {
    [(header::VARY, "accept, ORIGIN")]
}

#[cors(origins = ["https://a.example", "https://b.example"])]
async fn varied_by_all() -> impl IntoResponse {
    [(header::VARY, "*")]
}

#[cors(origins = ["https://a.example", "https://b.example"])]
async fn varied_in_lines() -> Response {
    let mut response = ().into_response();
    response.headers_mut().append(header::VARY, HeaderValue::from_static("accept"));
    response.headers_mut().append(header::VARY, HeaderValue::from_static("accept-language"));
    response
}

#[tokio::test]
async fn headers_that_the_handler_set() {
    let app = || {
        CorsRouter::new()
            .route("/own", get(own_headers))
            .route("/origin", get(varied_by_origin))
            .route("/all", get(varied_by_all))
            .route("/lines", get(varied_in_lines))
    };
    check_both(
        app,
        &[
            (
                "replaced, and Vary merged",
                "GET /own\norigin: https://b.example",
                "200
                access-control-allow-origin: https://b.example
                access-control-expose-headers: etag
                vary: Accept-Encoding, Origin",
            ),
            (
                "no grant of the handler's own comes through",
                "GET /own\norigin: https://c.example",
                "200
                vary: Accept-Encoding, Origin",
            ),
            (
                "Vary names it already",
                "GET /origin\norigin: https://b.example",
                "200
                access-control-allow-origin: https://b.example
                vary: accept, ORIGIN",
            ),
            (
                "Vary says everything already",
                "GET /all\norigin: https://b.example",
                "200
                access-control-allow-origin: https://b.example
                vary: *",
            ),
            (
                "Vary in several lines",
                "GET /lines\norigin: https://b.example",
                "200
                access-control-allow-origin: https://b.example
                vary: accept, accept-language, Origin",
            ),
        ],
    )
    .await;
}

#[cors(origins = ["https://shop.example"], credentials, headers = ["x-a"])]
async fn everything() -> &'static str {
    "everything"
}

#[cors(origins = ["https://shop.example"], methods = ["GET", "PURGE"])]
async fn narrowed() -> &'static str {
    "narrowed"
}

#[tokio::test]
async fn handlers_on_several_methods() {
    let app = || {
        CorsRouter::new()
            .route("/any", any(everything))
            .route("/any-but-get", get(list).any(everything))
            .route("/narrowed", any(narrowed))
            .route("/on", on(MethodFilter::PUT.or(MethodFilter::POST), everything))
            .route("/both", post(everything).put(everything))
            .route("/head", get(list).head(everything))
    };
    let preflight = |path: &str, method: &str| {
        format!("OPTIONS {path}\norigin: https://shop.example\naccess-control-request-method: {method}")
    };
    let everything = |methods: &str| {
        format!(
            "204
            access-control-allow-credentials: true
            access-control-allow-headers: x-a
            access-control-allow-methods: {methods}
            access-control-allow-origin: https://shop.example\n{VARY}"
        )
    };
    let narrowed = format!(
        "204
        access-control-allow-methods: GET, PURGE
        access-control-allow-origin: https://shop.example\n{VARY}"
    );
    let refused = format!("403\n{VARY}");
    check_both(
        app,
        &[
            (
                "the methods of the standard",
                &preflight("/any", "PATCH"),
                &everything("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"),
            ),
            ("a method of no standard", &preflight("/any", "PURGE"), &everything("PURGE")),
            ("a method that no page can use", &preflight("/any", "TRACE"), &refused),
            (
                "what another handler takes is not listed",
                &preflight("/any-but-get", "PUT"),
                &everything("POST, PUT, PATCH, DELETE, OPTIONS"),
            ),
            ("narrowed, with a method of no standard", &preflight("/narrowed", "PURGE"), &narrowed),
            ("narrowed, and another method: the true list", &preflight("/narrowed", "PUT"), &narrowed),
            ("on two", &preflight("/on", "PUT"), &everything("POST, PUT")),
            ("on two, and another", &preflight("/on", "GET"), &refused),
            (
                "methods that share a policy are listed together",
                &preflight("/both", "PUT"),
                &everything("POST, PUT"),
            ),
            ("HEAD with a handler of its own", &preflight("/head", "HEAD"), &everything("HEAD")),
            (
                "a request of no standard",
                "PURGE /narrowed\norigin: https://shop.example",
                "200
                access-control-allow-origin: https://shop.example
                content-type: text/plain; charset=utf-8",
            ),
            (
                "OPTIONS that is not a preflight goes to the handler",
                "OPTIONS /any\norigin: https://shop.example",
                "200
                access-control-allow-credentials: true
                access-control-allow-origin: https://shop.example
                content-type: text/plain; charset=utf-8",
            ),
        ],
    )
    .await;
}

#[cors(origins = ["https://shop.example", "https://admin.shop.example"], enforce)]
async fn enforced() -> &'static str {
    "done"
}

#[tokio::test]
async fn an_enforced_policy() {
    let app = || CorsRouter::new().route("/", post(enforced));
    let done = "200\ncontent-type: text/plain; charset=utf-8\nvary: Origin, Sec-Fetch-Site";
    let refused = "403\nvary: Origin, Sec-Fetch-Site";
    check_both(
        app,
        &[
            (
                "allowed",
                "POST /\norigin: https://shop.example\nsec-fetch-site: cross-site",
                "200
                access-control-allow-origin: https://shop.example
                content-type: text/plain; charset=utf-8
                vary: Origin",
            ),
            ("refused", "POST /\norigin: https://evil.example\nsec-fetch-site: cross-site", refused),
            (
                "refused, of the same site",
                "POST /\norigin: https://x.shop.example\nsec-fetch-site: same-site",
                refused,
            ),
            ("refused, of an older browser", "POST /\norigin: https://evil.example", refused),
            ("refused, and no origin at all", "POST /\norigin: null", refused),
            ("same-origin", "POST /\norigin: https://api.example\nsec-fetch-site: same-origin", done),
            ("same-origin, of an older browser", "POST /\norigin: https://api.example", done),
            ("another port is another origin", "POST /\norigin: https://api.example:8443", refused),
            ("no page", "POST /", done),
        ],
    )
    .await;
}

#[tokio::test]
async fn an_enforced_policy_holds_for_every_method() {
    // A WebSocket over HTTP/2 is opened by CONNECT, which no MethodFilter of the standard methods shows.
    let app = || CorsRouter::new().route("/any", any(enforced)).route("/rest", get(list).any(enforced));
    for app in [app().finish().unwrap(), with_gate(app())] {
        for method in ["POST", "OPTIONS", "CONNECT", "TRACE", "PURGE"] {
            for path in ["/any", "/rest"] {
                let request =
                    format!("{method} {path}\norigin: https://evil.example\nsec-fetch-site: cross-site");
                assert_eq!(send(&app, &request).await, "403\nvary: Origin, Sec-Fetch-Site", "{request}");
            }
        }
    }
}

async fn not_found() -> (StatusCode, &'static str) {
    (StatusCode::NOT_FOUND, "nothing here")
}

async fn auth(request: Request, next: Next) -> Response {
    assert!(
        !request.headers().contains_key("access-control-request-method"),
        "an auth layer never sees a preflight"
    );
    match request.headers().get(header::AUTHORIZATION) {
        Some(_) => next.run(request).await,
        None => StatusCode::UNAUTHORIZED.into_response(),
    }
}

#[cors(origins = ["https://shop.example"], headers = ["authorization"])]
async fn sleep() {
    tokio::time::sleep(std::time::Duration::from_secs(3_600)).await;
}

#[cors(origins = ["https://shop.example"], headers = ["authorization"])]
async fn panic() {
    panic!("a handler that panics, on purpose");
}

#[cors(origins = ["https://shop.example"], headers = ["authorization"])]
async fn upload(body: String) -> String {
    body
}

#[tokio::test]
async fn whoever_made_the_response_the_page_can_read_it() {
    let app = CorsRouter::new()
        .route("/sleep", get(sleep))
        .route("/panic", get(panic))
        .route("/upload", post(upload))
        .layer(DefaultBodyLimit::max(8))
        .layer(tower_http::catch_panic::CatchPanicLayer::custom(|_| {
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }))
        .layer(tower_http::timeout::TimeoutLayer::with_status_code(
            StatusCode::REQUEST_TIMEOUT,
            std::time::Duration::from_millis(50),
        ))
        .layer(from_fn(auth))
        .finish()
        .unwrap();
    let readable = |status: &str| format!("{status}\naccess-control-allow-origin: https://shop.example");
    check(
        app,
        &[
            ("an auth layer", "GET /sleep\norigin: https://shop.example", &readable("401")),
            ("a timeout", "GET /sleep\norigin: https://shop.example\nauthorization: me", &readable("408")),
            (
                "a caught panic",
                "GET /panic\norigin: https://shop.example\nauthorization: me",
                &readable("500"),
            ),
            (
                "a body limit",
                "POST /upload\norigin: https://shop.example\nauthorization: me\n\n123456789",
                &(readable("413") + "\ncontent-type: text/plain; charset=utf-8"),
            ),
            (
                "the auth layer never sees this one",
                "OPTIONS /sleep\norigin: https://shop.example\naccess-control-request-method: GET",
                &format!(
                    "204
                    access-control-allow-headers: authorization
                    access-control-allow-methods: GET, HEAD
                    access-control-allow-origin: https://shop.example\n{VARY}"
                ),
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_default_policy_is_for_whatever_has_none() {
    let default = everything().await.policy();
    let app = || app().fallback(not_found).default_policy(default.clone());
    let granted = "access-control-allow-credentials: true
        access-control-allow-origin: https://shop.example
        content-type: text/plain; charset=utf-8";
    check_both(
        app,
        &[
            ("no route", "GET /nowhere\norigin: https://shop.example", &format!("404\n{granted}")),
            ("no policy", "GET /health\norigin: https://shop.example", &format!("200\n{granted}")),
            (
                "a policy that grants nothing is a policy",
                "GET /internal\norigin: https://shop.example",
                "200\ncontent-type: text/plain; charset=utf-8",
            ),
            (
                "its preflights",
                "OPTIONS /nowhere\norigin: https://shop.example\naccess-control-request-method: PUT",
                &format!(
                    "204
                    access-control-allow-credentials: true
                    access-control-allow-headers: x-a
                    access-control-allow-methods: PUT
                    access-control-allow-origin: https://shop.example\n{VARY}"
                ),
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn nested_and_merged() {
    let products = || CorsRouter::new().route("/", get(list)).route("/{id}", get(show).put(update));
    let api = || {
        CorsRouter::new().nest("/products", products()).merge(CorsRouter::new().route("/on", put(everything)))
    };
    let finished = || api().finish().unwrap();
    let listed = "200
        access-control-allow-origin: *
        access-control-expose-headers: *
        content-type: text/plain; charset=utf-8";
    let shown = format!(
        "204
        access-control-allow-credentials: true
        access-control-allow-headers: authorization, content-type
        access-control-allow-methods: GET, HEAD
        access-control-allow-origin: https://shop.example
        access-control-max-age: 600\n{VARY}"
    );
    let preflight = |path: &str| {
        format!("OPTIONS {path}\norigin: https://shop.example\naccess-control-request-method: GET")
    };
    for (how, prefix, app) in [
        (
            "nest in nest",
            "/v1/api",
            with_gate(CorsRouter::new().nest("/v1", CorsRouter::new().nest("/api", api()))),
        ),
        ("a finished router nested", "/api", Router::new().nest("/api", finished())),
        (
            "a finished router nested twice",
            "/v1/api",
            Router::new().nest("/v1", Router::new().nest("/api", finished())),
        ),
        ("a finished router nested at a slash", "/api", Router::new().nest("/api/", finished())),
        ("a finished router with parameters before it", "/7", Router::new().nest("/{tenant}", finished())),
        ("a finished router as a service", "/api", Router::new().nest_service("/api", finished())),
        ("a finished router merged", "", Router::new().merge(finished())),
    ] {
        check(
            app,
            &[
                (how, &format!("GET {prefix}/products\norigin: https://shop.example"), listed),
                (how, &preflight(&format!("{prefix}/products/5")), &shown),
                (
                    how,
                    &format!("PUT {prefix}/on\norigin: https://shop.example"),
                    "200
                    access-control-allow-credentials: true
                    access-control-allow-origin: https://shop.example
                    content-type: text/plain; charset=utf-8",
                ),
            ],
        )
        .await;
    }
}

#[cors(origins = ["https://shop.example"])]
async fn number(State(number): State<u32>) -> String {
    number.to_string()
}

#[cors(origins = ["https://shop.example"])]
async fn text(State(text): State<&'static str>) -> &'static str {
    text
}

#[tokio::test]
async fn states_of_two_types() {
    let app = || {
        let numbers: CorsRouter<&'static str> = CorsRouter::new().route("/number", get(number)).with_state(7);
        numbers.route("/text", get(text)).with_state("seven")
    };
    let granted = "200
        access-control-allow-origin: https://shop.example
        content-type: text/plain; charset=utf-8";
    check_both(
        app,
        &[
            ("of one", "GET /number\norigin: https://shop.example", granted),
            ("of the other", "GET /text\norigin: https://shop.example", granted),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_method_router_by_itself() {
    let app = Router::new()
        .route("/products/{id}", get(show).put(update).into())
        .route("/mixed", get(list).merge(axum::routing::post(health)).into())
        .route("/layered", get(sleep).layer(from_fn(auth)).into())
        .route("/head", head(list).into())
        .route("/options", options(describe).into());
    check(
        app,
        &[
            (
                "its preflights",
                "OPTIONS /products/5\norigin: http://localhost:1\naccess-control-request-method: PUT",
                &format!(
                    "204
                    access-control-allow-headers: content-type
                    access-control-allow-methods: PUT
                    access-control-allow-origin: http://localhost:1
                    access-control-max-age: 0\n{VARY}"
                ),
            ),
            (
                "its responses",
                "GET /products/5\norigin: https://shop.example",
                "200
                access-control-allow-credentials: true
                access-control-allow-origin: https://shop.example
                access-control-expose-headers: etag, x-total
                content-type: text/plain; charset=utf-8",
            ),
            (
                "a method that stays same-origin",
                "POST /mixed\norigin: https://shop.example",
                "200\ncontent-type: text/plain; charset=utf-8",
            ),
            (
                "and its preflights",
                "OPTIONS /mixed\norigin: https://shop.example\naccess-control-request-method: POST",
                &format!("403\n{VARY}"),
            ),
            (
                "a layer inside the policy",
                "GET /layered\norigin: https://shop.example",
                "401\naccess-control-allow-origin: https://shop.example",
            ),
            (
                "and its preflights",
                "OPTIONS /layered\norigin: https://shop.example\naccess-control-request-method: GET",
                &format!(
                    "204
                    access-control-allow-headers: authorization
                    access-control-allow-methods: GET, HEAD
                    access-control-allow-origin: https://shop.example\n{VARY}"
                ),
            ),
        ],
    )
    .await;
}

static PARTNER: Policy =
    policy! { origins = ["https://a.example", "https://*.b.example"], headers = ["x-api-key"] };

#[cors(policy = PARTNER)]
async fn prices() {}

#[cors(policy = PARTNER)]
async fn change_prices() {}

#[tokio::test]
async fn a_policy_that_is_shared() {
    let app = || {
        CorsRouter::new()
            .route("/prices", get(prices).put(change_prices))
            .route("/closure", get(cors(&PARTNER, async || "closure")))
    };
    check_both(
        app,
        &[
            (
                "methods that share a policy are listed together",
                "OPTIONS /prices\norigin: https://x.b.example\naccess-control-request-method: PUT",
                &format!(
                    "204
                    access-control-allow-headers: x-api-key
                    access-control-allow-methods: GET, HEAD, PUT
                    access-control-allow-origin: https://x.b.example\n{VARY}"
                ),
            ),
            (
                "at the route",
                "GET /closure\norigin: https://a.example",
                "200
                access-control-allow-origin: https://a.example
                content-type: text/plain; charset=utf-8
                vary: Origin",
            ),
        ],
    )
    .await;
}

static FONTS: Policy = policy! { origins = any };

#[tokio::test]
async fn services() {
    let files = || tower_http::services::ServeDir::new(concat!(env!("CARGO_MANIFEST_DIR"), "/ui"));
    let app = || {
        CorsRouter::new()
            .route("/fonts/{*path}", get_service(cors(&FONTS, files())))
            .route("/any/{*path}", any_service(cors(&PARTNER, files())))
    };
    check_both(
        app,
        &[
            (
                "a file that is not there is readable",
                "GET /fonts/none.woff2\norigin: https://whoever.example",
                "404\naccess-control-allow-origin: *",
            ),
            (
                "the preflights of a service",
                "OPTIONS /fonts/a.woff2\norigin: https://whoever.example\naccess-control-request-method: GET",
                &format!(
                    "204
                    access-control-allow-methods: GET, HEAD
                    access-control-allow-origin: *\n{VARY}"
                ),
            ),
            (
                "a service on every method",
                "OPTIONS /any/a.woff2\norigin: https://a.example\naccess-control-request-method: PROPFIND",
                &format!(
                    "204
                    access-control-allow-headers: x-api-key
                    access-control-allow-methods: PROPFIND
                    access-control-allow-origin: https://a.example\n{VARY}"
                ),
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_policy_without_axum() {
    let policy = own_headers().await.policy().current().unwrap();
    let origin: (HeaderName, HeaderValue) = (header::ORIGIN, HeaderValue::from_static("https://b.example"));
    let mut request: axum::http::HeaderMap = [origin].into_iter().collect();

    let answer = policy.answer(&axum::http::Method::GET, &request);
    assert_eq!((answer.is_preflight(), answer.status()), (false, None));
    let mut response = axum::http::HeaderMap::new();
    response.insert("access-control-allow-origin", HeaderValue::from_static("*"));
    answer.write(&mut response);
    assert_eq!(response["access-control-allow-origin"], "https://b.example");
    assert_eq!(response["vary"], "Origin");

    request.insert("access-control-request-method", HeaderValue::from_static("PUT"));
    let answer = policy.answer(&axum::http::Method::OPTIONS, &request);
    assert_eq!((answer.is_preflight(), answer.status()), (true, Some(StatusCode::NO_CONTENT)));
    let mut response = axum::http::HeaderMap::new();
    response.insert("vary", HeaderValue::from_static("accept, origin"));
    answer.write(&mut response);
    assert_eq!(response["access-control-allow-methods"], "PUT");
    let vary: Vec<_> = response.get_all("vary").iter().collect();
    assert_eq!(vary, ["accept, origin, Access-Control-Request-Method, Access-Control-Request-Headers"]);

    request.insert("origin", HeaderValue::from_static("https://c.example"));
    let answer = policy.answer(&axum::http::Method::OPTIONS, &request);
    assert_eq!(answer.status(), Some(StatusCode::FORBIDDEN));
}

/// Browsers look up a method in the list, unless it is GET, HEAD or POST: a list cannot refuse those, but a status can.
#[tokio::test]
async fn a_narrowed_policy_without_axum() {
    let policy = policy! { origins = ["https://a.example"], methods = ["PURGE"] };
    for (method, status, allow_methods) in [
        ("PURGE", StatusCode::NO_CONTENT, Some("PURGE")),
        ("PUT", StatusCode::NO_CONTENT, Some("PURGE")),
        ("GET", StatusCode::FORBIDDEN, None),
        ("HEAD", StatusCode::FORBIDDEN, None),
        ("POST", StatusCode::FORBIDDEN, None),
    ] {
        let mut request = axum::http::HeaderMap::new();
        request.insert("origin", HeaderValue::from_static("https://a.example"));
        request.insert("access-control-request-method", HeaderValue::from_static(method));
        let answer = policy.answer(&axum::http::Method::OPTIONS, &request);
        assert_eq!(answer.status(), Some(status), "{method}");
        let mut response = axum::http::HeaderMap::new();
        answer.write(&mut response);
        let found = response.get("access-control-allow-methods").map(|value| value.to_str().unwrap());
        assert_eq!(found, allow_methods, "{method}");
        assert_eq!(response.contains_key("access-control-allow-origin"), allow_methods.is_some(), "{method}");
    }
}

#[tokio::test]
async fn the_server_lives_on() {
    let address = serve(with_gate(app())).await;
    for request in
        ["GET /products\norigin: \u{1f375}", "OPTIONS *\norigin: x\naccess-control-request-method: GET"]
    {
        cors_tests::send_over_socket(address, request).await;
    }
    let response = cors_tests::send_over_socket(address, "GET /products").await;
    assert!(response.starts_with("200"), "{response}");
}

/// A handler without a policy has no part in its neighbour's, whatever it answers.
#[tokio::test]
async fn what_a_plain_handler_says_is_its_own() {
    let app = || {
        let refuses = axum::routing::post(async || StatusCode::METHOD_NOT_ALLOWED);
        CorsRouter::new().route("/products/{id}", get(show).merge(refuses))
    };
    check_both(
        app,
        &[
            (
                "its own answer is that the method does not exist",
                "POST /products/5\norigin: https://shop.example",
                "405",
            ),
            (
                "the method does not exist, and who may use the path may read that",
                "PUT /products/5\norigin: https://shop.example",
                "405
                access-control-allow-credentials: true
                access-control-allow-origin: https://shop.example
                access-control-expose-headers: etag, x-total",
            ),
        ],
    )
    .await;
}
