use cors_runtime::{MethodRouter, cors, get};

#[cors(origins = ["https://shop.example"], methods = ["GET", #[cfg(debug_assertions)] "PUT"])]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
