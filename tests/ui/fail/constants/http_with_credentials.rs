use cors_runtime::{MethodRouter, cors, get};

const SHOP: &str = "http://shop.example";

#[cors(origins = ["https://a.example", SHOP], credentials)]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
