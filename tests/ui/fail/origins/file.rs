use cors_runtime::{cors, get, MethodRouter};

#[cors(origins = ["file:///index.html"])]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
