use cors_runtime::{MethodRouter, cors, get};

#[cors(origins = [r"https://[a-z]+\.shop\.example"])]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
