//! Policies of one kind that differ are never taken for each other, wherever they meet: on one path, or inside and outside
//! of a router that has been finished.

use std::future::ready;

use axum::{Router, extract::State};
use cors_runtime::{
    CorsRouter, Origin, Policy, PolicyHandle, cors, delegate, delegate_with_state, get, policy, put,
};
use cors_tests::{field, send};

const SHOP: &str = "https://shop.example";
const ADMIN: &str = "https://admin.example";

fn of_origin(origin: &str) -> Policy {
    Policy::builder().origins([origin]).build().unwrap()
}

fn of_regex(origin: &str) -> Policy {
    let regex = origin.replace('.', r"\.");
    Policy::builder().regex(regex).build().unwrap()
}

fn of_closure(origin: &str) -> Policy {
    let host = origin.trim_start_matches("https://").to_owned();
    let policy = Policy::builder().when(move |origin: &Origin<'_>| origin.host() == host);
    policy.build().unwrap()
}

fn is_shop(origin: &Origin<'_>) -> bool {
    origin.host() == "shop.example"
}

fn is_admin(origin: &Origin<'_>) -> bool {
    origin.host() == "admin.example"
}

static OF_SHOP: Policy = policy! { origins = when(is_shop) };
static OF_ADMIN: Policy = policy! { origins = when(is_admin) };

fn of_function(origin: &str) -> Policy {
    if origin == SHOP { OF_SHOP.clone() } else { OF_ADMIN.clone() }
}

async fn ask_for_shop() -> Policy {
    of_origin(SHOP)
}

async fn ask_for_admin() -> Policy {
    of_origin(ADMIN)
}

/// A router whose one path has a source of policies for GET and one for PUT, by origin.
type Build = fn(&str, &str) -> CorsRouter;

/// A handler for GET and one for PUT, each with a source of its own, or both with clones of one.
macro_rules! kind {
    ($source:expr) => {
        |of_get, of_put| {
            let source = $source;
            let (for_get, for_put) = if of_get == of_put {
                let both = source(of_get);
                (both.clone(), both)
            } else {
                (source(of_get), source(of_put))
            };
            let handlers = get(cors(for_get, async || "")).put(cors(for_put, async || ""));
            CorsRouter::new().route("/", handlers).with_state("a state")
        }
    };
}

const KINDS: [(&str, Build); 10] = [
    ("an origin", kind!(of_origin)),
    ("a regular expression", kind!(of_regex)),
    ("a closure that decides", kind!(of_closure)),
    ("a function that decides", kind!(of_function)),
    ("a handle", kind!(|origin: &str| PolicyHandle::new(of_origin(origin)))),
    (
        "a delegate that holds something",
        kind!(|origin: &str| {
            let policy = of_origin(origin);
            delegate(move || ready(policy.clone()))
        }),
    ),
    (
        "a delegate that holds something and takes a state",
        kind!(|origin: &str| {
            let policy = of_origin(origin);
            delegate(move |State(_): State<&'static str>| ready(policy.clone()))
        }),
    ),
    (
        "a delegate that holds something and has a state",
        kind!(|origin: &str| {
            let policy = of_origin(origin);
            delegate_with_state("its own", move |State(_): State<&'static str>| ready(policy.clone()))
        }),
    ),
    ("delegates of two types", |of_get, of_put| {
        let handlers =
            match [of_get, of_put] {
                [SHOP, SHOP] => get(cors(delegate(ask_for_shop), async || ""))
                    .put(cors(delegate(ask_for_shop), async || "")),
                [SHOP, _] => get(cors(delegate(ask_for_shop), async || ""))
                    .put(cors(delegate(ask_for_admin), async || "")),
                [_, SHOP] => get(cors(delegate(ask_for_admin), async || ""))
                    .put(cors(delegate(ask_for_shop), async || "")),
                _ => get(cors(delegate(ask_for_admin), async || ""))
                    .put(cors(delegate(ask_for_admin), async || "")),
            };
        CorsRouter::new().route("/", handlers)
    }),
    (
        "what a document says",
        kind!(|origin: &str| { toml::from_str::<Policy>(&format!("origins = [{origin:?}]")).unwrap() }),
    ),
];

async fn is_granted(app: &Router, method: &str, origin: &str) -> bool {
    let answer = send(app, &format!("{method} /\norigin: {origin}")).await;
    answer.contains(&format!("access-control-allow-origin: {origin}"))
}

/// The methods that a preflight gets, if it passes.
async fn allowed_methods(app: &Router, method: &str, origin: &str) -> Option<String> {
    let preflight = format!("OPTIONS /\norigin: {origin}\naccess-control-request-method: {method}");
    let answer = send(app, &preflight).await;
    if !answer.starts_with("204") {
        return None;
    }
    assert!(answer.contains(&format!("access-control-allow-origin: {origin}")), "{answer}");
    Some(field(&answer, "access-control-allow-methods").unwrap_or_default().to_owned())
}

#[tokio::test]
async fn on_one_path() {
    for (kind, build) in KINDS {
        for (of_get, of_put) in [(SHOP, ADMIN), (ADMIN, SHOP), (SHOP, SHOP), (ADMIN, ADMIN)] {
            let app = build(of_get, of_put).finish().unwrap();
            for origin in [SHOP, ADMIN, "https://evil.example"] {
                for (method, of_method) in [("GET", of_get), ("PUT", of_put)] {
                    let context = format!("{kind} of {of_get} and {of_put}: {method} from {origin}");
                    assert_eq!(is_granted(&app, method, origin).await, origin == of_method, "{context}");
                    // A browser keeps the answer, so it has no method that another policy is for.
                    let methods = match method {
                        _ if of_get == of_put => "GET, HEAD, PUT",
                        "GET" => "GET, HEAD",
                        _ => "PUT",
                    };
                    let expected = (origin == of_method).then(|| methods.to_owned());
                    assert_eq!(allowed_methods(&app, method, origin).await, expected, "{context}");
                }
            }
        }
    }
}

/// The one outside lets both in, and decides nothing for a handler inside that has a policy.
#[tokio::test]
async fn inside_and_outside() {
    let handler = async || "";
    let source = |origins: &[&str]| {
        let policy = Policy::builder().origins(origins).build().unwrap();
        delegate(move || ready(policy.clone()))
    };
    let stateful = |origins: &[&str]| {
        let policy = Policy::builder().origins(origins).build().unwrap();
        delegate(move |State(_): State<&'static str>| ready(policy.clone()))
    };
    let handle = |origins: &[&str]| PolicyHandle::new(Policy::builder().origins(origins).build().unwrap());
    let finished = |router: CorsRouter| -> Router { router.finish().unwrap() };
    let apps = [
        finished(
            CorsRouter::new()
                .merge(finished(CorsRouter::new().route("/", put(cors(source(&[SHOP]), handler)))))
                .default_policy(source(&[SHOP, ADMIN])),
        ),
        finished(
            CorsRouter::<&'static str>::new()
                .merge(
                    finished(
                        CorsRouter::new()
                            .route("/", put(cors(stateful(&[SHOP]), handler)))
                            .with_state("inside"),
                    )
                    .with_state(()),
                )
                .default_policy(stateful(&[SHOP, ADMIN]))
                .with_state("outside"),
        ),
        finished(
            CorsRouter::new()
                .merge(finished(CorsRouter::new().route("/", put(cors(handle(&[SHOP]), handler)))))
                .default_policy(handle(&[SHOP, ADMIN])),
        ),
    ];
    for app in apps {
        assert!(is_granted(&app, "PUT", SHOP).await);
        assert!(!is_granted(&app, "PUT", ADMIN).await);
        assert!(send(&app, &format!("PUT /\norigin: {ADMIN}")).await.starts_with("403"));
    }
}

/// One function with two states says two things, and with one state, or none, it says one.
#[tokio::test]
async fn one_function_with_two_states() {
    async fn of_state(State(origin): State<&'static str>) -> Policy {
        of_origin(origin)
    }

    let app = |for_get, for_put| {
        let handlers = get(cors(for_get, async || "")).put(cors(for_put, async || ""));
        CorsRouter::new().route("/", handlers).with_state(SHOP).finish().unwrap()
    };
    let of = |origin: &'static str| delegate_with_state(origin, of_state);
    let of_shop = of(SHOP);
    for (what, app, of_put, is_one) in [
        ("two states", app(of(SHOP), of(ADMIN)), ADMIN, false),
        ("clones", app(of_shop.clone(), of_shop), SHOP, true),
        ("the router's state", app(delegate(of_state), delegate(of_state)), SHOP, true),
        ("the router's state, and another", app(delegate(of_state), of(ADMIN)), ADMIN, false),
    ] {
        let methods = allowed_methods(&app, "PUT", of_put).await;
        assert_eq!(methods.as_deref(), Some(if is_one { "GET, HEAD, PUT" } else { "PUT" }), "{what}");
        assert_eq!(is_granted(&app, "PUT", SHOP).await, of_put == SHOP, "{what}");
    }
    let router: CorsRouter = CorsRouter::new().route("/", get(cors(of(SHOP), async || "")));
    let audit = router.audit();
    let row = &audit.rows()[0];
    assert!(row.policy.as_ref().is_some_and(|policy| policy.ends_with("of_state")), "{row:?}");
}

#[test]
fn functions_among_the_origins() {
    static SHOP_READS: Policy = policy! { origins = when(is_shop), methods = ["GET"] };
    static ADMIN_READS: Policy = policy! { origins = when(is_admin), methods = ["GET"] };
    assert_ne!(SHOP_READS, ADMIN_READS);
    // Nobody knows whether two closures say the same.
    let of_closure_twice = of_closure(SHOP);
    assert_eq!(of_closure_twice.clone(), of_closure_twice);
    assert_ne!(of_closure(SHOP), of_closure(SHOP));
}

/// Whether two policies are taken for one, by the methods that a preflight gets.
async fn check_methods(for_get: Policy, for_put: Policy, is_one: bool) {
    let context = format!("{for_get}, {for_put}");
    let handlers = get(cors(for_get, async || "")).put(cors(for_put, async || ""));
    let app = CorsRouter::new().route("/", handlers).finish().unwrap();
    let methods = allowed_methods(&app, "PUT", SHOP).await;
    assert_eq!(methods.as_deref(), Some(if is_one { "GET, HEAD, PUT" } else { "PUT" }), "{context}");
}

/// Policies that differ in one key are two, and each preflight gets its own.
#[tokio::test]
async fn in_one_key() {
    let policy = |entries: &str| {
        let all = [
            ("origins", r#"["https://shop.example"]"#),
            ("headers", r#"["x-a"]"#),
            ("expose", r#"["x-b"]"#),
            ("max_age", "60"),
            ("credentials", "false"),
            ("enforce", "false"),
            ("timing", "false"),
        ];
        let (key, other) = entries.split_once(" = ").unwrap_or_default();
        let line =
            |(name, value): &(&str, &str)| format!("{name} = {}\n", if *name == key { other } else { value });
        toml::from_str::<Policy>(&all.iter().map(line).collect::<String>()).unwrap()
    };
    for (entry, is_one) in [
        ("", true),
        (r#"origins = ["https://shop.example", "https://admin.example"]"#, false),
        (r#"origins = ["https://*.shop.example", "https://shop.example"]"#, false),
        (r#"origins = ["https://shop.example", { regex = 'https://pr-[0-9]\.shop\.example' }]"#, false),
        (r#"headers = ["x-a", "x-c"]"#, false),
        (r#"headers = "any""#, false),
        (r#"expose = ["x-c"]"#, false),
        (r#"expose = "any""#, false),
        ("max_age = 61", false),
        ("credentials = true", false),
        ("enforce = true", false),
        (r#"enforce = "strict""#, false),
        ("timing = true", false),
    ] {
        check_methods(policy(""), policy(entry), is_one).await;
    }
    let list = r#"origins = ["https://shop.example", "https://a.example", "https://*.b.example"]"#;
    for (entry, is_one) in [
        (list, true),
        (r#"origins = ["https://shop.example", "https://c.example", "https://*.b.example"]"#, false),
        (r#"origins = ["https://shop.example", "https://a.example", "https://*.c.example"]"#, false),
        (r#"origins = ["https://shop.example", "https://a.example", "https://*.b.example:*"]"#, false),
    ] {
        check_methods(policy(list), policy(entry), is_one).await;
    }
}
