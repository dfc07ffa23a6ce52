use cors_runtime::{MethodRouter, cors, get};

#[cors(origins = ["http://localhost:3000", env("ORIGINS", default = ["http://localhost:3000"])])]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
