use std::future::{Future, ready};

use cors_runtime::{MethodRouter, cors, get};

#[cors(origins = any)]
fn handler() -> impl Future<Output = &'static str> + Send {
    ready("hello")
}

fn main() {
    let _: MethodRouter = get(handler);
}
