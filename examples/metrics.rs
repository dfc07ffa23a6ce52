//! Counts what the policies refuse, for a dashboard.
//!
//! ```text
//! cargo run --example metrics
//! curl -i -H 'Origin: https://evil.example' http://localhost:5000/prices
//! curl http://localhost:5000/metrics
//! ```
//!
//! `API_PORT` overrides the port; 0 is any that is free.

use std::{error::Error, net::Ipv4Addr};

use axum::routing;
use cors_runtime::{CorsRouter, cors, diagnostics::Refusal, get};
use metrics::counter;
use metrics_exporter_prometheus::PrometheusBuilder;
use tokio::net::TcpListener;

#[cors(origins = ["http://localhost:3000"], enforce)]
async fn prices() -> &'static str {
    "prices"
}

/// Each refusal is one more of its kind.
///
/// The labels have few values, whatever is sent: kinds are the library's, and routes the router's own. Origins, paths and
/// methods are the client's to make up, and each that is new would be a time series for ever.
fn count(refusal: &Refusal) {
    let route = refusal.route().unwrap_or("none").to_owned();
    counter!("cors_refusals_total", "kind" => refusal.kind().as_str(), "route" => route).increment(1);
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let port = std::env::var("API_PORT").map_or(Ok(5000), |port| port.parse())?;
    let recorder = PrometheusBuilder::new().install_recorder()?;
    let app: axum::Router = CorsRouter::new()
        .route("/prices", get(prices))
        .route("/metrics", routing::get(async move || recorder.render()))
        .on_refusal(count)
        .finish()?;

    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}
