use cors_runtime::{MethodRouter, cors, get};

#[cors(origins = ["moz-extension://*"], credentials)]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
