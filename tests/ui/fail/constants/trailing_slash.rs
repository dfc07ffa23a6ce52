use cors_runtime::{MethodRouter, cors, get};

const SHOP: &str = "https://shop.example/";

#[cors(origins = [SHOP])]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
