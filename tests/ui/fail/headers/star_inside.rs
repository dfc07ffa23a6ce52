use cors_runtime::{MethodRouter, cors, get};

#[cors(origins = ["https://shop.example"], headers = ["x-amz-meta-*"])]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
