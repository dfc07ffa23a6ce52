use cors_runtime::{cors, get, MethodRouter};

#[cors(origins = ["**"])]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
