use cors_runtime::{MethodRouter, cors, get};

async fn policy_of_tenant() -> u8 {
    0
}

#[cors(delegate = policy_of_tenant)]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
