use cors_runtime::{MethodRouter, cors, get};

#[cors(orig)]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
