
use cors_runtime::{MethodRouter, cors, post};

#[cors(origins = ["https://shop.example"], headers = any)]
async fn handler(_: Option<axum_extra::TypedHeader<axum_extra::headers::Authorization<axum_extra::headers::authorization::Bearer>>>) {}

fn main() {
    let _: MethodRouter = post(handler);
}
