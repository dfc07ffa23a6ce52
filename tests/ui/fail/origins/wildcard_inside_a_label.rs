use cors_runtime::{MethodRouter, cors, get};

#[cors(origins = ["https://app-*.example.com"], credentials)]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
