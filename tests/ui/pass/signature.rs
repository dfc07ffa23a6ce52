//! Arguments that the policy lets pages send, and those that `allow(..)` says are meant.
#![deny(warnings)]

use axum::{extract::{Query, WebSocketUpgrade}, response::Response};
use axum_extra::{
    TypedHeader,
    extract::CookieJar,
    headers::{Authorization, UserAgent, authorization::Bearer},
};
use cors_runtime::{MethodRouter, cors, get, post};

#[cors(origins = ["https://shop.example"], headers = ["authorization", "Content-Type"], credentials)]
async fn all_is_there(
    _: Option<TypedHeader<Authorization<Bearer>>>,
    _: CookieJar,
    _: axum::Json<String>,
) -> axum::Json<String> {
    axum::Json(String::new())
}

#[cors(origins = any, headers = any)]
async fn any_covers_content_type(_: axum::Json<String>) {}

#[cors(origins = any)]
async fn nothing_special(_: Query<Vec<(String, String)>>, _: TypedHeader<UserAgent>) -> axum::Json<u8> {
    axum::Json(7)
}

#[cors(none)]
async fn same_origin(_: CookieJar, _: axum::Json<String>) {}

#[cors(origins = any, allow(missing_content_type, missing_authorization, missing_credentials))]
async fn meant(_: Option<TypedHeader<Authorization<Bearer>>>, _: CookieJar, _: axum::Json<String>) {}

#[cors(origins = ["https://shop.example"])]
async fn socket(_: WebSocketUpgrade) -> Response {
    Response::default()
}

#[cors(origins = ["https://shop.example"], credentials)]
async fn session(_: tower_sessions::Session) {}

fn main() {
    let _: MethodRouter = post(all_is_there).get(nothing_special).put(any_covers_content_type).patch(meant);
    let _: MethodRouter = get(session);
    let _: MethodRouter = get(socket).post(same_origin);
}
