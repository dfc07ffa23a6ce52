//! Lists that only the compiler, or the program when it runs, knows in full: constants, conditions, functions and variables
//! in one list. Which requests they let in, over the wire.

use cors_runtime::{CorsRouter, Origin, Policy, cors, get, policy};
use cors_tests::{check, send};

const SHOP: &str = "https://shop.example";
const SUBDOMAINS: &str = "https://*.shop.example";
const X_API_KEY: &str = "X-Api-Key";
const X_TOTAL: &str = "X-Total";

fn is_lan(origin: &Origin<'_>) -> bool {
    origin.scheme() == "http" && origin.host().starts_with("192.168.")
}

#[cors(
    origins = [
        SHOP,
        SUBDOMAINS,
        "moz-extension://*",
        #[cfg(debug_assertions)]
        "http://debug.example",
        #[cfg(not(debug_assertions))]
        "http://release.example",
        env("CORS_LISTS", default = []),
        regex(r"https://pr-[0-9]+\.preview\.example"),
        when(is_lan),
    ],
    headers = [X_API_KEY, #[cfg(any())] "x-never", "content-type"],
    expose = [X_TOTAL],
)]
async fn everything() {}

/// What is in no build is nobody, and not everybody.
#[cors(origins = [#[cfg(any())] "https://shop.example"])]
async fn nobody() {}

static SHARED: Policy = policy! { origins = [SHOP], headers = [X_API_KEY] };

fn app() -> axum::Router {
    let router = CorsRouter::new().route("/everything", get(everything)).route("/nobody", get(nobody));
    router.route("/shared", get(cors(&SHARED, async || {}))).finish().unwrap()
}

#[tokio::test]
async fn each_kind_of_entry_lets_its_origins_in() {
    let app = app();
    let in_build = if cfg!(debug_assertions) { "http://debug.example" } else { "http://release.example" };
    let not_in_build = if cfg!(debug_assertions) { "http://release.example" } else { "http://debug.example" };
    for (origin, is_allowed) in [
        (SHOP, true),
        ("https://a.shop.example", true),
        ("moz-extension://2c127fa4-62c7-7e4f-90e5-472b45eecfdc", true),
        ("moz-extension://A.b~c", true),
        (in_build, true),
        ("https://pr-7.preview.example", true),
        ("http://192.168.1.7:3000", true),
        (not_in_build, false),
        ("https://evil.example", false),
        ("https://evilshop.example", false),
        ("moz-extension://", false),
        ("moz-extension://a/b", false),
        ("chrome-extension://a", false),
        ("https://192.168.1.7", false),
        ("null", false),
    ] {
        let response = send(&app, &format!("GET /everything\norigin: {origin}")).await;
        let allowed = response.contains(&format!("access-control-allow-origin: {origin}"));
        assert_eq!(allowed, is_allowed, "{origin}\n{response}");
        let response = send(&app, &format!("GET /nobody\norigin: {origin}")).await;
        assert!(!response.contains("access-control-allow-origin"), "{origin}\n{response}");
    }
}

#[tokio::test]
async fn names_in_constants_are_sent() {
    let preflight = |path: &str| {
        format!(
            "OPTIONS {path}\norigin: {SHOP}\naccess-control-request-method: GET\naccess-control-request-headers: x-api-key"
        )
    };
    check(
        app(),
        &[
            (
                "in lower case, whatever case the constant has, and what is in no build is not there",
                &preflight("/everything"),
                "204
                access-control-allow-headers: x-api-key, content-type
                access-control-allow-methods: GET, HEAD
                access-control-allow-origin: https://shop.example
                vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
            ),
            (
                "also of a policy on its own",
                &preflight("/shared"),
                "204
                access-control-allow-headers: x-api-key
                access-control-allow-methods: GET, HEAD
                access-control-allow-origin: https://shop.example
                vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
            ),
            (
                "exposed",
                &format!("GET /everything\norigin: {SHOP}"),
                "200
                access-control-allow-origin: https://shop.example
                access-control-expose-headers: x-total
                vary: Origin",
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_variable_adds_to_constants_and_functions() {
    let app = temp_env::with_var("CORS_LISTS", Some("https://operator.example"), app);
    for origin in ["https://operator.example", SHOP, "http://192.168.1.7"] {
        let response = send(&app, &format!("GET /everything\norigin: {origin}")).await;
        assert!(response.contains(&format!("access-control-allow-origin: {origin}")), "{response}");
    }
}

/// Only the compiler knows that a constant says what another entry says. It is one origin all the same.
#[tokio::test]
async fn constants_that_repeat_others() {
    const SHOP_AGAIN: &str = "https://shop.example";

    #[cors(origins = [SHOP, "https://shop.example", SHOP_AGAIN])]
    async fn one() {}

    let router = CorsRouter::new().route("/", get(one));
    assert!(!router.audit().to_string().contains("https://shop.example, https://shop.example"));
    check(
        router.finish().unwrap(),
        &[
            (
                "itself",
                "GET /\norigin: https://shop.example",
                "200\naccess-control-allow-origin: https://shop.example",
            ),
            (
                "another",
                "GET /\norigin: https://evil.example",
                "200\naccess-control-allow-origin: https://shop.example",
            ),
        ],
    )
    .await;
}
