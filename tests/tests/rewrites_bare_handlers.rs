//! The same as in `rewrites_itself.rs`, for handlers that have no layers themselves. How many routers there are is a matter of the
//! process, so this is one of its own.

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
