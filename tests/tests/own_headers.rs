//! What a handler writes into the fields of CORS by itself does not count where it has a policy: the answer is the one that
//! a handler gets which writes nothing.

use axum::response::AppendHeaders;
use cors_runtime::{CorsRouter, Policy, cors, get};
use cors_tests::send;

#[tokio::test]
async fn whatever_a_handler_writes() {
    let builder = || Policy::builder().origins(["https://shop.example"]);
    let policies = [
        builder(),
        builder().credentials(),
        builder().credentials().expose(["x-b"]),
        builder().expose(["x-b"]),
        builder().origins(["https://other.example"]).credentials().expose(["x-b"]),
        Policy::builder().any_origin().expose(["x-b"]),
    ];
    let allow_origins = [None, Some("https://shop.example"), Some("*"), Some("https://evil.example")];
    let credentials = [None, Some("true"), Some("false")];
    let exposed = [None, Some("x-b"), Some("x-c")];
    let origins = ["", "\norigin: https://shop.example", "\norigin: https://evil.example"];
    for policy in policies.map(|builder| builder.build().unwrap()) {
        let app = |fields: Vec<(&'static str, &'static str)>| {
            let handler = async move || (AppendHeaders(fields), "");
            CorsRouter::new().route("/", get(cors(&policy, handler))).finish().unwrap()
        };
        let bare = app(Vec::new());
        for allow_origin in allow_origins {
            for credentials in credentials {
                for exposed in exposed {
                    let fields = [
                        ("access-control-allow-origin", allow_origin),
                        ("access-control-allow-credentials", credentials),
                        ("access-control-expose-headers", exposed),
                    ];
                    let fields: Vec<_> =
                        fields.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
                    let app = app(fields.clone());
                    for origin in origins {
                        let request = format!("GET /{origin}");
                        let expected = send(&bare, &request).await;
                        assert_eq!(send(&app, &request).await, expected, "{policy} {fields:?} {origin}");
                    }
                }
            }
        }
        // Two lines of one field.
        let twice = vec![("access-control-allow-origin", "https://shop.example"); 2];
        let app = app(twice);
        for origin in origins {
            let request = format!("GET /{origin}");
            assert_eq!(send(&app, &request).await, send(&bare, &request).await, "{policy} {origin}");
        }
    }
}
