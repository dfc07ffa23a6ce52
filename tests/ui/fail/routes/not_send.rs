use std::rc::Rc;

use cors_runtime::{MethodRouter, cors, get};

#[cors(origins = any)]
async fn handler() {
    let rc = Rc::new(7);
    std::future::ready(()).await;
    drop(rc);
}

fn main() {
    let _: MethodRouter = get(handler);
}
