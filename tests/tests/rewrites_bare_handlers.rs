//! The same as in `rewrites_itself.rs`, for handlers that have no layers themselves. How many routers there are is a matter of the
//! process, so this is one of its own.

use std::sync::OnceLock;

use axum::{
    Router,
    extract::Request,
    middleware::{Next, from_fn},
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

async fn rewrite(mut request: Request, next: Next) -> Response {
    match request.uri().path().strip_prefix("/old") {
        Some(path) => {
            *request.uri_mut() = path.to_owned().parse().unwrap();
            APP.get().unwrap().clone().oneshot(request).await.into_response()
        }
        None => next.run(request).await,
    }
}

#[tokio::test]
async fn a_layer_that_asks_for_a_handler_without_layers() {
    let app = CorsRouter::new()
        .route("/x", get(cors(&LIST, plain)))
        .route("/old/x", get(cors(&WIDE, plain)).layer(from_fn(rewrite)))
        .finish()
        .unwrap();
    APP.set(app.clone()).unwrap();
    let answer = send(&app, "GET /x\norigin: https://evil.example").await;
    assert!(answer.starts_with("200") && !answer.contains(GRANT), "{answer}");
    // The preflight was answered for the old one.
    let answer = send(&app, "GET /old/x\norigin: https://evil.example").await;
    assert!(answer.starts_with("403") && !answer.contains(GRANT), "{answer}");
}
