use cors_runtime::{MethodRouter, cors, get};

#[cors(origins = [regex(r"https://([a-z]{1,63}\.){1,60}shop\.example")])]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
