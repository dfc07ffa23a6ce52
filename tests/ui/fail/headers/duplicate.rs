use cors_runtime::{cors, get, MethodRouter};

#[cors(origins = ["https://shop.example"], headers = ["x-foo", "X-Foo"])]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
