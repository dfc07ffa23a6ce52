use cors_runtime::{cors, get, MethodRouter};

#[cors(origins = ["http://127.0.0.1."])]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
