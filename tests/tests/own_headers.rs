//! What a handler writes into the fields of CORS by itself, or a layer inside of its router, does not count where the handler
//! has a policy: the answer is the one that it gets where nobody else writes anything.

use axum::{
    Router,
    extract::Request,
    middleware::{Next, from_fn},
    response::{AppendHeaders, IntoResponse, Response},
};
use cors_runtime::{CorsRouter, Policy, SetupError, any, cors, delegate, get, policy};
use cors_tests::send;

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

#[tokio::test]
async fn whatever_a_layer_writes() {
    async fn nobody() -> Option<Policy> {
        None
    }

    macro_rules! places {
        ($handler:expr) => {{
            let handler = || $handler;
            [
                places!(layer, |layer| CorsRouter::new().route("/x", any(handler())).layer(layer).finish()),
                places!(route_layer, |layer| {
                    CorsRouter::new().route("/x", any(handler())).route_layer(layer).finish()
                }),
                places!(method_router, |layer| {
                    CorsRouter::new().route("/x", any(handler()).layer(layer)).finish()
                }),
                places!(nested, |layer| {
                    let inner = CorsRouter::new().route("/", any(handler()));
                    CorsRouter::new().nest("/x", inner).layer(layer).finish()
                }),
                places!(inside_of_nested, |layer| {
                    let inner = CorsRouter::new().route("/", any(handler())).layer(layer);
                    CorsRouter::new().nest("/x", inner).finish()
                }),
                places!(fallback, |layer| CorsRouter::new().fallback(handler()).layer(layer).finish()),
                places!(default, |layer| {
                    let inner = CorsRouter::new().route("/x", any(handler())).layer(layer);
                    CorsRouter::from(inner.finish()?).default_policy(&LIST).finish()
                }),
            ]
        }};
        ($name:ident, |$layer:ident| $app:expr) => {{
            let finish = |is_open: bool| -> Result<Router, SetupError> {
                if is_open {
                    let $layer = from_fn(open);
                    $app
                } else {
                    let $layer = from_fn(unchanged);
                    $app
                }
            };
            (stringify!($name), finish(true).unwrap(), finish(false).unwrap())
        }};
    }
    let handlers = [
        ("none", places!(internal)),
        ("a static of none", places!(cors(&NONE, async || ""))),
        ("a delegate", places!(cors(delegate(nobody), async || ""))),
        ("one method", places!(cors(&GET_ALONE, async || ""))),
        ("one origin", places!(cors(&SHOP, async || ""))),
        ("several origins", places!(cors(&LIST, async || ""))),
    ];
    for (handler, places) in &handlers {
        for (place, open, unchanged) in places {
            for method in ["GET", "POST"] {
                for origin in ["", "\norigin: https://shop.example", "\norigin: https://evil.example"] {
                    let request = format!("{method} /x{origin}");
                    let expected = send(unchanged, &request).await;
                    assert_eq!(send(open, &request).await, expected, "{handler}, {place}, {request}");
                }
            }
        }
    }
}
