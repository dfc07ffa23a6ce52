//! The API of a small shop, and the pages of its two front ends, which are at other origins.
//!
//! ```text
//! cargo run --example shop
//! API_PORT=8080 STORE_PORT=8081 cargo run --example shop
//! ```
//!
//! | route | who may call it from a browser | bearer token |
//! |---|---|---|
//! | `GET /products` | pages of any origin | |
//! | `GET` and `PUT /products/{id}` | the storefront, `http://localhost:3000` | needed |
//! | `DELETE /products/{id}` | the back office, `http://admin.localhost:3000` | needed |
//! | `GET` and `PATCH /basket` | the storefront, with its cookie | |
//! | `GET /orders` | pages at any port of `localhost` | |
//! | `POST /uploads` | the storefront | |
//! | `GET /health` | pages of the API's own origin; monitors are not browsers and may as well | |
//! | `GET /debug/log` | both front ends; it is there for their pages, and only beside them | |
//!
//! `api` is what a service of your own would look like. `store` serves pages that try what the API allows and what it
//! refuses, and `debug` reports what the API has seen.

mod api;
mod debug;
mod store;

use std::{
    error::Error,
    io::ErrorKind,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    process::ExitCode,
};

use tokio::net::TcpListener;

use crate::store::Pages;

const DEFAULT_API_PORT: u16 = 5000;

/// A port that is listened to on both addresses of `localhost`.
struct Localhost {
    port: u16,
    listeners: Vec<TcpListener>,
}

impl Localhost {
    /// The variable is the one that chooses the port.
    async fn listen(variable: &str, port: u16) -> Result<Self, (ErrorKind, String)> {
        let ipv4 = listen(variable, Ipv4Addr::LOCALHOST.into(), port).await?;
        // It is another one if any was wanted.
        let port = ipv4.local_addr().map_err(|error| (error.kind(), error.to_string()))?.port();
        let mut listeners = vec![ipv4];
        // Browsers take `localhost` for ::1 first. A machine without IPv6 is fine, but somebody else on that port is
        // not: the browser would talk to them.
        match listen(variable, Ipv6Addr::LOCALHOST.into(), port).await {
            Ok(ipv6) => listeners.push(ipv6),
            Err((ErrorKind::AddrInUse, message)) => return Err((ErrorKind::AddrInUse, message)),
            Err(_) => {}
        }
        Ok(Self { port, listeners })
    }

    fn serve(self, app: &axum::Router) {
        for listener in self.listeners {
            tokio::spawn(axum::serve(listener, app.clone()).into_future());
        }
    }
}

async fn listen(variable: &str, address: IpAddr, port: u16) -> Result<TcpListener, (ErrorKind, String)> {
    TcpListener::bind((address, port)).await.map_err(|error| {
        let hint = format!("{variable}=0 cargo run --example shop takes a port that is free");
        (error.kind(), format!("cannot listen on port {port} of {address}: {error}; {hint}"))
    })
}

/// The port of a variable, if it is set; 0 is any that is free.
fn wanted_port(variable: &str) -> Result<Option<u16>, String> {
    let Some(text) = std::env::var_os(variable) else { return Ok(None) };
    match text.to_str().and_then(|text| text.parse().ok()) {
        Some(port) => Ok(Some(port)),
        None => {
            Err(format!("{variable} is {text:?}; write a port from 1 to 65535, or 0 for any that is free"))
        }
    }
}

/// Where the pages are served; `None` if somebody else is there, which may be a front end of your own.
async fn listen_for_pages() -> Result<Option<Localhost>, String> {
    let wanted = wanted_port("STORE_PORT")?;
    match Localhost::listen("STORE_PORT", wanted.unwrap_or(Pages::DEFAULT_PORT)).await {
        Ok(store) => Ok(Some(store)),
        Err((ErrorKind::AddrInUse, _)) if wanted.is_none() => Ok(None),
        Err((_, message)) => Err(message),
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let port = wanted_port("API_PORT")?.unwrap_or(DEFAULT_API_PORT);
    let localhost = Localhost::listen("API_PORT", port).await.map_err(|(_, message)| message)?;
    let api = format!("http://localhost:{}", localhost.port);
    let store = listen_for_pages().await?;

    let pages = Pages::at(store.as_ref().map_or(Pages::DEFAULT_PORT, |store| store.port));
    if pages != Pages::default() {
        api::follow(&pages)?;
    }
    let mut shop = api::shop();
    // The pages show what the API has seen. Without them nobody needs to know, and an API for others would not say.
    let log = store.is_some().then(debug::Log::default);
    if let Some(log) = &log {
        shop = log.hear(shop).route("/debug/log", log.route(&pages)?);
    }
    let routes = shop.audit();
    let mut app = shop.finish()?;
    if let Some(log) = &log {
        app = log.watch(app);
    }

    let Pages { storefront, back_office, .. } = &pages;
    let preflight = "curl -i -X OPTIONS -H 'Access-Control-Request-Method:";
    println!("listening on {api}");
    match &store {
        Some(_) => println!("storefront at {storefront}\nback office at {back_office}\n"),
        None => println!("no pages, for somebody else is at {storefront}; STORE_PORT=0 takes another port\n"),
    }
    println!("{routes}\n");
    println!("# the storefront may change a product: 204");
    println!("{preflight} PUT' -H 'Origin: {storefront}' {api}/products/1");
    println!("# but not remove it: 403");
    println!("{preflight} DELETE' -H 'Origin: {storefront}' {api}/products/1");
    println!("# a token is missing, and the storefront can read that: 401 with the headers of CORS");
    println!("curl -i -H 'Origin: {storefront}' {api}/products/1");

    localhost.serve(&app);
    if let Some(localhost) = store {
        localhost.serve(&store::pages(&pages, &api));
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
