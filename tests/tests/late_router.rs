//! A second router that is made while a request is served: the gate of the first one has not reckoned with it. By itself,
//! because it matters how many routers there are in the process.

use axum::{
    extract::Request,
    middleware::{Next, from_fn},
    response::IntoResponse,
};
use cors_runtime::{CorsRouter, any, cors, post};
use cors_tests::send;
use tower::ServiceExt;

#[cors(origins = ["https://evil.example", "https://a.example"], credentials)]
async fn wide() {}

#[cors(origins = ["https://admin.example", "https://b.example"], credentials)]
async fn strict() {}

#[tokio::test]
async fn a_router_that_is_made_for_the_first_request() {
    let by_header =
        from_fn(async |request: Request, next: Next| match request.headers().contains_key("x-admin") {
            true => {
                let late: CorsRouter = CorsRouter::new().route("/", post(strict));
                late.finish().unwrap().oneshot(request).await.into_response()
            }
            false => next.run(request).await,
        });
    let app = CorsRouter::new().route("/", any(wide)).layer(by_header).finish().unwrap();
    let granted = "access-control-allow-origin: https://evil.example";
    assert!(send(&app, "POST /\norigin: https://evil.example").await.contains(granted));
    for (number, status) in [(1, "200"), (2, "403")] {
        let answer = send(&app, "POST /\norigin: https://evil.example\nx-admin: 1").await;
        assert!(answer.starts_with(status) && !answer.contains("access-control-allow"), "{number}: {answer}");
    }
    assert!(send(&app, "POST /\norigin: https://evil.example").await.contains(granted));
}
