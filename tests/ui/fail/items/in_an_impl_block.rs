use cors_runtime::{cors, get, MethodRouter};

struct Shop;

impl Shop {
    #[cors(origins = ["https://shop.example/"])]
    async fn show() -> &'static str {
        "shop"
    }
}

fn main() {
    // The refused handler mounts all the same.
    let _: MethodRouter = get(Shop::show);
}
