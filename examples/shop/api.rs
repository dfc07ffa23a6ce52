//! The API: handlers, and who may call them. Knows nothing of the pages but where they are.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use axum::{
    Json,
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderName, StatusCode, header},
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
};
use cors_runtime::{CorsRouter, Policy, PolicyError, PolicyHandle, cors, get, policy, post};
use serde::{Deserialize, Serialize};
use tokio::sync::RwLock;
use tower_http::{limit::RequestBodyLimitLayer, timeout::TimeoutLayer};

use crate::store::Pages;

const MAX_BODY_BYTES: usize = 64 * 1024;
const TIMEOUT: Duration = Duration::from_secs(5);

// What several handlers have in common. These can be replaced, because the pages may be at another port than they
// usually are; a `static` that is a `Policy` does where origins never change.
//
// `authorization` because of the token, `content-type` because browsers ask before they send JSON, `x-api-key` because
// the storefront sends it along with every request, `credentials` because it fetches with `credentials: "include"`.
static STOREFRONT: PolicyHandle = PolicyHandle::new(policy! {
    origins = ["http://localhost:3000"],
    headers = ["authorization", "content-type", "x-api-key"],
    credentials
});

static BACK_OFFICE: PolicyHandle = PolicyHandle::new(policy! {
    origins = ["http://admin.localhost:3000"],
    headers = ["authorization"],
    credentials
});

/// Lets the policies follow the pages to where they are. What is wrong with these is known when the program starts, by
/// the rules that the compiler has for those above.
pub(crate) fn follow(pages: &Pages) -> Result<(), PolicyError> {
    let storefront = Policy::builder().origins([&pages.storefront]).credentials();
    STOREFRONT.store(storefront.headers(["authorization", "content-type", "x-api-key"]).build()?);
    let back_office = Policy::builder().origins([&pages.back_office]).credentials();
    BACK_OFFICE.store(back_office.headers(["authorization"]).build()?);
    Ok(())
}

#[derive(Clone, Serialize, Deserialize)]
struct Product {
    name: String,
    price_in_cents: u32,
}

type Products = Arc<RwLock<BTreeMap<u64, Product>>>;

// The catalogue is public and the same for everyone, and any page may read it. No credentials go with `any`.
#[cors(origins = any)]
async fn list_products(State(products): State<Products>) -> Json<BTreeMap<u64, Product>> {
    Json(products.read().await.clone())
}

#[cors(policy = STOREFRONT)]
async fn show_product(
    Path(id): Path<u64>,
    State(products): State<Products>,
) -> Result<Json<Product>, StatusCode> {
    products.read().await.get(&id).cloned().map(Json).ok_or(StatusCode::NOT_FOUND)
}

#[cors(policy = STOREFRONT)]
async fn update_product(
    Path(id): Path<u64>,
    State(products): State<Products>,
    Json(product): Json<Product>,
) -> Result<Json<Product>, StatusCode> {
    let mut products = products.write().await;
    let known = products.get_mut(&id).ok_or(StatusCode::NOT_FOUND)?;
    *known = product.clone();
    Ok(Json(product))
}

// The same path as above, but a storefront that was taken over must not be able to empty the shop.
#[cors(policy = BACK_OFFICE)]
async fn remove_product(
    Path(id): Path<u64>,
    State(products): State<Products>,
) -> Result<StatusCode, StatusCode> {
    products.write().await.remove(&id).map(|_| StatusCode::NO_CONTENT).ok_or(StatusCode::NOT_FOUND)
}

#[derive(Serialize)]
struct Basket {
    items: u32,
}

impl Basket {
    /// The basket is nothing but its cookie.
    fn of(headers: &HeaderMap) -> Self {
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
        let mut cookies = cookies.flat_map(|line| line.split("; "));
        let items = cookies.find_map(|cookie| cookie.strip_prefix("basket="));
        Self { items: items.and_then(|items| items.parse().ok()).unwrap_or_default() }
    }
}

#[cors(policy = STOREFRONT)]
async fn show_basket(headers: HeaderMap) -> Json<Basket> {
    Json(Basket::of(&headers))
}

/// Adds an item.
#[cors(policy = STOREFRONT)]
async fn change_basket(headers: HeaderMap) -> ([(HeaderName, String); 1], Json<Basket>) {
    let items = Basket::of(&headers).items.saturating_add(1);
    let cookie = format!("basket={items}; Path=/basket; Max-Age=3600; HttpOnly; SameSite=Lax");
    ([(header::SET_COOKIE, cookie)], Json(Basket { items }))
}

// A page reads the headers that are exposed and some harmless ones. The other one here is sent all the same: it is for
// those who look after the servers.
#[cors(origins = ["http://localhost:*"], expose = ["x-total-count"])]
async fn list_orders() -> ([(&'static str, &'static str); 2], Json<[u32; 3]>) {
    ([("x-total-count", "3"), ("x-served-by", "shop-1")], Json([1001, 1002, 1003]))
}

#[derive(Serialize)]
struct Received {
    bytes: usize,
}

#[cors(policy = STOREFRONT)]
async fn upload(text: String) -> (StatusCode, Json<Received>) {
    (StatusCode::CREATED, Json(Received { bytes: text.len() }))
}

// No policy: no other origin reads this.
async fn health() -> &'static str {
    "ok"
}

/// Lets requests with a bearer token pass.
///
/// Any token will do, because this example is not about tokens: here you check yours. No preflight comes here, which is
/// as it must be: a preflight carries no token.
async fn require_token(request: Request, next: Next) -> Response {
    let authorization = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let has_token = authorization
        .and_then(|value| value.split_once(' '))
        .is_some_and(|(scheme, token)| scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty());
    if !has_token {
        return (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")]).into_response();
    }
    next.run(request).await
}

pub(crate) fn shop() -> CorsRouter {
    let products = [("Teapot", 2_450), ("Tea cup", 690), ("Kettle", 3_900), ("Milk jug", 990)];
    let products = (1..)
        .zip(products)
        .map(|(id, (name, price_in_cents))| (id, Product { name: name.to_owned(), price_in_cents }));
    let products: Products = Arc::new(RwLock::new(products.collect()));

    CorsRouter::new()
        .route("/products/{id}", get(show_product).put(update_product).delete(remove_product))
        // A layer concerns what is added before it and the paths that are none of the shop's: the rest needs no token.
        .layer(from_fn(require_token))
        .route("/products", get(list_products))
        .route("/basket", get(show_basket).patch(change_basket))
        .route("/orders", get(list_orders))
        .route("/uploads", post(upload))
        .route("/health", axum::routing::get(health))
        // All of these answer inside the policies, so that a page can read a 401, 413 or 408 as it can read a 200.
        .layer(RequestBodyLimitLayer::new(MAX_BODY_BYTES))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, TIMEOUT))
        .with_state(products)
}
