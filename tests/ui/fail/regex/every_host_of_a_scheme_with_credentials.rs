use cors_runtime::{MethodRouter, cors, get};

#[cors(origins = [regex("chrome-extension://[a-p]{32}")], credentials)]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
