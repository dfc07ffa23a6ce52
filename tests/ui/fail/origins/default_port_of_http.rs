use cors_runtime::{cors, get, MethodRouter};

#[cors(origins = ["http://shop.example:80"])]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
