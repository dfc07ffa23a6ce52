use cors_runtime::{MethodRouter, Policy, cors, get, policy};

static PARTNER: Policy = policy! { origins = ["https://partner.example"] };

#[cors(policy = PARTNER, timing)]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
