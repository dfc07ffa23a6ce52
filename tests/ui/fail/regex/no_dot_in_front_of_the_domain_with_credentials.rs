use cors_runtime::{MethodRouter, cors, get};

#[cors(origins = [regex(r"https://.*example\.com")], credentials, allow(open_domain))]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
