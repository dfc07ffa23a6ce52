use cors_runtime::{cors, get, MethodRouter};

#[cors(origins = ["https://shop.example"], expose = ["access-control-max-age"])]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
