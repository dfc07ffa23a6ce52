//! Requests that a handler, a layer or another router hands over, and those whose address a layer changes after axum has chosen
//! the handler: the policy of the one who answers decides, and where it is not known, nobody is let in.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::HeaderValue,
    middleware::{Next, from_fn},
    response::Response,
    routing,
};
use cors_runtime::{
    CorsRouter, Policy, any, cors,
    diagnostics::{CorsError, Refusal, RefusalKind},
    get, policy, post,
};
use cors_tests::{hand_over, respond, send, to_request};
use tower::{Service, ServiceExt, layer::util::Identity};
use tower_http::{cors::CorsLayer, normalize_path::NormalizePathLayer, services::ServeDir};

const EVIL: &str = "https://evil.example";
const SHOP: &str = "https://shop.example";
const GRANT: &str = "access-control-allow-origin: https://evil.example";

static WIDE: Policy = policy! { origins = ["https://evil.example", "https://a.example"], headers = ["content-type"], credentials };
static LIST: Policy = policy! { origins = ["https://shop.example", "https://b.example"], headers = ["content-type"], credentials };
static ENFORCED: Policy = policy! { origins = ["https://shop.example"], credentials, enforce };

#[cors(policy = WIDE)]
async fn wide() -> &'static str {
    "wide"
}

#[cors(policy = LIST)]
async fn list() -> &'static str {
    "list"
}

#[cors(none)]
async fn internal() -> &'static str {
    "internal"
}

async fn plain() -> &'static str {
    "plain"
}

async fn of_list() -> &'static Policy {
    &LIST
}

#[cors(delegate = of_list)]
async fn delegated() -> &'static str {
    "delegated"
}

fn service()
-> impl Service<Request, Response = Response, Error = std::convert::Infallible, Future: Send> + Clone + Send + Sync
{
    tower::service_fn(async |_: Request| Ok(Response::new(Body::from("service"))))
}

/// A nested group keeps its policy, whoever hands the request over.
#[tokio::test]
async fn a_group_in_a_router_that_is_asked_by_others() {
    let orders = || CorsRouter::new().route("/orders", routing::get(plain).post(plain));
    for group in [orders().policy(&ENFORCED), orders().default_policy(&ENFORCED)] {
        let api = CorsRouter::new().nest("/api", group);
        for api in [api.clone(), api.default_policy(&WIDE)] {
            let api = api.finish().unwrap();
            let (by_handler, by_layer) = (api.clone(), api.clone());
            let handler = move |request: Request| by_handler.oneshot(request);
            let layer = from_fn(move |request: Request, _: Next| by_layer.clone().oneshot(request));
            let files = ServeDir::new("no-such-directory").call_fallback_on_method_not_allowed(true);
            let below_fallback = Router::new().nest("/v", Router::new().fallback_service(api.clone()));
            for (way, prefix, app) in [
                ("alone", "", api.clone()),
                ("a handler", "", Router::new().route("/{*path}", routing::any(handler))),
                ("a layer", "", Router::new().route("/api/orders", routing::get(plain)).layer(layer)),
                ("files", "", Router::new().route_service("/{*path}", files.fallback(api.clone()))),
                ("a fallback", "/s/v", Router::new().nest_service("/s", below_fallback)),
            ] {
                let post = |origin: &str| format!("POST {prefix}/api/orders\norigin: {origin}\n\n1");
                let answer = send(&app, &post(EVIL)).await;
                assert_eq!(
                    answer,
                    "403\naccess-control-allow-origin: https://shop.example\nvary: Origin, Sec-Fetch-Site",
                    "{way}"
                );
                let answer = send(&app, &post(SHOP)).await;
                assert!(answer.starts_with("200"), "{way} {answer}");
                let socket = format!(
                    "GET {prefix}/api/orders\norigin: {EVIL}\nconnection: upgrade\nupgrade: websocket"
                );
                assert!(send(&app, &socket).await.starts_with("403"), "{way}");
            }
        }
    }
}

fn assert_unknown_path(refusal: &Refusal, error: CorsError) {
    let parts = (refusal.kind(), refusal.policy_location(), refusal.chromium_error());
    assert_eq!(parts, (RefusalKind::UnknownPath, None, Some(error)));
    let why = "a layer has changed it or handed it over since its handler was chosen, so nobody knows which policy is for it";
    assert!(refusal.message().ends_with(why), "{refusal}");
    let help =
        "give the handler a policy of its own, or put the layer around the router that `finish()` returns";
    assert_eq!(refusal.help(), help);
}

/// axum has chosen the handler of one address, and a layer makes another one of it, or a new request.
#[tokio::test]
async fn a_group_whose_addresses_are_changed() {
    async fn make_new(request: Request, next: Next) -> Response {
        let (parts, body) = request.into_parts();
        let mut new = Request::new(body);
        (*new.method_mut(), *new.uri_mut(), *new.headers_mut()) = (parts.method, parts.uri, parts.headers);
        next.run(new).await
    }

    let files = CorsRouter::new()
        .route("/files/{*path}", routing::post(plain))
        .policy(&ENFORCED)
        .route("/prices", post(wide));
    let told = Arc::new(Mutex::new(Vec::new()));
    let hears = Arc::clone(&told);
    let app = CorsRouter::new().nest("/api", files).default_policy(&WIDE);
    let app = app.on_refusal(move |refusal| hears.lock().unwrap().push(refusal.clone())).finish().unwrap();
    for (path, app) in [
        ("/api/files//", app.clone().layer(NormalizePathLayer::trim_trailing_slash())),
        ("/api/files/x", app.clone().layer(from_fn(make_new))),
    ] {
        let answer = send(&app, &format!("POST {path}\norigin: {EVIL}\n\n1")).await;
        assert!(answer.starts_with("403") && !answer.contains(GRANT), "{path} {answer}");
        let preflight = format!("OPTIONS {path}\norigin: {EVIL}\naccess-control-request-method: POST");
        let answer = send(&app, &preflight).await;
        assert!(answer.starts_with("403") && !answer.contains(GRANT), "{path} {answer}");
        let told = std::mem::take(&mut *told.lock().unwrap());
        let [refusal, preflight] = told.as_slice() else { panic!("{told:?}") };
        assert_unknown_path(refusal, CorsError::MissingAllowOriginHeader);
        assert_eq!(preflight.kind(), RefusalKind::Origin, "the path answers its own preflights");
        // Those who are not elsewhere are let in, and so is whoever has a policy of its own.
        assert!(send(&app, &format!("POST {path}\n\n1")).await.starts_with("200"), "{path}");
        let answer = send(&app, &format!("POST /api/prices\norigin: {EVIL}\n\n1")).await;
        assert!(answer.starts_with("200") && answer.contains(GRANT), "{path} {answer}");
    }
}

/// A router around which a layer gives requests for one host to another one.
fn dispatching(outer: CorsRouter, inner: Router) -> Router {
    let by_host = from_fn(move |request, next| hand_over("api.example", inner.clone(), request, next));
    outer.layer(by_host).finish().unwrap()
}

fn json(origin: &str) -> String {
    format!("POST /x\norigin: {origin}\ncontent-type: application/json\n\n1")
}

#[tokio::test]
async fn a_layer_that_dispatches() {
    let own = || CorsRouter::new().route("/x", any(wide));
    let around_service = || CorsRouter::new().route_service("/x", cors(&WIDE, service()));
    let finish = |router: CorsRouter| router.finish().unwrap();
    let inner = [
        ("handler", finish(CorsRouter::new().route("/x", post(list)))),
        ("delegate", finish(CorsRouter::new().route("/x", post(delegated)))),
        ("layered delegate", finish(CorsRouter::new().route("/x", post(delegated)).layer(Identity::new()))),
        ("service", finish(CorsRouter::new().route_service("/x", cors(&LIST, service())))),
        ("chain", finish(CorsRouter::new().route("/x", post(cors(&LIST, routing::post(plain)))))),
        ("group", finish(CorsRouter::new().route("/x", routing::post(plain)).policy(&LIST))),
        ("layer", Router::new().route("/x", routing::post(plain)).layer(LIST.layer())),
    ];
    for (name, inner) in &inner {
        for outer in [own(), around_service()] {
            let app = dispatching(outer, inner.clone());
            let answer = send(&app, &json(EVIL)).await;
            assert!(answer.starts_with("403") || *name == "layer", "{name} {answer}");
            assert!(!answer.contains(GRANT), "{name} {answer}");
            let answer = send(&app, &json(SHOP)).await;
            assert!(answer.starts_with("200"), "{name} {answer}");
            assert!(answer.contains("access-control-allow-origin: https://shop.example"), "{name} {answer}");
        }
    }
    // Without a policy, it is not for anybody.
    for outer in [own(), around_service()] {
        let app = dispatching(outer, finish(CorsRouter::new().route("/x", routing::post(plain))));
        let answer = send(&app, &json(EVIL)).await;
        assert!(answer.starts_with("200") && !answer.contains(GRANT), "{answer}");
    }
    let app = own().map(|router| router.route("/x", post(delegated).into())).finish().unwrap();
    let answer = send(&app, &json(EVIL)).await;
    assert!(answer.starts_with("403") && !answer.contains(GRANT), "{answer}");
}

/// Nothing that was noted on the request is left.
#[tokio::test]
async fn a_layer_that_makes_new_requests() {
    for inner in [
        CorsRouter::new().route("/x", post(list)),
        CorsRouter::new().route("/x", post(delegated)),
        CorsRouter::new().route("/x", post(internal)),
        CorsRouter::new().route("/x", routing::post(plain)).policy(&LIST),
        CorsRouter::new().route_service("/x", cors(&LIST, service())),
    ] {
        let inner = inner.finish().unwrap();
        let forward = from_fn(move |request: Request, _: Next| {
            let (parts, body) = request.into_parts();
            let mut new = Request::new(body);
            (*new.method_mut(), *new.uri_mut(), *new.headers_mut()) =
                (parts.method, parts.uri, parts.headers);
            inner.clone().oneshot(new)
        });
        let app = CorsRouter::new().route("/x", any(wide)).layer(forward).finish().unwrap();
        let answer = send(&app, &json(EVIL)).await;
        assert!(answer.starts_with("200") && !answer.contains(GRANT), "{answer}");
        assert!(send(&app, &json(SHOP)).await.starts_with("200"));
    }
}

/// A handler that asks a router, or handlers that are in none.
#[tokio::test]
async fn a_handler_around_others() {
    #[derive(Clone)]
    struct Chain(routing::MethodRouter);

    impl axum::handler::Handler<(), ()> for Chain {
        type Future = std::pin::Pin<Box<dyn Future<Output = Response> + Send>>;

        fn call(self, request: Request, state: ()) -> Self::Future {
            Box::pin(axum::handler::Handler::call(self.0, request, state))
        }
    }

    for inner in [get(internal), get(list), get(delegated)] {
        let router = CorsRouter::new().route("/x", inner.clone()).finish().unwrap();
        for app in [
            CorsRouter::new().route("/x", any(cors(&WIDE, move |request: Request| router.oneshot(request)))),
            CorsRouter::new().route("/x", any(cors(&WIDE, Chain(inner.into())))),
        ] {
            let answer = send(&app.finish().unwrap(), &format!("GET /x\norigin: {EVIL}")).await;
            assert!(answer.starts_with("200") && !answer.contains(GRANT), "{answer}");
        }
    }
}

/// One delegate, two states.
#[tokio::test]
async fn clones_of_a_router() {
    #[derive(Clone)]
    struct Tenant(&'static str);

    async fn of_tenant(State(Tenant(origin)): State<Tenant>) -> Policy {
        Policy::builder().origins([origin]).credentials().build().unwrap()
    }

    #[cors(delegate = of_tenant, enforce)]
    async fn data(State(Tenant(origin)): State<Tenant>) -> &'static str {
        origin
    }

    let routes: CorsRouter<Tenant> = CorsRouter::new().route("/x", post(data));
    let admin: Router = routes.clone().with_state::<()>(Tenant(SHOP)).finish().unwrap();
    assert!(send(&admin, &json(EVIL)).await.starts_with("403"));
    let app = dispatching(routes.with_state::<()>(Tenant(EVIL)), admin);
    assert!(send(&app, &json(EVIL)).await.starts_with("403"));
    assert!(send(&app, &json(SHOP)).await.starts_with("403"));
    // By its own state, it is right.
    let mut request = to_request(&json(EVIL));
    request.headers_mut().insert("host", "elsewhere.example".parse().unwrap());
    let answer = respond(&app, request).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["access-control-allow-origin"], EVIL);
}

/// The fallback of one router is not that of another one which is merged into it.
#[tokio::test]
async fn a_fallback_beside_a_merged_default() {
    let proxy = || CorsRouter::new().fallback(plain);
    let public = || CorsRouter::new().route("/prices", routing::get(plain)).default_policy(&WIDE);
    let request = format!("GET /elsewhere\norigin: {EVIL}");
    for (status, app) in [
        ("200", proxy().merge(public())),
        ("200", proxy().merge(public()).default_policy(&Policy::NONE)),
        ("403", proxy().merge(public()).default_policy(&ENFORCED)),
        ("403", CorsRouter::new().merge(public()).fallback(plain).default_policy(&ENFORCED)),
    ] {
        let answer = send(&app.finish().unwrap(), &request).await;
        assert!(answer.starts_with(status) && !answer.contains(GRANT), "{answer}");
    }
}

/// What another library writes inside of a service stays, however many routers there are.
#[tokio::test]
async fn another_library_inside_of_a_service() {
    let library = CorsLayer::new().allow_origin(HeaderValue::from_static(SHOP));
    let inner = || Router::new().route("/", routing::get(plain)).layer(library.clone());
    for app in [
        CorsRouter::new().nest_service("/x", cors(&WIDE, inner())),
        CorsRouter::new().nest("/x", CorsRouter::new().fallback_service(cors(&WIDE, inner()))),
    ] {
        let answer = send(&app.finish().unwrap(), &format!("GET /x\norigin: {EVIL}")).await;
        assert!(
            answer.starts_with("200") && answer.contains("allow-origin: https://shop.example"),
            "{answer}"
        );
    }
    let inner = Router::new().route("/", routing::get(plain)).layer(LIST.layer());
    let app = CorsRouter::new().nest_service("/x", cors(&WIDE, inner)).finish().unwrap();
    assert!(!send(&app, &format!("GET /x\norigin: {EVIL}")).await.contains(GRANT));
}

/// A plain handler beside a group that cannot be looked into is not in the group, and takes nothing from it.
#[tokio::test]
async fn a_plain_handler_beside_a_group() {
    let handlers = || routing::delete(plain).post(plain);
    let group = || CorsRouter::from(Router::new().route("/orders", handlers())).policy(&ENFORCED);
    let app = group().route("/orders", routing::any(plain)).finish().unwrap();
    for method in ["DELETE", "POST"] {
        assert!(send(&app, &format!("{method} /orders\norigin: {EVIL}\n\n1")).await.starts_with("403"));
        let answer = send(&app, &format!("{method} /orders\norigin: {SHOP}\n\n1")).await;
        assert!(answer.contains("allow-origin: https://shop.example"), "{answer}");
    }
    let answer = send(&app, &format!("PUT /orders\norigin: {SHOP}\n\n1")).await;
    assert!(answer.starts_with("200") && !answer.contains("allow-origin"), "{answer}");
}

/// Paths that end with each other.
#[tokio::test]
async fn whoever_is_listed_is_let_in() {
    let orders = || CorsRouter::new().route("/orders", routing::get(plain).put(plain));
    let api = CorsRouter::new().nest("/v1", orders()).merge(orders()).default_policy(&LIST).finish().unwrap();
    let app = Router::new().route("/{*path}", routing::any(move |request: Request| api.oneshot(request)));
    for path in ["/v1/orders", "/orders"] {
        let answer = send(&app, &format!("GET {path}\norigin: {SHOP}")).await;
        assert!(
            answer.starts_with("200") && answer.contains("allow-origin: https://shop.example"),
            "{answer}"
        );
        let preflight = format!("OPTIONS {path}\norigin: {SHOP}\naccess-control-request-method: PUT");
        assert!(send(&app, &preflight).await.starts_with("204"), "{path}");
    }
}

/// Below a fallback, the end of one path looks like the whole of another.
#[tokio::test]
async fn a_group_whose_path_ends_with_another_one() {
    let strip = from_fn(async |mut request: Request, next: Next| {
        if let Some(path) = request.uri().path().strip_prefix("/a") {
            *request.uri_mut() = path.parse().unwrap();
        }
        next.run(request).await
    });
    let group = CorsRouter::new().route("/b", routing::post(plain)).policy(&ENFORCED);
    let app = CorsRouter::new().nest("/a", group).route("/b", any(wide)).finish().unwrap().layer(strip);
    let nested = Router::new().nest("/a", Router::new().fallback_service(app.clone()));
    for (app, path) in [(app, "/a/b"), (nested, "/a/a/b")] {
        let answer = send(&app, &format!("POST {path}\norigin: {EVIL}\n\n1")).await;
        assert!(answer.starts_with("403") && !answer.contains(GRANT), "{path} {answer}");
    }
}

/// The root of a router has no text of its own; a policy may be strict.
#[tokio::test]
async fn groups_at_the_root_and_strict_groups() {
    static STRICT: Policy = policy! { origins = ["https://shop.example"], enforce(strict) };

    let root = CorsRouter::new().route("/", routing::post(plain)).policy(&ENFORCED).map(|router| router);
    let rewrite = from_fn(async |mut request: Request, next: Next| {
        *request.uri_mut() = "/api/v1".parse().unwrap();
        next.run(request).await
    });
    let told = Arc::new(Mutex::new(Vec::new()));
    let hears = Arc::clone(&told);
    let root = root.on_refusal(move |refusal| hears.lock().unwrap().push(refusal.clone()));
    let app = Router::new().nest("/api", root.finish().unwrap()).layer(rewrite);
    assert!(send(&app, &format!("POST /api\norigin: {EVIL}\n\n1")).await.starts_with("403"));
    let preflight = format!("OPTIONS /api\norigin: {EVIL}\naccess-control-request-method: POST");
    assert!(send(&app, &preflight).await.starts_with("403"));
    let told = std::mem::take(&mut *told.lock().unwrap());
    let [refusal, preflight] = told.as_slice() else { panic!("{told:?}") };
    assert_unknown_path(refusal, CorsError::MissingAllowOriginHeader);
    assert_unknown_path(preflight, CorsError::PreflightMissingAllowOriginHeader);

    let files = CorsRouter::new().route("/files/{*path}", routing::post(plain)).policy(&STRICT);
    let app = CorsRouter::new().nest("/api", files).finish().unwrap();
    let app = app.layer(NormalizePathLayer::trim_trailing_slash());
    for path in ["/api/files/x", "/api/files//"] {
        let own = format!("POST {path}\norigin: https://api.example\nsec-fetch-site: same-origin\n\n1");
        assert!(send(&app, &own).await.starts_with("403"), "{path}");
    }
}

/// A refusal is nobody else's answer.
#[tokio::test]
async fn a_refusal_of_another_router() {
    let inner = CorsRouter::new().route("/x", routing::post(plain)).policy(&ENFORCED).finish().unwrap();
    let ask = move |request: Request| {
        let (parts, body) = request.into_parts();
        let mut new = Request::new(body);
        (*new.method_mut(), *new.uri_mut(), *new.headers_mut()) = (parts.method, parts.uri, parts.headers);
        inner.clone().oneshot(new)
    };
    let by_layer = ask.clone();
    for app in [
        CorsRouter::new().route("/x", any(cors(&WIDE, ask))),
        CorsRouter::new()
            .route("/x", any(wide))
            .layer(from_fn(move |request: Request, _: Next| by_layer(request))),
    ] {
        let answer = send(&app.finish().unwrap(), &json(EVIL)).await;
        assert!(answer.starts_with("403") && !answer.contains(GRANT), "{answer}");
    }
}

/// What was finished again and again, and dropped, keeps no state.
#[tokio::test]
async fn clones_that_are_finished_one_by_one() {
    #[derive(Clone)]
    struct Tenant(Arc<()>);

    async fn of_tenant(State(_): State<Tenant>) -> &'static Policy {
        &LIST
    }
    #[cors(delegate = of_tenant)]
    async fn data() {}

    let state = Tenant(Arc::new(()));
    let routes: CorsRouter<Tenant> = CorsRouter::new().route("/x", any(data).post(list));
    for _ in 0..100 {
        drop(routes.clone().with_state::<()>(state.clone()).finish().unwrap());
    }
    assert_eq!(Arc::strong_count(&state.0), 1);
}
