use cors_runtime::{cors, get, MethodRouter};

#[cors(origins = ["https://shop.example"], max_age = 10m)]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
