//! An axum app as it always was, with a policy in the place of a `CorsLayer`.
//!
//! ```text
//! cargo run --example drop_in
//! ```
//!
//! The page's preflight is answered with 204, and its request with the page's origin. A missing page is readable too:
//!
//! ```text
//! curl -i -X OPTIONS -H 'Origin: http://localhost:3000' -H 'Access-Control-Request-Method: PUT' http://localhost:5000/products/5
//! curl -i -H 'Origin: http://localhost:3000' http://localhost:5000/products/5
//! curl -i -H 'Origin: http://localhost:3000' http://localhost:5000/missing
//! ```
//!
//! `API_PORT` overrides the port; 0 is any that is free.

use std::{error::Error, net::Ipv4Addr};

use axum::{Router, extract::Path, http::StatusCode, routing::get};
use cors_runtime::{Policy, policy};
use tokio::net::TcpListener;

static POLICY: Policy = policy! {
    origins = ["http://localhost:3000"],
    headers = ["authorization", "content-type"],
    credentials
};

async fn show_product(Path(id): Path<u64>) -> String {
    format!("product {id}")
}

async fn update_product(Path(_id): Path<u64>) -> StatusCode {
    StatusCode::NO_CONTENT
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let port = std::env::var("API_PORT").map_or(Ok(5000), |port| port.parse())?;
    let app =
        Router::new().route("/products/{id}", get(show_product).put(update_product)).layer(POLICY.layer()); // This line is all that changes.

    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}
