use cors_runtime::{MethodRouter, cors, get};

const COOKIE_NAME: &str = "Cookie";

#[cors(origins = ["https://shop.example"], headers = [COOKIE_NAME])]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
