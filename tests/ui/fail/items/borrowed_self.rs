use cors_runtime::cors;

struct Shop;

impl Shop {
    #[cors(origins = any)]
    async fn show(&self) -> &'static str {
        "shop"
    }
}

fn main() {
    let _ = Shop.show();
}
