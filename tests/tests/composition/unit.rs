//! A unit of routes, in the forms in which services have them, and what is asked of it.

use axum::{
    Router,
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
    routing,
};
use cors_runtime::{CorsRouter, cors, delete, get, put};
use tower_http::cors::CorsLayer;

pub(crate) const ADMIN: &str = "https://admin.example";
pub(crate) const PARTNER: &str = "https://b.partner.example";
pub(crate) const SHOP: &str = "https://shop.example";
pub(crate) const EVIL: &str = "https://evil.example";

/// A response by which it is seen that a handler has run.
fn ran() -> Response {
    (StatusCode::OK, [(HeaderName::from_static("x-ran"), HeaderValue::from_static("yes"))]).into_response()
}

#[cors(origins = ["https://admin.example"], headers = ["authorization"], credentials)]
async fn invoices() -> Response {
    ran()
}

#[cors(origins = ["https://admin.example"], headers = ["authorization"], credentials)]
async fn remove_invoices() -> Response {
    ran()
}

#[cors(origins = ["https://a.partner.example", "https://b.partner.example"], expose = ["etag"])]
async fn update_invoices() -> Response {
    ran()
}

#[cors(none)]
async fn internal() -> Response {
    ran()
}

#[cors(none)]
async fn remove_internal() -> Response {
    ran()
}

async fn plain() -> Response {
    ran()
}

/// The forms of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    CorsRouter,
    Finished,
    /// Finished, with a layer inside, which puts a gate around it.
    FinishedWithLayer,
    /// Method routers in a plain router, each of which keeps its policies.
    MethodRouters,
    /// The same, with a layer on each chain.
    MethodRoutersWithLayer,
    /// A plain router with a `CorsLayer` for the shop.
    CorsLayer,
    /// A route that hands everything to an upstream, which allows the shop.
    Proxy,
    /// A handler for `OPTIONS`, written by hand, which allows the shop.
    OptionsHandler,
}

impl Form {
    pub(crate) const ALL: [Self; 8] = [
        Self::CorsRouter,
        Self::Finished,
        Self::FinishedWithLayer,
        Self::MethodRouters,
        Self::MethodRoutersWithLayer,
        Self::CorsLayer,
        Self::Proxy,
        Self::OptionsHandler,
    ];

    /// Whether its handlers have policies of their own.
    pub(crate) fn has_policies(self) -> bool {
        !matches!(self, Self::CorsLayer | Self::Proxy | Self::OptionsHandler)
    }
}

/// Which routes a unit has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Routes {
    All,
    /// Those of annotated handlers.
    Annotated,
}

/// The path of handlers without a policy.
pub(crate) const PLAIN: &str = "/plain";

fn cors_router(routes: Routes) -> CorsRouter {
    let router = CorsRouter::new()
        .route("/invoices", get(invoices).delete(remove_invoices).put(update_invoices))
        .route("/internal", get(internal).delete(remove_internal));
    match routes {
        Routes::All => router.route(PLAIN, routing::get(plain).delete(plain)),
        Routes::Annotated => router,
    }
}

/// The unit: with its policies, or plain.
pub(crate) enum Unit {
    Cors(Box<CorsRouter>),
    Plain(Router),
}

pub(crate) fn unit(form: Form, routes: Routes) -> Unit {
    let identity = tower::layer::util::Identity::new;
    let cors_router = || cors_router(routes);
    Unit::Plain(match form {
        Form::CorsRouter => return Unit::Cors(Box::new(cors_router())),
        Form::Finished => cors_router().finish().unwrap(),
        Form::FinishedWithLayer => cors_router().layer(identity()).finish().unwrap(),
        Form::MethodRouters => Router::new()
            .route("/invoices", get(invoices).delete(remove_invoices).put(update_invoices).into())
            .route("/internal", delete(remove_internal).get(internal).into())
            .route(PLAIN, routing::get(plain).delete(plain)),
        Form::MethodRoutersWithLayer => Router::new()
            .route(
                "/invoices",
                put(update_invoices).get(invoices).delete(remove_invoices).layer(identity()).into(),
            )
            .route("/internal", get(internal).delete(remove_internal).layer(identity()).into())
            .route(PLAIN, routing::get(plain).delete(plain)),
        Form::CorsLayer => plain_routes(routing::get(plain).delete(plain).put(plain)).layer(
            CorsLayer::new()
                .allow_origin([HeaderValue::from_static(SHOP), HeaderValue::from_static("https://x.example")])
                .allow_methods([Method::GET, Method::DELETE, Method::PUT]),
        ),
        Form::Proxy => plain_routes(routing::any(upstream)),
        Form::OptionsHandler => plain_routes(
            routing::get(allowing_shop).delete(allowing_shop).put(allowing_shop).options(allow_shop),
        ),
    })
}

fn plain_routes(handlers: routing::MethodRouter) -> Router {
    ["/invoices", "/internal", PLAIN]
        .into_iter()
        .fold(Router::new(), |router, path| router.route(path, handlers.clone()))
}

/// What an upstream answers that allows the shop.
async fn upstream(method: Method) -> Response {
    match method {
        Method::OPTIONS => allow_shop().await,
        _ => allowing_shop().await,
    }
}

async fn allow_shop() -> Response {
    let headers = [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, SHOP),
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, DELETE, PUT"),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

async fn allowing_shop() -> Response {
    ([(header::ACCESS_CONTROL_ALLOW_ORIGIN, SHOP)], ran()).into_response()
}

/// What is asked of a unit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ask {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) origin: Option<&'static str>,
    pub(crate) preflight: bool,
    pub(crate) upgrade: bool,
    /// Whether it gets through an auth layer.
    pub(crate) authorized: bool,
}

const fn request(method: &'static str, path: &'static str, origin: Option<&'static str>) -> Ask {
    Ask { method, path, origin, preflight: false, upgrade: false, authorized: true }
}

const fn preflight(method: &'static str, path: &'static str, origin: &'static str) -> Ask {
    Ask { preflight: true, authorized: false, ..request(method, path, Some(origin)) }
}

const fn handshake(path: &'static str, origin: &'static str) -> Ask {
    Ask { upgrade: true, ..request("GET", path, Some(origin)) }
}

const fn unauthorized(method: &'static str, path: &'static str, origin: &'static str) -> Ask {
    Ask { authorized: false, ..request(method, path, Some(origin)) }
}

pub(crate) const ASKS: &[Ask] = &[
    request("GET", "/invoices", None),
    request("GET", "/invoices", Some("https://api.example")),
    request("GET", "/invoices", Some(ADMIN)),
    request("GET", "/invoices", Some(SHOP)),
    request("GET", "/invoices", Some(EVIL)),
    request("DELETE", "/invoices", Some(ADMIN)),
    request("DELETE", "/invoices", Some(EVIL)),
    request("PUT", "/invoices", Some(PARTNER)),
    request("PUT", "/invoices", Some(ADMIN)),
    request("PUT", "/invoices", Some(SHOP)),
    request("GET", "/internal", Some(SHOP)),
    request("GET", "/internal", Some(EVIL)),
    request("DELETE", "/internal", None),
    request("GET", PLAIN, Some(SHOP)),
    request("DELETE", PLAIN, Some(EVIL)),
    preflight("GET", "/invoices", ADMIN),
    preflight("DELETE", "/invoices", ADMIN),
    preflight("DELETE", "/invoices", SHOP),
    preflight("DELETE", "/invoices", EVIL),
    preflight("PUT", "/invoices", PARTNER),
    preflight("PUT", "/invoices", ADMIN),
    preflight("DELETE", "/internal", SHOP),
    preflight("DELETE", "/internal", EVIL),
    preflight("DELETE", PLAIN, SHOP),
    preflight("DELETE", PLAIN, EVIL),
    handshake("/invoices", ADMIN),
    handshake("/invoices", EVIL),
    handshake("/internal", SHOP),
    handshake(PLAIN, SHOP),
    handshake(PLAIN, EVIL),
    unauthorized("GET", "/invoices", ADMIN),
    unauthorized("GET", "/invoices", SHOP),
    unauthorized("GET", "/internal", EVIL),
    unauthorized("GET", PLAIN, SHOP),
];
