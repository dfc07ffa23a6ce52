//! How long an answer to a preflight is kept, and for what it then stands.
//!
//! <https://fetch.spec.whatwg.org/#concept-cache>

use crate::row::*;

const PUT: Fetch = fetch("PUT", "/");
const ASKED: &str = "OPTIONS / asks for PUT";

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
            why: "the same if it is no number",
            page: SHOP,
            fetches: vec![PUT, PUT],
            server: literal([("*", 200, &[(ACAO, SHOP), (ACAM, "PUT"), (ACMA, "10m")])]),
            expect: sent([ASKED, "PUT /", "PUT /"]).readable(200, []),
        },
        Row {
            why: "not kept",
            page: SHOP,
            fetches: vec![PUT, PUT],
            server: literal([("*", 200, &[(ACAO, SHOP), (ACAM, "PUT"), (ACMA, "0")])]),
            expect: sent([ASKED, "PUT /", ASKED, "PUT /"]).readable(200, []),
        },
        Row {
            // By the letter of the standard it is no number, and kept for five seconds. Chromium takes it for 0.
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
            expect: sent([ASKED, "PUT /", "PUT /"]).readable(200, []),
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
            expect: sent([ASKED, "PUT /", "PUT /"]).blocked("MissingAllowOriginHeader", ""),
        },
    ]
}
