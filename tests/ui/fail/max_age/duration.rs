use cors_runtime::{MethodRouter, cors, get};

#[cors(origins = ["https://shop.example"], max_age = Duration::from_secs(600))]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
