use cors_runtime::{MethodRouter, cors, get};

struct Product;

#[cors(origins = any)]
async fn handler() -> Product {
    Product
}

fn main() {
    let _: MethodRouter = get(handler);
}
