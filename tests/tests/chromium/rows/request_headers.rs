//! Request headers: which need a preflight, and what `Access-Control-Allow-Headers` has to say.
//!
//! <https://fetch.spec.whatwg.org/#cors-safelisted-request-header>

use crate::row::*;

/// More than 128 bytes, the most that a safelisted header may have.
const LONG: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\
    0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef+";

pub(crate) fn rows() -> Vec<Row> {
    let mut rows: Vec<_> = unasked().into_iter().map(|(why, headers)| row_unasked(why, headers)).collect();
    rows.extend(asked().into_iter().map(|(why, headers, asked)| row_asked(why, headers, asked)));
    rows.extend([
        Row {
            why: "a body of text is as free as a form's",
            page: SHOP,
            fetches: vec![fetch("POST", "/").body("tea")],
            server: literal([("*", 200, &[(ACAO, SHOP)])]),
            expect: sent(["POST /"]).readable(200, []),
        },
        Row {
            why: "a body of JSON is not",
            page: SHOP,
            fetches: vec![fetch("POST", "/").headers(&[("content-type", "application/json")]).body("{}")],
            server: literal([("*", 200, &[(ACAO, SHOP), (ACAH, "content-type")])]),
            expect: sent(["OPTIONS / asks for POST with content-type", "POST /"]).readable(200, []),
        },
        Row {
            why: "a body of JSON needs to be allowed",
            page: SHOP,
            fetches: vec![fetch("POST", "/").headers(&[("content-type", "application/json")]).body("{}")],
            server: literal([("*", 200, &[(ACAO, SHOP)])]),
            expect: sent(["OPTIONS / asks for POST with content-type"])
                .blocked("HeaderDisallowedByPreflightResponse", "content-type"),
        },
        Row {
            why: "any header",
            page: SHOP,
            fetches: vec![get("/").headers(&[
                ("content-type", "application/json"),
                ("x-a", "1"),
                ("x-b", "2"),
            ])],
            server: literal([("*", 200, &[(ACAO, SHOP), (ACAH, "*")])]),
            expect: sent(["OPTIONS / asks for GET with content-type,x-a,x-b", "GET /"]).readable(200, []),
        },
        Row {
            why: "any header is not Authorization",
            page: SHOP,
            fetches: vec![get("/").headers(&[("authorization", "Bearer 1")])],
            server: literal([("*", 200, &[(ACAO, SHOP), (ACAH, "*")])]),
            expect: sent(["OPTIONS / asks for GET with authorization"])
                .blocked("HeaderDisallowedByPreflightResponse", "authorization")
                // It only warns.
                .but_in_chromium(
                    sent(["OPTIONS / asks for GET with authorization", "GET /"]).readable(200, []),
                ),
        },
        Row {
            why: "any header and Authorization",
            page: SHOP,
            fetches: vec![get("/").headers(&[("authorization", "Bearer 1"), ("x-a", "1")])],
            server: literal([("*", 200, &[(ACAO, SHOP), (ACAH, "*, Authorization")])]),
            expect: sent(["OPTIONS / asks for GET with authorization,x-a", "GET /"]).readable(200, []),
        },
        Row {
            why: "with credentials, a star is a name like any other",
            page: SHOP,
            fetches: vec![get("/").headers(&[("x-test", "1")]).with_credentials()],
            server: literal([("*", 200, &[(ACAO, SHOP), (ACAC, "true"), (ACAM, "get"), (ACAH, "*")])]),
            expect: sent(["OPTIONS / asks for GET with x-test"])
                .blocked("HeaderDisallowedByPreflightResponse", "x-test"),
        },
        Row {
            why: "the header that is missing is named",
            page: SHOP,
            fetches: vec![get("/").headers(&[("x-c", "3"), ("x-b", "2"), ("x-a", "1")])],
            server: literal([("*", 200, &[(ACAO, SHOP), (ACAH, "x-a, x-c")])]),
            expect: sent(["OPTIONS / asks for GET with x-a,x-b,x-c"])
                .blocked("HeaderDisallowedByPreflightResponse", "x-b"),
        },
        Row {
            why: "a response header that a page sends by mistake needs to be allowed like any other",
            page: SHOP,
            fetches: vec![get("/").headers(&[(ACAO, "*")])],
            server: literal([("*", 200, &[(ACAO, SHOP)])]),
            expect: sent(["OPTIONS / asks for GET with access-control-allow-origin"])
                .blocked("HeaderDisallowedByPreflightResponse", ACAO),
        },
        Row {
            why: "safelisted headers stand in no question, though another one makes it be asked",
            page: SHOP,
            fetches: vec![get("/").headers(&[
                ("accept", "text/html"),
                ("content-type", "text/plain"),
                ("x-a", "1"),
            ])],
            server: literal([("*", 200, &[(ACAO, SHOP), (ACAH, "x-a")])]),
            expect: sent(["OPTIONS / asks for GET with x-a", "GET /"]).readable(200, []),
        },
    ]);
    rows
}

/// Headers that go without being asked for.
fn unasked() -> Vec<(&'static str, Fields)> {
    vec![
        ("accept", &[("accept", "application/json")]),
        ("languages", &[("accept-language", "de, en;q=0.5"), ("content-language", "de-DE")]),
        ("a form", &[("content-type", "application/x-www-form-urlencoded")]),
        ("a form with files", &[("content-type", "multipart/form-data; boundary=x")]),
        ("text", &[("content-type", "text/plain")]),
        ("text in upper case, and its charset", &[("content-type", "TEXT/PLAIN;charset=UTF-8")]),
        ("the rest of a file", &[("range", "bytes=100-")]),
        ("the start of a file", &[("range", "bytes=0-499")]),
        // <https://fetch.spec.whatwg.org/#forbidden-request-header>
        (
            "headers that no page sets are dropped",
            &[("cookie", "a=1"), ("host", "x"), ("sec-x", "1"), ("proxy-x", "1")],
        ),
    ]
}

/// Headers that do not, and how they are asked for.
fn asked() -> Vec<(&'static str, Fields, &'static str)> {
    vec![
        ("one of one's own", &[("X-Api-Key", "1")], "x-api-key"),
        ("Authorization", &[("authorization", "Bearer 1")], "authorization"),
        ("JSON", &[("content-type", "application/json")], "content-type"),
        ("a type that is none", &[("content-type", "text")], "content-type"),
        ("two types", &[("content-type", "text/plain, application/json")], "content-type"),
        ("a quotation mark in a type", &[("content-type", "text/plain; charset=\"utf-8\"")], "content-type"),
        ("a parenthesis in what is accepted", &[("accept", "text/html (all)")], "accept"),
        ("an underscore in a language", &[("accept-language", "de_DE")], "accept-language"),
        ("a slash in a language", &[("content-language", "de/en")], "content-language"),
        ("more than 128 bytes to accept", &[("accept", LONG)], "accept"),
        ("the end of a file", &[("range", "bytes=-500")], "range"),
        ("two parts of a file", &[("range", "bytes=0-1, 4-5")], "range"),
        ("a precondition", &[("if-none-match", "\"1\"")], "if-none-match"),
        (
            "several, sorted and in lower case",
            &[("X-B", "1"), ("x-a", "1"), ("Authorization", "a")],
            "authorization,x-a,x-b",
        ),
    ]
}

fn row_unasked(why: &'static str, headers: Fields) -> Row {
    Row {
        why,
        page: SHOP,
        fetches: vec![get("/").headers(headers)],
        server: literal([("*", 200, &[(ACAO, SHOP)])]),
        expect: sent(["GET /"]).readable(200, []),
    }
}

fn row_asked(why: &'static str, headers: Fields, asked: &str) -> Row {
    const LIST: &str = "accept, accept-language, authorization, content-language, content-type, if-none-match, range, \
        x-a, x-api-key, x-b";
    Row {
        why,
        page: SHOP,
        fetches: vec![get("/").headers(headers)],
        server: literal([("*", 200, &[(ACAO, SHOP), (ACAH, LIST)])]),
        expect: sent([&*format!("OPTIONS / asks for GET with {asked}"), "GET /"]).readable(200, []),
    }
}
