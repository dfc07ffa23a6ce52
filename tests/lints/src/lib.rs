//! Annotated handlers in a crate that has every lint of rustc and of clippy turned on.
//!
//! It is enough that it compiles without a warning, by `cargo clippy`: what the macros generate is no reason for one.
#![deny(
    warnings,
    future_incompatible,
    keyword_idents,
    let_underscore,
    nonstandard_style,
    refining_impl_trait,
    rust_2018_idioms,
    rust_2021_compatibility,
    rust_2024_compatibility,
    unused
)]
// What is in no group.
#![deny(
    absolute_paths_not_starting_with_crate,
    ambiguous_negative_literals,
    deprecated_in_future,
    explicit_outlives_requirements,
    ffi_unwind_calls,
    macro_use_extern_crate,
    meta_variable_misuse,
    missing_copy_implementations,
    missing_debug_implementations,
    missing_docs,
    non_ascii_idents,
    redundant_imports,
    redundant_lifetimes,
    single_use_lifetimes,
    trivial_casts,
    trivial_numeric_casts,
    unit_bindings,
    unnameable_types,
    unreachable_pub,
    unsafe_code,
    unused_crate_dependencies,
    unused_import_braces,
    unused_lifetimes,
    unused_qualifications,
    unused_results,
    variant_size_differences
)]
#![deny(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#![allow(clippy::blanket_clippy_restriction_lints, reason = "all of them are what this crate is for")]
#![allow(
    clippy::absolute_paths,
    clippy::arbitrary_source_item_ordering,
    clippy::implicit_return,
    clippy::question_mark_used,
    clippy::single_call_fn,
    reason = "the code here is written as people write it, and these would be about that"
)]

use axum::{
    Json,
    extract::{Path, Query, State},
};
use cors_runtime::{
    CorsRouter, Origin, Policy, PolicyHandle, RequestOrigin, SetupError, any, cors, delete, get, policy,
    post, put,
};

/// A constant among the origins.
const SHOP: &str = "https://shop.example";

/// A policy for several handlers.
static SHARED: Policy =
    policy! { origins = [SHOP, "https://*.shop.example"], headers = ["content-type"], credentials };

/// A policy that can be replaced.
static REPLACED: PolicyHandle = PolicyHandle::new(policy! { origins = ["https://shop.example"] });

/// Who is ours.
fn is_ours(origin: &Origin<'_>) -> bool {
    origin.is_subdomain_of("shop.example")
}

/// The policy of a tenant.
async fn of_tenant(origin: RequestOrigin) -> Option<Policy> {
    (origin.as_str() == Some(SHOP)).then_some(Policy::NONE)
}

/// The state.
#[derive(Clone, Copy, Debug)]
pub struct App(u64);

/// Nothing in, nothing out.
#[cors(origins = any)]
async fn nothing() {}

/// Every key.
#[cors(
    origins = ["https://shop.example", "https://*.partner.example", "http://localhost:*", SHOP, env("SHOPS", default = [])],
    headers = ["authorization", "Content-Type"],
    expose = ["etag"],
    methods = ["PUT"],
    max_age = "10m",
    credentials,
    enforce,
    timing,
    allow(redundant, insecure_origins)
)]
async fn everything(Path(id): Path<u64>, Json(name): Json<String>) -> Result<Json<String>, String> {
    let number = name.parse::<u64>().map_err(|error| error.to_string())?;
    Ok(Json(number.max(id).to_string()))
}

/// A regular expression and a function.
#[cors(origins = [regex(r"https://(www\.)?shop\.example"), when(is_ours)], enforce(strict))]
async fn computed(Query(number): Query<u64>) -> impl axum::response::IntoResponse {
    number.to_string()
}

/// No pages of others.
#[cors(none)]
async fn same_origin(State(App(number)): State<App>) -> String {
    number.to_string()
}

/// A policy that is written elsewhere.
#[cors(policy = SHARED, enforce, allow(unenforced_websocket))]
async fn shared(Json(number): Json<u64>) -> Json<u64> {
    Json(number)
}

/// A policy that can be replaced.
#[cors(policy = REPLACED)]
async fn replaced<State>() -> &'static str
where
    State: Send,
{
    "replaced"
}

/// A policy by request.
#[cors(delegate = of_tenant, enforce)]
async fn delegated() -> Result<(), String> {
    Ok(())
}

/// All of them, mounted.
///
/// # Errors
///
/// The variable of the environment may be wrong.
#[inline]
pub fn app() -> Result<axum::Router, SetupError> {
    CorsRouter::new()
        .route("/nothing", get(nothing))
        .route("/everything/{id}", put(everything))
        .route("/computed", any(computed))
        .route("/own", delete(same_origin))
        .route("/shared", post(shared))
        .route("/replaced", get(replaced::<u8>))
        .route("/delegated", get(delegated))
        .with_state(App(7))
        .finish()
}
