use cors_runtime::{MethodRouter, cors, get};

#[cors(origins = [regex(r"https://my-shop\.co(m)?")], credentials)]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
