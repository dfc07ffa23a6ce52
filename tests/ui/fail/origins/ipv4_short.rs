use cors_runtime::{cors, get, MethodRouter};

#[cors(origins = ["http://127.1:3000"])]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
