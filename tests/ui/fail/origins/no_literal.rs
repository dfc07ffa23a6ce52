use cors_runtime::{cors, get, MethodRouter};

const SHOP: &str = "https://shop.example";

#[cors(origins = [SHOP])]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
