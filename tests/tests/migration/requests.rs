//! The 200 requests, and how they are sent.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const SHOP: &str = "https://shop.example";
const STRANGER: &str = "https://stranger.example";

/// Method, path, who has to be logged in, body.
const ROUTES: [(&str, &str, &str, &str); 33] = [
    ("GET", "/public/products", "", ""),
    ("GET", "/public/products/1", "", ""),
    ("GET", "/public/search?q=Tea", "", ""),
    ("GET", "/public/status", "", ""),
    ("GET", "/public/openapi.json", "", ""),
    ("GET", "/api/orders", "user", ""),
    ("POST", "/api/orders", "user", r#"{"product":1,"count":2}"#),
    ("GET", "/api/orders/7", "user", ""),
    ("PUT", "/api/orders/7", "user", r#"{"product":1,"count":3}"#),
    ("DELETE", "/api/orders/7", "user", ""),
    ("POST", "/api/orders/7/cancel", "user", ""),
    ("GET", "/api/me", "user", ""),
    ("PATCH", "/api/me", "user", r#""Ada""#),
    ("GET", "/api/addresses", "user", ""),
    ("POST", "/api/addresses", "user", r#""2 Example Street""#),
    ("DELETE", "/api/addresses/1", "user", ""),
    ("GET", "/api/cart", "user", ""),
    ("PUT", "/api/cart/items/1", "user", ""),
    ("DELETE", "/api/cart/items/1", "user", ""),
    ("POST", "/api/cart/checkout", "user", ""),
    ("POST", "/api/uploads", "user", "some bytes"),
    ("GET", "/api/export", "user", ""),
    ("GET", "/api/notifications", "user", ""),
    ("POST", "/api/session", "", ""),
    ("DELETE", "/api/session", "", ""),
    ("GET", "/admin/users", "admin", ""),
    ("DELETE", "/admin/users/ada", "admin", ""),
    ("POST", "/admin/products", "admin", r#"{"name":"Cup","price":690}"#),
    ("PUT", "/admin/products/1", "admin", r#"{"name":"Pot","price":990}"#),
    ("DELETE", "/admin/products/1", "admin", ""),
    ("GET", "/admin/log", "admin", ""),
    ("GET", "/health", "", ""),
    ("GET", "/assets/site.css", "", ""),
];

/// What the routes as such do not show.
const OTHERS: [&str; 35] = [
    // Whatever answers in the place of a handler.
    "GET /api/orders\norigin: https://shop.example",
    "GET /api/orders\norigin: https://shop.example\nauthorization: Bearer wrong",
    "PUT /api/orders/7\norigin: https://stranger.example",
    "GET /admin/users\norigin: https://shop.example",
    "GET /api/orders/8\norigin: https://shop.example\nauthorization: Bearer user",
    "GET /api/orders/x\norigin: https://shop.example\nauthorization: Bearer user",
    "POST /api/orders\norigin: https://shop.example\nauthorization: Bearer user\ncontent-type: text/plain\n\nno JSON",
    "POST /api/orders\norigin: https://shop.example\nauthorization: Bearer user\ncontent-type: application/json\n\n{",
    "POST /api/uploads\norigin: https://shop.example\nauthorization: Bearer user\ncontent-length: 4096",
    "PATCH /api/me\norigin: https://shop.example\nauthorization: Bearer user",
    "GET /public/products/9\norigin: https://stranger.example",
    "GET /public/search\norigin: https://stranger.example",
    // Paths and methods that there are none of.
    "GET /missing\norigin: https://shop.example",
    "GET /api/missing\norigin: https://shop.example\nauthorization: Bearer user",
    "GET /public/missing\norigin: https://shop.example",
    "PATCH /api/orders\norigin: https://shop.example\nauthorization: Bearer user",
    "DELETE /public/products\norigin: https://shop.example",
    "POST /health\norigin: https://shop.example",
    "GET /assets/missing.css\norigin: https://shop.example",
    // Preflights that ask for something else.
    "OPTIONS /api/orders\norigin: https://m.shop.example\naccess-control-request-method: POST\naccess-control-request-headers: authorization,content-type",
    "OPTIONS /api/orders\norigin: https://shop.example\naccess-control-request-method: PATCH",
    "OPTIONS /api/orders\norigin: https://shop.example\naccess-control-request-method: GET\naccess-control-request-headers: x-secret",
    "OPTIONS /api/orders\norigin: null\naccess-control-request-method: GET",
    "OPTIONS /api/missing\norigin: https://shop.example\naccess-control-request-method: GET",
    "OPTIONS /missing\norigin: https://shop.example\naccess-control-request-method: GET",
    "OPTIONS /public/status\norigin: https://stranger.example\naccess-control-request-method: DELETE",
    "OPTIONS /public/status\norigin: https://stranger.example\naccess-control-request-method: GET\naccess-control-request-headers: authorization",
    // No preflights.
    "OPTIONS /api/orders\norigin: https://shop.example\nauthorization: Bearer user",
    "OPTIONS /api/orders\nauthorization: Bearer user",
    "HEAD /api/orders\norigin: https://shop.example\nauthorization: Bearer user",
    // Compression and ranges.
    "GET /api/export\norigin: https://shop.example\nauthorization: Bearer user\naccept-encoding: gzip",
    "GET /assets/site.css\norigin: https://stranger.example\nrange: bytes=0-3",
    // WebSockets: from the storefront, from another page, and from what is not a browser.
    "GET /api/live\norigin: https://shop.example\nWEBSOCKET",
    "GET /api/live\norigin: https://stranger.example\nWEBSOCKET",
    "GET /api/live\nWEBSOCKET",
];

const HANDSHAKE: &str = "connection: upgrade, close\nupgrade: websocket\nsec-websocket-version: 13\n\
                         sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==";

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Preflight,
    /// `OPTIONS` that is not a preflight.
    Options,
    Handshake,
    Other,
}

pub(crate) struct Request {
    /// Its first line and its origin.
    pub(crate) name: String,
    pub(crate) kind: Kind,
    message: String,
}

impl Request {
    /// A request line, header lines, and perhaps an empty line and a body.
    fn new(text: &str) -> Self {
        let text = text.replace("WEBSOCKET", HANDSHAKE);
        let (head, body) = text.split_once("\n\n").unwrap_or((&text, ""));
        let (line, headers) = head.split_once('\n').unwrap_or((head, ""));
        let mut message = format!("{line} HTTP/1.1\r\nhost: api.example\r\n");
        for header in headers.lines() {
            message.push_str(&format!("{header}\r\n"));
        }
        let mut body = body.to_owned();
        if let Some(length) = headers.lines().find_map(|header| header.strip_prefix("content-length: ")) {
            body = "x".repeat(length.parse().expect("a length"));
        } else if !body.is_empty() {
            message.push_str(&format!("content-length: {}\r\n", body.len()));
        }
        if !headers.contains("connection: ") {
            message.push_str("connection: close\r\n");
        }
        message.push_str(&format!("\r\n{body}"));
        let origin = headers.lines().find_map(|header| header.strip_prefix("origin: "));
        let kind = match line {
            _ if headers.contains("access-control-request-method") => Kind::Preflight,
            _ if line.starts_with("OPTIONS") => Kind::Options,
            _ if headers.contains("upgrade: websocket") => Kind::Handshake,
            _ => Kind::Other,
        };
        Self { name: format!("{line} from {}", origin.unwrap_or("no page")), kind, message }
    }
}

/// Each route: asked by what is not a browser, by a page of the shop and by a stranger's, and their preflights.
pub(crate) fn requests() -> Vec<Request> {
    let mut requests = Vec::new();
    for (method, path, user, body) in ROUTES {
        let mut head = String::new();
        let mut names = Vec::new();
        if !user.is_empty() {
            head.push_str(&format!("\nauthorization: Bearer {user}"));
            names.push("authorization");
        }
        if body.starts_with(['{', '"']) {
            head.push_str("\ncontent-type: application/json");
            names.push("content-type");
        }
        let names = match names.as_slice() {
            [] => String::new(),
            names => format!("\naccess-control-request-headers: {}", names.join(",")),
        };
        for origin in ["", "\norigin: https://shop.example", "\norigin: https://stranger.example"] {
            requests.push(Request::new(&format!("{method} {path}{origin}{head}\n\n{body}")));
        }
        for origin in [SHOP, STRANGER] {
            requests.push(Request::new(&format!(
                "OPTIONS {path}\norigin: {origin}\naccess-control-request-method: {method}{names}"
            )));
        }
    }
    requests.extend(OTHERS.map(Request::new));
    requests
}

#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: String,
    fields: BTreeMap<String, String>,
    body: Vec<u8>,
}

/// Sends a request, and reads until the server closes the connection.
pub(crate) async fn send(address: SocketAddr, request: &Request) -> Response {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.write_all(request.message.as_bytes()).await.expect("a request that is taken");
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.expect("a response");
    let end = bytes.windows(4).position(|bytes| bytes == b"\r\n\r\n").expect("a head");
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).expect("a status").to_owned();
    let mut fields = BTreeMap::new();
    for (name, value) in lines.filter_map(|line| line.split_once(": ")).filter(|(name, _)| *name != "date") {
        let known: &mut String = fields.entry(name.to_owned()).or_default();
        // Fields of one name are one list.
        if !known.is_empty() {
            known.push_str(", ");
        }
        known.push_str(value);
    }
    Response { status, fields, body: bytes[end + 4..].to_vec() }
}

/// A part of two responses to the same request that is not the same.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    /// `status`, `body` or a header field.
    pub(crate) what: String,
    pub(crate) before: String,
    pub(crate) after: String,
}

/// What a response without a field has in its place.
pub(crate) const NOTHING: &str = "nothing";

impl Response {
    /// What is different in another response to the same request.
    pub(crate) fn changes(&self, other: &Self) -> Vec<Change> {
        let lengths = [self, other].map(|response| format!("{} bytes", response.body.len()));
        let [before, after] = lengths;
        let mut changes = Vec::new();
        let mut compare = |what: &str, is_same: bool, before: &str, after: &str| {
            if !is_same {
                changes.push(Change { what: what.into(), before: before.into(), after: after.into() });
            }
        };
        compare("status", self.status == other.status, &self.status, &other.status);
        compare("body", self.body == other.body, &before, &after);
        let names: BTreeSet<&String> = self.fields.keys().chain(other.fields.keys()).collect();
        for name in names {
            let [before, after] =
                [self, other].map(|response| response.fields.get(name).map_or(NOTHING, String::as_str));
            compare(name, as_list(name, before) == as_list(name, after), before, after);
        }
        changes
    }
}

/// The entries of a list. How they are spaced makes no difference, nor does the case of the names of headers.
fn as_list(field: &str, value: &str) -> Vec<String> {
    let is_list = field == "vary" || field.starts_with("access-control-");
    match is_list {
        true => value.split(',').map(|entry| entry.trim().to_ascii_lowercase()).collect(),
        false => vec![value.to_owned()],
    }
}
