use cors_runtime::{MethodRouter, cors, get};

#[cors(origins = ["[::1]:3000"])]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
