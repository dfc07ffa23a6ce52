//! The attribute in all its forms, where every lint is denied that can apply to generated code.
//!
//! There is nothing to run: that `cargo clippy` says nothing is the test. What is allowed is about the code that is written
//! here by hand.

#![deny(
    future_incompatible,
    keyword_idents,
    let_underscore,
    nonstandard_style,
    refining_impl_trait,
    rust_2018_idioms,
    rust_2021_compatibility,
    rust_2024_compatibility,
    unused,
    warnings
)]
// These are in no group.
#![deny(
    absolute_paths_not_starting_with_crate,
    deprecated_in_future,
    elided_lifetimes_in_paths,
    explicit_outlives_requirements,
    ffi_unwind_calls,
    macro_use_extern_crate,
    meta_variable_misuse,
    missing_abi,
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
    unused_macro_rules,
    unused_qualifications,
    unused_results,
    variant_size_differences
)]
#![deny(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#![allow(
    clippy::absolute_paths,
    clippy::arbitrary_source_item_ordering,
    clippy::blanket_clippy_restriction_lints,
    clippy::exhaustive_structs,
    clippy::implicit_return,
    clippy::missing_errors_doc,
    clippy::missing_inline_in_public_items,
    clippy::question_mark_used,
    clippy::single_call_fn,
    clippy::unused_async,
    reason = "it is about the style of what is written here by hand"
)]

use axum::{
    Json,
    extract::{Path, Query, State},
    response::IntoResponse,
};
use cors_runtime::{
    CorsRouter, Origin, Policy, PolicyHandle, RequestOrigin, SetupError, cors, delete, get, on, options,
    patch, policy, post, put,
};
use http::{HeaderMap, StatusCode};

/// The shop's own pages.
const SHOP: &str = "https://shop.example";
/// A header of ours.
const API_KEY: &str = "x-api-key";

/// For several handlers.
pub static PARTNERS: Policy =
    policy! { origins = ["https://*.partner.example"], headers = ["authorization"], credentials };
/// For several handlers, from the environment.
static MORE: Policy =
    policy! { origins = ["https://shop.example", env("MORE_ORIGINS", default = ["http://localhost:*"])] };
/// For handlers whose policy changes.
static TENANTS: PolicyHandle = PolicyHandle::new(policy! { none });
/// The same as a constant.
const NOBODY: Policy = policy! { none };

/// What all handlers share.
#[derive(Clone, Copy, Debug, Default)]
pub struct App {
    /// How often.
    pub count: u64,
}

/// Every key that one policy can have.
#[cors(
    origins = [SHOP, "https://*.shop.example", "http://localhost:*"],
    headers = ["authorization", "content-type", API_KEY],
    expose = ["etag", "x-total"],
    methods = ["GET", "PUT"],
    max_age = "10m",
    credentials,
    enforce(strict),
    timing,
    allow(redundant, unenforced_websocket)
)]
pub async fn every_key(Path(id): Path<u64>, Json(name): Json<String>) -> Json<String> {
    Json(format!("{id} {name}"))
}

/// Everybody.
#[cors(origins = any, headers = [any, "authorization"], expose = any, max_age = 600)]
async fn everybody() -> &'static str {
    "everybody"
}

/// Nobody.
#[cors(none)]
async fn nobody() {}

/// An expression and a function.
#[cors(origins = [regex(r"https://pr-[0-9]+\.shop\.example"), when(is_lan)])]
async fn decided(headers: HeaderMap) -> impl IntoResponse {
    headers.len().to_string()
}

/// A function alone.
#[cors(origins = when(is_lan), enforce)]
async fn decided_by_a_function() -> Result<String, StatusCode> {
    Err(StatusCode::NOT_FOUND)
}

/// The environment.
#[cors(origins = [env("SHOP_ORIGINS", default = ["https://shop.example"])])]
async fn from_the_environment() {}

/// By a path.
#[cors(policy = PARTNERS, enforce)]
async fn by_path(Query(text): Query<String>) -> String {
    text
}

/// By a path, from the environment.
#[cors(policy = MORE)]
async fn more() {}

/// By a handle.
#[cors(policy = TENANTS, allow(unenforced_websocket))]
async fn by_handle() {}

/// By a constant.
#[cors(policy = NOBODY)]
async fn by_constant() {}

/// By a function.
#[cors(delegate = policy_of, enforce)]
async fn delegated() {}

/// By a function with a state.
#[cors(delegate = policy_in, state = App)]
async fn delegated_with_state(State(app): State<App>) -> String {
    app.count.to_string()
}

/// With the crate named.
#[cors(origins = ["https://shop.example"], crate = ::cors_runtime)]
async fn by_another_name() {}

/// A handler with type parameters and bounds.
#[cors(origins = ["https://shop.example"])]
pub async fn generic<T>(State(app): State<App>) -> String
where
    T: Default + ToString,
{
    format!("{} {}", T::default().to_string(), app.count)
}

/// Handlers from a macro.
macro_rules! handlers {
    ($($name:ident $origin:literal),*) => {
        $(
            /// From a macro.
            #[cors(origins = [$origin])]
            pub async fn $name() {}
        )*
    };
}

handlers!(first "https://first.example", second "https://second.example");

/// This network.
fn is_lan(origin: &Origin<'_>) -> bool {
    origin.is_loopback()
}

/// The policy of a partner.
async fn policy_of(origin: RequestOrigin) -> Option<&'static Policy> {
    origin.parsed()?.is_subdomain_of("partner.example").then_some(&PARTNERS)
}

/// The policy, if there has been anything.
async fn policy_in(State(app): State<App>) -> Option<Policy> {
    (app.count > 0).then(|| policy! { origins = ["https://shop.example"], headers = [API_KEY] })
}

/// The application.
pub fn app(state: App) -> Result<axum::Router, SetupError> {
    CorsRouter::new()
        .route("/every-key/{id}", get(every_key).put(every_key))
        .route("/everybody", get(everybody).post(everybody))
        .route("/nobody", get(nobody).delete(nobody))
        .route("/decided", put(decided).patch(decided_by_a_function))
        .route("/environment", post(from_the_environment).get(more))
        .route("/path", delete(by_path).options(by_handle))
        .route("/constant", patch(by_constant))
        .route("/delegated", get(delegated).put(delegated_with_state))
        .route("/name", on(axum::routing::MethodFilter::GET, by_another_name))
        .route("/generic", get(generic::<u8>).put(generic::<String>))
        .route("/macro", get(first).options(second))
        .route("/at-the-route", get(cors(&PARTNERS, async || "hello")))
        .route("/options", options(nobody))
        .with_state(state)
        .finish()
}
