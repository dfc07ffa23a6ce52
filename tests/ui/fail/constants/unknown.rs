use cors_runtime::{MethodRouter, cors, get};

#[cors(origins = [SHOP])]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
