//! Requests that cost more than they are worth. What they cost is counted by `tests/preflight_cost.rs`; here, each is
//! answered as the short one is.

use axum::http::HeaderValue;
use cors_runtime::{CorsRouter, Policy, any, cors, diagnostics::RefusalKind, policy};
use cors_tests::{as_text, respond};

use crate::{both, preflight, request};

static LIST: Policy = policy! {
    origins = ["https://shop.example", "https://*.shop.example"],
    headers = ["authorization", "content-type"],
    credentials,
};
static REGEX: Policy = policy! { origins = [regex(r"https://([a-z]+\.)*shop\.example")] };

fn app() -> CorsRouter {
    CorsRouter::new()
        .route("/list", any(cors(&LIST, async || ())))
        .route("/regex", any(cors(&REGEX, async || ())))
        .on_refusal(|refusal| {
            // Whoever listens gets a line, and not the whole of it.
            let lengths = [
                refusal.origin().unwrap_or_default(),
                refusal.method(),
                refusal.path(),
                refusal.rejected_value().unwrap_or_default(),
            ]
            .map(str::len);
            assert!(lengths.iter().all(|length| *length <= 1_000), "{lengths:?}");
        })
}

/// Requested headers of any length change nothing about the answer.
async fn are_ignored(names: &[u8]) {
    let names = HeaderValue::from_bytes(names).unwrap();
    for app in both(app) {
        for origin in [&b"https://shop.example"[..], b"https://a.shop.example", b"https://evil.example"] {
            for path in ["/list", "/regex", "/nowhere"] {
                let short = as_text(&respond(&app, preflight("PUT", path, origin)).await);
                let mut long = preflight("PUT", path, origin);
                long.headers_mut().insert("access-control-request-headers", names.clone());
                assert_eq!(as_text(&respond(&app, long).await), short, "{path}");
                // In many lines.
                let mut long = preflight("PUT", path, origin);
                for _ in 0..100 {
                    long.headers_mut().append("access-control-request-headers", names.clone());
                }
                assert_eq!(as_text(&respond(&app, long).await), short, "{path}");
            }
        }
    }
}

/// GHSA-mh55-gqvf-xfwm (rs/cors)
#[tokio::test]
async fn ten_thousand_commas() {
    are_ignored(&b",".repeat(10_000)).await;
    are_ignored(&b"a,".repeat(10_000)).await;
    are_ignored(&b" ,\t".repeat(10_000)).await;
}

/// CVE-2026-69207 (Hono: a regular expression that is quadratic in white space)
#[tokio::test]
async fn sixteen_thousand_spaces() {
    are_ignored(&b" ".repeat(16_000)).await;
    are_ignored(&[b"a", &b" ".repeat(16_000)[..], b"b"].concat()).await;
    are_ignored(&[b"authorization", &b"\t".repeat(16_000)[..], b",content-type"].concat()).await;
}

#[tokio::test]
async fn sixty_four_kilobytes_of_requested_headers() {
    are_ignored(&b"x".repeat(65_536)).await;
    are_ignored(&b"authorization,".repeat(65_536 / 14)).await;
    are_ignored(&b"\xff".repeat(65_536)).await;
}

/// What is not looked at is not called a refusal, nor is it called allowed.
#[test]
fn too_many_requested_headers_are_explained() {
    let mut request = preflight("PUT", "/", b"https://shop.example");
    let names = "authorization,".repeat(10_000);
    request.headers_mut().insert("access-control-request-headers", names.parse().unwrap());
    let explanation = LIST.explain(&request);
    assert_eq!(explanation.refusal().unwrap().kind(), RefusalKind::TooManyHeaders);
    assert!(explanation.to_string().len() < 1_000, "{explanation}");
}

/// An origin that is longer than any of a browser's is nobody's, and is not searched for.
#[tokio::test]
async fn eight_kilobytes_of_origin() {
    let subdomains = format!("https://{}shop.example", "a.".repeat(4_096));
    let allowed_by_every_part = format!("https://{}.shop.example", "a".repeat(8_192));
    for origin in [
        "a".repeat(8_192).as_bytes(),
        subdomains.as_bytes(),
        allowed_by_every_part.as_bytes(),
        &b"https://".repeat(1_024),
        &b".".repeat(8_192),
        &b"\xff".repeat(8_192),
        // One byte more than the longest one.
        format!("https://{}.shop.example", "a".repeat(326 - 8 - 13 + 1)).as_bytes(),
    ] {
        for app in both(app) {
            for path in ["/list", "/regex"] {
                for (response, status) in [
                    (respond(&app, request("GET", path, origin)).await, 200),
                    (respond(&app, preflight("PUT", path, origin)).await, 403),
                ] {
                    assert_eq!(response.status(), status);
                    assert!(!response.headers().contains_key("access-control-allow-origin"), "{response:?}");
                    assert!(response.headers()["vary"].to_str().unwrap().starts_with("Origin"));
                }
            }
        }
    }
}

/// Bytes beyond ASCII, valid as UTF-8 or not.
#[tokio::test]
async fn origin_of_non_ascii_bytes() {
    for origin in [
        &b"\xff"[..],
        b"https://\xff.shop.example",
        b"https://shop.example\xff",
        b"\xef\xbb\xbfhttps://shop.example",
        "https://münchen.shop.example".as_bytes(),
        b"https://\xc0\xae.shop.example",
        b"https://shop\xe3\x80\x82example",
    ] {
        for app in both(app) {
            for path in ["/list", "/regex"] {
                for response in [
                    respond(&app, request("GET", path, origin)).await,
                    respond(&app, preflight("PUT", path, origin)).await,
                ] {
                    assert!(!response.headers().contains_key("access-control-allow-origin"), "{response:?}");
                }
            }
        }
    }
}

/// An expression is searched in linear time, so that an origin cannot make it backtrack.
#[tokio::test]
async fn regular_expression_that_would_backtrack() {
    for app in both(app) {
        let origin = format!("https://{}!", "a.".repeat(150));
        let response = respond(&app, request("GET", "/regex", origin.as_bytes())).await;
        assert!(!response.headers().contains_key("access-control-allow-origin"), "{response:?}");
    }
    let nested = Policy::builder().regex(r"https://((a+)+)+\.shop\.example").build().unwrap();
    let start = std::time::Instant::now();
    let origin = format!("https://{}.evil.example", "a".repeat(60));
    for _ in 0..10_000 {
        let request = request("GET", "/", origin.as_bytes());
        assert!(!nested.explain(&request).is_allowed());
    }
    // A search that backtracks would not end at all.
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}

/// Of the names that a preflight asks for, 2,048 bytes are looked at, on all lines together.
#[test]
fn one_byte_more_than_is_looked_at() {
    let policy = policy! { origins = any, headers = any };
    for (bytes, expected) in [(2_047, None), (2_048, None), (2_049, Some(RefusalKind::TooManyHeaders))] {
        let names = "x-abcdefg,".repeat(204);
        let names = format!("{names}{}", "b".repeat(bytes - names.len()));
        let (first, second) = names.split_at(1_020);
        for lines in [vec![&*names], vec![first, second]] {
            let request = axum::http::Request::options("/")
                .header("origin", "https://shop.example")
                .header("access-control-request-method", "PUT");
            let request = lines
                .iter()
                .fold(request, |request, line| request.header("access-control-request-headers", *line));
            let explanation = policy.explain(&request.body(()).unwrap());
            assert_eq!(explanation.refusal().map(|refusal| refusal.kind()), expected, "{bytes}");
        }
    }
}
