use cors_runtime::{cors, get, MethodRouter};

#[cors(origins = ["http://127.0.0.256"])]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
