//! The expansion names nothing by its short name.
#![deny(warnings)]
#![allow(dead_code, non_camel_case_types)]

use cors_runtime::{MethodRouter, cors, get};

mod alloc {}
mod axum {}
mod core {}
mod cors_macros {}
mod cors_rules {}
mod http {}
mod std {}

enum Option {}
enum Result {}
struct Some;
struct None;
struct Ok;
struct Err;
struct Box;
struct Vec;
struct String;
struct str_;
struct Policy;
struct Cors;
struct HasPolicy;

#[cors(origins = ["https://shop.example", "https://*.shop.example:8443"], expose = ["etag"], max_age = 5)]
async fn handler() -> &'static str {
    "hello"
}

fn main() {
    let _: MethodRouter = get(handler);
}
