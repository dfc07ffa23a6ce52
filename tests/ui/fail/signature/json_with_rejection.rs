use axum::{Json, extract::rejection::JsonRejection};
use axum_extra::extract::WithRejection;
use cors_runtime::{MethodRouter, cors, post};

#[cors(origins = ["https://shop.example"])]
async fn handler(_: WithRejection<Json<String>, JsonRejection>) {}

fn main() {
    let _: MethodRouter = post(handler);
}
