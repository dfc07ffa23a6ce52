use cors_runtime::{MethodRouter, cors, get};

#[cors(origins = [env!("SHOP")])]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
