use cors_runtime::{cors, get, MethodRouter};

#[cors(origins = ["null"])]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
