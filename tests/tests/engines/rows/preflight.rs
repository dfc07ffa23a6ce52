//! The answer to a preflight: its status, its origin, and its lists.
//!
//! <https://fetch.spec.whatwg.org/#cors-preflight-fetch-0>

use crate::row::*;

const PUT: Step = fetch("PUT", "/").headers(&[("x-reason", "tea")]);
const ASKED: &str = "OPTIONS / asks for PUT with x-reason";

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for (why, fields, verdict) in answers() {
        rows.push(row(why, 204, fields, verdict));
    }
    const GRANT: Fields = &[(ACAO, SHOP), (ACAM, "PUT"), (ACAH, "x-reason")];
    for status in [200, 202, 203, 204, 205, 206, 299] {
        rows.push(row("any status that says that all is well", status, GRANT, SHARED));
    }
    for status in [300, 304, 305, 306, 400, 401, 403, 404, 405, 418, 500, 502, 504] {
        rows.push(row("an error grants nothing", status, GRANT, blocked("PreflightInvalidStatus", "")));
    }
    for status in [301, 302, 303, 307, 308] {
        const MOVED: Fields = &[(ACAO, SHOP), (ACAM, "PUT"), (ACAH, "x-reason"), ("location", "/there")];
        rows.push(row(
            "no preflight is redirected",
            status,
            MOVED,
            blocked("PreflightDisallowedRedirect", ""),
        ));
    }
    // A server that looks for a token first: no preflight carries one.
    rows.push(row("an error without a grant", 401, &[], blocked("PreflightMissingAllowOriginHeader", "")));
    rows.extend([
        Row {
            why: "a sandboxed page asks too",
            page: SANDBOX,
            fetches: vec![PUT],
            server: literal([
                ("OPTIONS", 204, &[(ACAO, "null"), (ACAM, "PUT"), (ACAH, "x-reason")]),
                ("PUT", 200, &[(ACAO, "null")]),
            ]),
            expect: sent([ASKED, "PUT /"]).readable(200, []),
        },
        Row {
            why: "the API's own pages do not ask",
            page: API,
            fetches: vec![PUT],
            server: literal([("PUT", 200, &[])]),
            // With this method, browsers send the origin to the page's own server as well.
            expect: sent(["PUT /"]).readable(200, []),
        },
        Row {
            why: "an invalid list of methods, though only a header is requested",
            page: SHOP,
            fetches: vec![get("/").headers(&[("x-reason", "tea")])],
            server: literal([("*", 200, &[(ACAO, SHOP), (ACAM, "PUT DELETE"), (ACAH, "x-reason")])]),
            expect: sent(["OPTIONS / asks for GET with x-reason"])
                .blocked("InvalidAllowMethodsPreflightResponse", ""),
        },
        Row {
            why: "an invalid list of headers, though only a method is requested",
            page: SHOP,
            fetches: vec![fetch("PUT", "/")],
            server: literal([("*", 200, &[(ACAO, SHOP), (ACAM, "PUT"), (ACAH, "x-a, x b")])]),
            expect: sent(["OPTIONS / asks for PUT"]).blocked("InvalidAllowHeadersPreflightResponse", ""),
        },
        Row {
            why: "the connection is closed instead of an answer",
            page: SHOP,
            fetches: vec![PUT],
            server: literal([("OPTIONS", 0, &[])]),
            expect: sent([ASKED])
                .failed("net::ERR_EMPTY_RESPONSE")
                .in_firefox(sent([ASKED; 10]).failed("net::ERR_EMPTY_RESPONSE")),
        },
        Row {
            why: "the connection is closed instead of a response, whose request changes nothing",
            page: SHOP,
            fetches: vec![get("/")],
            server: literal([("*", 0, &[])]),
            expect: sent(["GET /"])
                .failed("net::ERR_EMPTY_RESPONSE")
                .in_firefox(sent(["GET /"; 10]).failed("net::ERR_EMPTY_RESPONSE")),
        },
        Row {
            why: "the connection is closed instead of a response, whose request may have changed something",
            page: SHOP,
            fetches: vec![fetch("POST", "/").body("tea")],
            server: literal([("*", 0, &[])]),
            expect: sent(["POST /"]).failed("net::ERR_EMPTY_RESPONSE"),
        },
        Row {
            why: "someone listens to the upload: a POST that would need no preflight has one, and no list has to name it",
            page: SHOP,
            fetches: vec![fetch("POST", "/").body("tea").with_upload_listener()],
            server: literal([("OPTIONS", 204, &[(ACAO, SHOP)]), ("POST", 200, &[(ACAO, SHOP)])]),
            expect: sent(["OPTIONS / asks for POST", "POST /"]).readable(200, []),
        },
        Row {
            why: "someone listens to the upload, and the server knows no preflights",
            page: SHOP,
            fetches: vec![fetch("POST", "/").body("tea").with_upload_listener()],
            server: literal([("POST", 200, &[(ACAO, SHOP)])]),
            expect: sent(["OPTIONS / asks for POST"]).blocked("PreflightMissingAllowOriginHeader", ""),
        },
        Row {
            why: "someone listens to the upload, and another origin may send it",
            page: SHOP,
            fetches: vec![fetch("POST", "/").body("tea").with_upload_listener()],
            server: literal([("OPTIONS", 204, &[(ACAO, ADMIN)]), ("POST", 200, &[(ACAO, SHOP)])]),
            expect: sent(["OPTIONS / asks for POST"]).blocked("PreflightAllowOriginMismatch", ADMIN),
        },
        Row {
            why: "someone listens to the upload, and the value is not an origin",
            page: SHOP,
            fetches: vec![fetch("POST", "/").body("tea").with_upload_listener()],
            server: literal([("OPTIONS", 204, &[(ACAO, "tea")]), ("POST", 200, &[(ACAO, SHOP)])]),
            expect: sent(["OPTIONS / asks for POST"]).blocked("PreflightInvalidAllowOriginValue", "tea"),
        },
        Row {
            why: "nobody listens to the upload",
            page: SHOP,
            fetches: vec![fetch("POST", "/").body("tea")],
            server: literal([("POST", 200, &[(ACAO, SHOP)])]),
            expect: sent(["POST /"]).readable(200, []),
        },
    ]);
    rows
}

/// How a preflight for a PUT with `x-reason` is answered.
fn answers() -> Vec<(&'static str, Fields, Verdict)> {
    vec![
        ("all is granted", &[(ACAO, SHOP), (ACAM, "PUT"), (ACAH, "x-reason")], SHARED),
        ("to any origin", &[(ACAO, "*"), (ACAM, "PUT"), (ACAH, "x-reason")], SHARED),
        ("any method and header", &[(ACAO, SHOP), (ACAM, "*"), (ACAH, "*")], SHARED),
        ("nothing is said", &[], blocked("PreflightMissingAllowOriginHeader", "")),
        (
            "no origin is named",
            &[(ACAM, "PUT"), (ACAH, "x-reason")],
            blocked("PreflightMissingAllowOriginHeader", ""),
        ),
        (
            "another origin is named",
            &[(ACAO, ADMIN), (ACAM, "PUT"), (ACAH, "x-reason")],
            blocked("PreflightAllowOriginMismatch", ADMIN),
        ),
        (
            "the value is not an origin",
            &[(ACAO, "localhost"), (ACAM, "PUT"), (ACAH, "x-reason")],
            blocked("PreflightInvalidAllowOriginValue", "localhost"),
        ),
        (
            "two origins are named",
            &[(ACAO, SHOP), (ACAO, ADMIN), (ACAM, "PUT"), (ACAH, "x-reason")],
            blocked(
                "PreflightMultipleAllowOriginValues",
                "http://localhost:3000, http://admin.localhost:3000",
            ),
        ),
        (
            "no method is named",
            &[(ACAO, SHOP), (ACAH, "x-reason")],
            blocked("MethodDisallowedByPreflightResponse", "PUT"),
        ),
        (
            "another method is named",
            &[(ACAO, SHOP), (ACAM, "DELETE"), (ACAH, "x-reason")],
            blocked("MethodDisallowedByPreflightResponse", "PUT"),
        ),
        (
            "methods are not a valid list",
            &[(ACAO, SHOP), (ACAM, "PUT DELETE"), (ACAH, "x-reason")],
            blocked("InvalidAllowMethodsPreflightResponse", ""),
        ),
        (
            "an invalid method invalidates the list",
            &[(ACAO, SHOP), (ACAM, "PUT, DEL/ETE"), (ACAH, "x-reason")],
            blocked("InvalidAllowMethodsPreflightResponse", ""),
        ),
        (
            "methods with semicolons",
            &[(ACAO, SHOP), (ACAM, "PUT; DELETE"), (ACAH, "x-reason")],
            blocked("InvalidAllowMethodsPreflightResponse", ""),
        ),
        ("any method, among others", &[(ACAO, SHOP), (ACAM, "DELETE, *"), (ACAH, "x-reason")], SHARED),
        (
            "no header is named",
            &[(ACAO, SHOP), (ACAM, "PUT")],
            blocked("HeaderDisallowedByPreflightResponse", "x-reason"),
        ),
        (
            "another header is named",
            &[(ACAO, SHOP), (ACAM, "PUT"), (ACAH, "x-reasons")],
            blocked("HeaderDisallowedByPreflightResponse", "x-reason"),
        ),
        (
            "headers are not a valid list",
            &[(ACAO, SHOP), (ACAM, "PUT"), (ACAH, "x-reason x-other")],
            blocked("InvalidAllowHeadersPreflightResponse", ""),
        ),
        (
            "an invalid header invalidates the list",
            &[(ACAO, SHOP), (ACAM, "PUT"), (ACAH, "x-reason, \"x\"")],
            blocked("InvalidAllowHeadersPreflightResponse", ""),
        ),
        (
            "the method is looked at first",
            &[(ACAO, SHOP)],
            blocked("MethodDisallowedByPreflightResponse", "PUT"),
        ),
        ("names of headers have no case", &[(ACAO, SHOP), (ACAM, "PUT"), (ACAH, "X-REASON")], SHARED),
        (
            "tabs, spaces and empty entries",
            &[(ACAO, SHOP), (ACAM, ",\tPUT ,"), (ACAH, " , x-reason")],
            SHARED,
        ),
        (
            "several lines",
            &[(ACAO, SHOP), (ACAM, "GET"), (ACAM, "PUT"), (ACAH, "x-a"), (ACAH, "x-reason")],
            SHARED,
        ),
    ]
}

fn row(why: &'static str, status: u16, fields: Fields, verdict: Verdict) -> Row {
    let expect = match verdict {
        Ok(()) => sent([ASKED, "PUT /"]).readable(200, []),
        Err((error, parameter)) => sent([ASKED]).blocked(error, parameter),
    };
    let server = literal([("OPTIONS", status, fields), ("PUT", 200, &[(ACAO, "*")])]);
    Row { why, page: SHOP, fetches: vec![PUT], server, expect }
}
