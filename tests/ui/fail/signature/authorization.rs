use axum_extra::{
    TypedHeader,
    headers::{Authorization, authorization::Bearer},
};
use cors_runtime::{MethodRouter, cors, post};

#[cors(origins = ["https://shop.example"])]
async fn handler(_: TypedHeader<Authorization<Bearer>>) {}

fn main() {
    let _: MethodRouter = post(handler);
}
