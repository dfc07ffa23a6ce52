use cors_runtime::{cors, get, MethodRouter};

#[cors(origins = ["file://"])]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
