use cors_runtime::{cors, get, MethodRouter};

#[cors(origins = ["https://shop.example"], credentials("include"))]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
