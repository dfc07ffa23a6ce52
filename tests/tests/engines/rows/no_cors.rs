//! Requests that pages send without wanting to read the response, as forms and images always did: servers get them, and
//! pages see nothing.
//!
//! <https://fetch.spec.whatwg.org/#concept-request-mode>

use crate::row::*;

const CORP: &str = "cross-origin-resource-policy";

pub(crate) fn rows() -> Vec<Row> {
    vec![
        Row {
            why: "a GET does not say where it is from",
            page: SHOP,
            fetches: vec![get("/").unread()],
            server: literal([("*", 200, &[(ACAO, "*"), (ACEH, "*"), ("x-total", "3")])]),
            expect: sent(["GET / without origin"]).readable(0, []),
        },
        Row {
            why: "an error looks no different",
            page: SHOP,
            fetches: vec![get("/").unread()],
            server: literal([("*", 500, &[])]),
            expect: sent(["GET / without origin"]).readable(0, []),
        },
        Row {
            why: "a POST carries it, and arrives whatever the answer",
            page: SHOP,
            fetches: vec![fetch("POST", "/").body("tea").unread()],
            server: literal([("*", 403, &[])]),
            expect: sent(["POST /"]).readable(0, []),
        },
        Row {
            why: "with cookies, if the page wants it",
            page: SHOP,
            fetches: vec![
                get("/sign-in").with_credentials().unread(),
                fetch("POST", "/").with_credentials().unread(),
            ],
            server: literal([("GET /sign-in", 200, &[("set-cookie", "session=1")]), ("*", 403, &[])]),
            expect: sent(["GET /sign-in without origin", "POST / bearing session=1"]).readable(0, []),
        },
        Row {
            why: "headers that would need a preflight are left out, and none is sent",
            page: SHOP,
            fetches: vec![
                fetch("POST", "/")
                    .headers(&[("content-type", "application/json"), ("x-api-key", "1")])
                    .body("{}")
                    .unread(),
            ],
            server: literal([("*", 200, &[])]),
            expect: sent(["POST /"]).readable(0, []),
        },
        Row {
            why: "a third origin gets `null`",
            page: SHOP,
            fetches: vec![fetch("POST", "/a").unread()],
            server: literal([("POST /a", 307, &[("location", "http://localhost:5001/b")]), ("*", 200, &[])]),
            expect: sent(["POST /a", "POST http://localhost:5001/b from null"]).readable(0, []),
        },
        Row {
            why: "of the API's own responses its pages see all",
            page: API,
            fetches: vec![get("/").unread()],
            server: literal([("*", 200, &[("x-total", "3")])]),
            expect: sent(["GET / without origin"]).readable(200, ["x-total"]),
        },
        Row {
            why: "a part of a file is not asked for",
            page: SHOP,
            fetches: vec![get("/").headers(&[("range", "bytes=0-1")]).unread()],
            server: literal([("*", 200, &[])]),
            expect: sent(["GET / without origin"]).readable(0, []),
        },
        corp("a response for its own origin", "http://localhost:5000/", "same-origin", false),
        corp("a response for its own site", "http://localhost:5000/", "same-site", true),
        corp("a response for its own site, at another one", "http://127.0.0.1:5002/", "same-site", false),
        corp(
            "a response for its own origin, at another site",
            "http://127.0.0.1:5002/",
            "same-origin",
            false,
        ),
        corp("a response for everyone", "http://127.0.0.1:5002/", "cross-origin", true),
        corp("an invalid value", "http://127.0.0.1:5002/", "same-origin, same-site", true),
        corp("case counts", "http://127.0.0.1:5002/", "Same-Origin", true),
        Row {
            why: "a response for its own origin that the page may read",
            page: SHOP,
            fetches: vec![get("/")],
            server: literal([("*", 200, &[(ACAO, SHOP), (CORP, "same-origin")])]),
            expect: sent(["GET /"]).readable(200, []),
        },
        Row {
            why: "a response for its own origin, at home",
            page: API,
            fetches: vec![get("/").unread()],
            server: literal([("*", 200, &[(CORP, "same-origin")])]),
            expect: sent(["GET / without origin"]).readable(200, [CORP]),
        },
        Row {
            why: "a redirect that is for its own origin",
            page: SHOP,
            fetches: vec![get("/a").unread()],
            server: literal([
                ("GET /a", 302, &[(CORP, "same-origin"), ("location", "http://localhost:3000/b")]),
                ("*", 200, &[]),
            ]),
            expect: sent(["GET /a without origin"]).failed("net::ERR_BLOCKED_BY_RESPONSE.NotSameOrigin"),
        },
        Row {
            why: "a redirect to a response that is for its own origin, which is the page's",
            page: SHOP,
            fetches: vec![get("/a").unread()],
            server: literal([
                ("GET /a", 302, &[("location", "http://localhost:3000/b")]),
                ("*", 200, &[(CORP, "same-origin")]),
            ]),
            expect: sent(["GET /a without origin", "GET http://localhost:3000/b without origin"])
                .readable(0, []),
        },
        Row {
            why: "a sandboxed page is of no site",
            page: SANDBOX,
            fetches: vec![get("/").unread()],
            server: literal([("*", 200, &[(CORP, "same-site")])]),
            expect: sent(["GET / without origin"])
                .failed("net::ERR_BLOCKED_BY_RESPONSE.NotSameSite")
                .in_chromium(sent(["GET / without origin"]).readable(0, [])),
        },
    ]
}

/// A response with this `Cross-Origin-Resource-Policy`, and whether the page can use it.
fn corp(why: &'static str, url: &'static str, value: &'static str, is_usable: bool) -> Row {
    let fields: Fields = Box::leak(Box::new([(CORP, value)]));
    let requests = match url {
        "http://localhost:5000/" => sent(["GET / without origin"]),
        _ => sent(["GET http://127.0.0.1:5002/ without origin"]),
    };
    let expect = match (is_usable, value) {
        (true, _) => requests.readable(0, []),
        (false, "same-site") => requests.failed("net::ERR_BLOCKED_BY_RESPONSE.NotSameSite"),
        (false, _) => requests.failed("net::ERR_BLOCKED_BY_RESPONSE.NotSameOrigin"),
    };
    Row { why, page: SHOP, fetches: vec![get(url).unread()], server: literal([("*", 200, fields)]), expect }
}
