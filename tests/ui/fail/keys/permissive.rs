use cors_runtime::{MethodRouter, cors, get};

#[cors(permissive)]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
