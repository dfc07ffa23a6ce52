//! Headers that are injected by a configuration: whatever a policy says becomes the value of a header field, so nothing
//! but names, methods and origins can be in it.

use cors_runtime::{CorsRouter, Policy, any, cors};
use cors_tests::respond;

use crate::{preflight, request};

const BREAKS: [&str; 10] = [
    "\r\nset-cookie: a=b",
    "\n",
    "\r",
    "\0",
    ", *",
    ",https://evil.example",
    " https://evil.example",
    "\u{2028}",
    "\u{10a}\u{10d}",
    "\t",
];

/// Each key, by each way that a policy can come from.
#[test]
fn header_injection_through_configuration() {
    for text in BREAKS {
        for entry in [format!("x-a{text}"), format!("{text}x-a"), text.to_owned()] {
            let origin = format!("https://shop.example{entry}");
            for (key, builder) in [
                ("origins", Policy::builder().origins([&*origin])),
                ("origins", Policy::builder().origins([&*entry])),
                ("headers", Policy::builder().any_origin().headers([&*entry])),
                ("expose", Policy::builder().any_origin().expose([&*entry])),
                ("methods", Policy::builder().any_origin().methods([&*entry])),
                ("max_age", Policy::builder().any_origin().max_age(&*entry)),
            ] {
                assert!(builder.build().is_err(), "{key} {entry:?}");
            }
            let entry = serde_json::to_string(&entry).unwrap();
            for key in ["origins", "headers", "expose", "methods"] {
                let origins = if key == "origins" { "" } else { "\"origins\": [\"*\"], " };
                let document = format!("{{{origins}\"{key}\": [{entry}]}}");
                assert!(serde_json::from_str::<Policy>(&document).is_err(), "{document}");
            }
        }
    }
}

/// A variable is a list, and its separators make entries, each of which is checked.
#[test]
fn header_injection_through_the_environment() {
    #[cors(origins = [env("CORS_ATTACK_ORIGINS")])]
    async fn handler() {}

    for (text, is_taken) in [
        ("https://shop.example", true),
        // A list of two, and no way to write anything else.
        ("https://shop.example\r\nhttps://other.example", true),
        ("https://shop.example\r\nset-cookie: a=b", false),
        ("https://shop.example/,x", false),
        ("https://shop.example\u{b}x: y", false),
        ("null", false),
    ] {
        temp_env::with_var("CORS_ATTACK_ORIGINS", Some(text), || {
            let finished = CorsRouter::<()>::new().route("/", any(handler)).finish();
            assert_eq!(finished.is_ok(), is_taken, "{text:?}");
        });
    }
}

/// Nothing of a request becomes a part of a response but the origin, once it is allowed, and a method of no standard,
/// under a policy that allows all methods: both as they were sent, and each as one value.
#[tokio::test]
async fn header_injection_through_requests() {
    let policy =
        Policy::builder().origins(["https://*.shop.example", "https://shop.example"]).build().unwrap();
    let app = CorsRouter::new().route("/", any(cors(&policy, async || ()))).finish().unwrap();
    for method in ["PURGE", "x-a", "!#$%&'*+-.^_`|~"] {
        let response = respond(&app, preflight(method, "/", b"https://a.shop.example")).await;
        assert_eq!(response.headers()["access-control-allow-methods"], method);
        assert_eq!(response.headers()["access-control-allow-origin"], "https://a.shop.example");
    }
    for method in ["GET, PURGE", "PURGE:", "a b", "\"", "PURGE\t", "{}", "TRACE", "trace", "CONNECT"] {
        let response = respond(&app, preflight(method, "/", b"https://a.shop.example")).await;
        assert_eq!(response.status(), 403, "{method}");
        assert!(!response.headers().contains_key("access-control-allow-methods"), "{method}");
    }
    let response =
        respond(&app, request("GET", "/?\u{e9}=%0d%0aset-cookie:a", b"https://a.shop.example")).await;
    assert_eq!(response.headers().len(), 3, "{response:?}");
}
