use cors_runtime::{MethodRouter, cors, get};

#[cors(origins = [regex(PATTERN)])]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
