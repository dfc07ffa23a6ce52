use axum::{Json, extract::Path};
use cors_runtime::{CorsRouter, cors, get};

// The mistake is reported here, and nowhere else: the router, the state and the arguments are right.
#[cors(origins = any, credentials)]
async fn handler(Path(id): Path<u64>) -> Result<Json<u64>, String> {
    Ok(Json(id))
}

fn main() {
    let _: Result<axum::Router, _> = CorsRouter::new().route("/{id}", get(handler).put(handler)).finish();
}
