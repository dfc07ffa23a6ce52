//! Methods: which need a preflight, how browsers spell them, and what `Access-Control-Allow-Methods` has to say.
//!
//! <https://fetch.spec.whatwg.org/#methods>

use crate::row::*;

pub(crate) fn rows() -> Vec<Row> {
    let mut rows: Vec<_> = asked()
        .into_iter()
        .map(|(why, method, list, asked, verdict)| row(why, method, list, asked, verdict))
        .collect();
    for (why, method) in [("GET is not asked for", "GET"), ("nor is HEAD", "HEAD"), ("nor is POST", "POST")] {
        rows.push(unasked(why, method, method));
    }
    for (why, method, sent) in
        [("get is GET", "get", "GET"), ("head is HEAD", "Head", "HEAD"), ("post is POST", "poSt", "POST")]
    {
        rows.push(unasked(why, method, sent));
    }
    rows.extend([
        Row {
            why: "any method and header",
            page: SHOP,
            fetches: vec![fetch("OK", "/").headers(&[("x-test", "1")])],
            server: literal([("*", 200, &[(ACAO, "*"), (ACAM, "*"), (ACAH, "*")])]),
            expect: sent(["OPTIONS / asks for OK with x-test", "OK /"]).readable(200, []),
        },
        Row {
            why: "a star is a name like any other if there are credentials",
            page: SHOP,
            fetches: vec![fetch("PUT", "/").with_credentials()],
            server: literal([("*", 204, &[(ACAO, SHOP), (ACAC, "true"), (ACAM, "*")])]),
            expect: sent(["OPTIONS / asks for PUT"]).blocked("MethodDisallowedByPreflightResponse", "PUT"),
        },
        Row {
            why: "and then names the method of that name, and the header",
            page: SHOP,
            fetches: vec![fetch("*", "/").headers(&[("*", "1")]).with_credentials()],
            server: literal([("*", 200, &[(ACAO, SHOP), (ACAC, "true"), (ACAM, "*"), (ACAH, "*")])]),
            expect: sent(["OPTIONS / asks for * with *", "* /"]).readable(200, []),
        },
        Row {
            why: "a safelisted method that is asked for because of a header needs no list, whatever it says",
            page: SHOP,
            fetches: vec![get("/").headers(&[("x-test", "1")])],
            server: literal([("*", 200, &[(ACAO, SHOP), (ACAM, "get"), (ACAH, "x-test")])]),
            expect: sent(["OPTIONS / asks for GET with x-test", "GET /"]).readable(200, []),
        },
        Row {
            why: "the same for POST",
            page: SHOP,
            fetches: vec![fetch("POST", "/").headers(&[("x-test", "1")])],
            server: literal([("*", 200, &[(ACAO, SHOP), (ACAM, "PUT"), (ACAH, "x-test")])]),
            expect: sent(["OPTIONS / asks for POST with x-test", "POST /"]).readable(200, []),
        },
    ]);
    rows
}

/// Method, list, and the method that is asked for.
type Asked = (&'static str, &'static str, Fields, &'static str, Verdict);

fn asked() -> Vec<Asked> {
    let refused = |method| blocked("MethodDisallowedByPreflightResponse", method);
    vec![
        ("PUT", "PUT", &[(ACAO, SHOP), (ACAM, "PUT")], "PUT", SHARED),
        ("DELETE", "DELETE", &[(ACAO, SHOP), (ACAM, "PUT, DELETE")], "DELETE", SHARED),
        ("PATCH", "PATCH", &[(ACAO, SHOP), (ACAM, "PATCH")], "PATCH", SHARED),
        ("OPTIONS", "OPTIONS", &[(ACAO, SHOP), (ACAM, "OPTIONS")], "OPTIONS", SHARED),
        ("a method of one's own", "OK", &[(ACAO, SHOP), (ACAM, "OK")], "OK", SHARED),
        ("any", "OK", &[(ACAO, SHOP), (ACAM, "*")], "OK", SHARED),
        ("a method that is new", "QUERY", &[(ACAO, SHOP), (ACAM, "QUERY")], "QUERY", SHARED),
        ("put is PUT", "put", &[(ACAO, SHOP), (ACAM, "PUT")], "PUT", SHARED),
        ("delete is DELETE", "delete", &[(ACAO, SHOP), (ACAM, "DELETE")], "DELETE", SHARED),
        ("a list of lower case allows nothing", "PUT", &[(ACAO, SHOP), (ACAM, "put")], "PUT", refused("PUT")),
        ("patch is not PATCH", "patch", &[(ACAO, SHOP), (ACAM, "PATCH")], "patch", refused("patch")),
        ("patch is patch", "patch", &[(ACAO, SHOP), (ACAM, "patch")], "patch", SHARED),
        ("patch is one of any", "patch", &[(ACAO, SHOP), (ACAM, "*")], "patch", SHARED),
        ("a part of a name", "PUT", &[(ACAO, SHOP), (ACAM, "PUTS, INPUT")], "PUT", refused("PUT")),
    ]
}

fn row(why: &'static str, method: &'static str, fields: Fields, asked: &str, verdict: Verdict) -> Row {
    let (preflight, request) = (format!("OPTIONS / asks for {asked}"), format!("{asked} /"));
    let expect = match verdict {
        Ok(()) => sent([&*preflight, &*request]).readable(200, []),
        Err((error, parameter)) => sent([&*preflight]).blocked(error, parameter),
    };
    Row { why, page: SHOP, fetches: vec![fetch(method, "/")], server: literal([("*", 200, fields)]), expect }
}

fn unasked(why: &'static str, method: &'static str, seen: &str) -> Row {
    Row {
        why,
        page: SHOP,
        fetches: vec![fetch(method, "/")],
        server: literal([("*", 200, &[(ACAO, SHOP)])]),
        expect: sent([&*format!("{seen} /")]).readable(200, []),
    }
}
