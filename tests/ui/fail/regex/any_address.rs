use cors_runtime::{MethodRouter, cors, get};

#[cors(origins = [regex(r"http://192\.168\.1\.\d+")])]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
