use cors_runtime::cors;

struct Shop;

impl Shop {
    #[cors(origins = any)]
    async fn show(&self) -> &'static str {
        "shop"
    }

    #[cors(origins = any)]
    async fn change(&mut self) -> &'static str {
        "shop"
    }

    #[cors(origins = any)]
    async fn borrow<'a>(&'a self) -> &'a str {
        "shop"
    }
}

fn main() {
    let _ = Shop.show();
}
