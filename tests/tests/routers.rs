//! What axum's routers have and these have as well: services, fallbacks, layers for routes, clones, each with the policy of
//! what is mounted.

use std::{collections::BTreeSet, path::PathBuf, process::Command};

use axum::{
    Router,
    body::Body,
    extract::{OriginalUri, Request, State},
    http::{Method, StatusCode, Uri},
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
};
use cors_runtime::{
    CorsRouter, MethodRouter, Policy, RequestOrigin, SetupError, any, cors, delegate,
    diagnostics::SetupProblem, get, policy, put, routing,
};
use cors_tests::{check, field, send};
use tower::ServiceBuilder;
use tower_http::{services::ServeDir, set_header::SetResponseHeaderLayer};

static SHOP: Policy = policy! { origins = ["https://shop.example"], headers = ["authorization"] };
static FONTS: Policy = policy! { origins = any };
static PARTNERS: Policy = policy! { origins = ["https://a.example", "https://b.example"], enforce };

const VARY: &str = "vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers";

#[cors(policy = SHOP)]
async fn shop(method: Method, uri: Uri) -> String {
    format!("{method} {uri}")
}

#[cors(none)]
async fn internal() -> &'static str {
    "internal"
}

#[cors(policy = SHOP)]
async fn not_found(uri: Uri) -> (StatusCode, String) {
    (StatusCode::NOT_FOUND, format!("nothing at {uri}"))
}

async fn plain(method: Method) -> (StatusCode, String) {
    (StatusCode::NOT_FOUND, method.to_string())
}

async fn not_allowed() -> Response {
    (StatusCode::METHOD_NOT_ALLOWED, [("x-why", "no such method")]).into_response()
}

/// A layer that lets nothing through.
async fn unauthorized(_: Request, _: Next) -> StatusCode {
    StatusCode::UNAUTHORIZED
}

/// A service whose response says what it saw.
fn echo() -> impl tower::Service<Request, Response = Response, Error = std::convert::Infallible, Future: Send>
+ Clone
+ Send
+ Sync {
    tower::service_fn(|request: Request| async move {
        let original = request.extensions().get::<OriginalUri>().map(|OriginalUri(uri)| uri.to_string());
        let seen = format!("{} {} {}", request.method(), request.uri(), original.unwrap_or_default());
        Ok(([("x-seen", seen)], Body::empty()).into_response())
    })
}

/// A preflight of the shop's page.
fn preflight(path: &str, method: &str) -> String {
    format!("OPTIONS {path}\norigin: https://shop.example\naccess-control-request-method: {method}")
}

/// The responses without a layer, and with one that a gate is around: both have to be the same.
async fn check_both(app: impl Fn() -> CorsRouter, cases: &[(&str, &str, &str)]) {
    check(app().finish().unwrap(), cases).await;
    check(app().layer(tower::layer::util::Identity::new()).finish().unwrap(), cases).await;
}

#[tokio::test]
async fn a_directory_of_files() {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/files");
    let app = || CorsRouter::new().nest_service("/assets", cors(&FONTS, ServeDir::new(directory)));
    let file = "accept-ranges: bytes
        access-control-allow-origin: *
        content-type: text/plain";
    let responses = ["GET /assets/a.txt", "GET /assets/more/b.txt"];
    let plain = app().finish().unwrap();
    for request in responses {
        let response = send(&plain, &format!("{request}\norigin: https://whoever.example")).await;
        let is_of_file = |line: &&str| line.starts_with("etag: ") || line.starts_with("last-modified: ");
        let lines: Vec<_> = response.lines().filter(|line| !is_of_file(line)).collect();
        let expected: Vec<_> = file.lines().map(str::trim).collect();
        assert_eq!(lines[0], "200", "{request}");
        assert_eq!(lines[1..], expected, "{request}");
    }
    let part = send(&plain, "GET /assets/a.txt\norigin: https://whoever.example\nrange: bytes=0-1").await;
    assert!(part.starts_with("206\naccept-ranges: bytes\naccess-control-allow-origin: *"), "{part}");
    assert!(part.contains("\ncontent-range: bytes 0-1/"), "{part}");
    let old = send(&plain, "GET /assets/a.txt\nif-modified-since: Fri, 31 Dec 2100 00:00:00 GMT").await;
    assert!(old.starts_with("304\naccess-control-allow-origin: *\netag: "), "{old}");
    check_both(
        app,
        &[
            ("no such file", "GET /assets/c.txt", "404\naccess-control-allow-origin: *"),
            (
                "a directory's redirect, which lacks the prefix, as it does under axum's own `nest_service`",
                "GET /assets/more",
                "307\naccess-control-allow-origin: *\nlocation: /more/",
            ),
            ("the directory itself", "GET /assets", "404\naccess-control-allow-origin: *"),
            ("with a slash", "GET /assets/", "404\naccess-control-allow-origin: *"),
            ("a method that no file has", "DELETE /assets/a.txt", "405\naccess-control-allow-origin: *"),
            (
                "a preflight never reaches the files",
                "OPTIONS /assets/a.txt\norigin: https://whoever.example\naccess-control-request-method: GET\naccess-control-request-headers: range",
                &format!("204\naccess-control-allow-methods: GET\naccess-control-allow-origin: *\n{VARY}"),
            ),
            ("beside it", "GET /assetsa.txt\norigin: https://whoever.example", "404"),
        ],
    )
    .await;
}

#[tokio::test]
async fn services_below_a_prefix_see_the_rest_of_the_path() {
    let app = || {
        CorsRouter::new()
            .nest_service("/own/{id}", cors(&PARTNERS, echo()))
            .nest_service("/plain", echo())
            .nest_service("/slash/", cors(&SHOP, echo()))
            .route_service("/one", cors(&SHOP, echo()))
            .route_service("/bare", echo())
    };
    check_both(
        app,
        &[
            (
                "the prefix itself",
                "GET /own/7\norigin: https://a.example",
                "200\naccess-control-allow-origin: https://a.example\nvary: Origin\nx-seen: GET / /own/7",
            ),
            (
                "with a slash",
                "PURGE /own/7/\norigin: https://b.example",
                "200\naccess-control-allow-origin: https://b.example\nvary: Origin\nx-seen: PURGE / /own/7/",
            ),
            (
                "below",
                "PUT /own/7/x/y?z\norigin: https://b.example",
                "200\naccess-control-allow-origin: https://b.example\nvary: Origin\nx-seen: PUT /x/y?z /own/7/x/y?z",
            ),
            ("enforced", "PUT /own/7/x\norigin: https://c.example", "403\nvary: Origin, Sec-Fetch-Site"),
            (
                "a preflight, for any method",
                "OPTIONS /own/7/x\norigin: https://a.example\naccess-control-request-method: PATCH",
                &format!(
                    "204\naccess-control-allow-methods: PATCH\naccess-control-allow-origin: https://a.example\n{VARY}"
                ),
            ),
            (
                "a preflight that is refused",
                "OPTIONS /own/7/x\norigin: https://c.example\naccess-control-request-method: PATCH",
                &format!("403\n{VARY}"),
            ),
            ("without a policy", "GET /plain/x\norigin: https://a.example", "200\nx-seen: GET /x /plain/x"),
            (
                "the service answers its own preflights",
                "OPTIONS /plain/x\norigin: https://a.example\naccess-control-request-method: GET",
                "200\nx-seen: OPTIONS /x /plain/x",
            ),
            (
                "a prefix with a slash",
                "GET /slash/x",
                "200\naccess-control-allow-origin: https://shop.example\nx-seen: GET /x /slash/x",
            ),
            (
                "a route",
                "GET /one",
                "200\naccess-control-allow-origin: https://shop.example\nx-seen: GET /one /one",
            ),
            (
                "the preflight of a route",
                "OPTIONS /one\norigin: https://shop.example\naccess-control-request-method: PURGE",
                &format!(
                    "204\naccess-control-allow-headers: authorization\naccess-control-allow-methods: PURGE\naccess-control-allow-origin: https://shop.example\n{VARY}"
                ),
            ),
            ("a route without a policy", "GET /bare\norigin: https://a.example", "200\nx-seen: GET /bare /bare"),
        ],
    )
    .await;
    let audit = app().audit().to_string();
    for path in ["/own/{id}/*", "/plain/*", "/one"] {
        assert!(audit.contains(path), "{audit}");
    }
}

#[tokio::test]
async fn a_prefix_that_cannot_be() {
    let reason = |router: CorsRouter| match router.finish().unwrap_err().problems() {
        [SetupProblem::BadPath { path, reason, .. }] => format!("{path}: {reason}"),
        problems => panic!("{problems:?}"),
    };
    for (prefix, expected) in [
        ("", ": a router cannot be nested at the root; use `merge`"),
        ("/", "/: a router cannot be nested at the root; use `merge`"),
        ("assets", "assets: it does not begin with `/`"),
        ("/{*rest}", "/{*rest}: a prefix cannot have a wildcard"),
        ("/:id", "/:id: write a parameter as `{name}`"),
    ] {
        assert_eq!(reason(CorsRouter::new().nest_service(prefix, echo())), expected);
    }
    let twice = CorsRouter::new().nest_service("/a", echo()).nest_service("/a", cors(&SHOP, echo()));
    assert!(reason(twice).starts_with("/a: "));
    let beside = CorsRouter::new().route("/a/{*path}", get(shop)).nest_service("/a", echo());
    assert!(reason(beside).starts_with("/a: "));
    let router = CorsRouter::new().route_service("/a", Router::new());
    assert_eq!(reason(router), "/a: a router cannot be the service of one path; use `nest`");
}

#[tokio::test]
async fn fallbacks_have_the_policies_that_are_given_to_them() {
    let preflight = "OPTIONS /none\norigin: https://shop.example\naccess-control-request-method: PUT\naccess-control-request-headers: authorization";
    let allowed = format!(
        "204\naccess-control-allow-headers: authorization\naccess-control-allow-methods: PUT\naccess-control-allow-origin: https://shop.example\n{VARY}"
    );
    let page =
        "404\naccess-control-allow-origin: https://shop.example\ncontent-type: text/plain; charset=utf-8";
    let routes = || CorsRouter::new().route("/shop", get(shop)).route("/internal", get(internal));
    let apps: [fn(CorsRouter) -> CorsRouter; 3] = [
        |router| router.fallback(not_found),
        |router| router.fallback(cors(&SHOP, plain)),
        // The policy of the fallback is its own, whatever the default is.
        |router| router.fallback(not_found).default_policy(&PARTNERS),
    ];
    for app in apps {
        check_both(
            || app(routes()),
            &[
                ("the fallback", "GET /none\norigin: https://shop.example", page),
                ("it names the one origin to others", "GET /none\norigin: https://evil.example", page),
                ("its preflights", preflight, &allowed),
                (
                    "a refused preflight",
                    "OPTIONS /none\norigin: https://evil.example\naccess-control-request-method: PUT",
                    &format!("403\naccess-control-allow-origin: https://shop.example\n{VARY}"),
                ),
                (
                    "routes keep theirs",
                    "GET /internal\norigin: https://shop.example",
                    "200\ncontent-type: text/plain; charset=utf-8",
                ),
            ],
        )
        .await;
    }
    check_both(
        || routes().fallback_service(cors(&SHOP, echo())),
        &[
            (
                "a service",
                "GET /none",
                "200\naccess-control-allow-origin: https://shop.example\nx-seen: GET /none /none",
            ),
            ("its preflights", preflight, &allowed),
        ],
    )
    .await;
    let without = "404\ncontent-type: text/plain; charset=utf-8";
    check_both(
        || routes().fallback(plain),
        &[("without a policy", "GET /none\norigin: https://shop.example", without)],
    )
    .await;
    check_both(
        || routes().fallback(not_found).reset_fallback(),
        &[("axum's own again", "GET /none\norigin: https://shop.example", "404")],
    )
    .await;
    check_both(
        || routes().map(|router| router.fallback(plain)).reset_fallback(),
        &[("one that was set in the axum router", "GET /none", "404")],
    )
    .await;
}

#[tokio::test]
async fn fallbacks_of_nested_routers_are_below_the_prefix() {
    let inner = || CorsRouter::new().route("/shop", get(shop)).fallback(not_found);
    let set_late = || CorsRouter::new().map(|router| router).fallback(not_found);
    check_both(
        || CorsRouter::new().nest("/api", set_late()),
        &[(
            "in the axum router of one that has no routes",
            "GET /api/none",
            "404\naccess-control-allow-origin: https://shop.example\ncontent-type: text/plain; charset=utf-8",
        )],
    )
    .await;
    check_both(
        || CorsRouter::new().nest("/api", inner()).fallback(cors(&PARTNERS, plain)),
        &[
            (
                "below the prefix",
                "GET /api/none",
                "404\naccess-control-allow-origin: https://shop.example\ncontent-type: text/plain; charset=utf-8",
            ),
            (
                "elsewhere",
                "GET /none\norigin: https://a.example",
                "404\naccess-control-allow-origin: https://a.example\ncontent-type: text/plain; charset=utf-8\nvary: Origin",
            ),
            ("enforced elsewhere", "GET /none\norigin: https://c.example", "403\nvary: Origin, Sec-Fetch-Site"),
        ],
    )
    .await;
}

#[tokio::test]
async fn fallbacks_of_a_path() {
    let app = || {
        CorsRouter::new()
            .route("/own", get(internal).fallback(shop))
            .route("/given", get(shop).fallback_service(cors(&PARTNERS, echo())))
            .route("/plain", get(shop).fallback(plain))
            .route("/again", get(shop).fallback(internal).fallback(plain))
    };
    check_both(
        app,
        &[
            (
                "by its own policy",
                "PUT /own",
                "200\naccess-control-allow-origin: https://shop.example\ncontent-type: text/plain; charset=utf-8",
            ),
            (
                "the handler keeps its own",
                "GET /own\norigin: https://shop.example",
                "200\ncontent-type: text/plain; charset=utf-8",
            ),
            (
                "a preflight for it",
                "OPTIONS /own\norigin: https://shop.example\naccess-control-request-method: PATCH",
                &format!(
                    "204\naccess-control-allow-headers: authorization\naccess-control-allow-methods: POST, PUT, PATCH, DELETE, OPTIONS\naccess-control-allow-origin: https://shop.example\n{VARY}"
                ),
            ),
            ("a service", "PUT /given\norigin: https://c.example", "403\nvary: Origin, Sec-Fetch-Site"),
            (
                "a service that is allowed",
                "PUT /given\norigin: https://a.example",
                "200\naccess-control-allow-origin: https://a.example\nvary: Origin\nx-seen: PUT /given /given",
            ),
            (
                "without a policy",
                "PUT /plain\norigin: https://shop.example",
                "404\ncontent-type: text/plain; charset=utf-8",
            ),
            (
                "the last one counts",
                "PUT /again\norigin: https://shop.example",
                "404\ncontent-type: text/plain; charset=utf-8",
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn what_answers_methods_that_are_not_allowed() {
    let app = || {
        CorsRouter::new()
            .route("/shop", get(shop))
            .route("/plain", axum::routing::get(plain))
            .route("/fallback", get(shop).fallback(plain))
            .merge(Router::new().route("/merged", axum::routing::get(plain)))
            .method_not_allowed_fallback(not_allowed)
            .route("/later", get(shop))
    };
    check_both(
        app,
        &[
            (
                "who may use the path may read it",
                "PUT /shop",
                "405\naccess-control-allow-origin: https://shop.example\nx-why: no such method",
            ),
            (
                "a preflight for such a method is refused",
                "OPTIONS /shop\norigin: https://shop.example\naccess-control-request-method: PUT",
                &format!("403\n{VARY}"),
            ),
            (
                "a path without policies",
                "PUT /plain\norigin: https://shop.example",
                "405\nx-why: no such method",
            ),
            ("a router that is merged", "PUT /merged", "405\nx-why: no such method"),
            (
                "a path with a fallback of its own",
                "PUT /fallback",
                "404\ncontent-type: text/plain; charset=utf-8",
            ),
            (
                "a path that is added later",
                "PUT /later",
                "405\naccess-control-allow-origin: https://shop.example",
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn services_on_each_method() {
    let route = || {
        routing::get_service(cors(&SHOP, echo()))
            .post_service(cors(&FONTS, echo()))
            .put_service(cors(&SHOP, echo()))
            .patch_service(cors(&SHOP, echo()))
            .delete_service(cors(&SHOP, echo()))
            .connect(shop)
            .trace_service(cors(&SHOP, echo()))
    };
    let app = CorsRouter::new().route("/", route()).finish().unwrap();
    for method in ["GET", "HEAD", "PUT", "PATCH", "DELETE", "TRACE"] {
        let expected =
            format!("200\naccess-control-allow-origin: https://shop.example\nx-seen: {method} / /");
        assert_eq!(send(&app, &format!("{method} /")).await, expected);
    }
    assert_eq!(send(&app, "POST /").await, "200\naccess-control-allow-origin: *\nx-seen: POST / /");
    for (name, route) in [
        ("GET", routing::get_service::<_, ()>(cors(&SHOP, echo()))),
        ("POST", routing::post_service(cors(&SHOP, echo()))),
        ("PUT", routing::put_service(cors(&SHOP, echo()))),
        ("PATCH", routing::patch_service(cors(&SHOP, echo()))),
        ("DELETE", routing::delete_service(cors(&SHOP, echo()))),
        ("HEAD", routing::head_service(cors(&SHOP, echo()))),
        ("OPTIONS", routing::options_service(cors(&SHOP, echo()))),
        ("TRACE", routing::trace_service(cors(&SHOP, echo()))),
        ("TRACE", routing::trace(shop)),
        ("GET", routing::on_service(axum::routing::MethodFilter::GET, cors(&SHOP, echo()))),
    ] {
        let app = CorsRouter::new().route("/", route).finish().unwrap();
        let response = send(&app, &format!("{name} /")).await;
        assert!(response.starts_with("200\naccess-control-allow-origin: https://shop.example"), "{response}");
        let other = if name == "GET" { "PUT" } else { "GET" };
        let response = send(&app, &format!("{other} /")).await;
        assert_eq!(response, "405\naccess-control-allow-origin: https://shop.example", "{name}");
    }
}

#[tokio::test]
async fn layers_for_routes_leave_the_fallback_alone() {
    let mark = || {
        SetResponseHeaderLayer::overriding(
            "x-layer".parse().unwrap(),
            axum::http::HeaderValue::from_static("yes"),
        )
    };
    let app = CorsRouter::new()
        .route("/shop", get(shop).options(internal).fallback(plain).route_layer(mark()))
        .finish()
        .unwrap();
    check(
        app,
        &[
            (
                "a handler",
                "GET /shop",
                "200\naccess-control-allow-origin: https://shop.example\ncontent-type: text/plain; charset=utf-8\nx-layer: yes",
            ),
            ("the one for OPTIONS", "OPTIONS /shop", "200\ncontent-type: text/plain; charset=utf-8\nx-layer: yes"),
            ("the fallback", "PUT /shop", "404\ncontent-type: text/plain; charset=utf-8"),
            (
                "no layer sees a preflight",
                "OPTIONS /shop\norigin: https://shop.example\naccess-control-request-method: GET",
                &format!(
                    "204\naccess-control-allow-headers: authorization\naccess-control-allow-methods: GET, HEAD\naccess-control-allow-origin: https://shop.example\n{VARY}"
                ),
            ),
        ],
    )
    .await;
}

/// A layer on the handlers of one path is inside of their policies, however the handlers are put together.
#[tokio::test]
async fn layers_on_the_handlers_of_a_path() {
    let reject = || from_fn(unauthorized);
    let of_shop = || get(shop);
    for (what, handlers) in [
        ("layer", of_shop().layer(reject())),
        ("route_layer", of_shop().route_layer(reject())),
        ("a layer, and other handlers", of_shop().layer(reject()).merge(put(internal))),
        ("a layer for routes, and other handlers", of_shop().route_layer(reject()).merge(put(internal))),
        ("other handlers, and a layer", put(internal).merge(of_shop().layer(reject()))),
        ("two layers", of_shop().layer(reject()).layer(reject())),
        ("a layer of each kind", of_shop().route_layer(reject()).layer(reject())),
    ] {
        let app = CorsRouter::new().route("/", handlers).finish().unwrap();
        let answer = send(&app, "GET /\norigin: https://shop.example").await;
        assert!(answer.starts_with("401"), "{what}: {answer}");
        assert!(answer.contains("access-control-allow-origin: https://shop.example"), "{what}: {answer}");
        let answer = send(&app, &preflight("/", "GET")).await;
        assert!(answer.starts_with("204"), "{what}: {answer}");
        let answer = send(&app, "GET /\norigin: https://evil.example").await;
        assert!(!answer.contains("https://evil.example"), "{what}: {answer}");
    }
    // Of methods that axum has no name for, the policy is that of the handler which takes every method.
    for handlers in [any(shop).layer(reject()), get(internal).fallback(shop).layer(reject())] {
        let app = CorsRouter::new().route("/", handlers).finish().unwrap();
        let answer = send(&app, "PROPFIND /\norigin: https://shop.example").await;
        assert!(answer.starts_with("401\naccess-control-allow-origin: https://shop.example"), "{answer}");
    }
}

/// A layer is around everything that was added before it, or else it would be no place for a check.
#[tokio::test]
async fn layers_are_around_everything_before_them() {
    let reject = || from_fn(unauthorized);
    let everything = || {
        CorsRouter::new()
            .route("/route", get(shop))
            .route_service("/service", cors(&SHOP, echo()))
            .nest("/nested", CorsRouter::new().route("/route", get(shop)))
            .nest_service("/below", cors(&SHOP, echo()))
            .merge(Router::new().route("/axum", axum::routing::get(plain)))
            .merge(CorsRouter::new().route("/finished", get(shop)).finish().unwrap())
            .fallback(not_found)
    };
    let paths = ["/route", "/service", "/nested/route", "/below/a", "/axum", "/finished", "/nowhere"];
    let open = everything().finish().unwrap();
    let app = everything().layer(reject()).route("/after", get(shop)).finish().unwrap();
    for path in paths {
        let request = format!("GET {path}\norigin: https://shop.example");
        assert!(!send(&open, &request).await.starts_with("401"), "{path}");
        let answer = send(&app, &request).await;
        assert!(answer.starts_with("401"), "{path}: {answer}");
        assert_eq!(
            answer.contains("access-control-allow-origin: https://shop.example"),
            !["/axum", "/finished"].contains(&path),
            "{path}: {answer}"
        );
    }
    assert!(send(&app, "GET /after\norigin: https://shop.example").await.starts_with("200"));
}

/// An `OPTIONS` request that is not a preflight reaches its handler, and a preflight is answered by the policy, wherever the
/// handlers are mounted.
#[tokio::test]
async fn requests_for_options_reach_their_handlers() {
    type Build = fn() -> MethodRouter;

    async fn seen(method: Method) -> String {
        format!("seen: {method}")
    }

    #[cors(policy = SHOP)]
    async fn seen_by_policy(method: Method) -> String {
        format!("seen: {method}")
    }

    let handlers: [(&str, Build, bool); 6] = [
        ("any", || any(seen_by_policy), true),
        ("a fallback with a policy", || get(shop).fallback(seen_by_policy), true),
        ("a fallback without", || get(shop).fallback(seen), true),
        ("one of its own", || get(shop).options(seen_by_policy), true),
        // No preflight would reach it, which is reported.
        ("one of its own, without a policy", || get(shop).merge(axum::routing::options(seen)), false),
        ("any, without a policy", || get(shop).merge(axum::routing::any(seen)), true),
    ];
    let identity = || tower::layer::util::Identity::new();
    for (what, handlers, is_right) in handlers {
        let router = || CorsRouter::new().route("/", handlers());
        let routers: [(&str, CorsRouter); 6] = [
            ("alone", router()),
            ("a layer", router().layer(identity())),
            ("a layer of the handlers", CorsRouter::new().route("/", handlers().layer(identity()))),
            ("a layer for routes", router().route_layer(identity())),
            ("mapped", router().map(|router| router)),
            ("nested", CorsRouter::new().nest("/n", router().layer(identity()))),
        ];
        for (how, router) in routers {
            let path = if how == "nested" { "/n" } else { "/" };
            let finished = router.finish();
            assert_eq!(finished.is_ok(), is_right, "{what}, {how}");
            let Ok(app) = finished else { continue };
            let request = Request::builder().method("OPTIONS").uri(path).body(Body::empty()).unwrap();
            let response = cors_tests::respond(&app, request).await;
            let body = axum::body::to_bytes(response.into_body(), 64).await.unwrap();
            assert_eq!(body, "seen: OPTIONS", "{what}, {how}");
            let answer = send(&app, &preflight(path, "GET")).await;
            assert!(
                answer.starts_with("204\naccess-control-allow-headers: authorization"),
                "{what}, {how}: {answer}"
            );
        }
    }
}

/// Handlers of one path, some of which axum alone knows: preflights are answered for those that have a policy.
#[tokio::test]
async fn paths_that_are_mapped_in_part() {
    let known = || CorsRouter::<()>::new().route("/", get(shop));
    let mapped = || CorsRouter::new().route("/", put(shop)).map(|router| router);
    for (what, router) in
        [("merged", known().merge(mapped())), ("the other way round", mapped().merge(known()))]
    {
        let app = router.finish().unwrap();
        for method in ["GET", "PUT"] {
            let answer = send(&app, &format!("{method} /\norigin: https://shop.example")).await;
            assert!(
                answer.starts_with("200\naccess-control-allow-origin: https://shop.example"),
                "{what}: {answer}"
            );
            let answer = send(&app, &preflight("/", method)).await;
            assert!(
                answer.starts_with("204\naccess-control-allow-headers: authorization"),
                "{what}: {answer}"
            );
            assert!(answer.contains("access-control-allow-methods: GET, HEAD, PUT"), "{what}: {answer}");
        }
    }
}

/// A path of which one method is that of a router that cannot be looked into: each method has its policy, which for that one
/// is the default.
#[tokio::test]
async fn paths_that_are_shared_with_what_is_unknown() {
    let unknown = || Router::new().route("/", axum::routing::get(plain));
    let known = || CorsRouter::new().route("/", put(shop));
    for (what, router) in [
        ("merged", known().merge(unknown())),
        ("the other way round", CorsRouter::from(unknown()).route("/", put(shop))),
        ("in a layer", known().merge(unknown()).layer(tower::layer::util::Identity::new())),
    ] {
        let app = router.default_policy(&FONTS).finish().unwrap();
        for (request, start) in [
            ("GET /\norigin: https://shop.example".to_owned(), "404\naccess-control-allow-origin: *"),
            (
                "PUT /\norigin: https://shop.example".to_owned(),
                "200\naccess-control-allow-origin: https://shop.example",
            ),
            (preflight("/", "GET"), "204\naccess-control-allow-methods: GET\naccess-control-allow-origin: *"),
            (
                preflight("/", "PUT"),
                "204\naccess-control-allow-headers: authorization\naccess-control-allow-methods: PUT",
            ),
        ] {
            let answer = send(&app, &request).await;
            assert!(answer.starts_with(start), "{what}: {request}\n{answer}");
        }
    }
}

/// A service or a fallback answers for whole paths. Its policy answers their preflights wherever it is mounted, and the service
/// sees none of them.
#[tokio::test]
async fn preflights_of_whole_paths() {
    let identity = || tower::layer::util::Identity::new();
    let whole = || CorsRouter::new().nest_service("/below", cors(&SHOP, echo())).fallback(not_found);
    let routers: [(&str, CorsRouter, &str); 7] = [
        ("alone", whole(), ""),
        ("a layer", whole().layer(identity()), ""),
        ("a layer for routes", whole().route_layer(identity()), ""),
        ("mapped", whole().map(|router| router), ""),
        ("nested", CorsRouter::new().nest("/n", whole()), "/n"),
        ("nested and mapped", CorsRouter::new().nest("/n", whole()).map(|router| router), "/n"),
        ("mapped and nested", CorsRouter::new().nest("/n", whole().map(|router| router)), "/n"),
    ];
    for (how, router, prefix) in routers {
        let app = router.finish().unwrap();
        for path in ["/below/a", "/nowhere"] {
            let answer = send(&app, &preflight(&format!("{prefix}{path}"), "PUT")).await;
            let expected = "204
access-control-allow-headers: authorization
access-control-allow-methods: PUT
access-control-allow-origin: https://shop.example
";
            assert_eq!(answer, format!("{expected}{VARY}"), "{how}: {path}");
        }
    }
}

/// A layer for routes is around each of them, wherever it comes from, and not around the fallback.
#[tokio::test]
async fn layers_for_the_routes_of_a_router() {
    let routers: [(&str, CorsRouter); 5] = [
        ("/route", CorsRouter::new().route("/route", get(shop))),
        ("/service", CorsRouter::new().route_service("/service", cors(&SHOP, echo()))),
        ("/nested/route", CorsRouter::new().nest("/nested", CorsRouter::new().route("/route", get(shop)))),
        ("/below/a", CorsRouter::new().nest_service("/below", cors(&SHOP, echo()))),
        ("/axum", CorsRouter::new().merge(Router::new().route("/axum", axum::routing::get(plain)))),
    ];
    for (path, router) in routers {
        let app = router.fallback(not_found).route_layer(from_fn(unauthorized)).route("/after", get(shop));
        let app = app.finish().unwrap();
        for (path, status) in [(path, "401"), ("/nowhere", "404"), ("/after", "200")] {
            let answer = send(&app, &format!("GET {path}\norigin: https://shop.example")).await;
            assert!(answer.starts_with(status), "{path}: {answer}");
            assert_eq!(
                answer.contains("access-control-allow-origin: https://shop.example"),
                path != "/axum",
                "{path}: {answer}"
            );
        }
    }
}

#[test]
#[should_panic(expected = "a `route_layer` before any route applies to nothing")]
fn a_layer_for_no_routes() {
    drop(CorsRouter::<()>::new().fallback(not_found).route_layer(from_fn(unauthorized)));
}

#[tokio::test]
async fn what_a_router_has() {
    let service = || CorsRouter::<()>::new().nest_service("/below", cors(&SHOP, echo()));
    assert!(!CorsRouter::<()>::new().has_routes());
    assert!(CorsRouter::<()>::new().route("/", get(shop)).has_routes());
    assert!(service().has_routes());
    assert!(CorsRouter::<()>::new().merge(Router::new().route("/", axum::routing::get(plain))).has_routes());
    assert!(service().route("/", get(shop)).has_routes());

    let app = service().route("/", get(shop)).fallback(not_found).reset_fallback();
    assert!(app.has_routes());
    let app = app.finish().unwrap();
    for (path, status) in [("/", "200"), ("/below/a", "200"), ("/nowhere", "404")] {
        let answer = send(&app, &format!("GET {path}\norigin: https://shop.example")).await;
        assert!(answer.starts_with(status), "{path}: {answer}");
        // The fallback that is left has no policy.
        assert_eq!(answer.contains("access-control-allow-origin"), path != "/nowhere", "{path}: {answer}");
    }
}

/// The handlers of a path, mounted where a service may be, keep their policies below one that lets everybody in.
#[tokio::test]
async fn method_routers_as_handlers() {
    static OPEN: Policy = policy! { origins = any };
    let inside = || -> axum::routing::MethodRouter { get(shop).put(internal).into() };
    for (what, app) in [
        ("a fallback", CorsRouter::new().fallback(cors(&OPEN, inside()))),
        ("a route", CorsRouter::new().route("/", any(cors(&OPEN, inside())))),
        ("a service", CorsRouter::new().route_service("/", cors(&OPEN, inside()))),
        ("a service below a prefix", CorsRouter::new().nest_service("/n", cors(&OPEN, inside()))),
    ] {
        let app = app.finish().unwrap();
        let path = if what.ends_with("prefix") { "/n" } else { "/" };
        for (method, origin, is_granted) in [
            ("GET", "https://shop.example", true),
            ("GET", "https://evil.example", false),
            ("PUT", "https://shop.example", false),
        ] {
            let answer = send(&app, &format!("{method} {path}\norigin: {origin}")).await;
            let allowed = field(&answer, "access-control-allow-origin");
            let found = allowed.is_some_and(|allowed| allowed == "*" || allowed == origin);
            assert_eq!(found, is_granted, "{what}: {method} from {origin}: {answer}");
        }
    }
}

/// Clones are routers of their own: what is done with one changes nothing for the other.
#[tokio::test]
async fn clones() {
    let layer = ServiceBuilder::new().layer(tower::layer::util::Identity::new());
    let first = CorsRouter::new().route("/plain", axum::routing::get(plain)).layer(layer.clone());
    let second = first.clone();
    let (first, second) = (first.default_policy(&FONTS).finish().unwrap(), second.finish().unwrap());
    let request = "GET /plain\norigin: https://a.example";
    let body = "content-type: text/plain; charset=utf-8";
    assert_eq!(send(&first, request).await, format!("404\naccess-control-allow-origin: *\n{body}"));
    assert_eq!(send(&second, request).await, format!("404\n{body}"));

    let route: MethodRouter = get(shop).layer(layer);
    let app = CorsRouter::new().route("/a", route.clone()).route("/b", route).default_policy(&FONTS);
    for path in ["/a", "/b"] {
        let response = send(&app.clone().finish().unwrap(), &format!("PUT {path}")).await;
        assert_eq!(response, "405\naccess-control-allow-origin: *", "{path}: by the default policy");
        let response = send(&app.clone().finish().unwrap(), &format!("GET {path}")).await;
        assert_eq!(response, format!("200\naccess-control-allow-origin: https://shop.example\n{body}"));
    }
}

#[tokio::test]
async fn paths_of_the_old_syntax_can_be_literal() {
    let strict: CorsRouter = CorsRouter::new().route("/:id", get(shop));
    assert!(!strict.has_routes());
    assert!(strict.finish().is_err());
    let app = CorsRouter::new().without_v07_checks().route("/:id", get(shop));
    assert!(app.has_routes());
    let wildcard = CorsRouter::new().without_v07_checks().route("/*any", get(shop));
    let response = send(&wildcard.finish().unwrap(), "GET /*any").await;
    assert!(response.starts_with("200\naccess-control-allow-origin: https://shop.example"), "{response}");
    let nested = CorsRouter::new().nest("/n", app.clone().layer(tower::layer::util::Identity::new()));
    for (app, path) in [(app.clone(), "/:id"), (CorsRouter::new().merge(app), "/:id"), (nested, "/n/:id")] {
        let response = send(&app.finish().unwrap(), &format!("GET {path}")).await;
        assert!(response.starts_with("200\naccess-control-allow-origin: https://shop.example"), "{response}");
    }
    let empty: CorsRouter = CorsRouter::new();
    assert!(!empty.has_routes());
}

/// The policy of a fallback or of a service may be asked for, with the state.
#[tokio::test]
async fn delegates_beside_routes() -> Result<(), SetupError> {
    async fn of_state(State(state): State<&'static Policy>, _: RequestOrigin) -> &'static Policy {
        state
    }
    let app = CorsRouter::new()
        .nest_service("/files", cors(delegate(of_state), echo()))
        .fallback(cors(delegate(of_state), plain))
        .with_state(&SHOP)
        .finish()?;
    check(
        app,
        &[
            (
                "a service",
                "GET /files/a\norigin: https://shop.example",
                "200\naccess-control-allow-origin: https://shop.example\nvary: Origin\nx-seen: GET /a /files/a",
            ),
            (
                "a fallback",
                "GET /none\norigin: https://shop.example",
                "404\naccess-control-allow-origin: https://shop.example\ncontent-type: text/plain; charset=utf-8\nvary: Origin",
            ),
            (
                "a preflight",
                "OPTIONS /files/a\norigin: https://shop.example\naccess-control-request-method: PUT",
                &format!(
                    "204\naccess-control-allow-headers: authorization\naccess-control-allow-methods: PUT\naccess-control-allow-origin: https://shop.example\n{VARY}"
                ),
            ),
        ],
    )
    .await;
    Ok(())
}

static VARIABLE: Policy = policy! { origins = ["https://shop.example", env("CORS_ROUTERS")] };

/// Whatever is done with the axum router, the variable that a policy names is read.
#[tokio::test]
async fn policies_in_the_environment_inside_of_an_axum_router() {
    let same = |router: CorsRouter| router.map(|router| router);
    type Build = fn() -> CorsRouter;
    let apps: [(&str, Build); 5] = [
        ("GET /none", || CorsRouter::new().fallback(cors(&VARIABLE, plain))),
        ("GET /files/a", || CorsRouter::new().nest_service("/files", cors(&VARIABLE, echo()))),
        ("GET /group", || {
            CorsRouter::from(Router::new().route("/group", axum::routing::get(plain))).policy(&VARIABLE)
        }),
        ("PUT /path", || {
            CorsRouter::from(Router::new().route("/path", axum::routing::get(plain)))
                .method_not_allowed_fallback(cors(&VARIABLE, plain))
        }),
        // The default of a router inside is that of its unknown paths.
        ("GET /none", || CorsRouter::new().merge(CorsRouter::new().default_policy(&VARIABLE))),
    ];
    for (request, app) in apps {
        let build = |value| temp_env::with_var("CORS_ROUTERS", value, || same(app()).finish());
        let app = build(Some("https://b.example")).unwrap();
        for origin in ["https://shop.example", "https://b.example"] {
            let response = send(&app, &format!("{request}\norigin: {origin}")).await;
            assert!(
                response.contains(&format!("\naccess-control-allow-origin: {origin}")),
                "{request}: {response}"
            );
        }
        let error = build(None).unwrap_err().to_string();
        assert!(error.contains("`CORS_ROUTERS`"), "{request}: {error}");
    }
    // A fallback that is set later is inside of it, too.
    let late = |value| {
        temp_env::with_var("CORS_ROUTERS", value, || {
            same(CorsRouter::new()).fallback(cors(&VARIABLE, plain)).finish()
        })
    };
    let response =
        send(&late(Some("https://b.example")).unwrap(), "GET /none\norigin: https://b.example").await;
    assert!(response.contains("\naccess-control-allow-origin: https://b.example"), "{response}");
    assert!(late(None).is_err());
}

/// The names of the public methods in `impl` blocks of a type, and of those that macros generate.
fn methods(source: &str, of: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut is_inside = false;
    for line in source.lines() {
        if line.starts_with("impl") {
            is_inside = line.contains(&format!(" {of}<S")) && !line.contains(" for ");
        } else if line.starts_with('}') {
            is_inside = false;
        }
        let line = line.trim();
        let name = line.strip_prefix("pub fn ").filter(|_| is_inside).map(str::to_owned);
        let chained =
            line.strip_prefix("chained_").filter(|_| is_inside).and_then(|line| line.split_once("!("));
        for name in name.into_iter().chain(chained.map(|(_, name)| name.to_owned())) {
            let end = name.find(|char: char| !char.is_alphanumeric() && char != '_').unwrap_or(name.len());
            names.insert(name[..end].to_owned());
        }
    }
    names
}

/// The source of axum that these tests are built with.
fn axum_source(file: &str) -> String {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--manifest-path"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .output()
        .unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let axum = packages.iter().find(|package| package["name"] == "axum").unwrap();
    let manifest = PathBuf::from(axum["manifest_path"].as_str().unwrap());
    std::fs::read_to_string(manifest.with_file_name("src").join("routing").join(file)).unwrap()
}

#[test]
fn no_method_of_axum_is_missing() {
    let ours = |file: &str, of: &str| {
        let path = format!("{}/../cors-runtime/src/routing/{file}", env!("CARGO_MANIFEST_DIR"));
        let source = std::fs::read_to_string(path).unwrap();
        let mut names = methods(&source, of);
        // Those that a macro generates are in a list.
        let list = source.split("\nfor_each_method! {\n").nth(1).and_then(|rest| rest.split("\n}").next());
        names.extend(list.into_iter().flat_map(str::split_whitespace).map(str::to_owned));
        names
    };
    // What `finish()` returns has them.
    const OF_A_FINISHED_ROUTER: [&str; 4] =
        ["as_service", "into_make_service", "into_make_service_with_connect_info", "into_service"];
    let router: BTreeSet<_> = methods(&axum_source("mod.rs"), "Router")
        .into_iter()
        .filter(|name| !OF_A_FINISHED_ROUTER.contains(&name.as_str()))
        .collect();
    assert!(router.len() >= 15, "{router:?}");
    let missing: Vec<_> = router.difference(&ours("router.rs", "CorsRouter")).cloned().collect();
    assert_eq!(missing, [""; 0], "of the router");

    // A method router is not served by itself, and takes services that cannot fail.
    const NOT_FOR_ROUTES: [&str; 3] =
        ["handle_error", "into_make_service", "into_make_service_with_connect_info"];
    let method_router: BTreeSet<_> = methods(&axum_source("method_routing.rs"), "MethodRouter")
        .into_iter()
        .filter(|name| !NOT_FOR_ROUTES.contains(&name.as_str()))
        .collect();
    assert!(method_router.len() > 25, "{method_router:?}");
    let missing: Vec<_> =
        method_router.difference(&ours("method_router.rs", "MethodRouter")).cloned().collect();
    assert_eq!(missing, [""; 0], "of the method router");
}
