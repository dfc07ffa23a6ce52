use cors_runtime::{MethodRouter, cors, get};

#[cors(origins = [regex(r"https://shop\.example:443")])]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
