//! The only router of a process, one of whose layers hands requests over to it: axum has chosen the handler by the time a layer
//! rewrites an address, so the layer asks the whole router again.

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
async fn a_layer_that_asks_its_own_router() {
    let app = CorsRouter::new()
        .route("/old/x", get(cors(&WIDE, plain)))
        .route("/x", get(cors(&LIST, plain)))
        .route("/y", axum::routing::get(plain))
        .merge(CorsRouter::new().route("/z", axum::routing::get(plain)).policy(&LIST))
        .route("/old/{z}", get(cors(&WIDE, plain)))
        .layer(from_fn(rewrite))
        .finish()
        .unwrap();
    APP.set(app.clone()).unwrap();
    for path in ["/x", "/y", "/z"] {
        for prefix in ["", "/old"] {
            let answer = send(&app, &format!("GET {prefix}{path}\norigin: https://evil.example")).await;
            assert!(answer.starts_with("200") && !answer.contains(GRANT), "{prefix}{path} {answer}");
        }
    }
}
