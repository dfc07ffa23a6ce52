use cors_runtime::{MethodRouter, Policy, cors, get, policy};

static SHOP: Policy = policy! { origins = ["https://shop.example"] };

#[cors(policy = &SHOP)]
async fn reference() {}

#[cors(SHOP)]
async fn without_key() {}

#[cors(origins = [env("SHOP_ORIGINS", default = "http://localhost:3000")])]
async fn default_text() {}

fn main() {
    let _: MethodRouter = get(reference).put(without_key).post(default_text);
}
