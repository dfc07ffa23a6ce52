use axum::Json;
use cors_runtime::{CorsRouter, cors};

#[derive(serde::Deserialize)]
struct Product;

/// Only the last argument may consume the body.
#[cors(origins = ["https://shop.example"], headers = ["content-type"])]
async fn annotated(Json(_): Json<Product>, body: String) -> String {
    body
}

async fn not_annotated(_: Product) {}

fn main() {
    let _: CorsRouter = CorsRouter::new().fallback(annotated);
    let _: CorsRouter = CorsRouter::new().fallback(not_annotated);
}
