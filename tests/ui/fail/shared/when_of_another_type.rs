use cors_runtime::{MethodRouter, cors, get};

fn is_ours(_: &str) -> bool {
    true
}

#[cors(origins = when(is_ours))]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
