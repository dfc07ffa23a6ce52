use cors_runtime::{cors, get, MethodRouter};

#[cors(origins = ["http*://shop.example"])]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
