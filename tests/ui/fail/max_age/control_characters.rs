use cors_runtime::{MethodRouter, cors, get};

#[cors(origins = ["https://shop.example"], max_age = "10m\u{1b}[2K\r")]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
