//! Requests that pages send without wanting to read the response, as forms and images always did: servers get them, and
//! pages see nothing.
//!
//! <https://fetch.spec.whatwg.org/#concept-request-mode>

use crate::row::*;

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
            why: "a POST says it, and arrives whatever it is told",
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
            why: "headers that would need a preflight are left out, and there is none",
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
            why: "a third origin is told of nobody",
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
    ]
}
