use cors_runtime::{cors};

#[cors(origins = any)]
struct Handler;

fn main() {
    let _ = Handler;
}
