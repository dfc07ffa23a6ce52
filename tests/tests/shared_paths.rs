//! Paths whose methods have policies that differ. Browsers keep the answer to a preflight for the whole path, whichever
//! method it was for: the names of headers in it let in the `GET`, `HEAD` and `POST` of the others.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Body,
    extract::Request as AxumRequest,
    http::{HeaderMap, Method, Request, StatusCode},
    response::Response,
    routing,
};
use cors_runtime::{
    CorsRouter, MethodRouter, Policy, PolicyHandle, any,
    browser::{Browser, Credentials, Page},
    cors, delegate, delete,
    diagnostics::RefusalKind,
    policy, post, put,
};
use cors_tests::{respond, send, to_request};
use tower::{Service, ServiceExt, layer::util::Identity};

const SHOP: &str = "https://shop.example";
const PARTNER: &str = "https://partner.example";

#[cors(origins = ["https://shop.example"], headers = ["content-type"], credentials)]
async fn order() -> &'static str {
    "ordered"
}

#[cors(origins = ["https://partner.example"], headers = ["content-type"], credentials)]
async fn update() -> &'static str {
    "updated"
}

#[cors(none)]
async fn internal() -> &'static str {
    "internal"
}

async fn plain() -> &'static str {
    "plain"
}

static FOR_PARTNER: Policy =
    policy! { origins = ["https://partner.example", SHOP_TOO], headers = ["content-type"], credentials };
const SHOP_TOO: &str = "https://shop.example";

fn json(origin: &str) -> String {
    format!("POST /orders\norigin: {origin}\ncontent-type: application/json\n\n1")
}

fn form(origin: &str) -> String {
    format!("POST /orders\norigin: {origin}\ncontent-type: text/plain; charset=utf-8\n\n1")
}

fn preflight(method: &str, origin: &str) -> String {
    format!("OPTIONS /orders\norigin: {origin}\naccess-control-request-method: {method}")
}

/// The path, in the ways in which it can be mounted.
fn apps(handlers: impl Fn() -> MethodRouter) -> Vec<(&'static str, Router)> {
    let router = || CorsRouter::new().route("/orders", handlers());
    vec![
        ("alone", router().finish().unwrap()),
        ("layered", router().layer(Identity::new()).finish().unwrap()),
        (
            "layered at the route",
            CorsRouter::new().route("/orders", handlers().layer(Identity::new())).finish().unwrap(),
        ),
        ("merged", CorsRouter::new().merge(router()).finish().unwrap()),
        ("finished and merged", CorsRouter::new().merge(router().finish().unwrap()).finish().unwrap()),
        ("in an axum router", Router::new().route("/orders", handlers().into())),
        ("with a hook", router().on_refusal(|_| ()).finish().unwrap()),
    ]
}

async fn status(app: &Router, request: &str) -> String {
    send(app, request).await.lines().next().unwrap_or_default().to_owned()
}

/// A page may have been let in by what the partner's policy has answered: then the handler does not run. Whoever that
/// policy does not allow, and whatever needs no preflight, is answered as on a path of its own.
#[tokio::test]
async fn what_another_method_lets_in_is_refused() {
    let alone = CorsRouter::new().route("/orders", post(order)).finish().unwrap();
    for (way, app) in apps(|| post(order).put(update)) {
        assert_eq!(
            send(&app, &json(PARTNER)).await,
            "403\naccess-control-allow-origin: https://shop.example\nvary: Origin, Sec-Fetch-Site",
            "{way}"
        );
        let others = [
            json(SHOP),
            json("https://evil.example"),
            form(PARTNER),
            form(SHOP),
            json("https://api.example"),
        ];
        for request in others {
            assert_eq!(send(&app, &request).await, send(&alone, &request).await, "{way} {request}");
        }
        // The browser reports the same origin, or the client is not a browser.
        for line in ["\norigin: https://partner.example\nsec-fetch-site: same-origin", ""] {
            let request = format!("POST /orders{line}\ncontent-type: application/json\n\n1");
            assert_eq!(send(&app, &request).await, send(&alone, &request).await, "{way} {request}");
        }
    }
    for (way, app) in apps(|| post(internal).put(update)) {
        assert_eq!(status(&app, &json(PARTNER)).await, "403", "{way}");
        assert_eq!(status(&app, &json(SHOP)).await, "200", "{way}");
        assert_eq!(status(&app, &form(PARTNER)).await, "200", "{way}");
    }
}

/// A byte more than forms can send.
const LONG_TYPE: &str = "content-type: text/plain; a=fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff";

/// Which headers, and by which kinds of policies.
#[tokio::test]
async fn what_an_answer_lets_in() {
    let builder = || Policy::builder().origins([PARTNER]);
    let listed = builder().headers(["content-type"]).build().unwrap();
    let every_header = builder().headers(["*"]).build().unwrap();
    let authorization = builder().headers(["*", "authorization"]).build().unwrap();
    let none = builder().build().unwrap();
    let asked = |policy: &Policy| {
        let policy = policy.clone();
        delegate(async move || policy.clone())
    };
    for (lets_in, header, app) in [
        (true, "content-type: application/json", put(cors(&listed, plain))),
        (true, "content-type: Application/JSON; charset=utf-8", put(cors(&listed, plain))),
        (false, "content-type: Text/Plain ; charset=utf-8", put(cors(&listed, plain))),
        // Browsers ask before these as well, whatever the type is.
        (true, r#"content-type: text/plain; a="application/json""#, put(cors(&listed, plain))),
        (true, "content-type: text/plain; a={}", put(cors(&listed, plain))),
        (true, LONG_TYPE, put(cors(&listed, plain))),
        (false, "x-token: 1", put(cors(&listed, plain))),
        (false, "content-type: application/json", put(cors(&none, plain))),
        (true, "content-type: application/json", put(cors(&every_header, plain))),
        (true, "x-token: 1", put(cors(&every_header, plain))),
        (false, "authorization: 1", put(cors(&every_header, plain))),
        (true, "authorization: 1", put(cors(&authorization, plain))),
        // Set by browsers and by proxies.
        (false, "x-forwarded-for: 192.0.2.1", put(cors(&every_header, plain))),
        (false, "user-agent: a browser", put(cors(&every_header, plain))),
        (false, "sec-fetch-mode: cors", put(cors(&every_header, plain))),
        (true, "content-type: application/json", put(cors(PolicyHandle::new(listed.clone()), plain))),
        // Nobody knows what these said when they were asked.
        (true, "content-type: application/json", put(cors(PolicyHandle::new(none.clone()), plain))),
        (true, "content-type: application/json", put(cors(asked(&none), plain))),
        (true, "content-type: application/json", routing::put(plain).into()),
    ] {
        let router = CorsRouter::new().route("/orders", app.get(order).post(order));
        let app = router.policy(&FOR_PARTNER).finish().unwrap();
        for method in ["GET", "HEAD", "POST"] {
            let request = format!("{method} /orders\norigin: {PARTNER}\n{header}");
            let is_refused = status(&app, &request).await == "403";
            assert_eq!(is_refused, lets_in, "{method} {header}");
        }
    }
}

/// In the model of each browser: what the partner's page has asked for one method does not let it call another.
#[tokio::test]
async fn no_browser_gets_past_it() {
    let app = CorsRouter::new().route("/orders", post(order).put(update)).finish().unwrap();
    for browser in Browser::engines() {
        let page = browser.page(PARTNER);
        let fetch = async |method| {
            let request = Request::builder().method(method).uri("https://api.example/orders");
            let request = request.header("content-type", "application/json").body("1").unwrap();
            page.fetch(&app, request).credentials(Credentials::Include).await
        };
        assert!(fetch("POST").await.result.is_err());
        assert_eq!(fetch("PUT").await.result.unwrap().text(), "updated");
        let refused = fetch("POST").await;
        assert_eq!(refused.preflights().count(), 0, "the answer to the other is kept");
        let [request] = &refused.requests[..] else { panic!("{:?}", refused.requests) };
        assert_eq!(request.response.as_ref().unwrap().status(), StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn it_is_reported() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let list = Arc::clone(&told);
    let app = CorsRouter::new()
        .route("/orders", post(order).put(update))
        .on_refusal(move |refusal| {
            list.lock().unwrap().push((refusal.kind(), refusal.to_string(), refusal.help()))
        })
        .finish()
        .unwrap();
    send(&app, &json(PARTNER)).await;
    let told = told.lock().unwrap();
    let [(RefusalKind::OtherMethod, text, help)] = told.as_slice() else { panic!("{told:?}") };
    assert!(
        text.contains("the policy of another method of the path may have answered its preflight"),
        "{text}"
    );
    assert!(text.contains("Status code: 403"), "{text}");
    assert_eq!(
        help,
        "add the origin to `origins` here, if its pages may use POST, or mount the handlers on paths of their own: browsers \
         keep the answer to a preflight for the whole path"
    );
}

/// The default policy does not answer for methods that nobody takes, where others have policies. Where somebody unknown may
/// take them it does, and what it lets in is refused.
#[tokio::test]
async fn a_default_policy_beside_others() {
    let with = |router: CorsRouter| router.default_policy(&FOR_PARTNER);
    for router in [
        with(CorsRouter::new().route("/orders", post(order))),
        CorsRouter::new().merge(with(CorsRouter::new().route("/orders", post(order)))),
        with(CorsRouter::new().route("/orders", post(internal))),
    ] {
        let app = router.finish().unwrap();
        assert_eq!(
            send(&app, &preflight("DELETE", PARTNER)).await,
            "403\nvary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
        );
        assert_eq!(status(&app, &json(PARTNER)).await, "200");
    }
    // What lists no headers lets nothing in.
    static SIMPLE: Policy = policy! { origins = ["https://partner.example"] };
    let app = CorsRouter::new().route("/orders", post(order)).default_policy(&SIMPLE).finish().unwrap();
    assert_eq!(status(&app, &preflight("DELETE", PARTNER)).await, "204");
    assert_eq!(status(&app, &json(PARTNER)).await, "200");

    // Only its own, and whatever is not there.
    let app = with(CorsRouter::new().route("/orders", routing::post(plain))).finish().unwrap();
    assert_eq!(status(&app, &preflight("DELETE", PARTNER)).await, "204");
    let app = with(CorsRouter::new()).finish().unwrap();
    assert_eq!(status(&app, &preflight("DELETE", PARTNER)).await, "204");

    let beside = CorsRouter::from(Router::new().route("/orders", routing::delete(plain)));
    let app = with(beside.route("/orders", post(order))).finish().unwrap();
    assert_eq!(status(&app, &preflight("DELETE", PARTNER)).await, "204");
    assert_eq!(status(&app, &json(PARTNER)).await, "403");
    assert_eq!(status(&app, &json(SHOP)).await, "200");
}

/// The default policy of a router inside is that of its paths, for methods that nobody takes as well.
#[tokio::test]
async fn a_default_policy_inside() {
    static OUTSIDE: Policy = policy! { origins = ["https://outside.example"] };
    let inner = || CorsRouter::new().route("/orders", routing::get(plain)).default_policy(&FOR_PARTNER);
    for app in [
        inner().finish().unwrap(),
        CorsRouter::new().merge(inner()).finish().unwrap(),
        CorsRouter::new().merge(inner().layer(Identity::new())).finish().unwrap(),
        CorsRouter::new().merge(CorsRouter::new().merge(inner())).default_policy(&OUTSIDE).finish().unwrap(),
    ] {
        assert_eq!(status(&app, &preflight("PUT", PARTNER)).await, "204");
        let answer = send(&app, &format!("PUT /orders\norigin: {PARTNER}")).await;
        assert!(answer.starts_with(StatusCode::METHOD_NOT_ALLOWED.as_str()), "{answer}");
        assert!(answer.contains(&format!("access-control-allow-origin: {PARTNER}")), "{answer}");
        assert_eq!(status(&app, &preflight("PUT", "https://outside.example")).await, "403");
    }
}

/// `Allow` names the methods of handlers without a policy as well.
#[tokio::test]
async fn the_methods_of_a_path() {
    let routes = CorsRouter::new().route("/orders", routing::get(plain)).route("/orders", put(update));
    let app = routes.finish().unwrap();
    let response = respond(&app, to_request("OPTIONS /orders")).await;
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(response.headers()["allow"], "GET,HEAD,PUT,OPTIONS");
}

const EVIL: &str = "https://evil.example";

static WIDE: Policy =
    policy! { origins = ["https://evil.example", SHOP_TOO], headers = ["content-type"], credentials };
static STRICT: Policy =
    policy! { origins = ["https://shop.example"], headers = ["content-type"], credentials };

fn service()
-> impl Service<AxumRequest, Response = Response, Error = Infallible, Future: Send> + Clone + Send + Sync {
    tower::service_fn(async |_: AxumRequest| Ok(Response::new(Body::from("service"))))
}

/// How many preflights a page makes, and the status of the request, if it was sent.
async fn fetch(app: &Router, page: &Page, method: &str, content_type: Option<&str>) -> (usize, Option<u16>) {
    let mut request = Request::builder().method(method).uri("https://api.example/orders");
    if let Some(content_type) = content_type {
        request = request.header("content-type", content_type);
    }
    let fetched = page.fetch(app, request.body("1").unwrap()).credentials(Credentials::Include).await;
    let sent = fetched.requests.iter().find(|request| !request.preflight);
    let status = sent.map(|sent| sent.response.as_ref().unwrap().status().as_u16());
    (fetched.preflights().count(), status)
}

/// A policy that is narrowed to some methods names only those that its handlers take.
#[tokio::test]
async fn a_narrowed_policy_beside_others() {
    static NARROWED: Policy =
        policy! { origins = ["https://evil.example", SHOP_TOO], methods = ["PUT", "DELETE"], credentials };
    static WITH_HEADERS: Policy = policy! {
        origins = ["https://evil.example", SHOP_TOO], methods = ["PUT", "DELETE", "REPORT"], headers = ["x-a"], credentials
    };
    let strict = || routing::delete(plain);
    let own = || delete(cors(&STRICT, plain));
    for router in [
        CorsRouter::new().route("/orders", any(cors(&WITH_HEADERS, plain)).merge(own())),
        CorsRouter::new()
            .route("/orders", any(cors(&WITH_HEADERS, plain)).merge(own()))
            .layer(Identity::new()),
        CorsRouter::new().route("/orders", routing::any(plain)).policy(&NARROWED).route("/orders", own()),
        CorsRouter::new().route("/orders", own()).default_policy(&NARROWED),
        CorsRouter::new().merge(CorsRouter::new().route("/orders", own()).default_policy(&NARROWED)),
        CorsRouter::from(Router::new().route("/orders", strict()))
            .policy(&STRICT)
            .route("/orders", any(cors(&NARROWED, plain))),
    ] {
        let app = router.finish().unwrap();
        for browser in Browser::engines() {
            let page = browser.page(EVIL);
            let (_, asked) = fetch(&app, &page, "PUT", None).await;
            assert!(asked.is_some());
            let (_, status) = fetch(&app, &page, "DELETE", None).await;
            assert!(matches!(status, None | Some(403)), "{status:?}");
        }
    }
    // Those of no standard are for whoever takes every method.
    let app =
        CorsRouter::new().route("/orders", any(cors(&WITH_HEADERS, plain)).merge(own())).finish().unwrap();
    let response = respond(&app, to_request(&preflight("REPORT", EVIL))).await;
    assert_eq!(response.headers()["access-control-allow-methods"], "PUT, REPORT");
}

/// Groups, defaults, services and routers beside mind the other policies of the path as handlers do.
#[tokio::test]
async fn whoever_has_a_policy_minds_the_others() {
    let wide = || put(cors(&WIDE, plain));
    for (name, app) in [
        ("handler", CorsRouter::new().route("/orders", wide().post(cors(&STRICT, plain)))),
        ("group", CorsRouter::new().route("/orders", wide().merge(routing::post(plain))).policy(&STRICT)),
        (
            "layered group",
            CorsRouter::new()
                .route("/orders", wide().merge(routing::post(plain)))
                .layer(Identity::new())
                .policy(&STRICT),
        ),
        (
            "default",
            CorsRouter::new().route("/orders", wide().merge(routing::post(plain))).default_policy(&STRICT),
        ),
        ("service", CorsRouter::new().route("/orders", wide().post_service(cors(&STRICT, service())))),
        ("chain", CorsRouter::new().route("/orders", wide().post(cors(&STRICT, routing::post(plain))))),
        (
            "router beside",
            CorsRouter::from(Router::new().route("/orders", routing::post(plain)))
                .policy(&STRICT)
                .route("/orders", wide()),
        ),
        (
            "finished router beside",
            CorsRouter::new()
                .route("/orders", wide())
                .map(|router| router)
                .merge(CorsRouter::new().route("/orders", post(cors(&STRICT, plain))).finish().unwrap()),
        ),
    ] {
        let app = app.finish().unwrap();
        for browser in Browser::engines() {
            let page = browser.page(EVIL);
            let json = Some("application/json");
            assert_eq!(fetch(&app, &page, "POST", json).await, (1, None), "{name}");
            assert_eq!(fetch(&app, &page, "PUT", json).await, (1, Some(200)), "{name}");
            assert_eq!(fetch(&app, &page, "POST", json).await, (0, Some(403)), "{name}");
            // What needs no preflight is answered, for its own page and for others.
            let (_, status) = fetch(&app, &page, "POST", Some("text/plain")).await;
            assert_eq!(status, Some(200), "{name}");
            // Preflights of a path are for those handlers that are known.
            if !name.ends_with("router beside") {
                let page = browser.page(SHOP);
                assert_eq!(fetch(&app, &page, "POST", json).await, (1, Some(200)), "{name}");
            }
        }
    }
}

/// A group around what cannot be looked into answers for any path, and so for that of a handler inside.
#[tokio::test]
async fn whoever_is_inside_minds_those_outside() {
    let inside = || CorsRouter::new().route("/orders", post(cors(&STRICT, plain))).map(|router| router);
    for app in [
        inside().default_policy(&WIDE),
        inside().policy(&WIDE),
        CorsRouter::new().merge(inside().default_policy(&WIDE)),
    ] {
        let app = app.finish().unwrap();
        let page = Browser::chromium().page(EVIL);
        let json = Some("application/json");
        assert_eq!(fetch(&app, &page, "POST", json).await, (1, None));
        assert_eq!(fetch(&app, &page, "DELETE", json).await, (1, Some(405)));
        assert_eq!(fetch(&app, &page, "POST", json).await, (0, Some(403)));
    }
}

/// `any` answers preflights for methods that a router beside it takes. Who is there refuses what its own policy refuses.
#[tokio::test]
async fn any_beside_other_routers() {
    let any = || any(cors(&WIDE, plain));
    let strict = || CorsRouter::new().route("/orders", delete(cors(&STRICT, plain)));
    let beside = || CorsRouter::from(Router::new().route("/orders", routing::delete(plain)));
    for app in [
        beside().policy(&STRICT).route("/orders", any()),
        beside().default_policy(&STRICT).route("/orders", any()),
        CorsRouter::new().route("/orders", any()).merge(strict().map(|router| router).finish().unwrap()),
        CorsRouter::new()
            .nest("/orders", CorsRouter::new().route("/", any()))
            .merge(strict().finish().unwrap()),
    ] {
        let app = app.finish().unwrap();
        let page = Browser::chromium().page(EVIL);
        let (_, status) = fetch(&app, &page, "DELETE", None).await;
        assert_eq!(status, Some(403));
        let page = Browser::chromium().page(SHOP);
        assert_eq!(fetch(&app, &page, "DELETE", None).await, (1, Some(200)));
    }
}

/// What a delegate says of one method is not what it says of another.
#[tokio::test]
async fn a_delegate_that_looks_at_the_method() {
    async fn by_method(method: Method, headers: HeaderMap) -> &'static Policy {
        let requested = headers.get("access-control-request-method");
        let method = requested.map_or(method.as_str(), |requested| requested.to_str().unwrap());
        if method == "PUT" { &WIDE } else { &STRICT }
    }
    #[cors(delegate = by_method)]
    async fn one() {}
    #[cors(delegate = by_method)]
    async fn other() {}
    for handlers in [put(one).delete(other).post(other), any(one), put(one).post(one).delete(one)] {
        let app = CorsRouter::new().route("/orders", handlers).finish().unwrap();
        let json = Some("application/json");
        for method in ["DELETE", "POST"] {
            for browser in Browser::engines() {
                let page = browser.page(EVIL);
                assert_eq!(fetch(&app, &page, method, json).await, (1, None));
                assert_eq!(fetch(&app, &page, "PUT", json).await, (1, Some(200)));
                let (_, found) = fetch(&app, &page, method, json).await;
                assert_eq!(found, Some(403), "{method}");
            }
        }
    }
    // Of one method, it is asked alone.
    let app = CorsRouter::new().route("/orders", post(one)).finish().unwrap();
    assert_eq!(status(&app, &json(EVIL)).await, "200");
}

/// Who is thrown out has the answers that it got before.
#[tokio::test]
async fn a_sibling_that_is_replaced() {
    let partners = PolicyHandle::new(WIDE.clone());
    let handlers = post(cors(&STRICT, plain)).put(cors(&partners, plain));
    let app = CorsRouter::new().route("/orders", handlers).finish().unwrap();
    let page = Browser::chromium().page(EVIL);
    let json = Some("application/json");
    assert_eq!(fetch(&app, &page, "PUT", json).await, (1, Some(200)));
    partners.store(Policy::NONE);
    assert_eq!(fetch(&app, &page, "POST", json).await, (0, Some(403)));
}

/// The default policy of a router that is merged is for that router's own handlers.
#[tokio::test]
async fn a_merged_default_at_a_path_of_others() {
    let inner = || CorsRouter::new().route("/orders", routing::get(plain)).default_policy(&WIDE);
    let outer = || CorsRouter::new().merge(inner()).route("/orders", routing::post(plain));
    let grant = format!("access-control-allow-origin: {EVIL}");
    for app in [outer(), outer().layer(Identity::new()), outer().default_policy(&STRICT)] {
        let app = app.finish().unwrap();
        assert!(send(&app, &format!("GET /orders\norigin: {EVIL}")).await.contains(&grant));
        let answer = send(&app, &format!("POST /orders\norigin: {EVIL}")).await;
        assert!(answer.starts_with("200") && !answer.contains(&grant), "{answer}");
        assert_eq!(status(&app, &preflight("POST", EVIL)).await, "403");
    }
}

/// What is outside of a group answers for the methods that the group leaves, and so lets in what the group refuses.
#[tokio::test]
async fn groups_mind_those_outside() {
    let other = || Router::new().route("/other", routing::get(plain));
    let group = || CorsRouter::new().route("/orders", routing::post(plain)).policy(&STRICT);
    for app in [
        CorsRouter::new().route("/orders", post(cors(&STRICT, plain))).merge(other()).default_policy(&WIDE),
        group().merge(other()).default_policy(&WIDE),
        group().merge(Router::new().route("/orders", routing::delete(plain))).default_policy(&WIDE),
        group().map(|router| router).default_policy(&WIDE),
    ] {
        let app = app.finish().unwrap();
        let page = Browser::chromium().page(EVIL);
        let json = Some("application/json");
        assert_eq!(fetch(&app, &page, "POST", json).await, (1, None));
        assert!(fetch(&app, &page, "DELETE", json).await.1.is_some());
        assert_eq!(fetch(&app, &page, "POST", json).await, (0, Some(403)));
    }
}

/// A delegate for whatever comes may look at the method as well.
#[tokio::test]
async fn delegates_for_any_method() {
    async fn by_method(method: Method, headers: HeaderMap) -> &'static Policy {
        let requested = headers.get("access-control-request-method");
        let method = requested.map_or(method.as_str(), |requested| requested.to_str().unwrap());
        if method == "PUT" { &WIDE } else { &STRICT }
    }
    #[cors(delegate = by_method)]
    async fn own() {}
    let beside = || CorsRouter::from(Router::new().route("/orders", routing::any(plain)));
    for app in [
        beside().policy(delegate(by_method)),
        beside().default_policy(delegate(by_method)),
        CorsRouter::new().route("/orders", routing::any(plain)).default_policy(delegate(by_method)),
        CorsRouter::new().nest_service("/orders", cors(delegate(by_method), service())),
        CorsRouter::new().fallback(own),
        CorsRouter::new().fallback_service(cors(delegate(by_method), service())),
        CorsRouter::new().fallback(plain).default_policy(delegate(by_method)),
    ] {
        let app = app.finish().unwrap();
        let page = Browser::chromium().page(EVIL);
        let json = Some("application/json");
        assert_eq!(fetch(&app, &page, "POST", json).await, (1, None));
        assert_eq!(fetch(&app, &page, "PUT", json).await, (1, Some(200)));
        assert_eq!(fetch(&app, &page, "POST", json).await, (0, Some(403)));
    }
}

/// Whoever hands requests over, the path is the same.
#[tokio::test]
async fn beside_others_and_handed_over() {
    let group = |methods: axum::routing::MethodRouter| {
        CorsRouter::from(Router::new().route("/orders", methods)).policy(&STRICT)
    };
    for (method, router) in [
        ("POST", group(routing::post(plain)).route("/orders", put(cors(&WIDE, plain)))),
        ("DELETE", group(routing::delete(plain)).route("/orders", any(cors(&WIDE, plain)))),
    ] {
        let api = router.finish().unwrap();
        let app = Router::new()
            .route("/{*path}", routing::any(move |request: AxumRequest| api.clone().oneshot(request)));
        let page = Browser::chromium().page(EVIL);
        let json = Some("application/json");
        assert!(fetch(&app, &page, "PUT", json).await.1.is_some());
        assert_eq!(fetch(&app, &page, method, json).await.1, Some(403), "{method}");
    }
}
