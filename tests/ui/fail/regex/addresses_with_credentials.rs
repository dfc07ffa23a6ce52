use cors_runtime::{MethodRouter, cors, get};

#[cors(origins = [regex(r"http://192\.168\.[0-9]+\.[0-9]+(:[0-9]+)?")], credentials)]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
