use axum::Json;
use cors_runtime::{MethodRouter, Policy, cors, policy, post};

mod policies {
    use super::{Policy, policy};

    pub static PARTNER: Policy = policy! { origins = ["https://partner.example"], headers = ["x-a"] };
}

#[cors(policy = policies::PARTNER)]
async fn handler(_: Json<String>) {}

fn main() {
    let _: MethodRouter = post(handler);
}
