//! The only router of a process, which is asked by its own handlers and layers, or while another one is made. How many there
//! are is a matter of the process, so each test has one.

use std::sync::OnceLock;

use axum::{
    Router,
    body::Body,
    extract::Request,
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
};
use cors_runtime::{CorsRouter, MethodRouter, Policy, any, cors, get, policy, post};
use cors_tests::{alone, send};
use http::{HeaderMap, StatusCode, Uri};
use tower::ServiceExt;

/// What only [`WIDE`] grants.
const GRANT: &str = "access-control-allow-origin: https://evil.example";

/// The policy of the handlers at which requests come in.
static WIDE: Policy = policy! { origins = ["https://evil.example", "https://shop.example"], credentials };

/// The policy of those that are asked.
static LIST: Policy = policy! { origins = ["https://shop.example", "https://b.example"], credentials };

/// The same, but that it writes the same for everybody.
static SHOP: Policy = policy! { origins = ["https://shop.example"] };

static NONE: Policy = policy! { none };

static ANY: Policy = policy! { origins = any };

/// The router.
static APP: OnceLock<Router> = OnceLock::new();

/// A handler without a policy.
async fn plain() -> &'static str {
    "plain"
}

/// Asks the router for what is below `/old`.
async fn ask(mut request: Request) -> Response {
    let path = request.uri().path().strip_prefix("/old").expect("an old address").to_owned();
    *request.uri_mut() = path.parse().expect("a path");
    APP.get().expect("a router").clone().oneshot(request).await.into_response()
}

/// Asks the router for the handlers of old addresses.
async fn rewrite(request: Request, next: Next) -> Response {
    if request.uri().path().starts_with("/old") { ask(request).await } else { next.run(request).await }
}

/// The same, by a request of its own.
async fn rewrite_anew(uri: Uri, headers: HeaderMap, request: Request, next: Next) -> Response {
    if uri.path().starts_with("/old") { ask_anew(uri, headers).await } else { next.run(request).await }
}

/// Asks the router by a request of its own.
async fn ask_anew(uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().strip_prefix("/old").expect("an old address");
    let mut request = Request::get(path).body(Body::empty()).expect("a request");
    *request.headers_mut() = headers;
    APP.get().expect("a router").clone().oneshot(request).await.into_response()
}

fn only(router: CorsRouter) -> Router {
    let app = router.finish().unwrap();
    APP.set(app.clone()).unwrap();
    app
}

#[test]
fn each_by_itself() {
    alone::each_ignored_test();
}

#[tokio::test]
#[ignore = "in a process of its own"]
async fn a_handler_with_a_policy_asks() {
    whoever_answers_decides(get(cors(&WIDE, ask))).await;
}

#[tokio::test]
#[ignore = "in a process of its own"]
async fn a_handler_with_a_policy_asks_anew() {
    whoever_answers_decides(get(cors(&WIDE, ask_anew))).await;
}

async fn whoever_answers_decides(asking: MethodRouter) {
    let app = only(
        with_policies()
            .route("/plain", axum::routing::get(plain))
            .merge(CorsRouter::new().route("/group", axum::routing::get(plain)).policy(&LIST))
            .route("/old/{*path}", asking),
    );
    for path in ["/list", "/shop", "/none", "/group", "/plain"] {
        for prefix in ["", "/old"] {
            let answer = send(&app, &format!("GET {prefix}{path}\norigin: https://evil.example")).await;
            assert!(answer.starts_with("200"), "{prefix}{path} {answer}");
            // What has no policy is the answer of the handler that asks for it.
            assert_eq!(
                answer.contains(GRANT),
                (prefix, path) == ("/old", "/plain"),
                "{prefix}{path} {answer}"
            );
        }
    }
}

/// It asks in the name of a policy for several handlers. What that has let in, those with a policy of their own refuse, and what
/// they have nothing to say of, nobody says anything of.
async fn handlers_with_policies_say_nothing_else(app: Router) {
    for path in ["/list", "/shop", "/none"] {
        for (prefix, status) in [("", "200"), ("/old", "403")] {
            let answer = send(&app, &format!("GET {prefix}{path}\norigin: https://evil.example")).await;
            let is_granted = ["origin: *", GRANT].iter().any(|grant| answer.contains(grant));
            assert!(answer.starts_with(status) && !is_granted, "{prefix}{path} {answer}");
        }
        // A cache may keep it, and give it to a page.
        for origin in ["", "\norigin: http://api.example"] {
            let answer = send(&app, &format!("GET /old{path}{origin}")).await;
            let own = send(&app, &format!("GET {path}{origin}")).await;
            assert_eq!(fields_of_cors(&answer), fields_of_cors(&own), "{path}");
        }
    }
    let answer = send(&app, "GET /old/list\norigin: https://shop.example").await;
    assert!(answer.starts_with("200") && answer.contains("https://shop.example"), "{answer}");
    let answer = send(&app, "GET /old/none\norigin: https://shop.example").await;
    assert!(answer.starts_with("403") && !answer.contains("https://shop.example"), "{answer}");
}

fn fields_of_cors(answer: &str) -> Vec<&str> {
    answer.lines().filter(|line| line.starts_with("access-control-")).collect()
}

fn with_policies() -> CorsRouter {
    CorsRouter::new()
        .route("/list", get(cors(&LIST, plain)))
        .route("/shop", get(cors(&SHOP, plain)))
        .route("/none", get(cors(&NONE, plain)))
}

fn with_default(policy: &'static Policy) -> CorsRouter {
    with_policies().route("/old/{*path}", axum::routing::get(ask)).default_policy(policy)
}

fn with_group(policy: &'static Policy) -> CorsRouter {
    with_policies().merge(CorsRouter::new().route("/old/{*path}", axum::routing::get(ask)).policy(policy))
}

fn with_fallback(policy: &'static Policy) -> CorsRouter {
    with_policies().fallback(ask).default_policy(policy)
}

fn with_service(policy: &'static Policy) -> CorsRouter {
    with_policies().fallback_service(cors(policy, axum::routing::any(ask)))
}

macro_rules! others_ask {
    ($($name:ident: $router:ident(&$policy:ident);)*) => {$(
        #[tokio::test]
        #[ignore = "in a process of its own"]
        async fn $name() {
            handlers_with_policies_say_nothing_else(only($router(&$policy))).await;
        }
    )*};
}

others_ask! {
    a_handler_with_a_default_asks: with_default(&WIDE);
    a_handler_with_a_default_for_any_origin_asks: with_default(&ANY);
    a_handler_of_a_group_asks: with_group(&WIDE);
    a_handler_of_a_group_for_any_origin_asks: with_group(&ANY);
    a_fallback_with_a_default_asks: with_fallback(&WIDE);
    a_fallback_with_a_default_for_any_origin_asks: with_fallback(&ANY);
    a_service_asks: with_service(&WIDE);
    a_service_for_any_origin_asks: with_service(&ANY);
}

/// A router with layers, and nobody inside of it who has no policy.
fn with_layers() -> CorsRouter {
    CorsRouter::new()
        .route("/old/x", get(cors(&WIDE, plain)))
        .route("/x", get(cors(&LIST, plain)))
        .route("/none", get(cors(&NONE, plain)))
        .route("/old/{z}", get(cors(&WIDE, plain)))
}

async fn layers_have_no_say(app: Router, paths: &[&str]) {
    for path in paths {
        for prefix in ["", "/old"] {
            let answer = send(&app, &format!("GET {prefix}{path}\norigin: https://evil.example")).await;
            assert!(answer.starts_with("200") && !answer.contains(GRANT), "{prefix}{path} {answer}");
        }
    }
}

#[tokio::test]
#[ignore = "in a process of its own"]
async fn a_layer_asks() {
    let others = CorsRouter::new().route("/z", axum::routing::get(plain)).policy(&LIST);
    let app = with_layers().route("/y", axum::routing::get(plain)).merge(others);
    layers_have_no_say(only(app.layer(from_fn(rewrite))), &["/x", "/y", "/z"]).await;
}

/// What has no policy gets nothing by that of a handler that the gate takes it for, or that somebody outside has.
#[tokio::test]
#[ignore = "in a process of its own"]
async fn a_layer_asks_for_what_has_no_policy() {
    async fn invalid() -> (StatusCode, &'static str) {
        (StatusCode::UNPROCESSABLE_ENTITY, "invalid")
    }

    let app = only(
        CorsRouter::new()
            .route("/old/{*path}", any(cors(&WIDE, plain)))
            .route("/y", axum::routing::get(plain).post(invalid))
            .fallback(plain)
            .layer(from_fn(rewrite)),
    );
    for path in ["/y", "/old/y", "/old/old/y", "/nowhere", "/old/nowhere"] {
        for method in ["GET", "POST"] {
            let answer = send(&app, &format!("{method} {path}\norigin: https://evil.example")).await;
            assert!(!answer.contains(GRANT), "{method} {path} {answer}");
        }
    }
}

#[tokio::test]
#[ignore = "in a process of its own"]
async fn a_layer_asks_for_a_merged_route() {
    let merged = Router::new().route("/orders", axum::routing::get(plain));
    let app = CorsRouter::from(merged).route("/old/{*path}", get(cors(&WIDE, plain))).layer(from_fn(rewrite));
    layers_have_no_say(only(app), &["/orders"]).await;
}

#[tokio::test]
#[ignore = "in a process of its own"]
async fn a_layer_asks_anew() {
    layers_have_no_say(only(with_layers().layer(from_fn(rewrite_anew))), &["/x", "/none"]).await;
}

#[tokio::test]
#[ignore = "in a process of its own"]
async fn a_layer_asks_anew_for_a_handler_without_layers() {
    let asking = CorsRouter::new().route("/old/{z}", get(cors(&WIDE, plain)).layer(from_fn(rewrite_anew)));
    layers_have_no_say(only(with_policies().merge(asking)), &["/list", "/shop", "/none"]).await;
}

#[tokio::test]
#[ignore = "in a process of its own"]
async fn a_layer_asks_for_a_handler_without_layers() {
    let app = only(
        CorsRouter::new()
            .route("/x", get(cors(&LIST, plain)))
            .route("/old/x", get(cors(&WIDE, plain)).layer(from_fn(rewrite))),
    );
    let answer = send(&app, "GET /x\norigin: https://evil.example").await;
    assert!(answer.starts_with("200") && !answer.contains(GRANT), "{answer}");
    // The preflight was answered for the old one.
    let answer = send(&app, "GET /old/x\norigin: https://evil.example").await;
    assert!(answer.starts_with("403") && !answer.contains(GRANT), "{answer}");
}

/// The gate of the first router has not reckoned with the other one.
#[tokio::test]
#[ignore = "in a process of its own"]
async fn a_router_is_made_for_the_first_request() {
    let by_header =
        from_fn(async |request: Request, next: Next| match request.headers().contains_key("x-admin") {
            true => {
                let late: CorsRouter = CorsRouter::new().route("/", post(cors(&LIST, plain)));
                late.finish().unwrap().oneshot(request).await.into_response()
            }
            false => next.run(request).await,
        });
    let app = CorsRouter::new().route("/", any(cors(&WIDE, plain))).layer(by_header).finish().unwrap();
    assert!(send(&app, "POST /\norigin: https://evil.example").await.contains(GRANT));
    for (number, status) in [(1, "200"), (2, "403")] {
        let answer = send(&app, "POST /\norigin: https://evil.example\nx-admin: 1").await;
        assert!(answer.starts_with(status) && !answer.contains("access-control-allow"), "{number}: {answer}");
    }
    assert!(send(&app, "POST /\norigin: https://evil.example").await.contains(GRANT));
}

/// The same for what has no policy in it.
#[tokio::test]
#[ignore = "in a process of its own"]
async fn a_router_without_policies_is_made_for_the_first_request() {
    let late = from_fn(async |request: Request, _: Next| {
        let late: CorsRouter = CorsRouter::new().route("/", axum::routing::get(plain)).fallback(plain);
        late.finish().unwrap().oneshot(request).await.into_response()
    });
    let app = CorsRouter::new().route("/{*path}", any(cors(&WIDE, plain)));
    let app = app.route("/", any(cors(&WIDE, plain))).layer(late).finish().unwrap();
    for path in ["/", "/x", "/"] {
        let answer = send(&app, &format!("GET {path}\norigin: https://evil.example")).await;
        assert!(answer.starts_with("200") && !answer.contains(GRANT), "{path} {answer}");
    }
}

/// As where tests run side by side, each with a router of its own: a request ends as it has begun.
#[tokio::test]
#[ignore = "in a process of its own"]
async fn a_router_is_made_meanwhile() {
    fn router() -> CorsRouter {
        CorsRouter::new().route("/", get(cors(&SHOP, plain)))
    }
    let refuse = from_fn(async |request: Request, next: Next| {
        let _other: Router = router().finish().unwrap();
        match request.headers().contains_key("authorization") {
            true => next.run(request).await,
            false => StatusCode::UNAUTHORIZED.into_response(),
        }
    });
    let app = router().layer(refuse).finish().unwrap();
    let fields = "access-control-allow-origin: https://shop.example";
    // Only during the first of them is the other router new.
    for _ in 0..2 {
        let refused = send(&app, "GET /\norigin: https://shop.example").await;
        assert!(refused.starts_with("401") && refused.contains(fields), "{refused}");
        let answer = send(&app, "GET /\norigin: https://shop.example\nauthorization: any").await;
        assert!(answer.starts_with("200") && answer.contains(fields), "{answer}");
        let stranger = send(&app, "GET /\norigin: https://evil.example").await;
        assert!(stranger.starts_with("401") && !stranger.contains("evil"), "{stranger}");
    }
}
