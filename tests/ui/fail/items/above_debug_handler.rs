use cors_runtime::{MethodRouter, cors, get};

#[cors(origins = any)]
#[axum::debug_handler]
async fn handler() -> &'static str {
    "hello"
}

fn main() {
    let _: MethodRouter = get(handler);
}
