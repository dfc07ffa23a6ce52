//! What `tracing` receives for refusals: one event for a route, an origin and a kind, with its fields.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex},
};

use axum::Router;
use cors_runtime::{CorsRouter, Policy, cors, get, put};
use cors_tests::{send, without_lines};
use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    span,
    subscriber::DefaultGuard,
};

#[cors(origins = ["http://localhost:3000"], headers = ["content-type"])]
async fn update() {}

async fn fails() -> Result<Policy, &'static str> {
    Err("the database is away")
}

#[cors(delegate = fails)]
async fn delegated() {}

fn router() -> CorsRouter {
    CorsRouter::new().route("/products/{id}", put(update)).route("/delegated", get(delegated))
}

/// Handlers that keep their policies themselves, and a gate around them.
fn both() -> [Router; 2] {
    [router().finish().unwrap(), router().layer(tower::layer::util::Identity::new()).finish().unwrap()]
}

/// What is left out is counted for the whole process, so one test runs at a time.
static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

type Fields = BTreeMap<&'static str, String>;

/// Keeps the fields of the events of one target.
#[derive(Clone, Default)]
struct Listener(Arc<Mutex<Vec<Fields>>>);

impl Listener {
    /// It listens for as long as this thread keeps the guard.
    fn start() -> (Self, DefaultGuard) {
        let listener = Self::default();
        let guard = tracing::subscriber::set_default(listener.clone());
        (listener, guard)
    }

    fn heard(&self) -> Vec<Fields> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "cors"
    }

    fn event(&self, event: &Event<'_>) {
        assert_eq!(*event.metadata().level(), Level::WARN);
        let mut fields = AllFields::default();
        event.record(&mut fields);
        self.0.lock().unwrap().push(fields.0);
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

#[derive(Default)]
struct AllFields(Fields);

impl Visit for AllFields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), without_lines(value, "tracing.rs"));
    }
}

fn fields(expected: &[(&'static str, &str)]) -> Fields {
    expected.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
}

#[tokio::test]
async fn an_event_has_everything_that_is_known() {
    let _alone = ALONE.lock().await;
    let (listener, _guard) = Listener::start();
    for (router, origin) in both().iter().zip(["http://localhost:3000", "http://127.0.0.1:3000"]) {
        let request = format!(
            "OPTIONS /products/5\norigin: {origin}\naccess-control-request-method: PUT\n\
             access-control-request-headers: authorization,content-type"
        );
        send(router, &request).await;
    }
    let at = "tests/tests/tracing.rs (update)";
    let expected = [
        fields(&[
            ("kind", "header"),
            ("preflight", "true"),
            ("method", "PUT"),
            ("path", "/products/5"),
            ("route", "/products/{id}"),
            ("origin", "http://localhost:3000"),
            ("value", "authorization"),
            ("policy", at),
            (
                "chrome",
                "Request header field authorization is not allowed by Access-Control-Allow-Headers in preflight response.",
            ),
            (
                "firefox",
                "(Reason: header ‘authorization’ is not allowed according to header ‘Access-Control-Allow-Headers’ from \
                 CORS preflight response).",
            ),
            ("safari", "Request header field Authorization is not allowed by Access-Control-Allow-Headers."),
            ("help", "add \"authorization\" to `headers`, if pages of this origin may send it"),
            (
                "message",
                "cors refused preflight PUT /products/5 from http://localhost:3000: request header `authorization` is \
                 not in `headers` of `update` (LINES)",
            ),
        ]),
        fields(&[
            ("kind", "origin"),
            ("preflight", "true"),
            ("method", "PUT"),
            ("path", "/products/5"),
            ("route", "/products/{id}"),
            ("origin", "http://127.0.0.1:3000"),
            ("policy", at),
            (
                "chrome",
                "Response to preflight request doesn't pass access control check: The 'Access-Control-Allow-Origin' \
                 header has a value 'http://localhost:3000' that is not equal to the supplied origin. Have the server \
                 send the header with a valid value.",
            ),
            (
                "firefox",
                "(Reason: CORS header ‘Access-Control-Allow-Origin’ does not match ‘http://localhost:3000’).",
            ),
            ("safari", "Preflight response is not successful. Status code: 403"),
            (
                "help",
                "open the page at the origin that is allowed, or add this one: `http://localhost:3000` differs in its \
                 name for this machine: to browsers these are different origins",
            ),
            (
                "message",
                "cors refused preflight PUT /products/5 from http://127.0.0.1:3000: the origin is not in `origins` of \
                 `update` (LINES)",
            ),
        ]),
    ];
    let mut heard = listener.heard();
    for fields in &mut heard {
        // By other tests.
        assert!(fields.remove("suppressed").is_some());
        // The message is recorded as it is formatted, with the line in it.
        let message =
            without_lines(&fields["message"], "tracing.rs").replace("tests/tests/tracing.rs", "LINES");
        fields.insert("message", message);
    }
    assert_eq!(heard, expected);
}

#[tokio::test]
async fn requests_are_told_of_once_in_a_time() {
    let _alone = ALONE.lock().await;
    let (listener, _guard) = Listener::start();
    for (router, origin) in both().iter().zip(["https://one.example", "https://two.example"]) {
        for _ in 0..5 {
            send(router, &format!("PUT /products/5\norigin: {origin}")).await;
        }
        let heard = listener.heard();
        assert_eq!(heard.len(), 1, "{heard:?}");
        assert_eq!((heard[0]["kind"].as_str(), heard[0]["origin"].as_str()), ("origin", origin));
    }
    // The next one says how many were left out.
    send(&both()[0], "PUT /products/5\norigin: https://three.example").await;
    assert_eq!(listener.heard()[0]["suppressed"], "4");
}

#[tokio::test]
async fn a_missing_method_is_told_of_by_the_handlers_and_by_the_gate() {
    let _alone = ALONE.lock().await;
    let (listener, _guard) = Listener::start();
    for (router, origin) in both().iter().zip(["https://four.example", "https://five.example"]) {
        send(router, &format!("DELETE /products/5\norigin: {origin}")).await;
        let heard = listener.heard();
        assert_eq!(heard.len(), 1, "{heard:?}");
        assert_eq!((heard[0]["kind"].as_str(), heard[0]["method"].as_str()), ("no_policy", "DELETE"));
        assert_eq!(heard[0]["origin"], origin);
        // Who may use the path may read that the method does not exist.
        send(router, "DELETE /products/5\norigin: http://localhost:3000").await;
        assert_eq!(listener.heard(), [] as [Fields; 0]);
    }
}

#[tokio::test]
async fn a_delegate_that_fails_is_told_of() {
    let _alone = ALONE.lock().await;
    let (listener, _guard) = Listener::start();
    send(&both()[0], "GET /delegated\norigin: https://shop.example").await;
    let heard = listener.heard();
    assert_eq!(heard.len(), 1, "{heard:?}");
    assert_eq!((heard[0]["kind"].as_str(), heard[0]["value"].as_str()), ("delegate", "the database is away"));
}

#[tokio::test]
async fn nobody_is_told_of_what_is_not_refused() {
    let _alone = ALONE.lock().await;
    let (listener, _guard) = Listener::start();
    for router in both() {
        send(&router, "PUT /products/5\norigin: http://localhost:3000").await;
        send(&router, "PUT /products/5").await;
        let preflight =
            "OPTIONS /products/5\norigin: http://localhost:3000\naccess-control-request-method: PUT";
        send(&router, preflight).await;
    }
    assert_eq!(listener.heard(), [] as [Fields; 0]);
}
