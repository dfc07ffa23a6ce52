use cors_runtime::{MethodRouter, cors, get};

#[cors(origins = ["https://shop.example\u{202e}elpmaxe.live"])]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
