use cors_runtime::{MethodRouter, cors, post};
use tower_sessions::Session;

#[cors(origins = ["https://shop.example"])]
async fn handler(_: Session) {}

fn main() {
    let _: MethodRouter = post(handler);
}
