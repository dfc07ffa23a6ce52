//! Cookies, and `Access-Control-Allow-Credentials`.
//!
//! <https://fetch.spec.whatwg.org/#cors-protocol-and-credentials>

use crate::row::*;

const SIGN_IN: Step = get("/sign-in").with_credentials();
const SIGNED_IN: Answer = (
    "GET /sign-in",
    200,
    &[(ACAO, SHOP), (ACAC, "true"), ("set-cookie", "session=1; Path=/; SameSite=Lax; HttpOnly")],
);

pub(crate) fn rows() -> Vec<Row> {
    let mut rows: Vec<_> =
        values().into_iter().map(|(why, fields, verdict)| row(why, fields, verdict)).collect();
    rows.extend([
        Row {
            why: "without credentials, nothing asks for the header, nor minds it",
            page: SHOP,
            fetches: vec![get("/")],
            server: literal([("*", 200, &[(ACAO, "*"), (ACAC, "True")])]),
            expect: sent(["GET /"]).readable(200, []),
        },
        Row {
            why: "a cookie goes where it came from",
            page: SHOP,
            fetches: vec![SIGN_IN, get("/").with_credentials()],
            server: literal([SIGNED_IN, ("*", 200, &[(ACAO, SHOP), (ACAC, "true")])]),
            expect: sent(["GET /sign-in", "GET / bearing session=1"]).readable(200, []),
        },
        Row {
            why: "`localhost` is like a public suffix: a name below it is another site",
            page: ADMIN,
            fetches: vec![SIGN_IN, get("/").with_credentials()],
            server: literal([
                (
                    "GET /sign-in",
                    200,
                    &[(ACAO, ADMIN), (ACAC, "true"), ("set-cookie", "session=1; SameSite=Strict")],
                ),
                ("*", 200, &[(ACAO, ADMIN), (ACAC, "true")]),
            ]),
            expect: sent(["GET /sign-in", "GET /"]).readable(200, []),
        },
        Row {
            why: "an address is another site, and to it a cookie says if it is meant for others",
            page: ADDRESS,
            fetches: vec![SIGN_IN, get("/").with_credentials()],
            server: literal([
                (
                    "GET /sign-in",
                    200,
                    &[
                        (ACAO, ADDRESS),
                        (ACAC, "true"),
                        ("set-cookie", "strict=1; SameSite=Strict"),
                        ("set-cookie", "lax=1; SameSite=Lax"),
                        ("set-cookie", "silent=1"),
                        ("set-cookie", "session=1; SameSite=None; Secure"),
                    ],
                ),
                ("*", 200, &[(ACAO, ADDRESS), (ACAC, "true")]),
            ]),
            expect: sent(["GET /sign-in", "GET / bearing session=1"])
                .readable(200, [])
                .in_firefox(sent(["GET /sign-in", "GET / bearing silent=1; session=1"]).readable(200, []))
                .in_webkit(sent(["GET /sign-in", "GET / bearing silent=1"]).readable(200, [])),
        },
        Row {
            why: "a page of a name, and a server at an address: the same",
            page: SHOP,
            fetches: vec![
                get("http://127.0.0.1:5002/").with_credentials(),
                get("http://127.0.0.1:5002/").with_credentials(),
            ],
            server: literal([(
                "*",
                200,
                &[
                    (ACAO, SHOP),
                    (ACAC, "true"),
                    ("set-cookie", "lax=1; SameSite=Lax"),
                    ("set-cookie", "silent=1"),
                    ("set-cookie", "open=1; SameSite=None"),
                    ("set-cookie", "session=1; SameSite=None; Secure"),
                ],
            )]),
            expect: sent(["GET http://127.0.0.1:5002/", "GET http://127.0.0.1:5002/ bearing session=1"])
                .readable(200, [])
                .in_firefox(
                    sent([
                        "GET http://127.0.0.1:5002/",
                        "GET http://127.0.0.1:5002/ bearing silent=1; session=1",
                    ])
                    .readable(200, []),
                )
                .in_webkit(
                    sent([
                        "GET http://127.0.0.1:5002/",
                        "GET http://127.0.0.1:5002/ bearing silent=1; open=1",
                    ])
                    .readable(200, []),
                ),
        },
        Row {
            why: "cookies of a name do not go to an address",
            page: SHOP,
            fetches: vec![SIGN_IN, get("http://127.0.0.1:5002/").with_credentials()],
            server: literal([SIGNED_IN, ("*", 200, &[(ACAO, SHOP), (ACAC, "true")])]),
            expect: sent(["GET /sign-in", "GET http://127.0.0.1:5002/"]).readable(200, []),
        },
        Row {
            why: "cookies have no port",
            page: SHOP,
            fetches: vec![SIGN_IN, get("http://localhost:5001/").with_credentials()],
            server: literal([SIGNED_IN, ("*", 200, &[(ACAO, SHOP), (ACAC, "true")])]),
            expect: sent(["GET /sign-in", "GET http://localhost:5001/ bearing session=1"]).readable(200, []),
        },
        Row {
            why: "a cookie that is for connections that nobody can read",
            page: SHOP,
            fetches: vec![SIGN_IN, get("/").with_credentials()],
            server: literal([
                (
                    "GET /sign-in",
                    200,
                    &[(ACAO, SHOP), (ACAC, "true"), ("set-cookie", "session=1; Secure; SameSite=Lax")],
                ),
                ("*", 200, &[(ACAO, SHOP), (ACAC, "true")]),
            ]),
            expect: sent(["GET /sign-in", "GET / bearing session=1"])
                .readable(200, [])
                .in_webkit(sent(["GET /sign-in", "GET /"]).readable(200, [])),
        },
        Row {
            why: "a cookie goes to paths below the one that set it, and the longest comes first",
            page: SHOP,
            fetches: vec![
                get("/a/sign-in").with_credentials(),
                get("/b").with_credentials(),
                get("/a/b/c").with_credentials(),
            ],
            server: literal([
                (
                    "GET /a/sign-in",
                    200,
                    &[
                        (ACAO, SHOP),
                        (ACAC, "true"),
                        ("set-cookie", "default=1"),
                        ("set-cookie", "longer=1; Path=/a/b"),
                        ("set-cookie", "all=1; Path=/"),
                    ],
                ),
                ("*", 200, &[(ACAO, SHOP), (ACAC, "true")]),
            ]),
            expect: sent([
                "GET /a/sign-in",
                "GET /b bearing all=1",
                "GET /a/b/c bearing longer=1; default=1; all=1",
            ])
            .readable(200, []),
        },
        Row {
            why: "a cookie is removed by one that is over",
            page: SHOP,
            fetches: vec![SIGN_IN, get("/sign-out").with_credentials(), get("/").with_credentials()],
            server: literal([
                SIGNED_IN,
                (
                    "GET /sign-out",
                    200,
                    &[
                        (ACAO, SHOP),
                        (ACAC, "true"),
                        ("set-cookie", "session=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT"),
                        ("set-cookie", "farewell=1; Max-Age=0"),
                    ],
                ),
                ("*", 200, &[(ACAO, SHOP), (ACAC, "true")]),
            ]),
            expect: sent(["GET /sign-in", "GET /sign-out bearing session=1", "GET /"]).readable(200, []),
        },
        Row {
            why: "a redirect to a third origin, with credentials: `null` is named, and allowed to have them",
            page: SHOP,
            fetches: vec![get("/a").with_credentials()],
            server: literal([
                ("GET /a", 302, &[(ACAO, SHOP), (ACAC, "true"), ("location", "http://localhost:5001/b")]),
                ("*", 200, &[(ACAO, "null"), (ACAC, "true")]),
            ]),
            expect: sent(["GET /a", "GET http://localhost:5001/b from null"]).readable(200, []),
        },
        Row {
            why: "a sandboxed page is of no site",
            page: SANDBOX,
            fetches: vec![SIGN_IN, get("/").with_credentials()],
            server: literal([
                (
                    "GET /sign-in",
                    200,
                    &[(ACAO, "null"), (ACAC, "true"), ("set-cookie", "session=1; SameSite=Lax")],
                ),
                ("*", 200, &[(ACAO, "null"), (ACAC, "true")]),
            ]),
            expect: sent(["GET /sign-in", "GET /"])
                .readable(200, [])
                .in_webkit(sent(["GET /sign-in", "GET / bearing session=1"]).readable(200, [])),
        },
        Row {
            why: "but not with a request that is without credentials, as those to other origins are",
            page: SHOP,
            fetches: vec![SIGN_IN, get("/")],
            server: literal([SIGNED_IN, ("*", 200, &[(ACAO, "*")])]),
            expect: sent(["GET /sign-in", "GET /"]).readable(200, []),
        },
        Row {
            why: "a cookie that comes to a request without credentials is not kept",
            page: SHOP,
            fetches: vec![get("/sign-in"), get("/").with_credentials()],
            server: literal([SIGNED_IN, ("*", 200, &[(ACAO, SHOP), (ACAC, "true")])]),
            expect: sent(["GET /sign-in", "GET /"]).readable(200, []),
        },
        Row {
            why: "a cookie is kept though the page may not see the response that it comes with",
            page: SHOP,
            fetches: vec![SIGN_IN, get("/").with_credentials()],
            server: literal([
                ("GET /sign-in", 200, &[("set-cookie", "session=1")]),
                ("*", 200, &[(ACAO, SHOP), (ACAC, "true")]),
            ]),
            expect: sent(["GET /sign-in", "GET / bearing session=1"]).readable(200, []),
        },
        Row {
            why: "no preflight carries cookies; the request after it does",
            page: SHOP,
            fetches: vec![SIGN_IN, fetch("DELETE", "/").with_credentials()],
            server: literal([
                SIGNED_IN,
                ("OPTIONS", 204, &[(ACAO, SHOP), (ACAC, "true"), (ACAM, "DELETE")]),
                ("*", 200, &[(ACAO, SHOP), (ACAC, "true")]),
            ]),
            expect: sent(["GET /sign-in", "OPTIONS / asks for DELETE", "DELETE / bearing session=1"])
                .readable(200, []),
        },
        Row {
            why: "the API's own pages send cookies by default",
            page: API,
            fetches: vec![get("/sign-in"), get("/")],
            server: literal([SIGNED_IN, ("*", 200, &[])]),
            expect: sent(["GET /sign-in without origin", "GET / without origin bearing session=1"])
                .readable(200, []),
        },
        Row {
            why: "unless they say otherwise",
            page: API,
            fetches: vec![get("/sign-in"), get("/").without_credentials()],
            server: literal([SIGNED_IN, ("*", 200, &[])]),
            expect: sent(["GET /sign-in without origin", "GET / without origin"]).readable(200, []),
        },
        Row {
            why: "a preflight for a request with credentials: any origin is not enough",
            page: SHOP,
            fetches: vec![fetch("PUT", "/").with_credentials()],
            server: literal([("*", 204, &[(ACAO, "*"), (ACAC, "true"), (ACAM, "PUT")])]),
            expect: sent(["OPTIONS / asks for PUT"]).blocked("PreflightWildcardOriginNotAllowed", ""),
        },
        Row {
            why: "a preflight for a request with credentials that are not allowed",
            page: SHOP,
            fetches: vec![fetch("PUT", "/").with_credentials()],
            server: literal([("*", 204, &[(ACAO, SHOP), (ACAM, "PUT")])]),
            expect: sent(["OPTIONS / asks for PUT"]).blocked("PreflightInvalidAllowCredentials", ""),
        },
        Row {
            why: "a preflight that allows them in other words",
            page: SHOP,
            fetches: vec![fetch("PUT", "/").with_credentials()],
            server: literal([("*", 204, &[(ACAO, SHOP), (ACAC, "yes"), (ACAM, "PUT")])]),
            expect: sent(["OPTIONS / asks for PUT"]).blocked("PreflightInvalidAllowCredentials", "yes"),
        },
        Row {
            why: "credentials are allowed by the preflight, and not by the response",
            page: SHOP,
            fetches: vec![fetch("PUT", "/").with_credentials()],
            server: literal([
                ("OPTIONS", 204, &[(ACAO, SHOP), (ACAC, "true"), (ACAM, "PUT")]),
                ("PUT", 200, &[(ACAO, SHOP)]),
            ]),
            expect: sent(["OPTIONS / asks for PUT", "PUT /"]).blocked("InvalidAllowCredentials", ""),
        },
    ]);
    rows
}

/// What is said to a page at `http://localhost:3000` that asks with credentials.
fn values() -> Vec<(&'static str, Fields, Verdict)> {
    vec![
        ("they are allowed", &[(ACAO, SHOP), (ACAC, "true")], SHARED),
        ("spaces around a value are none of it", &[(ACAO, SHOP), (ACAC, " true ")], SHARED),
        ("nothing is said", &[(ACAO, SHOP)], blocked("InvalidAllowCredentials", "")),
        ("upper case", &[(ACAO, SHOP), (ACAC, "True")], blocked("InvalidAllowCredentials", "True")),
        (
            "they are not allowed",
            &[(ACAO, SHOP), (ACAC, "false")],
            blocked("InvalidAllowCredentials", "false"),
        ),
        ("a number", &[(ACAO, SHOP), (ACAC, "0")], blocked("InvalidAllowCredentials", "0")),
        (
            "quotation marks",
            &[(ACAO, SHOP), (ACAC, "\"true\"")],
            blocked("InvalidAllowCredentials", "\"true\""),
        ),
        (
            "two lines",
            &[(ACAO, SHOP), (ACAC, "true"), (ACAC, "true")],
            blocked("InvalidAllowCredentials", "true, true"),
        ),
        ("another number", &[(ACAO, SHOP), (ACAC, "1")], blocked("InvalidAllowCredentials", "1")),
        ("any", &[(ACAO, SHOP), (ACAC, "*")], blocked("InvalidAllowCredentials", "*")),
        (
            "two lines",
            &[(ACAO, SHOP), (ACAC, "true"), (ACAC, "true")],
            blocked("InvalidAllowCredentials", "true, true"),
        ),
        ("any origin", &[(ACAO, "*")], blocked("WildcardOriginNotAllowed", "")),
        (
            "any origin, and they are allowed",
            &[(ACAO, "*"), (ACAC, "true")],
            blocked("WildcardOriginNotAllowed", ""),
        ),
        ("no origin, and they are allowed", &[(ACAC, "true")], blocked("MissingAllowOriginHeader", "")),
        ("another origin", &[(ACAO, ADMIN), (ACAC, "true")], blocked("AllowOriginMismatch", ADMIN)),
    ]
}

fn row(why: &'static str, fields: Fields, verdict: Verdict) -> Row {
    let sent = sent(["GET /"]);
    let expect = match verdict {
        Ok(()) => sent.readable(200, []),
        Err((error, parameter)) => sent.blocked(error, parameter),
    };
    let fetches = vec![get("/").with_credentials()];
    Row { why, page: SHOP, fetches, server: literal([("*", 200, fields)]), expect }
}
