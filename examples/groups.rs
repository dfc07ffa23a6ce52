//! Groups of routes: one that any page may read, one for the pages of partners, and one for nobody's.
//!
//! ```text
//! cargo run --example groups
//! curl -i -H 'Origin: https://anywhere.example' http://localhost:5000/prices
//! curl -i -H 'Origin: https://partner.example' http://localhost:5000/orders/7
//! curl -i -H 'Origin: https://partner.example' http://localhost:5000/admin/users
//! ```
//!
//! The first two responses have `access-control-allow-origin`, and the third has not. `API_PORT` overrides the port; 0 is
//! any that is free.

use std::{error::Error, net::Ipv4Addr};

use axum::{Router, extract::Path, routing};
use cors_runtime::{CorsRouter, Policy, cors, get, policy};
use tokio::net::TcpListener;

static PUBLIC: Policy = policy! { origins = any };
static PARTNERS: Policy = policy! {
    origins = ["https://partner.example"],
    headers = ["authorization", "content-type"],
    max_age = "10m"
};

/// Plain handlers in a plain router. The group gives them their policy.
fn public() -> Router {
    Router::new()
        .route("/prices", routing::get(async || "prices"))
        .route("/opening-hours", routing::get(async || "9 to 5"))
}

fn partners() -> Router {
    Router::new().route(
        "/orders/{id}",
        routing::get(async |Path(id): Path<u64>| format!("order {id}"))
            .put(async |Path(id): Path<u64>| format!("changed order {id}")),
    )
}

// One route of a group may differ: the policy of a handler comes before that of its group.
#[cors(origins = ["https://status.example"])]
async fn health() -> &'static str {
    "ok"
}

/// No policy: pages of other origins cannot read these responses.
fn admin() -> Router {
    Router::new().route("/users", routing::get(async || "users"))
}

fn app() -> CorsRouter {
    let partners = CorsRouter::from(partners()).route("/health", get(health)).policy(&PARTNERS);
    CorsRouter::from(public()).policy(&PUBLIC).merge(partners).nest("/admin", admin())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let port = std::env::var("API_PORT").map_or(Ok(5000), |port| port.parse())?;
    let app = app();
    println!("{}", app.audit());
    let app: Router = app.finish()?;

    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}
