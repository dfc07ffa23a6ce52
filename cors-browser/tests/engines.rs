//! What the models of the engines are called and what their consoles say. That the engines themselves say it is held by the
//! tables that run in them.

use axum::{Router, body::Body, http::Response};
use bytes::Bytes;
use cors_browser::{BodyInit, Browser, Credentials, Departure, Engine, FetchOutcome, Mode, RequestBody};
use http::{Request, StatusCode};

const PAGE: &str = "https://shop.example";
const API: &str = "https://api.example/x";

fn request(method: &str, url: &str, body: impl Into<BodyInit>) -> Request<BodyInit> {
    Request::builder().method(method).uri(url).body(body.into()).unwrap()
}

/// A server whose every answer redirects there, and may be read.
fn redirecting(location: &'static str) -> Router {
    Router::new().fallback(async move || {
        Response::builder()
            .status(StatusCode::FOUND)
            .header("access-control-allow-origin", "*")
            .header("location", location)
            .body(Body::empty())
            .unwrap()
    })
}

fn console(outcome: FetchOutcome) -> String {
    outcome.result.expect_err("a blocked request").console
}

#[test]
fn each_engine_has_a_name() {
    let browsers = [Browser::chromium(), Browser::firefox(), Browser::webkit()];
    assert!(browsers.iter().map(Browser::engine).eq(Engine::ALL.iter().copied().map(Some)));
    assert_eq!(browsers.map(|browser| browser.to_string()), ["Chromium", "Firefox", "WebKit"]);
    assert_eq!((Browser::new().engine(), &*Browser::new().to_string()), (None, "the standard"));
    assert!(Browser::engines().map(|browser| browser.engine()).eq(Engine::ALL.iter().copied().map(Some)));
}

#[test]
fn departures_name_their_engines() {
    let of_two = Departure::ALL.iter().find(|departure| departure.what.contains("plus sign")).unwrap();
    assert_eq!(of_two.to_string(), "Chromium, WebKit: `Access-Control-Max-Age` may have a plus sign");
}

#[tokio::test]
async fn what_is_wrong_with_a_script() {
    let app = Router::new();
    for (mode, method, url, body, [chromium, firefox, webkit]) in [
        (
            Mode::Cors,
            "trace",
            API,
            "",
            [
                "Failed to execute 'fetch' on 'Window': 'trace' HTTP method is unsupported.",
                "Window.fetch: Invalid request method trace.",
                "Method is forbidden.",
            ],
        ),
        (
            Mode::NoCors,
            "PUT",
            API,
            "",
            [
                "Failed to execute 'fetch' on 'Window': 'PUT' is unsupported in no-cors mode.",
                "Window.fetch: Invalid request method PUT.",
                "Method must be GET, POST or HEAD in no-cors mode.",
            ],
        ),
        (
            Mode::Cors,
            "GET",
            API,
            "x",
            [
                "Failed to execute 'fetch' on 'Window': Request with GET/HEAD method cannot have body.",
                "Window.fetch: HEAD or GET Request cannot have a body.",
                "Request has method 'GET' and cannot have a body",
            ],
        ),
        (
            Mode::Cors,
            "GET",
            "https://u:p@api.example/x",
            "",
            [
                "Failed to execute 'fetch' on 'Window': Request cannot be constructed from a URL that includes \
                 credentials: https://u:p@api.example/x",
                "Window.fetch: https://u:p@api.example/x is an url with embedded credentials.",
                "URL is not valid or contains user credentials.",
            ],
        ),
    ] {
        let browsers = Browser::engines().zip([chromium, firefox, webkit]);
        for (browser, message) in browsers.chain([(Browser::new(), chromium)]) {
            let outcome = browser.page(PAGE).fetch(&app, request(method, url, body)).mode(mode).await;
            assert!(outcome.requests.is_empty(), "{browser}: {method} {url}");
            assert_eq!(console(outcome), format!("TypeError: {message}"), "{browser}: {method} {url}");
        }
    }
}

#[tokio::test]
async fn redirects_that_lead_nowhere() {
    const BLOCKED: &str =
        "Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource at";
    const DENIED: &str = "denied by Cross-Origin Resource Sharing policy: not allowed to follow a cross-origin CORS \
                          redirection with non CORS scheme";

    let [firefox, webkit] = [Browser::firefox(), Browser::webkit()];
    for (location, in_firefox) in [
        ("ftp://a.example/y", "ftp://a.example/y. (Reason: CORS request not http)."),
        // These are not even tried, so that it is the request before which fails.
        (
            "ws://a.example/y",
            "https://api.example/x. (Reason: CORS request did not succeed). Status code: (null).",
        ),
        ("file:///y", "https://api.example/x. (Reason: CORS request did not succeed). Status code: (null)."),
    ] {
        let app = redirecting(location);
        let outcome = firefox.page(PAGE).fetch(&app, request("GET", API, ())).await;
        assert_eq!(console(outcome), format!("{BLOCKED} {in_firefox}"));
        let outcome = webkit.page(PAGE).fetch(&app, request("GET", API, ())).await;
        let in_webkit = match location.starts_with("ftp:") {
            true => "FTP URLs are disabled".to_owned(),
            false => format!("Cross-origin redirection to {location} {DENIED}"),
        };
        assert_eq!(console(outcome), in_webkit);
    }

    let nowhere = Router::new();
    let outcome = webkit.page(PAGE).fetch(&nowhere, request("GET", "ftp://a.example/y", ())).await;
    assert_eq!(console(outcome), "Cross origin requests are only supported for HTTP.");
    let same_origin = webkit.page(PAGE).fetch(&nowhere, request("GET", API, ())).mode(Mode::SameOrigin).await;
    assert_eq!(console(same_origin), "Fetch API cannot load https://api.example/x.");
    let away = webkit
        .page(PAGE)
        .fetch(&redirecting("https://api.example/y"), request("GET", "/x", ()))
        .mode(Mode::SameOrigin)
        .await;
    assert_eq!(
        console(away),
        "Unsafe attempt to load URL https://api.example/y from origin https://shop.example. Domains, protocols and ports \
         must match.\n"
    );
}

#[tokio::test]
async fn firefox_quotes_the_url_where_a_wildcard_has_no_effect() {
    let outcome = Browser::firefox()
        .page(PAGE)
        .fetch(&redirecting("/y"), request("GET", API, ()))
        .credentials(Credentials::Include)
        .await;
    assert_eq!(
        console(outcome),
        "Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource at \
         ‘https://api.example/x’. (Reason: Credential is not supported if the CORS header \
         ‘Access-Control-Allow-Origin’ is ‘*’)."
    );
}

#[tokio::test]
async fn an_error_names_the_engine_and_what_the_service_says() {
    let service = tower::service_fn(async |_: Request<RequestBody>| Err::<Response<Body>, _>("out of order"));
    for (browser, start) in
        [(Browser::firefox(), "Firefox: Cross-Origin"), (Browser::new(), "Failed to load")]
    {
        let outcome = browser.page(PAGE).fetch(&service, request("GET", API, ())).await;
        let blocked = outcome.result.unwrap_err().to_string();
        assert!(blocked.starts_with(start), "{blocked}");
        assert!(blocked.ends_with(" (the service returned an error: out of order)"), "{blocked}");
    }
}

#[tokio::test]
async fn texts_have_a_type_and_bytes_have_none() {
    let app = Router::new().fallback(async |request: axum::extract::Request| {
        let body = axum::body::to_bytes(request.into_body(), 64).await.unwrap();
        ([("x-length", body.len().to_string())], StatusCode::ACCEPTED)
    });
    const TEXT: Option<&str> = Some("text/plain;charset=UTF-8");
    let page = Browser::new().page(PAGE);
    for (body, content_type, length) in [
        (BodyInit::from("text"), TEXT, "4"),
        (BodyInit::from("owned".to_owned()), TEXT, "5"),
        (BodyInit::from(b"vector".to_vec()), None, "6"),
        (BodyInit::from(Bytes::from_static(b"counted")), None, "7"),
        (BodyInit::from(()), None, "0"),
    ] {
        let outcome = page.fetch(&app, request("POST", "/x", body)).await;
        let [sent] = &*outcome.requests else { panic!("{:?}", outcome.requests) };
        let sent_type = sent.headers.get("content-type").map(|value| value.to_str().unwrap());
        assert_eq!(sent_type, content_type);
        let response = sent.response.as_ref().unwrap();
        assert_eq!(
            (response.status(), &response.headers()["x-length"]),
            (StatusCode::ACCEPTED, &length.parse().unwrap())
        );
        assert!(!outcome.result.unwrap().redirected);
    }
}
