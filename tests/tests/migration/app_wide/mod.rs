//! The service with a policy's layer in the place of each `CorsLayer`. Its handlers are those from before.

use std::{error::Error, time::Duration};

use axum::{
    Json, Router,
    extract::DefaultBodyLimit,
    http::StatusCode,
    middleware::from_fn_with_state,
    routing::{delete, get, post, put},
};
use cors_runtime::{Policy, policy};
use tower::ServiceBuilder;
use tower_http::{
    catch_panic::CatchPanicLayer, compression::CompressionLayer, services::ServeDir, timeout::TimeoutLayer,
    trace::TraceLayer,
};
use utoipa::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::before::handlers::*;
use crate::service::{AppState, Config, require_admin, require_user};

#[derive(OpenApi)]
#[openapi(info(title = "Shop"))]
struct Document;

static PUBLIC: Policy = policy! { origins = any };

pub(crate) fn app(config: &Config) -> Result<Router, Box<dyn Error>> {
    let state = AppState::new();

    let storefront_policy = Policy::builder()
        .origins(&config.storefront)
        .headers(["authorization", "content-type", "x-request-id"])
        .expose(["etag", "x-total-count"])
        .credentials()
        .max_age(600)
        .build()?;

    let (public, document) = OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(list_products))
        .routes(routes!(show_product))
        .routes(routes!(search))
        .split_for_parts();
    let public = public
        .route("/status", get(status))
        .route("/openapi.json", get(async || Json(document)))
        .layer(PUBLIC.layer());

    let storefront = Router::new()
        .route("/orders", get(list_orders).post(create_order))
        .route("/orders/{id}", get(show_order).put(change_order).delete(remove_order))
        .route("/orders/{id}/cancel", post(cancel_order))
        .route("/me", get(show_profile).patch(change_profile))
        .route("/addresses", get(list_addresses).post(add_address))
        .route("/addresses/{id}", delete(remove_address))
        .route("/cart", get(show_cart))
        .route("/cart/items/{id}", put(put_into_cart).delete(take_from_cart))
        .route("/cart/checkout", post(check_out))
        .route("/uploads", post(upload).layer(DefaultBodyLimit::max(1024)))
        .route("/export", get(export))
        .route("/notifications", get(notifications))
        .layer(from_fn_with_state(state.clone(), require_user))
        .route("/session", post(log_in).delete(log_out))
        .route("/live", get(live))
        .layer(storefront_policy.layer());

    let back_office = Router::new()
        .route("/users", get(list_users))
        .route("/users/{name}", delete(remove_user))
        .route("/products", post(add_product))
        .route("/products/{id}", put(change_product).delete(remove_product))
        .route("/log", get(show_log))
        .layer(from_fn_with_state(state.clone(), require_admin));

    let assets = ServiceBuilder::new().layer(PUBLIC.layer()).service(ServeDir::new(&config.assets));

    Ok(Router::new()
        .nest("/public", public)
        .nest("/api", storefront)
        .nest("/admin", back_office)
        .nest_service("/assets", assets)
        .route("/health", get(health))
        .fallback(not_found)
        .layer(CatchPanicLayer::new())
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, Duration::from_secs(10)))
        .layer(CompressionLayer::new())
        .layer(TraceLayer::new_for_http())
        .with_state(state))
}
