use cors_runtime::{cors, get, MethodRouter};

#[cors(origins = ["https://shop.example"], headers = ["sec-fetch-mode"])]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
