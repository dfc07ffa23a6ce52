use cors_runtime::{MethodRouter, cors, get};

#[allow(non_upper_case_globals)]
const shop: &str = "https://shop.example";

#[cors(origins = [shop])]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
