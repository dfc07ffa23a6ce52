//! A policy that is part of a configuration, which is an argument of the function that builds the app.
//!
//! ```text
//! cargo run --example configured
//! curl -i -H 'Origin: https://eu.shop.example' http://localhost:5000/orders
//! CONFIG=/etc/shop.toml cargo run --example configured
//! ```
//!
//! Write `https://shop.example/` among the origins in `examples/configured.toml`: the server does not start, and says what
//! to write instead. `API_PORT` overrides the port of the file; 0 is any that is free.

use std::{error::Error, fs, net::Ipv4Addr, process::ExitCode};

use axum::{Json, Router};
use cors_runtime::{CorsRouter, Policy, SetupError, cors, get};
use serde::Deserialize;
use tokio::net::TcpListener;

const DEFAULT_FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/configured.toml");

#[derive(Deserialize)]
struct Config {
    port: u16,
    /// Checked while the file is read, by the rules of the attribute.
    cors: Policy,
}

// A plain handler: its policy is known only when there is a configuration, and belongs to the app that is built from it.
async fn list_orders() -> Json<[u32; 3]> {
    Json([1001, 1002, 1003])
}

// What is the same in every configuration is written on the handler.
#[cors(origins = any)]
async fn health() -> &'static str {
    "ok"
}

fn app(config: &Config) -> Result<Router, SetupError> {
    CorsRouter::new()
        .route("/orders", get(cors(&config.cors, list_orders)))
        .route("/health", get(health))
        .default_policy(&config.cors) // for 404s, and for whatever else has no policy
        .finish()
}

fn read_config() -> Result<Config, Box<dyn Error>> {
    let file = std::env::var("CONFIG").unwrap_or_else(|_| DEFAULT_FILE.to_owned());
    let text = fs::read_to_string(&file).map_err(|error| format!("{file}: {error}"))?;
    let mut config: Config = toml::from_str(&text).map_err(|error| format!("{file}: {error}"))?;
    if let Ok(port) = std::env::var("API_PORT") {
        config.port = port.parse().map_err(|error| format!("API_PORT is {port:?}: {error}"))?;
    }
    Ok(config)
}

async fn run() -> Result<(), Box<dyn Error>> {
    let config = read_config()?;
    let app = app(&config)?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, config.port)).await?;
    println!("listening on http://{}", listener.local_addr()?);
    println!("the policy is: {}", config.cors);
    axum::serve(listener, app).await?;
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

#[cfg(test)]
mod tests {
    use axum::http::Request;
    use cors_runtime::browser::Browser;

    use super::*;

    fn with_origin(origin: &str) -> Router {
        let config = format!("port = 0\ncors.origins = [{origin:?}]");
        app(&toml::from_str(&config).expect("a configuration")).expect("a setup without mistakes")
    }

    async fn may_read(app: &Router, origin: &str) -> bool {
        let orders = Request::get("https://api.example/orders").body("").expect("a request");
        Browser::new().page(origin).fetch(app, orders).await.result.is_ok()
    }

    // Nothing is global, so tests with different configurations run at the same time.

    #[tokio::test]
    async fn one_configuration() {
        let app = with_origin("https://a.example");
        assert!(may_read(&app, "https://a.example").await && !may_read(&app, "https://b.example").await);
    }

    #[tokio::test]
    async fn another_configuration() {
        let app = with_origin("https://b.example");
        assert!(may_read(&app, "https://b.example").await && !may_read(&app, "https://a.example").await);
    }
}
