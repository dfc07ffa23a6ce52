//! Layers that make another request of the one that came. axum has chosen the handler by then.

use axum::{
    Router,
    extract::{OriginalUri, Request},
    http::{HeaderMap, Method, StatusCode, Uri, header},
    middleware::{Next, from_fn, map_response},
    response::{IntoResponse, Response},
};
use cors_runtime::{CorsRouter, Policy, any, cors, delegate, get};
use cors_tests::send;

#[cors(origins = any)]
async fn open() {}

#[cors(origins = ["https://admin.example", "https://other.example"])]
async fn closed() {}

type Change = fn(&mut Request);

/// A router with a layer that changes each request.
fn with_layer(router: CorsRouter, change: Change) -> Router {
    let layer = from_fn(move |mut request: Request, next: Next| {
        change(&mut request);
        next.run(request)
    });
    router.layer(layer).finish().unwrap()
}

/// The origin that is granted the answer to a GET from this one.
async fn granted(app: &Router, origin: &str) -> Option<String> {
    let answer = send(app, &format!("GET /path\norigin: {origin}")).await;
    let lines = answer.lines().filter_map(|line| line.strip_prefix("access-control-allow-origin: "));
    let granted: Vec<_> = lines.collect();
    assert!(granted.len() <= 1, "{answer}");
    granted.first().map(|granted| (*granted).to_owned())
}

const SHOP: &str = "https://shop.example";
const ADMIN: &str = "https://admin.example";

/// The policy of the handler that is called holds, and no other's.
#[tokio::test]
async fn another_method() {
    let to_put: Change = |request| *request.method_mut() = Method::PUT;
    let app = with_layer(CorsRouter::new().route("/path", get(open).put(closed)), to_put);
    assert_eq!(granted(&app, SHOP).await.as_deref(), Some("*"));
    let app = with_layer(CorsRouter::new().route("/path", get(closed).put(open)), to_put);
    assert_eq!(granted(&app, SHOP).await, None);
    assert_eq!(granted(&app, ADMIN).await.as_deref(), Some(ADMIN));
}

/// A layer that answers by itself: its answer gets the headers for the request that came, which it has changed.
#[tokio::test]
async fn layers_that_answer() {
    let app = CorsRouter::new()
        .route("/path", get(closed).put(open))
        .layer(from_fn(async |mut request: Request, _: Next| {
            *request.method_mut() = Method::PUT;
            "no handler"
        }))
        .finish()
        .unwrap();
    assert_eq!(granted(&app, SHOP).await, None);
    assert_eq!(granted(&app, ADMIN).await.as_deref(), Some(ADMIN));
}

/// That a path has no such method is what a page may know, and that a layer keeps it from knowing; but not what a layer
/// answers in its place.
#[tokio::test]
async fn layers_that_take_methods_over() {
    let app = |status: StatusCode| {
        let answer = move |response: Response| async move { (status, response.into_body()).into_response() };
        CorsRouter::new().route("/path", get(open)).layer(map_response(answer)).finish().unwrap()
    };
    for (status, is_shared) in
        [(StatusCode::METHOD_NOT_ALLOWED, true), (StatusCode::UNAUTHORIZED, true), (StatusCode::OK, false)]
    {
        let answer = send(&app(status), &format!("PUT /path\norigin: {SHOP}")).await;
        assert!(answer.starts_with(status.as_str()), "{answer}");
        assert_eq!(answer.contains("access-control-allow-origin: *"), is_shared, "{answer}");
    }
}

/// What a layer makes of a request is another request, and a delegate is asked about that one.
#[tokio::test]
async fn delegates_are_asked_again() {
    async fn open_to_one_request(method: Method, uri: Uri, headers: HeaderMap) -> Option<Policy> {
        let is_it = method == Method::GET
            && uri.path() == "/path"
            && uri.query().is_none()
            && headers.get(header::ORIGIN).is_some_and(|origin| origin == SHOP);
        is_it.then(|| Policy::builder().origins([SHOP, "https://evil.example"]).build().unwrap())
    }

    let changes: [(&str, Change, Option<&str>); 6] = [
        ("nothing", |_| (), Some(SHOP)),
        ("the method", |request| *request.method_mut() = Method::PATCH, None),
        ("the path", |request| *request.uri_mut() = Uri::from_static("/closed"), None),
        ("all but the end of the path", |request| *request.uri_mut() = Uri::from_static("/th"), None),
        ("the query", |request| *request.uri_mut() = Uri::from_static("/path?closed"), None),
        (
            "the origin",
            |request| {
                drop(request.headers_mut().insert(header::ORIGIN, "https://evil.example".parse().unwrap()))
            },
            None,
        ),
    ];
    for (what, change, expected) in changes {
        let handler = cors(delegate(open_to_one_request), async || "");
        let app = with_layer(CorsRouter::new().route("/{path}", any(handler)), change);
        assert_eq!(granted(&app, SHOP).await.as_deref(), expected, "{what}");
    }
}

/// A nested router strips its prefix, which is not a change of the path. What a layer strips is, even if the path ends with the
/// rest.
#[tokio::test]
async fn segments_that_are_stripped() {
    async fn open_below_public(uri: Uri) -> Option<Policy> {
        let is_open = uri.path().starts_with("/public/") || uri.path().starts_with("/api/public/");
        is_open.then(|| Policy::builder().origins([SHOP, "https://other.example"]).build().unwrap())
    }
    async fn whole(OriginalUri(uri): OriginalUri) -> String {
        uri.to_string()
    }

    let strip: Change = |request| {
        let path = request.uri().path().replacen("/public", "", 1);
        *request.uri_mut() = path.parse().unwrap();
    };
    let keep: Change = |_| ();
    for (prefix, change, expected) in
        [("", keep, Some(SHOP)), ("", strip, None), ("/api", keep, Some(SHOP)), ("/api", strip, None)]
    {
        let routes = CorsRouter::new().route("/{*path}", any(cors(delegate(open_below_public), whole)));
        let routes = if prefix.is_empty() { routes } else { CorsRouter::new().nest(prefix, routes) };
        let app = with_layer(routes, change);
        let answer = send(&app, &format!("GET {prefix}/public/path\norigin: {SHOP}")).await;
        let grant = answer.lines().find_map(|line| line.strip_prefix("access-control-allow-origin: "));
        assert_eq!(grant, expected, "{prefix:?} {answer}");
    }
}
