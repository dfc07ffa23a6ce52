use cors_runtime::{cors, get, MethodRouter};

#[cors(origins = ["https://shop.example:web"])]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
