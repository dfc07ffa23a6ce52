//! What goes wrong in the user's own code, outside of every layer that could catch it: a function that accepts origins, a
//! delegate, a hook or a subscriber panics or hangs. The request is refused no more than it has to be, somebody hears of
//! it, and the response is there.

use std::{
    fmt,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::{Router, extract::FromRequestParts, http::request::Parts, routing};
use cors_runtime::{
    CorsRouter, Origin, Policy, PolicyHandle, RequestOrigin, any, cors, delegate, get, policy,
};
use cors_tests::{send, serve};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

fn panics(_: &Origin<'_>) -> bool {
    panic!("a function that accepts origins panics, on purpose")
}

/// What it knows, it answers.
fn panics_at_strangers(origin: &Origin<'_>) -> bool {
    match origin.host() {
        "shop.example" => true,
        "evil.example" => false,
        _ => panic!("a function that accepts origins panics, on purpose"),
    }
}

static PANICS: Policy = policy! { origins = when(panics), credentials };
static PANICS_AT_STRANGERS: Policy =
    policy! { origins = ["https://listed.example", when(panics), when(panics_at_strangers)], credentials };
static ENFORCED: Policy = policy! { origins = when(panics), enforce };

/// Notes what is refused, as `KIND VALUE: LINE`.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn hook(&self) -> impl Fn(&cors_runtime::diagnostics::Refusal) + Send + Sync + 'static {
        let log = self.clone();
        move |refusal| {
            let line = format!("{} {}", refusal.kind(), refusal.rejected_value().unwrap_or_default());
            log.0.lock().unwrap().push(line.trim().to_owned());
        }
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// Sends requests over one connection, which must still be there for the last one.
async fn send_over_one_connection(address: SocketAddr, requests: &[&str]) -> Vec<String> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let mut responses = Vec::new();
    for request in requests {
        let (line, fields) = request.split_once('\n').unwrap_or((request, ""));
        let fields = fields.lines().map(|field| format!("{field}\r\n")).collect::<String>();
        let message = format!("{line} HTTP/1.1\r\nhost: api.example\r\n{fields}\r\n");
        stream.write_all(message.as_bytes()).await.unwrap();
        let mut response = Vec::new();
        while !response.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            let read =
                timeout(Duration::from_secs(20), stream.read(&mut byte)).await.expect("an answer").unwrap();
            assert!(read > 0, "the connection has ended after {request}: {}", response.escape_ascii());
            response.push(byte[0]);
        }
        let head = String::from_utf8(response).unwrap();
        responses.push(
            head.split(' ').nth(1).unwrap().to_owned()
                + if head.contains("allow-origin") { " granted" } else { "" },
        );
    }
    responses
}

const STRANGER: &str = "https://stranger.example";

#[tokio::test]
async fn function_that_panics_refuses_the_grant() {
    let log = Log::default();
    let closure = Policy::builder().when(|_| panic!("a closure panics, on purpose")).build().unwrap();
    let handle = PolicyHandle::new(PANICS.clone());
    let of =
        |policy: cors_runtime::PolicySource| CorsRouter::new().route("/", any(cors(policy, async || ())));
    let plain = || CorsRouter::new().route("/", routing::any(async || ()));
    for (name, app) in [
        ("at the route", of((&PANICS).into())),
        ("with a layer", of((&PANICS).into()).layer(tower::layer::util::Identity::new())),
        ("a closure", of((&closure).into())),
        ("a handle", of((&handle).into())),
        ("the default policy", plain().default_policy(&PANICS)),
        (
            "the default policy of a plain router",
            CorsRouter::from(Router::new().route("/", routing::any(async || ()))).default_policy(&PANICS),
        ),
        ("a group", plain().policy(&PANICS)),
    ] {
        let address = serve(app.on_refusal(log.hook()).finish().unwrap()).await;
        let origin = format!("origin: {STRANGER}");
        let requests = [
            format!("GET /\n{origin}"),
            format!("OPTIONS /\n{origin}\naccess-control-request-method: PUT"),
            format!("GET /\n{origin}\nconnection: upgrade\nupgrade: websocket"),
            // What is no origin is not asked about.
            "GET /\norigin: null".to_owned(),
            "GET /".to_owned(),
        ];
        let requests = requests.each_ref().map(String::as_str);
        let responses = send_over_one_connection(address, &requests).await;
        assert_eq!(responses, ["200", "403", "403", "200", "200"], "{name}");
        let function = if name == "a closure" { "function a function" } else { "function panics" };
        assert_eq!(log.take(), [function, function, function, "origin"], "{name}");
    }
    // Not by a router at all.
    let layered = Router::new().route("/", routing::get(async || ())).layer(PANICS.layer());
    let response = send(&layered, &format!("GET /\norigin: {STRANGER}")).await;
    assert_eq!(response, "200\nvary: Origin");
}

#[tokio::test]
async fn function_that_panics_is_enforced() {
    let log = Log::default();
    let app = CorsRouter::new().route("/", any(cors(&ENFORCED, async || ()))).on_refusal(log.hook());
    let address = serve(app.finish().unwrap()).await;
    let request = format!("POST /\norigin: {STRANGER}");
    assert_eq!(send_over_one_connection(address, &[&request, &request]).await, ["403", "403"]);
    assert_eq!(log.take(), ["function panics"; 2]);
}

/// Others in the same list go on accepting, and refusing.
#[tokio::test]
async fn function_that_panics_hides_no_other() {
    let log = Log::default();
    let app =
        CorsRouter::new().route("/", any(cors(&PANICS_AT_STRANGERS, async || ()))).on_refusal(log.hook());
    let app = app.finish().unwrap();
    for (origin, is_granted, reported) in [
        ("https://listed.example", true, None),
        ("https://shop.example", true, None),
        // Whether one that has panicked would accept it, nobody knows.
        ("https://evil.example", false, Some("function panics")),
        (STRANGER, false, Some("function panics_at_strangers")),
    ] {
        let response = send(&app, &format!("GET /\norigin: {origin}")).await;
        assert_eq!(response.contains("access-control-allow-credentials: true"), is_granted, "{origin}");
        assert_eq!(log.take(), reported.into_iter().collect::<Vec<_>>(), "{origin}");
    }
}

#[test]
fn function_that_panics_is_explained() {
    let request = axum::http::Request::get("/prices").header("origin", STRANGER).body(()).unwrap();
    let explanation = PANICS.explain(&request).to_string();
    let explanation = cors_tests::without_lines(&explanation, "faults.rs");
    assert_eq!(
        explanation,
        "cors refused request GET /prices from https://stranger.example: `panics` in `origins` of `policy!` \
         (tests/tests/faults.rs) panicked\n  \
         Chrome: No 'Access-Control-Allow-Origin' header is present on the requested resource.\n  \
         Firefox: (Reason: CORS header ‘Access-Control-Allow-Origin’ missing).\n  \
         Safari: Origin https://stranger.example is not allowed by Access-Control-Allow-Origin.\n  \
         help: see the message of the panic; `panics` is to return `false` for what it does not know"
    );
}

/// An extractor that panics.
struct Panicking;

impl<S: Sync> FromRequestParts<S> for Panicking {
    type Rejection = &'static str;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        panic!("an extractor panics, on purpose")
    }
}

/// An error that panics when it is shown.
struct Unspeakable;

impl fmt::Display for Unspeakable {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("an error panics, on purpose")
    }
}

/// What a delegate captures, which panics when it is cloned with a request.
struct Precious(Arc<Mutex<bool>>);

impl Clone for Precious {
    fn clone(&self) -> Self {
        assert!(!*self.0.lock().unwrap(), "a clone panics, on purpose");
        Self(Arc::clone(&self.0))
    }
}

async fn panics_at_once() -> &'static Policy {
    panic!("a delegate panics, on purpose")
}

async fn panics_later() -> &'static Policy {
    tokio::task::yield_now().await;
    panic!("a delegate panics, on purpose")
}

async fn panics_in_an_argument(_: Panicking) -> &'static Policy {
    &PANICS
}

async fn panics_in_its_error() -> Result<Policy, Unspeakable> {
    Err(Unspeakable)
}

#[tokio::test]
async fn delegate_that_panics_refuses_the_grant() {
    let log = Log::default();
    let is_armed = Arc::new(Mutex::new(false));
    let precious = Precious(Arc::clone(&is_armed));
    let panics_when_cloned = delegate(move || {
        let _precious = &precious;
        async { Policy::NONE }
    });
    for (name, delegate) in [
        ("at once", delegate(panics_at_once)),
        ("later", delegate(panics_later)),
        ("in an argument", delegate(panics_in_an_argument)),
        ("in its error", delegate(panics_in_its_error)),
        ("in a clone", panics_when_cloned),
    ] {
        let routes = || CorsRouter::new().route("/", any(cors(delegate.clone(), async || ())));
        let closed = CorsRouter::new().route("/", any(cors(delegate.clone().enforce(), async || ())));
        for (app, status) in [
            (routes(), "200"),
            (routes().layer(tower::layer::util::Identity::new()), "200"),
            (CorsRouter::new().route("/", routing::any(async || ())).default_policy(delegate.clone()), "200"),
            (closed, "403"),
        ] {
            let address = serve(app.on_refusal(log.hook()).finish().unwrap()).await;
            *is_armed.lock().unwrap() = true;
            let request = format!("GET /\norigin: {STRANGER}");
            let preflight = format!("OPTIONS /\norigin: {STRANGER}\naccess-control-request-method: PUT");
            let responses = send_over_one_connection(address, &[&request, &preflight, &request]).await;
            *is_armed.lock().unwrap() = false;
            assert_eq!(responses, [status, "403", status], "{name}");
            assert_eq!(log.take(), ["delegate it panicked"; 3], "{name}");
        }
    }
}

async fn hangs(origin: RequestOrigin) -> &'static Policy {
    static FRIENDS: Policy = policy! { origins = ["https://friend.example"] };
    if origin.as_str() == Some("https://friend.example") {
        // Within its time.
        tokio::time::sleep(Duration::from_millis(1)).await;
        return &FRIENDS;
    }
    std::future::pending().await
}

#[cors(delegate = hangs)]
async fn delegated() {}

#[cors(delegate = hangs, enforce)]
async fn delegated_and_enforced() {}

const SOON: Duration = Duration::from_millis(100);

#[tokio::test]
async fn delegate_that_hangs_is_given_up() {
    let log = Log::default();
    let routes =
        || CorsRouter::new().route("/", any(delegated)).route("/enforced", any(delegated_and_enforced));
    let identity = tower::layer::util::Identity::new;
    for (name, app) in [
        ("a router", routes().delegate_time_limit(SOON)),
        ("with a layer", routes().layer(identity()).delegate_time_limit(SOON)),
        ("nested", CorsRouter::new().nest("/n", CorsRouter::new()).merge(routes().delegate_time_limit(SOON))),
        ("outside of it", CorsRouter::new().merge(routes()).delegate_time_limit(SOON)),
        (
            "the innermost counts",
            CorsRouter::new()
                .merge(routes().delegate_time_limit(SOON))
                .delegate_time_limit(Duration::from_secs(3_600)),
        ),
        (
            "one of its own counts before all",
            CorsRouter::new()
                .route("/", any(cors(delegate(hangs).time_limit(SOON), async || ())))
                .route("/enforced", any(cors(delegate(hangs).time_limit(SOON).enforce(), async || ())))
                .delegate_time_limit(Duration::from_secs(3_600)),
        ),
        (
            "the default policy",
            CorsRouter::new()
                .route("/", routing::any(async || ()))
                .route("/enforced", any(delegated_and_enforced))
                .default_policy(delegate(hangs))
                .delegate_time_limit(SOON),
        ),
        (
            "a group, with a state",
            CorsRouter::new()
                .route("/", routing::any(async || ()))
                .policy(delegate(hangs))
                .route("/enforced", any(delegated_and_enforced))
                .delegate_time_limit(SOON)
                .with_state(()),
        ),
        (
            "a group inside of an axum router",
            CorsRouter::from(Router::new().route("/", routing::any(async || ())))
                .policy(delegate(hangs))
                .map(|router| router)
                .route("/enforced", any(delegated_and_enforced))
                .delegate_time_limit(SOON),
        ),
    ] {
        let address = serve(app.on_refusal(log.hook()).finish().unwrap()).await;
        let start = Instant::now();
        let [stranger, friend] =
            [STRANGER, "https://friend.example"].map(|origin| format!("origin: {origin}"));
        let requests = [
            format!("GET /\n{stranger}"),
            format!("OPTIONS /\n{stranger}\naccess-control-request-method: PUT"),
            format!("POST /enforced\n{stranger}"),
            format!("GET /\n{friend}"),
        ];
        let requests = requests.each_ref().map(String::as_str);
        let responses = send_over_one_connection(address, &requests).await;
        assert_eq!(responses, ["200", "403", "403", "200 granted"], "{name}");
        assert!(start.elapsed() >= 3 * SOON, "{name}: {:?}", start.elapsed());
        assert_eq!(log.take(), ["delegate it took longer than 100ms"; 3], "{name}");
    }
}

/// Ten seconds, if nothing else is said, by a clock that this test moves.
#[tokio::test(start_paused = true)]
async fn delegate_that_hangs_is_given_up_without_a_setting() {
    let app = CorsRouter::<()>::new().route("/", any(delegated)).finish().unwrap();
    let start = tokio::time::Instant::now();
    let request = format!("GET /\norigin: {STRANGER}");
    assert_eq!(send(&app, &request).await, "200\nvary: Origin");
    let elapsed = start.elapsed();
    assert!((Duration::from_secs(10)..Duration::from_secs(11)).contains(&elapsed), "{elapsed:?}");
}

/// Where tokio has no timers, or is not there, there is no limit, and nothing else goes wrong.
#[test]
fn delegate_without_timers() {
    let slow = async || {
        std::future::poll_fn(|context| {
            static POLLS: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
            context.waker().wake_by_ref();
            match POLLS.fetch_add(1, std::sync::atomic::Ordering::Relaxed) % 3 {
                2 => std::task::Poll::Ready(&PANICS_AT_STRANGERS),
                _ => std::task::Poll::Pending,
            }
        })
        .await
    };
    let app = CorsRouter::new().route("/", get(cors(delegate(slow), async || ()))).finish().unwrap();
    let request = "GET /\norigin: https://listed.example";
    let expected = "200\naccess-control-allow-credentials: true\naccess-control-allow-origin: https://listed.example\n\
                    vary: Origin";
    let without_timers = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert_eq!(without_timers.block_on(send(&app, request)), expected);
    // No runtime of tokio at all.
    let mut sent = Box::pin(send(&app, request));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let response = loop {
        if let std::task::Poll::Ready(response) = sent.as_mut().poll(&mut context) {
            break response;
        }
    };
    assert_eq!(response, expected);
}

/// A subscriber that panics at every event.
struct PanickingSubscriber;

impl tracing::Subscriber for PanickingSubscriber {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target() == "cors"
    }

    fn event(&self, _: &tracing::Event<'_>) {
        panic!("a subscriber panics, on purpose")
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}

#[tokio::test]
async fn hook_and_subscriber_that_panic_change_nothing() {
    static LIST: Policy = policy! { origins = ["https://shop.example", "https://other.example"] };
    let routes = || {
        CorsRouter::new()
            .route("/", get(cors(&LIST, async || ())))
            .merge(Router::new().route("/opaque", routing::get(async || ())))
            .on_refusal(|_| panic!("a hook panics, on purpose"))
    };
    let _guard = tracing::subscriber::set_default(PanickingSubscriber);
    for app in [routes(), routes().layer(tower::layer::util::Identity::new())] {
        let app = app.finish().unwrap();
        for (request, response) in [
            ("GET /", "200\nvary: Origin"),
            (
                "OPTIONS /\naccess-control-request-method: GET",
                "403\nvary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
            ),
            ("DELETE /", "405\nvary: Origin"),
            ("GET /opaque", "200"),
            ("GET /nowhere", "404"),
        ] {
            for number in 0..3 {
                let request = format!("{request}\norigin: https://stranger{number}.example");
                assert_eq!(send(&app, &request).await, response, "{request}");
            }
        }
    }
}
