//! Lists with constants, conditions and functions in them.
#![deny(warnings, clippy::all)]

use axum::Json;
use cors_runtime::{MethodRouter, Origin, Policy, cors, get, policy, post};

mod origins {
    pub const SHOP: &str = "https://shop.example";
    pub const SUBDOMAINS: &str = concat!("https://*.", "shop.example");
    pub const LOCAL: &str = "http://localhost:*";
}

const X_API_KEY: &str = "X-Api-Key";
const JSON: &str = "content-type";
const X_TOTAL: &str = "x-total";
const PURGE: &str = "PURGE";

fn is_lan(origin: &Origin<'_>) -> bool {
    origin.host().starts_with("192.168.")
}

#[cors(
    origins = [origins::SHOP, "https://admin.example", origins::LOCAL],
    headers = [X_API_KEY, JSON],
    expose = [X_TOTAL, "etag"],
    methods = ["POST", PURGE],
    credentials,
)]
async fn constants(_: Json<String>) {}

#[cors(origins = [origins::SUBDOMAINS])]
async fn subdomains() {}

#[cors(origins = [origins::SUBDOMAINS], credentials, allow(public_suffix))]
async fn subdomains_with_credentials() {}

#[cors(
    origins = [
        "https://shop.example",
        #[cfg(debug_assertions)]
        "http://localhost:3000",
        #[cfg(not(debug_assertions))]
        "https://cdn.example",
        // This one is in every build.
        "https://admin.example",
        #[cfg(any())]
        env("CORS_ORIGINS"),
        #[cfg(all())]
        when(is_lan),
    ],
    headers = [#[cfg(debug_assertions)] "x-debug", "content-type"],
    expose = [#[cfg(any())] X_TOTAL],
)]
async fn conditions(_: Json<String>) {}

#[cors(origins = [#[cfg(any())] "https://shop.example"])]
async fn nobody() {}

#[cors(origins = ["https://shop.example", when(is_lan), when(Origin::is_loopback)], credentials)]
async fn functions() {}

#[cors(origins = [when(is_lan), env("CORS_ORIGINS", default = []), regex(r"https://[a-z]+\.shop\.example")])]
async fn everything() {}

static SHARED: Policy = policy! { origins = [origins::SHOP, #[cfg(any())] origins::LOCAL], headers = [X_API_KEY, JSON] };
const CONSTANT: Policy = policy! { origins = [origins::SHOP, when(is_lan)], methods = [PURGE] };

// The compiler knows what is in the constants of the other policy.
#[cors(policy = SHARED)]
async fn shared(_: Json<String>) {}

#[cors(policy = CONSTANT)]
async fn constant() {}

struct Shop;

impl Shop {
    #[cors(origins = [origins::SHOP])]
    async fn generic<T: Send + 'static>() {}
}

fn main() {
    let _: [MethodRouter; 10] = [
        post(constants),
        get(subdomains),
        get(subdomains_with_credentials),
        get(conditions),
        get(nobody),
        get(functions),
        get(everything),
        get(shared),
        get(constant),
        get(Shop::generic::<u8>),
    ];
}
