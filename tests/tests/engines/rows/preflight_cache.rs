//! How long an answer to a preflight is kept, and what it then applies to.
//!
//! <https://fetch.spec.whatwg.org/#concept-cache>

use cors_browser::CacheMode;

use crate::row::*;

const PUT: Step = fetch("PUT", "/");
const ASKED: &str = "OPTIONS / asks for PUT";
const WITH_A: Step = get("/").headers(&[("x-a", "1")]);
const ASKED_FOR_A: &str = "OPTIONS / asks for GET with x-a";
const POST_A: Step = fetch("POST", "/").headers(&[("x-a", "1")]);
const HEAD_A: Step = fetch("HEAD", "/").headers(&[("x-a", "1")]);
const UPLOAD: Step = fetch("POST", "/").body("tea").with_upload_listener();

pub(crate) fn rows() -> Vec<Row> {
    vec![
        Row {
            why: "kept for ten minutes",
            page: SHOP,
            fetches: vec![PUT, PUT, PUT],
            server: literal([("*", 200, &[(ACAO, SHOP), (ACAM, "PUT"), (ACMA, "600")])]),
            expect: sent([ASKED, "PUT /", "PUT /", "PUT /"]).readable(200, []),
        },
        Row {
            why: "kept for five seconds if nothing is said",
            page: SHOP,
            fetches: vec![PUT, PUT],
            server: literal([("*", 200, &[(ACAO, SHOP), (ACAM, "PUT")])]),
            expect: sent([ASKED, "PUT /", "PUT /"]).readable(200, []),
        },
        Row {
            why: "the same if it is not a number",
            page: SHOP,
            fetches: vec![PUT, PUT],
            server: literal([("*", 200, &[(ACAO, SHOP), (ACAM, "PUT"), (ACMA, "10m")])]),
            expect: sent([ASKED, "PUT /", "PUT /"])
                .readable(200, [])
                .in_firefox(sent([ASKED, "PUT /", ASKED, "PUT /"]).readable(200, [])),
        },
        Row {
            why: "not kept",
            page: SHOP,
            fetches: vec![PUT, PUT],
            server: literal([("*", 200, &[(ACAO, SHOP), (ACAM, "PUT"), (ACMA, "0")])]),
            expect: sent([ASKED, "PUT /", ASKED, "PUT /"]).readable(200, []),
        },
        Row {
            // By the letter of the standard it is not a number, and the answer is kept for five seconds. Chromium takes it for 0.
            why: "not kept if it is below zero",
            page: SHOP,
            fetches: vec![PUT, PUT],
            server: literal([("*", 200, &[(ACAO, SHOP), (ACAM, "PUT"), (ACMA, "-1")])]),
            expect: sent([ASKED, "PUT /", ASKED, "PUT /"]).readable(200, []),
        },
        Row {
            why: "more than any browser keeps",
            page: SHOP,
            fetches: vec![PUT, PUT],
            server: literal([("*", 200, &[(ACAO, SHOP), (ACAM, "PUT"), (ACMA, "31536000")])]),
            expect: sent([ASKED, "PUT /", "PUT /"]).readable(200, []),
        },
        Row {
            why: "for all methods that were listed",
            page: SHOP,
            fetches: vec![PUT, fetch("DELETE", "/")],
            server: literal([("*", 200, &[(ACAO, SHOP), (ACAM, "PUT, DELETE"), (ACMA, "600")])]),
            expect: sent([ASKED, "PUT /", "DELETE /"]).readable(200, []),
        },
        Row {
            why: "for all headers that were listed",
            page: SHOP,
            fetches: vec![PUT, PUT.headers(&[("x-a", "1")])],
            server: literal([("*", 200, &[(ACAO, SHOP), (ACAM, "PUT"), (ACAH, "x-a"), (ACMA, "600")])]),
            expect: sent([ASKED, "PUT /", "PUT /"]).readable(200, []),
        },
        Row {
            why: "not for a method that was not listed",
            page: SHOP,
            fetches: vec![PUT, fetch("DELETE", "/")],
            server: literal([("*", 200, &[(ACAO, SHOP), (ACAM, "PUT"), (ACMA, "600")])]),
            expect: sent([ASKED, "PUT /", "OPTIONS / asks for DELETE"])
                .blocked("MethodDisallowedByPreflightResponse", "DELETE"),
        },
        Row {
            why: "not for a header that was not listed",
            page: SHOP,
            fetches: vec![PUT, PUT.headers(&[("x-a", "1")])],
            server: literal([("*", 200, &[(ACAO, SHOP), (ACAM, "PUT"), (ACMA, "600")])]),
            expect: sent([ASKED, "PUT /", "OPTIONS / asks for PUT with x-a"])
                .blocked("HeaderDisallowedByPreflightResponse", "x-a"),
        },
        Row {
            why: "not for another path",
            page: SHOP,
            fetches: vec![PUT, fetch("PUT", "/other")],
            server: literal([("*", 200, &[(ACAO, SHOP), (ACAM, "PUT"), (ACMA, "600")])]),
            expect: sent([ASKED, "PUT /", "OPTIONS /other asks for PUT", "PUT /other"]).readable(200, []),
        },
        Row {
            why: "not for another query",
            page: SHOP,
            fetches: vec![PUT, fetch("PUT", "/?page=2")],
            server: literal([("*", 200, &[(ACAO, SHOP), (ACAM, "PUT"), (ACMA, "600")])]),
            expect: sent([ASKED, "PUT /", "OPTIONS /?page=2 asks for PUT", "PUT /?page=2"]).readable(200, []),
        },
        Row {
            why: "not for credentials, if they were not asked for",
            page: SHOP,
            fetches: vec![PUT, PUT.with_credentials()],
            server: literal([("*", 200, &[(ACAO, SHOP), (ACAC, "true"), (ACAM, "PUT"), (ACMA, "600")])]),
            expect: sent([ASKED, "PUT /", ASKED, "PUT /"]).readable(200, []),
        },
        Row {
            why: "for less than was asked for",
            page: SHOP,
            fetches: vec![PUT.with_credentials(), PUT],
            server: literal([("*", 200, &[(ACAO, SHOP), (ACAC, "true"), (ACAM, "PUT"), (ACMA, "600")])]),
            expect: sent([ASKED, "PUT /", "PUT /"])
                .readable(200, [])
                .in_firefox(sent([ASKED, "PUT /", ASKED, "PUT /"]).readable(200, [])),
        },
        Row {
            why: "a refusal is not kept",
            page: SHOP,
            fetches: vec![PUT, PUT],
            server: literal([("*", 200, &[(ACAO, SHOP), (ACAM, "DELETE"), (ACMA, "600")])]),
            expect: sent([ASKED, ASKED]).blocked("MethodDisallowedByPreflightResponse", "PUT"),
        },
        Row {
            why: "an answer that is kept grants no response",
            page: SHOP,
            fetches: vec![PUT, PUT],
            server: literal([
                ("OPTIONS", 200, &[(ACAO, SHOP), (ACAM, "PUT"), (ACMA, "600")]),
                ("*", 200, &[]),
            ]),
            expect: sent([ASKED, "PUT /", "PUT /"])
                .blocked("MissingAllowOriginHeader", "")
                .in_firefox(sent([ASKED, "PUT /", ASKED, "PUT /"]).blocked("MissingAllowOriginHeader", "")),
        },
        row(
            "kept for five seconds without a number",
            vec![PUT, PUT.after(3)],
            &[(ACAO, SHOP), (ACAM, "PUT")],
            [ASKED, "PUT /", "PUT /"],
        ),
        row(
            "and no longer",
            vec![PUT, PUT.after(6)],
            &[(ACAO, SHOP), (ACAM, "PUT")],
            [ASKED, "PUT /", ASKED, "PUT /"],
        ),
        row(
            "no longer if it is not a number",
            vec![PUT, PUT.after(6)],
            &[(ACAO, SHOP), (ACAM, "PUT"), (ACMA, "abc")],
            [ASKED, "PUT /", ASKED, "PUT /"],
        ),
        row(
            "no longer if it is a number with a fraction",
            vec![PUT, PUT.after(6)],
            &[(ACAO, SHOP), (ACAM, "PUT"), (ACMA, "60.5")],
            [ASKED, "PUT /", ASKED, "PUT /"],
        ),
        row(
            "no longer if it has a sign",
            vec![PUT, PUT.after(6)],
            &[(ACAO, SHOP), (ACAM, "PUT"), (ACMA, "+60")],
            [ASKED, "PUT /", ASKED, "PUT /"],
        )
        .in_chromium([ASKED, "PUT /", "PUT /"])
        .in_webkit([ASKED, "PUT /", "PUT /"]),
        row(
            "longer than anyone can count",
            vec![PUT, PUT.after(6)],
            &[(ACAO, SHOP), (ACAM, "PUT"), (ACMA, "99999999999999999999")],
            [ASKED, "PUT /", "PUT /"],
        )
        .in_chromium([ASKED, "PUT /", ASKED, "PUT /"])
        .in_webkit([ASKED, "PUT /", ASKED, "PUT /"]),
        row(
            "longer than most can count",
            vec![PUT, PUT.after(6)],
            &[(ACAO, SHOP), (ACAM, "PUT"), (ACMA, "9999999999")],
            [ASKED, "PUT /", "PUT /"],
        ),
        row(
            "an empty value is not a number",
            vec![PUT, PUT],
            &[(ACAO, SHOP), (ACAM, "PUT"), (ACMA, "")],
            [ASKED, "PUT /", "PUT /"],
        ),
        row(
            "two numbers are not a number",
            vec![PUT, PUT],
            &[(ACAO, SHOP), (ACAM, "PUT"), (ACMA, "60"), (ACMA, "60")],
            [ASKED, "PUT /", "PUT /"],
        )
        .in_firefox([ASKED, "PUT /", ASKED, "PUT /"]),
        Row {
            why: "an answer for another method does not replace it",
            page: SHOP,
            fetches: vec![PUT, fetch("DELETE", "/"), PUT],
            server: literal([
                ("OPTIONS / for PUT", 200, &[(ACAO, SHOP), (ACAM, "PUT"), (ACMA, "600")]),
                ("OPTIONS / for DELETE", 200, &[(ACAO, SHOP), (ACAM, "DELETE"), (ACMA, "600")]),
                ("*", 200, &[(ACAO, SHOP)]),
            ]),
            expect: sent([ASKED, "PUT /", "OPTIONS / asks for DELETE", "DELETE /", "PUT /"])
                .readable(200, [])
                .in_chromium(
                    sent([ASKED, "PUT /", "OPTIONS / asks for DELETE", "DELETE /", ASKED, "PUT /"])
                        .readable(200, []),
                )
                .in_webkit(
                    sent([ASKED, "PUT /", "OPTIONS / asks for DELETE", "DELETE /", ASKED, "PUT /"])
                        .readable(200, []),
                ),
        },
        row(
            "for HEAD, which needs no list",
            vec![HEAD_A, HEAD_A],
            &[(ACAO, SHOP), (ACAH, "x-a"), (ACMA, "600")],
            ["OPTIONS / asks for HEAD with x-a", "HEAD /", "HEAD /"],
        )
        .in_firefox([
            "OPTIONS / asks for HEAD with x-a",
            "HEAD /",
            "OPTIONS / asks for HEAD with x-a",
            "HEAD /",
        ]),
        Row {
            why: "an answer that does not list another method does not end it",
            page: SHOP,
            fetches: vec![PUT, fetch("DELETE", "/"), PUT],
            server: literal([("*", 200, &[(ACAO, SHOP), (ACAM, "PUT"), (ACMA, "600")])]),
            expect: sent([ASKED, "PUT /", "OPTIONS / asks for DELETE", "PUT /"])
                .readable(200, [])
                .in_chromium(asked_again())
                .in_firefox(asked_again()),
        },
        Row {
            why: "a refusal of another method does not end it",
            page: SHOP,
            fetches: vec![PUT, fetch("DELETE", "/"), PUT],
            server: literal([
                ("OPTIONS / for PUT", 200, &[(ACAO, SHOP), (ACAM, "PUT"), (ACMA, "600")]),
                ("PUT", 200, &[(ACAO, SHOP)]),
                ("*", 403, &[]),
            ]),
            expect: sent([ASKED, "PUT /", "OPTIONS / asks for DELETE", "PUT /"])
                .readable(200, [])
                .in_engines(asked_again),
        },
        row(
            "any method is kept",
            vec![PUT, PUT],
            &[(ACAO, SHOP), (ACAM, "*"), (ACMA, "600")],
            [ASKED, "PUT /", "PUT /"],
        )
        .in_firefox([ASKED, "PUT /", ASKED, "PUT /"]),
        row(
            "any method is kept for any other",
            vec![PUT, fetch("DELETE", "/")],
            &[(ACAO, SHOP), (ACAM, "*"), (ACMA, "600")],
            [ASKED, "PUT /", "DELETE /"],
        )
        .in_firefox([ASKED, "PUT /", "OPTIONS / asks for DELETE", "DELETE /"]),
        row(
            "any header is kept",
            vec![WITH_A, WITH_A],
            &[(ACAO, SHOP), (ACAH, "*"), (ACMA, "600")],
            [ASKED_FOR_A, "GET /", "GET /"],
        )
        .in_firefox([ASKED_FOR_A, "GET /", ASKED_FOR_A, "GET /"]),
        row(
            "any header is kept for any other",
            vec![WITH_A, get("/").headers(&[("x-b", "1")])],
            &[(ACAO, SHOP), (ACAH, "*"), (ACMA, "600")],
            [ASKED_FOR_A, "GET /", "GET /"],
        )
        .in_firefox([ASKED_FOR_A, "GET /", "OPTIONS / asks for GET with x-b", "GET /"]),
        row(
            "without credentials, and then without them by another name",
            vec![PUT, PUT.without_credentials()],
            &[(ACAO, SHOP), (ACAM, "PUT"), (ACMA, "600")],
            [ASKED, "PUT /", "PUT /"],
        ),
        row(
            "for a method that needs no list",
            vec![POST_A, POST_A],
            &[(ACAO, SHOP), (ACAM, "PUT"), (ACAH, "x-a"), (ACMA, "600")],
            ["OPTIONS / asks for POST with x-a", "POST /", "POST /"],
        ),
        row(
            "for an upload that someone listens to, though no list names its method",
            vec![UPLOAD, UPLOAD],
            &[(ACAO, SHOP), (ACMA, "600")],
            ["OPTIONS / asks for POST", "POST /", "POST /"],
        ),
        row(
            "for a request that is to be loaded anew",
            vec![PUT, PUT.cache(CacheMode::Reload)],
            &[(ACAO, SHOP), (ACAM, "PUT"), (ACMA, "600")],
            [ASKED, "PUT /", "PUT /"],
        )
        .in_chromium([ASKED, "PUT /", ASKED, "PUT /"])
        .in_firefox([ASKED, "PUT /", ASKED, "PUT /"]),
        row(
            "for a request that is not to be kept",
            vec![PUT, PUT.cache(CacheMode::NoStore)],
            &[(ACAO, SHOP), (ACAM, "PUT"), (ACMA, "600")],
            [ASKED, "PUT /", "PUT /"],
        )
        .in_chromium([ASKED, "PUT /", ASKED, "PUT /"])
        .in_firefox([ASKED, "PUT /", ASKED, "PUT /"]),
        row(
            "for a request that is to be asked about",
            vec![PUT, PUT.cache(CacheMode::NoCache)],
            &[(ACAO, SHOP), (ACAM, "PUT"), (ACMA, "600")],
            [ASKED, "PUT /", "PUT /"],
        )
        .in_chromium([ASKED, "PUT /", ASKED, "PUT /"]),
        row(
            "for a request that any kept response will do for",
            vec![PUT, PUT.cache(CacheMode::ForceCache)],
            &[(ACAO, SHOP), (ACAM, "PUT"), (ACMA, "600")],
            [ASKED, "PUT /", "PUT /"],
        ),
        row(
            "what a refusal lists is not kept",
            vec![PUT, fetch("DELETE", "/")],
            &[(ACAO, SHOP), (ACAM, "DELETE"), (ACMA, "600")],
            [ASKED, "OPTIONS / asks for DELETE", "DELETE /"],
        )
        .in_webkit([ASKED, "DELETE /"]),
        row(
            "what is refused to credentials is not kept for requests without",
            vec![PUT.with_credentials(), PUT],
            &[(ACAO, SHOP), (ACAC, "true"), (ACAM, "*"), (ACMA, "600")],
            [ASKED, ASKED, "PUT /"],
        )
        .in_webkit([ASKED, "PUT /"]),
        row(
            "a header that is refused is not kept either",
            vec![PUT.headers(&[("x-a", "1")]), PUT],
            &[(ACAO, SHOP), (ACAM, "PUT"), (ACMA, "600")],
            ["OPTIONS / asks for PUT with x-a", ASKED, "PUT /"],
        )
        .in_webkit(["OPTIONS / asks for PUT with x-a", "PUT /"]),
        Row {
            why: "any header that is kept is not Authorization",
            page: SHOP,
            fetches: vec![WITH_A, get("/").headers(&[("authorization", "Bearer 1")])],
            server: literal([("*", 200, &[(ACAO, SHOP), (ACAH, "*"), (ACMA, "600")])]),
            expect: sent([ASKED_FOR_A, "GET /", "OPTIONS / asks for GET with authorization"])
                .blocked("HeaderDisallowedByPreflightResponse", "authorization")
                .in_chromium(
                    sent([ASKED_FOR_A, "GET /", "OPTIONS / asks for GET with authorization", "GET /"])
                        .readable(200, []),
                )
                .in_firefox(
                    sent([ASKED_FOR_A, "GET /", "OPTIONS / asks for GET with authorization", "GET /"])
                        .readable(200, []),
                )
                .in_webkit(sent([ASKED_FOR_A, "GET /", "GET /"]).readable(200, [])),
        },
        Row {
            why: "for a page without an origin that has a name",
            page: SANDBOX,
            fetches: vec![PUT, PUT],
            server: literal([("*", 200, &[(ACAO, "null"), (ACAM, "PUT"), (ACMA, "600")])]),
            expect: sent([ASKED, "PUT /", "PUT /"])
                .readable(200, [])
                .in_chromium(sent([ASKED, "PUT /", ASKED, "PUT /"]).readable(200, [])),
        },
        Row {
            why: "a status that is an error is not kept, nor what it lists",
            page: SHOP,
            fetches: vec![PUT, PUT],
            server: literal([("*", 403, &[(ACAO, SHOP), (ACAM, "PUT"), (ACMA, "600")])]),
            expect: sent([ASKED, ASKED]).blocked("PreflightInvalidStatus", ""),
        },
        Row {
            why: "an answer that grants another origin is not kept, nor what it lists",
            page: SHOP,
            fetches: vec![PUT, PUT],
            server: literal([("*", 200, &[(ACAO, ADMIN), (ACAM, "PUT"), (ACMA, "600")])]),
            expect: sent([ASKED, ASKED]).blocked("PreflightAllowOriginMismatch", ADMIN),
        },
    ]
}

/// A request that was refused has ended what was kept.
fn asked_again() -> Expected {
    sent([ASKED, "PUT /", "OPTIONS / asks for DELETE", ASKED, "PUT /"]).readable(200, [])
}

/// A row of responses that are all readable.
fn row<const N: usize>(why: &'static str, fetches: Vec<Step>, fields: Fields, requests: [&str; N]) -> Row {
    let server = literal([("*", 200, fields)]);
    Row { why, page: SHOP, fetches, server, expect: sent(requests).readable(200, []) }
}

impl Row {
    fn in_chromium<const N: usize>(self, requests: [&str; N]) -> Self {
        Self { expect: self.expect.in_chromium(sent(requests).readable(200, [])), ..self }
    }

    fn in_firefox<const N: usize>(self, requests: [&str; N]) -> Self {
        Self { expect: self.expect.in_firefox(sent(requests).readable(200, [])), ..self }
    }

    fn in_webkit<const N: usize>(self, requests: [&str; N]) -> Self {
        Self { expect: self.expect.in_webkit(sent(requests).readable(200, [])), ..self }
    }
}
