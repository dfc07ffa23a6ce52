//! What a team tests of its own service: that pages can do what they have to, and that nobody widens a policy unseen.

// The shop's own modules, as a service with a library of its own would have them.
#[allow(dead_code, reason = "not all of the shop is tested here")]
#[path = "../shop/api.rs"]
mod api;
#[allow(dead_code, reason = "not all of the shop is tested here")]
#[path = "../shop/store.rs"]
mod store;

use std::{env, fs, path::Path};

use axum::http::Request;
use cors_runtime::{
    browser::{Browser, Credentials},
    diagnostics::CorsError,
};

const PRODUCT: &str = "http://localhost:5000/products/1";

fn app() -> axum::Router {
    api::shop().finish().expect("the shop is set up well")
}

#[tokio::test]
async fn the_storefront_changes_a_product() {
    let page = Browser::new().page("http://localhost:3000");
    let change = Request::put(PRODUCT)
        .header("authorization", "Bearer any")
        .header("content-type", "application/json")
        .body(r#"{"name":"Teapot","price_in_cents":1}"#)
        .unwrap();
    let fetched = page.fetch(&app(), change).credentials(Credentials::Include).await;
    assert_eq!(fetched.preflights().count(), 1);
    assert_eq!(fetched.result.unwrap().status, 200);
}

#[tokio::test]
async fn the_storefront_removes_nothing_and_the_back_office_does() {
    let browser = Browser::new();
    let removal = || Request::delete(PRODUCT).header("authorization", "Bearer any").body("").unwrap();

    let fetched = browser.page("http://localhost:3000").fetch(&app(), removal()).await;
    let blocked = fetched.result.unwrap_err();
    assert_eq!(blocked.error, Some(CorsError::PreflightAllowOriginMismatch));
    assert!(fetched.requests.iter().all(|sent| sent.preflight), "nothing but the question went out");

    let fetched = browser.page("http://admin.localhost:3000").fetch(&app(), removal()).await;
    assert_eq!(fetched.result.unwrap().status, 204);
}

#[tokio::test]
async fn a_page_can_read_that_its_token_is_missing() {
    let page = Browser::new().page("http://localhost:3000");
    let fetched = page.fetch(&app(), Request::get(PRODUCT).body("").unwrap()).await;
    assert_eq!(fetched.result.unwrap().status, 401);
}

/// Whoever changes a policy changes the stored file with it, by `UPDATE_AUDIT=1 cargo test`, and it is seen in the review.
#[test]
fn no_policy_is_widened_unseen() {
    let stored = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/team.audit");
    let audit = api::shop().audit().to_snapshot();
    if env::var_os("UPDATE_AUDIT").is_some() {
        fs::write(&stored, &audit).expect("the file can be written");
    }
    let expected = fs::read_to_string(&stored).expect("the file is there");
    assert_eq!(audit, expected, "a policy has changed; UPDATE_AUDIT=1 cargo test writes it down");
}
