//! Redirects. Every response on the way has to be granted, and beyond the second origin a page is `null`.
//!
//! <https://fetch.spec.whatwg.org/#http-redirect-fetch>

use crate::row::*;

pub(crate) fn rows() -> Vec<Row> {
    vec![
        Row {
            why: "within the API, the page stays who it is",
            page: SHOP,
            fetches: vec![get("/a")],
            server: literal([
                ("GET /a", 302, &[(ACAO, SHOP), ("location", "/b")]),
                ("GET /b", 200, &[(ACAO, SHOP)]),
            ]),
            expect: sent(["GET /a", "GET /b"]).readable(200, []),
        },
        Row {
            why: "the redirect has to be granted",
            page: SHOP,
            fetches: vec![get("/a")],
            server: literal([("GET /a", 302, &[("location", "/b")]), ("GET /b", 200, &[(ACAO, SHOP)])]),
            expect: sent(["GET /a"]).blocked("MissingAllowOriginHeader", ""),
        },
        Row {
            why: "what it leads to has to be granted",
            page: SHOP,
            fetches: vec![get("/a")],
            server: literal([("GET /a", 302, &[(ACAO, SHOP), ("location", "/b")]), ("GET /b", 200, &[])]),
            expect: sent(["GET /a", "GET /b"]).blocked("MissingAllowOriginHeader", ""),
        },
        Row {
            why: "to a third origin, which does not know the page by its name",
            page: SHOP,
            fetches: vec![get("/a")],
            server: literal([
                ("GET /a", 302, &[(ACAO, SHOP), ("location", "http://localhost:5001/b")]),
                ("GET http://localhost:5001/b", 200, &[(ACAO, SHOP)]),
            ]),
            expect: sent(["GET /a", "GET http://localhost:5001/b from null"])
                .blocked("AllowOriginMismatch", SHOP),
        },
        Row {
            why: "to a third origin that grants `null`",
            page: SHOP,
            fetches: vec![get("/a")],
            server: literal([
                ("GET /a", 302, &[(ACAO, SHOP), ("location", "http://localhost:5001/b")]),
                ("GET http://localhost:5001/b", 200, &[(ACAO, "null")]),
            ]),
            expect: sent(["GET /a", "GET http://localhost:5001/b from null"]).readable(200, []),
        },
        Row {
            why: "to a third origin that grants all",
            page: SHOP,
            fetches: vec![get("/a")],
            server: literal([
                ("GET /a", 302, &[(ACAO, SHOP), ("location", "http://localhost:5001/b")]),
                ("GET http://localhost:5001/b", 200, &[(ACAO, "*")]),
            ]),
            expect: sent(["GET /a", "GET http://localhost:5001/b from null"]).readable(200, []),
        },
        Row {
            why: "back to the page's own server, which does not know it any more",
            page: SHOP,
            fetches: vec![get("/a")],
            server: literal([
                ("GET /a", 302, &[(ACAO, SHOP), ("location", "http://localhost:3000/b")]),
                ("GET http://localhost:3000/b", 200, &[]),
            ]),
            expect: sent(["GET /a", "GET http://localhost:3000/b from null"])
                .blocked("MissingAllowOriginHeader", ""),
        },
        Row {
            why: "from the page's own server to another: the first one counts for nothing",
            page: API,
            fetches: vec![get("/a")],
            server: literal([
                ("GET /a", 302, &[("location", "http://localhost:5001/b")]),
                ("GET http://localhost:5001/b", 200, &[(ACAO, API)]),
            ]),
            expect: sent(["GET /a without origin", "GET http://localhost:5001/b"]).readable(200, []),
        },
        Row {
            why: "each address is asked on its own",
            page: SHOP,
            fetches: vec![fetch("PUT", "/a")],
            server: literal([
                ("OPTIONS", 204, &[(ACAO, SHOP), (ACAM, "PUT")]),
                ("PUT /a", 307, &[(ACAO, SHOP), ("location", "/b")]),
                ("PUT /b", 200, &[(ACAO, SHOP)]),
            ]),
            expect: sent(["OPTIONS /a asks for PUT", "PUT /a", "OPTIONS /b asks for PUT", "PUT /b"])
                .readable(200, []),
        },
        Row {
            why: "and may refuse",
            page: SHOP,
            fetches: vec![fetch("PUT", "/a")],
            server: literal([
                ("OPTIONS /a", 204, &[(ACAO, SHOP), (ACAM, "PUT")]),
                ("PUT /a", 308, &[(ACAO, SHOP), ("location", "/b")]),
                ("OPTIONS /b", 204, &[(ACAO, SHOP)]),
            ]),
            expect: sent(["OPTIONS /a asks for PUT", "PUT /a", "OPTIONS /b asks for PUT"])
                .blocked("MethodDisallowedByPreflightResponse", "PUT"),
        },
        Row {
            why: "a third origin is asked by `null`",
            page: SHOP,
            fetches: vec![fetch("PUT", "/a")],
            server: literal([
                ("OPTIONS /a", 204, &[(ACAO, SHOP), (ACAM, "PUT")]),
                ("PUT /a", 307, &[(ACAO, SHOP), ("location", "http://localhost:5001/b")]),
                ("*", 200, &[(ACAO, "null"), (ACAM, "PUT")]),
            ]),
            expect: sent([
                "OPTIONS /a asks for PUT",
                "PUT /a",
                "OPTIONS http://localhost:5001/b asks for PUT from null",
                "PUT http://localhost:5001/b from null",
            ])
            .readable(200, []),
        },
        Row {
            why: "a POST that is seen elsewhere becomes a GET",
            page: SHOP,
            fetches: vec![fetch("POST", "/a").body("tea")],
            server: literal([
                ("POST /a", 303, &[(ACAO, SHOP), ("location", "/b")]),
                ("GET /b", 200, &[(ACAO, SHOP)]),
            ]),
            expect: sent(["POST /a", "GET /b"]).readable(200, []),
        },
        Row {
            why: "a PUT that is seen elsewhere becomes a GET, which needs no preflight",
            page: SHOP,
            fetches: vec![fetch("PUT", "/a")],
            server: literal([
                ("OPTIONS /a", 204, &[(ACAO, SHOP), (ACAM, "PUT")]),
                ("PUT /a", 303, &[(ACAO, SHOP), ("location", "/b")]),
                ("GET /b", 200, &[(ACAO, SHOP)]),
            ]),
            expect: sent(["OPTIONS /a asks for PUT", "PUT /a", "GET /b"]).readable(200, []),
        },
        Row {
            why: "a slash that a router adds",
            page: SHOP,
            fetches: vec![fetch("DELETE", "/products/")],
            server: literal([("OPTIONS", 308, &[(ACAO, SHOP), (ACAM, "DELETE"), ("location", "/products")])]),
            expect: sent(["OPTIONS /products/ asks for DELETE"]).blocked("PreflightDisallowedRedirect", ""),
        },
        Row {
            why: "a third origin gets no Authorization, and is not asked for it",
            page: SHOP,
            fetches: vec![get("/a").headers(&[("authorization", "Bearer 1")])],
            server: literal([
                ("OPTIONS /a", 204, &[(ACAO, SHOP), (ACAH, "authorization")]),
                ("GET /a", 302, &[(ACAO, SHOP), ("location", "http://localhost:5001/b")]),
                ("GET http://localhost:5001/b", 200, &[(ACAO, "*")]),
            ]),
            expect: sent([
                "OPTIONS /a asks for GET with authorization",
                "GET /a",
                "GET http://localhost:5001/b from null",
            ])
            .readable(200, []),
        },
        Row {
            why: "to an address with a password in it",
            page: SHOP,
            fetches: vec![get("/a")],
            server: literal([
                ("GET /a", 302, &[(ACAO, SHOP), ("location", "http://user:password@localhost:5000/b")]),
                ("GET /b", 200, &[(ACAO, SHOP)]),
            ]),
            expect: sent(["GET /a"]).blocked("RedirectContainsCredentials", ""),
        },
        Row {
            why: "to an address with a name in it",
            page: API,
            fetches: vec![get("/a")],
            server: literal([
                ("GET /a", 302, &[("location", "http://user@localhost:5001/b")]),
                ("*", 200, &[(ACAO, API)]),
            ]),
            expect: sent(["GET /a without origin"]).blocked("RedirectContainsCredentials", ""),
        },
        Row {
            why: "with credentials, the redirect has to allow them",
            page: SHOP,
            fetches: vec![get("/a").with_credentials()],
            server: literal([
                ("GET /a", 302, &[(ACAO, SHOP), ("location", "/b")]),
                ("GET /b", 200, &[(ACAO, SHOP), (ACAC, "true")]),
            ]),
            expect: sent(["GET /a"]).blocked("InvalidAllowCredentials", ""),
        },
        Row {
            why: "to what is no server",
            page: SHOP,
            fetches: vec![get("/a")],
            server: literal([("GET /a", 302, &[(ACAO, SHOP), ("location", "data:,tea")])]),
            // Nothing that CORS has a word for.
            expect: sent(["GET /a"]).failed("net::ERR_UNSAFE_REDIRECT"),
        },
        Row {
            why: "to a file",
            page: SHOP,
            fetches: vec![get("/a")],
            server: literal([("GET /a", 302, &[(ACAO, SHOP), ("location", "file:///etc/passwd")])]),
            expect: sent(["GET /a"]).failed("net::ERR_UNSAFE_REDIRECT"),
        },
        Row {
            why: "to a socket",
            page: SHOP,
            fetches: vec![get("/a")],
            server: literal([("GET /a", 302, &[(ACAO, SHOP), ("location", "ws://localhost:5000/b")])]),
            expect: sent(["GET /a"]).blocked("CorsDisabledScheme", ""),
        },
        Row {
            why: "to what is no server of the web",
            page: SHOP,
            fetches: vec![get("/a")],
            server: literal([("GET /a", 302, &[(ACAO, SHOP), ("location", "ftp://localhost:5000/b")])]),
            expect: sent(["GET /a"]).blocked("CorsDisabledScheme", ""),
        },
        Row {
            why: "from a third origin back to the API: whoever was once `null` remains it",
            page: SHOP,
            fetches: vec![get("/a")],
            server: literal([
                ("GET /a", 302, &[(ACAO, SHOP), ("location", "http://localhost:5001/b")]),
                ("GET http://localhost:5001/b", 302, &[(ACAO, "*"), ("location", "http://localhost:5000/c")]),
                ("GET /c", 200, &[(ACAO, SHOP)]),
            ]),
            expect: sent(["GET /a", "GET http://localhost:5001/b from null", "GET /c from null"])
                .blocked("AllowOriginMismatch", SHOP),
        },
        Row {
            why: "nowhere: a response like any other",
            page: SHOP,
            fetches: vec![get("/a")],
            server: literal([("GET /a", 302, &[(ACAO, SHOP)])]),
            expect: sent(["GET /a"]).readable(302, []),
        },
    ]
}
