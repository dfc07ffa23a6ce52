use cors_runtime::{MethodRouter, cors, get};

#[cors(origins = ["https://shop.example", when(is_ours)])]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
