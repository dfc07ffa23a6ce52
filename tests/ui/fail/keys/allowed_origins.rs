use cors_runtime::{cors, get, MethodRouter};

#[cors(allowed_origins = ["https://shop.example"])]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
