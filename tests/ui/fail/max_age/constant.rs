use cors_runtime::{MethodRouter, cors, get};

const MINUTE: u32 = 60;

#[cors(origins = ["https://shop.example"], max_age = 60 * MINUTE)]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
