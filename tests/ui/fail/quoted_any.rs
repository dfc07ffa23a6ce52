use cors_runtime::{cors, get, MethodRouter};

#[cors(origins = ["any"], headers = "any", expose = ["any"], methods = ["any"])]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
