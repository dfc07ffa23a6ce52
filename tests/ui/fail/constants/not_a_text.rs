use cors_runtime::{MethodRouter, cors, get};

const X_API_KEY: axum::http::HeaderName = axum::http::HeaderName::from_static("x-api-key");

#[cors(origins = ["https://shop.example"], headers = [X_API_KEY])]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
