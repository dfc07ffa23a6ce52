use cors_runtime::{MethodRouter, get};

async fn handler() -> &'static str {
    "hello"
}

fn main() {
    let _: MethodRouter = get(handler);
}
