//! What the tests share: requests and responses as text, in process and over a socket.
//!
//! A request is a line such as `GET /products/5`, then one header a line, then perhaps an empty line and a body. A
//! response is its status, then one header a line, all of them but those that are not the app's own to decide on,
//! sorted by name.

pub mod alone;

use std::net::SocketAddr;

use axum::{
    Router,
    body::Body,
    http::{Request, Response},
    middleware::Next,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tower::ServiceExt;

/// A row of a table: why it is there, the request, and the whole response.
pub type Case<'a> = (&'a str, &'a str, &'a str);

/// Sends the request of each case to the app, in process and over a socket, and compares the whole responses.
pub async fn check(app: Router, cases: &[Case<'_>]) {
    let address = serve(app.clone()).await;
    for (why, request, expected) in cases {
        let expected = trimmed(expected);
        assert_eq!(send(&app, request).await, expected, "in process: {why}\n{request}");
        assert_eq!(send_over_socket(address, request).await, expected, "over a socket: {why}\n{request}");
    }
}

/// The response of the app to a request, in process.
pub async fn send(app: &Router, request: &str) -> String {
    as_text(&app.clone().oneshot(to_request(request)).await.expect("an infallible service"))
}

/// The request that a text is.
pub fn to_request(request: &str) -> Request<Body> {
    let (head, body) = split_body(request);
    let mut lines = head.lines();
    let (method, path) = lines.next().and_then(|line| line.split_once(' ')).expect("a request line");
    let mut builder = Request::builder().method(method).uri(path).header("host", "api.example");
    for line in lines {
        let (name, value) = line.split_once(':').expect("a header line");
        builder = builder.header(name, value.trim());
    }
    builder.body(Body::from(body)).expect("a request")
}

/// The response of the app to any request, in process.
pub async fn respond(app: &Router, request: Request<Body>) -> Response<Body> {
    app.clone().oneshot(request).await.expect("an infallible service")
}

/// A middleware that hands requests for a host over to another router.
pub async fn hand_over(
    host: &'static str,
    inner: Router,
    request: Request<Body>,
    next: Next,
) -> Response<Body> {
    match request.headers()["host"] == host {
        true => respond(&inner, request).await,
        false => next.run(request).await,
    }
}

/// Serves the app on a free port of this machine, until the test ends.
pub async fn serve(app: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

/// The response to a request, written to the socket byte for byte.
pub async fn send_over_socket(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.write_all(to_message(request).as_bytes()).await.expect("a request that is taken");
    let mut response = Vec::new();
    stream.read_to_end(&mut response).await.expect("a response");
    from_message(&response)
}

/// The bytes of HTTP/1.1 that a text is, on a connection that is closed then.
pub fn to_message(request: &str) -> String {
    let (head, body) = split_body(request);
    let (line, headers) = head.split_once('\n').unwrap_or((&head, ""));
    let mut message = format!("{line} HTTP/1.1\r\nhost: api.example\r\nconnection: close\r\n");
    for header in headers.lines() {
        message.push_str(header);
        message.push_str("\r\n");
    }
    if !body.is_empty() {
        message.push_str(&format!("content-length: {}\r\n", body.len()));
    }
    message.push_str("\r\n");
    message.push_str(&body);
    message
}

/// A response as text, from the bytes of HTTP/1.1.
pub fn from_message(response: &[u8]) -> String {
    let response = String::from_utf8_lossy(response);
    let head = response.split("\r\n\r\n").next().unwrap_or_default();
    let (status, headers) = head.split_once("\r\n").unwrap_or((head, ""));
    let status = status.split(' ').nth(1).unwrap_or_default();
    let fields = headers.split("\r\n").filter_map(|line| line.split_once(": "));
    with_sorted(status, fields.map(|(name, value)| (name, value.to_owned())))
}

/// A response as text.
pub fn as_text(response: &Response<Body>) -> String {
    let fields = response.headers().iter();
    let fields =
        fields.map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
    with_sorted(response.status().as_str(), fields)
}

/// The value of a header in a response as text, on its first line if there are several.
pub fn field<'a>(response: &'a str, name: &str) -> Option<&'a str> {
    response.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

/// Headers that belong to the message's framing, which differs between a process and a socket, and `Allow`, which axum
/// adds wherever a path has no handler for the method.
const NOT_OURS: [&str; 5] = ["allow", "connection", "content-length", "date", "transfer-encoding"];

fn with_sorted<'a>(status: &str, fields: impl Iterator<Item = (&'a str, String)>) -> String {
    let fields = fields.filter(|(name, _)| !NOT_OURS.contains(name));
    let mut lines: Vec<_> = fields.map(|(name, value)| format!("{name}: {value}")).collect();
    lines.sort();
    lines.insert(0, status.to_owned());
    lines.join("\n")
}

fn split_body(request: &str) -> (String, String) {
    let request = trimmed(request);
    match request.split_once("\n\n") {
        Some((head, body)) => (head.to_owned(), body.to_owned()),
        None => (request, String::new()),
    }
}

/// The lines without the indentation of the test's source.
fn trimmed(text: &str) -> String {
    text.trim().lines().map(str::trim).collect::<Vec<_>>().join("\n")
}

/// The text without the numbers of the lines of a source file, which may move.
pub fn without_lines(text: &str, file: &str) -> String {
    let marker = format!("{file}:");
    let mut parts = text.split(&marker);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + file + part.trim_start_matches(|char: char| char.is_ascii_digit()))
}
