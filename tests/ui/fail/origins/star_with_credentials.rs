use cors_runtime::{cors, get, MethodRouter};

#[cors(credentials, origins = ["*"])]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
