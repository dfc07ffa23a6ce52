use cors_runtime::{MethodRouter, cors, get};

#[cors(#[cfg(debug_assertions)] origins = any)]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
