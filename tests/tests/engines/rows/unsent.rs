//! What no page can send: mistakes in the script, and places where a request may not go.
//!
//! <https://fetch.spec.whatwg.org/#dom-request>

use cors_browser::{Mode, Redirect};

use crate::row::*;

pub(crate) fn rows() -> Vec<Row> {
    vec![
        row(
            "a URL that is not one",
            get("http://localhost:99999/"),
            "TypeError: Failed to execute 'fetch' on 'Window': Failed to parse URL from http://localhost:99999/",
        ),
        row(
            "TRACE",
            fetch("TRACE", "/"),
            "TypeError: Failed to execute 'fetch' on 'Window': 'TRACE' HTTP method is unsupported.",
        ),
        row(
            "connect, in lower case",
            fetch("connect", "/"),
            "TypeError: Failed to execute 'fetch' on 'Window': 'connect' HTTP method is unsupported.",
        ),
        row(
            "a body on a GET",
            get("/").body("tea"),
            "TypeError: Failed to execute 'fetch' on 'Window': Request with GET/HEAD method cannot have body.",
        ),
        row(
            "a URL with a name and a password",
            get("http://user:password@localhost:5000/"),
            "TypeError: Failed to execute 'fetch' on 'Window': Request cannot be constructed from a URL that includes credentials: http://user:password@localhost:5000/",
        ),
        row(
            "a PUT that is not read",
            fetch("PUT", "/").unread(),
            "TypeError: Failed to execute 'fetch' on 'Window': 'PUT' is unsupported in no-cors mode.",
        ),
        row(
            "a scheme that is not HTTP",
            get("ftp://localhost:5000/"),
            "Fetch API cannot load ftp://localhost:5000/. URL scheme \"ftp\" is not supported.",
        ),
        row(
            "to another origin, where the page stays at its own",
            get("/").mode(Mode::SameOrigin),
            "Fetch API cannot load http://localhost:5000/. Request mode is \"same-origin\" but the URL's origin is not same as the request origin http://localhost:3000.",
        ),
        row(
            "a request that is not read, by a page that wants no redirect",
            get("/").unread().redirect(Redirect::Error),
            "Fetch API cannot load http://localhost:5000/. Request mode is \"no-cors\" but the redirect mode is not \"follow\".",
        ),
    ]
}

fn row(why: &'static str, step: Step, error: &str) -> Row {
    Row {
        why,
        page: SHOP,
        fetches: vec![step],
        server: literal([("*", 200, &[(ACAO, "*")])]),
        expect: sent([]).failed(error),
    }
}
