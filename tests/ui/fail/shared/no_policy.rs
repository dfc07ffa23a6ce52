use cors_runtime::{MethodRouter, cors, get};

static PARTNER: &str = "https://partner.example";

#[cors(policy = PARTNER)]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
