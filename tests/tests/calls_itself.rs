//! The only router of a process, one of whose handlers hands requests over to it.

use std::sync::OnceLock;

use axum::{
    Router,
    extract::Request,
    response::{IntoResponse, Response},
};
use cors_runtime::{CorsRouter, Policy, cors, get, policy};
use cors_tests::send;
use tower::ServiceExt;

const GRANT: &str = "access-control-allow-origin: https://evil.example";

static WIDE: Policy = policy! { origins = ["https://evil.example", "https://shop.example"], credentials };
static LIST: Policy = policy! { origins = ["https://shop.example", "https://b.example"], credentials };
static APP: OnceLock<Router> = OnceLock::new();

async fn plain() -> &'static str {
    "plain"
}

async fn ask(mut request: Request) -> Response {
    let path = request.uri().path().strip_prefix("/old").unwrap().to_owned();
    *request.uri_mut() = path.parse().unwrap();
    APP.get().unwrap().clone().oneshot(request).await.into_response()
}

#[tokio::test]
async fn a_handler_that_asks_its_own_router() {
    let app = CorsRouter::new()
        .route("/list", get(cors(&LIST, plain)))
        .route("/plain", axum::routing::get(plain))
        .merge(CorsRouter::new().route("/group", axum::routing::get(plain)).policy(&LIST))
        .route("/old/{*path}", get(cors(&WIDE, ask)))
        .finish()
        .unwrap();
    APP.set(app.clone()).unwrap();
    for path in ["/list", "/group", "/plain"] {
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
