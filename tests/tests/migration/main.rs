//! A service of 35 routes, before and after it moves from tower-http's `CorsLayer` to this crate: the same 200 requests
//! to both, over sockets, with every difference and its reason.

mod app_wide;
mod before;
mod per_handler;
mod requests;
mod service;

use std::collections::BTreeMap;

use axum::Router;
use cors_tests::serve;

use crate::{
    requests::{Change, Kind, NOTHING, Request, Response, requests, send},
    service::Config,
};

// Why responses differ.
const SHARED: &str =
    "a preflight is answered with the methods of this path that share the policy, not with one list for all";
const NO_CONTENT: &str = "a preflight is answered with 204, which has no content";
const REFUSED: &str = "a preflight that no policy grants is answered with 403, and lists nothing";
const MADE_BY_AXUM: &str = "axum does not take part in a preflight, so it does not add `Allow`";
const PREFLIGHT_VARY: &str = "a preflight says what its answer depends on";
const GRANTED: &str = "credentials and exposed headers appear only together with a granted origin";
const OPTIONS: &str =
    "OPTIONS without Access-Control-Request-Method is not a preflight, and goes on to the router";
const HANDSHAKE: &str =
    "a WebSocket handshake from another origin is refused, and its answer says what it depends on";
const ALLOW: &str = "`Allow` of a 405 says that the path answers OPTIONS";

fn reason(request: &Request, Change { what, before, after }: &Change) -> Option<&'static str> {
    let (before, after) = (before.as_str(), after.as_str());
    Some(match (request.kind, what.as_str()) {
        (Kind::Preflight, "status") if before == "200" && after == "204" => NO_CONTENT,
        (Kind::Preflight, "content-length") if before == "0" && after == NOTHING => NO_CONTENT,
        (Kind::Preflight, "status") if after == "403" => REFUSED,
        (Kind::Preflight, "access-control-allow-methods") if after != NOTHING => SHARED,
        (Kind::Preflight, what) if what.starts_with("access-control-") && after == NOTHING => REFUSED,
        (Kind::Preflight, "allow") if after == NOTHING => MADE_BY_AXUM,
        (Kind::Preflight, "vary") => PREFLIGHT_VARY,
        (Kind::Options, _) => OPTIONS,
        (Kind::Handshake, _) => HANDSHAKE,
        (Kind::Other, "access-control-allow-credentials" | "access-control-expose-headers")
            if after == NOTHING =>
        {
            GRANTED
        }
        (Kind::Other, "allow") if after == format!("OPTIONS,{before}") => ALLOW,
        _ => return None,
    })
}

async fn responses(app: Router, requests: &[Request]) -> Vec<Response> {
    let address = serve(app).await;
    let mut responses = Vec::new();
    for request in requests {
        responses.push(send(address, request).await);
    }
    responses
}

/// How many requests are answered otherwise, by reason. A difference without a reason is an error.
fn count(requests: &[Request], before: &[Response], after: &[Response]) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for ((request, before), after) in requests.iter().zip(before).zip(after) {
        let changes = before.changes(after);
        let mut reasons: Vec<_> = changes
            .iter()
            .map(|change| {
                reason(request, change)
                    .unwrap_or_else(|| panic!("{}: {change:?} has no reason", request.name))
            })
            .collect();
        reasons.sort_unstable();
        reasons.dedup();
        for reason in reasons {
            *counts.entry(reason).or_default() += 1;
        }
    }
    counts
}

#[tokio::test]
async fn the_same_requests_and_every_difference() {
    let config = Config::default();
    let requests = requests();
    assert_eq!(requests.len(), 200);
    let before = responses(before::app(&config).unwrap(), &requests).await;
    let app_wide = responses(app_wide::app(&config).unwrap(), &requests).await;
    let per_handler = responses(per_handler::app(&config).unwrap(), &requests).await;

    let of_app_wide = count(&requests, &before, &app_wide);
    let of_handlers = count(&requests, &before, &per_handler);
    let expected = [
        // The reason, and how many requests it concerns: with layers, and with a policy on each handler.
        (NO_CONTENT, 37, 35),
        (REFUSED, 21, 37),
        (SHARED, 24, 33),
        (PREFLIGHT_VARY, 58, 72),
        (MADE_BY_AXUM, 0, 70),
        (GRANTED, 41, 41),
        (OPTIONS, 2, 2),
        (HANDSHAKE, 2, 2),
        (ALLOW, 0, 3),
    ];
    let counted = expected.map(|(reason, ..)| {
        let of = |counts: &BTreeMap<_, usize>| counts.get(reason).copied().unwrap_or(0);
        (reason, of(&of_app_wide), of(&of_handlers))
    });
    assert_eq!(counted, expected);

    // Apart from preflights, three requests get another status.
    for after in [&app_wide, &per_handler] {
        let changed = requests.iter().zip(&before).zip(after).filter(|((request, before), after)| {
            request.kind != Kind::Preflight && before.status != after.status
        });
        let changed = changed.map(|((request, before), after)| {
            format!("{}: {} -> {}", request.name, before.status, after.status)
        });
        assert_eq!(
            changed.collect::<Vec<_>>(),
            [
                "OPTIONS /api/orders from https://shop.example: 200 -> 405",
                "OPTIONS /api/orders from no page: 200 -> 405",
                "GET /api/live from https://stranger.example: 101 -> 403",
            ]
        );
    }
}

/// The lines that are removed and added on the way from one source to another, apart from comments and imports.
fn changed_lines(before: &str, after: &str) -> (usize, usize) {
    let [before, after] = [before, after].map(|source| {
        let mut lines = Vec::new();
        let mut is_import = false;
        for line in source.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//")) {
            is_import |= line.starts_with("use ");
            if !is_import {
                lines.push(line);
            }
            is_import &= !line.ends_with(';');
        }
        lines
    });
    // The longest sequence of lines that both have.
    let mut lengths = vec![vec![0; after.len() + 1]; before.len() + 1];
    for (row, old) in before.iter().enumerate() {
        for (column, new) in after.iter().enumerate() {
            lengths[row + 1][column + 1] = match old == new {
                true => lengths[row][column] + 1,
                false => lengths[row][column + 1].max(lengths[row + 1][column]),
            };
        }
    }
    let common = lengths[before.len()][after.len()];
    (before.len() - common, after.len() - common)
}

#[test]
fn how_much_is_written_anew() {
    assert_eq!(changed_lines("a\nb\nc", "a\nx\ny\nc"), (1, 2));
    let router = include_str!("before/mod.rs");
    let handlers = include_str!("before/handlers.rs");
    // Removed and added: with layers, the two `CorsLayer`s and the three lines that name them.
    assert_eq!(changed_lines(router, include_str!("app_wide/mod.rs")), (13, 11));
    // With a policy on each handler, the router loses its layers ..
    assert_eq!(changed_lines(router, include_str!("per_handler/mod.rs")), (19, 10));
    // .. and the handlers get an attribute each, 32 of them, and the policy that most of them share.
    assert_eq!(changed_lines(handlers, include_str!("per_handler/handlers.rs")), (0, 39));
}
