use cors_runtime::{cors, get, MethodRouter};

#[cors(origins = ["https://*.github.io"], credentials)]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
