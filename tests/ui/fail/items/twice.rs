use cors_runtime::{cors, get, MethodRouter};

#[cors(origins = any)]
#[cors(origins = any)]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
