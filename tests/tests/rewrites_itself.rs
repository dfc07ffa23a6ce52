//! The only router of a process, one of whose layers hands requests over to it: axum has chosen the handler by the time a layer
//! rewrites an address, so the layer asks the whole router again.

mod itself;

use axum::{
    extract::Request,
    middleware::{Next, from_fn},
    response::Response,
};
use cors_runtime::{CorsRouter, cors, get};
use cors_tests::send;

use crate::itself::{APP, GRANT, LIST, WIDE, ask, plain};

/// Asks the router for the handlers of old addresses.
async fn rewrite(request: Request, next: Next) -> Response {
    if request.uri().path().starts_with("/old") { ask(request).await } else { next.run(request).await }
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
