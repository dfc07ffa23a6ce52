//! Responses of any status are shared by the same check, and errors are as readable as all else.

use crate::row::*;

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    // Without 408, after which browsers may ask once more by themselves.
    for status in [201, 204, 401, 403, 404, 405, 413, 418, 429, 500, 502, 503] {
        rows.push(Row {
            why: "a status that is granted",
            page: SHOP,
            fetches: vec![get("/")],
            server: literal([("*", status, &[(ACAO, SHOP)])]),
            expect: sent(["GET /"]).readable(status, []),
        });
    }
    for status in [401, 404, 413, 500] {
        rows.push(Row {
            why: "an error that lacks the header, as those do that are made outside of a layer",
            page: SHOP,
            fetches: vec![get("/")],
            server: literal([("*", status, &[])]),
            expect: sent(["GET /"]).blocked("MissingAllowOriginHeader", ""),
        });
    }
    rows.push(Row {
        why: "a granted preflight grants no response",
        page: SHOP,
        fetches: vec![fetch("PUT", "/")],
        server: literal([("OPTIONS", 204, &[(ACAO, SHOP), (ACAM, "PUT")]), ("PUT", 200, &[])]),
        expect: sent(["OPTIONS / asks for PUT", "PUT /"]).blocked("MissingAllowOriginHeader", ""),
    });
    rows
}
