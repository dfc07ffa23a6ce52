//! Policies around other policies: as a layer, of a group, as a default inside and outside. Whole responses, and what is
//! reported.

use std::sync::{Arc, Mutex};

use axum::{Router, routing};
use cors_runtime::{CorsRouter, Policy, cors, diagnostics::RefusalKind, get, policy};
use cors_tests::{check, respond, send, to_request};
use tower::ServiceExt;

static SHOP: Policy = policy! { origins = ["https://shop.example"], headers = ["authorization"] };
static OPEN: Policy = policy! { origins = any };

#[cors(origins = ["https://admin.example"], credentials)]
async fn admin() -> &'static str {
    "admin"
}

#[cors(none)]
async fn internal() -> &'static str {
    "internal"
}

async fn plain() -> &'static str {
    "plain"
}

const VARY: &str = "vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers";
const TEXT: &str = "content-type: text/plain; charset=utf-8";

/// A router that was finished before, so that nothing outside knows its policies.
fn finished() -> Router {
    let router: CorsRouter = CorsRouter::new().route("/admin", get(admin)).route("/internal", get(internal));
    router.finish().unwrap().route("/plain", routing::get(plain))
}

/// Whatever is around: the innermost policy decides, and that outside is for what has none.
async fn check_around(app: Router) {
    check(
        app,
        &[
            (
                "what has no policy has that around it",
                "GET /plain\norigin: https://shop.example",
                &format!("200\naccess-control-allow-origin: https://shop.example\n{TEXT}"),
            ),
            // It varies, because others are refused.
            (
                "its own policy, not that around it",
                "GET /admin\norigin: https://admin.example",
                &format!(
                    "200
                    access-control-allow-credentials: true
                    access-control-allow-origin: https://admin.example
                    {TEXT}
                    vary: Origin"
                ),
            ),
            (
                "preflights are answered outside",
                "OPTIONS /plain
                origin: https://shop.example
                access-control-request-method: PUT
                access-control-request-headers: authorization",
                &format!(
                    "204
                    access-control-allow-headers: authorization
                    access-control-allow-methods: PUT
                    access-control-allow-origin: https://shop.example
                    {VARY}"
                ),
            ),
            (
                "for strangers too, by a refusal",
                "OPTIONS /admin\norigin: https://evil.example\naccess-control-request-method: PUT",
                &format!("403\naccess-control-allow-origin: https://shop.example\n{VARY}"),
            ),
            (
                "what the policy outside let through, and that inside does not",
                "GET /internal\norigin: https://shop.example",
                "403\nvary: Origin, Sec-Fetch-Site",
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_policy_as_a_layer() {
    check_around(finished().layer(SHOP.layer())).await;
}

#[tokio::test]
async fn a_policy_of_a_group() {
    check_around(CorsRouter::from(finished()).policy(&SHOP).finish().unwrap()).await;
}

#[tokio::test]
async fn a_default_policy_inside_of_another() {
    let inner = || CorsRouter::from(finished()).default_policy(&SHOP);
    check_around(inner().finish().unwrap()).await;
    check_around(CorsRouter::new().merge(inner()).default_policy(&OPEN).finish().unwrap()).await;
}

/// A layer, a group, an answer and an explanation are of one mind, also of methods that no page can use.
#[tokio::test]
async fn whatever_a_preflight_asks_for() {
    let layer = Router::new().route("/x", axum::routing::any(plain)).layer(SHOP.layer());
    let group = CorsRouter::from(Router::new().route("/x", axum::routing::any(plain)))
        .policy(&SHOP)
        .finish()
        .unwrap();
    for method in ["GET", "PUT", "DELETE", "REPORT", "patch", "TRACE", "trace", "CONNECT", "TRACK", "", "a b"]
    {
        let text =
            format!("OPTIONS /x\norigin: https://shop.example\naccess-control-request-method: {method}");
        let request = || to_request(&text);
        let status = SHOP.answer_request(&request()).status().unwrap();
        assert_eq!(SHOP.explain(&request()).is_allowed(), status == 204, "{method}");
        let is_fetchable = !matches!(method, "TRACE" | "trace" | "CONNECT" | "TRACK" | "" | "a b");
        assert_eq!(status, if is_fetchable { 204 } else { 403 }, "{method}");
        for app in [&layer, &group] {
            assert_eq!(respond(app, request()).await.status(), status, "{method}");
        }
    }
}

/// The hook hears of what the policy outside let in and the one inside did not.
#[tokio::test]
async fn what_is_overruled_is_reported() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let list = Arc::clone(&told);
    let app = CorsRouter::from(finished())
        .default_policy(&SHOP)
        .on_refusal(move |refusal| list.lock().unwrap().push(refusal.kind()))
        .finish()
        .unwrap();
    send(&app, "GET /plain\norigin: https://shop.example").await;
    assert_eq!(*told.lock().unwrap(), []);
    send(&app, "GET /internal\norigin: https://shop.example").await;
    assert_eq!(*told.lock().unwrap(), [RefusalKind::Overruled]);
}

/// A service is called once it is ready, and not before: some fail otherwise.
#[tokio::test]
async fn a_service_is_called_when_it_is_ready() {
    #[derive(Clone, Default)]
    struct OnceReady(bool);

    impl tower::Service<axum::extract::Request> for OnceReady {
        type Response = axum::response::Response;
        type Error = std::convert::Infallible;
        type Future = std::future::Ready<Result<Self::Response, Self::Error>>;

        fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Self::Error>> {
            self.0 = true;
            std::task::Poll::Ready(Ok(()))
        }

        fn call(&mut self, _: axum::extract::Request) -> Self::Future {
            assert!(std::mem::take(&mut self.0), "it is called before it is ready");
            std::future::ready(Ok(axum::response::Response::default()))
        }
    }

    let policy = cors_runtime::policy! { origins = ["https://shop.example"] };
    let layered = tower::Layer::layer(&policy.layer(), OnceReady::default());
    let request = || cors_tests::to_request("GET /\norigin: https://shop.example");
    assert_eq!(layered.oneshot(request()).await.unwrap().status(), 200);
    let app = cors_runtime::CorsRouter::new()
        .route_service("/", cors_runtime::cors(&policy, OnceReady::default()))
        .finish()
        .unwrap();
    assert_eq!(app.oneshot(request()).await.unwrap().status(), 200);
}

/// A layer has nobody who reads the environment for it, and says so.
#[tokio::test]
async fn a_layer_whose_origins_were_not_read() {
    static UNREAD: Policy =
        policy! { origins = [env("NOT_READ_BY_LAYERS", default = ["https://shop.example"])] };
    let plain_routes = || Router::new().route("/", routing::get(plain));
    let explanation = UNREAD.explain(&cors_tests::to_request("GET /\norigin: https://shop.example"));
    assert!(explanation.to_string().contains("has not read the environment"), "{explanation}");
    assert!(explanation.to_string().contains("`with_environment()`"), "{explanation}");
    let app = plain_routes().layer(UNREAD.layer());
    assert!(!send(&app, "GET /\norigin: https://shop.example").await.contains("access-control-allow-origin"));
    let app = plain_routes().layer(UNREAD.with_environment().unwrap().layer());
    assert!(send(&app, "GET /\norigin: https://shop.example").await.contains("access-control-allow-origin"));
}
