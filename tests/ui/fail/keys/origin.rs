use cors_runtime::{cors, get, MethodRouter};

#[cors(origin = ["https://shop.example"])]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
