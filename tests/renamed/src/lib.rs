//! Annotated handlers in a crate that has `cors_runtime` under another name only, as one that gets it from a framework
//! does: it is enough that they compile and mount.

use axum::Json;
use renamed::{CorsRouter, Policy, RequestOrigin, SetupError, cors, get, policy};

/// A framework that has `cors_runtime` as a part of it, and wraps its macros.
pub mod framework {
    pub use renamed as cors;

    /// A policy for the pages of one origin.
    #[macro_export]
    macro_rules! pages_of {
        ($origin:literal) => {
            $crate::framework::cors::policy! { crate = $crate::framework::cors, origins = [$origin] }
        };
    }

    /// A handler for the pages of one origin.
    #[macro_export]
    macro_rules! handler {
        ($name:ident, $origin:literal, $body:expr) => {
            /// What the macro wrote.
            #[$crate::framework::cors::cors(crate = $crate::framework::cors, origins = [$origin], enforce)]
            pub async fn $name() -> &'static str {
                $body
            }
        };
    }
}

const SHOP: &str = "https://shop.example";
static PARTNER: Policy = pages_of!("https://partner.example");
const SHARED: Policy =
    policy! { crate = ::renamed, origins = [SHOP, "https://*.shop.example"], headers = ["content-type"] };

handler!(from_a_macro, "https://shop.example", "hello");

/// A policy in place.
#[cors(crate = renamed, origins = [SHOP, env("CORS_RENAMED", default = [])], headers = any, max_age = 600)]
pub async fn inline(Json(name): Json<String>) -> Result<String, String> {
    Ok(name)
}

/// A policy from elsewhere.
#[cors(policy = SHARED, crate = crate::framework::cors)]
pub async fn shared(Json(name): Json<String>) -> String {
    name
}

async fn of_partner(origin: RequestOrigin) -> Option<&'static Policy> {
    origin.as_str()?.ends_with("://partner.example").then_some(&PARTNER)
}

/// A policy that is asked for.
#[cors(crate = renamed, delegate = of_partner, enforce)]
pub async fn delegated() {}

/// No policy.
#[cors(none, crate = renamed)]
pub async fn same_origin() {}

/// All of them, mounted.
///
/// # Errors
///
/// None, as the test says.
pub fn app() -> Result<axum::Router, SetupError> {
    CorsRouter::new()
        .route("/a", get(from_a_macro).post(inline).put(shared))
        .route("/b", get(delegated).post(same_origin))
        .default_policy(&PARTNER)
        .finish()
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_is_set_up() {
        assert!(super::app().is_ok());
    }
}
