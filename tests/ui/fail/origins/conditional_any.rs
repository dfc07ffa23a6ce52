use cors_runtime::{MethodRouter, cors, get};

#[cors(origins = [#[cfg(debug_assertions)] any, "https://shop.example"])]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
