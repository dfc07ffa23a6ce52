//! The counting example: a process, refused requests, and the numbers.

#[allow(dead_code, reason = "other tests need more of it")]
mod api;

use api::{Api, example};

#[test]
fn refusals_are_counted_by_kind_and_route() {
    let api = Api::start(&mut example("metrics", "0"), "listening on http://");
    for _ in 0..3 {
        assert_eq!(api.request("GET", "/prices", "https://evil.example", "\r\n").status(), 403);
    }
    assert_eq!(api.preflight("GET", "/prices", "http://localhost:3000").status(), 204);
    assert_eq!(api.preflight("PUT", "/prices", "http://localhost:3000").status(), 403);
    assert_eq!(api.preflight("GET", "/made/up", "http://localhost:3000").status(), 404);
    assert_eq!(api.request("GET", "/prices", "http://localhost:3000", "\r\n").status(), 200);

    let text = api.send("GET /metrics HTTP/1.1\r\n\r\n");
    let mut counts: Vec<_> =
        text.body().lines().filter(|line| line.starts_with("cors_refusals_total{")).collect();
    counts.sort_unstable();
    assert_eq!(
        counts,
        [
            r#"cors_refusals_total{kind="enforced",route="/prices"} 3"#,
            // The page's preflight asks for a header that the policy does not have.
            r#"cors_refusals_total{kind="header",route="/prices"} 1"#,
            r#"cors_refusals_total{kind="no_policy",route="/prices"} 1"#,
            r#"cors_refusals_total{kind="no_route",route="none"} 1"#,
        ]
    );
}
