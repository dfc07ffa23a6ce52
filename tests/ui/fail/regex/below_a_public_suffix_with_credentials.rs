use cors_runtime::{MethodRouter, cors, get};

#[cors(origins = [regex(r"https://deploy-preview-[0-9]+--shop\.netlify\.app")], credentials)]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
