//! The shop as its users meet it: a process, sockets, and the header fields on them.

use std::{
    env::consts::EXE_SUFFIX,
    io::{BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, Ipv6Addr, TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
    time::Duration,
};

const STOREFRONT: &str = "http://localhost:3000";
const ADMIN: &str = "http://admin.localhost:3000";
const STRANGER: &str = "http://localhost:3001";

const PREFLIGHT_VARY: &str = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers";

/// The command that starts the example. Cargo builds examples before it runs tests, into the directory beside theirs.
fn shop(port: &str) -> Command {
    let test = std::env::current_exe().expect("the test has a path");
    let profile = test.ancestors().nth(2).expect("tests are in target/PROFILE/deps");
    let path: PathBuf = profile.join("examples").join(format!("shop{EXE_SUFFIX}"));
    assert!(path.exists(), "{} is missing; `cargo build --example shop` builds it", path.display());
    let mut command = Command::new(path);
    command.env("API_PORT", port).stdin(Stdio::null());
    command
}

/// A shop that listens; it ends with the test.
struct Shop {
    process: Child,
    port: u16,
    printed: String,
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.process.kill().expect("the shop can be ended");
        self.process.wait().expect("the shop has ended");
    }
}

impl Shop {
    /// Starts a shop on a free port, which it prints when it listens there.
    fn start() -> Self {
        let mut process = shop("0").stdout(Stdio::piped()).spawn().expect("the shop starts");
        let mut lines = BufReader::new(process.stdout.take().expect("piped")).lines();
        let mut printed = String::new();
        // The last line that it prints is the last of the three commands.
        while printed.matches("\ncurl ").count() < 3 {
            let line = lines.next().expect("the shop goes on printing").expect("lines of text");
            printed += &line;
            printed.push('\n');
        }
        let port = printed.strip_prefix("listening on http://localhost:").expect("where it listens");
        let port = port.lines().next().and_then(|port| port.parse().ok()).expect("a port");
        Self { process, port, printed }
    }

    fn send(&self, request: &str) -> Response {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).expect("the shop listens");
        exchange(stream, request)
    }

    /// A request of a page at an origin.
    fn request(&self, method: &str, path: &str, origin: &str, rest: &str) -> Response {
        self.send(&format!("{method} {path} HTTP/1.1\r\nOrigin: {origin}\r\n{rest}"))
    }

    fn preflight(&self, method: &str, path: &str, origin: &str) -> Response {
        let asks = format!(
            "Access-Control-Request-Method: {method}\r\nAccess-Control-Request-Headers: authorization\r\n\r\n"
        );
        self.request("OPTIONS", path, origin, &asks)
    }
}

/// Sends a request, to which `Host` and `Connection` are added, and reads the response to the end.
fn exchange(mut stream: TcpStream, request: &str) -> Response {
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout can be set");
    let (first, rest) = request.split_once("\r\n").expect("a request has lines");
    let request = format!("{first}\r\nHost: localhost\r\nConnection: close\r\n{rest}");
    stream.write_all(request.as_bytes()).expect("the request is sent");
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("the response arrives");
    Response { text }
}

#[derive(Debug)]
struct Response {
    text: String,
}

impl Response {
    fn status(&self) -> u16 {
        self.text
            .strip_prefix("HTTP/1.1 ")
            .and_then(|rest| rest.get(..3))
            .and_then(|status| status.parse().ok())
            .expect("a status")
    }

    fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        let (head, _) = self.text.split_once("\r\n\r\n").expect("the head ends");
        head.lines().skip(1).map(|line| line.split_once(": ").expect("a header field"))
    }

    fn body(&self) -> &str {
        self.text.split_once("\r\n\r\n").expect("the head ends").1
    }

    /// The header fields of the CORS protocol and `vary`, each as it was sent, in the order of their names.
    fn cors(&self) -> Vec<(&str, &str)> {
        let mut fields: Vec<_> = self
            .headers()
            .filter(|(name, _)| name.starts_with("access-control-") || *name == "vary")
            .collect();
        fields.sort_unstable();
        fields
    }

    /// Whether a page at the storefront can read this, as a response to a request with credentials.
    fn is_readable_by_storefront(&self) -> bool {
        self.cors()
            == [("access-control-allow-credentials", "true"), ("access-control-allow-origin", STOREFRONT)]
    }
}

#[test]
fn it_says_where_it_listens_and_what_its_policies_are() {
    let shop = Shop::start();
    for route in [
        "GET     /health         same-origin: no policy\n",
        "GET     /products       any  at examples/shop.rs:",
        "GET     /products/{id}  http://localhost:3000; headers authorization, content-type, x-api-key; credentials",
        "PUT     /products/{id}  http://localhost:3000; headers authorization, content-type, x-api-key; credentials",
        "DELETE  /products/{id}  http://admin.localhost:3000; headers authorization; credentials",
    ] {
        assert!(shop.printed.contains(&format!("\n{route}")), "{route}\nis not in\n{}", shop.printed);
    }
}

#[test]
fn health_is_for_its_own_origin_only() {
    let shop = Shop::start();
    let response = shop.send("GET /health HTTP/1.1\r\n\r\n");
    assert_eq!((response.status(), response.body()), (200, "ok"));

    let response = shop.request("GET", "/health", STOREFRONT, "\r\n");
    assert_eq!((response.status(), response.cors()), (200, vec![]));
    let response = shop.preflight("GET", "/health", STOREFRONT);
    assert_eq!((response.status(), response.cors()), (403, vec![("vary", PREFLIGHT_VARY)]));
}

#[test]
fn preflights_are_judged_by_the_policy_of_their_method() {
    let shop = Shop::start();
    let storefront = vec![
        ("access-control-allow-credentials", "true"),
        ("access-control-allow-headers", "authorization, content-type, x-api-key"),
        ("access-control-allow-methods", "GET, HEAD, PUT"),
        ("access-control-allow-origin", STOREFRONT),
        ("vary", PREFLIGHT_VARY),
    ];
    let admin = vec![
        ("access-control-allow-credentials", "true"),
        ("access-control-allow-headers", "authorization"),
        ("access-control-allow-methods", "DELETE"),
        ("access-control-allow-origin", ADMIN),
        ("vary", PREFLIGHT_VARY),
    ];
    let anyone = vec![
        ("access-control-allow-methods", "GET, HEAD"),
        ("access-control-allow-origin", "*"),
        ("vary", PREFLIGHT_VARY),
    ];
    // A refused page learns which origin would be the right one, and gets nothing.
    let not = |origin| vec![("access-control-allow-origin", origin), ("vary", PREFLIGHT_VARY)];
    let nothing = vec![("vary", PREFLIGHT_VARY)];

    for (method, path, origin, status, fields) in [
        ("GET", "/products", STOREFRONT, 204, &anyone),
        ("GET", "/products", STRANGER, 204, &anyone),
        ("POST", "/products", STOREFRONT, 403, &nothing),
        ("GET", "/products/1", STOREFRONT, 204, &storefront),
        ("HEAD", "/products/1", STOREFRONT, 204, &storefront),
        ("PUT", "/products/1", STOREFRONT, 204, &storefront),
        ("PUT", "/products/1", ADMIN, 403, &not(STOREFRONT)),
        ("PUT", "/products/1", STRANGER, 403, &not(STOREFRONT)),
        ("DELETE", "/products/1", ADMIN, 204, &admin),
        ("DELETE", "/products/1", STOREFRONT, 403, &not(ADMIN)),
        ("DELETE", "/products/1", "null", 403, &not(ADMIN)),
        ("PATCH", "/products/1", STOREFRONT, 403, &nothing),
        ("GET", "/elsewhere", STOREFRONT, 403, &nothing),
    ] {
        let response = shop.preflight(method, path, origin);
        assert_eq!(
            (response.status(), &response.cors()),
            (status, fields),
            "preflight of {origin} for {method} {path}"
        );
    }
}

#[test]
fn anyone_reads_the_catalogue() {
    let shop = Shop::start();
    for request in ["GET /products HTTP/1.1\r\n\r\n", "GET /products HTTP/1.1\r\nOrigin: null\r\n\r\n"] {
        let response = shop.send(request);
        assert_eq!(response.status(), 200);
        assert_eq!(response.cors(), [("access-control-allow-origin", "*")]);
        assert!(response.body().contains(r#""1":{"name":"Teapot","price_in_cents":2450}"#), "{response:?}");
    }
}

#[test]
fn the_storefront_changes_a_product_and_the_back_office_removes_it() {
    let shop = Shop::start();
    let token = "Authorization: Bearer any\r\n";
    let body = r#"{"name":"Big teapot","price_in_cents":2900}"#;
    let put =
        format!("{token}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let plain = format!("{token}\r\n");

    let response = shop.request("PUT", "/products/1", STOREFRONT, &put);
    assert_eq!((response.status(), response.body()), (200, body));
    assert!(response.is_readable_by_storefront(), "{response:?}");

    let response = shop.request("GET", "/products/1", STOREFRONT, &plain);
    assert_eq!((response.status(), response.body()), (200, body));
    assert!(response.is_readable_by_storefront(), "{response:?}");

    let response = shop.request("DELETE", "/products/1", ADMIN, &plain);
    assert_eq!(response.status(), 204);
    assert_eq!(
        response.cors(),
        [("access-control-allow-credentials", "true"), ("access-control-allow-origin", ADMIN)]
    );

    for (method, rest) in [("GET", &plain), ("PUT", &put)] {
        let response = shop.request(method, "/products/1", STOREFRONT, rest);
        assert_eq!(response.status(), 404, "{method}");
        assert!(response.is_readable_by_storefront(), "{response:?}");
    }
}

#[test]
fn pages_can_read_what_went_wrong() {
    let shop = Shop::start();
    let token = "Authorization: Bearer any\r\n";
    let json = format!("{token}Content-Type: application/json\r\n");
    for (method, rest, status) in [
        ("GET", "\r\n".to_owned(), 401),
        ("GET", "Authorization: Bearer \r\n\r\n".to_owned(), 401),
        ("GET", "Authorization: Basic YTpi\r\n\r\n".to_owned(), 401),
        ("PUT", format!("{json}Content-Length: 2\r\n\r\n{{}}"), 422),
        // It is refused by what it announces, before it is sent.
        ("PUT", format!("{json}Content-Length: 1000000\r\n\r\n"), 413),
        // It announces what it never sends.
        ("PUT", format!("{json}Content-Length: 10\r\n\r\n"), 408),
    ] {
        let response = shop.request(method, "/products/1", STOREFRONT, &rest);
        assert_eq!(response.status(), status, "{method} with\n{rest}");
        assert!(response.is_readable_by_storefront(), "{response:?}");
    }
}

#[test]
fn paths_of_nobody_ask_for_a_token_too() {
    let shop = Shop::start();
    assert_eq!(shop.send("GET /elsewhere HTTP/1.1\r\n\r\n").status(), 401);
    assert_eq!(shop.send("GET /elsewhere HTTP/1.1\r\nAuthorization: Bearer any\r\n\r\n").status(), 404);
}

#[test]
fn localhost_is_both_of_its_addresses() {
    if TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_err() {
        return; // This machine has no IPv6.
    }
    let shop = Shop::start();
    let stream = TcpStream::connect((Ipv6Addr::LOCALHOST, shop.port)).expect("the shop listens");
    assert_eq!(exchange(stream, "GET /health HTTP/1.1\r\n\r\n").status(), 200);
}

#[test]
fn a_bad_port_is_an_error_with_a_message() {
    for port in ["abc", "70000", "-1", "", " 5000", "localhost:5000"] {
        let output = shop(port).output().expect("the shop starts");
        assert_fails(&output, &format!("error: API_PORT is {port:?}; write a port from 1 to 65535"));
    }
}

#[test]
fn a_port_in_use_is_an_error_with_a_message() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("some port is free");
    let port = taken.local_addr().expect("it has an address").port();
    let output = shop(&port.to_string()).output().expect("the shop starts");
    assert_fails(&output, &format!("error: cannot listen on port {port} of 127.0.0.1: "));
}

/// Fails with exit code 1 and one line that begins like this, and prints nothing else.
#[track_caller]
fn assert_fails(output: &Output, message: &str) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.starts_with(message) && stderr.lines().count() == 1, "{stderr}");
    assert!(output.stdout.is_empty());
}
