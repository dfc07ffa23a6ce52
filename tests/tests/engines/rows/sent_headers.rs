//! What browsers send besides what the script says.
//!
//! <https://fetch.spec.whatwg.org/#http-network-or-cache-fetch>

use cors_browser::{CacheMode, Mode};

use crate::row::*;

pub(crate) fn rows() -> Vec<Row> {
    vec![
        row(
            "a PUT of JSON, and its preflight",
            SHOP,
            fetch("PUT", "/").headers(&[("content-type", "application/json"), ("X-A", "1")]).body("{}"),
            [
                "OPTIONS / | accept: */* | access-control-request-headers: content-type,x-a \
                 | access-control-request-method: PUT | host: localhost:5000 | origin: http://localhost:3000 \
                 | referer: http://localhost:3000/ | sec-fetch-dest: empty | sec-fetch-mode: cors \
                 | sec-fetch-site: same-site",
                "PUT / | accept: */* | content-length: 2 | content-type: application/json | host: localhost:5000 \
                 | origin: http://localhost:3000 | referer: http://localhost:3000/ | sec-fetch-dest: empty \
                 | sec-fetch-mode: cors | sec-fetch-site: same-site | x-a: 1",
            ],
        ),
        row(
            "a GET to another site",
            SHOP,
            get("http://127.0.0.1:5002/"),
            [
                "GET http://127.0.0.1:5002/ | accept: */* | host: 127.0.0.1:5002 | origin: http://localhost:3000 \
              | referer: http://localhost:3000/ | sec-fetch-dest: empty | sec-fetch-mode: cors \
              | sec-fetch-site: cross-site",
            ],
        ),
        row(
            "a POST without a body",
            SHOP,
            fetch("POST", "/"),
            [
                "POST / | accept: */* | content-length: 0 | host: localhost:5000 | origin: http://localhost:3000 \
              | referer: http://localhost:3000/ | sec-fetch-dest: empty | sec-fetch-mode: cors \
              | sec-fetch-site: same-site",
            ],
        ),
        row(
            "a body of text has a type",
            SHOP,
            fetch("POST", "/").body("tea"),
            ["POST / | accept: */* | content-length: 3 | content-type: text/plain;charset=UTF-8 \
              | host: localhost:5000 | origin: http://localhost:3000 | referer: http://localhost:3000/ \
              | sec-fetch-dest: empty | sec-fetch-mode: cors | sec-fetch-site: same-site"],
        ),
        row(
            "a body of bytes has none",
            SHOP,
            fetch("POST", "/").bytes("tea"),
            [
                "POST / | accept: */* | content-length: 3 | host: localhost:5000 | origin: http://localhost:3000 \
              | referer: http://localhost:3000/ | sec-fetch-dest: empty | sec-fetch-mode: cors \
              | sec-fetch-site: same-site",
            ],
        ),
        row(
            "a request that is not kept, by a page that does not read it",
            SHOP,
            get("/").unread().cache(CacheMode::NoStore),
            ["GET / | accept: */* | cache-control: no-cache | host: localhost:5000 | pragma: no-cache \
              | referer: http://localhost:3000/ | sec-fetch-dest: empty | sec-fetch-mode: no-cors \
              | sec-fetch-site: same-site"],
        ),
        row(
            "a request that is asked about",
            SHOP,
            get("/").cache(CacheMode::NoCache),
            ["GET / | accept: */* | cache-control: max-age=0 | host: localhost:5000 \
              | origin: http://localhost:3000 | referer: http://localhost:3000/ | sec-fetch-dest: empty \
              | sec-fetch-mode: cors | sec-fetch-site: same-site"],
        ),
        row(
            "to the page's own server",
            API,
            get("/"),
            ["GET / | accept: */* | host: localhost:5000 | referer: http://localhost:5000/page \
              | sec-fetch-dest: empty | sec-fetch-mode: cors | sec-fetch-site: same-origin"],
        ),
        row(
            "a redirect to another site",
            SHOP,
            get("/a"),
            [
                "GET /a | accept: */* | host: localhost:5000 | origin: http://localhost:3000 \
                 | referer: http://localhost:3000/ | sec-fetch-dest: empty | sec-fetch-mode: cors \
                 | sec-fetch-site: same-site",
                "GET http://127.0.0.1:5002/b | accept: */* | host: 127.0.0.1:5002 | origin: null \
                 | referer: http://localhost:3000/ | sec-fetch-dest: empty | sec-fetch-mode: cors \
                 | sec-fetch-site: cross-site",
            ],
        ).without_metadata_in_webkit(),
        row(
            "a redirect within the API",
            SHOP,
            get("/b"),
            [
                "GET /b | accept: */* | host: localhost:5000 | origin: http://localhost:3000 \
                 | referer: http://localhost:3000/ | sec-fetch-dest: empty | sec-fetch-mode: cors \
                 | sec-fetch-site: same-site",
                "GET / | accept: */* | host: localhost:5000 | origin: http://localhost:3000 \
                 | referer: http://localhost:3000/ | sec-fetch-dest: empty | sec-fetch-mode: cors \
                 | sec-fetch-site: same-site",
            ],
        ).cross_site_in_firefox(),
        row(
            "a redirect to another origin of the same site",
            SHOP,
            get("/c"),
            [
                "GET /c | accept: */* | host: localhost:5000 | origin: http://localhost:3000 \
                 | referer: http://localhost:3000/ | sec-fetch-dest: empty | sec-fetch-mode: cors \
                 | sec-fetch-site: same-site",
                "GET http://localhost:5001/ | accept: */* | host: localhost:5001 | origin: null \
                 | referer: http://localhost:3000/ | sec-fetch-dest: empty | sec-fetch-mode: cors \
                 | sec-fetch-site: same-site",
            ],
        ).cross_site_in_firefox().without_metadata_in_webkit(),
        row(
            "a redirect from the page's own server to another",
            API,
            get("/c"),
            [
                "GET /c | accept: */* | host: localhost:5000 | referer: http://localhost:5000/page \
                 | sec-fetch-dest: empty | sec-fetch-mode: cors | sec-fetch-site: same-origin",
                "GET http://localhost:5001/ | accept: */* | host: localhost:5001 | origin: http://localhost:5000 \
                 | referer: http://localhost:5000/ | sec-fetch-dest: empty | sec-fetch-mode: cors \
                 | sec-fetch-site: same-site",
            ],
        ).cross_site_in_firefox().without_metadata_in_webkit(),
        row(
            "a redirect within the page's own server",
            API,
            get("/b"),
            [
                "GET /b | accept: */* | host: localhost:5000 | referer: http://localhost:5000/page \
                 | sec-fetch-dest: empty | sec-fetch-mode: cors | sec-fetch-site: same-origin",
                "GET / | accept: */* | host: localhost:5000 | referer: http://localhost:5000/page \
                 | sec-fetch-dest: empty | sec-fetch-mode: cors | sec-fetch-site: same-origin",
            ],
        ),
        row(
            "a redirect from another site to the API's",
            SHOP,
            get("http://127.0.0.1:5002/c"),
            [
                "GET http://127.0.0.1:5002/c | accept: */* | host: 127.0.0.1:5002 | origin: http://localhost:3000 \
                 | referer: http://localhost:3000/ | sec-fetch-dest: empty | sec-fetch-mode: cors \
                 | sec-fetch-site: cross-site",
                "GET http://localhost:5001/ | accept: */* | host: localhost:5001 | origin: null \
                 | referer: http://localhost:3000/ | sec-fetch-dest: empty | sec-fetch-mode: cors \
                 | sec-fetch-site: cross-site",
            ],
        ).without_metadata_in_webkit(),
        Row {
            expect: sent([
                "GET / | accept: */* | host: localhost:5000 | origin: null | sec-fetch-dest: empty \
                           | sec-fetch-mode: cors | sec-fetch-site: cross-site",
            ])
            .readable(200, [])
            .in_webkit(
                sent(["GET / | accept: */* | host: localhost:5000 | origin: null \
                       | referer: http://localhost:3000/ | sec-fetch-dest: empty | sec-fetch-mode: cors \
                       | sec-fetch-site: cross-site"])
                .readable(200, []),
            ),
            ..row("a sandboxed page is named nowhere", SANDBOX, get("/"), [])
        },
    ]
}

impl Row {
    /// After the redirect, Firefox takes the request for one of another site.
    fn cross_site_in_firefox(self) -> Self {
        let [first, last] = &*self.expect.seen.requests else { panic!("{}: one redirect", self.why) };
        let last = last.replace("sec-fetch-site: same-site", "sec-fetch-site: cross-site");
        let other = self.expect.with_requests([first.clone(), last]);
        Self { expect: self.expect.in_firefox(other), ..self }
    }

    /// After the redirect, WebKit does not say where the request is from.
    fn without_metadata_in_webkit(self) -> Self {
        let [first, last] = &*self.expect.seen.requests else { panic!("{}: one redirect", self.why) };
        let last = last.split(" | sec-fetch").next().unwrap_or_default().to_owned();
        let other = self.expect.with_requests([first.clone(), last]);
        Self { expect: self.expect.in_webkit(other), ..self }
    }
}

/// A row of responses that any page can read.
fn row<const N: usize>(why: &'static str, page: &'static str, step: Step, requests: [&str; N]) -> Row {
    let status = if step.mode == Mode::NoCors { 0 } else { 200 };
    let answers: [Answer; 5] = [
        ("GET http://127.0.0.1:5002/c", 302, &[(ACAO, "*"), ("location", "http://localhost:5001/")]),
        ("GET /b", 302, &[(ACAO, "*"), ("location", "/")]),
        ("GET /c", 302, &[(ACAO, "*"), ("location", "http://localhost:5001/")]),
        ("GET /a", 302, &[(ACAO, "*"), ("location", "http://127.0.0.1:5002/b")]),
        ("*", 200, &[(ACAO, "*"), (ACAM, "PUT"), (ACAH, "content-type, x-a")]),
    ];
    let readable: &[&str] = if page == API && step.url != "/c" { &[ACAO, ACAM, ACAH] } else { &[] };
    Row {
        why,
        page,
        fetches: vec![step],
        server: RowServer::Detailed(answers.into()),
        expect: sent(requests).readable_names(status, readable),
    }
}
