//! What is refused before a handler runs: by `enforce`, for methods that a policy leaves out, and for WebSockets.

use axum::{
    Router,
    body::Body,
    extract::Path,
    http::{Method, Request, Response, StatusCode, Version, header},
    routing,
};
use cors_runtime::{Allow, CorsRouter, MethodRouter, Policy, PolicyHandle, any, cors, delegate, get, policy};
use cors_tests::{Case, as_text, check, respond, send};
use tower::{Layer, ServiceExt, service_fn};
use tower_http::csrf::CsrfLayer;

static ONE: Policy = policy! { origins = ["https://shop.example"], enforce };
static LIST: Policy = policy! { origins = ["https://shop.example", "https://*.partner.example"], enforce };
static EVERYBODY: Policy = policy! { origins = any, enforce };
static SHOWN: Policy = policy! { origins = ["https://shop.example"] };

fn strict() -> Policy {
    Policy::builder().origins(["https://shop.example"]).enforce_strict().build().unwrap()
}

/// Each policy, on every method, without a layer and with one.
async fn check_both(policy: &Policy, cases: &[Case<'_>]) {
    let app = || CorsRouter::new().route("/", any(cors(policy, async || "done")));
    check(app().finish().unwrap(), cases).await;
    check(app().layer(axum::extract::DefaultBodyLimit::disable()).finish().unwrap(), cases).await;
}

const DONE: &str = "200\ncontent-type: text/plain; charset=utf-8";

#[tokio::test]
async fn where_a_request_comes_from() {
    let done = |vary: &str| format!("{DONE}\nvary: {vary}");
    let (looked, navigated) =
        (done("Origin, Sec-Fetch-Site"), done("Origin, Sec-Fetch-Site, Sec-Fetch-Mode"));
    let refused = "403\nvary: Origin, Sec-Fetch-Site";
    let not_navigated = "403\nvary: Origin, Sec-Fetch-Site, Sec-Fetch-Mode";
    let granted = "200
        access-control-allow-origin: https://shop.example
        content-type: text/plain; charset=utf-8
        vary: Origin";
    check_both(
        &LIST,
        &[
            ("allowed, so nothing else is looked at", "POST /\norigin: https://shop.example", granted),
            ("refused", "POST /\norigin: https://evil.example", refused),
            ("`null` is nobody's own", "POST /\norigin: null\nsec-fetch-site: cross-site", refused),
            (
                "the browser says that it is the server's own page",
                "POST /\norigin: null\nsec-fetch-site: same-origin",
                &looked,
            ),
            ("the host, whatever its case", "POST /\norigin: https://API.example", &looked),
            ("and not of another port", "POST /\norigin: https://api.example:8443", refused),
            ("no page", "POST /", &looked),
            ("typed into the address bar", "POST /\nsec-fetch-site: none", &looked),
            ("its own page, which sends no Origin with GET", "GET /\nsec-fetch-site: same-origin", &looked),
            ("an image on a page of another site", "GET /\nsec-fetch-site: cross-site", not_navigated),
            ("on one of the same site", "GET /\nsec-fetch-site: same-site", not_navigated),
            (
                "a link on a page of another site",
                "GET /\nsec-fetch-site: cross-site\nsec-fetch-mode: navigate",
                &navigated,
            ),
            (
                "a form does not only look",
                "POST /\nsec-fetch-site: cross-site\nsec-fetch-mode: navigate",
                not_navigated,
            ),
            (
                "what no browser says counts as another site",
                "POST /\nsec-fetch-site: who-knows",
                not_navigated,
            ),
            (
                "several origins",
                "POST /\norigin: https://shop.example\norigin: https://shop.example",
                "403\nvary: Origin",
            ),
        ],
    )
    .await;
    check_both(
        &ONE,
        &[
            ("one origin varies as well", "POST /\norigin: https://shop.example", granted),
            (
                "and names the right one",
                "POST /\norigin: https://evil.example",
                "403\naccess-control-allow-origin: https://shop.example\nvary: Origin, Sec-Fetch-Site",
            ),
        ],
    )
    .await;
    let all = &format!("200\naccess-control-allow-origin: *\n{}", &DONE[4..]);
    check_both(
        &EVERYBODY,
        &[
            ("there is nobody to refuse", "POST /\norigin: https://evil.example", all),
            ("not even whoever sends no Origin", "GET /\nsec-fetch-site: cross-site", all),
        ],
    )
    .await;
}

/// A name that somebody has bound to this machine's address makes the browser and `Host` say that it is the server's own.
#[tokio::test]
async fn a_rebound_name() {
    let rebound = "POST /\norigin: http://api.example\nsec-fetch-site: same-origin";
    check_both(
        &strict(),
        &[
            (
                "its page is refused",
                rebound,
                "403\naccess-control-allow-origin: https://shop.example\nvary: Origin",
            ),
            (
                "and so is a link to it",
                "GET /\nsec-fetch-site: cross-site\nsec-fetch-mode: navigate",
                "403\naccess-control-allow-origin: https://shop.example\nvary: Origin, Sec-Fetch-Site",
            ),
            (
                "clients that are not browsers are not concerned",
                "POST /",
                &format!("200\naccess-control-allow-origin: https://shop.example\n{}\nvary: Origin, Sec-Fetch-Site", &DONE[4..]),
            ),
            (
                "those who are allowed are",
                "POST /\norigin: https://shop.example",
                &format!("200\naccess-control-allow-origin: https://shop.example\n{}\nvary: Origin", &DONE[4..]),
            ),
        ],
    )
    .await;
    let lax = CorsRouter::new().route("/", any(cors(&ONE, async || "done"))).finish().unwrap();
    assert!(send(&lax, rebound).await.starts_with("200"));
}

#[tokio::test]
async fn the_authority_counts_before_the_host() {
    let app: Router = CorsRouter::new().route("/", any(cors(&ONE, async || "done"))).finish().unwrap();
    for (authority, host, status) in [
        (Some("api.example"), None, 200),
        (Some("api.example:443"), None, 200),
        (Some("api.example"), Some("other.example"), 200),
        (Some("other.example"), Some("api.example"), 403),
        (None, Some("api.example"), 200),
        (None, None, 403),
    ] {
        let uri = authority.map_or("/".to_owned(), |authority| format!("https://{authority}/"));
        let mut request = Request::post(uri).header("origin", "https://api.example");
        if let Some(host) = host {
            request = request.header("host", host);
        }
        let request = request.body(Body::empty()).unwrap();
        let answer = ONE.answer_request(&request).status().unwrap_or(StatusCode::OK);
        assert_eq!(answer, status, "{authority:?} {host:?}");
        assert_eq!(respond(&app, request).await.status(), status, "{authority:?} {host:?}");
    }
}

#[cors(origins = ["https://shop.example"], methods = ["GET", "PUT"], headers = ["content-type"])]
async fn narrowed() -> &'static str {
    "done"
}

#[cors(origins = ["https://shop.example"], methods = ["GET"], enforce)]
async fn narrowed_and_enforced() -> &'static str {
    "done"
}

const VARY: &str = "vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers";

#[tokio::test]
async fn methods_that_a_policy_leaves_out() {
    let app = || CorsRouter::new().route("/", any(narrowed)).route("/enforced", any(narrowed_and_enforced));
    let preflight = |method: &str| {
        format!("OPTIONS /\norigin: https://shop.example\naccess-control-request-method: {method}")
    };
    let lists = |methods: &str| {
        format!(
            "204
            access-control-allow-headers: content-type
            access-control-allow-methods: {methods}
            access-control-allow-origin: https://shop.example\n{VARY}"
        )
    };
    let granted = format!("200\naccess-control-allow-origin: https://shop.example\n{}", &DONE[4..]);
    let cases: &[Case<'_>] = &[
        ("listed", &preflight("PUT"), &lists("GET, PUT")),
        ("browsers look this one up in the list", &preflight("DELETE"), &lists("GET, PUT")),
        ("but not this one", &preflight("POST"), &format!("403\n{VARY}")),
        ("nor this one", &preflight("HEAD"), &format!("403\n{VARY}")),
        ("a request that is listed", "GET /\norigin: https://shop.example", &granted),
        ("one that is not, which needs no preflight", "POST /\norigin: https://shop.example", DONE),
        ("and of nobody", "POST /", DONE),
        ("enforced", "POST /enforced\norigin: https://shop.example", "403\nvary: Origin, Sec-Fetch-Site"),
        (
            "of the server's own page",
            "POST /enforced\norigin: https://api.example",
            &format!("{DONE}\nvary: Origin, Sec-Fetch-Site"),
        ),
    ];
    check(app().finish().unwrap(), cases).await;
    check(app().layer(axum::extract::DefaultBodyLimit::disable()).finish().unwrap(), cases).await;
}

/// A handshake over HTTP/1, or over HTTP/2 as servers see it.
fn handshakes(origin: Option<&str>) -> [Request<Body>; 3] {
    let request = |method: Method, upgrade: &[&str], version| {
        let mut request =
            Request::builder().method(method).uri("/").version(version).header("host", "api.example");
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        let request = upgrade.iter().fold(request, |request, upgrade| request.header("upgrade", *upgrade));
        request.body(Body::empty()).unwrap()
    };
    [
        request(Method::GET, &["websocket"], Version::HTTP_11),
        request(Method::GET, &["foo, WebSocket"], Version::HTTP_11),
        request(Method::CONNECT, &[], Version::HTTP_2),
    ]
}

/// `CONNECT` cannot be listed: what opens a WebSocket is listed as `GET`, in any version of HTTP.
#[tokio::test]
async fn a_handshake_under_a_policy_that_is_narrowed() {
    static WITHOUT_GET: Policy = policy! { origins = ["https://shop.example"], methods = ["PUT"] };

    let app = |handlers: MethodRouter| CorsRouter::new().route("/", handlers).finish().unwrap();
    for (origin, status) in [("https://shop.example", 200), ("https://evil.example", 403)] {
        for request in handshakes(Some(origin)) {
            assert_eq!(respond(&app(any(narrowed)), request).await.status(), status, "{origin}");
        }
        for request in handshakes(Some(origin)) {
            let without_get = app(any(cors(&WITHOUT_GET, async || "done")));
            assert_eq!(respond(&without_get, request).await.status(), 403, "{origin}");
        }
    }
}

async fn of_shop() -> &'static Policy {
    &SHOWN
}

async fn fails() -> Result<Policy, &'static str> {
    Err("the directory is down")
}

#[tokio::test]
async fn a_handshake_is_checked_however_the_policy_is_given() {
    let handle = PolicyHandle::new(SHOWN.clone());
    let opened = || routing::any(async || "opened");
    let with = |policy: cors_runtime::PolicySource| {
        CorsRouter::new().route("/", any(cors(policy, async || "opened")))
    };
    let allowing = Policy::builder()
        .origins(["https://shop.example"])
        .allow(Allow::UnenforcedWebsocket)
        .build()
        .unwrap();
    for (name, app, shop, evil) in [
        ("a policy at the route", with((&SHOWN).into()), 200, 403),
        ("a handle", with((&handle).into()), 200, 403),
        ("a delegate", with(delegate(of_shop).into()), 200, 403),
        ("a delegate that fails", with(delegate(fails).into()), 403, 403),
        ("`none`", with(Policy::NONE.into()), 403, 403),
        ("the default policy", CorsRouter::new().route("/", opened()).default_policy(&SHOWN), 200, 403),
        (
            "that of a plain router",
            CorsRouter::from(Router::new().route("/", opened())).default_policy(&SHOWN),
            200,
            403,
        ),
        ("a group", CorsRouter::new().route("/", opened()).policy(&SHOWN), 200, 403),
        ("any origin", with((&EVERYBODY).into()), 200, 200),
        ("a policy that says otherwise", with((&allowing).into()), 200, 200),
        ("no policy", CorsRouter::new().route("/", opened()), 200, 200),
    ] {
        let gated: Router = app.finish().unwrap();
        let layered = Router::new().fallback_service(gated.clone());
        for app in [gated, layered] {
            for (origin, status) in [
                (Some("https://shop.example"), shop),
                (Some("https://evil.example"), evil),
                (Some("null"), evil),
                (Some("https://api.example"), 200),
                // Clients that are not browsers.
                (None, 200),
            ] {
                for request in handshakes(origin) {
                    let what = format!("{name}: {request:?}");
                    let response = respond(&app, request).await;
                    assert_eq!(response.status(), status, "{what}");
                    if status == 403 {
                        let vary = response.headers()["vary"].to_str().unwrap();
                        assert!(vary.contains("Origin") && vary.contains("Upgrade"), "{what}: {vary}");
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn a_delegate_that_cannot_be_asked_fails_closed() {
    async fn panics() -> &'static Policy {
        panic!("a delegate that panics, on purpose")
    }

    async fn by_path(Path(id): Path<u64>) -> Result<&'static Policy, &'static str> {
        if id == 7 { Ok(&SHOWN) } else { Err("there is no such tenant") }
    }

    let app = || {
        CorsRouter::new()
            .route("/lax/{id}", any(cors(delegate(by_path), async || "done")))
            .route("/closed/{id}", any(cors(delegate(by_path).enforce(), async || "done")))
            .route("/panics", any(cors(delegate(panics).enforce(), async || "done")))
            .default_policy(delegate(panics).enforce())
            .fallback(async || "nowhere")
    };
    for app in
        [app().finish().unwrap(), app().layer(axum::extract::DefaultBodyLimit::disable()).finish().unwrap()]
    {
        for (request, status) in [
            ("POST /lax/7\norigin: https://shop.example", 200),
            ("POST /lax/8\norigin: https://shop.example", 200),
            ("POST /closed/7\norigin: https://shop.example", 200),
            ("POST /closed/7\norigin: https://evil.example", 403),
            ("POST /closed/8\norigin: https://shop.example", 403),
            ("POST /closed/8\norigin: https://api.example", 200),
            // It is not asked about what no browser sends.
            ("POST /closed/7\norigin: https://shop.example\norigin: https://shop.example", 403),
            ("POST /panics\norigin: https://shop.example", 403),
            ("POST /panics", 200),
            ("POST /nowhere\norigin: https://shop.example", 403),
        ] {
            let response = send(&app, request).await;
            assert_eq!(response[..3].parse(), Ok(status), "{request}: {response}");
            assert!(response.contains("vary: Origin"), "{request}: {response}");
        }
    }
}

/// Requests that differ in one header field and get different answers find that field in the `Vary` of both.
#[tokio::test]
async fn whatever_an_answer_depends_on_it_varies_by() {
    let fields: [(&str, &[Option<&str>]); 3] = [
        (
            "origin",
            &[
                None,
                Some("https://shop.example"),
                Some("https://a.partner.example"),
                Some("https://evil.example"),
                Some("https://api.example"),
                Some("null"),
            ],
        ),
        (
            "sec-fetch-site",
            &[None, Some("same-origin"), Some("none"), Some("same-site"), Some("cross-site"), Some("")],
        ),
        ("sec-fetch-mode", &[None, Some("navigate"), Some("cors"), Some("no-cors")]),
    ];
    let enforced_with_credentials = Policy::builder()
        .origins(["https://shop.example"])
        .credentials()
        .expose(["etag"])
        .enforce()
        .build()
        .unwrap();
    let credentials = Policy::builder().origins(["https://shop.example"]).credentials().build().unwrap();
    let strict = strict();
    let narrowed =
        Policy::builder().origins(["https://shop.example"]).methods(["PUT"]).enforce().build().unwrap();
    for policy in [
        &ONE,
        &LIST,
        &EVERYBODY,
        &SHOWN,
        &strict,
        &narrowed,
        &Policy::NONE,
        &credentials,
        &enforced_with_credentials,
    ] {
        let app = CorsRouter::new().route("/", any(cors(policy, async || "done"))).finish().unwrap();
        // What names its one origin is of no use to another: only what others get has to vary.
        let names_its_origin = policy == &credentials;
        for method in ["GET", "POST"] {
            let mut answers = Vec::new();
            for origin in fields[0].1 {
                for site in fields[1].1 {
                    for mode in fields[2].1 {
                        let values = [*origin, *site, *mode];
                        let request = fields.iter().zip(values).fold(
                            Request::builder().method(method).uri("/").header("host", "api.example"),
                            |request, ((name, _), value)| match value {
                                Some(value) => request.header(*name, value),
                                None => request,
                            },
                        );
                        answers.push((values, respond(&app, request.body(Body::empty()).unwrap()).await));
                    }
                }
            }
            for (values, answer) in &answers {
                for (other_values, other) in &answers {
                    let differing: Vec<_> =
                        (0..3).filter(|field| values[*field] != other_values[*field]).collect();
                    if let [field] = differing[..] {
                        assert_varies(fields[field].0, [answer, other], names_its_origin);
                    }
                }
            }
        }
    }
}

fn assert_varies(field: &str, [answer, other]: [&Response<Body>; 2], names_its_origin: bool) {
    let without_vary = |response: &Response<Body>| {
        let mut headers = response.headers().clone();
        headers.remove(header::VARY);
        (response.status(), headers)
    };
    if without_vary(answer) != without_vary(other) {
        for response in [answer, other] {
            if names_its_origin && response.headers().contains_key(header::ACCESS_CONTROL_ALLOW_CREDENTIALS) {
                continue;
            }
            let vary =
                response.headers().get(header::VARY).map(|vary| vary.to_str().unwrap().to_ascii_lowercase());
            let is_named = vary.is_some_and(|vary| vary.split(", ").any(|name| name == field));
            assert!(is_named, "{field}\n{}\n{}", as_text(answer), as_text(other));
        }
    }
}

/// Whether `origin` is one that pages of the server at `host` have, whatever the host's case and whether it spells the
/// port that its scheme has anyway.
fn is_own(origin: &str, host: &str) -> bool {
    [("http://", ":80"), ("https://", ":443")].into_iter().any(|(scheme, port)| {
        let own = format!("{scheme}{}", host.strip_suffix(port).unwrap_or(host));
        origin.eq_ignore_ascii_case(&own)
    })
}

/// Whatever the CSRF protection of tower-http refuses, which is that of Go's standard library, `enforce` refuses.
///
/// There are three differences, each of which lets a page of the server itself in, and no other:
///
/// * The host's case and the scheme's own port make no difference: browsers leave `:443` out of `Origin`, and clients may
///   write it in `Host`.
/// * Origins of other schemes than `http` and `https` are never the server's own.
/// * `enforce` looks at reading requests as well.
#[tokio::test]
async fn what_others_refuse_is_refused() {
    let origins = [
        None,
        Some("https://shop.example"),
        Some("https://trusted.example"),
        Some("https://evil.example"),
        Some("http://api.example"),
        Some("https://api.example"),
        Some("https://api.example:8443"),
        Some("https://API.example"),
        Some("null"),
        Some(""),
        Some("api.example"),
        Some("tauri://api.example"),
        Some("https://api.example/"),
    ];
    let sites =
        [None, Some("same-origin"), Some("none"), Some("same-site"), Some("cross-site"), Some(""), Some("x")];
    let hosts = ["api.example", "api.example:443", "API.example", "api.example:8443", "shop.example", ""];
    let policy = Policy::builder().origins(["https://trusted.example"]).enforce().build().unwrap();
    let csrf = CsrfLayer::new().add_trusted_origin("https://trusted.example").unwrap();
    let service = csrf.layer(service_fn(async |_: Request<Body>| {
        Ok::<_, std::convert::Infallible>(Response::new(Body::empty()))
    }));

    let (mut refused, mut only_ours) = (0, 0);
    for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
        for origin in origins {
            for site in sites {
                for host in hosts {
                    for authority in [None, Some("api.example"), Some("other.example")] {
                        let uri =
                            authority.map_or("/".to_owned(), |authority| format!("https://{authority}/"));
                        let build = || {
                            let mut request =
                                Request::builder().method(&method).uri(&uri).header("host", host);
                            for (name, value) in [("origin", origin), ("sec-fetch-site", site)] {
                                if let Some(value) = value {
                                    request = request.header(name, value);
                                }
                            }
                            request.body(Body::empty()).unwrap()
                        };
                        let theirs = service.clone().oneshot(build()).await.unwrap().status() == 403;
                        let ours = policy.answer_request(&build()).status() == Some(StatusCode::FORBIDDEN);
                        let own = authority.unwrap_or(host);
                        let is_own_page = origin.is_some_and(|origin| is_own(origin, own))
                            && !matches!(site, Some("same-site" | "cross-site" | "x"));
                        assert!(ours || !theirs || is_own_page, "{method} {uri} {origin:?} {site:?} {host}");
                        refused += usize::from(theirs);
                        only_ours += usize::from(ours && !theirs);
                    }
                }
            }
        }
    }
    // Both sides have been seen.
    assert!(refused > 1_000 && only_ours > 0, "{refused} {only_ours}");
}

/// A handler inside decides who may read, and a policy outside whether it is asked at all. A cache must not give the answer
/// to whoever would have been refused outside.
#[tokio::test]
async fn what_is_decided_inside_varies_as_the_enforced_policy_outside_does() {
    static OUTSIDE: Policy = policy! { origins = ["https://shop.example"], enforce };
    static INSIDE: Policy = policy! { origins = any };
    let inside = CorsRouter::new().route("/", get(cors(&INSIDE, async || ()))).finish().unwrap();
    let app = CorsRouter::new().merge(inside).default_policy(&OUTSIDE).finish().unwrap();
    let allowed = "200\naccess-control-allow-origin: *\nvary: Origin";
    for (request, expected) in [
        ("GET /", "200\naccess-control-allow-origin: *\nvary: Origin, Sec-Fetch-Site"),
        ("GET /\norigin: https://shop.example", allowed),
        (
            "GET /\norigin: https://evil.example",
            "403\naccess-control-allow-origin: https://shop.example\nvary: Origin, Sec-Fetch-Site",
        ),
    ] {
        assert_eq!(send(&app, request).await, expected, "{request}");
    }
}
