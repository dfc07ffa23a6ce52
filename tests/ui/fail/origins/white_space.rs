use cors_runtime::{cors, get, MethodRouter};

#[cors(origins = ["https://shop.example\n"])]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
