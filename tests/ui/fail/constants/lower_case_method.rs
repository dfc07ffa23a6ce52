use cors_runtime::{MethodRouter, cors, get};

const METHOD: &str = "get";

#[cors(origins = ["https://shop.example"], methods = [METHOD])]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
