use axum_extra::extract::CookieJar;
use cors_runtime::{MethodRouter, cors, post};

#[cors(origins = ["https://shop.example"])]
async fn handler(_: CookieJar) {}

fn main() {
    let _: MethodRouter = post(handler);
}
