use axum::Json;
use axum_extra::{
    TypedHeader,
    headers::{Authorization, authorization::Bearer},
};
use cors_runtime::{MethodRouter, Policy, cors, policy, post};

static PARTNER: Policy = policy! { origins = ["https://partner.example"], headers = [any] };

#[cors(policy = PARTNER)]
async fn handler(_: TypedHeader<Authorization<Bearer>>, _: Json<String>) {}

fn main() {
    let _: MethodRouter = post(handler);
}
