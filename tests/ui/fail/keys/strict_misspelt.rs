use cors_runtime::{MethodRouter, cors, get};

#[cors(origins = ["https://shop.example"], enforce(stict))]
async fn misspelt() {}

#[cors(origins = ["https://shop.example"], enforce(Strict))]
async fn upper_case() {}

#[cors(origins = ["https://shop.example"], enforce(strict, strict))]
async fn twice() {}

#[cors(origins = ["https://shop.example"], enforce(strict = true))]
async fn with_a_value() {}

#[cors(origins = ["https://shop.example"], enforce = strickt)]
async fn misspelt_and_assigned() {}

#[cors(origins = ["https://shop.example"], enforce = true)]
async fn not_strict() {}

fn main() {
    let _: MethodRouter = get(misspelt).post(upper_case).put(twice);
    let _: MethodRouter = get(with_a_value).post(misspelt_and_assigned).put(not_strict);
}
