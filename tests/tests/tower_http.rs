//! Why this exists: two methods of one path with different policies, as a layer per method sets them up, and as
//! attributes do.

use axum::{Router, http::Method, routing};
use cors_runtime::{CorsRouter, cors, get};
use cors_tests::send;
use tower_http::cors::{AllowOrigin, CorsLayer};

const PREFLIGHT_OF_GET: &str = "OPTIONS /products/5\norigin: https://shop.example\naccess-control-request-method: GET\n\
     access-control-request-headers: authorization";
const PREFLIGHT_OF_DELETE: &str = "OPTIONS /products/5\norigin: https://admin.shop.example\naccess-control-request-method: DELETE\n\
     access-control-request-headers: authorization";

#[cors(origins = ["https://shop.example"], headers = ["authorization"])]
async fn show() {}

#[cors(origins = ["https://admin.shop.example"], headers = ["authorization"])]
async fn remove() {}

async fn plain() {}

fn layer(origin: &'static str, method: Method) -> CorsLayer {
    let origin = AllowOrigin::exact(origin.parse().unwrap());
    CorsLayer::new()
        .allow_origin(origin)
        .allow_methods([method])
        .allow_headers([axum::http::header::AUTHORIZATION])
}

#[tokio::test]
async fn a_layer_per_method_loses_the_preflights_of_the_first() {
    let app = Router::new().route(
        "/products/{id}",
        routing::get(plain)
            .layer(layer("https://shop.example", Method::GET))
            .merge(routing::delete(plain).layer(layer("https://admin.shop.example", Method::DELETE))),
    );
    // A layer on a method router answers preflights only for what the router has a handler or a fallback for, and both
    // layered fallbacks are there: the last one answers for both methods.
    let of_get = send(&app, PREFLIGHT_OF_GET).await;
    assert!(of_get.contains("access-control-allow-origin: https://admin.shop.example"), "{of_get}");
    assert!(of_get.contains("access-control-allow-methods: DELETE"), "{of_get}");
    let of_delete = send(&app, PREFLIGHT_OF_DELETE).await;
    assert!(of_delete.contains("access-control-allow-origin: https://admin.shop.example"), "{of_delete}");
}

#[tokio::test]
async fn a_policy_per_handler_keeps_them_apart() {
    let app = CorsRouter::new().route("/products/{id}", get(show).delete(remove)).finish().unwrap();
    for (preflight, origin, methods) in [
        (PREFLIGHT_OF_GET, "https://shop.example", "GET, HEAD"),
        (PREFLIGHT_OF_DELETE, "https://admin.shop.example", "DELETE"),
    ] {
        assert_eq!(
            send(&app, preflight).await,
            format!(
                "204\naccess-control-allow-headers: authorization\naccess-control-allow-methods: {methods}\n\
                 access-control-allow-origin: {origin}\n\
                 vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
            )
        );
    }
}
