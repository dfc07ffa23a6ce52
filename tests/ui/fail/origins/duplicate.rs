use cors_runtime::{cors, get, MethodRouter};

#[cors(origins = ["https://a.example", "https://a.example"])]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
