//! Policies that are known once the program runs.
#![deny(warnings, clippy::all)]

use std::{convert::Infallible, sync::LazyLock};

use axum::{
    Json,
    extract::{Path, State, ws::WebSocketUpgrade},
    http::{HeaderMap, Uri},
    response::Response,
};
use cors_runtime::{
    MethodRouter, Origin, Policy, PolicyError, PolicyHandle, RequestOrigin, cors, delegate, get, policy, post,
};

#[cors(origins = [env("ORIGINS", default = ["http://localhost:3000"]), "https://shop.example"], credentials)]
async fn of_environment() {}

fn is_ours(origin: &Origin<'_>) -> bool {
    origin.is_loopback() || origin.is_subdomain_of("shop.example")
}

#[cors(origins = when(is_ours), credentials)]
async fn of_function() {}

#[cors(origins = when(Origin::is_loopback))]
async fn of_method() {}

static HANDLE: PolicyHandle = PolicyHandle::new(policy! { none });

// What it will grant is not known, so that a body is no mistake.
#[cors(policy = HANDLE)]
async fn of_handle(_: Json<String>) {}

static BUILT: LazyLock<Policy> = LazyLock::new(|| Policy::NONE);

#[cors(policy = BUILT)]
async fn built(_: Json<String>) {}

static SHARED: Policy = policy! { origins = ["https://shop.example"], headers = ["content-type"] };
const CONSTANT: Policy = policy! { origins = ["https://shop.example"] };

#[cors(policy = SHARED)]
async fn shared(_: Json<String>) {}

#[cors(policy = CONSTANT, allow(missing_content_type))]
async fn constant(_: Json<String>) {}

#[cors(policy = SHARED)]
async fn socket(_: WebSocketUpgrade) -> Response {
    Response::default()
}

#[derive(Clone)]
struct Shop;

async fn policy_of_tenant(
    State(Shop): State<Shop>,
    Path(_): Path<String>,
    _: HeaderMap,
    _: Uri,
    _: RequestOrigin,
) -> Result<Option<Policy>, PolicyError> {
    Ok(None)
}

async fn fixed() -> &'static Policy {
    &SHARED
}

async fn never() -> Result<Policy, Infallible> {
    Ok(Policy::NONE)
}

#[cors(delegate = policy_of_tenant)]
async fn delegated(_: Json<String>) {}

struct Handlers;

impl Handlers {
    #[cors(delegate = fixed)]
    async fn delegated() {}

    #[cors(delegate = never)]
    async fn generic<T: Send>() {}
}

fn main() {
    let _: [MethodRouter<Shop>; 14] = [
        get(of_environment),
        get(of_function),
        get(of_method),
        post(of_handle),
        post(built),
        post(shared),
        post(constant),
        get(socket),
        post(delegated),
        get(Handlers::delegated),
        get(Handlers::generic::<u8>),
        get(cors(delegate(policy_of_tenant), async || "")),
        get(cors(&HANDLE, async || "")),
        get(cors(&*BUILT, async || "")),
    ];
}
