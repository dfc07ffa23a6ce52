//! A preflight carries no credentials and is sent without asking anybody, so nothing of the user's may run for it.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    extract::{FromRequestParts, Request, State},
    http::{StatusCode, request::Parts},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing,
};
use cors_runtime::{CorsRouter, Policy, any, cors, get, policy};
use cors_tests::{field, respond, send};

use crate::preflight;

/// What has run.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<&'static str>>>);

impl Log {
    fn note(&self, what: &'static str) {
        self.0.lock().unwrap().push(what);
    }

    fn take(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// An extractor that changes something.
struct Audited;

impl FromRequestParts<Log> for Audited {
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, log: &Log) -> Result<Self, Infallible> {
        log.note("extractor");
        Ok(Self)
    }
}

#[cors(origins = ["https://shop.example", "https://*.shop.example"], headers = ["authorization"], credentials)]
async fn transfer(_: Audited, State(log): State<Log>) {
    log.note("handler");
}

#[cors(origins = ["https://shop.example"])]
async fn options(_: Audited, State(log): State<Log>) {
    log.note("OPTIONS handler");
}

#[cors(none)]
async fn internal(State(log): State<Log>) {
    log.note("handler");
}

async fn fallback(State(log): State<Log>) -> StatusCode {
    log.note("fallback");
    StatusCode::NOT_FOUND
}

async fn note(State(log): State<Log>, request: Request, next: Next) -> Response {
    log.note("layer");
    next.run(request).await
}

/// Without the cookies and tokens that a preflight does not have, it would let nothing through.
async fn auth(State(log): State<Log>, request: Request, next: Next) -> Response {
    log.note("layer");
    match request.headers().contains_key("authorization") {
        true => next.run(request).await,
        false => StatusCode::UNAUTHORIZED.into_response(),
    }
}

static DEFAULT: Policy = policy! { origins = ["https://shop.example"] };

/// The compositions in which a router knows its paths.
fn apps(log: &Log) -> Vec<(&'static str, Router)> {
    let routes = || {
        CorsRouter::new()
            .route("/transfer", any(transfer))
            .route("/both", get(transfer).options(options))
            .route("/internal", any(internal))
    };
    let note = from_fn_with_state(log.clone(), note);
    let auth = from_fn_with_state(log.clone(), auth);
    let finish = |router: CorsRouter<Log>| router.with_state(log.clone()).finish().unwrap();
    let log = log.clone();
    vec![
        ("endpoints alone", finish(routes())),
        ("with a layer", finish(routes().layer(note.clone()))),
        ("with an auth layer", finish(routes().layer(auth.clone()))),
        ("with a fallback", finish(routes().fallback(fallback))),
        (
            "a layer on a path",
            finish(CorsRouter::new().route("/transfer", any(transfer).layer(note.clone()))),
        ),
        ("merged", finish(CorsRouter::new().merge(routes().layer(note.clone())).layer(auth.clone()))),
        ("under a default policy", finish(routes().default_policy(&DEFAULT).layer(note.clone()))),
        (
            "finished, in a plain router",
            Router::new().merge(finish(routes().layer(note.clone()))).with_state(()),
        ),
        (
            "method routers in a plain router",
            Router::new()
                .route("/transfer", any(transfer).layer(note).into())
                .route("/both", get(transfer).options(options).into())
                .route("/internal", any(internal).into())
                .with_state(log),
        ),
    ]
}

/// A preflight runs no handler, extractor, layer or fallback, whoever sends it and whatever it asks for.
///
/// CVE-2020-5397 (Spring: requests without the credentials that the check relied on)
#[tokio::test]
async fn preflight_runs_nothing() {
    let log = Log::default();
    for (name, app) in apps(&log) {
        for path in ["/transfer", "/both", "/internal"] {
            if name == "a layer on a path" && path != "/transfer" {
                continue;
            }
            for origin in ["https://shop.example", "https://evil.example", "null", "\u{e9}"] {
                for method in ["GET", "POST", "PUT", "PURGE", "OPTIONS", "CONNECT", "get", "G E T", ""] {
                    let mut request = preflight(method, path, origin.as_bytes());
                    for (field, value) in [
                        ("access-control-request-headers", "authorization"),
                        ("authorization", "Bearer stolen"),
                        ("cookie", "session=1"),
                        ("content-length", "0"),
                    ] {
                        request.headers_mut().insert(field, value.parse().unwrap());
                    }
                    let response = respond(&app, request).await;
                    assert_eq!(log.take(), [""; 0], "{name}: preflight of {method} {path} from {origin}");
                    assert!(
                        [StatusCode::NO_CONTENT, StatusCode::FORBIDDEN].contains(&response.status()),
                        "{name}: preflight of {method} {path} from {origin}: {response:?}"
                    );
                }
            }
        }
    }
}

/// What only looks like a preflight is none: it goes where any `OPTIONS` request goes, and is granted no more than any.
#[tokio::test]
async fn requests_that_look_like_preflights() {
    let log = Log::default();
    for (name, app) in apps(&log) {
        // Other methods, which a page can send without asking.
        for method in ["GET", "POST"] {
            let request = format!(
                "{method} /transfer\norigin: https://evil.example\naccess-control-request-method: PUT\nauthorization: me"
            );
            let response = send(&app, &request).await;
            assert!(log.take().contains(&"handler") && response.starts_with("200"), "{name}: {response}");
            assert!(!response.contains("access-control-allow"), "{name}: {response}");
        }
        // No `Origin`, so that nobody needs a grant.
        let request = "OPTIONS /transfer\naccess-control-request-method: PUT\nauthorization: me";
        let response = send(&app, request).await;
        assert!(!response.contains("access-control-allow"), "{name}: {response}");
        log.take();
    }
}

/// One method's policy is not another's: an attacker asks by the preflight of the method that is open.
#[tokio::test]
async fn policy_of_a_sibling_method() {
    #[cors(origins = any)]
    async fn show() {}

    #[cors(origins = ["https://admin.example"], headers = ["authorization"], credentials)]
    async fn remove() {}

    #[cors(origins = ["https://shop.example", "https://admin.example"])]
    async fn update() {}

    let routes = || CorsRouter::new().route("/", get(show).delete(remove).put(update).post(update));
    let merged = || {
        CorsRouter::new()
            .route("/", get(show))
            .route("/", cors_runtime::delete(remove))
            .merge(CorsRouter::new().route("/", cors_runtime::put(update).post(update)))
    };
    for app in [crate::both(routes), crate::both(merged)].concat() {
        for (method, origin, methods) in [
            ("GET", "https://evil.example", Some("GET, HEAD")),
            ("HEAD", "https://evil.example", Some("GET, HEAD")),
            ("DELETE", "https://evil.example", None),
            ("PUT", "https://evil.example", None),
            ("DELETE", "https://shop.example", None),
            ("PUT", "https://shop.example", Some("POST, PUT")),
            ("DELETE", "https://admin.example", Some("DELETE")),
            // What has no handler has no policy, and the browser's spelling is the one that counts.
            ("PATCH", "https://evil.example", None),
            ("delete", "https://admin.example", None),
            ("OPTIONS", "https://evil.example", None),
            ("GET, DELETE", "https://evil.example", None),
            ("GET\u{e9}", "https://evil.example", None),
        ] {
            let preflight = format!("OPTIONS /\norigin: {origin}\naccess-control-request-method: {method}");
            let response = send(&app, &preflight).await;
            let allowed = field(&response, "access-control-allow-methods");
            assert_eq!(allowed, methods, "{preflight}: {response}");
            let status = if methods.is_some() { "204" } else { "403" };
            assert!(response.starts_with(status), "{preflight}: {response}");
        }
        // Two of them: the first is what counts, and what it allows is only itself.
        let preflight = "OPTIONS /\norigin: https://evil.example\naccess-control-request-method: GET\n\
                         access-control-request-method: DELETE";
        let response = send(&app, preflight).await;
        assert!(
            response.contains("allow-methods: GET, HEAD\n") && !response.contains("DELETE"),
            "{response}"
        );
    }
}

/// The answer never depends on the requested headers, so nobody learns by them, and a `*` asks for nothing.
#[tokio::test]
async fn requested_headers_are_never_given_back() {
    let app = CorsRouter::new().route("/", get(cors(&DEFAULT, async || ()))).finish().unwrap();
    let preflight = "OPTIONS /\norigin: https://shop.example\naccess-control-request-method: GET";
    let without = send(&app, preflight).await;
    for names in ["*", "authorization", "x-evil", "cookie", "\u{e9}", "a:b", ", ,", "origin, host"] {
        let with = send(&app, &format!("{preflight}\naccess-control-request-headers: {names}")).await;
        assert_eq!(with, without, "{names}");
    }
}

/// `routing` has no policies here, and an `OPTIONS` handler that someone wrote by hand goes on answering.
#[tokio::test]
async fn hand_written_options_handler_grants_nothing_elsewhere() {
    let open = async || [("access-control-allow-origin", "*")];
    let plain = Router::new().route("/plain", routing::get(async || ()).options(open));
    let app =
        CorsRouter::new().route("/transfer", get(cors(&DEFAULT, async || ()))).merge(plain).finish().unwrap();
    for (path, is_open) in [("/plain", true), ("/transfer", false)] {
        let preflight =
            format!("OPTIONS {path}\norigin: https://evil.example\naccess-control-request-method: GET");
        let response = send(&app, &preflight).await;
        assert_eq!(response.contains("access-control-allow-origin: *"), is_open, "{path}: {response}");
    }
}
