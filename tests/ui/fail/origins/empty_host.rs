use cors_runtime::{cors, get, MethodRouter};

#[cors(origins = ["https://:8443"])]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
