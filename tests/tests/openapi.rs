//! Routers with documentation: each way to add routes adds both, the routes with their policies and what is said of them.

use axum::{extract::State, http::StatusCode};
use cors_runtime::{
    CorsRouter, Policy, cors, get,
    openapi::{OpenApiRouter, routes},
    policy,
};
use cors_tests::{field, send};
use utoipa::openapi::OpenApi;

static SHOP: Policy = policy! { origins = ["https://shop.example"] };

#[utoipa::path(get, path = "/products")]
#[cors(policy = SHOP)]
async fn list() {}

#[utoipa::path(put, path = "/products")]
#[cors(origins = ["https://admin.example"])]
async fn change() {}

#[utoipa::path(get, path = "/health")]
async fn health() {}

#[utoipa::path(get, path = "/state")]
#[cors(policy = SHOP)]
async fn state(State(status): State<StatusCode>) -> StatusCode {
    status
}

#[cors(policy = SHOP)]
async fn undocumented() {}

/// The methods and paths of a document.
fn documented(document: &OpenApi) -> Vec<String> {
    let mut found = Vec::new();
    for (path, item) in &document.paths.paths {
        for (method, operation) in [("GET", &item.get), ("PUT", &item.put)] {
            if operation.is_some() {
                found.push(format!("{method} {path}"));
            }
        }
    }
    found
}

#[tokio::test]
async fn each_way_adds_routes_and_documentation() {
    let products = || OpenApiRouter::new().routes(routes!(list, change));
    let plain = || utoipa_axum::router::OpenApiRouter::new().routes(utoipa_axum::routes!(health));
    let get_products = &["GET /products", "PUT /products"][..];
    let shop = "https://shop.example";
    for (what, router, expected, (path, status, allowed)) in [
        ("routes", products(), get_products, ("/products", "200", shop)),
        (
            "handlers of axum",
            OpenApiRouter::new().routes(utoipa_axum::routes!(health)),
            &["GET /health"],
            ("/health", "200", ""),
        ),
        (
            "a route without words",
            products().route("/more", get(undocumented)),
            get_products,
            ("/more", "200", shop),
        ),
        (
            "a nested router",
            OpenApiRouter::new().nest("/api", products()),
            &["GET /api/products", "PUT /api/products"],
            ("/api/products", "200", shop),
        ),
        (
            "a merged router",
            OpenApiRouter::new().routes(utoipa_axum::routes!(health)).merge(products()),
            &["GET /health", "GET /products", "PUT /products"],
            ("/products", "200", shop),
        ),
        (
            "the other one of these",
            products().merge(OpenApiRouter::new().routes(utoipa_axum::routes!(health))),
            &["GET /health", "GET /products", "PUT /products"],
            ("/health", "200", ""),
        ),
        (
            "a merged router without words",
            products().merge(CorsRouter::new().route("/more", get(undocumented))),
            get_products,
            ("/more", "200", shop),
        ),
        (
            "a merged router of utoipa's",
            products().merge(plain()),
            &["GET /health", "GET /products", "PUT /products"],
            ("/health", "200", ""),
        ),
        (
            "a policy for the others",
            OpenApiRouter::new().routes(utoipa_axum::routes!(health)).policy(&SHOP),
            &["GET /health"],
            ("/health", "200", shop),
        ),
        (
            "a state",
            OpenApiRouter::new().routes(routes!(state)).with_state(StatusCode::ACCEPTED),
            &["GET /state"],
            ("/state", "202", shop),
        ),
        (
            "a layer",
            products().layer(tower_http::set_status::SetStatusLayer::new(StatusCode::IM_A_TEAPOT)),
            get_products,
            ("/products", "418", shop),
        ),
        (
            "anything else",
            products().map(|router| router.default_policy(&SHOP)),
            get_products,
            ("/nowhere", "404", shop),
        ),
    ] {
        assert_eq!(documented(router.openapi()), expected, "{what}");
        let (router, document) = router.split_for_parts();
        assert_eq!(documented(&document), expected, "{what}");
        let app = router.finish().unwrap();
        let answer = send(&app, &format!("GET {path}\norigin: https://shop.example")).await;
        assert!(answer.starts_with(status), "{what}: {answer}");
        let found = field(&answer, "access-control-allow-origin");
        assert_eq!(found.unwrap_or_default(), allowed, "{what}");
    }
}

/// Who may read an API is not for the public to know.
#[test]
fn documents_say_nothing_of_policies() {
    let (_, document) = OpenApiRouter::<()>::new().routes(routes!(list, change)).split_for_parts();
    assert!(!format!("{document:?}").contains(".example"), "{document:?}");
}
