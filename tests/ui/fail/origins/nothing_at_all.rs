use cors_runtime::{cors, get, MethodRouter};

#[cors]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
