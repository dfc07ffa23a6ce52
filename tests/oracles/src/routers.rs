//! Whole requests through random routers.

use std::{cell::RefCell, collections::BTreeMap};

use arbitrary::{Arbitrary, Result, Unstructured};
use axum::{Router, body::Body, routing::MethodFilter};
use cors_runtime::{
    CorsRouter, MethodRouter, Policy,
    browser::{Browser, Credentials, ResponseType},
    cors,
    diagnostics::RefusalKind,
};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use tower::ServiceExt;

use crate::{
    HandlerPlan, PolicyPlan,
    plan::{HEADERS, METHODS, ORIGINS, header_value},
};

const ROUTES: [&str; 3] = ["/a", "/items/{id}", "/items/special"];
const PATHS: [&str; 12] = [
    "/a",
    "/items/7",
    "/items/special",
    "/items/Special",
    "/items/",
    "/a/",
    "//a",
    "/A",
    "/items/7/8",
    "/items/%2e%2e",
    "/items/special%2f",
    "/",
];
const MOUNTED: [(&str, MethodFilter); 4] = [
    ("GET", MethodFilter::GET),
    ("POST", MethodFilter::POST),
    ("PUT", MethodFilter::PUT),
    ("DELETE", MethodFilter::DELETE),
];

/// A router, a request and a page's request, and perhaps more of both.
#[derive(Arbitrary, Clone, Debug)]
pub struct RequestInput {
    handlers: [Option<HandlerInput>; 4],
    default_policy: Option<PolicyPlan>,
    /// Whether there is a layer, which puts a gate around it.
    has_layer: bool,
    /// Whether it was nested in another router by its finished form.
    is_finished_inside: bool,
    request: HeadPlan,
    /// From where and how a page asks.
    page: PagePlan,
    more: Vec<(HeadPlan, PagePlan)>,
}

#[derive(Arbitrary, Clone, Debug)]
struct HandlerInput {
    route: u8,
    method: u8,
    policy: PolicyPlan,
}

#[derive(Arbitrary, Clone, Debug)]
struct HeadPlan {
    method: MethodPlan,
    path: u8,
    origin: ValuePlan,
    second_origin: bool,
    requested_method: Option<ValuePlan>,
    requested_headers: Option<ValuePlan>,
    site: u8,
    navigates: bool,
    upgrades: bool,
}

#[derive(Arbitrary, Clone, Debug)]
enum MethodPlan {
    Options,
    Get,
    Of(u8),
}

/// The value of a header field: one of those that mean something, or any bytes.
#[derive(Arbitrary, Clone, Debug)]
enum ValuePlan {
    None,
    Of(u8),
    AlsoOf(u8),
    Bytes(Bytes),
}

#[derive(Clone, Debug)]
struct Bytes(Vec<u8>);

impl<'a> Arbitrary<'a> for Bytes {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let length = u.int_in_range(0..=64)?;
        Ok(Self(u.bytes(length.min(u.len()))?.to_vec()))
    }
}

#[derive(Arbitrary, Clone, Debug)]
struct PagePlan {
    origin: u8,
    method: u8,
    path: u8,
    headers: u8,
    with_credentials: bool,
}

/// An element of a list, by any number.
fn pick<T>(list: &[T], number: u8) -> &T {
    &list[usize::from(number) % list.len()]
}

impl ValuePlan {
    fn value(&self, names: &[&str]) -> Option<HeaderValue> {
        match self {
            Self::None => None,
            Self::Of(number) | Self::AlsoOf(number) => Some(header_value(pick(names, *number).as_bytes())),
            Self::Bytes(Bytes(bytes)) => Some(header_value(bytes)),
        }
    }
}

impl HeadPlan {
    /// The request, without `Origin`.
    fn request(&self) -> Request<()> {
        let method = match &self.method {
            MethodPlan::Options => "OPTIONS",
            MethodPlan::Get => "GET",
            MethodPlan::Of(number) => pick(&METHODS, *number),
        };
        let mut request = Request::builder().method(method).uri(*pick(&PATHS, self.path));
        request = request.header(header::HOST, "api.example");
        let method = self.requested_method.as_ref().and_then(|method| method.value(&METHODS));
        if let Some(method) = method {
            request = request.header(header::ACCESS_CONTROL_REQUEST_METHOD, method);
        }
        let lists =
            [HEADERS[0], HEADERS[1], "authorization,content-type", "x-a,x-b", "X-Api-Key", ",", "cookie"];
        if let Some(names) = self.requested_headers.as_ref().and_then(|names| names.value(&lists)) {
            request = request.header(header::ACCESS_CONTROL_REQUEST_HEADERS, names);
        }
        if let Some(site) =
            pick(&[None, None, Some("same-origin"), Some("cross-site"), Some("none")], self.site)
        {
            request = request.header("sec-fetch-site", *site);
        }
        if self.navigates {
            request = request.header("sec-fetch-mode", "navigate");
        }
        if self.upgrades {
            request = request.header(header::UPGRADE, "websocket").header(header::CONNECTION, "upgrade");
        }
        request.body(()).unwrap_or_default()
    }

    /// The request from this origin; from two, if the plan says so.
    fn request_from(&self, origin: Option<&HeaderValue>) -> Request<()> {
        let mut request = self.request();
        if let Some(origin) = origin {
            request.headers_mut().append(header::ORIGIN, origin.clone());
            if self.second_origin {
                request.headers_mut().append(header::ORIGIN, origin.clone());
            }
        }
        request
    }
}

/// The handlers that are there, by route and method.
type Handlers = BTreeMap<(usize, usize), PolicyPlan>;

impl RequestInput {
    fn handlers(&self) -> Handlers {
        let mut handlers = Handlers::new();
        for HandlerInput { route, method, policy } in self.handlers.iter().flatten() {
            let key = (usize::from(*route) % ROUTES.len(), usize::from(*method) % MOUNTED.len());
            let mut policy = policy.clone();
            // Methods that leave out the only one that is mounted are refused at set-up.
            if !policy.allows_method(MOUNTED[key.1].0) {
                policy.methods = 0;
            }
            handlers.entry(key).or_insert(policy);
        }
        handlers
    }

    fn app(&self, handlers: &Handlers) -> Router {
        let mut router = CorsRouter::new();
        for (route, path) in ROUTES.iter().enumerate() {
            let mut methods = MethodRouter::new();
            for ((_, method), policy) in handlers.iter().filter(|((of, _), _)| *of == route) {
                let handler = async || ([("x-ran", "yes"), ("etag", "\"1\""), ("x-total", "3")], "a body");
                methods = methods.on(MOUNTED[*method].1, cors(policy.source(), handler));
            }
            if handlers.keys().any(|(of, _)| *of == route) {
                router = router.route(path, methods);
            }
        }
        if self.has_layer {
            router = router.layer(tower::layer::util::Identity::new());
        }
        if self.is_finished_inside {
            let inside = router.finish().unwrap_or_else(|error| panic!("{self:?}: {error}"));
            router = CorsRouter::new().merge(inside);
        }
        if let Some(policy) = &self.default_policy {
            router = router.default_policy(policy.source());
        }
        router.finish().unwrap_or_else(|error| panic!("{self:?}: {error}"))
    }
}

/// The handler for a method at a path.
fn responsible<'a>(handlers: &'a Handlers, path: &str, method: &[u8]) -> Option<&'a PolicyPlan> {
    let routes: &[usize] = match path {
        "/a" => &[0],
        "/items/special" => &[2, 1],
        _ => match path.strip_prefix("/items/") {
            Some(id) if !id.is_empty() && !id.contains('/') => &[1],
            _ => &[],
        },
    };
    let is_there = |route: &usize| handlers.keys().any(|(of, _)| of == route);
    let route = routes.iter().copied().find(is_there)?;
    // A handler for GET answers HEAD.
    let method = if method == b"HEAD" { b"GET" } else { method };
    let method = MOUNTED.iter().position(|(name, _)| name.as_bytes() == method)?;
    handlers.get(&(route, method))
}

/// The origin of a request, if it has exactly one.
fn origin_of<B>(request: &Request<B>) -> Option<&HeaderValue> {
    let mut origins = request.headers().get_all(header::ORIGIN).iter();
    let origin = origins.next()?;
    origins.next().is_none().then_some(origin)
}

/// Whether a page of another origin may have made a request, as the documentation of `enforce` says.
fn is_cross_origin(request: &Request<()>, strict: bool) -> bool {
    let site = request.headers().get("sec-fetch-site").map(HeaderValue::as_bytes);
    let is_own_site = site.is_some_and(|site| [&b"same-origin"[..], b"none"].contains(&site));
    match request.headers().get_all(header::ORIGIN).iter().count() {
        0 => {
            let navigates = [Method::GET, Method::HEAD].contains(request.method())
                && request.headers().contains_key("sec-fetch-mode");
            site.is_some() && !is_own_site && (strict || !navigates)
        }
        1 if strict => true,
        1 if site.is_some() => !is_own_site,
        1 => {
            let own = [&b"https://api.example"[..], b"http://api.example"];
            !origin_of(request).is_some_and(|origin| own.contains(&origin.as_bytes()))
        }
        _ => true,
    }
}

thread_local! {
    static RUNTIME: RefCell<tokio::runtime::Runtime> = RefCell::new(
        tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime"),
    );
}

fn block_on<F: Future>(future: F) -> F::Output {
    RUNTIME.with_borrow(|runtime| runtime.block_on(future))
}

fn respond(app: &Router, request: Request<()>) -> Response<Body> {
    let response = block_on(app.clone().oneshot(request.map(|()| Body::empty())));
    response.unwrap_or_else(|error| match error {})
}

fn field<'a>(response: &'a Response<Body>, name: &str) -> Option<&'a HeaderValue> {
    response.headers().get(name)
}

/// Whether a page of this origin may read the response. <https://fetch.spec.whatwg.org/#cors-check>
fn is_granted(response: &Response<Body>, origin: Option<&HeaderValue>) -> bool {
    field(response, "access-control-allow-origin")
        .is_some_and(|allowed| allowed == "*" || Some(allowed) == origin)
}

/// Sends the requests, from their origins and from others, and the pages' requests, and checks all answers; returns how
/// many requests it was.
pub fn check_requests(input: &RequestInput) -> usize {
    let handlers = input.handlers();
    let app = input.app(&handlers);
    let all = std::iter::once((&input.request, &input.page))
        .chain(input.more.iter().map(|(head, page)| (head, page)));
    let mut count = 0;
    for (head, page) in all {
        count += check_request(input, &handlers, &app, head);
        check_page(input, &handlers, &app, page);
    }
    count
}

fn check_request(input: &RequestInput, handlers: &Handlers, app: &Router, head: &HeadPlan) -> usize {
    let others = [
        None,
        Some(HeaderValue::from_static("https://shop.example")),
        Some(HeaderValue::from_static("https://a.b.shop.example")),
        Some(HeaderValue::from_static("https://evil.example")),
    ];
    let origins: Vec<_> = std::iter::once(head.origin.value(&ORIGINS)).chain(others).collect();
    let responses: Vec<_> =
        origins.iter().map(|origin| respond(app, head.request_from(origin.as_ref()))).collect();
    for (origin, response) in origins.iter().zip(&responses) {
        check_response(input, handlers, &head.request_from(origin.as_ref()), response);
    }
    check_caches(input, head, &origins, &responses);
    responses.len()
}

fn check_response(
    input: &RequestInput,
    handlers: &Handlers,
    request: &Request<()>,
    response: &Response<Body>,
) {
    let context = || format!("{request:?}\n{response:?}\n{input:#?}");
    let headers = response.headers();
    for name in headers
        .keys()
        .filter(|name| name.as_str().starts_with("access-control-") || *name == "timing-allow-origin")
    {
        assert_eq!(headers.get_all(name).iter().count(), 1, "{name} {}", context());
    }
    let origin = origin_of(request);
    let granted = is_granted(response, origin);
    let has_credentials = headers.contains_key(header::ACCESS_CONTROL_ALLOW_CREDENTIALS);
    let ran = headers.contains_key("x-ran");
    if has_credentials {
        assert!(
            granted && field(response, "access-control-allow-origin").is_some_and(|allowed| allowed != "*"),
            "{}",
            context()
        );
    }
    let has_origin = request.headers().contains_key(header::ORIGIN);
    let requested = request.headers().get(header::ACCESS_CONTROL_REQUEST_METHOD);
    let preflight = requested.filter(|_| *request.method() == Method::OPTIONS && has_origin);
    if preflight.is_some() {
        assert!(!ran, "a preflight runs no handler: {}", context());
    }

    // Whoever is granted something is listed by somebody.
    let method = preflight.map_or(request.method().as_str().as_bytes(), HeaderValue::as_bytes);
    let origin_bytes = origin.map(HeaderValue::as_bytes);
    let lists = |plan: &PolicyPlan| plan.any_origin || origin_bytes.is_some_and(|origin| plan.allows(origin));
    // A policy outside of a router that has been finished cannot see the policies inside: it answers preflights, and the
    // handlers then refuse what their own policies refuse.
    let outer = input.default_policy.as_ref().filter(|_| input.is_finished_inside);
    let own = responsible(handlers, request.uri().path(), method);
    let in_charge = if preflight.is_some() { outer.or(own) } else { own };
    let Some(plan) = in_charge else {
        let all = handlers.values().chain(&input.default_policy);
        assert!(!granted || all.into_iter().any(lists), "{}", context());
        return;
    };
    let method_text = std::str::from_utf8(method).unwrap_or_default();
    // A delegate is not asked about what no browser sends.
    let is_asked =
        |plan: &PolicyPlan| plan.handler != HandlerPlan::Delegate || origin.is_some() || !has_origin;
    let is_allowed_by = |plan: &PolicyPlan| is_asked(plan) && lists(plan) && plan.allows_method(method_text);
    let refuses = |plan: &PolicyPlan, is_overruled: bool| {
        let is_websocket =
            request.headers().contains_key(header::UPGRADE) && !(is_asked(plan) && plan.lets_websockets_in());
        !is_allowed_by(plan)
            && is_cross_origin(request, plan.enforcement() == Some(true))
            && (plan.enforcement().is_some() || is_overruled || is_websocket)
    };
    // What a delegate outside has said of another method may have let this one in, as far as browsers ask before.
    let is_kept = |outer: &PolicyPlan| {
        outer.handler == HandlerPlan::Delegate
            && has_origin
            && (outer.allows_method(method_text) || !is_asked(outer))
            && !["GET", "HEAD", "POST"].contains(&method_text)
    };
    let is_refused_outside = preflight.is_none() && outer.is_some_and(|outer| refuses(outer, is_kept(outer)));
    let is_allowed = match preflight {
        None => is_allowed_by(plan),
        // A policy that is not for a method of a route names its methods, and the browser compares, but for those that
        // it sends whatever is named.
        Some(_) => {
            let is_compared = outer.is_some() && !["GET", "HEAD", "POST"].contains(&method_text);
            origin.is_some() && lists(plan) && (plan.allows_method(method_text) || is_compared)
        }
    };
    if preflight.is_some() && outer.is_some() && !METHODS.contains(&method_text) {
        // Whether pages can use it is for others to check.
        assert!(!granted || is_allowed, "{}", context());
        return;
    }
    if has_origin && !is_refused_outside {
        assert_eq!(granted, is_allowed, "{}", context());
        assert_eq!(has_credentials, is_allowed && plan.has_credentials(), "{}", context());
    }
    if preflight.is_some() {
        let status = if is_allowed { StatusCode::NO_CONTENT } else { StatusCode::FORBIDDEN };
        assert_eq!(response.status(), status, "{}", context());
    } else {
        let is_refused = is_refused_outside || refuses(plan, outer.is_some());
        assert_eq!(ran, !is_refused, "{}", context());
        assert_eq!(response.status() == StatusCode::FORBIDDEN, is_refused, "{}", context());
    }
    if plan.handler != HandlerPlan::Delegate && outer.is_none() {
        check_explanation(&plan.build(), request, response, preflight.is_some());
    }
}

/// What is served is what the policy explains, and what it answers without a router.
fn check_explanation(policy: &Policy, request: &Request<()>, response: &Response<Body>, is_preflight: bool) {
    let context = || format!("{policy} {request:?}\n{response:?}\n{}", policy.explain(request));
    let explanation = policy.explain(request);
    let granted = is_granted(response, origin_of(request));
    let has_run = response.headers().contains_key("x-ran");
    match explanation.refusal().map(|refusal| refusal.kind()) {
        Some(RefusalKind::Header | RefusalKind::TooManyHeaders) => {
            assert!(is_preflight && granted, "{}", context())
        }
        Some(RefusalKind::Enforced | RefusalKind::WebSocket) => {
            assert!(!is_preflight && !granted && !has_run, "{}", context());
        }
        Some(_) => assert!(!granted && has_run != is_preflight, "{}", context()),
        None if is_preflight => assert!(granted, "{}", context()),
        None => {
            let is_read = request.headers().contains_key(header::ORIGIN) && is_cross_origin(request, false);
            assert!(has_run && (granted || !is_read), "{}", context());
        }
    }
    let answer = policy.answer_request(request);
    assert_eq!(answer.is_preflight(), is_preflight, "{}", context());
    let status = answer.status();
    assert_eq!(status.is_some(), !has_run, "{}", context());
    assert!(status.is_none_or(|status| status == response.status()), "{}", context());
    let mut headers = HeaderMap::new();
    answer.write(&mut headers);
    for name in [
        "access-control-allow-origin",
        "access-control-allow-credentials",
        "access-control-allow-headers",
        "access-control-expose-headers",
        "access-control-max-age",
        "timing-allow-origin",
        "vary",
    ] {
        assert_eq!(headers.get(name), field(response, name), "{name} {}", context());
    }
}

/// What matters to one who gets a response, whether it was made for them or not.
#[derive(Debug, PartialEq)]
struct View<'a> {
    status: StatusCode,
    has_run: bool,
    granted: Option<(bool, Option<&'a HeaderValue>)>,
}

fn view<'a>(response: &'a Response<Body>, origin: Option<&HeaderValue>) -> View<'a> {
    let is_granted = origin.is_some() && is_granted(response, origin);
    let has_credentials = field(response, "access-control-allow-credentials").is_some();
    let granted = is_granted.then(|| (has_credentials, field(response, "access-control-expose-headers")));
    View { status: response.status(), has_run: response.headers().contains_key("x-ran"), granted }
}

/// A cache that looks at `Vary` gives nobody what another was granted, and withholds nothing.
fn check_caches(
    input: &RequestInput,
    head: &HeadPlan,
    origins: &[Option<HeaderValue>],
    responses: &[Response<Body>],
) {
    // The others are not kept. <https://www.rfc-editor.org/rfc/rfc9110#section-9.2.3>
    let is_cacheable = [Method::GET, Method::HEAD].contains(head.request().method());
    if head.second_origin || !is_cacheable {
        return;
    }
    for response in responses {
        let vary: Vec<_> =
            response.headers().get_all(header::VARY).iter().map(HeaderValue::as_bytes).collect();
        let mut names = vary.iter().flat_map(|line| line.split(|byte| *byte == b',')).map(<[u8]>::trim_ascii);
        if names.any(|name| name == b"*" || name.eq_ignore_ascii_case(b"origin")) {
            continue;
        }
        for (origin, own) in origins.iter().zip(responses) {
            let (cached, own) = (view(response, origin.as_ref()), view(own, origin.as_ref()));
            assert_eq!(cached, own, "{origin:?} gets {response:?}\n{input:#?}");
        }
    }
}

/// No page of an origin that the policy does not list reads anything, and those that it lists do.
fn check_page(input: &RequestInput, handlers: &Handlers, app: &Router, page: &PagePlan) {
    let PagePlan { origin, method, path, headers, with_credentials } = *page;
    let origin = *pick(&ORIGINS[..14], origin);
    if !origin.starts_with("http") || origin.contains("pr-.") {
        return;
    }
    let (method, path) = (*pick(&METHODS[..6], method), *pick(&PATHS[..3], path));
    let names: Vec<&str> = HEADERS
        .iter()
        .enumerate()
        .filter(|(index, _)| headers & 1 << index != 0)
        .map(|(_, name)| *name)
        .collect();
    let url = format!("https://api.example{path}");
    let mut request = Request::builder().method(method).uri(url);
    for name in &names {
        request = request.header(*name, "1");
    }
    let Ok(request) = request.body("") else { return };
    let page = Browser::new().page(origin);
    let credentials = if with_credentials { Credentials::Include } else { Credentials::Omit };
    let outcome = block_on(page.fetch(app, request).credentials(credentials).into_future());
    let plan = responsible(handlers, path, method.as_bytes());
    let is_listed = plan.is_some_and(|plan| plan.allows(origin.as_bytes()) && plan.allows_method(method));
    let is_shared =
        outcome.result.as_ref().is_ok_and(|response| response.response_type == ResponseType::Cors);
    if plan.is_none() {
        let mut all = handlers.values().chain(&input.default_policy);
        assert!(!is_shared || all.any(|plan| plan.allows(origin.as_bytes())), "{outcome:?}\n{input:#?}");
        return;
    }
    let is_overruled = input.is_finished_inside && input.default_policy.is_some();
    let are_headers_listed = names.is_empty() && !is_overruled;
    let are_credentials_listed = !with_credentials || plan.is_some_and(PolicyPlan::has_credentials);
    if is_listed && are_headers_listed && are_credentials_listed {
        assert!(is_shared, "{outcome:?}\n{input:#?}");
    } else if !is_listed || !are_credentials_listed {
        assert!(!is_shared, "{outcome:?}\n{input:#?}");
    }
}
