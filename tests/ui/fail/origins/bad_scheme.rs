use cors_runtime::{cors, get, MethodRouter};

#[cors(origins = ["42-ext://abc"])]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
