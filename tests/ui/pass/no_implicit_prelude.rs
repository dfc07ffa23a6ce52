//! Nothing has a name that is not written: the expansion brings its own.
#![no_implicit_prelude]
#![deny(warnings)]

use ::cors_runtime::{MethodRouter, Origin, Policy, PolicyHandle, RequestOrigin, cors, get, policy};

const SHOP: &str = "https://shop.example";
static PARTNERS: Policy = policy! { origins = [SHOP, env("PARTNERS", default = [])], headers = ["x-api-key"] };
static HANDLE: PolicyHandle = PolicyHandle::new(policy! { none });

fn is_lan(origin: &Origin<'_>) -> bool {
    origin.is_loopback()
}

async fn policy_of(_origin: RequestOrigin) -> &'static Policy {
    &PARTNERS
}

#[cors(
    origins = [SHOP, "https://*.shop.example", regex(r"https://pr-[0-9]+\.shop\.example"), when(is_lan)],
    headers = ["authorization", "x-a"],
    expose = ["etag"],
    methods = ["GET"],
    max_age = "10m",
    credentials,
    enforce(strict),
    timing
)]
async fn handler() -> &'static str {
    "hello"
}

#[cors(origins = any, headers = [any, "authorization"])]
async fn everybody() {}

#[cors(none)]
async fn nobody() {}

#[cors(policy = PARTNERS, enforce)]
async fn shared() {}

#[cors(policy = HANDLE)]
async fn replaceable() {}

#[cors(delegate = policy_of)]
async fn delegated() {}

fn main() {
    let _: MethodRouter = get(handler).post(everybody).put(nobody).patch(shared).delete(replaceable).options(delegated);
}
