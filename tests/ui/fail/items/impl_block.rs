use cors_runtime::{cors};

struct Shop;

#[cors(origins = any)]
impl Shop {}

fn main() {
    let _ = Shop;
}
