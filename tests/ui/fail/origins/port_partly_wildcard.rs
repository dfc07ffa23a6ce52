use cors_runtime::{cors, get, MethodRouter};

#[cors(origins = ["http://localhost:30*"])]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
