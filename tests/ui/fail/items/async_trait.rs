use async_trait::async_trait;
use cors_runtime::cors;

struct Shop;

#[async_trait]
trait Show {
    async fn show() -> &'static str;
}

#[async_trait]
impl Show for Shop {
    #[cors(origins = any)]
    async fn show() -> &'static str {
        "shop"
    }
}

fn main() {
    let _ = Shop::show();
}
