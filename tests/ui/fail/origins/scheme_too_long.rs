use cors_runtime::{cors, get, MethodRouter};

#[cors(origins = ["sssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssss://shop.example"])]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
