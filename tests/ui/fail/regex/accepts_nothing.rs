use cors_runtime::{MethodRouter, cors, get};

#[cors(origins = [regex(r"https://[a&&b]\.example")])]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
