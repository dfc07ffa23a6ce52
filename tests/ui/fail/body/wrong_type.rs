use cors_runtime::cors;

#[cors(origins = any)]
async fn handler() -> String {
    if true {
        return 7;
    }
    "hello"
}

fn main() {}
