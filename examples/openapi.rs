//! Annotated handlers beside their OpenAPI documentation.
//!
//! ```text
//! cargo run --example openapi
//! curl http://localhost:5000/openapi.json
//! curl -i -X OPTIONS -H 'Origin: https://admin.shop.example' -H 'Access-Control-Request-Method: DELETE' http://localhost:5000/products/5
//! ```
//!
//! The document has the paths, the parameters and the comments of the handlers, and no policy. `API_PORT` overrides the
//! port; 0 is any that is free.

use std::{error::Error, net::Ipv4Addr};

use axum::{Json, Router, extract::Path, http::StatusCode};
use cors_runtime::{
    CorsRouter, Policy, SetupError, cors, get,
    openapi::{OpenApiRouter, routes},
    policy,
};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use utoipa::{OpenApi, ToSchema};

#[derive(OpenApi)]
#[openapi(info(title = "Shop", description = "Products and what they cost."))]
struct Document;

#[derive(Serialize, Deserialize, ToSchema)]
struct Product {
    name: String,
    price_in_cents: u32,
}

/// Shows a product.
#[utoipa::path(get, path = "/{id}", params(("id" = u64, Path)), responses((status = 200, body = Product)))]
#[cors(origins = ["https://shop.example"])]
async fn show_product(Path(_id): Path<u64>) -> Json<Product> {
    Json(Product { name: "Teapot".to_owned(), price_in_cents: 2_450 })
}

/// Changes a product.
#[utoipa::path(put, path = "/{id}", params(("id" = u64, Path)), request_body = Product, responses((status = 204)))]
#[cors(origins = ["https://admin.shop.example"], headers = ["content-type"])]
async fn change_product(Path(_id): Path<u64>, Json(_product): Json<Product>) -> StatusCode {
    StatusCode::NO_CONTENT
}

/// Removes a product.
#[utoipa::path(delete, path = "/{id}", params(("id" = u64, Path)), responses((status = 204)))]
#[cors(origins = ["https://admin.shop.example"])]
async fn remove_product(Path(_id): Path<u64>) -> StatusCode {
    StatusCode::NO_CONTENT
}

/// Says whether the service is up.
// Not annotated, so utoipa-axum's own `routes!` adds it, and it stays same-origin.
#[utoipa::path(get, path = "/health", responses((status = 200, body = String)))]
async fn health() -> &'static str {
    "ok"
}

// Tools on any page may read the document.
static DOCUMENT: Policy = policy! { origins = any };

fn app() -> Result<Router, SetupError> {
    let products = OpenApiRouter::new().routes(routes!(show_product, change_product, remove_product));
    let (router, document): (CorsRouter, _) = OpenApiRouter::with_openapi(Document::openapi())
        .routes(utoipa_axum::routes!(health))
        .nest("/products", products)
        .split_for_parts();
    router.route("/openapi.json", get(cors(&DOCUMENT, async || Json(document)))).finish()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let port = std::env::var("API_PORT").map_or(Ok(5000), |port| port.parse())?;
    let app = app()?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}
