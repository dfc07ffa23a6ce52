use cors_runtime::{MethodRouter, cors, get};

#[cors(origins = ["https://shop-*-acme.vercel.app"], credentials)]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
