use axum::Json;
use cors_runtime::{MethodRouter, cors, post};

const X_API_KEY: &str = "x-api-key";

#[cors(origins = ["https://shop.example"], headers = [X_API_KEY])]
async fn handler(_: Json<String>) {}

fn main() {
    let _: MethodRouter = post(handler);
}
