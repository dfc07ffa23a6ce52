use cors_runtime::cors;

#[cors(origins = ["https://shop.example/"])]
fn handler() {}

fn main() {}
