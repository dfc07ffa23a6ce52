//! Libraries that have routers and paths of their own: aide, and axum-extra's typed paths.

use aide::{
    axum::{ApiRouter, routing as documented},
    openapi::OpenApi,
};
use axum::{Router, http::StatusCode};
use axum_extra::routing::TypedPath;
use cors_runtime::{CorsRouter, Policy, cors, get, policy};
use cors_tests::send;
use serde::Deserialize;

static SHOP: Policy = policy! { origins = ["https://shop.example"], headers = ["authorization"] };

async fn show_product() -> &'static str {
    "product"
}

async fn remove_product() -> StatusCode {
    StatusCode::NO_CONTENT
}

/// aide's router is a plain one, so its routes are a group.
#[tokio::test]
async fn routes_of_aide_have_the_policy_of_their_group() {
    let mut document = OpenApi::default();
    let documented: Router = ApiRouter::new()
        .api_route("/products/{id}", documented::get(show_product).delete(remove_product))
        .finish_api(&mut document);
    assert_eq!(document.paths.expect("paths").paths.keys().collect::<Vec<_>>(), ["/products/{id}"]);

    let app = CorsRouter::from(documented).policy(&SHOP).finish().unwrap();
    assert_eq!(
        send(&app, "GET /products/5\norigin: https://shop.example").await,
        "200\naccess-control-allow-origin: https://shop.example\ncontent-type: text/plain; charset=utf-8"
    );
    let preflight = send(
        &app,
        "OPTIONS /products/5\norigin: https://shop.example\naccess-control-request-method: DELETE",
    )
    .await;
    assert_eq!(
        preflight,
        "204\naccess-control-allow-headers: authorization\naccess-control-allow-methods: DELETE\n\
         access-control-allow-origin: https://shop.example\n\
         vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
    );
}

#[derive(Deserialize, TypedPath)]
#[typed_path("/products/{id}")]
struct ProductPath {
    id: u64,
}

#[cors(policy = SHOP)]
async fn show_typed(ProductPath { id }: ProductPath) -> String {
    format!("product {id}")
}

/// axum-extra's `typed_get` takes the path from the handler's first argument; here, the route names it.
#[tokio::test]
async fn typed_paths_are_routes() {
    let app = CorsRouter::new().route(ProductPath::PATH, get(show_typed)).finish().unwrap();
    assert_eq!(ProductPath { id: 5 }.to_string(), "/products/5");
    let response = send(&app, "GET /products/5\norigin: https://shop.example").await;
    assert!(response.starts_with("200\naccess-control-allow-origin: https://shop.example\n"), "{response}");
    let response = send(&app, "GET /products/x\norigin: https://shop.example").await;
    assert!(response.starts_with("400\naccess-control-allow-origin: https://shop.example\n"), "{response}");
}
