
use cors_runtime::{MethodRouter, cors, post};

#[cors(origins = ["https://shop.example"])]
async fn handler(_: Option<axum::Json<String>>) {}

fn main() {
    let _: MethodRouter = post(handler);
}
