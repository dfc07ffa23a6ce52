use cors_runtime::{MethodRouter, cors, get};

#[cors(origins = [env("ORIGINS", default = [])])]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
