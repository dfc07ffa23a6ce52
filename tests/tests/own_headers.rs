//! What a handler writes into the fields of CORS by itself, or a layer inside of its router, does not count where the handler
//! has a policy: the answer is the one that it gets where nobody else writes anything.

use axum::{
    Router,
    extract::Request,
    middleware::{Next, from_fn},
    response::{AppendHeaders, IntoResponse, Response},
};
use cors_runtime::{CorsRouter, Policy, SetupError, any, cors, delegate, get, policy};
use cors_tests::{alone, send};

#[tokio::test]
async fn whatever_a_handler_writes() {
    let builder = || Policy::builder().origins(["https://shop.example"]);
    let policies = [
        builder(),
        builder().credentials(),
        builder().credentials().expose(["x-b"]),
        builder().expose(["x-b"]),
        builder().origins(["https://other.example"]).credentials().expose(["x-b"]),
        Policy::builder().any_origin().expose(["x-b"]),
    ];
    let allow_origins = [None, Some("https://shop.example"), Some("*"), Some("https://evil.example")];
    let credentials = [None, Some("true"), Some("false")];
    let exposed = [None, Some("x-b"), Some("x-c")];
    let origins = ["", "\norigin: https://shop.example", "\norigin: https://evil.example"];
    for policy in policies.map(|builder| builder.build().unwrap()) {
        let app = |fields: Vec<(&'static str, &'static str)>| {
            let handler = async move || (AppendHeaders(fields), "");
            CorsRouter::new().route("/", get(cors(&policy, handler))).finish().unwrap()
        };
        let bare = app(Vec::new());
        for allow_origin in allow_origins {
            for credentials in credentials {
                for exposed in exposed {
                    let fields = [
                        ("access-control-allow-origin", allow_origin),
                        ("access-control-allow-credentials", credentials),
                        ("access-control-expose-headers", exposed),
                    ];
                    let fields: Vec<_> =
                        fields.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
                    let app = app(fields.clone());
                    for origin in origins {
                        let request = format!("GET /{origin}");
                        let expected = send(&bare, &request).await;
                        assert_eq!(send(&app, &request).await, expected, "{policy} {fields:?} {origin}");
                    }
                }
            }
        }
        // Two lines of one field.
        let twice = vec![("access-control-allow-origin", "https://shop.example"); 2];
        let app = app(twice);
        for origin in origins {
            let request = format!("GET /{origin}");
            assert_eq!(send(&app, &request).await, send(&bare, &request).await, "{policy} {origin}");
        }
    }
}

static NONE: Policy = policy! { none };
static GET_ALONE: Policy = policy! { origins = ["https://shop.example"], methods = ["GET"] };
static SHOP: Policy = policy! { origins = ["https://shop.example"] };
static LIST: Policy =
    policy! { origins = ["https://shop.example", "https://other.example"], credentials, expose = ["x-b"] };

#[cors(none)]
async fn internal() -> &'static str {
    ""
}

/// What a layer of another library does that is open for everybody.
async fn open(request: Request, next: Next) -> Response {
    let fields = [
        ("access-control-allow-origin", "*"),
        ("access-control-allow-credentials", "true"),
        ("access-control-expose-headers", "*"),
    ];
    (AppendHeaders(fields), next.run(request).await).into_response()
}

async fn unchanged(request: Request, next: Next) -> Response {
    next.run(request).await
}

async fn nobody() -> Option<Policy> {
    None
}

/// A router with a layer, which is open for everybody or leaves everything as it is.
type Finish = Box<dyn Fn(bool) -> Result<Router, SetupError>>;

/// Each kind of policy with each place of a layer, and the router that comes of it.
fn places() -> Vec<(&'static str, &'static str, Finish)> {
    let mut places = Vec::new();
    macro_rules! policy {
        ($policy:literal, $handler:expr) => {
            let handler = || $handler;
            policy!($policy, "a layer of the router", |layer| {
                CorsRouter::new().route("/x", any(handler())).layer(layer).finish()
            });
            policy!($policy, "a layer of the routes", |layer| {
                CorsRouter::new().route("/x", any(handler())).route_layer(layer).finish()
            });
            policy!($policy, "a layer of the method router", |layer| {
                CorsRouter::new().route("/x", any(handler()).layer(layer)).finish()
            });
            policy!($policy, "around a nested router", |layer| {
                let inner = CorsRouter::new().route("/", any(handler()));
                CorsRouter::new().nest("/x", inner).layer(layer).finish()
            });
            policy!($policy, "inside of a nested router", |layer| {
                let inner = CorsRouter::new().route("/", any(handler())).layer(layer);
                CorsRouter::new().nest("/x", inner).finish()
            });
            policy!($policy, "around a fallback", |layer| {
                CorsRouter::new().fallback(handler()).layer(layer).finish()
            });
            policy!($policy, "below a default", |layer| {
                let inner = CorsRouter::new().route("/x", any(handler())).layer(layer);
                CorsRouter::from(inner.finish()?).default_policy(&LIST).finish()
            });
        };
        ($policy:literal, $place:literal, |$layer:ident| $app:expr) => {
            let finish: Finish = Box::new(move |is_open| {
                if is_open {
                    let $layer = from_fn(open);
                    $app
                } else {
                    let $layer = from_fn(unchanged);
                    $app
                }
            });
            places.push(($policy, $place, finish));
        };
    }
    policy!("none", internal);
    policy!("a static of none", cors(&NONE, async || ""));
    policy!("a delegate", cors(delegate(nobody), async || ""));
    policy!("one method", cors(&GET_ALONE, async || ""));
    policy!("one origin", cors(&SHOP, async || ""));
    policy!("several origins", cors(&LIST, async || ""));
    policy!("none for a service", cors(&NONE, axum::routing::any(async || "")));
    policy!("several origins for a service", cors(&LIST, axum::routing::any(async || "")));
    places
}

/// Asks the first router, and then one of which only the layer differs.
async fn compare((policy, place, finish): &(&str, &str, Finish)) {
    let mut answers = Vec::new();
    for is_open in [true, false] {
        let app = finish(is_open).unwrap();
        for method in ["GET", "POST"] {
            for origin in ["", "\norigin: https://shop.example", "\norigin: https://evil.example"] {
                let request = format!("{method} /x{origin}");
                let answer = send(&app, &request).await;
                answers.push((request, answer));
            }
        }
    }
    let (open, unchanged) = answers.split_at(answers.len() / 2);
    assert_eq!(open, unchanged, "{policy}, {place}");
}

#[tokio::test]
async fn whatever_a_layer_writes() {
    for place in &places() {
        compare(place).await;
    }
}

#[test]
fn whatever_a_layer_of_the_only_router_writes() {
    alone::each_case("what_a_layer_of_the_only_router_writes", places().len());
}

#[tokio::test]
#[ignore = "run by another one, in processes of its own"]
async fn what_a_layer_of_the_only_router_writes() {
    compare(&places()[alone::case()]).await;
}
