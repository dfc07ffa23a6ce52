//! `Access-Control-Allow-Origin` on a response, held against a page's origin byte by byte.
//!
//! <https://fetch.spec.whatwg.org/#concept-cors-check>

use crate::row::*;

pub(crate) fn rows() -> Vec<Row> {
    let mut rows: Vec<_> =
        values().into_iter().map(|(why, fields, verdict)| row(why, SHOP, fields, verdict)).collect();
    rows.extend([
        row("a subdomain is another origin", ADMIN, &[(ACAO, SHOP)], blocked("AllowOriginMismatch", SHOP)),
        row("the same for a subdomain", ADMIN, &[(ACAO, ADMIN)], SHARED),
        row("an address is not its name", ADDRESS, &[(ACAO, SHOP)], blocked("AllowOriginMismatch", SHOP)),
        row("the same for an address", ADDRESS, &[(ACAO, ADDRESS)], SHARED),
        row("a sandboxed page is `null`", SANDBOX, &[(ACAO, "null")], SHARED),
        row("and a part of `*`", SANDBOX, &[(ACAO, "*")], SHARED),
        row("but not at its server's origin", SANDBOX, &[(ACAO, SHOP)], blocked("AllowOriginMismatch", SHOP)),
        row("`null` is lower case", SANDBOX, &[(ACAO, "Null")], blocked("InvalidAllowOriginValue", "Null")),
        skipped_in_firefox("an empty line and any", &[(ACAO, ""), (ACAO, "*")], ", *"),
        skipped_in_firefox("any and an empty line", &[(ACAO, "*"), (ACAO, "")], "*, "),
        skipped_in_firefox(
            "an empty line and the origin",
            &[(ACAO, ""), (ACAO, "http://localhost:3000")],
            ", http://localhost:3000",
        ),
        skipped_in_firefox("two empty lines and any", &[(ACAO, ""), (ACAO, ""), (ACAO, "*")], ", , *"),
        Row {
            why: "an empty line and two origins",
            page: SHOP,
            fetches: vec![get("/")],
            server: literal([(
                "*",
                200,
                &[(ACAO, ""), (ACAO, "http://example.com"), (ACAO, "https://example2.com")],
            )]),
            expect: sent(["GET /"])
                .blocked("MultipleAllowOriginValues", ", http://example.com, https://example2.com")
                .in_firefox(
                    sent(["GET /"])
                        .blocked("MultipleAllowOriginValues", "http://example.com, https://example2.com"),
                ),
        },
        in_title_case("names in capitals", &[(ACAO, "*")], SHARED),
        in_title_case(
            "names in capitals, and a line of any, twice",
            &[(ACAO, "*"), (ACAO, "*")],
            blocked("MultipleAllowOriginValues", "*, *"),
        ),
        in_title_case(
            "names in capitals, and an empty line and any",
            &[(ACAO, ""), (ACAO, "*")],
            blocked("MultipleAllowOriginValues", ", *"),
        ),
        Row {
            why: "the API's own pages need no header, and say no origin",
            page: API,
            fetches: vec![get("/")],
            server: literal([("*", 200, &[("x-total", "3")])]),
            expect: sent(["GET / without origin"]).readable(200, ["x-total"]),
        },
    ]);
    rows
}

/// What is said to a page at `http://localhost:3000`.
fn values() -> Vec<(&'static str, Fields, Verdict)> {
    vec![
        ("nothing", &[], blocked("MissingAllowOriginHeader", "")),
        ("any", &[(ACAO, "*")], SHARED),
        ("the origin", &[(ACAO, "http://localhost:3000")], SHARED),
        // White space around a value is none of it: <https://fetch.spec.whatwg.org/#concept-header-value-normalize>
        ("a tab in front of any", &[(ACAO, "\t*")], SHARED),
        ("a space in front of the origin", &[(ACAO, " http://localhost:3000")], SHARED),
        ("a tab in front of the origin", &[(ACAO, "\thttp://localhost:3000")], SHARED),
        ("a space behind the origin", &[(ACAO, "http://localhost:3000 ")], SHARED),
        ("spaces around any", &[(ACAO, " *  ")], SHARED),
        // Another text is another origin, whatever a URL parser would make of it.
        (
            "another port",
            &[(ACAO, "http://localhost:3001")],
            blocked("AllowOriginMismatch", "http://localhost:3001"),
        ),
        ("no port", &[(ACAO, "http://localhost")], blocked("AllowOriginMismatch", "http://localhost")),
        (
            "another scheme",
            &[(ACAO, "https://localhost:3000")],
            blocked("AllowOriginMismatch", "https://localhost:3000"),
        ),
        (
            "a scheme that is not a web scheme",
            &[(ACAO, "ftp://localhost:3000")],
            blocked("AllowOriginMismatch", "ftp://localhost:3000"),
        ),
        ("no scheme", &[(ACAO, "//localhost:3000")], blocked("InvalidAllowOriginValue", "//localhost:3000")),
        (
            "one slash",
            &[(ACAO, "http:/localhost:3000")],
            blocked("AllowOriginMismatch", "http:/localhost:3000"),
        ),
        // A URL whose scheme is `localhost`.
        (
            "no scheme, no slashes",
            &[(ACAO, "localhost:3000")],
            blocked("AllowOriginMismatch", "localhost:3000"),
        ),
        (
            "a slash",
            &[(ACAO, "http://localhost:3000/")],
            blocked("AllowOriginMismatch", "http://localhost:3000/"),
        ),
        (
            "a path",
            &[(ACAO, "http://localhost:3000/dir/")],
            blocked("AllowOriginMismatch", "http://localhost:3000/dir/"),
        ),
        (
            "a fragment",
            &[(ACAO, "http://localhost:3000#")],
            blocked("AllowOriginMismatch", "http://localhost:3000#"),
        ),
        (
            "a question mark",
            &[(ACAO, "http://localhost:3000?")],
            blocked("AllowOriginMismatch", "http://localhost:3000?"),
        ),
        (
            "an escape behind the port",
            &[(ACAO, "http://localhost:3000%23")],
            blocked("InvalidAllowOriginValue", "http://localhost:3000%23"),
        ),
        (
            "a space in front of a slash",
            &[(ACAO, "http://localhost:3000 /")],
            blocked("MultipleAllowOriginValues", "http://localhost:3000 /"),
        ),
        (
            "no slashes",
            &[(ACAO, "http:localhost:3000")],
            blocked("AllowOriginMismatch", "http:localhost:3000"),
        ),
        (
            "two colons",
            &[(ACAO, "http:://localhost:3000")],
            blocked("InvalidAllowOriginValue", "http:://localhost:3000"),
        ),
        ("the server's own origin", &[(ACAO, API)], blocked("AllowOriginMismatch", API)),
        (
            "two ports",
            &[(ACAO, "http://localhost:3000:80")],
            blocked("InvalidAllowOriginValue", "http://localhost:3000:80"),
        ),
        (
            "upper case",
            &[(ACAO, "HTTP://LOCALHOST:3000")],
            blocked("AllowOriginMismatch", "HTTP://LOCALHOST:3000"),
        ),
        (
            "an empty label",
            &[(ACAO, "http://.localhost")],
            blocked("AllowOriginMismatch", "http://.localhost"),
        ),
        ("a host", &[(ACAO, "localhost")], blocked("InvalidAllowOriginValue", "localhost")),
        ("hosts below one", &[(ACAO, "*.localhost")], blocked("InvalidAllowOriginValue", "*.localhost")),
        ("a dash", &[(ACAO, "-")], blocked("InvalidAllowOriginValue", "-")),
        ("any, in quotation marks", &[(ACAO, "'*'")], blocked("InvalidAllowOriginValue", "'*'")),
        ("any, in double quotation marks", &[(ACAO, "\"*\"")], blocked("InvalidAllowOriginValue", "\"*\"")),
        ("two stars", &[(ACAO, "**")], blocked("InvalidAllowOriginValue", "**")),
        ("stars in an origin", &[(ACAO, "*http://*")], blocked("InvalidAllowOriginValue", "*http://*")),
        ("a word", &[(ACAO, "true")], blocked("InvalidAllowOriginValue", "true")),
        ("`null` for a page that is not", &[(ACAO, "null")], blocked("AllowOriginMismatch", "null")),
        ("an empty value", &[(ACAO, "")], blocked("InvalidAllowOriginValue", "")),
        // There is no list of origins.
        ("any, twice", &[(ACAO, "* *")], blocked("MultipleAllowOriginValues", "* *")),
        (
            "any and the origin",
            &[(ACAO, "* http://localhost:3000")],
            blocked("MultipleAllowOriginValues", "* http://localhost:3000"),
        ),
        (
            "`null` and the origin",
            &[(ACAO, "null http://localhost:3000")],
            blocked("MultipleAllowOriginValues", "null http://localhost:3000"),
        ),
        (
            "two origins and a comma",
            &[(ACAO, "http://localhost:3000, http://admin.localhost:3000")],
            blocked("MultipleAllowOriginValues", "http://localhost:3000, http://admin.localhost:3000"),
        ),
        // Lines of one name are one value: <https://fetch.spec.whatwg.org/#concept-header-list-get>
        ("a line of any, twice", &[(ACAO, "*"), (ACAO, "*")], blocked("MultipleAllowOriginValues", "*, *")),
        (
            "a line of the origin, twice",
            &[(ACAO, "http://localhost:3000"), (ACAO, "http://localhost:3000")],
            blocked("MultipleAllowOriginValues", "http://localhost:3000, http://localhost:3000"),
        ),
        (
            "a line of any, one of the origin",
            &[(ACAO, "*"), (ACAO, "http://localhost:3000")],
            blocked("MultipleAllowOriginValues", "*, http://localhost:3000"),
        ),
    ]
}

fn row(why: &'static str, page: &'static str, fields: Fields, verdict: Verdict) -> Row {
    let sent = sent(["GET /"]);
    let expect = match verdict {
        Ok(()) => sent.readable(200, []),
        Err((error, parameter)) => sent.blocked(error, parameter),
    };
    Row { why, page, fetches: vec![get("/")], server: literal([("*", 200, fields)]), expect }
}

fn in_title_case(why: &'static str, fields: Fields, verdict: Verdict) -> Row {
    Row { server: RowServer::TitleCase(vec![("*", 200, fields)]), ..row(why, SHOP, fields, verdict) }
}

/// Lines of which Firefox takes no notice, as long as the name is in lower case.
fn skipped_in_firefox(why: &'static str, fields: Fields, value: &str) -> Row {
    let row = row(why, SHOP, fields, blocked("MultipleAllowOriginValues", ""));
    let expect = sent(["GET /"]).blocked("MultipleAllowOriginValues", value);
    Row { expect: expect.in_firefox(sent(["GET /"]).readable(200, [])), ..row }
}
