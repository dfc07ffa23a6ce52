//! Request headers: which need a preflight, and what `Access-Control-Allow-Headers` has to say.
//!
//! <https://fetch.spec.whatwg.org/#cors-safelisted-request-header>

use crate::row::*;

/// More than 128 bytes, the most that a safelisted header may have.
const LONG: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\
    0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef+";

/// The most that it may have.
const LONG_ENOUGH: &str = LONG.split_at(128).0;

/// A safelisted type of more than 128 bytes.
const LONG_TYPE: &str = "text/plain; a=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\
    0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef+";

pub(crate) fn rows() -> Vec<Row> {
    let mut rows: Vec<_> = unasked().into_iter().map(|(why, headers)| row_unasked(why, headers)).collect();
    rows.extend(asked().into_iter().map(|(why, headers, asked)| row_asked(why, headers, asked)));
    rows.extend(hints().into_iter().map(|(why, headers, asked)| {
        let row = row_asked(why, headers, asked);
        Row { expect: row.expect.in_chromium(sent(["GET /"]).readable(200, [])), ..row }
    }));
    rows.extend([
        Row {
            why: "a byte beyond ASCII to accept",
            page: SHOP,
            fetches: vec![get("/").headers(&[("accept", "caf\u{e9}")])],
            server: literal([("*", 200, &[(ACAO, SHOP)])]),
            expect: sent(["GET /"]).readable(200, []).in_firefox(
                sent(["OPTIONS / asks for GET with accept"])
                    .blocked("HeaderDisallowedByPreflightResponse", "accept"),
            ),
        },
        Row {
            why: "another name for the browser",
            page: SHOP,
            fetches: vec![get("/").headers(&[("user-agent", "test/1")])],
            server: literal([("*", 200, &[(ACAO, SHOP), (ACAH, "user-agent")])]),
            expect: sent(["OPTIONS / asks for GET with user-agent", "GET / as test/1"])
                .readable(200, [])
                .in_chromium(sent(["GET /"]).readable(200, []))
                .in_webkit(
                    sent(["OPTIONS / asks for GET with user-agent as test/1", "GET / as test/1"])
                        .readable(200, []),
                ),
        },
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
                .in_engines(|| {
                    sent(["OPTIONS / asks for GET with authorization", "GET /"]).readable(200, [])
                }),
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
        refused("authorization", "Bearer 1"),
        refused("cache-control", "no-cache"),
        refused("if-none-match", "\"1\""),
        refused("x-api-key", "1"),
        refused("x-requested-with", "XMLHttpRequest"),
        // Response headers, which pages send by mistake.
        refused(ACAH, "*"),
        refused("access-control-allow-credentials", "true"),
        Row {
            why: "a response header that a page sends by mistake needs to be allowed like any other",
            page: SHOP,
            fetches: vec![get("/").headers(&[(ACAO, "*")])],
            server: literal([("*", 200, &[(ACAO, SHOP)])]),
            expect: sent(["OPTIONS / asks for GET with access-control-allow-origin"])
                .blocked("HeaderDisallowedByPreflightResponse", ACAO),
        },
        Row {
            why: "a preflight never names safelisted headers, even when another header causes it",
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
        ("128 bytes to accept", &[("accept", LONG_ENOUGH)]),
        ("text, for a GET", &[("content-type", "text/plain; parameter=extra")]),
        // <https://fetch.spec.whatwg.org/#forbidden-request-header>
        (
            "headers that no page sets are dropped",
            &[
                ("cookie", "a=1"),
                ("date", "x"),
                ("dnt", "1"),
                ("host", "x"),
                ("proxy-x", "1"),
                ("referer", "x"),
                ("sec-ch-ua", "x"),
                ("sec-x", "1"),
                ("set-cookie", "a=1"),
                ("te", "x"),
            ],
        ),
        ("a method that no page uses, by a detour", &[("x-http-method-override", "TRACE")]),
    ]
}

/// Headers that do not, and how they are asked for.
fn asked() -> Vec<(&'static str, Fields, &'static str)> {
    vec![
        ("one of one's own", &[("X-Api-Key", "1")], "x-api-key"),
        ("Authorization", &[("authorization", "Bearer 1")], "authorization"),
        ("JSON", &[("content-type", "application/json")], "content-type"),
        ("an invalid type", &[("content-type", "text")], "content-type"),
        ("two types", &[("content-type", "text/plain, application/json")], "content-type"),
        ("a quotation mark in a type", &[("content-type", "text/plain; charset=\"utf-8\"")], "content-type"),
        ("a parenthesis in what is accepted", &[("accept", "text/html (all)")], "accept"),
        ("an underscore in a language", &[("accept-language", "de_DE")], "accept-language"),
        ("a slash in a language", &[("content-language", "de/en")], "content-language"),
        ("more than 128 bytes to accept", &[("accept", LONG)], "accept"),
        ("the end of a file", &[("range", "bytes=-500")], "range"),
        ("two parts of a file", &[("range", "bytes=0-1, 4-5")], "range"),
        ("a range that ends before it begins", &[("range", "bytes=5-1")], "range"),
        ("a range of no unit", &[("range", "100-200")], "range"),
        ("a range of another unit", &[("range", "MB=100-200")], "range"),
        ("a range with a space in front of the sign", &[("range", "bytes =100-200")], "range"),
        ("a range with tabs", &[("range", "bytes=\t\t100-200")], "range"),
        ("a range with a space between its numbers", &[("range", "bytes=100 -200")], "range"),
        ("a range of no numbers", &[("range", "bytes=abc-def")], "range"),
        ("a range without a sign", &[("range", "bytes 100-200")], "range"),
        ("a comma in front of a range", &[("range", ",bytes=100-200")], "range"),
        ("a precondition", &[("if-none-match", "\"1\"")], "if-none-match"),
        ("a space in a type", &[("content-type", "text /plain")], "content-type"),
        ("a comma in front of a type", &[("content-type", ",text/plain")], "content-type"),
        (
            "a type like that of a form",
            &[("content-type", "application/www-form-urlencoded")],
            "content-type",
        ),
        ("more than 128 bytes of type", &[("content-type", LONG_TYPE)], "content-type"),
        ("an at sign in a language", &[("accept-language", "@")], "accept-language"),
        (
            "a method that pages use, by a detour",
            &[("x-http-method-override", "PUT")],
            "x-http-method-override",
        ),
        (
            "a header that was the browser's own for a time",
            &[("access-control-request-private-network", "true")],
            "access-control-request-private-network",
        ),
        (
            "a cache's affair",
            &[("cache-control", "no-cache"), ("pragma", "no-cache")],
            "cache-control,pragma",
        ),
        ("a trace", &[("traceparent", "00-1-1-00")], "traceparent"),
        ("a stream's place", &[("last-event-id", "abc123")], "last-event-id"),
        ("an empty hint", &[("device-memory", "")], "device-memory"),
        ("a hint of another kind of network", &[("ect", "5g")], "ect"),
        ("a hint of half a pixel", &[("width", "0.5")], "width"),
        ("a hint not to save data", &[("save-data", "off")], "save-data"),
        (
            "several, sorted and in lower case",
            &[("X-B", "1"), ("x-a", "1"), ("Authorization", "a")],
            "authorization,x-a,x-b",
        ),
    ]
}

/// The same, but Chromium sends them without a preflight.
fn hints() -> Vec<(&'static str, Fields, &'static str)> {
    vec![
        ("a hint for clients: memory", &[("device-memory", "1")], "device-memory"),
        ("a hint for clients: pixels", &[("dpr", "2.0")], "dpr"),
        ("a hint for clients: width", &[("width", "100")], "width"),
        ("a hint for clients: the window's width", &[("viewport-width", "100")], "viewport-width"),
        ("a hint for clients: speed", &[("downlink", "1.5")], "downlink"),
        ("a hint for clients: kind of network", &[("ect", "4g")], "ect"),
        ("a hint for clients: time", &[("rtt", "50")], "rtt"),
        ("a hint for clients: to save data", &[("save-data", "on")], "save-data"),
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
    const LIST: &str = "accept, accept-language, access-control-request-private-network, authorization, cache-control, \
        content-language, content-type, device-memory, downlink, dpr, ect, if-none-match, last-event-id, pragma, range, \
        rtt, save-data, traceparent, user-agent, viewport-width, width, x-a, x-api-key, x-b, x-http-method-override";
    Row {
        why,
        page: SHOP,
        fetches: vec![get("/").headers(headers)],
        server: literal([("*", 200, &[(ACAO, SHOP), (ACAH, LIST)])]),
        expect: sent([&*format!("OPTIONS / asks for GET with {asked}"), "GET /"]).readable(200, []),
    }
}

/// A header that the server does not allow.
fn refused(name: &'static str, value: &'static str) -> Row {
    let headers: Fields = Box::leak(Box::new([(name, value)]));
    Row {
        why: "a header that is not allowed is named",
        page: SHOP,
        fetches: vec![get("/").headers(headers)],
        server: literal([("*", 200, &[(ACAO, SHOP), (ACAH, "x-other")])]),
        expect: sent([&*format!("OPTIONS / asks for GET with {name}")])
            .blocked("HeaderDisallowedByPreflightResponse", name),
    }
}
