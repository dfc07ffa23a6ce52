use cors_runtime::{cors, get, MethodRouter};

#[cors(
    origins = ["https://shop.example/", "https://admin.example:443"],
    headers = ["cookie"],
    exposed_headers = ["etag"],
    max_age = 100000,
    credentials = true
)]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
