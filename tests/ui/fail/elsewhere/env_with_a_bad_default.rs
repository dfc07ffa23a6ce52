use cors_runtime::{MethodRouter, cors, get};

#[cors(origins = [env("ORIGINS", default = ["http://localhost:3000/", "http://shop.example"])], credentials)]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
