//! Gates that take somebody else's handler for one of their own: nobody gets a grant by the policy that they expected.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    extract::{Request, State},
    handler::Handler,
    http::{HeaderValue, Method, StatusCode, Uri},
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
    routing,
};
use cors_runtime::{CorsRouter, Policy, PolicyHandle, any, cors, delegate, get, policy, post};
use cors_tests::{hand_over, respond, to_request};
use tower::{ServiceExt, layer::util::Identity};
use tower_http::cors::CorsLayer;

const ADMIN: &str = "https://admin.example";
const EVIL: &str = "https://evil.example";

static WIDE: Policy = policy! { origins = ["https://evil.example", "https://a.example"], headers = ["content-type"], credentials };

#[cors(policy = WIDE)]
async fn wide() -> &'static str {
    "wide"
}

#[cors(origins = ["https://admin.example", "https://b.example"], headers = ["content-type"], credentials)]
async fn strict() -> &'static str {
    "strict"
}

#[cors(none)]
async fn internal() -> &'static str {
    "internal"
}

async fn plain() -> &'static str {
    "plain"
}

async fn through(request: Request, next: Next) -> Response {
    next.run(request).await
}

/// Forgets whatever routers and gates have noted on the request.
async fn make_new(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let mut new = Request::new(body);
    (*new.method_mut(), *new.uri_mut(), *new.headers_mut()) = (parts.method, parts.uri, parts.headers);
    next.run(new).await
}

/// Who has answered, its status, and whom it allows.
async fn answer(app: &Router, method: &Method, host: &str, origin: &str) -> (String, u16, Option<String>) {
    let mut request = to_request(&format!("{method} /x\norigin: {origin}"));
    request.headers_mut().insert("host", HeaderValue::from_str(host).unwrap());
    let response = respond(app, request).await;
    let status = response.status().as_u16();
    let allowed = response.headers().get("access-control-allow-origin");
    let allowed = allowed.map(|origin| origin.to_str().unwrap().to_owned());
    let body = axum::body::to_bytes(response.into_body(), 64).await.unwrap();
    (String::from_utf8(body.to_vec()).unwrap(), status, allowed)
}

async fn assert_post(app: &Router, origin: &str, who: &str, status: u16, allowed: Option<&str>) {
    let expected = (who.to_owned(), status, allowed.map(ToOwned::to_owned));
    assert_eq!(answer(app, &Method::POST, "api.example", origin).await, expected, "{origin}");
}

/// Routes that are added to a known path where nobody sees it.
#[tokio::test]
async fn a_handler_that_was_added_inside() {
    let wide = || CorsRouter::new().route("/x", any(wide));
    let app = wide().map(|router| router.route("/x", post(strict).into())).finish().unwrap();
    assert_post(&app, EVIL, "", 403, None).await;
    assert_post(&app, ADMIN, "strict", 200, Some(ADMIN)).await;
    let app = wide().map(|router| router.route("/x", post(internal).into())).finish().unwrap();
    assert_post(&app, EVIL, "", 403, None).await;
    let app = wide().layer(Identity::new()).finish().unwrap();
    assert_post(&app, EVIL, "wide", 200, Some(EVIL)).await;
}

/// Handlers of another router at the same path, without a policy or with another library's.
#[tokio::test]
async fn a_handler_beside_it() {
    let beside = |router: Router| {
        let router = CorsRouter::new().route("/x", any(wide)).layer(Identity::new()).merge(router);
        router.finish().unwrap()
    };
    let app = beside(Router::new().route("/x", routing::post(plain)));
    assert_post(&app, EVIL, "plain", 200, None).await;
    assert_eq!(
        answer(&app, &Method::GET, "api.example", EVIL).await,
        ("wide".into(), 200, Some(EVIL.into()))
    );

    let of_admin = CorsLayer::new().allow_origin([HeaderValue::from_static(ADMIN)]).allow_credentials(true);
    let app = beside(Router::new().route("/x", routing::post(plain)).layer(of_admin));
    assert_post(&app, ADMIN, "plain", 200, Some(ADMIN)).await;
    assert_post(&app, EVIL, "plain", 200, None).await;

    let app = CorsRouter::new()
        .route("/x", get(wide))
        .layer(Identity::new())
        .merge(Router::new().route("/x", routing::head(plain)))
        .finish()
        .unwrap();
    assert_eq!(answer(&app, &Method::HEAD, "api.example", EVIL).await, (String::new(), 200, None));
    // Nobody takes it, which pages may know.
    assert_post(&app, EVIL, "", 405, Some(EVIL)).await;

    // Nobody inside has decided on what the handler says that nobody knows.
    let known = CorsRouter::new().route("/x", get(strict));
    let inside = known.map(|router| router.route("/x", routing::post(plain))).finish().unwrap();
    let app = CorsRouter::from(inside).default_policy(&WIDE).finish().unwrap();
    assert_post(&app, EVIL, "plain", 200, Some(EVIL)).await;
    assert_eq!(answer(&app, &Method::GET, "api.example", EVIL).await, (String::new(), 403, None));
}

/// A layer that gives requests to another router, by their host.
fn by_host(inner: CorsRouter) -> CorsRouter {
    let inner = inner.finish().unwrap();
    let dispatch = from_fn(move |request, next| hand_over("admin.example", inner.clone(), request, next));
    CorsRouter::new().route("/x", any(wide)).layer(dispatch)
}

#[tokio::test]
async fn a_router_inside_of_a_layer() {
    let inside = [
        CorsRouter::new().route("/x", post(strict)),
        CorsRouter::new().route("/x", post(strict)).layer(Identity::new()),
        CorsRouter::new().route("/x", post(strict)).default_policy(&Policy::NONE),
        // Both of the routers around it take it for the handler that has the same policy.
        by_host(CorsRouter::new().route("/x", post(strict))),
    ];
    let plain_inside = CorsRouter::new().route("/x", routing::post(plain));
    let of_a_default = || CorsRouter::new().route("/x", routing::post(plain));
    let narrow = Policy::builder().origins([ADMIN]).build().unwrap();
    for inner in inside {
        let app = by_host(inner).finish().unwrap();
        let refused = (String::new(), 403, None);
        assert_eq!(answer(&app, &Method::POST, "admin.example", EVIL).await, refused);
        let allowed = ("strict".into(), 200, Some(ADMIN.into()));
        assert_eq!(answer(&app, &Method::POST, "admin.example", ADMIN).await, allowed);
        let allowed = ("wide".into(), 200, Some(EVIL.into()));
        assert_eq!(answer(&app, &Method::POST, "api.example", EVIL).await, allowed);
    }
    for inner in [plain_inside, by_host(of_a_default())] {
        let app = by_host(inner).finish().unwrap();
        assert_eq!(answer(&app, &Method::POST, "admin.example", EVIL).await, ("plain".into(), 200, None));
    }
    let app = by_host(of_a_default().default_policy(&narrow)).finish().unwrap();
    let (_, status, allowed) = answer(&app, &Method::POST, "admin.example", EVIL).await;
    assert_eq!((status, allowed.as_deref()), (403, Some(ADMIN)));
}

/// What is not by the policy of a router inside is not by that of the handler outside either, which has the same one.
#[tokio::test]
async fn somebody_else_inside_of_a_router_with_the_same_policy() {
    let of_admin = CorsLayer::new().allow_origin([HeaderValue::from_static(ADMIN)]).allow_credentials(true);
    let library = || Router::new().route("/", routing::post(plain)).layer(of_admin.clone());
    for inner in [
        CorsRouter::from(library()).default_policy(&WIDE).finish().unwrap(),
        CorsRouter::from(library()).layer(WIDE.layer()).finish().unwrap(),
    ] {
        let app = CorsRouter::new().nest_service("/x", cors(&WIDE, inner.clone())).finish().unwrap();
        assert_post(&app, EVIL, "plain", 200, None).await;
        let ask = move |mut request: Request| {
            *request.uri_mut() = "/".parse().unwrap();
            inner.clone().oneshot(request)
        };
        let asking = CorsRouter::new().route("/x", any(cors(&WIDE, ask))).layer(Identity::new());
        assert_post(&asking.finish().unwrap(), EVIL, "plain", 200, None).await;
    }

    let beside =
        CorsRouter::new().route("/x", get(wide)).merge(Router::new().route("/x", routing::post(plain)));
    let app = by_host(beside).finish().unwrap();
    assert_eq!(answer(&app, &Method::POST, "admin.example", EVIL).await, ("plain".into(), 200, None));

    let answers = from_fn(async |_: Request, _: Next| "by a layer");
    let app = by_host(CorsRouter::new().route("/x", get(wide)).layer(answers)).finish().unwrap();
    assert_eq!(answer(&app, &Method::POST, "admin.example", EVIL).await, ("by a layer".into(), 200, None));
}

/// What went through `map` twice: the group's policy is for those who have none of their own.
#[tokio::test]
async fn a_group_that_was_mapped_twice() {
    async fn auth(request: Request, next: Next) -> Response {
        match request.headers().contains_key("authorization") {
            true => next.run(request).await,
            false => StatusCode::UNAUTHORIZED.into_response(),
        }
    }

    static ENFORCED: Policy = policy! { origins = ["https://a.example", "https://b.example"], enforce };
    let team = |policy: &'static Policy| {
        let handlers = post(strict).get(cors(&WIDE, plain));
        CorsRouter::new()
            .route("/x", handlers)
            .map(|router| router.layer(from_fn(auth)).route("/plain", routing::get(plain)))
            .policy(policy)
            .map(|router| router)
    };
    let merged = |policy| CorsRouter::new().merge(team(policy)).map(|router| router);
    for app in [team(&WIDE), team(&ENFORCED), merged(&WIDE), merged(&ENFORCED)] {
        let app = app.finish().unwrap();
        assert_post(&app, EVIL, "", 401, None).await;
        assert_post(&app, ADMIN, "", 401, Some(ADMIN)).await;
        let (_, status, allowed) = answer(&app, &Method::GET, "api.example", EVIL).await;
        assert_eq!((status, allowed.as_deref()), (401, Some(EVIL)));
    }
    let plain = "GET /plain\norigin: https://evil.example\nauthorization: any";
    let app = team(&ENFORCED).finish().unwrap();
    assert_eq!(respond(&app, to_request(plain)).await.status(), 403);
    let app = team(&WIDE).finish().unwrap();
    assert_eq!(respond(&app, to_request(plain)).await.headers()["access-control-allow-origin"], EVIL);
}

/// A cache inside of the router keeps whatever is noted on a response. The handle has another policy by then.
#[tokio::test]
async fn a_cached_response_under_a_handle() {
    static PARTNERS: PolicyHandle = PolicyHandle::new(
        policy! { origins = ["https://evil.example", "https://admin.example"], credentials },
    );

    let kept: Arc<Mutex<Option<axum::http::response::Parts>>> = Arc::default();
    let cache = from_fn(move |request: Request, next: Next| {
        let kept = Arc::clone(&kept);
        async move {
            if let Some(parts) = kept.lock().unwrap().clone() {
                return Response::from_parts(parts, "kept".into());
            }
            let (parts, body) = next.run(request).await.into_parts();
            *kept.lock().unwrap() = Some(parts.clone());
            Response::from_parts(parts, body)
        }
    });
    let app = CorsRouter::new().route("/x", post(cors(&PARTNERS, plain))).layer(cache).finish().unwrap();
    assert_post(&app, EVIL, "plain", 200, Some(EVIL)).await;
    PARTNERS.store(Policy::builder().origins([ADMIN, "https://b.example"]).credentials().build().unwrap());
    let (who, _, allowed) = answer(&app, &Method::POST, "api.example", EVIL).await;
    assert_eq!((who.as_str(), allowed), ("kept", None));
    let (who, _, allowed) = answer(&app, &Method::POST, "api.example", ADMIN).await;
    assert_eq!((who.as_str(), allowed.as_deref()), ("kept", Some(ADMIN)));
}

/// A layer that takes the method from elsewhere, and what it makes a preflight of is for another router.
#[tokio::test]
async fn a_request_that_becomes_a_preflight() {
    let other: Router = CorsRouter::new().route("/x", post(strict)).finish().unwrap();
    let ask = from_fn(move |mut request: Request, _: Next| {
        let other = other.clone();
        *request.method_mut() = Method::OPTIONS;
        request.headers_mut().insert("access-control-request-method", HeaderValue::from_static("POST"));
        async move { other.oneshot(request).await }
    });
    let app = CorsRouter::new().route("/x", post(wide)).layer(ask).finish().unwrap();
    assert_post(&app, EVIL, "", 403, None).await;
    assert_post(&app, ADMIN, "", 204, Some(ADMIN)).await;
}

/// A chain of handlers as the handler of another policy.
#[tokio::test]
async fn a_method_router_as_a_handler() {
    let chain = || axum::routing::MethodRouter::from(post(strict));
    for app in [
        CorsRouter::new().route("/x", any(cors(&WIDE, chain()))),
        CorsRouter::new().route("/x", any(cors(&WIDE, Handler::layer(chain(), from_fn(through))))),
    ] {
        let app = app.finish().unwrap();
        assert_post(&app, EVIL, "", 403, None).await;
        assert_post(&app, ADMIN, "strict", 200, Some(ADMIN)).await;
    }
}

/// Below a fallback, a path of one router looks like that of another.
#[tokio::test]
async fn a_path_below_a_fallback() {
    let inner = CorsRouter::<()>::new().route("/api/{*rest}", get(strict)).finish().unwrap();
    let all =
        CorsRouter::new().route("/{*rest}", get(wide)).layer(Identity::new()).merge(inner).finish().unwrap();
    let app: Router = Router::new().nest("/api", Router::new().fallback_service(all));
    let response = respond(&app, to_request(&format!("GET /api/api/x\norigin: {EVIL}"))).await;
    assert_eq!(response.headers().get("access-control-allow-origin"), None);
    let response = respond(&app, to_request(&format!("GET /api/api/x\norigin: {ADMIN}"))).await;
    assert_eq!(response.headers()["access-control-allow-origin"], ADMIN);
}

/// `none` stays `none`, even where nobody can tell on the way in that somebody outside has spoken.
#[tokio::test]
async fn none_under_a_layer_that_makes_new_requests() {
    static HELD: std::sync::LazyLock<PolicyHandle> =
        std::sync::LazyLock::new(|| PolicyHandle::new(Policy::NONE));
    #[cors(policy = HELD)]
    async fn held() -> &'static str {
        "internal"
    }
    for handlers in [post(internal), post(held)] {
        let finished = || CorsRouter::new().route("/x", handlers.clone()).finish().unwrap();
        let new = || finished().layer(from_fn(make_new));
        for app in [
            CorsRouter::from(new()).default_policy(&WIDE).finish().unwrap(),
            new().layer(WIDE.layer()),
            finished().layer(from_fn(make_new)).layer(from_fn(through)).layer(WIDE.layer()),
        ] {
            assert_post(&app, EVIL, "internal", 200, None).await;
        }
    }
}

/// One handler in two routers: what its delegate says of one path is not what it has said of the other, by which the preflight
/// was answered.
#[tokio::test]
async fn a_delegate_in_two_routers() {
    async fn by_path(uri: Uri) -> &'static Policy {
        if uri.path() == "/x" { &WIDE } else { &ADMINS }
    }

    static ADMINS: Policy = policy! { origins = ["https://admin.example", "https://b.example"], credentials };
    let handlers = post(cors(delegate(by_path), plain));
    let inner = CorsRouter::new().route("/private", handlers.clone()).finish().unwrap();
    let forward = from_fn(move |mut request: Request, _: Next| {
        *request.uri_mut() = "/private".parse().unwrap();
        inner.clone().oneshot(request)
    });
    let app = CorsRouter::new().route("/x", handlers).layer(forward).finish().unwrap();
    assert_post(&app, EVIL, "", 403, None).await;
    assert_post(&app, ADMIN, "plain", 200, Some(ADMIN)).await;
}

/// One function, with a state in each router.
#[tokio::test]
async fn a_delegate_with_two_states() {
    #[derive(Clone)]
    struct Tenants(&'static str);

    async fn of_tenant(State(Tenants(origin)): State<Tenants>) -> Policy {
        Policy::builder().origins([origin, "https://b.example"]).build().unwrap()
    }
    let of_tenant = delegate(of_tenant).enforce();
    let inner = CorsRouter::new().route("/x", post(cors(&of_tenant, plain)));
    let inner: Router = inner.with_state(Tenants(ADMIN)).finish().unwrap();
    let outer = CorsRouter::new().merge(inner.with_state(())).default_policy(of_tenant);
    let app = outer.with_state(Tenants(EVIL)).finish().unwrap();
    assert_post(&app, EVIL, "", 403, None).await;
}
