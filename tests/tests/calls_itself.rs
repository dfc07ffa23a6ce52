//! The only router of a process, one of whose handlers hands requests over to it.

mod itself;

use cors_runtime::{CorsRouter, cors, get};
use cors_tests::send;

use crate::itself::{APP, GRANT, LIST, WIDE, ask, plain};

#[tokio::test]
async fn a_handler_that_asks_its_own_router() {
    let app = CorsRouter::new()
        .route("/list", get(cors(&LIST, plain)))
        .route("/plain", axum::routing::get(plain))
        .merge(CorsRouter::new().route("/group", axum::routing::get(plain)).policy(&LIST))
        .route("/old/{*path}", get(cors(&WIDE, ask)))
        .finish()
        .unwrap();
    APP.set(app.clone()).unwrap();
    for path in ["/list", "/group", "/plain"] {
        for prefix in ["", "/old"] {
            let answer = send(&app, &format!("GET {prefix}{path}\norigin: https://evil.example")).await;
            assert!(answer.starts_with("200"), "{prefix}{path} {answer}");
            // What has no policy is the answer of the handler that asks for it.
            assert_eq!(
                answer.contains(GRANT),
                (prefix, path) == ("/old", "/plain"),
                "{prefix}{path} {answer}"
            );
        }
    }
}
