use cors_runtime::{MethodRouter, cors, get};

#[cors(origins = ["http://192.168.1.*:*"], credentials)]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
