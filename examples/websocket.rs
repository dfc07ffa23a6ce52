//! A WebSocket that only pages of one origin can open.
//!
//! Browsers make no CORS check of a WebSocket: any page may open one, with the user's cookies. So the server refuses the
//! handshake, under every policy.
//!
//! ```text
//! cargo run --example websocket
//! curl -i --max-time 1 -H 'Origin: http://localhost:3000' -H 'Connection: Upgrade' -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==' http://localhost:5000/chat
//! curl -i -H 'Origin: https://evil.example' -H 'Connection: Upgrade' -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==' http://localhost:5000/chat
//! ```
//!
//! The first answer is 101, the second 403. In the console of a browser at <http://localhost:5000>, which is the server's
//! own origin: `socket = new WebSocket("/chat"); socket.onmessage = event => console.log(event.data)`, and then
//! `socket.send("hello")`. `API_PORT` overrides the port; 0 is any that is free.

use std::{error::Error, net::Ipv4Addr};

use axum::{
    Router,
    extract::ws::{WebSocket, WebSocketUpgrade},
    response::Response,
};
use cors_runtime::{CorsRouter, cors, get};
use tokio::net::TcpListener;

// Clients that are not browsers send no `Origin`, and are let in: this does not replace authentication.
#[cors(origins = ["http://localhost:3000"])]
async fn chat(upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(echo)
}

async fn echo(mut socket: WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        if socket.send(message).await.is_err() {
            break;
        }
    }
}

#[cors(none)]
async fn index() -> &'static str {
    "open the console"
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let port = std::env::var("API_PORT").map_or(Ok(5000), |port| port.parse())?;
    // `any`, because a handshake over HTTP/2 is a CONNECT request, and one over HTTP/1.1 is a GET request.
    let app: Router =
        CorsRouter::new().route("/", get(index)).route("/chat", cors_runtime::any(chat)).finish()?;

    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}
