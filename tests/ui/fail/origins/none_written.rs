use cors_runtime::{cors, get, MethodRouter};

#[cors(headers = ["content-type"])]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
