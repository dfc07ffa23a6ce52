use cors_runtime::{MethodRouter, cors, get};

#[cors(Any)]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
