//! A WebSocket that is opened by a page of another origin, with real handshakes.
//!
//! Browsers open WebSockets to any server, with cookies, without asking. It is for the server to look at `Origin`.

use axum::{extract::WebSocketUpgrade, response::Response};
use cors_runtime::{CorsRouter, cors, get};
use cors_tests::serve;
use tokio_tungstenite::{
    connect_async,
    tungstenite::{Error, client::IntoClientRequest},
};

// There is no `enforce`: handshakes are judged under every policy.
#[cors(origins = ["https://shop.example", "https://*.partner.example"])]
async fn prices(upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(async |_socket| {})
}

#[tokio::test]
async fn a_socket_opens_for_those_who_are_allowed() {
    let app = || CorsRouter::new().route("/prices", get(prices));
    let gated = app().layer(axum::extract::DefaultBodyLimit::disable());
    for app in [app(), gated] {
        let address = serve(app.finish().unwrap()).await;
        for (origin, status) in [
            (Some("https://shop.example"), 101),
            (Some("https://a.partner.example"), 101),
            // The server's own pages.
            (Some("http://127.0.0.1"), 403),
            (Some(&*format!("http://{address}")), 101),
            // No browser.
            (None, 101),
            (Some("https://evil.example"), 403),
            (Some("https://shop.example.evil.example"), 403),
            (Some("null"), 403),
        ] {
            let mut request = format!("ws://{address}/prices").into_client_request().unwrap();
            if let Some(origin) = origin {
                request.headers_mut().insert("origin", origin.parse().unwrap());
            }
            let answer = match connect_async(request).await {
                Ok((_socket, response)) => response.status(),
                Err(Error::Http(response)) => response.status(),
                Err(error) => panic!("no answer: {error}"),
            };
            assert_eq!(answer, status, "{origin:?}");
        }
    }
}

/// Clients that know HTTP/2 offer it with any request. It is none that opens a WebSocket.
#[tokio::test]
async fn other_upgrades_are_requests_like_any() {
    #[cors(origins = ["https://shop.example", "https://other.example"])]
    async fn list() -> &'static str {
        "prices"
    }

    let app = CorsRouter::new().route("/prices", get(list)).finish().unwrap();
    for (upgrade, status) in [
        ("h2c", "200"),
        ("TLS/1.0", "200"),
        ("websockets", "200"),
        ("websocket", "403"),
        ("WebSocket", "403"),
        ("h2c, websocket", "403"),
    ] {
        let request =
            format!("GET /prices\norigin: https://evil.example\nconnection: upgrade\nupgrade: {upgrade}");
        let answer = cors_tests::send(&app, &request).await;
        assert!(answer.starts_with(status), "{upgrade}: {answer}");
        assert!(!answer.contains("access-control"), "{upgrade}: {answer}");
    }
}
