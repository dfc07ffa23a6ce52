use cors_runtime::{cors, get, MethodRouter};

#[cors(origins = ["https://me@shop.example"])]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
