//! A policy that is picked by the address: the one of the route that is served, and no other, however the address is
//! written.

use axum::{
    Router,
    extract::{Path, Request},
    http::{HeaderName, HeaderValue, Uri},
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
    routing,
};
use cors_runtime::{CorsRouter, cors, get};
use cors_tests::respond;
use tower::Layer;
use tower_http::normalize_path::NormalizePathLayer;

use crate::{is_granted, preflight, request};

const EVERYBODY: &[u8] = b"https://evil.example";
const ADMIN: &[u8] = b"https://admin.example";
const SHOP: &[u8] = b"https://shop.example";

/// A response that says whose handler made it.
fn by(name: &'static str) -> Response {
    (([(HeaderName::from_static("x-policy"), HeaderValue::from_static(name))]), "a secret").into_response()
}

#[cors(origins = any)]
async fn open() -> Response {
    by("open")
}

#[cors(origins = any)]
async fn open_with_path(_: Path<String>) -> Response {
    by("open")
}

#[cors(origins = ["https://admin.example"], credentials, enforce)]
async fn admin() -> Response {
    by("admin")
}

#[cors(origins = ["https://shop.example", "https://admin.example"], credentials)]
async fn shop() -> Response {
    by("shop")
}

#[cors(none)]
async fn internal() -> Response {
    by("internal")
}

async fn plain() -> Response {
    by("plain")
}

/// Who may read what a policy's handler says.
fn allows(policy: &str, origin: &[u8]) -> bool {
    match policy {
        "open" => true,
        "admin" => origin == ADMIN,
        "shop" => origin == ADMIN || origin == SHOP,
        "internal" | "plain" => false,
        other => panic!("nobody's: {other}"),
    }
}

/// Routes that overlap, with a policy each.
fn routes() -> CorsRouter {
    CorsRouter::new()
        .route("/", get(open))
        .route("/admin", get(admin).put(admin))
        .route("/admin/", get(internal))
        .route("/Admin", get(open).put(open))
        .route("/users/me", get(admin).put(shop))
        .route("/users/{id}", get(open_with_path).put(shop))
        .route("/users/{id}/keys", get(shop))
        .route("/users/me/keys", get(admin))
        .route("/files/{*path}", get(open_with_path))
        .route("/files/secret", get(admin))
        .route("/files/secret/{*path}", get(shop))
        .route("/a+b", get(admin))
        .route("/a b", get(open))
        .route("/a%20b", get(shop))
        .route("/%61dmin", get(open))
        .route("/{tenant}/prices", get(open_with_path))
        .route("/acme/prices", get(shop))
        .route("/health", routing::get(plain))
}

/// A neighbour, whose routes have the same names, and other policies.
fn neighbour() -> CorsRouter {
    CorsRouter::new()
        .route("/admin", get(open).put(open))
        .route("/users/me", get(open))
        .route("/users/{id}", get(admin))
        .route("/health", get(open))
}

async fn through(request: Request, next: Next) -> Response {
    next.run(request).await
}

/// Takes one level off an address, behind the gate's back.
async fn rewrite(mut request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if let Some(uri) = path.strip_prefix("/rewritten").and_then(|path| path.parse::<Uri>().ok()) {
        *request.uri_mut() = uri;
    }
    next.run(request).await
}

fn apps() -> Vec<(&'static str, Router)> {
    let finish = |router: CorsRouter| router.finish().unwrap();
    let layer = || from_fn(through);
    let with_neighbour = || CorsRouter::new().nest("/n", neighbour()).merge(routes());
    vec![
        ("endpoints alone", finish(routes())),
        ("with a layer", finish(routes().layer(layer()))),
        ("beside a neighbour", finish(with_neighbour())),
        ("beside a neighbour, with a layer", finish(with_neighbour().layer(layer()))),
        (
            "beside a neighbour with a layer",
            finish(CorsRouter::new().nest("/n", neighbour().layer(layer())).merge(routes())),
        ),
        (
            "below a parameter",
            finish(CorsRouter::new().nest("/{version}", routes().layer(layer())).nest("/n", neighbour())),
        ),
        (
            "finished ones in a plain router",
            Router::new()
                .nest("/n", finish(neighbour().layer(layer())))
                .merge(finish(routes().layer(layer()))),
        ),
        (
            "nested as services",
            Router::new()
                .nest_service("/n", finish(neighbour().layer(layer())))
                .fallback_service(finish(routes().layer(layer()))),
        ),
        ("rewritten inside of the gate", finish(routes().layer(from_fn(rewrite)))),
        (
            "rewritten outside",
            Router::new().fallback_service(from_fn(rewrite).layer(finish(routes().layer(layer())))),
        ),
        (
            "normalized outside",
            Router::new().fallback_service(
                NormalizePathLayer::trim_trailing_slash().layer(finish(with_neighbour().layer(layer()))),
            ),
        ),
        ("mapped", finish(with_neighbour().map(|router| router.layer(layer())))),
    ]
}

/// Addresses that servers and proxies read in different ways.
const ADDRESSES: &[&str] = &[
    "/",
    "//",
    "/.",
    "/admin",
    "/admin/",
    "/admin//",
    "//admin",
    "/./admin",
    "/../admin",
    "/x/../admin",
    "/files/../admin",
    "/files/..%2fadmin",
    "/files/%2e%2e/admin",
    "/Admin",
    "/ADMIN",
    "/aDmin",
    "/%61dmin",
    "/%41dmin",
    "/%2561dmin",
    "/admin%2f",
    "/%2fadmin",
    "/admin%00",
    "/admin%20",
    "/admin%3f",
    "/admin?x=/open",
    "/admin?",
    "/admin;x=1",
    "/admin.json",
    "/admin\\",
    "/a+b",
    "/a%2bb",
    "/a%20b",
    "/a%2520b",
    "/users/me",
    "/users/me/",
    "/users/Me",
    "/users/%6de",
    "/users/%6d%65",
    "/users/me%2fkeys",
    "/users/me/keys",
    "/users/you/keys",
    "/users/{id}",
    "/users/{id}/keys",
    "/users//me",
    "/users/",
    "/users",
    "/users/you",
    "/users/../admin",
    "/files/secret",
    "/files/Secret",
    "/files/secret/",
    "/files/secret/x",
    "/files/secret%2fx",
    "/files/%73ecret",
    "/files//secret",
    "/files/./secret",
    "/files/x/../secret",
    "/files/",
    "/files",
    "/files/secretx",
    "/acme/prices",
    "/Acme/prices",
    "/acme/prices/",
    "/acme%2fprices",
    "/admin/prices",
    "/health",
    "/health/",
    "/n/admin",
    "/n//admin",
    "/n/Admin",
    "/n/users/me",
    "/n/users/you",
    "/n/health",
    "/n/files/secret",
    "/n/../admin",
    "/nx/admin",
    "/v1/admin",
    "/v1/users/me",
    "/v1/files/secret",
    "/rewritten/admin",
    "/rewritten/users/me",
    "/rewritten/files/secret",
    "/rewritten/rewritten/admin",
    "*",
    "http://other.example/admin",
    "http://api.example/users/me",
];

/// Whatever the address is, a page may read what the handler's own policy lets it read, and a preflight says no more than
/// that.
///
/// CVE-2024-6866 (flask-cors: case), CVE-2024-6844 (`+`), CVE-2024-6839 (the longer of two rules that overlap)
#[tokio::test]
async fn policy_picked_by_path_tricks() {
    let mut served = 0;
    for (name, app) in apps() {
        for address in ADDRESSES {
            for origin in [EVERYBODY, ADMIN, SHOP] {
                for method in ["GET", "PUT"] {
                    let what = format!("{name}: {method} {address} from {}", origin.escape_ascii());
                    let response = respond(&app, request(method, address, origin)).await;
                    let policy = response.headers().get("x-policy").map(|name| name.to_str().unwrap());
                    let is_allowed = policy.is_some_and(|policy| allows(policy, origin));
                    if let Some(policy) = policy {
                        served += 1;
                        assert_eq!(is_granted(&response, origin), is_allowed, "{what}: {response:?}");
                        assert!(policy != "admin" || is_allowed, "enforced: {what}");
                    }
                    let has_credentials = response.headers().contains_key("access-control-allow-credentials");
                    assert!(!has_credentials || is_granted(&response, origin), "{what}: {response:?}");

                    let preflighted = respond(&app, preflight(method, address, origin)).await;
                    let ran = preflighted.headers().contains_key("x-policy");
                    assert!(!ran, "{what}: {preflighted:?}");
                    let is_preflight_granted =
                        preflighted.status().is_success() && is_granted(&preflighted, origin);
                    // Where the gate cannot tell, it refuses; it never grants what the handler refuses.
                    assert!(!is_preflight_granted || is_allowed, "{what}: {preflighted:?}");
                    let is_told =
                        !name.starts_with("rewritten") && policy != Some("plain") && policy.is_some();
                    assert!(!is_told || is_preflight_granted == is_allowed, "{what}: {preflighted:?}");
                }
            }
        }
    }
    // Most addresses are nobody's. Those that are somebody's are many enough to mean something.
    assert!(served > 1_000, "{served}");
}

/// A rule that covers more is not put before the one that is meant, in whatever order they were added.
#[tokio::test]
async fn order_of_overlapping_routes() {
    type MakeRoute = fn() -> cors_runtime::MethodRouter;
    let routes: [(&str, MakeRoute); 4] = [
        ("/files/{*path}", || get(open_with_path)),
        ("/files/secret", || get(admin)),
        ("/files/secret/{part}", || get(shop)),
        ("/files/secret/x", || get(admin)),
    ];
    for first in 0..4 {
        for step in [1, 3] {
            let order = (0..4).map(|number| (first + number * step) % 4);
            let app = || {
                order
                    .clone()
                    .fold(CorsRouter::new(), |router, index| router.route(routes[index].0, routes[index].1()))
            };
            for app in crate::both(app) {
                for (path, policy) in [
                    ("/files/secret", "admin"),
                    ("/files/public", "open"),
                    ("/files/secret/y", "shop"),
                    ("/files/secret/x", "admin"),
                    ("/files/other/x", "open"),
                    ("/files/secret/y/z", "open"),
                ] {
                    for origin in [EVERYBODY, ADMIN, SHOP] {
                        let response = respond(&app, preflight("GET", path, origin)).await;
                        let is_preflight_granted = is_granted(&response, origin);
                        assert_eq!(is_preflight_granted, allows(policy, origin), "{path}: {response:?}");
                        let response = respond(&app, request("GET", path, origin)).await;
                        assert_eq!(
                            is_granted(&response, origin),
                            allows(policy, origin),
                            "{path}: {response:?}"
                        );
                    }
                }
            }
        }
    }
}
