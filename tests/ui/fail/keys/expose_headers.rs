use cors_runtime::{cors, get, MethodRouter};

#[cors(origins = ["https://shop.example"], expose_headers = ["x-a"])]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
