//! What is wrong with how routes were set up comes as a value, all of it at once.

use axum::{Router, http::StatusCode, routing};
use cors_runtime::{
    CorsRouter, MethodRouter, Policy, PolicySource, SetupError, any, cors, get, options, put,
};

#[cors(origins = ["https://a.example"])]
async fn first() {}

#[cors(origins = ["https://b.example"])]
async fn second() {}

#[cors(origins = any, methods = ["PUT"])]
async fn only_put() {}

async fn plain() -> StatusCode {
    StatusCode::OK
}

/// The lines of the error, with the places in this file as `<handler>`.
fn problems(router: CorsRouter) -> Vec<String> {
    let error: SetupError = match router.finish() {
        Ok(_) => return Vec::new(),
        Err(error) => error,
    };
    assert_eq!(error.to_string().lines().count(), error.problems().len());
    let short = |line: &str| {
        let words = line.split(' ').map(|word| match word.split_once(".rs:") {
            Some((file, line)) => {
                assert!(
                    file.ends_with("setup") && line.trim_end_matches(',').parse::<u32>().is_ok(),
                    "{word}"
                );
                "at"
            }
            None => word,
        });
        words.collect::<Vec<_>>().join(" ")
    };
    error.to_string().lines().map(short).collect()
}

#[test]
fn two_handlers_for_one_method_and_path() {
    let expected = |method: &str, first: &str, second: &str| {
        vec![format!("two handlers for {method} /x: {first} and {second}; remove one of them")]
    };
    let both = expected("GET", "at (first)", "at (second)");
    assert_eq!(problems(CorsRouter::new().route("/x", get(first).get(second))), both);
    assert_eq!(problems(CorsRouter::new().route("/x", get(first)).route("/x", get(second))), both);
    assert_eq!(
        problems(CorsRouter::new().route("/x", get(first)).map(|router| router).route("/x", get(second))),
        both
    );
    assert_eq!(
        problems(CorsRouter::new().route("/x", get(first)).merge(CorsRouter::new().route("/x", get(second)))),
        both
    );
    let nested = CorsRouter::new().nest("/x", CorsRouter::new().route("/", get(second)));
    assert_eq!(problems(CorsRouter::new().route("/x", get(first)).merge(nested)), both);
    assert_eq!(
        problems(CorsRouter::new().route("/x", get(first).merge(routing::get(plain)))),
        expected("GET", "at (first)", "a handler without a policy")
    );
    assert_eq!(
        problems(CorsRouter::new().route("/x", routing::put(plain)).route("/x", put(first))),
        expected("PUT", "a handler without a policy", "at (first)")
    );
    assert_eq!(
        problems(CorsRouter::new().route("/x", any(first).any(second))),
        expected("any", "at (first)", "at (second)")
    );
    let plain_any = || routing::any(plain);
    for router in [
        CorsRouter::new().route("/x", any(first).merge(plain_any())),
        CorsRouter::new().route("/x", any(first)).route("/x", plain_any()),
        CorsRouter::new().route("/x", any(first)).route("/x", routing::put(plain).fallback(plain)),
    ] {
        assert_eq!(problems(router), expected("any", "at (first)", "a handler without a policy"));
    }
    assert_eq!(
        problems(CorsRouter::new().route("/x", plain_any()).route("/x", plain_any())),
        expected("any", "a handler without a policy", "a handler without a policy")
    );
}

#[test]
fn methods_of_one_path_may_be_added_in_any_order() {
    assert_eq!(problems(CorsRouter::new().route("/x", get(first)).route("/x", put(second))), [""; 0]);
    let gated = CorsRouter::new().route("/x", get(first)).map(|router| router).route("/x", put(second));
    assert_eq!(problems(gated), [""; 0]);
    let nested = CorsRouter::new().nest("/x", CorsRouter::new().route("/y", get(first)));
    assert_eq!(problems(nested.route("/x/y", put(second).any(first))), [""; 0]);
}

#[test]
fn a_handler_for_options_that_no_preflight_reaches() {
    let expected = "no preflight reaches the handler without a policy for OPTIONS /x: preflights are answered by the \
                    policies of the methods; remove it, or annotate it if it serves other OPTIONS requests";
    assert_eq!(
        problems(CorsRouter::new().route("/x", get(first).merge(routing::options(plain)))),
        [expected]
    );
    let apart = CorsRouter::new().route("/x", get(first)).route("/x", routing::options(plain));
    assert_eq!(problems(apart), [expected]);
    let before = CorsRouter::new().route("/x", routing::options(plain)).map(|router| router);
    assert_eq!(problems(before.route("/x", get(first))), [expected]);
    assert_eq!(problems(CorsRouter::new().route("/x", get(first).options(second))), [""; 0]);
    assert_eq!(problems(CorsRouter::new().route("/x", options(first))), [""; 0]);
}

#[test]
fn a_policy_whose_methods_leave_nothing() {
    let expected = "the policy at at (only_put) allows none of the methods its handler is mounted on (GET /x); write one \
                    of these, or remove `methods`";
    assert_eq!(problems(CorsRouter::new().route("/x", get(only_put))), [expected]);
    assert_eq!(problems(CorsRouter::new().route("/x", put(only_put))), [""; 0]);
    // It narrows what is mounted on a path, however that is written.
    for handlers in [get(only_put).put(only_put), get(only_put).any(only_put), any(only_put)] {
        assert_eq!(problems(CorsRouter::new().route("/x", handlers)), [""; 0]);
    }
    let apart = CorsRouter::new().route("/x", get(only_put)).route("/x", put(only_put));
    assert_eq!(problems(apart), [""; 0]);
    let elsewhere = CorsRouter::new().route("/x", get(only_put)).route("/y", put(only_put));
    assert_eq!(problems(elsewhere), [expected]);
}

#[test]
fn paths_that_are_none() {
    for (path, reason) in [
        ("", "it does not begin with `/`"),
        ("x", "it does not begin with `/`"),
        ("/:id", "write a parameter as `{name}`"),
        ("/*rest", "write a wildcard as `{*name}`"),
    ] {
        assert_eq!(
            problems(CorsRouter::new().route(path, get(first))),
            [format!("invalid path `{path}`: {reason}")]
        );
    }
    for path in ["/{id", "/{}", "/{*a}/b"] {
        let problems = problems(CorsRouter::new().route(path, get(first)));
        assert!(problems[0].starts_with(&format!("invalid path `{path}`: ")), "{problems:?}");
    }
    let contradicting = problems(CorsRouter::new().route("/{id}", get(first)).route("/{name}", put(second)));
    assert!(contradicting[0].starts_with("invalid path `/{name}`: "), "{contradicting:?}");
    for prefix in ["", "/", "api", "/{*rest}", "/:tenant"] {
        let inner = CorsRouter::new().route("/x", get(first));
        let problems = problems(CorsRouter::new().nest(prefix, inner));
        assert!(problems[0].starts_with(&format!("invalid path `{prefix}`: ")), "{problems:?}");
    }
}

#[tokio::test]
async fn default_policies_of_two_merged_routers() {
    let (one, other) = (first().await.policy(), second().await.policy());
    let router = |policy: &PolicySource| CorsRouter::new().default_policy(policy.clone());
    assert_eq!(
        problems(router(&one).merge(router(&other))),
        [
            "two merged routers have a default policy: at (first) and at (second); remove one of them, or nest one router in \
          the other"
        ]
    );
    assert_eq!(problems(router(&one).nest("/x", router(&other))), [""; 0]);
    assert_eq!(problems(CorsRouter::new().merge(router(&other))), [""; 0]);
    assert_eq!(problems(router(&one).merge(CorsRouter::new())), [""; 0]);
}

#[test]
fn all_problems_at_once() {
    let router = CorsRouter::new()
        .route("/x", get(first).get(second))
        .route("y", get(first))
        .nest("/", CorsRouter::new().route("/z", get(only_put)));
    assert_eq!(problems(router).len(), 4);
}

#[test]
#[should_panic(expected = "two handlers for GET")]
fn a_method_router_by_itself_panics_as_axum_does() {
    let _: Router = Router::new().route("/", get(first).get(second).into());
}

#[test]
fn the_audit_lists_what_is_known() {
    let router: CorsRouter = CorsRouter::new()
        .route("/x/{id}", get(first).put(second))
        .nest("/api", CorsRouter::new().route("/any", any(only_put)))
        .route("/health", routing::get(plain));
    let audit = router.audit();
    let rows: Vec<_> = audit
        .rows()
        .iter()
        .map(|row| {
            (row.path.as_str(), row.method.as_str(), row.policy.as_deref(), row.location.map(|at| at.name))
        })
        .collect();
    assert_eq!(
        rows,
        [
            ("/api/any", "any", Some("any; methods PUT"), Some("only_put")),
            ("/health", "GET", None, None),
            ("/x/{id}", "GET", Some("https://a.example"), Some("first")),
            ("/x/{id}", "PUT", Some("https://b.example"), Some("second")),
        ]
    );
    let table = audit.to_string();
    let lines: Vec<_> = table.lines().map(|line| line.split("  at ").next().unwrap()).collect();
    assert_eq!(
        lines,
        [
            "any  /api/any  any; methods PUT   any origin          ",
            "GET  /health   same-origin        no policy of its own",
            "GET  /x/{id}   https://a.example                      ",
            "PUT  /x/{id}   https://b.example                      ",
        ]
    );
}

/// What `main` and `unwrap` print of an error is what people are to read.
#[test]
fn errors_are_printed_as_they_are_displayed() {
    let error = CorsRouter::<()>::new().route("/", get(first).get(second)).finish().unwrap_err();
    assert_eq!(format!("{error:?}"), error.to_string());
    let error = Policy::builder().origins(["https://shop.example/"]).build().unwrap_err();
    assert_eq!(format!("{error:?}"), error.to_string());
}

/// As in axum, what a router is printed as does not depend on its state.
#[test]
fn routers_are_printed_whatever_their_state() {
    #[derive(Clone)]
    struct App;

    let handlers: MethodRouter<App> = get(first);
    let printed = format!("{handlers:?} {:?}", CorsRouter::new().route("/first", handlers.clone()));
    assert!(printed.contains("/first") && printed.contains("https://a.example"), "{printed}");
}
