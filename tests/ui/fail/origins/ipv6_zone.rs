use cors_runtime::{cors, get, MethodRouter};

#[cors(origins = ["http://[fe80::1%eth0]"])]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
