//! Cross-site WebSocket hijacking: browsers open a WebSocket to any server, with its cookies, and make no CORS check.
//!
//! CVE-2025-24010 (Vite), CVE-2026-59950 (the Python SDK of the Model Context Protocol)

use axum::{
    extract::{Request, WebSocketUpgrade},
    http::{Method, StatusCode, Version},
    response::Response,
    routing,
};
use cors_runtime::{CorsRouter, Policy, any, cors, policy};
use cors_tests::serve;
use h2::ext::Protocol;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::both;

// No `enforce`, no `methods`: a handshake is judged under every policy.
#[cors(origins = ["https://shop.example", "https://*.partner.example"], credentials)]
async fn prices(upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(async |_socket| {})
}

#[cors(none)]
async fn internal(upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(async |_socket| {})
}

async fn plain(upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(async |_socket| {})
}

static DEFAULT: Policy = policy! { origins = ["https://shop.example"] };

fn app() -> CorsRouter {
    CorsRouter::new()
        .route("/prices", any(prices))
        .route("/internal", any(internal))
        .route("/plain", routing::any(plain))
        .default_policy(&DEFAULT)
}

/// The origins of a handshake, and whether they may open a socket on `/prices`, and on `/plain` below the default policy.
const ORIGINS: [(&str, bool, bool); 9] = [
    ("https://shop.example", true, true),
    ("https://a.partner.example", true, false),
    ("https://evil.example", false, false),
    ("https://shop.example.evil.example", false, false),
    ("https://partner.example", false, false),
    ("http://shop.example", false, false),
    ("null", false, false),
    ("", false, false),
    ("https://shop.example, https://evil.example", false, false),
];

fn is_open(path: &str, (_, prices, plain): (&str, bool, bool)) -> bool {
    match path {
        "/prices" => prices,
        "/plain" => plain,
        _ => false,
    }
}

/// The status of a handshake over HTTP/1, byte for byte as a browser sends it, but for what the attacker adds.
async fn over_http1(address: std::net::SocketAddr, path: &str, upgrade: &str, origin: &str) -> String {
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: api.example\r\n{upgrade}\r\nsec-websocket-version: 13\r\n\
         sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\norigin: {origin}\r\n\r\n"
    );
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut status = [0; 12];
    stream.read_exact(&mut status).await.unwrap();
    String::from_utf8_lossy(&status[9..]).into_owned()
}

#[tokio::test]
async fn cross_site_websocket_hijacking_over_http1() {
    for app in both(app) {
        let address = serve(app).await;
        for path in ["/prices", "/internal", "/plain"] {
            for row in ORIGINS {
                for upgrade in [
                    "connection: upgrade\r\nupgrade: websocket",
                    "connection: keep-alive, Upgrade\r\nupgrade: WebSocket",
                    "connection: upgrade\r\nupgrade: foo, websocket",
                    "connection: upgrade\r\nupgrade: foo\r\nupgrade: websocket",
                ] {
                    let status = over_http1(address, path, upgrade, row.0).await;
                    let what = format!("{path} from {:?}: {upgrade:?}", row.0);
                    if is_open(path, row) {
                        // axum takes one of the spellings alone, and that is its own affair.
                        let is_plain = !upgrade.contains("foo");
                        assert!(status == "101" || !is_plain && status == "400", "{what}: {status}");
                    } else {
                        assert_eq!(status, "403", "{what}");
                    }
                }
            }
        }
    }
}

/// The status of an extended CONNECT, as browsers open WebSockets over HTTP/2.
///
/// <https://www.rfc-editor.org/rfc/rfc8441#section-4>
async fn over_http2(address: std::net::SocketAddr, path: &str, origin: &str) -> StatusCode {
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut client, connection) = h2::client::handshake(stream).await.unwrap();
    let connection = tokio::spawn(connection);
    client = client.ready().await.unwrap();
    // The server says in its settings that it takes these.
    while !client.is_extended_connect_protocol_enabled() {
        tokio::task::yield_now().await;
    }
    let mut request = Request::builder()
        .method(Method::CONNECT)
        .uri(format!("https://api.example{path}"))
        .version(Version::HTTP_2)
        .header("sec-websocket-version", "13")
        .header("origin", origin)
        .body(())
        .unwrap();
    request.extensions_mut().insert(Protocol::from_static("websocket"));
    let (response, _body) = client.send_request(request, false).unwrap();
    let status = response.await.unwrap().status();
    connection.abort();
    status
}

#[tokio::test]
async fn cross_site_websocket_hijacking_over_http2() {
    for app in both(app) {
        let address = serve(app).await;
        for path in ["/prices", "/internal", "/plain"] {
            for row in ORIGINS {
                let status = over_http2(address, path, row.0).await;
                let expected = if is_open(path, row) { StatusCode::OK } else { StatusCode::FORBIDDEN };
                assert_eq!(status, expected, "{path} from {:?}", row.0);
            }
            // The server's own page.
            let own = over_http2(address, path, "https://api.example").await;
            assert_eq!(own, StatusCode::OK, "{path}");
        }
    }
}
