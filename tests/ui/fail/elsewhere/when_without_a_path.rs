use cors_runtime::{MethodRouter, cors, get};

#[cors(origins = when(|_| true))]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
