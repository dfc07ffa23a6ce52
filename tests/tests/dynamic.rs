//! Policies that are known only at run time: from the environment, by a function, through a handle, of a
//! delegate. Each wire case runs in process and over a socket, with a gate around the router and without.

use std::{
    env,
    process::Command,
    sync::{
        Arc, Barrier, LazyLock, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use axum::{
    Router,
    extract::{FromRef, FromRequestParts, Path, Query, Request, State, WebSocketUpgrade},
    http::{HeaderMap, Method, StatusCode, Uri, header, request::Parts},
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
};
use cors_runtime::{
    CorsRouter, Origin, Policy, PolicyError, PolicyHandle, RequestOrigin, any, cors, delegate,
    delegate_with_state, get, policy, put,
};
use cors_tests::{Case, check, send, send_over_socket, serve};
use tokio::{io::AsyncWriteExt, net::TcpStream, sync::Notify};
use tokio_tungstenite::{
    connect_async,
    tungstenite::{Error, client::IntoClientRequest},
};

const VARY: &str = "vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers";

/// A layer that does nothing, but makes the router need its gate.
fn with_gate(app: CorsRouter) -> Router {
    app.layer(from_fn(async |request: Request, next: Next| next.run(request).await)).finish().unwrap()
}

/// Both ways of mounting, with a gate for each path and with one for all of them, give the same answers.
async fn check_both(app: impl Fn() -> CorsRouter, cases: &[Case<'_>]) {
    check(app().finish().unwrap(), cases).await;
    check(with_gate(app()), cases).await;
}

/// The lines of the error, with each place in this file as `here`.
fn problems(router: CorsRouter) -> Vec<String> {
    let Err(error) = router.finish() else { return Vec::new() };
    assert_eq!(error.to_string().lines().count(), error.problems().len());
    let short = |line: &str| {
        let words = line.split(' ').map(|word| if word.contains("dynamic.rs:") { "here" } else { word });
        words.collect::<Vec<_>>().join(" ")
    };
    error.to_string().lines().map(short).collect()
}

/// What must not take for ever, however slow the machine is.
async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), future).await.expect("it does not hang")
}

// The environment.

/// The variables of the environment that these tests run in. `ORIGINS_UNSET` is none of them.
const VARIABLES: [(&str, &str); 7] = [
    ("ORIGINS_ONE", "https://one.example"),
    ("ORIGINS_SEVERAL", " https://a.example,https://*.b.example\n\thttp://localhost:*,"),
    ("ORIGINS_ANY", "any"),
    ("ORIGINS_EMPTY", " ,\n"),
    ("ORIGINS_BAD", "https://good.example https://bad.example/, https://*.com"),
    ("ORIGINS_INSECURE", "http://plain.example"),
    ("ORIGINS_TWICE", "https://new.example https://literal.example"),
];

/// Whether the variables are set. If not, the test is run in a process of its own that has them: a program can only change
/// its own environment by unsafe code.
fn has_variables(test: &str) -> bool {
    if env::var_os("ORIGINS_ONE").is_some() {
        return true;
    }
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", test]).envs(VARIABLES);
    #[cfg(unix)]
    {
        use std::{ffi::OsStr, os::unix::ffi::OsStrExt};
        command.env("ORIGINS_OF_BYTES", OsStr::from_bytes(b"https://\xff.example"));
    }
    let output = command.output().unwrap();
    let [stdout, stderr] =
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    assert!(output.status.success() && stdout.contains(" 1 passed"), "{stdout}{stderr}");
    false
}

#[cors(origins = [env("ORIGINS_ONE")], expose = ["etag"], credentials)]
async fn of_one() {}

#[cors(origins = [env("ORIGINS_SEVERAL")], headers = ["x-a"], max_age = 600)]
async fn of_several() {}

#[cors(origins = [env("ORIGINS_SEVERAL")], headers = ["x-a"], max_age = 600)]
async fn of_the_same() {}

#[cors(origins = ["https://literal.example", env("ORIGINS_ONE"), env("ORIGINS_SEVERAL")])]
async fn of_all() {}

#[cors(origins = [env("ORIGINS_UNSET", default = ["https://default.example", "https://*.default.example"])])]
async fn of_default() {}

#[cors(origins = [env("ORIGINS_ONE", default = ["https://default.example"])])]
async fn of_one_with_default() {}

#[cors(origins = [env("ORIGINS_ANY")])]
async fn of_any() {}

#[cors(origins = [env("ORIGINS_ONE")], enforce)]
async fn of_one_enforced() {}

#[tokio::test]
async fn origins_of_the_environment() {
    if !has_variables("origins_of_the_environment") {
        return;
    }
    let app = || {
        CorsRouter::new()
            .route("/one", get(of_one))
            .route("/several", get(of_several).put(of_the_same))
            .route("/all", get(of_all))
            .route("/default", get(of_default))
            .route("/one-with-default", get(of_one_with_default))
            .route("/any", get(of_any))
            .route("/enforced", get(of_one_enforced))
            .route(
                "/handle",
                get(cors(PolicyHandle::new(policy! { origins = [env("ORIGINS_ONE")] }), async || {})),
            )
            .default_policy(policy! { origins = [env("ORIGINS_ONE")] })
    };
    let granted = |origin: &str| format!("200\naccess-control-allow-origin: {origin}\nvary: Origin");
    check_both(
        app,
        &[
            (
                "the only one is served as if it stood in the source",
                "GET /one\norigin: https://one.example",
                "200
                access-control-allow-credentials: true
                access-control-allow-origin: https://one.example
                access-control-expose-headers: etag",
            ),
            (
                "and is named to others",
                "GET /one\norigin: https://a.example",
                "200\naccess-control-allow-origin: https://one.example\nvary: Origin",
            ),
            (
                "commas, spaces and lines",
                "GET /several\norigin: https://a.example",
                &granted("https://a.example"),
            ),
            ("a pattern", "GET /several\norigin: https://x.y.b.example", &granted("https://x.y.b.example")),
            ("any port", "GET /several\norigin: http://localhost:1", &granted("http://localhost:1")),
            ("none of several", "GET /several\norigin: https://b.example", "200\nvary: Origin"),
            (
                "two handlers that say the same have one policy",
                "OPTIONS /several\norigin: https://a.example\naccess-control-request-method: PUT",
                &format!(
                    "204
                    access-control-allow-headers: x-a
                    access-control-allow-methods: GET, HEAD, PUT
                    access-control-allow-origin: https://a.example
                    access-control-max-age: 600\n{VARY}"
                ),
            ),
            (
                "a literal beside variables",
                "GET /all\norigin: https://literal.example",
                &granted("https://literal.example"),
            ),
            ("the first variable", "GET /all\norigin: https://one.example", &granted("https://one.example")),
            ("the second variable", "GET /all\norigin: https://a.example", &granted("https://a.example")),
            (
                "a default",
                "GET /default\norigin: https://x.default.example",
                &granted("https://x.default.example"),
            ),
            (
                "a variable is instead of its default",
                "GET /one-with-default\norigin: https://default.example",
                "200\naccess-control-allow-origin: https://one.example",
            ),
            ("any origin", "GET /any\norigin: https://x.example", "200\naccess-control-allow-origin: *"),
            (
                "refused and enforced",
                "GET /enforced\norigin: https://x.example",
                "403\naccess-control-allow-origin: https://one.example\nvary: Origin, Sec-Fetch-Site",
            ),
            (
                "in a handle",
                "GET /handle\norigin: https://one.example",
                "200\naccess-control-allow-origin: https://one.example",
            ),
            (
                "in the default policy",
                "GET /nowhere\norigin: https://one.example",
                "404\naccess-control-allow-origin: https://one.example",
            ),
        ],
    )
    .await;
}

#[cors(origins = [env("ORIGINS_UNSET")])]
async fn of_unset() {}

#[cors(origins = [env("ORIGINS_EMPTY", default = ["https://default.example"])])]
async fn of_empty() {}

#[cors(origins = ["https://literal.example", env("ORIGINS_BAD")], credentials)]
async fn of_bad() {}

#[cors(origins = ["https://literal.example", env("ORIGINS_UNSET"), env("ORIGINS_INSECURE")], credentials)]
async fn of_insecure() {}

#[cors(origins = [env("ORIGINS_INSECURE")], credentials, allow(insecure_origins))]
async fn of_insecure_that_is_meant() {}

#[cors(origins = ["https://literal.example", env("ORIGINS_ONE"), env("ORIGINS_ANY")], credentials)]
async fn of_any_with_credentials() {}

#[cors(origins = ["https://literal.example", env("ORIGINS_TWICE")])]
async fn of_twice() {}

#[test]
fn what_is_wrong_with_the_environment() {
    if !has_variables("what_is_wrong_with_the_environment") {
        return;
    }
    let policy_at = |handler: &str, variable: &str| {
        format!("the policy at here ({handler}) reads its origins from the environment variable `{variable}`")
    };
    let hint = |variable: &str| {
        format!(
            "set it to a list of origins, with commas or spaces between them, or write `env(\"{variable}\", default = \
             [..])`"
        )
    };
    let unset = |handler: &str| {
        format!("{}, but it is not set; {}", policy_at(handler, "ORIGINS_UNSET"), hint("ORIGINS_UNSET"))
    };
    assert_eq!(problems(CorsRouter::new().route("/", get(of_unset))), [unset("of_unset")]);
    // An empty variable says that it is nobody, and the default is for one that is not there.
    assert_eq!(problems(CorsRouter::new().route("/", get(of_empty))), [""; 0]);
    let bad = policy_at("of_bad", "ORIGINS_BAD");
    assert_eq!(
        problems(CorsRouter::new().route("/", get(of_bad))),
        [
            format!(
                "{bad}, and there `https://bad.example/` has a slash at the end, which is not part of an origin; write \
                 `https://bad.example`"
            ),
            format!(
                "{bad}, and there anyone can register a subdomain of `com`, and could then send credentialed requests; \
                 list the names that are yours, or add `allow(public_suffix)` to the policy"
            ),
        ]
    );
    let insecure = format!(
        "{}, and there `http://plain.example` is not encrypted: anyone on the network path can send credentialed \
         requests from it; write it with `https://`, or add `allow(insecure_origins)` to the policy",
        policy_at("of_insecure", "ORIGINS_INSECURE")
    );
    assert_eq!(
        problems(CorsRouter::new().route("/", get(of_insecure))),
        [unset("of_insecure"), insecure.clone()]
    );
    assert_eq!(problems(CorsRouter::new().route("/", get(of_insecure_that_is_meant))), [""; 0]);
    assert_eq!(
        problems(CorsRouter::new().route("/", get(of_any_with_credentials))),
        [format!(
            "{}, and there `any` cannot be combined with credentials: browsers reject the response; list the origins \
                 that may send credentials, or remove `credentials` from the policy",
            policy_at("of_any_with_credentials", "ORIGINS_ANY")
        ),]
    );
    assert_eq!(
        problems(CorsRouter::new().route("/", get(of_twice))),
        [""; 0],
        "it is dropped, and the audit says so"
    );
    let audit = CorsRouter::<()>::new().route("/", get(of_twice)).audit();
    let notes: Vec<_> = audit.rows()[0].rule_notes.iter().map(ToString::to_string).collect();
    assert_eq!(
        notes,
        ["origins (the variable `ORIGINS_TWICE`): `https://literal.example` is already listed (dropped)"]
    );
    // All of them at once, each policy once wherever it is used.
    let both = CorsRouter::new()
        .route("/a", get(of_unset).put(of_unset))
        .nest("/b", CorsRouter::new().route("/", get(of_insecure)).route("/c", put(of_unset)));
    assert_eq!(problems(both), [unset("of_unset"), unset("of_insecure"), insecure]);
    let default = CorsRouter::new().default_policy(policy! { origins = [env("ORIGINS_UNSET")] });
    assert_eq!(problems(default), [unset("policy!")]);
}

#[cfg(unix)]
#[cors(origins = [env("ORIGINS_OF_BYTES", default = ["https://default.example"])])]
async fn of_bytes() {}

#[cfg(unix)]
#[test]
fn a_variable_that_is_no_text() {
    if !has_variables("a_variable_that_is_no_text") {
        return;
    }
    let problems = problems(CorsRouter::new().route("/", get(of_bytes)));
    assert!(problems[0].contains("`ORIGINS_OF_BYTES`, but it is not Unicode; set it to"), "{problems:?}");
}

/// What is wrong with one policy is said once, at however many places it is mounted.
#[test]
fn one_policy_at_several_places() {
    if !has_variables("one_policy_at_several_places") {
        return;
    }
    let once = problems(CorsRouter::new().route("/a", get(of_bad)));
    assert_eq!(once.len(), 2, "{once:?}");
    let app = CorsRouter::new()
        .route("/a", get(of_bad).put(of_bad))
        .nest("/b", CorsRouter::new().route("/c", get(of_bad)));
    assert_eq!(problems(app), once);
}

#[test]
#[should_panic(expected = "`ORIGINS_UNSET`, but it is not set")]
fn a_method_router_by_itself_panics_for_the_environment() {
    let _: Router = Router::new().route("/", get(of_unset).into());
}

#[tokio::test]
async fn a_policy_that_nobody_read_the_environment_for_grants_nothing() {
    static UNREAD: Policy =
        policy! { origins = [env("ORIGINS_UNSET", default = ["https://default.example"])] };
    let handle = PolicyHandle::new(Policy::NONE);
    let app = || {
        CorsRouter::new()
            .route("/delegate", get(cors(delegate(async || &UNREAD), async || {})))
            .route("/handle", get(cors(&handle, async || {})))
    };
    let apps = [app().finish().unwrap(), with_gate(app())];
    handle.store(UNREAD.clone());
    for app in apps {
        for (path, response) in [("/delegate", "200\nvary: Origin"), ("/handle", "200")] {
            let request = format!("GET {path}\norigin: https://default.example");
            assert_eq!(send(&app, &request).await, response, "{path}");
        }
    }
    assert_eq!(UNREAD.with_environment().unwrap().to_string(), "https://default.example");
}

// A function that decides on origins.

#[cors(origins = [env("ORIGINS_ONE")], methods = ["PUT"], headers = ["x-a"], expose = ["x-b"], max_age = 60, credentials, timing)]
async fn of_one_with_everything() {}

/// The policy that has read its variable is otherwise the one that is written.
#[tokio::test]
async fn what_else_a_policy_with_a_variable_says() {
    if !has_variables("what_else_a_policy_with_a_variable_says") {
        return;
    }
    let app = || CorsRouter::new().route("/", any(of_one_with_everything));
    let cases = [
        (
            "a preflight for the one method",
            "OPTIONS /\norigin: https://one.example\naccess-control-request-method: PUT",
            "204\naccess-control-allow-credentials: true\naccess-control-allow-headers: x-a\naccess-control-allow-methods: \
             PUT\naccess-control-allow-origin: https://one.example\naccess-control-max-age: 60",
        ),
        (
            "a request",
            "PUT /\norigin: https://one.example",
            "200\naccess-control-allow-credentials: true\naccess-control-allow-origin: https://one.example\n\
             access-control-expose-headers: x-b\ntiming-allow-origin: https://one.example",
        ),
        ("another method", "GET /\norigin: https://one.example", "200"),
        (
            "a preflight for another method",
            "OPTIONS /\norigin: https://one.example\naccess-control-request-method: GET",
            "403",
        ),
    ];
    let cases = cases.map(|(why, request, answer)| {
        let vary = if request.starts_with("OPTIONS") { format!("\n{VARY}") } else { String::new() };
        (why, request, format!("{answer}{vary}"))
    });
    let cases: Vec<_> =
        cases.iter().map(|(why, request, answer)| (*why, *request, answer.as_str())).collect();
    check_both(app, &cases).await;
}

fn is_of_shop(origin: &Origin<'_>) -> bool {
    origin.scheme() == "https" && origin.port() == Some(443) && origin.is_subdomain_of("shop.example")
}

#[cors(origins = when(is_of_shop), headers = ["x-a"], expose = ["etag"], max_age = 60, credentials)]
async fn when_of_shop() {}

fn is_any(_: &Origin<'_>) -> bool {
    true
}

#[cors(origins = when(is_any), enforce)]
async fn when_any() {}

#[tokio::test]
async fn origins_that_a_function_accepts() {
    let long = format!("GET /any\norigin: https://{}.example", "a".repeat(400));
    let built = Policy::builder().when(|origin| origin.is_loopback()).build().unwrap();
    let app = || {
        CorsRouter::new()
            .route("/shop", get(when_of_shop))
            .route("/any", get(when_any))
            .route("/built", get(cors(&built, async || {})))
    };
    check_both(
        app,
        &[
            (
                "accepted, with credentials",
                "GET /shop\norigin: https://a.shop.example",
                "200
                access-control-allow-credentials: true
                access-control-allow-origin: https://a.shop.example
                access-control-expose-headers: etag
                vary: Origin",
            ),
            ("not accepted", "GET /shop\norigin: https://shop.example", "200\nvary: Origin"),
            (
                "a port that is not accepted",
                "GET /shop\norigin: https://a.shop.example:1",
                "200\nvary: Origin",
            ),
            ("no page", "GET /shop", "200\nvary: Origin"),
            (
                "its preflights",
                "OPTIONS /shop\norigin: https://a.shop.example\naccess-control-request-method: GET",
                &format!(
                    "204
                    access-control-allow-credentials: true
                    access-control-allow-headers: x-a
                    access-control-allow-methods: GET, HEAD
                    access-control-allow-origin: https://a.shop.example
                    access-control-max-age: 60\n{VARY}"
                ),
            ),
            (
                "a refused preflight",
                "OPTIONS /shop\norigin: https://evil.example\naccess-control-request-method: GET",
                &format!("403\n{VARY}"),
            ),
            (
                "a function that accepts all",
                "GET /any\norigin: https://evil.example",
                "200\naccess-control-allow-origin: https://evil.example\nvary: Origin",
            ),
            ("it is not asked about `null`", "GET /any\norigin: null", "403\nvary: Origin, Sec-Fetch-Site"),
            ("an empty origin", "GET /any\norigin:", "403\nvary: Origin, Sec-Fetch-Site"),
            ("a path", "GET /any\norigin: https://a.example/", "403\nvary: Origin, Sec-Fetch-Site"),
            ("upper case", "GET /any\norigin: https://A.example", "403\nvary: Origin, Sec-Fetch-Site"),
            (
                "the scheme's own port",
                "GET /any\norigin: https://a.example:443",
                "403\nvary: Origin, Sec-Fetch-Site",
            ),
            ("no host", "GET /any\norigin: file://", "403\nvary: Origin, Sec-Fetch-Site"),
            (
                "two of them",
                "GET /any\norigin: https://a.example\norigin: https://a.example",
                "403\nvary: Origin",
            ),
            ("too long", &long, "403\nvary: Origin"),
            (
                "in a policy that was built",
                "GET /built\norigin: http://127.0.0.1:3000",
                "200\naccess-control-allow-origin: http://127.0.0.1:3000\nvary: Origin",
            ),
            ("and what it does not accept", "GET /built\norigin: http://10.0.0.1", "200\nvary: Origin"),
        ],
    )
    .await;
}

// Policies that are made at their first use, or replaced later.

static BUILT: LazyLock<Policy> = LazyLock::new(|| {
    Policy::builder().origins(["https://a.example", "https://b.example"]).headers(["x-a"]).build().unwrap()
});

#[cors(policy = BUILT)]
async fn of_built() {}

static BUILT_HANDLE: LazyLock<PolicyHandle> = LazyLock::new(|| PolicyHandle::new(BUILT.clone()));

#[cors(policy = BUILT_HANDLE)]
async fn of_built_handle() {}

#[cors(none)]
async fn of_nobody() {}

#[tokio::test]
async fn policies_that_are_built_and_none() {
    let app = || {
        CorsRouter::new()
            .route("/built", get(of_built).put(cors(&BUILT, async || {})))
            .route("/handle", get(of_built_handle))
            .route("/none", get(of_nobody).put(cors(Policy::NONE, async || {})))
    };
    let preflight = |path: &str, method: &str| {
        format!("OPTIONS {path}\norigin: https://a.example\naccess-control-request-method: {method}")
    };
    let granted = |methods: &str| {
        format!(
            "204
            access-control-allow-headers: x-a
            access-control-allow-methods: {methods}
            access-control-allow-origin: https://a.example\n{VARY}"
        )
    };
    let readable = "200\naccess-control-allow-origin: https://b.example\nvary: Origin";
    check_both(
        app,
        &[
            ("built", "GET /built\norigin: https://b.example", readable),
            ("one policy on two methods", &preflight("/built", "PUT"), &granted("GET, HEAD, PUT")),
            ("a handle that was built", "GET /handle\norigin: https://b.example", readable),
            ("and its preflights", &preflight("/handle", "GET"), &granted("GET, HEAD")),
            ("nobody may read it, and that never changes", "GET /none\norigin: https://a.example", "200"),
            ("the constant says the same", "PUT /none\norigin: https://a.example", "200"),
            ("no preflight of either", &preflight("/none", "GET"), &format!("403\n{VARY}")),
            ("nor of the other", &preflight("/none", "PUT"), &format!("403\n{VARY}")),
            ("a method that is not there is nobody's either", "POST /none\norigin: https://a.example", "405"),
        ],
    )
    .await;
}

static PARTNERS: PolicyHandle = PolicyHandle::new(policy! { none });

#[cors(policy = PARTNERS)]
async fn prices() {}

#[cors(policy = PARTNERS)]
async fn change_prices() {}

#[tokio::test]
async fn a_policy_that_is_replaced() {
    let flat = || {
        CorsRouter::new()
            .route("/prices", get(prices).put(change_prices))
            .route("/more/prices", get(cors(&PARTNERS, async || {})))
            .default_policy(&PARTNERS)
    };
    let nested = || {
        CorsRouter::new()
            .route("/prices", get(prices).put(change_prices))
            .nest("/more", CorsRouter::new().route("/prices", get(prices)))
            .default_policy(PARTNERS.clone())
    };
    let apps = [flat().finish().unwrap(), with_gate(flat()), nested().finish().unwrap(), with_gate(nested())];
    let preflight = "OPTIONS /prices\norigin: https://b.example\naccess-control-request-method: PUT";
    let get_prices = "GET /prices\norigin: https://b.example";
    let get_more = "GET /more/prices\norigin: https://b.example";
    let get_nothing = "GET /nowhere\norigin: https://b.example";
    let post = "POST /prices\norigin: https://b.example";

    for app in &apps {
        PARTNERS.store(Policy::NONE);
        let before = &[
            ("no policy yet: a request", get_prices, "200"),
            ("another route", get_more, "200"),
            ("no route", get_nothing, "404"),
            ("a preflight", preflight, &*format!("403\n{VARY}")),
        ];
        check(app.clone(), before).await;

        PARTNERS.store(policy! {
            origins = ["https://a.example", "https://b.example"],
            headers = ["x-a"],
            expose = ["etag"],
            max_age = 0,
            credentials
        });
        let readable = "access-control-allow-credentials: true
            access-control-allow-origin: https://b.example
            access-control-expose-headers: etag
            vary: Origin";
        let after = &[
            ("a request", get_prices, &*format!("200\n{readable}")),
            ("another route", get_more, &*format!("200\n{readable}")),
            ("no route", get_nothing, &*format!("404\n{readable}")),
            ("no method", post, &*format!("405\n{readable}")),
            (
                "a preflight",
                preflight,
                &*format!(
                    "204
                    access-control-allow-credentials: true
                    access-control-allow-headers: x-a
                    access-control-allow-methods: GET, HEAD, PUT
                    access-control-allow-origin: https://b.example
                    access-control-max-age: 0\n{VARY}"
                ),
            ),
        ];
        check(app.clone(), after).await;

        PARTNERS.store(policy! { origins = any, methods = ["PUT"], enforce });
        let later = &[
            ("a method that is left out", get_prices, "403\nvary: Origin, Sec-Fetch-Site"),
            ("one that is not", "PUT /prices\norigin: null", "200\naccess-control-allow-origin: *"),
            (
                "a preflight",
                preflight,
                &*format!("204\naccess-control-allow-methods: PUT\naccess-control-allow-origin: *\n{VARY}"),
            ),
        ];
        check(app.clone(), later).await;

        PARTNERS.store(policy! { origins = ["https://a.example"], enforce });
        let last = &[
            (
                "a request",
                get_prices,
                "403\naccess-control-allow-origin: https://a.example\nvary: Origin, Sec-Fetch-Site",
            ),
            (
                "a preflight",
                preflight,
                &*format!("403\naccess-control-allow-origin: https://a.example\n{VARY}"),
            ),
        ];
        check(app.clone(), last).await;
    }
}

const THREADS: usize = 8;
const SWAPS: usize = 100_000;

fn replaceable(handle: &PolicyHandle) -> CorsRouter {
    CorsRouter::new().route("/", get(cors(handle, async || {})).put(cors(handle, async || {})))
}

/// What a request and a preflight get while the policy is in force.
fn answers(policy: &Policy) -> [String; 2] {
    let app = replaceable(&PolicyHandle::new(policy.clone())).finish().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    REQUESTS.map(|request| runtime.block_on(send(&app, request)))
}

const REQUESTS: [&str; 2] = [
    "GET /\norigin: https://b.example",
    "OPTIONS /\norigin: https://b.example\naccess-control-request-method: PUT",
];

#[test]
fn each_answer_is_by_one_policy_while_they_are_replaced() {
    let policies = [
        policy! { none },
        policy! {
            origins = ["https://b.example"],
            headers = ["x-one"],
            expose = ["x-one"],
            max_age = 1,
            credentials
        },
        policy! { origins = any, methods = ["GET", "PUT"], headers = ["x-two"], expose = ["x-two"], max_age = 2 },
        policy! {
            origins = ["https://a.example", "https://b.example"],
            methods = ["GET", "PUT"],
            headers = ["x-three"],
            expose = ["x-three"],
            max_age = 3,
            credentials
        },
    ];
    let expected = policies.each_ref().map(answers);
    assert!(expected.iter().enumerate().all(|(index, one)| {
        expected[..index].iter().all(|other| one[0] != other[0] && one[1] != other[1])
    }));
    let handle = PolicyHandle::new(policies[0].clone());
    let apps = [replaceable(&handle).finish().unwrap(), with_gate(replaceable(&handle))];

    let (start, done) = (Barrier::new(THREADS + 1), AtomicBool::new(false));
    let answered = AtomicUsize::new(0);
    let seen: Vec<AtomicUsize> = policies.iter().map(|_| AtomicUsize::new(0)).collect();
    thread::scope(|scope| {
        for number in 0..THREADS {
            let (app, kind) = (&apps[number % 2], number / 2 % 2);
            let (start, done, answered, seen, expected) = (&start, &done, &answered, &seen, &expected);
            scope.spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                start.wait();
                while !done.load(Ordering::Relaxed) {
                    let answer = runtime.block_on(send(app, REQUESTS[kind]));
                    let policy = expected.iter().position(|expected| expected[kind] == answer);
                    let policy = policy.unwrap_or_else(|| panic!("by no policy:\n{answer}"));
                    seen[policy].fetch_add(1, Ordering::Relaxed);
                    answered.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        start.wait();
        // Ended even if something panics here.
        let _done = OnDrop(|| done.store(true, Ordering::Relaxed));
        for swap in 0..SWAPS {
            handle.store(policies[swap % policies.len()].clone());
            if swap % 4_999 == 0 {
                // Now and then, some request that begins under this policy ends under it: one more than can be on
                // their way.
                let enough = answered.load(Ordering::Relaxed) + THREADS + 1;
                while answered.load(Ordering::Relaxed) < enough {
                    thread::yield_now();
                }
            }
        }
    });
    let seen: Vec<_> = seen.iter().map(|count| count.load(Ordering::Relaxed)).collect();
    assert!(seen.iter().all(|count| *count > 0), "{seen:?}");
    assert_eq!(seen.iter().sum::<usize>(), answered.load(Ordering::Relaxed));
}

struct OnDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

// Functions that are asked with each request.

static PARTNER: Policy = policy! { origins = ["https://partner.example"], headers = ["x-api-key"] };

#[derive(Clone)]
struct Shop {
    origins: &'static [&'static str],
}

async fn by_state(State(shop): State<Shop>) -> Result<Policy, PolicyError> {
    Policy::builder()
        .origins(shop.origins.iter().copied())
        .headers(["x-a"])
        .expose(["etag"])
        .max_age(600)
        .credentials()
        .build()
}

#[cors(delegate = by_state)]
async fn shown(State(_): State<Shop>) {}

#[cors(delegate = by_state)]
async fn changed() {}

async fn by_header(headers: HeaderMap) -> Option<Policy> {
    headers.contains_key("x-partner").then(|| PARTNER.clone())
}

#[cors(delegate = by_header)]
async fn of_header() {}

async fn by_query(uri: Uri) -> Option<&'static Policy> {
    (uri.query() == Some("partner")).then_some(&PARTNER)
}

#[cors(delegate = by_query)]
async fn of_query() {}

async fn by_path(Path(number): Path<u64>) -> Result<&'static Policy, String> {
    if number == 7 { Ok(&PARTNER) } else { Err(format!("{number} is nobody's number")) }
}

#[cors(delegate = by_path)]
async fn of_path() -> &'static str {
    "the handler's own"
}

async fn by_path_enforced(path: Path<u64>) -> Result<Policy, String> {
    by_path(path).await.map(|_| policy! { origins = ["https://partner.example"], enforce })
}

#[cors(delegate = by_path_enforced)]
async fn of_path_enforced() -> &'static str {
    "the handler's own"
}

async fn by_origin(origin: RequestOrigin, _: Method, _: HeaderMap) -> Option<Policy> {
    let is_own = origin.parsed()?.is_subdomain_of("shop.example");
    is_own.then(|| policy! { origins = ["https://*.shop.example"], credentials })
}

#[cors(delegate = by_origin)]
async fn of_origin() {}

async fn by_anything() -> Policy {
    policy! { origins = any }
}

#[cors(delegate = by_anything)]
async fn of_anything() {}

const A_AND_B: Shop = Shop { origins: &["https://a.example", "https://b.example"] };

fn delegated() -> CorsRouter {
    let bound = "x-bound".to_owned();
    let closure = move |headers: HeaderMap| {
        let policy = headers.contains_key(&bound).then_some(&PARTNER);
        async move { policy }
    };
    CorsRouter::new()
        .route("/state", get(shown).put(changed))
        .route("/header", get(of_header))
        .route("/query", get(of_query).put(cors(delegate(by_query), async || {})))
        .route("/path/{number}", get(of_path))
        .route("/origin", get(of_origin))
        .route("/anything", get(of_anything))
        .route("/closure", get(cors(delegate(closure), async || {})))
        .with_state(A_AND_B)
}

/// What the policy of the shop's state grants to `https://b.example`.
const READABLE: &str = "access-control-allow-credentials: true
    access-control-allow-origin: https://b.example
    access-control-expose-headers: etag
    vary: Origin";

#[tokio::test]
async fn delegates() {
    let long = format!("GET /anything\norigin: https://{}.example", "a".repeat(400));
    let partner = "200\naccess-control-allow-origin: https://partner.example\nvary: Origin";
    let preflight = |path: &str, origin: &str| {
        format!("OPTIONS {path}\norigin: {origin}\naccess-control-request-method: GET")
    };
    let own = "200\ncontent-type: text/plain; charset=utf-8\nvary: Origin";
    check_both(
        delegated,
        &[
            ("a policy of the state", "GET /state\norigin: https://b.example", &format!("200\n{READABLE}")),
            (
                "it decides about HEAD as well",
                "HEAD /state\norigin: https://b.example",
                &format!("200\n{READABLE}"),
            ),
            ("which does not grant to all", "GET /state\norigin: https://c.example", "200\nvary: Origin"),
            ("no page", "GET /state", "200\nvary: Origin"),
            (
                "two handlers that ask one function have one policy",
                &preflight("/state", "https://a.example"),
                &format!(
                    "204
                    access-control-allow-credentials: true
                    access-control-allow-headers: x-a
                    access-control-allow-methods: GET, HEAD, PUT
                    access-control-allow-origin: https://a.example
                    access-control-max-age: 600\n{VARY}"
                ),
            ),
            ("a refused preflight", &preflight("/state", "https://c.example"), &format!("403\n{VARY}")),
            (
                "a method that is not there can be read as such",
                "POST /state\norigin: https://b.example",
                &format!("405\n{READABLE}"),
            ),
            ("but not by everybody", "POST /state\norigin: https://c.example", "405\nvary: Origin"),
            (
                "nor is there a preflight for it",
                "OPTIONS /state\norigin: https://b.example\naccess-control-request-method: POST",
                &format!("403\n{VARY}"),
            ),
            ("no route has no policy", "GET /nowhere\norigin: https://b.example", "404"),
            ("by a header", "GET /header\norigin: https://partner.example\nx-partner: 1", partner),
            (
                "one origin is named to others, and caches must keep apart what another request may get",
                "GET /header\norigin: https://evil.example\nx-partner: 1",
                partner,
            ),
            ("none", "GET /header\norigin: https://partner.example", "200\nvary: Origin"),
            ("by the query", "GET /query?partner\norigin: https://partner.example", partner),
            (
                "preflights have the same address, and a closure at the route may ask the same function",
                &preflight("/query?partner", "https://partner.example"),
                &format!(
                    "204
                    access-control-allow-headers: x-api-key
                    access-control-allow-methods: GET, HEAD, PUT
                    access-control-allow-origin: https://partner.example\n{VARY}"
                ),
            ),
            ("none", "GET /query\norigin: https://partner.example", "200\nvary: Origin"),
            (
                "by the path",
                "GET /path/7\norigin: https://partner.example",
                "200
                access-control-allow-origin: https://partner.example
                content-type: text/plain; charset=utf-8
                vary: Origin",
            ),
            (
                "an error refuses, and the response is there all the same",
                "GET /path/8\norigin: https://partner.example",
                own,
            ),
            (
                "and it refuses preflights",
                &preflight("/path/8", "https://partner.example"),
                &format!("403\n{VARY}"),
            ),
            (
                "what cannot be extracted refuses: it is not an error of the handler",
                "GET /path/tea\norigin: https://partner.example",
                own,
            ),
            (
                "and it refuses preflights",
                &preflight("/path/tea", "https://partner.example"),
                &format!("403\n{VARY}"),
            ),
            (
                "by the origin",
                "GET /origin\norigin: https://a.shop.example",
                "200
                access-control-allow-credentials: true
                access-control-allow-origin: https://a.shop.example
                vary: Origin",
            ),
            ("by no origin", "GET /origin", "200\nvary: Origin"),
            (
                "by two origins",
                "GET /origin\norigin: https://a.shop.example\norigin: https://a.shop.example",
                "200\nvary: Origin",
            ),
            ("any", "GET /anything\norigin: null", "200\naccess-control-allow-origin: *\nvary: Origin"),
            ("what no browser sends is not worth a question", &long, "200\nvary: Origin"),
            ("by a closure", "GET /closure\norigin: https://partner.example\nx-bound: 1", partner),
            ("none", "GET /closure\norigin: https://partner.example", "200\nvary: Origin"),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_delegate_whose_policy_is_enforced() {
    let app = || CorsRouter::new().route("/path/{number}", get(of_path_enforced));
    let ours = "200
        access-control-allow-origin: https://partner.example
        content-type: text/plain; charset=utf-8
        vary: Origin";
    check_both(
        app,
        &[
            ("granted", "GET /path/7\norigin: https://partner.example", ours),
            ("no page", "GET /path/7", &format!("{ours}, Sec-Fetch-Site")),
            (
                "refused",
                "GET /path/7\norigin: https://evil.example",
                "403\naccess-control-allow-origin: https://partner.example\nvary: Origin, Sec-Fetch-Site",
            ),
            (
                "no policy enforces nothing, and grants nothing",
                "GET /path/8\norigin: https://partner.example",
                "200\ncontent-type: text/plain; charset=utf-8\nvary: Origin",
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_delegate_for_whatever_has_no_policy() {
    let app = || {
        CorsRouter::new()
            .route("/plain", axum::routing::get(async || {}))
            .route("/query", get(of_query))
            .fallback(async || StatusCode::NOT_FOUND)
            .default_policy(delegate(by_state))
            .with_state(A_AND_B)
    };
    check_both(
        app,
        &[
            ("no policy", "GET /plain\norigin: https://b.example", &format!("200\n{READABLE}")),
            ("no route", "GET /nowhere\norigin: https://b.example", &format!("404\n{READABLE}")),
            ("no method", "POST /plain\norigin: https://b.example", &format!("405\n{READABLE}")),
            (
                "no method beside a policy",
                "POST /query?partner\norigin: https://b.example",
                &format!("405\n{READABLE}"),
            ),
            ("a policy of its own", "GET /query\norigin: https://b.example", "200\nvary: Origin"),
            ("refused", "GET /nowhere\norigin: https://c.example", "404\nvary: Origin"),
            (
                "its preflights",
                "OPTIONS /nowhere\norigin: https://b.example\naccess-control-request-method: PUT",
                &format!(
                    "204
                    access-control-allow-credentials: true
                    access-control-allow-headers: x-a
                    access-control-allow-methods: PUT
                    access-control-allow-origin: https://b.example
                    access-control-max-age: 600\n{VARY}"
                ),
            ),
            (
                "a refused one",
                "OPTIONS /nowhere\norigin: https://c.example\naccess-control-request-method: PUT",
                &format!("403\n{VARY}"),
            ),
        ],
    )
    .await;
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<&'static str>>>);

impl Log {
    fn note(&self, who: &'static str) {
        self.0.lock().unwrap().push(who);
    }
}

async fn noted(State(log): State<Log>) -> &'static Policy {
    log.note("delegate");
    &PARTNER
}

#[cors(delegate = noted)]
async fn noting(State(log): State<Log>) {
    log.note("handler");
}

async fn auth(State(log): State<Log>, request: Request, next: Next) -> Response {
    log.note("layer");
    match request.headers().get(header::AUTHORIZATION) {
        Some(_) => next.run(request).await,
        None => StatusCode::UNAUTHORIZED.into_response(),
    }
}

#[tokio::test]
async fn a_delegate_is_asked_once_and_before_anything_else() {
    let log = Log::default();
    let layer = || from_fn_with_state(log.clone(), auth);
    let plain = CorsRouter::new().route("/", get(noting).layer(layer())).with_state(log.clone());
    let gated = CorsRouter::new().route("/", get(noting)).layer(layer()).with_state(log.clone());
    let nested = CorsRouter::new().route("/", get(noting)).layer(layer()).with_state(log.clone());
    let nested = CorsRouter::new().nest("/in", nested).map(|router| router.layer(layer()));

    let partner = "access-control-allow-origin: https://partner.example\nvary: Origin";
    let preflight = format!(
        "204
        access-control-allow-headers: x-api-key
        access-control-allow-methods: GET, HEAD
        access-control-allow-origin: https://partner.example\n{VARY}"
    );
    for (app, path, layers) in [(plain, "/", 1), (gated, "/", 1), (nested, "/in", 2)] {
        let app: Router = app.finish().unwrap();
        for (rest, response, reached) in [
            ("origin: https://partner.example", format!("401\n{partner}"), &["layer"][..]),
            (
                "origin: https://partner.example\nauthorization: me",
                format!("200\n{partner}"),
                &["layer", "handler"],
            ),
            ("authorization: me", format!("200\n{partner}"), &["layer", "handler"]),
        ] {
            assert_eq!(send(&app, &format!("GET {path}\n{rest}")).await, response, "{path}: {rest}");
            let noted = std::mem::take(&mut *log.0.lock().unwrap());
            assert_eq!(noted.iter().filter(|who| **who == "delegate").count(), 1, "{noted:?}");
            assert_eq!(noted[0], "delegate", "{noted:?}");
            assert!(noted.ends_with(reached) && noted.len() <= reached.len() + layers, "{noted:?}");
        }
        let request =
            format!("OPTIONS {path}\norigin: https://partner.example\naccess-control-request-method: GET");
        check(app, &[("a preflight reaches nobody else", &request, &preflight)]).await;
        // In process and over a socket.
        assert_eq!(std::mem::take(&mut *log.0.lock().unwrap()), ["delegate", "delegate"]);
    }
}

/// Handlers can ask for the origin as delegates do.
#[tokio::test]
async fn the_origin_as_an_argument() {
    async fn tell(origin: RequestOrigin) -> String {
        let host = origin.parsed().map(|origin| origin.host().to_owned());
        format!("{:?} {host:?}", origin.as_str())
    }

    let app = axum::Router::new().route("/", axum::routing::get(tell));
    for (origin, expected) in [
        ("\norigin: https://shop.example", r#"Some("https://shop.example") Some("shop.example")"#),
        ("", "None None"),
        ("\norigin: null", r#"Some("null") None"#),
        ("\norigin: HTTPS://shop.example", r#"Some("HTTPS://shop.example") None"#),
        ("\norigin: https://shop.example\norigin: https://shop.example", "None None"),
    ] {
        let response = cors_tests::respond(&app, cors_tests::to_request(&format!("GET /{origin}"))).await;
        let body = axum::body::to_bytes(response.into_body(), 1_024).await.unwrap();
        assert_eq!(body, expected);
    }
}

/// What delegates may answer with.
#[tokio::test]
async fn answers_of_delegates() {
    static UNREAD: Policy = policy! { origins = [env("ORIGINS_UNREAD", default = ["https://shop.example"])] };
    let shared = || Arc::new(Policy::builder().origins(["https://shop.example"]).build().unwrap());
    let read = UNREAD.with_environment().unwrap();
    let told = Arc::new(Mutex::new(Vec::new()));
    let list = Arc::clone(&told);
    let app = CorsRouter::new()
        .route("/shared", get(cors(delegate(async move || shared()), async || ())))
        .route("/read", get(cors(delegate(async move || read.clone()), async || ())))
        .route("/unread", get(cors(delegate(async || &UNREAD), async || ())))
        .on_refusal(move |refusal| list.lock().unwrap().push(refusal.message()))
        .finish()
        .unwrap();
    for (path, is_granted) in [("/shared", true), ("/read", true), ("/unread", false)] {
        let answer = send(&app, &format!("GET {path}\norigin: https://shop.example")).await;
        assert_eq!(answer.contains("allow-origin: https://shop.example"), is_granted, "{path}: {answer}");
    }
    let told = told.lock().unwrap();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].ends_with("has not read the environment; call `with_environment` first"), "{told:?}");
}

async fn by_number(State(number): State<u32>) -> Option<&'static Policy> {
    (number == 7).then_some(&PARTNER)
}

#[cors(delegate = by_number)]
async fn of_number() {}

#[tokio::test]
async fn states_of_their_own() {
    const C_ALONE: Shop = Shop { origins: &["https://c.example"] };
    fn shop<S: Clone + Send + Sync + 'static>(shop: Shop) -> CorsRouter<S> {
        CorsRouter::new().route("/state", get(shown)).with_state(shop)
    }
    let app = || {
        CorsRouter::new()
            .nest("/ab", shop(A_AND_B))
            .nest("/c", shop(C_ALONE))
            .merge(shop(A_AND_B))
            .route("/number", get(of_number))
            .with_state(7_u32)
    };
    // One path, one delegate, two states.
    let one_path = || {
        let get_of_ab: CorsRouter<Shop> = shop(A_AND_B);
        get_of_ab.route("/state", put(changed)).with_state(C_ALONE)
    };
    let c_alone = "200
        access-control-allow-credentials: true
        access-control-allow-origin: https://c.example
        access-control-expose-headers: etag
        vary: Origin";
    check_both(
        app,
        &[
            ("of one", "GET /ab/state\norigin: https://b.example", &format!("200\n{READABLE}")),
            ("of the other", "GET /c/state\norigin: https://c.example", c_alone),
            ("merged", "GET /state\norigin: https://b.example", &format!("200\n{READABLE}")),
            (
                "of another type",
                "GET /number\norigin: https://partner.example",
                "200\naccess-control-allow-origin: https://partner.example\nvary: Origin",
            ),
        ],
    )
    .await;
    let preflight = |origin: &str, method: &str| {
        format!("OPTIONS /state\norigin: {origin}\naccess-control-request-method: {method}")
    };
    let granted = |origin: &str, methods: &str| {
        format!(
            "204
            access-control-allow-credentials: true
            access-control-allow-headers: x-a
            access-control-allow-methods: {methods}
            access-control-allow-origin: {origin}
            access-control-max-age: 600\n{VARY}"
        )
    };
    check_both(
        one_path,
        &[
            ("GET by one state", "GET /state\norigin: https://b.example", &format!("200\n{READABLE}")),
            ("PUT by the other", "PUT /state\norigin: https://c.example", c_alone),
            (
                "preflights for GET",
                &preflight("https://a.example", "GET"),
                &granted("https://a.example", "GET, HEAD"),
            ),
            (
                "preflights for PUT",
                &preflight("https://c.example", "PUT"),
                &granted("https://c.example", "PUT"),
            ),
            (
                "what one grants is not the other's",
                &preflight("https://a.example", "PUT"),
                &format!("403\naccess-control-allow-origin: https://c.example\n{VARY}"),
            ),
        ],
    )
    .await;
}

#[test]
fn a_state_that_a_delegate_does_not_get() {
    let wrong = |handler: &str| {
        format!(
            "the delegate at here {handler} takes the state `dynamic::Shop`, and the state that `with_state` gives is \
             `u32`; let it take `u32`, as `State<u32>`, or parts of it with `state = u32`"
        )
    };
    let missing = |handler: &str| {
        format!(
            "the delegate at here {handler} takes the state `dynamic::Shop`, and gets none; a `CorsRouter` gives it one, \
             by `with_state` after the delegate was added, and before `map`"
        )
    };
    let of_number = || CorsRouter::new().route("/number", get(of_number));
    assert_eq!(
        problems(of_number().route("/", get(changed)).with_state(7_u32)),
        [wrong("(by_state, used by changed)")]
    );
    // Each delegate once, wherever it is used.
    assert_eq!(
        problems(
            of_number().route("/", get(changed).put(changed)).route("/x", get(changed)).with_state(7_u32)
        ),
        [wrong("(by_state, used by changed)")]
    );
    assert_eq!(
        problems(of_number().default_policy(delegate(by_state)).with_state(7_u32)),
        [wrong("(dynamic::by_state)")]
    );
    assert_eq!(
        problems(CorsRouter::new().route("/", get(changed))),
        [missing("(by_state, used by changed)")]
    );
    assert_eq!(
        problems(of_number().with_state(7_u32).default_policy(delegate(by_state))),
        [missing("(dynamic::by_state)")]
    );
    let nested = CorsRouter::new().nest("/x", CorsRouter::new().route("/", get(changed)).with_state(A_AND_B));
    assert_eq!(problems(nested.with_state(7_u32)), [""; 0]);
}

/// What is given to an axum router takes its policy along, and can no longer be given a state.
#[tokio::test]
async fn a_delegate_inside_of_an_axum_router() {
    async fn number(State(number): State<u32>) -> String {
        number.to_string()
    }
    let plain = Router::new().route("/", axum::routing::get(async || {}));
    let service = || tower::service_fn(async |_: Request| Ok(StatusCode::OK.into_response()));
    let by_state = || delegate(by_state);
    let routers: [(&str, CorsRouter<Shop>); 4] = [
        ("/", CorsRouter::from(plain).policy(by_state())),
        ("/files", CorsRouter::new().nest_service("/files", cors(by_state(), service()))),
        ("/none", CorsRouter::new().fallback(cors(by_state(), async || {}))),
        ("/none", CorsRouter::new().merge(CorsRouter::new().default_policy(by_state()))),
    ];
    let request = |path: &str| format!("GET {path}\norigin: https://a.example");
    let granted = "\naccess-control-allow-origin: https://a.example";
    for (path, router) in routers {
        let before = router.clone().with_state(A_AND_B).map(|router| router).finish().unwrap();
        let response = send(&before, &request(path)).await;
        assert!(response.contains(granted), "{path}: {response}");
        assert_eq!(
            problems(router.map(|router| router).with_state(A_AND_B)),
            [
                "the delegate at here (dynamic::by_state) takes the state `dynamic::Shop`, and gets none; a `CorsRouter` \
                 gives it one, by `with_state` after the delegate was added, and before `map`"
            ],
            "{path}"
        );
    }
    // These get the state of the handler that they are for.
    let late = CorsRouter::new().map(|router| router).fallback(cors(by_state(), async || {}));
    let response = send(&late.with_state(A_AND_B).finish().unwrap(), &request("/none")).await;
    assert!(response.contains(granted), "{response}");
    let not_allowed = CorsRouter::from(Router::new().route("/", axum::routing::put(async || {})))
        .method_not_allowed_fallback(cors(by_state(), async || {}));
    let response = send(&not_allowed.with_state(A_AND_B).finish().unwrap(), &request("/")).await;
    assert!(response.contains(granted), "{response}");

    let of_number = || CorsRouter::from(Router::new().route("/", axum::routing::put(number)));
    for router in [
        of_number().map(|router| router).fallback(cors(by_state(), async || {})),
        of_number().method_not_allowed_fallback(cors(by_state(), async || {})),
    ] {
        assert_eq!(
            problems(router.with_state(7)),
            [
                "the delegate at here (dynamic::by_state) takes the state `dynamic::Shop`, and the state that `with_state` \
                 gives is `u32`; let it take `u32`, as `State<u32>`, or parts of it with `state = u32`"
            ]
        );
    }
}

// Functions that take parts of a state, and extractors that work with one state only.

#[derive(Clone)]
struct Partners {
    origin: &'static str,
}

/// Two parts, and whatever an extractor of the application's own makes of the state and the request.
#[derive(Clone, FromRef)]
struct App {
    shop: Shop,
    partners: Partners,
    token: &'static str,
}

const APP: App =
    App { shop: A_AND_B, partners: Partners { origin: "https://partner.example" }, token: "secret" };

struct Authenticated;

impl FromRequestParts<App> for Authenticated {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, StatusCode> {
        let is_known = parts.headers.get("x-token").is_some_and(|token| token == app.token);
        if is_known { Ok(Self) } else { Err(StatusCode::UNAUTHORIZED) }
    }
}

async fn by_parts(State(partners): State<Partners>, State(_): State<Shop>) -> Result<Policy, PolicyError> {
    Policy::builder().origins([partners.origin]).build()
}

async fn by_token_of_app(_: Authenticated, State(app): State<App>) -> Result<Policy, PolicyError> {
    Policy::builder().origins([app.partners.origin]).build()
}

async fn by_generic_state<S>(State(state): State<S>, _: HeaderMap) -> Result<Policy, PolicyError>
where
    Partners: FromRef<S>,
{
    Policy::builder().origins([Partners::from_ref(&state).origin]).build()
}

#[cors(delegate = by_parts, state = App)]
async fn of_parts() {}

#[cors(delegate = by_parts, state = App, enforce)]
async fn of_parts_enforced() {}

#[cors(delegate = by_token_of_app, state = App)]
async fn of_token_of_app() {}

/// Neither takes any of the state; it has to be right all the same.
#[cors(delegate = by_anything, state = App)]
async fn of_anything_in_app() {}

/// What a library would have, which does not know the state of the application.
fn generic_routes<S>() -> CorsRouter<S>
where
    S: Clone + Send + Sync + 'static,
    Partners: FromRef<S>,
{
    CorsRouter::new().route("/generic", get(cors(delegate(by_generic_state::<S>), async || {})))
}

fn in_app() -> CorsRouter<App> {
    CorsRouter::new()
        .route("/parts", get(of_parts).put(of_parts_enforced))
        .route("/token", get(of_token_of_app))
        .route("/anything", get(of_anything_in_app))
        .merge(generic_routes())
}

#[tokio::test]
async fn parts_of_a_state() {
    let with_its_own_state = || {
        let by_value = cors(delegate_with_state(APP, by_parts), async || {});
        CorsRouter::new().route("/value", get(by_value)).merge(in_app().with_state(APP))
    };
    let granted = "200\naccess-control-allow-origin: https://partner.example\nvary: Origin";
    let refused = "200\naccess-control-allow-origin: https://partner.example\nvary: Origin";
    let mut cases = Vec::new();
    for path in ["/parts", "/generic", "/value"] {
        cases.push(("a part", format!("GET {path}\norigin: https://partner.example"), granted.to_owned()));
        cases.push(("refused", format!("GET {path}\norigin: https://evil.example"), refused.to_owned()));
        cases.push((
            "a preflight",
            format!("OPTIONS {path}\norigin: https://partner.example\naccess-control-request-method: GET"),
            format!(
                "204
                access-control-allow-methods: GET, HEAD
                access-control-allow-origin: https://partner.example\n{VARY}"
            ),
        ));
    }
    let token = |token: &str| format!("GET /token\norigin: https://partner.example\nx-token: {token}");
    cases.push(("an extractor over the state", token("secret"), granted.to_owned()));
    cases.push(("its rejection refuses", token("wrong"), "200\nvary: Origin".to_owned()));
    cases.push((
        "enforced",
        "PUT /parts\norigin: https://evil.example".to_owned(),
        "403\naccess-control-allow-origin: https://partner.example\nvary: Origin, Sec-Fetch-Site".to_owned(),
    ));
    let cases: Vec<_> = cases
        .iter()
        .map(|(sentence, request, response)| (*sentence, request.as_str(), response.as_str()))
        .collect();
    check_both(with_its_own_state, &cases).await;
}

#[test]
fn another_state_than_the_one_that_is_stated() {
    let wrong = |handler: &str| {
        format!(
            "the delegate at here ({handler}) takes the state `dynamic::App`, and the state that `with_state` gives is \
             `u32`; let it take `u32`, as `State<u32>`, or parts of it with `state = u32`"
        )
    };
    let router = || CorsRouter::new().route("/number", get(of_number));
    let parts = router().route("/", get(of_parts)).with_state(7_u32);
    assert_eq!(problems(parts), [wrong("by_parts, used by of_parts")]);
    let anything = router().route("/", get(of_anything_in_app)).with_state(7_u32);
    assert_eq!(problems(anything), [wrong("by_anything, used by of_anything_in_app")]);
    let missing = CorsRouter::new().route("/", get(of_parts));
    assert_eq!(
        problems(missing),
        [
            "the delegate at here (by_parts, used by of_parts) takes the state `dynamic::App`, and gets none; a \
          `CorsRouter` gives it one, by `with_state` after the delegate was added, and before `map`"
        ]
    );
    // It brings its own.
    let by_value = get(cors(delegate_with_state(APP, by_parts), async || {}));
    assert_eq!(problems(router().route("/", by_value).with_state(7_u32)), [""; 0]);
}

#[test]
#[should_panic(expected = "takes the state `dynamic::Shop`, and gets none")]
fn a_method_router_by_itself_panics_for_a_state() {
    let _: Router = Router::new().route("/", get(changed).into());
}

#[tokio::test]
async fn a_method_router_by_itself() {
    let app =
        Router::new().route("/query", get(of_query).into()).route("/path/{number}", get(of_path).into());
    check(
        app,
        &[
            (
                "a request",
                "GET /query?partner\norigin: https://partner.example",
                "200\naccess-control-allow-origin: https://partner.example\nvary: Origin",
            ),
            (
                "a preflight",
                "OPTIONS /path/7\norigin: https://partner.example\naccess-control-request-method: GET",
                &format!(
                    "204
                    access-control-allow-headers: x-api-key
                    access-control-allow-methods: GET, HEAD
                    access-control-allow-origin: https://partner.example\n{VARY}"
                ),
            ),
        ],
    )
    .await;
}

/// What a delegate and its test send each other.
#[derive(Clone, Default)]
struct Signals {
    entered: Arc<Notify>,
    go: Arc<Notify>,
    dropped: Arc<Notify>,
}

async fn waits(State(signals): State<Signals>, uri: Uri) -> &'static Policy {
    if uri.query() == Some("slow") {
        let _dropped = OnDrop(|| signals.dropped.notify_one());
        signals.entered.notify_one();
        signals.go.notified().await;
    }
    &PARTNER
}

#[cors(delegate = waits)]
async fn waiting() {}

#[tokio::test]
async fn a_slow_delegate_holds_up_nobody_else() {
    let partner = "200\naccess-control-allow-origin: https://partner.example\nvary: Origin";
    let app = || CorsRouter::new().route("/", get(waiting));
    let gated = || app().layer(axum::extract::DefaultBodyLimit::disable());
    for app in [app(), gated()] {
        let signals = Signals::default();
        // All of it on one thread.
        let address = serve(app.with_state(signals.clone()).finish().unwrap()).await;
        let slow = tokio::spawn(send_over_socket(address, "GET /?slow\norigin: https://partner.example"));
        soon(signals.entered.notified()).await;
        for _ in 0..3 {
            let quick = send_over_socket(address, "GET /\norigin: https://partner.example");
            assert_eq!(soon(quick).await, partner);
        }
        assert!(!slow.is_finished());
        signals.go.notify_one();
        assert_eq!(soon(slow).await.unwrap(), partner);
    }
}

#[tokio::test]
async fn a_delegate_ends_with_the_connection() {
    let app = || CorsRouter::new().route("/", get(waiting));
    let gated = || app().layer(axum::extract::DefaultBodyLimit::disable());
    for app in [app(), gated()] {
        let signals = Signals::default();
        let address = serve(app.with_state(signals.clone()).finish().unwrap()).await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET /?slow HTTP/1.1\r\nhost: api.example\r\n\r\n").await.unwrap();
        soon(signals.entered.notified()).await;
        drop(stream);
        soon(signals.dropped.notified()).await;
    }
}

async fn by_token(
    Query(query): Query<Vec<(String, String)>>,
    origin: RequestOrigin,
) -> Result<Option<Policy>, &'static str> {
    match query.first().map(|(key, _)| key.as_str()) {
        Some("fails") => Err("the directory is down"),
        Some("nobody") => Ok(None),
        _ => Ok(by_origin(origin, Method::GET, HeaderMap::new()).await),
    }
}

// `enforce` is not written: the argument turns it on.
#[cors(delegate = by_token)]
async fn live_prices(upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(async |_socket| {})
}

static LIVE: PolicyHandle = PolicyHandle::new(policy! { origins = ["https://a.shop.example"] });

#[cors(policy = LIVE)]
async fn more_live_prices(upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(async |_socket| {})
}

#[tokio::test]
async fn a_socket_opens_only_if_the_policy_of_now_says_so() {
    let app = || CorsRouter::new().route("/prices", get(live_prices)).route("/more", get(more_live_prices));
    let gated = app().layer(axum::extract::DefaultBodyLimit::disable());
    for app in [app(), gated] {
        let address = serve(app.finish().unwrap()).await;
        let own = format!("http://{address}");
        for (path, origin, status) in [
            ("/prices", Some("https://a.shop.example"), 101),
            ("/prices", Some("https://evil.example"), 403),
            ("/prices", Some("null"), 403),
            ("/prices", Some(&*own), 101),
            // No browser.
            ("/prices", None, 101),
            ("/prices?nobody=1", Some("https://a.shop.example"), 403),
            ("/prices?fails=1", Some("https://a.shop.example"), 403),
            ("/prices?fails=1", Some(&*own), 101),
            ("/more", Some("https://a.shop.example"), 101),
            ("/more", Some("https://evil.example"), 403),
        ] {
            let mut request = format!("ws://{address}{path}").into_client_request().unwrap();
            if let Some(origin) = origin {
                request.headers_mut().insert("origin", origin.parse().unwrap());
            }
            let answer = match soon(connect_async(request)).await {
                Ok((_socket, response)) => response.status(),
                Err(Error::Http(response)) => response.status(),
                Err(error) => panic!("no answer: {error}"),
            };
            assert_eq!(answer, status, "{path} {origin:?}");
        }
    }
}

#[cors(delegate = by_path, enforce)]
async fn of_path_closed() -> &'static str {
    "the handler's own"
}

#[cors(policy = PARTNER, enforce)]
async fn of_partner_closed() -> &'static str {
    "the handler's own"
}

/// `enforce` beside a policy from elsewhere adds to what that says, and to what a delegate cannot say.
#[tokio::test]
async fn enforced_by_the_handler() {
    let app = || {
        CorsRouter::new()
            .route("/path/{number}", get(of_path_closed))
            .route("/partner", get(of_partner_closed))
    };
    let granted = "200\naccess-control-allow-origin: https://partner.example\n\
                   content-type: text/plain; charset=utf-8\nvary: Origin";
    check_both(
        app,
        &[
            ("the delegate grants", "GET /path/7\norigin: https://partner.example", granted),
            (
                "the delegate grants to somebody else",
                "GET /path/7\norigin: https://evil.example",
                "403\naccess-control-allow-origin: https://partner.example\nvary: Origin, Sec-Fetch-Site",
            ),
            (
                "the delegate fails: nobody of another origin gets in",
                "GET /path/8\norigin: https://partner.example",
                "403\nvary: Origin, Sec-Fetch-Site",
            ),
            (
                "the page's own server and clients that are not pages get in",
                "GET /path/8\norigin: https://api.example\nhost: api.example",
                "200\ncontent-type: text/plain; charset=utf-8\nvary: Origin, Sec-Fetch-Site",
            ),
            (
                "a policy that does not say so itself",
                "GET /partner\norigin: https://evil.example",
                "403\naccess-control-allow-origin: https://partner.example\nvary: Origin, Sec-Fetch-Site",
            ),
        ],
    )
    .await;
}
