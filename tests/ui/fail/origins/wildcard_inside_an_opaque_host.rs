use cors_runtime::{MethodRouter, cors, get};

#[cors(origins = ["vscode-webview://0*"])]
async fn handler() {}

fn main() {
    let _: MethodRouter = get(handler);
}
