use cors_runtime::{MethodRouter, cors, get};

#[cors(delegate = policy_of_tenant, credentials)]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
