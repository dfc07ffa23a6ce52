//! The shop as its users meet it: a process, sockets, and the header fields on them.

#[allow(dead_code, reason = "other tests need more of it")]
mod api;

use std::{
    net::{Ipv4Addr, Ipv6Addr, TcpListener, TcpStream},
    process::{Command, Output},
    thread,
    time::Duration,
};

use api::{Api, Response, example, exchange};

const STOREFRONT: &str = "http://localhost:3000";
const ADMIN: &str = "http://admin.localhost:3000";
const STRANGER: &str = "http://localhost:3001";

const PREFLIGHT_VARY: &str = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers";

/// A shop on a free port. The last line that it prints is the last of three commands. Its policies are for pages at the
/// usual port; whether it serves them depends on who came first.
fn start() -> Api {
    Api::start(&mut shop("0"), LAST)
}

const LAST: &str = "\ncurl -i -H 'Origin: ";

/// The same with pages at a free port, and where that is.
fn with_pages() -> (Api, u16) {
    let api = Api::start(shop("0").env("STORE_PORT", "0"), LAST);
    let printed = api.wait_for(LAST);
    let line = printed.lines().find_map(|line| line.strip_prefix("storefront at http://localhost:"));
    let port = line.and_then(|port| port.parse().ok()).expect("where the pages are");
    (api, port)
}

fn shop(port: &str) -> Command {
    let mut command = example("shop", port);
    command.env_remove("STORE_PORT");
    command
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
        "GET     /health         same-origin",
        "GET     /products       any   ",
        "GET     /products/{id}  http://localhost:3000;",
        "PUT     /products/{id}  http://localhost:3000;",
        "DELETE  /products/{id}  http://admin.localhost:",
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
    // It has no policy, so it could answer preflights itself.
    let response = shop.preflight("GET", "/health", STOREFRONT);
    assert_eq!((response.status(), response.cors()), (405, vec![]));
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
        // Nobody has a policy for this path, so the preflight goes on to the auth layer.
        ("GET", "/elsewhere", STOREFRONT, 401, &vec![]),
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
fn policies_follow_the_pages() {
    let (shop, port) = with_pages();
    let storefront = format!("http://localhost:{port}");
    let admin = format!("http://admin.localhost:{port}");
    for (method, path, origin, status) in [
        ("PUT", "/products/1", &*storefront, 204),
        ("PUT", "/products/1", &admin, 403),
        ("PUT", "/products/1", STOREFRONT, 403),
        ("DELETE", "/products/1", &admin, 204),
        ("DELETE", "/products/1", &storefront, 403),
        ("DELETE", "/products/1", ADMIN, 403),
    ] {
        let response = shop.preflight(method, path, origin);
        assert_eq!(response.status(), status, "preflight of {origin} for {method} {path}");
    }
}

#[test]
fn pages_are_framed_by_pages_alone() {
    let (_shop, port) = with_pages();
    let get = |path| {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("the shop listens");
        exchange(stream, &format!("GET {path} HTTP/1.1\r\n\r\n"))
    };
    for path in ["/", "/style.css", "/send.js", "/script.js", "/places.json"] {
        assert_eq!(get(path).status(), 200, "{path}");
    }
    let frame = get("/frame");
    let policy = frame.headers().find(|(name, _)| *name == "content-security-policy");
    let ancestors = format!(
        "frame-ancestors http://localhost:{port} http://admin.localhost:{port} http://127.0.0.1:{port}"
    );
    assert_eq!(policy, Some(("content-security-policy", &*ancestors)));
}

#[test]
fn the_log_tells_the_pages_what_the_api_has_seen() {
    let (shop, port) = with_pages();
    let storefront = format!("http://localhost:{port}");
    let log = |origin: &str, since| shop.request("GET", &format!("/debug/log?since={since}"), origin, "\r\n");

    assert_eq!(log(&storefront, 0).body(), r#"{"events":[],"next":0}"#);
    shop.preflight("DELETE", "/products/1", STRANGER);
    shop.request("GET", "/basket", &storefront, "Cookie: basket=7\r\n\r\n");
    let told = log(&storefront, 0);
    let cookies = format!(
        r#"{{"event":"request","origin":"{storefront}","method":"GET","path":"/basket","preflight":null,"cookies":true,"status":200}}"#
    );
    for event in [
        r#"{"event":"refusal","origin":"http://localhost:3001","explanation":["cors refused preflight DELETE"#,
        r#"{"event":"request","origin":"http://localhost:3001","method":"OPTIONS","path":"/products/1","preflight":{"method":"DELETE","headers":"authorization"},"cookies":false,"status":403}"#,
        &cookies,
    ] {
        assert!(told.body().contains(event), "{event}\nis not in\n{told:?}");
    }
    assert_eq!(log(&storefront, 2).body(), format!(r#"{{"events":[{cookies}],"next":3}}"#));

    // It remembers what has happened lately, and nobody else may read that.
    for _ in 0..300 {
        shop.request("GET", "/health", &storefront, "\r\n");
    }
    let told = log(&storefront, 0);
    assert_eq!(told.body().matches(r#""event":"#).count(), 200);
    // A request and its refusal are two.
    assert!(told.body().ends_with(r#""next":603}"#), "{told:?}");
    assert!(log(STRANGER, 0).cors().iter().all(|(_, value)| *value != STRANGER));
}

#[test]
fn without_pages_there_is_no_log() {
    // The other tests' shops come and go there. Whoever stays does as well.
    let _taken = (0..100).find_map(|_| {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 3000)).ok();
        if taken.is_none() {
            thread::sleep(Duration::from_millis(100));
        }
        taken
    });
    let shop = start();
    let printed = shop.wait_for(LAST);
    assert!(printed.contains("\nno pages, for somebody else is at http://localhost:3000; "));
    assert!(!printed.contains("/debug/log"), "{printed}");
    let token = "Authorization: Bearer any\r\n\r\n";
    assert_eq!(shop.request("GET", "/debug/log", STOREFRONT, token).status(), 404);
    assert_eq!(shop.preflight("PUT", "/products/1", STOREFRONT).status(), 204);
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

#[test]
fn a_port_that_is_wanted_for_pages_is_not_left_out() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("some port is free");
    let port = taken.local_addr().expect("it has an address").port();
    let output = shop("0").env("STORE_PORT", port.to_string()).output().expect("the shop starts");
    assert_fails(&output, &format!("error: cannot listen on port {port} of 127.0.0.1: "));
    let output = shop("0").env("STORE_PORT", "abc").output().expect("the shop starts");
    assert_fails(&output, "error: STORE_PORT is \"abc\"; write a port from 1 to 65535");
}

/// Fails with exit code 1 and one line that begins like this, and prints nothing else.
#[track_caller]
fn assert_fails(output: &Output, message: &str) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.starts_with(message) && stderr.lines().count() == 1, "{stderr}");
    assert!(output.stdout.is_empty());
}
