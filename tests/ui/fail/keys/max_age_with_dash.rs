use cors_runtime::{cors, get, MethodRouter};

#[cors(origins = ["https://shop.example"], max-age = 600)]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
