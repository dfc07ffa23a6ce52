use cors_runtime::{MethodRouter, cors, get};

#[cors(origins = any)]
async fn handler(number: u64) -> String {
    number.to_string()
}

fn main() {
    let _: MethodRouter = get(handler);
}
