use cors_runtime::{MethodRouter, get};

fn main() {
    let _: MethodRouter = get(async || "hello");
}
