use axum::http::HeaderMap as H;
use cors_runtime::{MethodRouter, cors, get};

#[cors(origins = any)]
async fn handler(_: H, _: H, _: H, _: H, _: H, _: H, _: H, _: H, _: H, _: H, _: H, _: H, _: H, _: H, _: H, _: H, _: H) {}

fn main() {
    let _: MethodRouter = get(handler);
}
