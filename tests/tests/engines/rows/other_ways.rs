//! Ways to send a request other than `fetch`: to CORS they are all the same.

use crate::row::*;

pub(crate) fn rows() -> Vec<Row> {
    vec![
        Row {
            why: "an XMLHttpRequest that nobody listens to",
            page: SHOP,
            fetches: vec![fetch("PUT", "/").headers(&[("x-a", "1")]).by(Way::XmlHttpRequest)],
            server: literal([(
                "*",
                200,
                &[(ACAO, SHOP), (ACAM, "PUT"), (ACAH, "x-a"), (ACEH, "etag"), ("etag", "1")],
            )]),
            expect: sent(["OPTIONS / asks for PUT with x-a", "PUT /"]).readable(200, ["etag"]),
        },
        Row {
            why: "an XMLHttpRequest with credentials, and any origin",
            page: SHOP,
            fetches: vec![fetch("POST", "/").body("tea").with_credentials().by(Way::XmlHttpRequest)],
            server: literal([("*", 200, &[(ACAO, "*")])]),
            expect: sent(["POST /"]).blocked("WildcardOriginNotAllowed", ""),
        },
        Row {
            why: "a stream of events",
            page: SHOP,
            fetches: vec![get("/").by(Way::EventSource)],
            server: literal([("*", 200, &[(ACAO, "*"), ("content-type", "text/event-stream")])]),
            expect: sent(["GET /"]).readable(200, []),
        },
        Row {
            why: "a stream of events without a grant",
            page: SHOP,
            fetches: vec![get("/").by(Way::EventSource)],
            server: literal([("*", 200, &[("content-type", "text/event-stream")])]),
            expect: sent(["GET /"]).blocked("MissingAllowOriginHeader", ""),
        },
        Row {
            why: "a stream of events with credentials, and any origin",
            page: SHOP,
            fetches: vec![get("/").with_credentials().by(Way::EventSource)],
            server: literal([("*", 200, &[(ACAO, "*"), ("content-type", "text/event-stream")])]),
            expect: sent(["GET /"]).blocked("WildcardOriginNotAllowed", ""),
        },
        Row {
            why: "a beacon of text needs no preflight",
            page: SHOP,
            fetches: vec![fetch("POST", "/").body("tea").by(Way::Beacon)],
            server: literal([("*", 200, &[])]),
            expect: sent(["POST /"]).readable(0, []),
        },
        Row {
            why: "a beacon of JSON needs one, and has credentials",
            page: SHOP,
            fetches: vec![fetch("POST", "/").headers(JSON).body("{}").by(Way::Beacon)],
            server: literal([("*", 200, &[(ACAO, SHOP), (ACAC, "true"), (ACAH, "content-type")])]),
            expect: sent(["OPTIONS / asks for POST with content-type", "POST /"]).readable(0, []),
        },
        Row {
            why: "a beacon of JSON that may not have credentials is not sent",
            page: SHOP,
            fetches: vec![fetch("POST", "/").headers(JSON).body("{}").by(Way::Beacon)],
            server: literal([("*", 200, &[(ACAO, SHOP), (ACAH, "content-type")])]),
            expect: sent(["OPTIONS / asks for POST with content-type"]).readable(0, []),
        },
    ]
}

const JSON: Fields = &[("content-type", "application/json")];
