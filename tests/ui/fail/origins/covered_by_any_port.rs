use cors_runtime::{cors, get, MethodRouter};

#[cors(origins = ["http://localhost:3000", "http://localhost:*"])]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
