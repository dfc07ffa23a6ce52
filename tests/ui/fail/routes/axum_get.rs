use cors_runtime::cors;

#[cors(origins = any)]
async fn handler() -> &'static str {
    "hello"
}

fn main() {
    let _: axum::Router = axum::Router::new().route("/", axum::routing::get(handler));
}
