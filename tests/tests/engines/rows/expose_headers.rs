//! `Access-Control-Expose-Headers`: which headers of a response a page sees.
//!
//! <https://fetch.spec.whatwg.org/#concept-filtered-response-cors>

use crate::row::*;

pub(crate) fn rows() -> Vec<Row> {
    let mut rows: Vec<_> =
        values().into_iter().map(|(why, fields, seen)| row(why, get("/"), fields, seen)).collect();
    rows.extend([
        row(
            "with credentials, a star is a name like any other",
            get("/").with_credentials(),
            &[(ACAO, SHOP), (ACAC, "true"), (ACEH, "*"), ("bb-8", "1"), ("etag", "2")],
            &[],
        ),
        row(
            "with credentials, names are names",
            get("/").with_credentials(),
            &[(ACAO, SHOP), (ACAC, "true"), (ACEH, "*, bb-8"), ("bb-8", "1"), ("etag", "2")],
            &["bb-8"],
        ),
        row(
            "what is not exposed is hidden from an XMLHttpRequest as well",
            fetch("POST", "/").body("tea").with_upload_listener(),
            &[(ACAO, SHOP), (ACEH, "bb-8"), ("bb-8", "1"), ("etag", "2")],
            &["bb-8"],
        ),
        Row {
            why: "what the end of a redirect exposes is what counts",
            page: SHOP,
            fetches: vec![get("/a")],
            server: literal([
                ("GET /a", 302, &[(ACAO, SHOP), (ACEH, "etag"), ("location", "/b")]),
                ("*", 200, &[(ACAO, SHOP), (ACEH, "bb-8"), ("bb-8", "1"), ("etag", "2")]),
            ]),
            expect: sent(["GET /a", "GET /b"]).readable(200, ["bb-8"]),
        },
    ]);
    rows
}

/// What a page sees of a response to which it may see anything.
fn values() -> Vec<(&'static str, Fields, &'static [&'static str])> {
    vec![
        (
            "nothing is said: the safelisted ones",
            &[
                (ACAO, "*"),
                ("bb-8", "1"),
                ("cache-control", "no-store"),
                ("content-language", "en"),
                ("content-type", "text/plain"),
                ("etag", "2"),
                ("expires", "0"),
                ("last-modified", "Tue, 24 Nov 2026 07:00:00 GMT"),
                ("pragma", "no-cache"),
                ("vary", "Origin"),
            ],
            &["cache-control", "content-language", "content-type", "expires", "last-modified", "pragma"],
        ),
        ("one", &[(ACAO, "*"), (ACEH, "bb-8"), ("bb-8", "1"), ("etag", "2")], &["bb-8"]),
        ("two", &[(ACAO, "*"), (ACEH, "bb-8, etag"), ("bb-8", "1"), ("etag", "2")], &["bb-8", "etag"]),
        (
            "in two lines",
            &[(ACAO, "*"), (ACEH, "bb-8"), (ACEH, "etag"), ("bb-8", "1"), ("etag", "2")],
            &["bb-8", "etag"],
        ),
        ("names have no case", &[(ACAO, "*"), (ACEH, "BB-8"), ("bb-8", "1")], &["bb-8"]),
        ("one that is not there", &[(ACAO, "*"), (ACEH, "x")], &[]),
        ("an empty entry", &[(ACAO, "*"), (ACEH, "bb-8,"), ("bb-8", "1")], &["bb-8"]),
        ("tabs and spaces", &[(ACAO, "*"), (ACEH, "\tbb-8 , x"), ("bb-8", "1")], &["bb-8"]),
        // A list that is invalid anywhere is invalid as a whole: <https://fetch.spec.whatwg.org/#extract-header-list-values>
        ("a name with a space", &[(ACAO, "*"), (ACEH, "bb-8, no no"), ("bb-8", "1")], &[]),
        ("no comma", &[(ACAO, "*"), (ACEH, "bb-8 x"), ("bb-8", "1")], &[]),
        ("quotation marks", &[(ACAO, "*"), (ACEH, "\"bb-8\""), ("bb-8", "1")], &[]),
        ("a semicolon", &[(ACAO, "*"), (ACEH, "bb-8;x"), ("bb-8", "1")], &[]),
        (
            "all, the headers of CORS too",
            &[(ACAO, "*"), (ACEH, "*"), ("bb-8", "1"), ("etag", "2")],
            &[ACAO, ACEH, "bb-8", "etag"],
        ),
        ("one and all", &[(ACAO, "*"), (ACEH, "x, *"), ("bb-8", "1")], &[ACAO, ACEH, "bb-8"]),
        (
            "cookies never",
            &[(ACAO, "*"), (ACEH, "set-cookie, bb-8"), ("set-cookie", "a=1"), ("bb-8", "1")],
            &["bb-8"],
        ),
    ]
}

fn row(why: &'static str, fetch: Step, fields: Fields, seen: &[&str]) -> Row {
    let preflight = ["OPTIONS / asks for POST", "POST /"];
    let sent = if fetch.way == Way::UploadListener { sent(preflight) } else { sent(["GET /"]) };
    Row {
        why,
        page: SHOP,
        fetches: vec![fetch],
        server: literal([("*", 200, fields)]),
        expect: sent.readable_names(200, seen),
    }
}
