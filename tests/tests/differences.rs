//! The policies that tower-http's layer can express as well, served by both: each difference is one that
//! `docs/differences.md` lists, and each one that it lists is there.

use std::collections::{BTreeMap, BTreeSet};

use axum::{
    Router,
    body::Body,
    http::{HeaderName, HeaderValue, Method, Request},
    routing,
};
use cors_runtime::Policy;
use cors_tests::respond;
use tower_http::cors::{AllowMethods, Any, CorsLayer};

/// What is said once, for both.
#[derive(Clone, Debug)]
struct Case {
    /// `*` alone is any.
    origins: &'static [&'static str],
    headers: &'static [&'static str],
    expose: &'static [&'static str],
    methods: &'static [&'static str],
    max_age: Option<u32>,
    credentials: bool,
}

/// The head of a request; the path and the host are always the same.
#[derive(Clone, Debug)]
struct Ask {
    method: &'static str,
    headers: Vec<(&'static str, &'static str)>,
}

const ONE: &[&str] = &["https://shop.example"];
const TWO: &[&str] = &["https://shop.example", "https://www.shop.example"];
const ANYBODY: &[&str] = &["*"];

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for origins in [ONE, TWO, ANYBODY] {
        for headers in [&[][..], &["content-type", "x-a"], ANYBODY] {
            for expose in [&[][..], &["etag"]] {
                for methods in [&[][..], &["GET", "PUT"]] {
                    for credentials in [false, true] {
                        // Both refuse these: this crate when the policy is built, the other when it is served.
                        if credentials && (origins == ANYBODY || headers == ANYBODY) {
                            continue;
                        }
                        let max_age = (!expose.is_empty()).then_some(600);
                        cases.push(Case { origins, headers, expose, methods, max_age, credentials });
                    }
                }
            }
        }
    }
    cases
}

fn asks() -> Vec<Ask> {
    let mut asks = Vec::new();
    let origins: [&[&str]; 7] = [
        &[],
        &["https://shop.example"],
        &["https://www.shop.example"],
        &["https://evil.example"],
        &["https://Shop.example"],
        &["null"],
        &["https://shop.example", "https://evil.example"],
    ];
    let others: [&[(&str, &str)]; 7] = [
        &[],
        &[("access-control-request-method", "PUT")],
        &[("access-control-request-method", "DELETE")],
        &[("access-control-request-method", "POST")],
        &[("access-control-request-method", "PUT"), ("access-control-request-headers", "content-type,x-a")],
        &[("access-control-request-method", "PUT"), ("access-control-request-headers", "x-b")],
        &[("connection", "upgrade"), ("upgrade", "websocket")],
    ];
    for method in ["GET", "POST", "PUT", "DELETE", "OPTIONS"] {
        for origins in origins {
            let [none, preflights @ .., websocket] = others;
            let others = if method == "OPTIONS" { &preflights[..] } else { &[websocket][..] };
            for others in std::iter::once(none).chain(others.iter().copied()) {
                let headers = origins.iter().map(|origin| ("origin", *origin)).chain(others.iter().copied());
                asks.push(Ask { method, headers: headers.collect() });
            }
        }
    }
    asks
}

impl Case {
    fn handlers() -> Router {
        Router::new().route("/path", routing::any(async || [("etag", "\"1\"")]))
    }

    fn ours(&self) -> Router {
        let mut policy = Policy::builder()
            .origins(self.origins.iter().copied())
            .headers(self.headers)
            .expose(self.expose)
            .methods(self.methods);
        if let Some(max_age) = self.max_age {
            policy = policy.max_age(max_age);
        }
        if self.credentials {
            policy = policy.credentials();
        }
        Self::handlers().layer(policy.build().unwrap_or_else(|error| panic!("{self:?}\n{error}")).layer())
    }

    fn theirs(&self) -> Router {
        let names =
            |names: &[&str]| names.iter().map(|name| name.parse().unwrap()).collect::<Vec<HeaderName>>();
        let mut layer = CorsLayer::new().allow_credentials(self.credentials);
        layer = if self.origins == ANYBODY {
            layer.allow_origin(Any)
        } else {
            let origins = self.origins.iter().map(|origin| HeaderValue::from_static(origin));
            layer.allow_origin(origins.collect::<Vec<_>>())
        };
        layer = match self.headers {
            [] => layer,
            ["*"] => layer.allow_headers(Any),
            headers => layer.allow_headers(names(headers)),
        };
        layer = match self.methods {
            // Without `methods`, a policy is for all that are served.
            [] => layer.allow_methods(AllowMethods::mirror_request()),
            methods => {
                let methods = methods.iter().map(|name| name.parse().unwrap());
                layer.allow_methods(methods.collect::<Vec<Method>>())
            }
        };
        if !self.expose.is_empty() {
            layer = layer.expose_headers(names(self.expose));
        }
        if let Some(max_age) = self.max_age {
            layer = layer.max_age(std::time::Duration::from_secs(max_age.into()));
        }
        Self::handlers().layer(layer)
    }

    fn lists(&self, origin: &str) -> bool {
        self.origins == ANYBODY || self.origins.contains(&origin)
    }

    /// Whether it grants something to this request, by what both document.
    fn is_for(&self, ask: &Ask) -> bool {
        let method = ask.preflight().unwrap_or(ask.method);
        matches!(*ask.field("origin"), [origin] if self.lists(origin))
            && self.has_method(method)
            && (ask.method != "OPTIONS" || ask.preflight().is_some())
    }

    fn has_method(&self, method: &str) -> bool {
        self.methods.is_empty() || self.methods.contains(&method)
    }
}

impl Ask {
    fn field(&self, name: &str) -> Vec<&'static str> {
        self.headers.iter().filter(|(other, _)| *other == name).map(|(_, value)| *value).collect()
    }

    /// The method that a preflight asks for, if it is one.
    fn preflight(&self) -> Option<&'static str> {
        let method = *self.field("access-control-request-method").first()?;
        (self.method == "OPTIONS" && !self.field("origin").is_empty()).then_some(method)
    }
}

/// What this is about of a response: its status, whether the handler ran, and the fields of CORS; lists in one form.
async fn seen(app: &Router, ask: &Ask) -> BTreeMap<String, String> {
    let mut request = Request::builder().method(ask.method).uri("/path").header("host", "api.example");
    for (name, value) in &ask.headers {
        request = request.header(*name, *value);
    }
    let response = respond(app, request.body(Body::empty()).unwrap()).await;
    let mut seen = BTreeMap::from([
        ("status".to_owned(), response.status().as_u16().to_string()),
        ("handler".to_owned(), response.headers().contains_key("etag").to_string()),
    ]);
    for (name, value) in response.headers() {
        if name.as_str().starts_with("access-control-") || name == "vary" {
            let mut elements: Vec<_> = value
                .to_str()
                .unwrap()
                .split(',')
                .map(|element| element.trim().to_ascii_lowercase())
                .collect();
            elements.sort();
            seen.insert(name.to_string(), elements.join(", "));
        }
    }
    seen
}

/// The heading in `docs/differences.md` under which a difference is explained; `None` if it should not be.
fn explained(case: &Case, ask: &Ask, name: &str) -> Option<&'static str> {
    let origins = ask.field("origin");
    let is_listed = matches!(*origins, [origin] if case.lists(origin));
    let is_named = case.origins.len() == 1 && !is_listed;
    if ask.method == "OPTIONS" && ask.preflight().is_none() {
        return Some("`OPTIONS` that is not a preflight");
    }
    if let [_, _, ..] = *origins {
        return Some("Several `Origin` fields");
    }
    if let Some(method) = ask.preflight() {
        let is_refused = !is_listed || !case.has_method(method) && method == "POST";
        return match name {
            "access-control-allow-origin" if is_named => Some("The name of the one origin"),
            "status" if is_refused => Some("Refused preflights"),
            "status" => Some("Answered preflights"),
            "vary" => Some("`Vary`"),
            _ if is_refused => Some("Refused preflights"),
            _ => None,
        };
    }
    if !ask.field("upgrade").is_empty()
        && !origins.is_empty()
        && !is_listed
        && matches!(name, "status" | "handler" | "vary")
    {
        return Some("WebSockets");
    }
    match name {
        "access-control-allow-origin" if is_named => Some("The name of the one origin"),
        "vary" => Some("`Vary`"),
        _ if !case.has_method(ask.method) => Some("`methods` and requests"),
        "access-control-allow-credentials" | "access-control-expose-headers" if !is_listed => {
            Some("What refused origins are told")
        }
        _ => None,
    }
}

#[tokio::test]
async fn each_difference_is_listed_and_each_that_is_listed_is_there() {
    let mut found = BTreeSet::new();
    let mut unexplained = Vec::new();
    for case in cases() {
        let (ours, theirs) = (case.ours(), case.theirs());
        for ask in asks() {
            let (ours, theirs) = (seen(&ours, &ask).await, seen(&theirs, &ask).await);
            if case.is_for(&ask) {
                let granted = "access-control-allow-origin";
                assert_eq!(ours.get(granted), theirs.get(granted), "{ask:?} under {case:?}");
                assert!(ours.contains_key(granted), "{ask:?} under {case:?}");
            }
            let names: BTreeSet<_> = ours.keys().chain(theirs.keys()).collect();
            for name in names.into_iter().filter(|name| ours.get(*name) != theirs.get(*name)) {
                match explained(&case, &ask, name) {
                    Some(heading) => drop(found.insert(heading)),
                    None => unexplained.push(format!(
                        "{name} of {ask:?} under {case:?}\nours: {ours:#?}\ntheirs: {theirs:#?}"
                    )),
                }
            }
        }
    }
    assert!(unexplained.is_empty(), "{} differences, for example {}", unexplained.len(), unexplained[0]);
    let document = include_str!("../../docs/differences.md");
    let listed: BTreeSet<_> = document.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    assert_eq!(found, listed);
}
