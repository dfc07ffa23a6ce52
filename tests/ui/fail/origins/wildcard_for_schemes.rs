use cors_runtime::{MethodRouter, cors, get};

#[cors(origins = ["http*://shop.example"])]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
