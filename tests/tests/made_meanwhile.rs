//! The first router of a process, while others are made: as in a test of a service that runs beside others, each with a router of
//! its own.

use axum::{
    extract::Request,
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
};
use cors_runtime::{CorsRouter, Policy, cors, get, policy};
use cors_tests::send;
use http::StatusCode;

static SHOP: Policy = policy! { origins = ["https://shop.example"] };

async fn hello() -> &'static str {
    "hello"
}

fn router() -> CorsRouter {
    CorsRouter::new().route("/", get(cors(&SHOP, hello)))
}

/// Answers by itself after another router was made.
async fn refuse(request: Request, next: Next) -> Response {
    let _other: axum::Router = router().finish().unwrap();
    match request.headers().contains_key("authorization") {
        true => next.run(request).await,
        false => StatusCode::UNAUTHORIZED.into_response(),
    }
}

#[tokio::test]
async fn a_request_goes_on_as_it_has_begun() {
    let app = router().layer(from_fn(refuse)).finish().unwrap();
    let fields = "access-control-allow-origin: https://shop.example";
    // Only during the first of them is the other router new.
    for _ in 0..2 {
        let refused = send(&app, "GET /\norigin: https://shop.example").await;
        assert!(refused.starts_with("401") && refused.contains(fields), "{refused}");
        let answer = send(&app, "GET /\norigin: https://shop.example\nauthorization: any").await;
        assert!(answer.starts_with("200") && answer.contains(fields), "{answer}");
        let stranger = send(&app, "GET /\norigin: https://evil.example").await;
        assert!(stranger.starts_with("401") && !stranger.contains("evil"), "{stranger}");
    }
}
