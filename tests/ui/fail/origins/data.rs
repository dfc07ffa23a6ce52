use cors_runtime::{cors, get, MethodRouter};

#[cors(origins = ["data:text/html,hello"])]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
