use cors_runtime::{MethodRouter, cors, get};

#[cors(policy = "PARTNER")]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
