//! The shop as its users meet it: a process, sockets, and the header fields on them.

mod api;

use std::{
    net::{Ipv4Addr, Ipv6Addr, TcpListener, TcpStream},
    process::{Command, Output},
};

use api::{Api, Response, example, exchange};

const STOREFRONT: &str = "http://localhost:3000";
const ADMIN: &str = "http://admin.localhost:3000";
const STRANGER: &str = "http://localhost:3001";

const PREFLIGHT_VARY: &str = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers";

/// A shop on a free port. The last line that it prints is the last of three commands.
fn start() -> Api {
    Api::start(&mut shop("0"), "\ncurl -i -H 'Origin: ")
}

fn shop(port: &str) -> Command {
    example("shop", port)
}

/// Whether a page at the storefront can read this, as a response to a request with credentials.
fn is_readable_by_storefront(response: &Response) -> bool {
    response.cors()
        == [("access-control-allow-credentials", "true"), ("access-control-allow-origin", STOREFRONT)]
}

#[test]
fn it_says_where_it_listens_and_what_its_policies_are() {
    let shop = start();
    let printed = shop.wait_for("listening on http://localhost:");
    for route in [
        "GET     /health         same-origin: no policy\n",
        "GET     /products       any  at examples/shop.rs:",
        "GET     /products/{id}  http://localhost:3000; headers authorization, content-type, x-api-key; credentials",
        "PUT     /products/{id}  http://localhost:3000; headers authorization, content-type, x-api-key; credentials",
        "DELETE  /products/{id}  http://admin.localhost:3000; headers authorization; credentials",
    ] {
        assert!(printed.contains(&format!("\n{route}")), "{route}\nis not in\n{printed}");
    }
}

#[test]
fn health_is_for_its_own_origin_only() {
    let shop = start();
    let response = shop.send("GET /health HTTP/1.1\r\n\r\n");
    assert_eq!((response.status(), response.body()), (200, "ok"));

    let response = shop.request("GET", "/health", STOREFRONT, "\r\n");
    assert_eq!((response.status(), response.cors()), (200, vec![]));
    let response = shop.preflight("GET", "/health", STOREFRONT);
    assert_eq!((response.status(), response.cors()), (403, vec![("vary", PREFLIGHT_VARY)]));
}

#[test]
fn preflights_are_judged_by_the_policy_of_their_method() {
    let shop = start();
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
    let shop = start();
    for request in ["GET /products HTTP/1.1\r\n\r\n", "GET /products HTTP/1.1\r\nOrigin: null\r\n\r\n"] {
        let response = shop.send(request);
        assert_eq!(response.status(), 200);
        assert_eq!(response.cors(), [("access-control-allow-origin", "*")]);
        assert!(response.body().contains(r#""1":{"name":"Teapot","price_in_cents":2450}"#), "{response:?}");
    }
}

#[test]
fn the_storefront_changes_a_product_and_the_back_office_removes_it() {
    let shop = start();
    let token = "Authorization: Bearer any\r\n";
    let body = r#"{"name":"Big teapot","price_in_cents":2900}"#;
    let put =
        format!("{token}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let plain = format!("{token}\r\n");

    let response = shop.request("PUT", "/products/1", STOREFRONT, &put);
    assert_eq!((response.status(), response.body()), (200, body));
    assert!(is_readable_by_storefront(&response), "{response:?}");

    let response = shop.request("GET", "/products/1", STOREFRONT, &plain);
    assert_eq!((response.status(), response.body()), (200, body));
    assert!(is_readable_by_storefront(&response), "{response:?}");

    let response = shop.request("DELETE", "/products/1", ADMIN, &plain);
    assert_eq!(response.status(), 204);
    assert_eq!(
        response.cors(),
        [("access-control-allow-credentials", "true"), ("access-control-allow-origin", ADMIN)]
    );

    for (method, rest) in [("GET", &plain), ("PUT", &put)] {
        let response = shop.request(method, "/products/1", STOREFRONT, rest);
        assert_eq!(response.status(), 404, "{method}");
        assert!(is_readable_by_storefront(&response), "{response:?}");
    }
}

#[test]
fn pages_can_read_what_went_wrong() {
    let shop = start();
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
        assert!(is_readable_by_storefront(&response), "{response:?}");
    }
}

#[test]
fn paths_of_nobody_ask_for_a_token_too() {
    let shop = start();
    assert_eq!(shop.send("GET /elsewhere HTTP/1.1\r\n\r\n").status(), 401);
    assert_eq!(shop.send("GET /elsewhere HTTP/1.1\r\nAuthorization: Bearer any\r\n\r\n").status(), 404);
}

#[test]
fn localhost_is_both_of_its_addresses() {
    if TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_err() {
        return; // This machine has no IPv6.
    }
    let shop = start();
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
