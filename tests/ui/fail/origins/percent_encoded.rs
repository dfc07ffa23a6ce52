use cors_runtime::{cors, get, MethodRouter};

#[cors(origins = ["https://%73hop.example"])]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
