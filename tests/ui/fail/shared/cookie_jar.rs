use axum::Json;
use axum_extra::extract::CookieJar;
use cors_runtime::{MethodRouter, Policy, cors, policy, post};

const PARTNER: Policy = policy! { origins = ["https://partner.example"], headers = [any] };

#[cors(policy = PARTNER)]
async fn handler(_: CookieJar, _: Json<String>) {}

fn main() {
    let _: MethodRouter = post(handler);
}
