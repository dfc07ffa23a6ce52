use cors_runtime::{MethodRouter, cors, get};

#[cors(origins = ["https://xn--a.example"])]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
