use axum::{Json, http::Method};
use axum_extra::{
    TypedHeader,
    extract::CookieJar,
    headers::{Authorization, authorization::Bearer},
};
use cors_runtime::{MethodRouter, cors, get};

#[cors(origins = ["https://shop.example"])]
async fn jar((_jar, _method): (CookieJar, Method)) {}

#[cors(origins = ["https://shop.example"])]
async fn token((_token, _method): (Option<TypedHeader<Authorization<Bearer>>>, Method)) {}

#[cors(origins = ["https://shop.example"])]
async fn json(_method: Method, _json: (Json<u8>,)) {}

fn main() {
    let _: MethodRouter = get(jar).post(token).put(json);
}
