//! Every key and every form of its value.
#![deny(warnings)]

use axum::{Json, extract::Path};
use cors_runtime::{CorsRouter, any, cors, delete, get, head, on, options, patch, post, put};

#[cors(origins = any)]
async fn any_origin() {}

#[cors(origins = "*", headers = "*", expose = "*", methods = "*")]
async fn stars() {}

#[cors(origins = ["*"], headers = ["*"], expose = ["*"], methods = ["*"])]
async fn stars_in_lists() {}

#[cors(origins = [any], headers = [any, "authorization"], expose = [any], methods = [any])]
async fn any_in_lists() {}

#[cors(
    origins = [
        "https://shop.example",
        "https://shop.example:8443",
        "https://*.partner.example",
        "http://localhost:*",
        "http://*.localhost:*",
        "http://127.0.0.1:3000",
        "http://[::1]:3000",
        "https://xn--mnchen-3ya.example",
        "https://a_b.example",
        "https://shop.example.",
        "chrome-extension://aapbdbdomjkkjkaonfhkkikfgjllcleb",
        "moz-extension://2c127fa4-62c7-7e4f-90e5-472b45eecfdc",
        "tauri://localhost",
    ],
    headers = ["authorization", "Content-Type", "x-api-key"],
    expose = ["etag", "X-Total"],
    max_age = "10m",
    credentials,
)]
async fn everything(Path(id): Path<u64>, Json(_): Json<String>) -> Json<u64> {
    Json(id)
}

#[cors(max_age = 0, origins = ["https://shop.example"], methods = ["PUT", "PURGE"], enforce)]
async fn narrowed() {}

#[cors(origins = ["https://shop.example"], headers = [], expose = [], methods = [], max_age = "2h")]
async fn empty_lists() {}

#[cors(
    origins = ["http://shop.example", "https://*.github.io", "https://me.github.io"],
    headers = ["access-control-allow-headers"],
    credentials,
    allow(insecure_origins, public_suffix, redundant, response_header_names)
)]
async fn dangerous() {}

#[cors(origins = any, allow(redundant))]
async fn allowed_in_vain() {}

#[cors(none)]
async fn same_origin() {}

#[cors(none, allow(unenforced_websocket))]
async fn same_origin_apart_from_sockets() {}

#[cors(origins = ["https://shop.example"], timing, enforce(strict,), max_age = 2 * 60 * 60)]
async fn strict() {}

#[cors(
    origins = ["app://.", "moz-extension://*", "vscode-webview://*:*", "app://My%20App"],
    credentials,
    allow(open_scheme, unenforced_websocket)
)]
async fn schemes() {}

#[cors(crate = cors_runtime, origins = any)]
async fn named_crate() {}

fn main() {
    let app: Result<axum::Router, _> = CorsRouter::new()
        .route("/a", get(any_origin).post(stars).put(stars_in_lists).patch(any_in_lists).delete(same_origin))
        .route("/b/{id}", put(everything))
        .route("/c", any(narrowed))
        .route("/d", head(empty_lists).options(dangerous))
        .route("/e", post(allowed_in_vain))
        .route("/f", patch(any_origin))
        .route("/g", delete(any_origin))
        .route("/h", options(any_origin))
        .route("/j", get(same_origin_apart_from_sockets).post(strict).put(schemes).patch(named_crate))
        .route("/i", on(axum::routing::MethodFilter::GET, any_origin))
        .finish();
    assert!(app.is_ok());
}
