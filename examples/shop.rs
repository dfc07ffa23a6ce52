//! The API of a small shop, which two front ends on other origins use.
//!
//! ```text
//! cargo run --example shop
//! API_PORT=8080 cargo run --example shop
//! ```
//!
//! | route | who may call it from a browser | bearer token |
//! |---|---|---|
//! | `GET /products` | pages of any origin | |
//! | `GET` and `PUT /products/{id}` | the storefront, `http://localhost:3000` | needed |
//! | `DELETE /products/{id}` | the back office, `http://admin.localhost:3000` | needed |
//! | `GET /health` | pages of the API's own origin; monitors are no browsers and may as well | |

use std::{
    collections::BTreeMap,
    error::Error,
    io::ErrorKind,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use axum::{
    Json,
    extract::{Path, Request, State},
    http::{StatusCode, header},
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
};
use cors_runtime::{CorsRouter, cors, get};
use serde::{Deserialize, Serialize};
use tokio::{net::TcpListener, sync::RwLock};
use tower_http::{limit::RequestBodyLimitLayer, timeout::TimeoutLayer};

const DEFAULT_PORT: u16 = 5000;
const MAX_BODY_BYTES: usize = 64 * 1024;
const TIMEOUT: Duration = Duration::from_secs(5);

#[derive(Clone, Serialize, Deserialize)]
struct Product {
    name: String,
    price_in_cents: u32,
}

type Products = Arc<RwLock<BTreeMap<u64, Product>>>;

// The catalogue is public and the same for everyone, so that any page may read it. No credentials go with `any`.
#[cors(origins = any)]
async fn list_products(State(products): State<Products>) -> Json<BTreeMap<u64, Product>> {
    Json(products.read().await.clone())
}

// `authorization` because of the token, `x-api-key` because the storefront sends it along with every request,
// `credentials` because it fetches with `credentials: "include"`.
#[cors(
    origins = ["http://localhost:3000"],
    headers = ["authorization", "content-type", "x-api-key"],
    credentials
)]
async fn show_product(
    Path(id): Path<u64>,
    State(products): State<Products>,
) -> Result<Json<Product>, StatusCode> {
    products.read().await.get(&id).cloned().map(Json).ok_or(StatusCode::NOT_FOUND)
}

// Without `content-type` this would not compile: browsers ask before they send JSON.
#[cors(
    origins = ["http://localhost:3000"],
    headers = ["authorization", "content-type", "x-api-key"],
    credentials
)]
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
#[cors(origins = ["http://admin.localhost:3000"], headers = ["authorization"], credentials)]
async fn remove_product(
    Path(id): Path<u64>,
    State(products): State<Products>,
) -> Result<StatusCode, StatusCode> {
    products.write().await.remove(&id).map(|_| StatusCode::NO_CONTENT).ok_or(StatusCode::NOT_FOUND)
}

// No policy: no other origin reads this.
async fn health() -> &'static str {
    "ok"
}

/// Lets requests with a bearer token pass.
///
/// Any token will do, because this example is not about tokens: here you check yours. No preflight comes here, which is
/// as it must be: a preflight bears no token.
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

fn shop() -> CorsRouter {
    let products = [("Teapot", 2_450), ("Tea cup", 690), ("Kettle", 3_900)];
    let products = (1..)
        .zip(products)
        .map(|(id, (name, price_in_cents))| (id, Product { name: name.to_owned(), price_in_cents }));
    let products: Products = Arc::new(RwLock::new(products.collect()));

    CorsRouter::new()
        .route("/products/{id}", get(show_product).put(update_product).delete(remove_product))
        // A layer concerns what stands above it and the paths that are none of the shop's: the rest needs no token.
        .layer(from_fn(require_token))
        .route("/products", get(list_products))
        .route("/health", axum::routing::get(health))
        // All of these answer inside the policies, so that a page can read a 401, 413 or 408 as it can read a 200.
        .layer(RequestBodyLimitLayer::new(MAX_BODY_BYTES))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, TIMEOUT))
        .with_state(products)
}

/// The port of the variable `API_PORT`; 0 is any that is free.
fn wanted_port() -> Result<u16, String> {
    match std::env::var_os("API_PORT") {
        None => Ok(DEFAULT_PORT),
        Some(text) => text.to_str().and_then(|text| text.parse().ok()).ok_or_else(|| {
            format!("API_PORT is {text:?}; write a port from 1 to 65535, or 0 for any that is free")
        }),
    }
}

async fn listen(address: IpAddr, port: u16) -> Result<TcpListener, (ErrorKind, String)> {
    TcpListener::bind((address, port)).await.map_err(|error| {
        let hint = "API_PORT=8080 cargo run --example shop takes another port";
        (error.kind(), format!("cannot listen on port {port} of {address}: {error}; {hint}"))
    })
}

async fn run() -> Result<(), Box<dyn Error>> {
    let shop = shop();
    let routes = shop.audit();
    let app: axum::Router = shop.finish()?;

    let ipv4 = listen(Ipv4Addr::LOCALHOST.into(), wanted_port()?).await.map_err(|(_, message)| message)?;
    let port = ipv4.local_addr()?.port();
    let mut listeners = vec![ipv4];
    // Browsers take `localhost` for ::1 first. A machine without IPv6 is fine, but somebody else on that port is not:
    // the storefront would talk to them.
    match listen(Ipv6Addr::LOCALHOST.into(), port).await {
        Ok(ipv6) => listeners.push(ipv6),
        Err((ErrorKind::AddrInUse, message)) => return Err(message.into()),
        Err(_) => {}
    }

    let api = format!("http://localhost:{port}");
    let preflight = "curl -i -X OPTIONS -H 'Access-Control-Request-Method:";
    println!("listening on {api}\n");
    println!("{routes}\n");
    println!("# the storefront may change a product: 204");
    println!("{preflight} PUT' -H 'Origin: http://localhost:3000' {api}/products/1");
    println!("# but not remove it: 403");
    println!("{preflight} DELETE' -H 'Origin: http://localhost:3000' {api}/products/1");
    println!("# a token is missing, and the storefront can read that: 401 with the headers of CORS");
    println!("curl -i -H 'Origin: http://localhost:3000' {api}/products/1");

    for listener in listeners {
        tokio::spawn(axum::serve(listener, app.clone()).into_future());
    }
    tokio::signal::ctrl_c().await?;
    Ok(())
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
