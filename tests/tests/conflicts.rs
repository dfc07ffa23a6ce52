//! Paths that conflict, whatever they were added by: axum panics, and a `CorsRouter` says so when it is finished.

use std::{
    convert::Infallible,
    panic::{self, AssertUnwindSafe, catch_unwind},
};

use axum::{Router, extract::Request, http::StatusCode, response::Response, routing};
use cors_runtime::{CorsRouter, Policy, cors, get, policy};
use tower::{layer::util::Identity, service_fn};

static SHOP: Policy = policy! { origins = ["https://shop.example"] };

#[cors(policy = SHOP)]
async fn shop() {}

async fn plain() -> StatusCode {
    StatusCode::OK
}

fn service()
-> impl tower::Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + Sync {
    service_fn(|_: Request| async { Ok(Response::default()) })
}

/// What takes a path, or everything below it.
struct Way {
    name: &'static str,
    in_cors: fn(CorsRouter, &str) -> CorsRouter,
    /// The same in a router of axum.
    in_axum: fn(Router, &str) -> Router,
}

const WAYS: [Way; 13] = [
    Way {
        name: "route",
        in_cors: |router, path| router.route(path, get(shop)),
        in_axum: |router, path| router.route(path, routing::get(plain)),
    },
    Way {
        name: "route_service",
        in_cors: |router, path| router.route_service(path, cors(&SHOP, service())),
        // A service takes the methods that no handler of its path takes.
        in_axum: |router, path| router.route(path, routing::any_service(service())),
    },
    Way {
        name: "nest",
        in_cors: |router, path| router.nest(path, CorsRouter::new().route("/x", get(shop))),
        in_axum: |router, path| router.nest(path, Router::new().route("/x", routing::get(plain))),
    },
    Way {
        name: "nest_service",
        in_cors: |router, path| router.nest_service(path, cors(&SHOP, service())),
        in_axum: |router, path| router.nest_service(path, service()),
    },
    Way {
        name: "nest of nest_service",
        in_cors: |router, path| router.nest("/a", CorsRouter::new().nest_service(path, service())),
        in_axum: |router, path| router.nest("/a", Router::new().nest_service(path, service())),
    },
    Way {
        name: "nest with a fallback",
        in_cors: |router, path| router.nest(path, CorsRouter::new().fallback(cors(&SHOP, plain))),
        in_axum: |router, path| router.nest(path, Router::new().fallback(plain)),
    },
    Way {
        name: "merge of an axum router",
        in_cors: |router, path| router.merge(Router::new().route(path, routing::get(plain))),
        in_axum: |router, path| router.merge(Router::new().route(path, routing::get(plain))),
    },
    Way {
        name: "merge of an axum router with a service",
        in_cors: |router, path| router.merge(Router::new().route_service(path, service())),
        in_axum: |router, path| router.merge(Router::new().route_service(path, service())),
    },
    Way {
        name: "merge of a finished router",
        in_cors: |router, path| router.merge(CorsRouter::new().route(path, get(shop)).finish().unwrap()),
        in_axum: |router, path| router.merge(Router::new().route(path, routing::get(plain))),
    },
    Way {
        name: "merge of an axum router with a nested fallback",
        in_cors: |router, path| router.merge(axum_with_nested_fallback(path)),
        in_axum: |router, path| router.merge(axum_with_nested_fallback(path)),
    },
    Way {
        name: "nest of an axum router",
        in_cors: |router, path| router.nest(path, Router::new().route("/", routing::get(plain))),
        in_axum: |router, path| router.nest(path, Router::new().route("/", routing::get(plain))),
    },
    Way {
        name: "nest of an axum router with a fallback",
        in_cors: |router, path| router.nest(path, Router::new().fallback(plain)),
        in_axum: |router, path| router.nest(path, Router::new().fallback(plain)),
    },
    Way {
        name: "a route of the axum router inside",
        in_cors: |router, path| {
            router.merge(CorsRouter::new().map(|inside| inside.route(path, routing::get(plain))))
        },
        in_axum: |router, path| router.merge(Router::new().route(path, routing::get(plain))),
    },
];

/// At a prefix at which axum can nest it.
fn axum_with_nested_fallback(path: &str) -> Router {
    let prefix = format!("/a{}", path.replace("{*rest}", "{rest}"));
    Router::new().nest(&prefix, Router::new().fallback(plain))
}

const PATHS: [&str; 7] = ["/a", "/a/", "/a/x", "/a/{id}", "/a/{name}", "/a/{*rest}", "/{id}"];

/// What adds a part to a router.
type Add<'a, R> = &'a dyn Fn(R) -> R;

/// How two parts of a router come together.
struct Composition {
    name: &'static str,
    in_cors: fn(Add<'_, CorsRouter>, Add<'_, CorsRouter>) -> CorsRouter,
    /// The same in a router of axum.
    in_axum: fn(Add<'_, Router>, Add<'_, Router>) -> Router,
}

const COMPOSITIONS: [Composition; 7] = [
    Composition {
        name: "one after the other",
        in_cors: |first, second| second(first(CorsRouter::new())),
        in_axum: |first, second| second(first(Router::new())),
    },
    Composition {
        name: "merged",
        in_cors: |first, second| first(CorsRouter::new()).merge(second(CorsRouter::new())),
        in_axum: |first, second| first(Router::new()).merge(second(Router::new())),
    },
    Composition {
        name: "nested",
        in_cors: |first, second| {
            let new = CorsRouter::new;
            new().nest("/n", first(new())).nest("/n/", second(new()))
        },
        in_axum: |first, second| {
            let new = Router::new;
            new().nest("/n", first(new())).nest("/n/", second(new()))
        },
    },
    Composition {
        name: "merged into a nested one",
        in_cors: |first, second| {
            CorsRouter::new().nest("/n", first(CorsRouter::new()).merge(second(CorsRouter::new())))
        },
        in_axum: |first, second| Router::new().nest("/n", first(Router::new()).merge(second(Router::new()))),
    },
    Composition {
        name: "after a layer",
        in_cors: |first, second| second(first(CorsRouter::new()).layer(Identity::new())),
        in_axum: |first, second| second(first(Router::new())),
    },
    Composition {
        name: "after something else was done with the axum router",
        in_cors: |first, second| second(first(CorsRouter::new()).map(|router| router)),
        in_axum: |first, second| second(first(Router::new())),
    },
    Composition {
        name: "merged, and then something else is done with the axum router",
        in_cors: |first, second| {
            first(CorsRouter::new()).merge(second(CorsRouter::new())).map(|router| router)
        },
        in_axum: |first, second| first(Router::new()).merge(second(Router::new())),
    },
];

fn panics<T>(call: impl FnOnce() -> T) -> bool {
    catch_unwind(AssertUnwindSafe(call)).is_err()
}

/// Each way beside each other way, at each two paths: what axum cannot do is an error, and nothing else is.
#[test]
fn two_paths_that_conflict() {
    let mut failures = Vec::new();
    let mut conflicts = 0;
    let parts: Vec<_> = WAYS.iter().flat_map(|way| PATHS.map(|path| (way, path))).collect();
    // The messages of all the panics that are expected here would fill a book.
    panic::set_hook(Box::new(|_| {}));
    for composition in &COMPOSITIONS {
        for (first, first_path) in &parts {
            for (second, second_path) in &parts {
                // Below a prefix, axum drops the fallbacks of routers that are nested in the nested one.
                let are_dropped = [first, second].iter().all(|way| way.name.contains("fallback"));
                if are_dropped && composition.name == "merged into a nested one" {
                    continue;
                }
                let in_axum = || {
                    let first = |router| (first.in_axum)(router, first_path);
                    (composition.in_axum)(&first, &|router| (second.in_axum)(router, second_path))
                };
                let in_cors = || {
                    let first = |router| (first.in_cors)(router, first_path);
                    (composition.in_cors)(&first, &|router| (second.in_cors)(router, second_path)).finish()
                };
                let outcome = match catch_unwind(AssertUnwindSafe(in_cors)) {
                    Ok(Ok(_)) => "is there",
                    Ok(Err(_)) => "is an error",
                    Err(_) => "panics",
                };
                let expected = if panics(in_axum) { "is an error" } else { "is there" };
                conflicts += usize::from(expected == "is an error");
                // How a finished path answers its other methods is its own affair, and may conflict with a service.
                let names = [first.name, second.name];
                let is_either =
                    ["route_service", "merge of a finished router"].iter().all(|name| names.contains(name));
                if outcome != expected && !(is_either && outcome != "panics") {
                    failures.push(format!(
                        "{} of {first_path} and {} of {second_path}, {}: {outcome}, and not: {expected}",
                        first.name, second.name, composition.name
                    ));
                }
            }
        }
    }
    let _ = panic::take_hook();
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
    assert!(conflicts > 10_000, "{conflicts}");
}

fn problems(router: CorsRouter) -> Vec<String> {
    let error = router.finish().unwrap_err();
    error.problems().iter().map(ToString::to_string).collect()
}

#[test]
fn the_messages_name_both() {
    let files = || CorsRouter::new().nest_service("/files", cors(&SHOP, service()));
    let conflict = |path: &str, with: &str| {
        format!(
            "invalid path `{path}`: Insertion failed due to conflict with previously registered route: {with}"
        )
    };
    assert_eq!(problems(files().merge(files())), [conflict("/files", "/files/{*rest}")]);
    let nested = || CorsRouter::new().nest("/api", files());
    assert_eq!(problems(nested().merge(nested())), [conflict("/api/files", "/api/files/{*rest}")]);
    assert_eq!(
        problems(files().merge(CorsRouter::new().route("/files/", get(shop)))),
        [conflict("/files/", "/files/")]
    );

    let plain_shop = || Router::new().route("/shop", routing::get(plain));
    let refused = |path: &str, reason: &str| format!("axum refuses what is added at `{path}`: {reason}");
    let twice = "Overlapping method route. Handler for `GET /shop` already exists";
    assert_eq!(
        problems(CorsRouter::new().route("/shop", get(shop)).merge(plain_shop())),
        [refused("/shop", twice)]
    );
    assert_eq!(problems(CorsRouter::from(plain_shop()).merge(plain_shop())), [refused("/", twice)]);
    assert_eq!(
        problems(CorsRouter::from(plain_shop()).merge(plain_shop()).merge(plain_shop())).len(),
        1,
        "of what comes after a conflict, only what conflicts with one another"
    );
    let two = CorsRouter::from(plain_shop()).merge(plain_shop()).merge(files()).merge(files());
    assert_eq!(problems(two), [conflict("/files", "/files/{*rest}"), refused("/", twice)]);
    let literal = Router::new().without_v07_checks().route("/:id", routing::get(plain));
    for router in [CorsRouter::new().nest("/n", literal.clone()), CorsRouter::from(literal)] {
        let problems = problems(router);
        assert!(problems[0].contains("Path segments must not start with `:`"), "{problems:?}");
    }
}

#[test]
fn fallbacks_that_conflict() {
    let below = || CorsRouter::new().nest("/api", CorsRouter::new().fallback(cors(&SHOP, plain)));
    assert_eq!(
        problems(below().merge(below())),
        [
            "invalid path `/api`: its fallback has the paths of another: Insertion failed due to conflict with previously \
             registered route: /api"
        ]
    );
    let below = || Router::new().nest("/api", Router::new().fallback(plain));
    assert_eq!(
        problems(CorsRouter::from(below()).merge(below())),
        ["axum refuses what is added at `/`: two fallbacks are below one prefix"]
    );
    let with_fallback = CorsRouter::from(Router::new().fallback(plain));
    assert_eq!(
        problems(with_fallback.clone().fallback(cors(&SHOP, plain))),
        ["axum refuses what is added at `/`: Cannot merge two `Router`s that both have a fallback"]
    );
    assert_eq!(
        problems(with_fallback.map(|router| router).fallback(cors(&SHOP, plain))),
        ["axum refuses what is added at `/`: Cannot merge two `Router`s that both have a fallback"]
    );
}

#[test]
fn prefixes_of_routers_that_cannot_be_looked_into() {
    for prefix in ["", "/", "api", "/{*rest}", "/:tenant", "/{id", "/{}"] {
        for router in [
            CorsRouter::new().nest(prefix, Router::new().route("/x", routing::get(plain))),
            CorsRouter::new().nest(prefix, CorsRouter::new().fallback(cors(&SHOP, plain))),
            CorsRouter::new().nest_service(prefix, service()),
        ] {
            let problems = problems(router);
            assert!(problems[0].starts_with(&format!("invalid path `{prefix}`: ")), "{problems:?}");
        }
    }
}

/// As in axum, a fallback that is set later is for what those below a prefix are not for.
#[tokio::test]
async fn fallbacks_below_a_prefix_stay() {
    let below = || Router::new().nest("/n", Router::new().fallback(async || StatusCode::GONE));
    let fallback = || cors(&SHOP, async || StatusCode::IM_A_TEAPOT);
    for (what, router) in [
        ("a router of axum's", CorsRouter::from(below()).fallback(fallback())),
        ("a merged router", CorsRouter::new().merge(below()).fallback(fallback())),
        ("one that is known to axum", CorsRouter::from(below()).map(|router| router).fallback(fallback())),
        ("another of its own before", CorsRouter::from(below()).fallback(plain).fallback(fallback())),
    ] {
        let app = router.finish().unwrap_or_else(|error| panic!("{what}: {error}"));
        for (path, status) in [("/nowhere", "418"), ("/n/nowhere", "410")] {
            let answer = cors_tests::send(&app, &format!("GET {path}\norigin: https://shop.example")).await;
            assert!(answer.starts_with(status), "{what}, {path}: {answer}");
            let is_granted = answer.contains("access-control-allow-origin: https://shop.example");
            assert_eq!(is_granted, status == "418", "{what}, {path}: {answer}");
        }
    }
}
