//! The small examples: each as a process, asked as its own comment says.

#[allow(dead_code, reason = "other tests need more of it")]
mod api;

use api::{Api, Response, example};

const PAGE: &str = "http://localhost:3000";
const STRANGER: &str = "https://stranger.example";

fn start(name: &str) -> Api {
    Api::start(&mut example(name, "0"), "listening on http://")
}

/// Whether a page at this origin may read the response.
fn is_granted(response: &Response, origin: &str) -> bool {
    let allowed = response.cors().into_iter().find(|(name, _)| *name == "access-control-allow-origin");
    allowed.is_some_and(|(_, value)| value == origin || value == "*")
}

#[test]
fn drop_in() {
    let api = start("drop_in");
    for path in ["/products/5", "/missing"] {
        assert!(is_granted(&api.request("GET", path, PAGE, "\r\n"), PAGE), "{path}");
        assert!(!is_granted(&api.request("GET", path, STRANGER, "\r\n"), STRANGER), "{path}");
    }
    let preflight = api.preflight("PUT", "/products/5", PAGE);
    assert_eq!(preflight.status(), 204);
    assert!(preflight.cors().contains(&("access-control-allow-credentials", "true")), "{preflight:?}");
    assert_eq!(api.preflight("PUT", "/products/5", STRANGER).status(), 403);
}

#[test]
fn groups() {
    let api = start("groups");
    let partner = "https://partner.example";
    let readers = |path: &str| {
        let pages = [partner, "https://status.example", STRANGER];
        pages.map(|page| is_granted(&api.request("GET", path, page, "\r\n"), page))
    };
    assert_eq!(readers("/prices"), [true, true, true]);
    assert_eq!(readers("/opening-hours"), [true, true, true]);
    assert_eq!(readers("/orders/7"), [true, false, false]);
    assert_eq!(readers("/health"), [false, true, false]);
    assert_eq!(readers("/admin/users"), [false, false, false]);
    assert_eq!(api.preflight("PUT", "/orders/7", partner).status(), 204);
    assert_eq!(api.preflight("PUT", "/orders/7", STRANGER).status(), 403);
    assert!(!is_granted(&api.preflight("GET", "/admin/users", partner), partner));
}

#[test]
fn configured() {
    let api = Api::start(&mut example("configured", "0"), "the policy is: ");
    let page = "https://eu.shop.example";
    for path in ["/orders", "/missing"] {
        assert!(is_granted(&api.request("GET", path, page, "\r\n"), page), "{path}");
        assert!(!is_granted(&api.request("GET", path, STRANGER, "\r\n"), STRANGER), "{path}");
    }
    assert!(is_granted(&api.request("GET", "/health", STRANGER, "\r\n"), STRANGER));
}

#[test]
fn a_mistake_in_the_configuration_stops_the_server() {
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("configured.toml");
    std::fs::write(&file, "port = 0\n[cors]\norigins = [\"https://shop.example/\"]\n")
        .expect("it can be written");
    let output = example("configured", "0").env("CONFIG", &file).output().expect("it starts");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("has a slash at the end"), "{stderr}");
    assert!(stderr.contains(r#"write "https://shop.example""#), "{stderr}");
}

#[test]
fn websocket() {
    let api = start("websocket");
    let handshake = |origin: &str| {
        let rest = "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nConnection: Upgrade\r\n\r\n";
        api.open(&format!("GET /chat HTTP/1.1\r\nHost: localhost\r\nOrigin: {origin}\r\n{rest}"))
    };
    assert!(handshake(PAGE).starts_with("HTTP/1.1 101 "), "{}", handshake(PAGE));
    assert!(handshake(STRANGER).starts_with("HTTP/1.1 403 "), "{}", handshake(STRANGER));
}

#[test]
fn openapi() {
    let api = start("openapi");
    let document = api.request("GET", "/openapi.json", STRANGER, "\r\n");
    assert!(is_granted(&document, STRANGER), "{document:?}");
    let text = document.body();
    for part in ["\"/products/{id}\"", "\"/health\"", "Removes a product.", "\"Product\""] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    assert!(!text.contains("example\""), "an origin is in {text}");

    let [shop, admin] = ["https://shop.example", "https://admin.shop.example"];
    assert!(is_granted(&api.request("GET", "/products/5", shop, "\r\n"), shop));
    assert!(!is_granted(&api.request("GET", "/products/5", admin, "\r\n"), admin));
    assert!(!is_granted(&api.request("GET", "/health", shop, "\r\n"), shop));
    for (method, page, status) in [("DELETE", admin, 204), ("DELETE", shop, 403), ("GET", shop, 204)] {
        assert_eq!(api.preflight(method, "/products/5", page).status(), status, "{method} by {page}");
    }
}
