//! What the service does, apart from HTTP: its state, its users, its errors. It is the same before and after.

use std::{
    collections::BTreeMap,
    sync::{Arc, RwLock},
};

use axum::{
    Json,
    extract::{FromRef, FromRequestParts, Request, State},
    http::{StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub(crate) struct Config {
    pub(crate) storefront: Vec<String>,
    /// The folder of the static files.
    pub(crate) assets: String,
}

impl Default for Config {
    fn default() -> Self {
        let storefront = ["https://shop.example", "https://m.shop.example"];
        Self {
            storefront: storefront.map(str::to_owned).to_vec(),
            assets: concat!(env!("CARGO_MANIFEST_DIR"), "/tests/migration/assets").to_owned(),
        }
    }
}

#[derive(Clone, FromRef)]
pub(crate) struct AppState {
    store: Store,
    tokens: Tokens,
}

impl AppState {
    pub(crate) fn new() -> Self {
        let products = [(1, "Teapot", 2_450), (2, "Kettle", 3_900)];
        let products = products.map(|(id, name, price)| (id, Product { name: name.to_owned(), price }));
        let orders = [(7, Order { product: 1, count: 2 })];
        Self {
            store: Store {
                products: Arc::new(RwLock::new(products.into())),
                orders: Arc::new(RwLock::new(orders.into())),
            },
            tokens: Tokens { user: "Bearer user", admin: "Bearer admin" },
        }
    }
}

#[derive(Clone)]
pub(crate) struct Store {
    pub(crate) products: Arc<RwLock<BTreeMap<u64, Product>>>,
    pub(crate) orders: Arc<RwLock<BTreeMap<u64, Order>>>,
}

#[derive(Clone)]
pub(crate) struct Tokens {
    user: &'static str,
    admin: &'static str,
}

#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct Product {
    pub(crate) name: String,
    pub(crate) price: u32,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) product: u64,
    pub(crate) count: u32,
}

#[derive(Debug)]
pub(crate) enum Failure {
    NotFound,
    Forbidden,
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let (status, error) = match self {
            Self::NotFound => (StatusCode::NOT_FOUND, "not found"),
            Self::Forbidden => (StatusCode::FORBIDDEN, "not yours"),
        };
        (status, Json(serde_json::json!({ "error": error }))).into_response()
    }
}

/// Who asks, as the auth layer found out.
#[derive(Clone)]
pub(crate) struct User {
    pub(crate) name: &'static str,
}

impl<S: Sync> FromRequestParts<S> for User {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Failure> {
        parts.extensions.get().cloned().ok_or(Failure::Forbidden)
    }
}

pub(crate) async fn require_user(
    State(tokens): State<Tokens>,
    mut request: Request,
    next: Next,
) -> Result<Response, StatusCode> {
    let token = request.headers().get(header::AUTHORIZATION).ok_or(StatusCode::UNAUTHORIZED)?;
    let name = if token == tokens.user { "ada" } else { return Err(StatusCode::UNAUTHORIZED) };
    request.extensions_mut().insert(User { name });
    Ok(next.run(request).await)
}

pub(crate) async fn require_admin(
    State(tokens): State<Tokens>,
    request: Request,
    next: Next,
) -> Result<Response, StatusCode> {
    match request.headers().get(header::AUTHORIZATION) {
        Some(token) if token == tokens.admin => Ok(next.run(request).await),
        _ => Err(StatusCode::UNAUTHORIZED),
    }
}
