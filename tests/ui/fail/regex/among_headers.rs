use cors_runtime::{MethodRouter, cors, get};

#[cors(origins = any, headers = [regex("x-.*")])]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
