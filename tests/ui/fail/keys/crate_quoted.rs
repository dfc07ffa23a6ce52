use cors_runtime::{MethodRouter, cors, get};

#[cors(origins = ["https://shop.example"], crate = "cors_runtime")]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
