//! What a preflight costs does not grow with what the client sends, whoever listens. Allocations are counted for the whole
//! process, so this is a process of its own.
//!
//! GHSA-mh55-gqvf-xfwm (rs/cors: a slice of all requested names), CVE-2026-69207 (Hono: time that is quadratic in white space)

use std::{
    alloc::System,
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use axum::{Router, body::Body, extract::Request};
use cors_runtime::{CorsRouter, Policy, any, cors, policy};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tower_service::Service;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

static POLICY: Policy = policy! {
    origins = ["https://shop.example", "https://*.shop.example"],
    headers = ["authorization", "content-type"],
};

fn preflight(origin: &str, names: &[u8]) -> Request {
    Request::options("/")
        .header("origin", origin)
        .header("access-control-request-method", "PUT")
        .header("access-control-request-headers", names)
        .body(Body::empty())
        .unwrap()
}

/// Bytes allocated, and the time taken, from the call to the response.
fn cost(app: &mut Router, request: Request) -> (usize, Duration) {
    let region = Region::new(ALLOCATOR);
    let start = Instant::now();
    let mut called = Box::pin(app.call(request));
    let Poll::Ready(Ok(response)) = called.as_mut().poll(&mut Context::from_waker(Waker::noop())) else {
        panic!("a preflight has nothing to wait for");
    };
    let elapsed = start.elapsed();
    let stats = region.change();
    drop(response);
    (stats.bytes_allocated, elapsed)
}

#[test]
fn what_is_sent_does_not_count() {
    let routes = || CorsRouter::new().route("/", any(cors(&POLICY, async || ())));
    let layer = tower::layer::util::Identity::new;
    for (name, app, listens) in [
        ("endpoints alone", routes(), false),
        ("with a layer", routes().layer(layer()), false),
        ("with a hook", routes().on_refusal(|refusal| assert!(!refusal.path().is_empty())), true),
        (
            "with a layer and a hook",
            routes().layer(layer()).on_refusal(|refusal| drop(refusal.to_string())),
            true,
        ),
    ] {
        let mut app = app.finish().unwrap().with_state(());
        for origin in ["https://shop.example", "https://a.shop.example", "https://evil.example"] {
            for _ in 0..10 {
                cost(&mut app, preflight(origin, b"authorization"));
            }
            let (bytes, _) = cost(&mut app, preflight(origin, b"authorization,x-not-listed"));
            for names in [
                b",".repeat(10_000),
                b"a,".repeat(10_000),
                b"authorization,".repeat(5_000),
                b" ".repeat(16_000),
                [&b"a"[..], &b" ".repeat(64_000), b"b"].concat(),
                b"x".repeat(64_000),
            ] {
                let (more, elapsed) = cost(&mut app, preflight(origin, &names));
                // A listener gets a line more or less; the rest is the same to the byte.
                let tolerance = if listens { 4_096 } else { 0 };
                assert!(
                    more.abs_diff(bytes) <= tolerance,
                    "{name}: {more} bytes and not {bytes}: {names:.20?}"
                );
                // Quadratic, it would take seconds. This is far above what it needs, unless the machine was busy just then.
                let is_quick = |elapsed| elapsed < Duration::from_millis(500);
                let mut again = || cost(&mut app, preflight(origin, &names)).1;
                assert!(is_quick(elapsed) || (0..3).any(|_| is_quick(again())), "{name}: {elapsed:?}");
            }
        }
    }
}
