use cors_runtime::{MethodRouter, cors, get};

#[cors(origins = [regex(r"https://Shop\.example")])]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
