//! Policies that stand by themselves.
#![deny(warnings)]

use cors_runtime::{CorsRouter, Policy, cors, get, policy};

static PARTNER: Policy = policy! {
    origins = ["https://partner.example", "https://*.partner.example"],
    headers = ["x-api-key"],
    max_age = "10m",
};

mod policies {
    pub const PUBLIC: &cors_runtime::Policy = {
        static PUBLIC: cors_runtime::Policy = cors_runtime::policy!(origins = any);
        &PUBLIC
    };
}

struct Shop;

impl Shop {
    #[cors(policy = PARTNER)]
    async fn prices() -> &'static str {
        "prices"
    }
}

#[cors(policy = policies::PUBLIC)]
async fn version() -> &'static str {
    "1.0"
}

fn main() {
    let app: Result<axum::Router, _> = CorsRouter::new()
        .route("/prices", get(Shop::prices))
        .route("/version", get(version))
        .route("/closure", get(cors(&PARTNER, async || "closure")))
        .default_policy(&PARTNER)
        .finish();
    assert!(app.is_ok());
}
