//! The API of a shop in the small: two front ends on one path, bearer tokens, a limit of bodies.

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Path, Request},
    http::{StatusCode, header},
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
};
use cors_runtime::{CorsRouter, cors, get};

use crate::row::{get as fetch_get, *};

#[cors(origins = any)]
async fn list_products() -> Json<[&'static str; 2]> {
    Json(["Teapot", "Kettle"])
}

#[cors(
    origins = ["http://localhost:3000"],
    headers = ["authorization", "content-type", "x-api-key"],
    credentials
)]
async fn show_product(Path(id): Path<u64>) -> Result<Json<u64>, StatusCode> {
    if id < 3 { Ok(Json(id)) } else { Err(StatusCode::NOT_FOUND) }
}

#[cors(
    origins = ["http://localhost:3000"],
    headers = ["authorization", "content-type", "x-api-key"],
    credentials
)]
async fn update_product(Path(_id): Path<u64>, Json(name): Json<String>) -> Json<String> {
    Json(name)
}

#[cors(origins = ["http://admin.localhost:3000"], headers = ["authorization"], credentials)]
async fn remove_product(Path(_id): Path<u64>) -> StatusCode {
    StatusCode::NO_CONTENT
}

async fn require_token(request: Request, next: Next) -> Response {
    if !request.headers().contains_key(header::AUTHORIZATION) {
        return (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")]).into_response();
    }
    next.run(request).await
}

fn shop() -> Router {
    CorsRouter::new()
        .route("/products/{id}", get(show_product).put(update_product).delete(remove_product))
        .layer(from_fn(require_token))
        .route("/products", get(list_products))
        .route("/health", axum::routing::get(async || "ok"))
        .layer(DefaultBodyLimit::max(16))
        .finish()
        .expect("a good app")
}

const TOKEN: Fields = &[("authorization", "Bearer 1")];
const STOREFRONT: Fields =
    &[("authorization", "Bearer 1"), ("content-type", "application/json"), ("x-api-key", "1")];

pub(crate) fn rows() -> Vec<Row> {
    let row = |why, page, request, expect| Row {
        why,
        page,
        fetches: vec![request],
        server: RowServer::App(shop),
        expect,
    };
    vec![
        row(
            "the catalogue is for everyone",
            SANDBOX,
            fetch_get("/products"),
            sent(["GET /products"]).readable(200, ["content-type"]),
        ),
        row(
            "the storefront sees a product",
            SHOP,
            fetch_get("/products/1").headers(STOREFRONT).with_credentials(),
            sent([
                "OPTIONS /products/1 asks for GET with authorization,content-type,x-api-key",
                "GET /products/1",
            ])
            .readable(200, ["content-type"]),
        ),
        row(
            "the storefront sees that there is none",
            SHOP,
            fetch_get("/products/7").headers(TOKEN).with_credentials(),
            sent(["OPTIONS /products/7 asks for GET with authorization", "GET /products/7"])
                .readable(404, []),
        ),
        row(
            "the storefront sees that a token is missing",
            SHOP,
            fetch_get("/products/1").with_credentials(),
            sent(["GET /products/1"]).readable(401, []),
        ),
        row(
            "the storefront changes a product",
            SHOP,
            fetch("PUT", "/products/1").headers(STOREFRONT).body("\"Teapot\"").with_credentials(),
            sent([
                "OPTIONS /products/1 asks for PUT with authorization,content-type,x-api-key",
                "PUT /products/1",
            ])
            .readable(200, ["content-type"]),
        ),
        row(
            "the storefront sees that a body is too long",
            SHOP,
            fetch("PUT", "/products/1").headers(STOREFRONT).body("\"Teapot with a lid\"").with_credentials(),
            sent([
                "OPTIONS /products/1 asks for PUT with authorization,content-type,x-api-key",
                "PUT /products/1",
            ])
            .readable(413, ["content-type"]),
        ),
        row(
            "the storefront removes nothing, and the refusal names who may",
            SHOP,
            fetch("DELETE", "/products/1").headers(TOKEN).with_credentials(),
            sent(["OPTIONS /products/1 asks for DELETE with authorization"])
                .blocked("PreflightAllowOriginMismatch", ADMIN),
        ),
        row(
            "the back office removes a product",
            ADMIN,
            fetch("DELETE", "/products/1").headers(TOKEN).with_credentials(),
            sent(["OPTIONS /products/1 asks for DELETE with authorization", "DELETE /products/1"])
                .readable(204, []),
        ),
        row(
            "the back office has no key for the API",
            ADMIN,
            fetch("DELETE", "/products/1").headers(&[("authorization", "Bearer 1"), ("x-api-key", "1")]),
            sent(["OPTIONS /products/1 asks for DELETE with authorization,x-api-key"])
                .blocked("HeaderDisallowedByPreflightResponse", "x-api-key"),
        ),
        row(
            "a stranger changes nothing",
            ADDRESS,
            fetch("PUT", "/products/1").headers(STOREFRONT).body("\"Teapot\""),
            sent(["OPTIONS /products/1 asks for PUT with authorization,content-type,x-api-key"])
                .blocked("PreflightAllowOriginMismatch", SHOP),
        ),
        row(
            "the state of the API is its own affair",
            SHOP,
            fetch_get("/health"),
            sent(["GET /health"]).blocked("MissingAllowOriginHeader", ""),
        ),
    ]
}
