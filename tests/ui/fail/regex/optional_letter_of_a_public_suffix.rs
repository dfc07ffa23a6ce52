use cors_runtime::{MethodRouter, cors, get};

#[cors(origins = [regex(r"https://shop\.example\.com?")], credentials)]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
