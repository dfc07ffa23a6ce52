//! Attributes that a macro of the user's writes.
#![deny(warnings)]

use cors_runtime::{MethodRouter, cors, get};

macro_rules! handler {
    ($name:ident, $origin:literal, [$($header:literal),*], $body:expr) => {
        #[cors(origins = [$origin], headers = [$($header),*])]
        async fn $name() -> String {
            $body.to_owned()
        }
    };
}

handler!(hello, "https://shop.example", ["x-a", "x-b"], "hello");

fn main() {
    let _: MethodRouter = get(hello);
}
