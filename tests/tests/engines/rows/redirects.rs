//! Redirects. Every response on the way has to be granted, and beyond the second origin a page is `null`.
//!
//! <https://fetch.spec.whatwg.org/#http-redirect-fetch>

use cors_browser::{Mode, Redirect};

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
            .readable(200, [])
                .in_firefox(sent(["OPTIONS /a asks for PUT", "PUT /a", "OPTIONS http://localhost:5001/b asks for PUT"])
                    .blocked("PreflightAllowOriginMismatch", "null")),
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
                ("*", 200, &[(ACAO, SHOP)]),
            ]),
            expect: sent(["OPTIONS /a asks for PUT", "PUT /a", "GET /b"]).readable(200, [])
                .in_firefox(sent(["OPTIONS /a asks for PUT", "PUT /a", "OPTIONS /b asks for GET", "GET /b"]).readable(200, []))
                .in_webkit(sent(["OPTIONS /a asks for PUT", "PUT /a", "OPTIONS /b asks for GET", "GET /b"]).readable(200, [])),
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
            .readable(200, [])
                .in_firefox(sent([
                    "OPTIONS /a asks for GET with authorization",
                    "GET /a",
                    "OPTIONS http://localhost:5001/b asks for GET",
                ]).blocked("PreflightMissingAllowOriginHeader", ""))
                .in_webkit(sent([
                    "OPTIONS /a asks for GET with authorization",
                    "GET /a",
                    "OPTIONS http://localhost:5001/b asks for GET with authorization from null",
                ]).blocked("PreflightMissingAllowOriginHeader", "")),
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
            why: "to an address without a server",
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
            why: "to a scheme that is not HTTP",
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
        Row {
            why: "back to the page's own server, which grants any origin",
            page: SHOP,
            fetches: vec![get("/a")],
            server: literal([
                ("GET /a", 302, &[(ACAO, "*"), ("location", "http://localhost:3000/b")]),
                ("*", 200, &[(ACAO, "*")]),
            ]),
            expect: sent(["GET /a", "GET http://localhost:3000/b from null"]).readable(200, []),
        },
        Row {
            why: "back to the page's own server, which grants its own pages",
            page: SHOP,
            fetches: vec![get("/a")],
            server: literal([
                ("GET /a", 302, &[(ACAO, "*"), ("location", "http://localhost:3000/b")]),
                ("*", 200, &[(ACAO, SHOP)]),
            ]),
            expect: sent(["GET /a", "GET http://localhost:3000/b from null"])
                .blocked("AllowOriginMismatch", SHOP),
        },
        Row {
            why: "to a third origin that grants the second one",
            page: SHOP,
            fetches: vec![get("/a")],
            server: literal([
                ("GET /a", 302, &[(ACAO, "*"), ("location", "http://localhost:5001/b")]),
                ("*", 200, &[(ACAO, API)]),
            ]),
            expect: sent(["GET /a", "GET http://localhost:5001/b from null"])
                .blocked("AllowOriginMismatch", API),
        },
        Row {
            why: "from the page's own server to another that grants nothing",
            page: API,
            fetches: vec![get("/a")],
            server: literal([("GET /a", 302, &[("location", "http://localhost:5001/b")]), ("*", 200, &[])]),
            expect: sent(["GET /a without origin", "GET http://localhost:5001/b"])
                .blocked("MissingAllowOriginHeader", ""),
        },
        Row {
            why: "a PUT from the page's own server to another: the first preflight is there",
            page: API,
            fetches: vec![fetch("PUT", "/a")],
            server: literal([
                ("PUT /a", 307, &[("location", "http://localhost:5001/b")]),
                ("*", 200, &[(ACAO, API), (ACAM, "PUT")]),
            ]),
            expect: sent([
                "PUT /a",
                "OPTIONS http://localhost:5001/b asks for PUT",
                "PUT http://localhost:5001/b",
            ])
            .readable(200, []),
        },
        Row {
            why: "a PUT from the page's own server becomes a GET to another, which needs no preflight",
            page: API,
            fetches: vec![fetch("PUT", "/a")],
            server: literal([
                ("PUT /a", 303, &[("location", "http://localhost:5001/b")]),
                ("*", 200, &[(ACAO, API)]),
            ]),
            expect: sent(["PUT /a", "GET http://localhost:5001/b"]).readable(200, []),
        },
        Row {
            why: "a PUT of JSON becomes a GET without a type, which needs no preflight",
            page: SHOP,
            fetches: vec![fetch("PUT", "/a").headers(&[("content-type", "application/json")]).body("{}")],
            server: literal([
                ("PUT /a", 303, &[(ACAO, SHOP), ("location", "/b")]),
                ("*", 200, &[(ACAO, SHOP), (ACAM, "PUT"), (ACAH, "content-type")]),
            ]),
            expect: sent(["OPTIONS /a asks for PUT with content-type", "PUT /a", "GET /b"]).readable(200, [])
                .in_firefox(sent(["OPTIONS /a asks for PUT with content-type", "PUT /a", "OPTIONS /b asks for GET", "GET /b"]).readable(200, []))
                .in_webkit(sent([
                    "OPTIONS /a asks for PUT with content-type",
                    "PUT /a",
                    "OPTIONS /b asks for GET with content-type",
                    "GET /b",
                ]).readable(200, [])),
        },
        Row {
            why: "an upload that someone listens to becomes a GET",
            page: SHOP,
            fetches: vec![fetch("POST", "/a").body("tea").with_upload_listener()],
            server: literal([
                ("POST /a", 303, &[(ACAO, SHOP), ("location", "/b")]),
                ("*", 200, &[(ACAO, SHOP)]),
            ]),
            expect: sent(["OPTIONS /a asks for POST", "POST /a", "OPTIONS /b asks for GET", "GET /b"])
                .readable(200, []),
        },
        Row {
            why: "Authorization stays within the API",
            page: SHOP,
            fetches: vec![get("/a").headers(&[("authorization", "Bearer 1")])],
            server: literal([
                ("GET /a", 302, &[(ACAO, SHOP), ("location", "/b")]),
                ("*", 200, &[(ACAO, SHOP), (ACAH, "authorization")]),
            ]),
            expect: sent([
                "OPTIONS /a asks for GET with authorization",
                "GET /a",
                "OPTIONS /b asks for GET with authorization",
                "GET /b",
            ])
            .readable(200, []),
        },
        Row {
            why: "a third origin that would allow Authorization is not asked for it either",
            page: SHOP,
            fetches: vec![get("/a").headers(&[("authorization", "Bearer 1")])],
            server: literal([
                ("GET /a", 302, &[(ACAO, SHOP), ("location", "http://localhost:5001/b")]),
                ("*", 200, &[(ACAO, "*"), (ACAH, "authorization")]),
            ]),
            expect: sent([
                "OPTIONS /a asks for GET with authorization",
                "GET /a",
                "GET http://localhost:5001/b from null",
            ])
            .readable(200, [])
                .in_firefox(sent([
                    "OPTIONS /a asks for GET with authorization",
                    "GET /a",
                    "OPTIONS http://localhost:5001/b asks for GET",
                    "GET http://localhost:5001/b from null",
                ]).readable(200, []))
                .in_webkit(sent([
                    "OPTIONS /a asks for GET with authorization",
                    "GET /a",
                    "OPTIONS http://localhost:5001/b asks for GET with authorization from null",
                    "GET http://localhost:5001/b from null",
                ]).readable(200, [])),
        },
        Row {
            why: "a third origin that grants any origin is asked by `null`",
            page: SHOP,
            fetches: vec![fetch("PUT", "/a")],
            server: literal([
                ("PUT /a", 307, &[(ACAO, SHOP), ("location", "http://localhost:5001/b")]),
                ("*", 200, &[(ACAO, "*"), (ACAM, "PUT")]),
            ]),
            expect: sent([
                "OPTIONS /a asks for PUT",
                "PUT /a",
                "OPTIONS http://localhost:5001/b asks for PUT from null",
                "PUT http://localhost:5001/b from null",
            ])
            .readable(200, [])
                .in_firefox(sent([
                    "OPTIONS /a asks for PUT",
                    "PUT /a",
                    "OPTIONS http://localhost:5001/b asks for PUT",
                    "PUT http://localhost:5001/b from null",
                ]).readable(200, [])),
        },
        Row {
            why: "a third origin that grants the page does not know it",
            page: SHOP,
            fetches: vec![fetch("PUT", "/a")],
            server: literal([
                ("PUT /a", 307, &[(ACAO, SHOP), ("location", "http://localhost:5001/b")]),
                ("*", 200, &[(ACAO, SHOP), (ACAM, "PUT")]),
            ]),
            expect: sent([
                "OPTIONS /a asks for PUT",
                "PUT /a",
                "OPTIONS http://localhost:5001/b asks for PUT from null",
            ])
            .blocked("PreflightAllowOriginMismatch", SHOP)
                .in_firefox(sent([
                    "OPTIONS /a asks for PUT",
                    "PUT /a",
                    "OPTIONS http://localhost:5001/b asks for PUT",
                    "PUT http://localhost:5001/b from null",
                ]).blocked("AllowOriginMismatch", SHOP)),
        },
        Row {
            why: "the page's own server is asked by `null` as well",
            page: SHOP,
            fetches: vec![get("/a").headers(&[("x-a", "1")])],
            server: literal([
                ("GET /a", 307, &[(ACAO, "*"), ("location", "http://localhost:3000/b")]),
                ("*", 200, &[(ACAO, "*"), (ACAH, "x-a")]),
            ]),
            expect: sent([
                "OPTIONS /a asks for GET with x-a",
                "GET /a",
                "OPTIONS http://localhost:3000/b asks for GET with x-a from null",
                "GET http://localhost:3000/b from null",
            ])
            .readable(200, [])
                .in_firefox(sent([
                    "OPTIONS /a asks for GET with x-a",
                    "GET /a",
                    "OPTIONS http://localhost:3000/b asks for GET with x-a",
                    "GET http://localhost:3000/b from null",
                ]).readable(200, [])),
        },
        Row {
            why: "within the page's own server, to an address with a name and a password",
            page: API,
            fetches: vec![get("/a")],
            server: literal([
                ("GET /a", 302, &[("location", "http://user:password@localhost:5000/b")]),
                ("*", 200, &[]),
            ]),
            expect: sent(["GET /a without origin", "GET /b without origin"]).readable(200, [])
                .in_chromium(sent(["GET /a without origin"]).failed("TypeError: Failed to fetch")),
        },
        Row {
            why: "an address with an empty name and an empty password has neither",
            page: SHOP,
            fetches: vec![get("/a")],
            server: literal([
                ("GET /a", 302, &[(ACAO, SHOP), ("location", "http://:@localhost:5000/b")]),
                ("*", 200, &[(ACAO, SHOP)]),
            ]),
            expect: sent(["GET /a", "GET /b"]).readable(200, []),
        },
        Row {
            why: "an address with an empty password has a name",
            page: SHOP,
            fetches: vec![get("/a")],
            server: literal([
                ("GET /a", 302, &[(ACAO, SHOP), ("location", "http://user:@localhost:5000/b")]),
                ("*", 200, &[(ACAO, SHOP)]),
            ]),
            expect: sent(["GET /a"]).blocked("RedirectContainsCredentials", ""),
        },
        Row {
            why: "an address with an empty name has a password",
            page: SHOP,
            fetches: vec![get("/a")],
            server: literal([
                ("GET /a", 302, &[(ACAO, SHOP), ("location", "http://:password@localhost:5001/b")]),
                ("*", 200, &[(ACAO, "*")]),
            ]),
            expect: sent(["GET /a"]).blocked("RedirectContainsCredentials", ""),
        },
        row("301 makes a GET of a POST", fetch("POST", "/a").body("tea"), 301, "GET"),
        row("302 makes a GET of a POST", fetch("POST", "/a").body("tea"), 302, "GET"),
        row("307 leaves a POST what it is", fetch("POST", "/a").body("tea"), 307, "POST"),
        row("308 leaves a POST what it is", fetch("POST", "/a").body("tea"), 308, "POST"),
        row("301 leaves HEAD what it is", fetch("HEAD", "/a"), 301, "HEAD"),
        row("303 leaves HEAD what it is", fetch("HEAD", "/a"), 303, "HEAD"),
        Row {
            why: "301 leaves a PUT what it is",
            page: SHOP,
            fetches: vec![fetch("PUT", "/a")],
            server: literal([
                ("PUT /a", 301, &[(ACAO, SHOP), ("location", "/b")]),
                ("*", 200, &[(ACAO, SHOP), (ACAM, "PUT")]),
            ]),
            expect: sent(["OPTIONS /a asks for PUT", "PUT /a", "OPTIONS /b asks for PUT", "PUT /b"])
                .readable(200, []),
        },
        Row {
            why: "a page that wants no redirect",
            page: SHOP,
            fetches: vec![get("/a").redirect(Redirect::Error)],
            server: literal([("GET /a", 302, &[(ACAO, SHOP), ("location", "/b")])]),
            expect: sent(["GET /a"]).failed("net::ERR_FAILED"),
        },
        Row {
            why: "a page that wants no redirect, not even at home",
            page: API,
            fetches: vec![get("/a").redirect(Redirect::Error)],
            server: literal([("GET /a", 302, &[("location", "/b")])]),
            expect: sent(["GET /a without origin"]).failed("net::ERR_FAILED"),
        },
        Row {
            why: "a page that only wants to know of a redirect",
            page: SHOP,
            fetches: vec![get("/a").redirect(Redirect::Manual)],
            server: literal([("GET /a", 302, &[(ACAO, SHOP), ("location", "/b")])]),
            expect: sent(["GET /a"]).readable(0, []),
        },
        Row {
            why: "a redirect that is not granted, whatever the page wants of it",
            page: SHOP,
            fetches: vec![get("/a").redirect(Redirect::Manual)],
            server: literal([("GET /a", 302, &[("location", "/b")])]),
            expect: sent(["GET /a"]).blocked("MissingAllowOriginHeader", ""),
        },
        Row {
            why: "a page that stays at home",
            page: API,
            fetches: vec![get("/a").mode(Mode::SameOrigin)],
            server: literal([("GET /a", 302, &[("location", "http://localhost:5001/b")])]),
            expect: sent(["GET /a without origin"]).failed(
                "Unsafe attempt to load URL http://localhost:5001/b from frame with URL http://localhost:5000/page. \
                 Domains, protocols and ports must match.",
            ),
        },
        Row {
            why: "to an address that is not valid",
            page: SHOP,
            fetches: vec![get("/a")],
            server: literal([("GET /a", 302, &[(ACAO, SHOP), ("location", "http://[/")])]),
            expect: sent(["GET /a"]).failed("net::ERR_INVALID_REDIRECT"),
        },
        Row {
            why: "in a circle: twenty redirects are followed",
            page: SHOP,
            fetches: vec![get("/a")],
            server: literal([("GET /a", 302, &[(ACAO, SHOP), ("location", "/a")])]),
            expect: sent(["GET /a"; 21]).failed("net::ERR_TOO_MANY_REDIRECTS"),
        },
    ]
}

/// A request within the API that needs no preflight, and what a redirect by this status makes of it.
fn row(why: &'static str, step: Step, status: u16, method: &str) -> Row {
    let moved: Fields = &[(ACAO, SHOP), ("location", "/b")];
    let requests = [format!("{} /a", step.method), format!("{method} /b")];
    Row {
        why,
        page: SHOP,
        fetches: vec![step],
        server: literal([
            ("GET /b", 200, &[(ACAO, SHOP)]),
            ("POST /a", status, moved),
            ("HEAD /a", status, moved),
            ("*", 200, &[(ACAO, SHOP)]),
        ]),
        expect: sent([&*requests[0], &*requests[1]]).readable(200, []),
    }
}
