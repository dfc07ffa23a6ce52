use cors_runtime::{MethodRouter, cors, get};

#[cors(delegate = "policy_of_tenant")]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
