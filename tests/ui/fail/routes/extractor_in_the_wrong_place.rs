use axum::{Json, extract::Path};
use cors_runtime::{MethodRouter, cors, post};

#[cors(origins = any, headers = ["content-type"])]
async fn handler(Json(name): Json<String>, Path(_id): Path<u64>) -> String {
    name
}

fn main() {
    let _: MethodRouter = post(handler);
}
