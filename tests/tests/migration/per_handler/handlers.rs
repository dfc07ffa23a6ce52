//! The handlers, each with its policy.

use std::{convert::Infallible, time::Duration};

use axum::{
    Json,
    extract::{
        Path, Query, State,
        ws::{WebSocket, WebSocketUpgrade},
    },
    http::{StatusCode, header},
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use cors_runtime::{Policy, cors, policy};
use futures_util::stream;
use serde::Deserialize;

use crate::service::{Failure, Order, Product, Store, User};

static STOREFRONT: Policy = policy! {
    origins = ["https://shop.example", "https://m.shop.example"],
    headers = ["authorization", "content-type", "x-request-id"],
    expose = ["etag", "x-total-count"],
    max_age = "10m",
    credentials
};

// For everybody.

/// Lists the products.
#[utoipa::path(get, path = "/products", responses((status = 200, body = [Product])))]
#[cors(origins = any)]
pub(crate) async fn list_products(State(store): State<Store>) -> Json<Vec<Product>> {
    Json(store.products.read().unwrap().values().cloned().collect())
}

/// Shows a product.
#[utoipa::path(get, path = "/products/{id}", params(("id" = u64, Path)), responses((status = 200, body = Product)))]
#[cors(origins = any)]
pub(crate) async fn show_product(
    State(store): State<Store>,
    Path(id): Path<u64>,
) -> Result<Json<Product>, Failure> {
    store.products.read().unwrap().get(&id).cloned().map(Json).ok_or(Failure::NotFound)
}

#[derive(Deserialize)]
pub(crate) struct Search {
    q: String,
}

/// Finds products.
#[utoipa::path(get, path = "/search", params(("q" = String, Query)), responses((status = 200, body = [Product])))]
#[cors(origins = any)]
pub(crate) async fn search(
    State(store): State<Store>,
    Query(Search { q }): Query<Search>,
) -> Json<Vec<Product>> {
    let products = store.products.read().unwrap();
    Json(products.values().filter(|product| product.name.contains(&q)).cloned().collect())
}

#[cors(origins = any)]
pub(crate) async fn status() -> &'static str {
    "up"
}

// For the storefront.

#[cors(policy = STOREFRONT)]
pub(crate) async fn log_in() -> impl IntoResponse {
    ([(header::SET_COOKIE, "session=1; HttpOnly; Secure; SameSite=None")], StatusCode::NO_CONTENT)
}

#[cors(policy = STOREFRONT)]
pub(crate) async fn log_out() -> StatusCode {
    StatusCode::NO_CONTENT
}

#[cors(policy = STOREFRONT)]
pub(crate) async fn list_orders(State(store): State<Store>, _user: User) -> impl IntoResponse {
    let orders: Vec<_> = store.orders.read().unwrap().values().cloned().collect();
    ([("x-total-count", orders.len().to_string())], Json(orders))
}

#[cors(policy = STOREFRONT)]
pub(crate) async fn create_order(_user: User, Json(order): Json<Order>) -> impl IntoResponse {
    (StatusCode::CREATED, [(header::LOCATION, "/api/orders/8")], Json(order))
}

#[cors(policy = STOREFRONT)]
pub(crate) async fn show_order(
    State(store): State<Store>,
    _user: User,
    Path(id): Path<u64>,
) -> Result<impl IntoResponse, Failure> {
    let order = store.orders.read().unwrap().get(&id).cloned().ok_or(Failure::NotFound)?;
    Ok(([(header::ETAG, "\"7\"")], Json(order)))
}

#[cors(policy = STOREFRONT)]
pub(crate) async fn change_order(
    State(store): State<Store>,
    _user: User,
    Path(id): Path<u64>,
    Json(order): Json<Order>,
) -> Result<Json<Order>, Failure> {
    let known = store.orders.read().unwrap().contains_key(&id);
    known.then_some(Json(order)).ok_or(Failure::NotFound)
}

#[cors(policy = STOREFRONT)]
pub(crate) async fn remove_order(_user: User, Path(id): Path<u64>) -> Result<StatusCode, Failure> {
    if id == 7 { Ok(StatusCode::NO_CONTENT) } else { Err(Failure::NotFound) }
}

#[cors(policy = STOREFRONT)]
pub(crate) async fn cancel_order(Path(id): Path<u64>) -> String {
    format!("cancelled {id}")
}

#[cors(policy = STOREFRONT)]
pub(crate) async fn show_profile(user: User) -> &'static str {
    user.name
}

#[cors(policy = STOREFRONT)]
pub(crate) async fn change_profile(_user: User, name: String) -> Result<String, Failure> {
    if name.is_empty() { Err(Failure::Forbidden) } else { Ok(name) }
}

#[cors(policy = STOREFRONT)]
pub(crate) async fn list_addresses() -> Json<[&'static str; 1]> {
    Json(["1 Example Street"])
}

#[cors(policy = STOREFRONT)]
pub(crate) async fn add_address(Json(address): Json<String>) -> (StatusCode, Json<String>) {
    (StatusCode::CREATED, Json(address))
}

#[cors(policy = STOREFRONT)]
pub(crate) async fn remove_address(Path(_id): Path<u64>) -> StatusCode {
    StatusCode::NO_CONTENT
}

#[cors(policy = STOREFRONT)]
pub(crate) async fn show_cart() -> Json<[u64; 2]> {
    Json([1, 2])
}

#[cors(policy = STOREFRONT)]
pub(crate) async fn put_into_cart(Path(id): Path<u64>) -> Json<u64> {
    Json(id)
}

#[cors(policy = STOREFRONT)]
pub(crate) async fn take_from_cart(Path(_id): Path<u64>) -> StatusCode {
    StatusCode::NO_CONTENT
}

#[cors(policy = STOREFRONT)]
pub(crate) async fn check_out() -> StatusCode {
    StatusCode::ACCEPTED
}

#[cors(policy = STOREFRONT)]
pub(crate) async fn upload(bytes: axum::body::Bytes) -> String {
    format!("{} bytes", bytes.len())
}

#[cors(policy = STOREFRONT)]
pub(crate) async fn export() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/csv")], "id,product\n7,1\n".repeat(100))
}

#[cors(policy = STOREFRONT)]
pub(crate) async fn notifications() -> impl IntoResponse {
    let events = stream::iter([Ok::<_, Infallible>(Event::default().data("order 7 is on its way"))]);
    Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
}

#[cors(policy = STOREFRONT)]
pub(crate) async fn live(upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(async |mut socket: WebSocket| {
        let _ = socket.send("hello".into()).await;
    })
}

// For the back office, whose pages are the service's own.

#[cors(none)]
pub(crate) async fn list_users() -> Json<[&'static str; 1]> {
    Json(["ada"])
}

#[cors(none)]
pub(crate) async fn remove_user(Path(_name): Path<String>) -> StatusCode {
    StatusCode::NO_CONTENT
}

#[cors(none)]
pub(crate) async fn add_product(Json(product): Json<Product>) -> (StatusCode, Json<Product>) {
    (StatusCode::CREATED, Json(product))
}

#[cors(none)]
pub(crate) async fn change_product(Path(_id): Path<u64>, Json(product): Json<Product>) -> Json<Product> {
    Json(product)
}

#[cors(none)]
pub(crate) async fn remove_product(Path(_id): Path<u64>) -> StatusCode {
    StatusCode::NO_CONTENT
}

#[cors(none)]
pub(crate) async fn show_log() -> &'static str {
    "nothing happened"
}

#[cors(none)]
pub(crate) async fn health() -> &'static str {
    "ok"
}

pub(crate) async fn not_found() -> Failure {
    Failure::NotFound
}
