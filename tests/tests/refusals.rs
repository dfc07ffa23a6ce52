//! What is said of a refusal, word for word: to a hook, and to `tracing`.

use std::sync::{Arc, Mutex};

use axum::http::Request;
use axum::routing::{MethodFilter, get as plain_get, post as plain_post};
use cors_runtime::browser::Browser;
use cors_runtime::{Allow, CorsRouter, Origin, Policy, cors, diagnostics::RefusalKind, get, policy, put};
use cors_tests::{send, without_lines};

#[cors(origins = ["http://localhost:3000"], headers = ["content-type"])]
async fn update() {}

#[cors(origins = ["https://shop.example", "https://*.partner.example"], methods = ["DELETE"], headers = [any])]
async fn remove() {}

#[cors(none)]
async fn internal() {}

#[cors(origins = ["https://shop.example"], enforce)]
async fn order() {}

#[cors(origins = any)]
async fn open() {}

async fn fails() -> Result<Policy, &'static str> {
    Err("the database is away")
}

#[cors(delegate = fails)]
async fn delegated() {}

fn app() -> CorsRouter {
    CorsRouter::new()
        .route("/products/{id}", put(update).on(MethodFilter::DELETE.or(MethodFilter::PATCH), remove))
        .route("/internal", get(internal))
        .route("/orders", get(order))
        .route("/open", get(open))
        .route("/delegated", get(delegated))
        .route("/plain", plain_get(async || ()))
        .route("/mixed", get(order).merge(plain_post(async || ())))
}

/// What the hook receives for one request.
async fn told(request: &str) -> Vec<String> {
    let told = Arc::new(Mutex::new(Vec::new()));
    let list = Arc::clone(&told);
    let router = app().on_refusal(move |refusal| list.lock().unwrap().push(refusal.to_string()));
    send(&router.finish().unwrap(), request).await;
    let told = told.lock().unwrap();
    told.iter().map(|refusal| without_lines(refusal, "refusals.rs")).collect()
}

fn preflight(path: &str, origin: &str, method: &str, headers: &str) -> String {
    let headers = match headers {
        "" => String::new(),
        headers => format!("\naccess-control-request-headers: {headers}"),
    };
    format!("OPTIONS {path}\norigin: {origin}\naccess-control-request-method: {method}{headers}")
}

#[tokio::test]
async fn preflights() {
    const AT: &str = "(tests/tests/refusals.rs)";
    const MISSING: &str = "  Chrome: Response to preflight request doesn't pass access control check: No 'Access-Control-Allow-Origin' header is present on the requested resource.
  Firefox: (Reason: CORS header ‘Access-Control-Allow-Origin’ missing). Status code: 403.
  Safari: Preflight response is not successful. Status code: 403";
    for (why, request, expected) in [
        (
            "a header that is missing",
            preflight("/products/5", "http://localhost:3000", "PUT", "authorization,content-type"),
            format!(
                "cors refused preflight PUT /products/5 from http://localhost:3000: request header `authorization` is \
                 not in `headers` of `update` {AT}
  Chrome: Request header field authorization is not allowed by Access-Control-Allow-Headers in preflight response.
  Firefox: (Reason: header ‘authorization’ is not allowed according to header ‘Access-Control-Allow-Headers’ from CORS preflight response).
  Safari: Request header field Authorization is not allowed by Access-Control-Allow-Headers.
  help: add \"authorization\" to `headers`, if pages of this origin may send it"
            ),
        ),
        (
            "a response header, set on the request by mistake",
            preflight("/products/5", "http://localhost:3000", "PUT", "access-control-allow-headers"),
            format!(
                "cors refused preflight PUT /products/5 from http://localhost:3000: request header \
                 `access-control-allow-headers` is not in `headers` of `update` {AT}
  Chrome: Request header field access-control-allow-headers is not allowed by Access-Control-Allow-Headers in preflight response.
  Firefox: (Reason: header ‘access-control-allow-headers’ is not allowed according to header ‘Access-Control-Allow-Headers’ from CORS preflight response).
  Safari: Request header field Access-Control-Allow-Headers is not allowed by Access-Control-Allow-Headers.
  help: remove `access-control-allow-headers` from the page's request: it is a response header, which the server sets"
            ),
        ),
        (
            "`any` does not cover Authorization, though browsers still say nothing of that",
            preflight("/products/5", "https://shop.example", "DELETE", "authorization,x-a"),
            format!(
                "cors refused preflight DELETE /products/5 from https://shop.example: request header `authorization` \
                 is not in `headers` of `remove` {AT}
  help: write `headers = [any, \"authorization\"]`: `any` does not cover it"
            ),
        ),
        (
            "a method that the policy is narrowed away from",
            preflight("/products/5", "https://shop.example", "PATCH", ""),
            format!(
                "cors refused preflight PATCH /products/5 from https://shop.example: the method is not in `methods` of \
                 `remove` {AT}
  Chrome: Method PATCH is not allowed by Access-Control-Allow-Methods in preflight response.
  Firefox: (Reason: Did not find method in CORS header ‘Access-Control-Allow-Methods’).
  Safari: Method PATCH is not allowed by Access-Control-Allow-Methods.
  help: add \"PATCH\" to `methods`, if pages may use it"
            ),
        ),
        (
            "a method in a case that browsers keep",
            preflight("/products/5", "https://shop.example", "patch", ""),
            format!(
                "cors refused preflight patch /products/5 from https://shop.example: no handler with a policy is mounted \
             for this method
{MISSING}
  help: write `PATCH` in the page: browsers do not change the case of this method"
            ),
        ),
        (
            "a method that nothing is mounted on",
            preflight("/products/5", "https://shop.example", "POST", ""),
            format!(
                "cors refused preflight POST /products/5 from https://shop.example: no handler with a policy is mounted \
             for this method
{MISSING}
  help: mount a handler with `#[cors(..)]` on POST here, if pages of other origins may use it"
            ),
        ),
        (
            "a path that does not exist",
            preflight("/nowhere", "https://shop.example", "GET", "x-a"),
            "cors refused preflight GET /nowhere from https://shop.example: no route matches the path
  Chrome: Response to preflight request doesn't pass access control check: No 'Access-Control-Allow-Origin' header is present on the requested resource.
  Firefox: (Reason: CORS header ‘Access-Control-Allow-Origin’ missing). Status code: 404.
  Safari: Preflight response is not successful. Status code: 404
  help: check the URL in the page, or set `default_policy(..)`"
                .to_owned(),
        ),
        (
            "one origin, and another one asks",
            preflight("/products/5", "https://evil.example", "PUT", ""),
            format!(
                "cors refused preflight PUT /products/5 from https://evil.example: the origin is not in `origins` of \
                 `update` {AT}
  Chrome: Response to preflight request doesn't pass access control check: The 'Access-Control-Allow-Origin' header has a value 'http://localhost:3000' that is not equal to the supplied origin. Have the server send the header with a valid value.
  Firefox: (Reason: CORS header ‘Access-Control-Allow-Origin’ does not match ‘http://localhost:3000’).
  Safari: Preflight response is not successful. Status code: 403
  help: add \"https://evil.example\" to `origins`, if its pages may read this"
            ),
        ),
        (
            "`none`",
            preflight("/internal", "https://shop.example", "GET", "x-a"),
            format!(
                "cors refused preflight GET /internal from https://shop.example: `internal` {AT} is same-origin only
{MISSING}
  help: give it a policy with `origins`, if pages of other origins may use it"
            ),
        ),
        (
            "an origin that is too long, which is cut",
            preflight("/open", &format!("https://{}.example", "a".repeat(400)), "GET", ""),
            format!(
                "cors refused preflight GET /open from https://{}… (416 bytes): browsers do not send such an origin
  help: check the client: browsers do not send this",
                "a".repeat(318)
            ),
        ),
    ] {
        assert_eq!(told(&request).await, [expected], "{why}");
    }
    // More headers than are looked at: of those that are, the policy covers each.
    let many = preflight("/products/5", "https://shop.example", "DELETE", &"x-a,".repeat(2_000));
    assert_eq!(told(&many).await, [""; 0]);
}

#[tokio::test]
async fn requests() {
    const AT: &str = "(tests/tests/refusals.rs)";
    // Firefox says the status of what has no `Access-Control-Allow-Origin`, and Safari that of everything. It is not known
    // before the handler has run, unless somebody else refuses the request.
    const MISSING: &str =
        "  Chrome: No 'Access-Control-Allow-Origin' header is present on the requested resource.
  Firefox: (Reason: CORS header ‘Access-Control-Allow-Origin’ missing).";
    const MISMATCH: &str = "  Chrome: The 'Access-Control-Allow-Origin' header has a value 'https://shop.example' that is not equal to the supplied origin. Have the server send the header with a valid value.
  Firefox: (Reason: CORS header ‘Access-Control-Allow-Origin’ does not match ‘https://shop.example’).";
    for (why, request, expected) in [
        (
            "the page cannot read it",
            "DELETE /products/5\norigin: https://evil.example",
            format!(
                "cors refused request DELETE /products/5 from https://evil.example: the origin is not in `origins` of \
                 `remove` {AT}, so the page cannot read the response
{MISSING}
  Safari: Origin https://evil.example is not allowed by Access-Control-Allow-Origin.
  help: add \"https://evil.example\" to `origins`, if its pages may read this"
            ),
        ),
        (
            "the handler has not run",
            "GET /orders\norigin: http://shop.example",
            format!(
                "cors refused request GET /orders from http://shop.example: the origin is not in `origins` of `order` \
                 {AT}, and the policy is enforced
{MISMATCH}
  Safari: Origin http://shop.example is not allowed by Access-Control-Allow-Origin. Status code: 403
  help: open the page at the origin that is allowed, or add this one: `https://shop.example` differs in its scheme"
            ),
        ),
        (
            "a route without a policy",
            "GET /plain\norigin: https://shop.example",
            format!(
                "cors refused request GET /plain from https://shop.example: no handler with a policy is mounted for \
                 this method
{MISSING} Status code: 200.
  Safari: Origin https://shop.example is not allowed by Access-Control-Allow-Origin. Status code: 200
  help: mount a handler with `#[cors(..)]` on GET here, if pages of other origins may use it"
            ),
        ),
        (
            "the path has no such method, and its policy, which would be enforced, is not asked",
            "POST /orders\norigin: https://evil.example",
            format!(
                "cors refused request POST /orders from https://evil.example: no handler with a policy is mounted for \
                 this method
{MISMATCH}
  Safari: Origin https://evil.example is not allowed by Access-Control-Allow-Origin. Status code: 405
  help: mount a handler with `#[cors(..)]` on POST here, if pages of other origins may use it"
            ),
        ),
        (
            "a method without a policy, beside one whose policy grants this origin",
            "POST /mixed\norigin: https://shop.example",
            format!(
                "cors refused request POST /mixed from https://shop.example: no handler with a policy is mounted for \
                 this method
{MISSING} Status code: 200.
  Safari: Origin https://shop.example is not allowed by Access-Control-Allow-Origin. Status code: 200
  help: mount a handler with `#[cors(..)]` on POST here, if pages of other origins may use it"
            ),
        ),
        (
            "a file or a sandboxed frame",
            "GET /orders\norigin: null",
            format!(
                "cors refused request GET /orders from null: the origin is not in `origins` of `order` {AT}, and the \
                 policy is enforced
{MISMATCH}
  Safari: Origin null is not allowed by Access-Control-Allow-Origin. Status code: 403
  help: serve the page from a web server, and without `sandbox`: the origin of a local file or of a sandboxed frame is \
                 `null`, and anyone can create one"
            ),
        ),
    ] {
        assert_eq!(told(request).await, [expected], "{why}");
    }
}

/// What a refusal says of consoles is what the model of each browser says, which is held against the browser.
#[tokio::test]
async fn consoles_say_what_a_refusal_says() {
    for (page, method, path, header) in [
        ("http://localhost:3000", "PUT", "/products/5", "authorization"),
        ("http://localhost:3000", "PUT", "/products/5", "access-control-allow-headers"),
        ("https://shop.example", "PATCH", "/products/5", ""),
        ("https://shop.example", "patch", "/products/5", ""),
        ("https://shop.example", "POST", "/products/5", "x-a"),
        ("https://shop.example", "GET", "/nowhere", "x-a"),
        ("https://evil.example", "PUT", "/products/5", ""),
        ("https://evil.example", "PUT", "/open/nowhere", ""),
        ("https://shop.example", "GET", "/internal", "x-a"),
        ("https://shop.example", "GET", "/internal", ""),
        ("http://shop.example", "GET", "/orders", ""),
        ("https://shop.example", "GET", "/plain", ""),
        ("https://evil.example", "POST", "/orders", ""),
        ("https://shop.example", "GET", "/delegated", ""),
        ("https://shop.example", "GET", "/delegated", "x-a"),
    ] {
        let told = Arc::new(Mutex::new(Vec::new()));
        let list = Arc::clone(&told);
        let router =
            app().on_refusal(move |refusal| list.lock().unwrap().push(refusal.clone())).finish().unwrap();
        for browser in Browser::engines() {
            let engine = browser.engine().unwrap();
            let request = Request::builder().method(method).uri(format!("https://api.example{path}"));
            let request = match header {
                "" => request,
                name => request.header(name, "1"),
            };
            let outcome = browser.page(page).fetch(&router, request.body(()).unwrap()).await;
            let console = outcome.result.unwrap_err().console;
            let refusals = std::mem::take(&mut *told.lock().unwrap());
            let [refusal] = &refusals[..] else { panic!("{refusals:?}") };
            let message = refusal.console_message(engine).unwrap();
            assert!(console.contains(&message), "{engine} {method} {path}: {console}\n{message}");
        }
    }
}

#[tokio::test]
async fn a_delegate_that_fails_is_told_of_once() {
    let refusals = told("GET /delegated\norigin: https://shop.example").await;
    let expected = "cors refused request GET /delegated from https://shop.example: `fails` \
                    (tests/tests/refusals.rs, used by `delegated`) returned no policy: the database is away
  Chrome: No 'Access-Control-Allow-Origin' header is present on the requested resource.
  Firefox: (Reason: CORS header ‘Access-Control-Allow-Origin’ missing).
  Safari: Origin https://shop.example is not allowed by Access-Control-Allow-Origin.
  help: see the delegate's error";
    assert_eq!(refusals, [expected]);
}

#[tokio::test]
async fn nothing_is_told_of_what_is_not_refused() {
    for request in [
        preflight("/products/5", "http://localhost:3000", "PUT", "content-type"),
        preflight("/products/5", "https://a.partner.example", "DELETE", "x-a,x-b"),
        preflight("/open", "null", "GET", ""),
        "GET /open\norigin: https://shop.example".to_owned(),
        "GET /orders".to_owned(),
        // Browsers also send Origin with a page's requests to its own server.
        "GET /orders\norigin: https://api.example\nhost: api.example".to_owned(),
        "GET /plain\norigin: https://evil.example\nsec-fetch-site: same-origin".to_owned(),
        "OPTIONS /products/5\norigin: https://shop.example".to_owned(),
        // 405, which those who may use the path may read.
        "POST /orders\norigin: https://shop.example".to_owned(),
        "POST /open\norigin: https://evil.example".to_owned(),
    ] {
        assert_eq!(told(&request).await, [""; 0], "{request}");
    }
}

/// An origin that is nearly one of those allowed was probably meant to be it.
#[test]
fn origins_that_differ_by_little() {
    let policy = |origins: &[&str]| Policy::builder().origins(origins.iter().copied()).build().unwrap();
    for (allowed, origin, difference) in [
        ("https://shop.example", "http://shop.example", "its scheme"),
        ("https://shop.example", "https://shop.example:8443", "its port"),
        ("http://localhost:3000", "http://localhost:5173", "its port"),
        ("https://shop.example", "https://www.shop.example", "its `www.`"),
        ("https://www.shop.example", "https://shop.example", "its `www.`"),
        ("https://shop.example", "https://shop.example/", "the slash at its end"),
        ("https://shop.example", "https://Shop.example", "upper and lower case"),
        (
            "http://localhost:3000",
            "http://127.0.0.1:3000",
            "its name for this machine: to browsers these are different origins",
        ),
        (
            "https://*.shop.example",
            "https://shop.example",
            "the subdomain: `*.` does not include the domain itself",
        ),
    ] {
        let request = Request::get("/").header("origin", origin).body(()).unwrap();
        let explanation = policy(&[allowed, "https://other.example"]).explain(&request);
        let help = explanation.refusal().unwrap().help();
        // No browser sends it like that.
        let is_origin = !matches!(difference, "the slash at its end" | "upper and lower case");
        let or_add = if is_origin { ", or add this one" } else { "" };
        let expected = format!(
            "open the page at the origin that is allowed{or_add}: `{allowed}` differs in {difference}"
        );
        assert_eq!(help, expected, "{allowed} {origin}");
    }
}

/// Entries that the rules refuse are not advised.
#[test]
fn what_cannot_be_added() {
    let plain = || Policy::builder().origins(["https://shop.example"]);
    let as_it_is = |help: &str| format!("it cannot be added to `origins` as it is: {help}");
    let in_page = |help: &str| format!("remove it from the page's request: {help}");
    for (policy, (name, value), help) in [
        (
            plain(),
            ("origin", "file://"),
            as_it_is(
                "all local files share one origin: `null`, or `file://` in Electron and old WebViews; serve the page \
                 from a web server, for example from `http://localhost:8000`, or under a scheme of your own, and list \
                 that origin",
            ),
        ),
        (
            plain(),
            ("origin", "https://EVIL.example"),
            as_it_is(
                "`https://EVIL.example` has upper case, which browsers never send in an origin; write \
                 \"https://evil.example\"",
            ),
        ),
        (
            plain(),
            ("origin", "https://a.example:443"),
            as_it_is("443 is the default port of `https`, and browsers omit it; write \"https://a.example\""),
        ),
        (
            plain().credentials(),
            ("origin", "http://evil.example"),
            as_it_is(
                "`http://evil.example` is not encrypted: anyone on the network path can send credentialed requests \
                 from it; write it with `https://`, or add `allow(insecure_origins)`",
            ),
        ),
        (
            plain().credentials().allow(Allow::InsecureOrigins),
            ("origin", "http://evil.example"),
            "add \"http://evil.example\" to `origins`, if its pages may read this".to_owned(),
        ),
        (
            plain(),
            ("access-control-request-headers", "cookie"),
            in_page("browsers do not let pages set `cookie`"),
        ),
        (plain(), ("access-control-request-headers", "x y"), in_page("`x y` is not a valid header name")),
        (plain(), ("access-control-request-method", "TRACE"), "use another method in the page".to_owned()),
    ] {
        let policy = policy.build().unwrap();
        let mut request = Request::options("/")
            .header("access-control-request-method", "PUT")
            .header("origin", "https://shop.example")
            .body(())
            .unwrap();
        request.headers_mut().insert(name, value.parse().unwrap());
        let explanation = policy.explain(&request);
        assert_eq!(explanation.refusal().unwrap().help(), help, "{value}");
    }
}

/// Origins that have something in common with an allowed one, and are probably not meant to be it.
#[test]
fn origins_that_differ_by_more() {
    for (allowed, origin) in [
        ("https://shop.example", "http://www.shop.example"),
        ("https://shop.example", "https://www.shop.example:8443"),
        ("http://localhost:3000", "http://127.0.0.1:5173"),
        ("http://localhost:3000", "https://127.0.0.1:3000"),
        ("http://localhost:3000", "http://evil.example:3000"),
        ("https://shop.example", "https://shop.example.evil.example"),
    ] {
        let policy = Policy::builder().origins([allowed]).build().unwrap();
        let request = Request::get("/").header("origin", origin).body(()).unwrap();
        let help = policy.explain(&request).refusal().unwrap().help();
        assert_eq!(help, format!("add {origin:?} to `origins`, if its pages may read this"), "{allowed}");
    }
}

static NARROWED: Policy = policy! { origins = ["https://shop.example"], methods = ["DELETE"], enforce };
static READ: Policy = policy! { origins = ["https://shop.example"], methods = ["DELETE"] };

fn explained(policy: &Policy, method: &str, headers: &[(&str, &str)]) -> String {
    let request = Request::builder().method(method).uri("/orders").header("host", "api.example");
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    without_lines(&policy.explain(&request.body(()).unwrap()).to_string(), "refusals.rs")
}

#[test]
fn what_is_allowed_is_explained() {
    for (method, headers, expected) in [
        ("DELETE", &[][..], "cors does not apply to DELETE /orders: no `Origin` header"),
        (
            "OPTIONS",
            &[("origin", "https://shop.example"), ("access-control-request-method", "DELETE")],
            "cors allows preflight DELETE /orders from https://shop.example: the page may send the request",
        ),
        (
            "DELETE",
            &[("origin", "https://shop.example")],
            "cors allows request DELETE /orders from https://shop.example: the page may read the response",
        ),
        (
            "GET",
            &[("origin", "https://api.example")],
            "cors does not apply to GET /orders from https://api.example: same-origin request",
        ),
        (
            "GET",
            &[("origin", "https://shop.example"), ("sec-fetch-site", "same-origin")],
            "cors does not apply to GET /orders from https://shop.example: same-origin request",
        ),
    ] {
        assert_eq!(explained(&NARROWED, method, headers), expected);
    }
}

#[test]
fn methods_that_are_left_out() {
    const AT: &str = "`policy!` (tests/tests/refusals.rs)";
    let from_shop = ("origin", "https://shop.example");
    // The origin is named to nobody for a method that is left out, so browsers do not say that it differs.
    assert_eq!(
        explained(&READ, "GET", &[from_shop]),
        format!(
            "cors refused request GET /orders from https://shop.example: the method is not in `methods` of {AT}, so the \
             page cannot read the response
  Chrome: No 'Access-Control-Allow-Origin' header is present on the requested resource.
  Firefox: (Reason: CORS header ‘Access-Control-Allow-Origin’ missing).
  Safari: Origin https://shop.example is not allowed by Access-Control-Allow-Origin.
  help: add \"GET\" to `methods`, if pages may use it"
        )
    );
    // Browsers do not compare a method that they send to anybody.
    let preflight = [from_shop, ("access-control-request-method", "GET")];
    assert_eq!(
        explained(&READ, "OPTIONS", &preflight),
        format!(
            "cors refused preflight GET /orders from https://shop.example: the method is not in `methods` of {AT}
  Chrome: Response to preflight request doesn't pass access control check: No 'Access-Control-Allow-Origin' header is present on the requested resource.
  Firefox: (Reason: CORS header ‘Access-Control-Allow-Origin’ missing). Status code: 403.
  Safari: Preflight response is not successful. Status code: 403
  help: add \"GET\" to `methods`, if pages may use it"
        )
    );
    let request = Request::options("/").header("origin", "https://shop.example");
    let request = request.header("access-control-request-method", "PATCH").body(()).unwrap();
    let explanation = READ.explain(&request);
    let refusal = explanation.refusal().unwrap();
    assert_eq!((refusal.kind(), refusal.rejected_value()), (RefusalKind::Method, Some("PATCH")));
    assert_eq!(refusal.chromium_error().unwrap().to_string(), "MethodDisallowedByPreflightResponse");
}

/// A console has nothing to say of a request for whose response no page asked.
#[test]
fn requests_without_an_origin() {
    const AT: &str = "`policy!` (tests/tests/refusals.rs)";
    let from_another_site = [("sec-fetch-site", "cross-site")];
    assert_eq!(
        explained(&NARROWED, "DELETE", &from_another_site),
        format!(
            "cors refused request DELETE /orders from no origin: another site made it, without `Origin`, and {AT} is not \
             for everybody, and the policy is enforced
  help: make the request by `fetch` in a page of an origin that is allowed"
        )
    );
    assert_eq!(
        explained(&NARROWED, "POST", &from_another_site),
        format!(
            "cors refused request POST /orders from no origin: the method is not in `methods` of {AT}, and the policy is \
             enforced
  help: add \"POST\" to `methods`, if pages may use it"
        )
    );
}

/// What somebody inside grants is not refused, and what both refuse is reported once: by the one inside, which knows more.
#[tokio::test]
async fn a_policy_inside_of_another() {
    #[cors(origins = ["https://shop.example", "https://admin.example"])]
    async fn list() {}

    static OUTSIDE: Policy = policy! { origins = ["https://other.example", "https://admin.example"] };
    let told = Arc::new(Mutex::new(Vec::new()));
    let hears = Arc::clone(&told);
    let inside = CorsRouter::new().route("/open", get(open)).route("/list", get(list)).finish().unwrap();
    let plain = axum::Router::new().route("/plain", plain_get(async || ()));
    let app = CorsRouter::new()
        .merge(inside)
        .merge(plain)
        .default_policy(&OUTSIDE)
        .on_refusal(move |refusal| {
            let policy = refusal.policy_location().map(|policy| policy.name);
            hears.lock().unwrap().push((refusal.kind(), policy));
        })
        .finish()
        .unwrap();
    for (request, expected) in [
        ("GET /open\norigin: https://evil.example", vec![]),
        ("GET /list\norigin: https://shop.example", vec![]),
        ("GET /list\norigin: https://admin.example", vec![]),
        ("GET /list\norigin: https://evil.example", vec![(RefusalKind::Overruled, Some("list"))]),
        ("GET /plain\norigin: https://admin.example", vec![]),
        ("GET /plain\norigin: https://evil.example", vec![(RefusalKind::Origin, Some("policy!"))]),
    ] {
        send(&app, request).await;
        assert_eq!(std::mem::take(&mut *told.lock().unwrap()), expected, "{request}");
    }
}

#[tokio::test]
async fn what_a_client_sends_cannot_break_out_of_a_line() {
    let refusals = told("OPTIONS /products/%0A5\norigin: http://localhost:3000\naccess-control-request-method: PUT\naccess-control-request-headers: x-\u{e9}").await;
    assert!(!refusals[0].contains('\u{e9}'), "{refusals:?}");
    assert!(!refusals[0].contains(|char: char| char.is_control() && char != '\n'), "{refusals:?}");
    assert_eq!(refusals[0].lines().count(), 5, "{refusals:?}");
}

fn panics(origin: &Origin<'_>) -> bool {
    panic!("is {origin} a partner?")
}

#[cors(origins = when(panics))]
async fn partners() {}

#[tokio::test]
async fn the_parts_for_metrics() {
    let kinds = Arc::new(Mutex::new(Vec::new()));
    let list = Arc::clone(&kinds);
    let router = app().on_refusal(move |refusal| {
        list.lock().unwrap().push((
            refusal.kind(),
            refusal.is_preflight(),
            refusal.route().unwrap_or("none").to_owned(),
            refusal.rejected_value().unwrap_or_default().to_owned(),
            refusal.policy_location().map(|policy| policy.name),
        ));
    });
    let router = router.route("/partners", get(partners)).finish().unwrap();
    send(&router, &preflight("/products/5", "http://localhost:3000", "PUT", "x-a")).await;
    send(&router, "GET /orders\norigin: https://evil.example").await;
    send(&router, &preflight("/nowhere", "http://localhost:3000", "PUT", "x-a")).await;
    send(&router, "GET /partners\norigin: https://evil.example").await;
    send(&router, &preflight("/partners", "https://evil.example", "GET", "")).await;
    let kinds = kinds.lock().unwrap();
    let expected = [
        (RefusalKind::Header, true, "/products/{id}".to_owned(), "x-a".to_owned(), Some("update")),
        (RefusalKind::Enforced, false, "/orders".to_owned(), String::new(), Some("order")),
        (RefusalKind::NoRoute, true, "none".to_owned(), String::new(), None),
        (RefusalKind::Function, false, "/partners".to_owned(), "panics".to_owned(), Some("partners")),
        (RefusalKind::Function, true, "/partners".to_owned(), "panics".to_owned(), Some("partners")),
    ];
    assert_eq!(*kinds, expected);
    assert_eq!(RefusalKind::TooManyHeaders.to_string(), RefusalKind::TooManyHeaders.as_str());
}

static SHARED: Policy = policy! { origins = ["https://shop.example"] };

#[test]
fn a_hook_of_a_part_is_reported() {
    let inner = CorsRouter::<()>::new().route("/", get(cors(&SHARED, async || ()))).on_refusal(|_| {});
    let error = CorsRouter::new().nest("/x", inner).finish().unwrap_err();
    assert_eq!(
        error.to_string(),
        "`on_refusal` was set on a nested or merged router; set it on the outermost router"
    );
}

/// A request without `Origin`, and one that says so in words.
#[tokio::test]
async fn no_origin() {
    #[cors(origins = ["https://shop.example"], enforce)]
    async fn list() {}

    for (header, expected) in
        [("sec-fetch-site: cross-site", None), ("origin: no origin", Some("no origin".to_owned()))]
    {
        let told = Arc::new(Mutex::new(Vec::new()));
        let list_of = Arc::clone(&told);
        let router = CorsRouter::new().route("/", get(list).post(list));
        let router = router.on_refusal(move |refusal| list_of.lock().unwrap().push(refusal.clone()));
        send(&router.finish().unwrap(), &format!("POST /\n{header}")).await;
        let told = told.lock().unwrap();
        let [refusal] = told.as_slice() else { panic!("{told:?}") };
        assert_eq!(refusal.origin().map(ToOwned::to_owned), expected);
        assert!(refusal.to_string().starts_with("cors refused request POST / from no origin: "), "{refusal}");
        assert_eq!(refusal.chromium_error().is_some(), expected.is_some());
    }
}

/// A rejection that is longer than what is kept of it.
#[tokio::test]
async fn the_beginning_of_a_rejection() {
    struct Rejected;

    impl<S: Sync> axum::extract::FromRequestParts<S> for Rejected {
        type Rejection = String;

        async fn from_request_parts(_: &mut axum::http::request::Parts, _: &S) -> Result<Self, String> {
            Err("no such tenant ".repeat(1_000))
        }
    }

    async fn of_tenant(_: Rejected) -> Policy {
        Policy::NONE
    }

    let told = Arc::new(Mutex::new(Vec::new()));
    let list = Arc::clone(&told);
    let router = CorsRouter::new().route("/", get(cors(cors_runtime::delegate(of_tenant), async || ())));
    let router = router.on_refusal(move |refusal| list.lock().unwrap().push(refusal.to_string()));
    send(&router.finish().unwrap(), "GET /\norigin: https://shop.example").await;
    let told = told.lock().unwrap();
    assert!(told[0].contains("returned no policy: 200 OK: no such tenant no such tenant"), "{told:?}");
}
