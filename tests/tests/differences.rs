//! The same policies as `Policy::layer()` and as a `CorsLayer` of tower-http, asked the same: what differs is in
//! `docs/differences.md`, and nothing else does.

use std::collections::BTreeSet;

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode},
};
use cors_runtime::{
    Policy,
    browser::{Browser, Credentials, FetchOutcome},
};
use cors_tests::respond;
use tower_http::cors::{AllowOrigin, CorsLayer};

const DOCUMENT: &str = include_str!("../../docs/differences.md");

const UNLISTED_METHOD: &str = "A method that is not listed";
const REFUSED_PREFLIGHT: &str = "A preflight that is refused";
const ANSWERED_PREFLIGHT: &str = "A preflight that is answered";
const OPTIONS: &str = "An `OPTIONS` request that is not a preflight";
const STRANGERS: &str = "Credentials and exposed headers for strangers";
const VARY: &str = "`Vary`";

const SHOP: &str = "https://shop.example";
const ADMIN: &str = "https://admin.example";
const EVIL: &str = "https://evil.example";

/// A policy that both can express.
#[derive(Clone, Copy, Debug)]
struct Both {
    /// Empty for any.
    origins: &'static [&'static str],
    methods: &'static [&'static str],
    headers: &'static [&'static str],
    expose: &'static [&'static str],
    credentials: bool,
    max_age: Option<u64>,
}

impl Both {
    fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for origins in [&[][..], &[SHOP], &[SHOP, ADMIN]] {
            for methods in [&["GET", "PUT"][..], &["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]] {
                for headers in [&[][..], &["authorization", "content-type"], &["*"]] {
                    for expose in [&[][..], &["etag"]] {
                        for (credentials, max_age) in [(false, None), (false, Some(600)), (true, Some(0))] {
                            let is_for_everybody = origins.is_empty() || headers == ["*"];
                            if !(credentials && is_for_everybody) {
                                all.push(Self { origins, methods, headers, expose, credentials, max_age });
                            }
                        }
                    }
                }
            }
        }
        all
    }

    fn policy(self) -> Policy {
        let mut builder = Policy::builder().methods(self.methods).headers(self.headers).expose(self.expose);
        builder = if self.origins.is_empty() {
            builder.any_origin()
        } else {
            builder.origins(self.origins.iter().copied())
        };
        if let Some(seconds) = self.max_age {
            builder = builder.max_age(seconds);
        }
        if self.credentials { builder.credentials() } else { builder }.build().unwrap()
    }

    fn tower_http(self) -> CorsLayer {
        let values = |origins: &[&str]| {
            origins.iter().map(|origin| origin.parse().unwrap()).collect::<Vec<HeaderValue>>()
        };
        let origins = match self.origins {
            [] => AllowOrigin::any(),
            [one] => AllowOrigin::exact(one.parse().unwrap()),
            several => AllowOrigin::list(values(several)),
        };
        let names =
            |names: &[&str]| names.iter().map(|name| name.parse().unwrap()).collect::<Vec<HeaderName>>();
        let methods: Vec<Method> = self.methods.iter().map(|method| method.parse().unwrap()).collect();
        let mut layer =
            CorsLayer::new().allow_origin(origins).allow_methods(methods).allow_credentials(self.credentials);
        layer = match self.headers {
            ["*"] => layer.allow_headers(tower_http::cors::Any),
            headers => layer.allow_headers(names(headers)),
        };
        if !self.expose.is_empty() {
            layer = layer.expose_headers(names(self.expose));
        }
        match self.max_age {
            Some(seconds) => layer.max_age(std::time::Duration::from_secs(seconds)),
            None => layer,
        }
    }

    fn allows(self, origin: Option<&str>) -> bool {
        self.origins.is_empty() || origin.is_some_and(|origin| self.origins.contains(&origin))
    }
}

fn service() -> Router {
    Router::new().fallback(async || ([("etag", "\"1\""), ("x-ran", "yes")], "hello"))
}

/// A request: the method, the origin, and of a preflight what it asks for.
#[derive(Clone, Copy, Debug)]
struct Ask {
    method: &'static str,
    origin: Option<&'static str>,
    requested: Option<&'static str>,
    headers: Option<&'static str>,
}

impl Ask {
    fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for origin in [None, Some(SHOP), Some(ADMIN), Some(EVIL), Some("null")] {
            for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"] {
                all.push(Self { method, origin, requested: None, headers: None });
            }
            for requested in ["GET", "POST", "PUT", "PATCH"] {
                for headers in [None, Some("authorization"), Some("content-type,x-other")] {
                    all.push(Self { method: "OPTIONS", origin, requested: Some(requested), headers });
                }
            }
        }
        all
    }

    fn request(self) -> Request<Body> {
        let mut request = Request::builder().method(self.method).uri("/").header("host", "api.example");
        for (name, value) in [
            ("origin", self.origin),
            ("access-control-request-method", self.requested),
            ("access-control-request-headers", self.headers),
        ] {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        request.body(Body::empty()).unwrap()
    }

    fn is_preflight(self) -> bool {
        self.method == "OPTIONS" && self.origin.is_some() && self.requested.is_some()
    }
}

/// What the response to a request says, apart from what has nothing to do with this; lists are sets.
fn fields(status: StatusCode, headers: &HeaderMap) -> Vec<(String, Vec<String>)> {
    let mut fields = vec![("status".to_owned(), vec![status.as_u16().to_string()])];
    for name in headers
        .keys()
        .filter(|name| name.as_str().starts_with("access-control-") || *name == "vary" || *name == "x-ran")
    {
        let lines = headers.get_all(name).iter().flat_map(|line| line.to_str().unwrap().split(','));
        let mut elements: Vec<String> = lines.map(|element| element.trim().to_ascii_lowercase()).collect();
        elements.sort();
        elements.dedup();
        fields.push((name.as_str().to_owned(), elements));
    }
    fields
}

/// The point of the document that a difference belongs to.
fn point(both: Both, ask: Ask, name: &str) -> Option<&'static str> {
    let is_allowed = both.allows(ask.origin);
    let method = ask.requested.filter(|_| ask.is_preflight()).unwrap_or(ask.method);
    let is_left_out = !both.methods.contains(&method);
    match name {
        // In each case, everything is different.
        _ if ask.method == "OPTIONS" && !ask.is_preflight() => Some(OPTIONS),
        "vary" => Some(VARY),
        _ if ask.is_preflight() && !is_allowed => Some(REFUSED_PREFLIGHT),
        // The browser does not compare these.
        _ if ask.is_preflight() && is_left_out && ["GET", "HEAD", "POST"].contains(&method) => {
            Some(UNLISTED_METHOD)
        }
        "status" if ask.is_preflight() => Some(ANSWERED_PREFLIGHT),
        _ if ask.is_preflight() => None,
        _ if is_left_out => Some(UNLISTED_METHOD),
        "access-control-allow-credentials" | "access-control-expose-headers"
            if !is_allowed || ask.origin.is_none() =>
        {
            Some(STRANGERS)
        }
        _ => None,
    }
}

#[tokio::test]
async fn the_wire_differs_in_what_is_documented() {
    let mut found = BTreeSet::new();
    for both in Both::all() {
        let (ours, theirs) = (service().layer(both.policy().layer()), service().layer(both.tower_http()));
        for ask in Ask::all() {
            let [ours, theirs] = [respond(&ours, ask.request()).await, respond(&theirs, ask.request()).await]
                .map(|response| fields(response.status(), response.headers()));
            let differing = ours
                .iter()
                .filter(|field| !theirs.contains(field))
                .chain(theirs.iter().filter(|field| !ours.contains(field)));
            for (name, _) in differing {
                let point = point(both, ask, name);
                let point = point.unwrap_or_else(|| panic!("{name}: {both:?} {ask:?}\n{ours:?}\n{theirs:?}"));
                found.insert(format!("## {point}"));
            }
        }
    }
    let listed: BTreeSet<String> =
        DOCUMENT.lines().filter(|line| line.starts_with("## ")).map(str::to_owned).collect();
    assert_eq!(found, listed);
}

/// What a page gets of a request: whether it can read it, and which headers.
async fn fetch(
    app: &Router,
    origin: &str,
    method: &str,
    header: Option<&str>,
    credentials: Credentials,
) -> FetchOutcome {
    let mut request = axum::http::Request::builder().method(method).uri("https://api.example/");
    if let Some(header) = header {
        request = request.header(header, "1");
    }
    let page = Browser::new().page(origin);
    page.fetch(app, request.body("").unwrap()).credentials(credentials).await
}

#[tokio::test]
async fn pages_get_the_same_but_for_methods_that_are_not_listed() {
    let (mut count, mut documented) = (0, 0);
    for both in Both::all() {
        let (ours, theirs) = (service().layer(both.policy().layer()), service().layer(both.tower_http()));
        for origin in [SHOP, ADMIN, EVIL] {
            for method in ["GET", "POST", "PUT", "PATCH"] {
                for header in [None, Some("authorization")] {
                    for credentials in [Credentials::Omit, Credentials::Include] {
                        let mut readable = Vec::new();
                        for app in [&ours, &theirs] {
                            let outcome = fetch(app, origin, method, header, credentials).await;
                            readable.push(
                                outcome
                                    .result
                                    .ok()
                                    .map(|response| (response.status, response.headers.contains_key("etag"))),
                            );
                        }
                        let is_left_out =
                            !both.methods.contains(&method) && ["HEAD", "POST"].contains(&method);
                        let is_documented = is_left_out && readable[0].is_none();
                        assert!(
                            readable[0] == readable[1] || is_documented,
                            "{both:?} {origin} {method} {header:?} {readable:?}"
                        );
                        count += usize::from(readable[0].is_some());
                        documented += usize::from(readable[0] != readable[1]);
                    }
                }
            }
        }
    }
    assert!(count > 500 && documented > 50, "pages read only {count} responses, {documented} of them differ");
}
