use cors_runtime::{MethodRouter, cors, get};

#[cors(origins = ["https://shop.example"], enforce = strict)]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
