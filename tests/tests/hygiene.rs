//! Annotated handlers where every name that generated code could lean on is somebody else's: no prelude, modules that are
//! named as crates are, types and macros that are named as those of the standard library.
//!
//! It is enough that it compiles, mounts, and answers as written.

#![allow(
    dead_code,
    unused_macros,
    non_camel_case_types,
    non_upper_case_globals,
    reason = "names that nobody uses are what this is about"
)]

use cors_tests::send;

/// Without a prelude, and with nothing that is in it.
mod without_prelude {
    #![no_implicit_prelude]

    use ::cors_runtime::{Origin, Policy as P, cors, policy};

    const SHOP: &str = "https://shop.example";
    pub(crate) static SHARED: P =
        policy! { origins = [SHOP, "https://*.shop.example"], headers = ["content-type"] };

    fn is_ours(origin: &Origin<'_>) -> bool {
        origin.is_subdomain_of("shop.example")
    }

    async fn of_tenant() -> P {
        ::std::clone::Clone::clone(&SHARED)
    }

    #[cors(
        origins = [SHOP, "https://*.shop.example:8443", regex(r"https://(www\.)?shop\.example"), when(is_ours)],
        headers = ["authorization"], expose = ["etag"], methods = ["GET"], max_age = "10m", credentials, enforce,
        timing, allow(redundant)
    )]
    pub(crate) async fn everything() -> &'static str {
        "everything"
    }

    #[cors(origins = [env("CORS_HYGIENE", default = ["https://shop.example"])])]
    pub(crate) async fn from_the_environment() -> ::std::string::String {
        ::std::convert::From::from("environment")
    }

    #[cors(policy = SHARED, enforce)]
    pub(crate) async fn shared(::axum::Json(number): ::axum::Json<u8>) -> ::axum::Json<u8> {
        ::axum::Json(number)
    }

    #[cors(delegate = of_tenant)]
    pub(crate) async fn delegated() -> ::std::result::Result<&'static str, ::std::string::String> {
        let number: u8 = <u8 as ::std::str::FromStr>::from_str("5")
            .map_err(|error| ::std::string::ToString::to_string(&error))?;
        ::std::result::Result::Ok(if number == 5 { "delegated" } else { "" })
    }

    #[cors(none)]
    pub(crate) async fn same_origin() {}
}

/// With all of these names taken by something else.
mod taken {
    use ::cors_runtime::{Policy as P, cors, policy};

    mod alloc {}
    mod axum {}
    mod core {}
    mod cors_rules {}
    mod cors_runtime {}
    mod http {}
    mod std {}
    mod tokio {}

    enum Option {}
    enum Result {}
    struct Some;
    struct None;
    struct Ok;
    struct Err;
    struct Box;
    struct Vec;
    struct String;
    struct Policy;
    struct PolicySource;
    struct Cors;
    struct __private;
    struct LazyPolicy;
    struct value;
    struct message;
    const origin: () = ();
    trait HasPolicy {}
    trait Into {}
    trait From {}
    trait Future {}
    trait Send {}
    trait Sized {}
    trait Clone {}
    type u8 = ();
    type u32 = ();
    type bool = ();
    type str = ();

    macro_rules! assert {
        ($($any:tt)*) => {
            compile_error!("not this one")
        };
    }
    macro_rules! panic {
        ($($any:tt)*) => {
            compile_error!("not this one")
        };
    }
    macro_rules! file {
        ($($any:tt)*) => {
            compile_error!("not this one")
        };
    }
    macro_rules! line {
        ($($any:tt)*) => {
            compile_error!("not this one")
        };
    }
    macro_rules! concat {
        ($($any:tt)*) => {
            compile_error!("not this one")
        };
    }
    macro_rules! stringify {
        ($($any:tt)*) => {
            compile_error!("not this one")
        };
    }

    const SHOP: &::core::primitive::str = "https://shop.example";
    static SHARED: P = policy! { origins = [SHOP, "https://*.shop.example"], headers = ["content-type"] };

    async fn of_tenant() -> P {
        ::std::clone::Clone::clone(&SHARED)
    }

    fn is_ours(page: &::cors_runtime::Origin<'_>) -> ::core::primitive::bool {
        page.is_subdomain_of("shop.example")
    }

    #[cors(
        origins = [SHOP, "https://*.shop.example:8443", regex(r"https://(www\.)?shop\.example"), when(is_ours)],
        headers = ["authorization"], expose = ["etag"], max_age = 5, credentials, enforce, allow(redundant)
    )]
    pub(crate) async fn everything() -> &'static ::core::primitive::str {
        "everything"
    }

    #[cors(policy = SHARED)]
    pub(crate) async fn shared(
        ::axum::Json(number): ::axum::Json<::core::primitive::u8>,
    ) -> ::axum::Json<::core::primitive::u8> {
        ::axum::Json(number)
    }

    #[cors(delegate = of_tenant)]
    pub(crate) async fn delegated() -> &'static ::core::primitive::str {
        "delegated"
    }
}

#[tokio::test]
async fn they_answer_as_they_are_written() {
    use cors_runtime::{CorsRouter, get, post};

    let app = CorsRouter::new()
        .route("/a", get(without_prelude::everything))
        .route("/b", get(without_prelude::from_the_environment).post(without_prelude::same_origin))
        .route("/c", get(without_prelude::delegated))
        .route("/d", get(taken::everything))
        .route("/e", get(taken::delegated))
        .route("/f", post(taken::shared))
        .finish()
        .unwrap();
    for path in ["/a", "/b", "/c", "/d", "/e"] {
        let response = send(&app, &format!("GET {path}\norigin: https://shop.example")).await;
        assert!(response.contains("access-control-allow-origin: https://shop.example"), "{path}: {response}");
    }
    let preflight = "OPTIONS /f\norigin: https://a.shop.example\naccess-control-request-method: POST\n\
                     access-control-request-headers: content-type";
    assert!(send(&app, preflight).await.starts_with("204"));
}
