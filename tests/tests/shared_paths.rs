//! Paths whose methods have policies that differ. Browsers keep the answer to a preflight for the whole path, whichever
//! method it was for: the names of headers in it let in the `GET`, `HEAD` and `POST` of the others.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    http::{Request, StatusCode},
    routing,
};
use cors_runtime::{
    CorsRouter, MethodRouter, Policy, PolicyHandle,
    browser::{Browser, Credentials},
    cors, delegate,
    diagnostics::RefusalKind,
    policy, post, put,
};
use cors_tests::{respond, send, to_request};
use tower::layer::util::Identity;

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
        (false, "content-type: application/json", put(cors(PolicyHandle::new(none.clone()), plain))),
        // Nobody knows what it would have said.
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
