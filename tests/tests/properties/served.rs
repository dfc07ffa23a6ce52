//! What a served policy has to hold, whatever it is and whoever asks.

use axum::{
    Router,
    body::to_bytes,
    extract::Request,
    http::{HeaderMap, StatusCode},
    middleware::{Next, from_fn},
    routing,
};
use cors_runtime::{
    CorsRouter, Policy, PolicyHandle, any,
    browser::{Browser, Credentials, ResponseType},
    cors, delegate,
};
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt;

use crate::{
    cases::{self, Enforce, HOST, METHODS, PolicyCase, RequestCase},
    naive,
};

/// The ways to serve a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// The handler applies it.
    Handler,
    /// The handler applies it, and a gate answers preflights, because a layer is around the handler.
    Gate,
    /// The policy can be replaced.
    Handle,
    /// The policy is asked for with each request.
    Delegate,
    /// A router applies it to a handler that has none.
    Default,
    /// A layer around a router of axum.
    Layer,
}

impl Way {
    pub const ALL: [Self; 6] =
        [Self::Handler, Self::Gate, Self::Handle, Self::Delegate, Self::Default, Self::Layer];

    pub fn serve(self, policy: &Policy, enforce: Enforce) -> Router {
        let handler = async || "ran";
        let router = CorsRouter::new();
        let router = match self {
            Self::Handler => router.route("/path", any(cors(policy, handler))),
            Self::Gate => {
                let through = from_fn(async |request: Request, next: Next| next.run(request).await);
                router.route("/path", any(cors(policy, handler))).layer(through)
            }
            Self::Handle => {
                // The first one lets everybody read, and is not served.
                let handle = PolicyHandle::new(Policy::builder().any_origin().build().expect("a policy"));
                let router = router.route("/path", any(cors(&handle, handler)));
                handle.store(policy.clone());
                router
            }
            Self::Delegate => {
                let policy = policy.clone();
                let delegate = delegate(move || std::future::ready(policy.clone()));
                // What the delegate's policy says is not known where the delegate is not asked.
                let delegate = match enforce {
                    Enforce::Off => delegate,
                    Enforce::CrossOrigin => delegate.enforce(),
                    Enforce::Strict => delegate.enforce_strict(),
                };
                router.route("/path", any(cors(delegate, handler)))
            }
            Self::Default => {
                router.merge(Router::new().route("/path", routing::any(handler))).default_policy(policy)
            }
            Self::Layer => {
                return Router::new().route("/path", routing::any(handler)).layer(policy.layer());
            }
        };
        router.finish().expect("a router without problems")
    }
}

/// A response, as far as pages and caches are concerned.
#[derive(Clone, Debug)]
pub struct Seen {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub has_run: bool,
}

/// What a page of an origin may do with a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    status: StatusCode,
    has_run: bool,
    is_granted: bool,
    has_credentials: bool,
    exposed: Vec<String>,
    has_timing: bool,
}

impl Seen {
    pub async fn of(app: &Router, request: Request) -> Self {
        let response = app.clone().oneshot(request).await.expect("an infallible service");
        let (head, body) = response.into_parts();
        let body = to_bytes(body, 1_024).await.expect("a body");
        Self { status: head.status, headers: head.headers, has_run: body == "ran" }
    }

    fn lines(&self, name: &str) -> usize {
        self.headers.get_all(name).iter().count()
    }

    /// <https://fetch.spec.whatwg.org/#cors-check>, without credentials
    pub fn is_granted(&self, origin: &[u8]) -> bool {
        self.headers
            .get("access-control-allow-origin")
            .is_some_and(|allowed| allowed == "*" || allowed.as_bytes() == origin)
    }

    /// The same with credentials.
    pub fn has_credentials(&self, origin: &[u8]) -> bool {
        self.headers.get("access-control-allow-origin").is_some_and(|allowed| allowed.as_bytes() == origin)
            && self.headers.get("access-control-allow-credentials").is_some_and(|value| value == "true")
    }

    pub fn varies_by_origin(&self) -> bool {
        naive::elements(&self.headers, "vary").iter().any(|name| name.eq_ignore_ascii_case("origin"))
    }

    /// What a page gets of it that has this origin, wherever the response comes from: perhaps from a cache.
    fn view(&self, origin: &[u8]) -> View {
        let is_granted = self.is_granted(origin);
        let mut exposed = naive::elements(&self.headers, "access-control-expose-headers");
        exposed.retain(|_| is_granted);
        let timing = self.headers.get("timing-allow-origin");
        View {
            status: self.status,
            has_run: self.has_run,
            is_granted,
            has_credentials: self.has_credentials(origin),
            exposed,
            has_timing: timing.is_some_and(|timing| timing == "*" || timing.as_bytes() == origin),
        }
    }

    /// Whether a browser sends the request that it asked about.
    ///
    /// <https://fetch.spec.whatwg.org/#cors-preflight-fetch>
    fn permits(&self, request: &RequestCase, origin: &[u8], credentials: bool) -> bool {
        let check = if credentials { self.has_credentials(origin) } else { self.is_granted(origin) };
        let listed = |field: &str, name: &str, is_wildcard: bool| {
            let listed = naive::elements(&self.headers, field);
            listed.iter().any(|listed| listed == name || is_wildcard && listed == "*")
        };
        let method = request.field("access-control-request-method").expect("a preflight");
        let is_method = matches!(method, "GET" | "HEAD" | "POST")
            || listed("access-control-allow-methods", method, !credentials);
        let has_header = |name: &String| {
            let is_wildcard = !credentials && name != "authorization";
            listed("access-control-allow-headers", name, is_wildcard)
        };
        let requested = naive::elements(request.build().headers(), "access-control-request-headers");
        check && self.status.is_success() && is_method && requested.iter().all(has_header)
    }
}

/// Whether the server can tell that the request comes from a page of its own, or from none.
fn is_own(case: &PolicyCase, request: &RequestCase) -> bool {
    let is_strict = case.enforce == Enforce::Strict;
    match (request.field("sec-fetch-site"), request.origins.as_slice()) {
        (None, []) => true,
        (Some("same-origin" | "none"), []) => true,
        (Some(_), []) => {
            let is_navigation = request.field("sec-fetch-mode") == Some("navigate");
            !is_strict && is_navigation && matches!(request.method, "GET" | "HEAD")
        }
        (_, [_]) if is_strict => false,
        (Some(site), [_]) => matches!(site, "same-origin" | "none"),
        (None, [origin]) => {
            [b"https://api.example".as_slice(), b"http://api.example"].contains(&origin.as_slice())
        }
        (_, _) => false,
    }
}

/// A policy that is served in one of the ways.
pub struct Served<'c> {
    case: &'c PolicyCase,
    policy: Policy,
    way: Way,
    app: Router,
}

impl<'c> Served<'c> {
    /// The policy in each of these ways, or in none if the rules refuse it.
    pub fn in_ways(case: &'c PolicyCase, ways: &[Way]) -> Vec<Self> {
        let Some(policy) = case.build() else { return Vec::new() };
        let serve = |way: &Way| Self {
            case,
            policy: policy.clone(),
            way: *way,
            app: way.serve(&policy, case.enforce),
        };
        ways.iter().map(serve).collect()
    }

    /// Sends a request, also from other origins, and compares what comes back with the words of the documentation; returns
    /// how many requests it was.
    pub async fn check(&self, request: &RequestCase, others: &[Vec<u8>]) -> usize {
        let Self { case, policy, way, app } = self;
        let is_malformed =
            request.origins.len() > 1 || request.origins.iter().any(|origin| origin.len() > 326);
        let has_origins = request.build().headers().get_all("origin").iter().count();
        let is_comparable = others.iter().chain(&request.origins).all(|origin| cases::is_comparable(origin));
        // What is different may be an origin that HTTP does not carry.
        if has_origins != request.origins.len() || !is_comparable {
            return 0;
        }
        if *way == Way::Delegate && is_malformed && case.any_origin {
            // A delegate is not asked about such an origin, which has no answer for the others to be like.
            return 0;
        }
        let explanation = policy.explain(&request.build());
        let seen = Seen::of(app, request.build()).await;
        let context = || format!("{way:?} {case:#?}\n{request:?}\n{seen:#?}\n{explanation}");

        for name in ["access-control-allow-origin", "access-control-allow-credentials", "timing-allow-origin"]
        {
            assert!(seen.lines(name) <= 1, "{name} is there once: {}", context());
        }
        let single = match request.origins.as_slice() {
            [origin] => Some(origin.as_slice()),
            _ => None,
        };
        let is_granted = single.is_some_and(|origin| seen.is_granted(origin));
        if let Some(allowed) = seen.headers.get("access-control-allow-credentials") {
            assert_eq!(allowed, "true", "{}", context());
            assert!(
                case.credentials && single.is_some_and(|origin| seen.has_credentials(origin)),
                "{}",
                context()
            );
        }
        // No grant to whom the policy does not list, and the grant to whom it does.
        let is_listed = single.is_some_and(|origin| case.lists(origin));
        assert!(!is_granted || is_listed, "an unlisted origin is granted: {}", context());
        assert_eq!(
            is_granted && case.credentials,
            single.is_some_and(|origin| seen.has_credentials(origin)),
            "{}",
            context()
        );

        if request.is_preflight() {
            assert!(!seen.has_run, "a preflight runs the handler: {}", context());
            if let Some(origin) = single {
                let permits = seen.permits(request, origin, case.credentials);
                assert_eq!(permits, explanation.is_allowed(), "explained otherwise: {}", context());
                assert!(!permits || is_listed, "{}", context());
            }
        } else {
            let is_websocket = request.field("upgrade").is_some();
            let is_enforced = case.enforce != Enforce::Off || is_websocket && !case.any_origin;
            let is_origin_permitted = is_listed || case.any_origin;
            let is_permitted = is_origin_permitted && case.has_method(request.method);
            // What a delegate says of one method may have let in another one, but for those that its policy leaves out. It is
            // not asked about what no browser sends.
            let is_kept = *way == Way::Delegate
                && !request.origins.is_empty()
                && !matches!(request.method, "GET" | "HEAD" | "POST")
                && (is_malformed || !is_origin_permitted && case.has_method(request.method));
            let is_refused = (is_enforced && !is_permitted || is_kept) && !is_own(case, request);
            assert_eq!(seen.has_run, !is_refused && request.method != "HEAD", "runs, or not: {}", context());
            assert_eq!(seen.status, if is_refused { 403 } else { 200 }, "{}", context());
            if single.is_some() && !is_refused && is_permitted {
                assert!(is_granted, "a listed origin is not granted: {}", context());
            }
            if explanation.is_allowed() {
                let is_foreign = single.is_some() && !is_own(case, request);
                assert!(!is_refused && (is_granted || !is_foreign), "explained otherwise: {}", context());
            } else {
                assert!(is_refused || !is_granted, "explained otherwise: {}", context());
            }
        }

        // What a cache would give to another origin is what that one gets by itself, or else `Vary` keeps them apart.
        for other in others {
            let Ok(value) = http::HeaderValue::from_bytes(other) else { continue };
            let mut from_other = request.build();
            from_other.headers_mut().insert("origin", value);
            let fresh = Seen::of(app, from_other).await;
            for (stored, fresh, origin) in [(&seen, &fresh, Some(other.as_slice())), (&fresh, &seen, single)]
            {
                // Nothing stores the answer to a preflight, and caches do not compare without an origin.
                let Some(origin) = origin.filter(|_| request.method != "OPTIONS") else { continue };
                if !stored.varies_by_origin() {
                    assert_eq!(
                        stored.view(origin),
                        fresh.view(origin),
                        "no `Vary`, for {}: {}\n{fresh:#?}",
                        origin.escape_ascii(),
                        context()
                    );
                }
            }
        }
        1 + others.len()
    }

    /// A page fetches, with each browser: it never reads what the policy does not let its origin read. Returns how many
    /// fetches it was.
    pub async fn browse(&self, origin: &[u8], method: &'static str, headers: &[&'static str]) -> usize {
        let Self { case, way, app, .. } = self;
        let Some(parts) = naive::origin(origin).filter(|_| cases::is_comparable(origin)) else {
            return 0;
        };
        let url = std::str::from_utf8(origin).expect("an origin is ASCII");
        let is_web = matches!(&*parts.scheme, "https" | "http");
        // Letters behind `xn--` may be none that a domain has, and then no page has this origin.
        if !is_web || parts.host == HOST || url::Url::parse(url).is_err() {
            return 0;
        }
        let mut count = 0;
        for browser in [Browser::new(), Browser::chromium(), Browser::firefox(), Browser::webkit()] {
            for credentials in [Credentials::Omit, Credentials::Include] {
                let mut request = http::Request::builder().method(method).uri(format!("https://{HOST}/path"));
                for name in headers.iter().filter(|name| **name != "*") {
                    request = request.header(*name, "application/json");
                }
                count += 1;
                let page = browser.page(url);
                let outcome =
                    page.fetch(app, request.body("").expect("a request")).credentials(credentials).await;
                let is_listed = case.lists(page.origin().as_bytes());
                let is_shared = outcome
                    .result
                    .as_ref()
                    .is_ok_and(|response| response.response_type == ResponseType::Cors);
                let context = || {
                    format!(
                        "{way:?} {method} {headers:?} from {url}, {credentials:?}: {case:#?}\n{outcome:#?}"
                    )
                };
                assert!(!is_shared || is_listed, "shared with an unlisted origin: {}", context());
                assert!(!is_shared || case.has_method(method), "{}", context());
                assert!(!is_shared || credentials == Credentials::Omit || case.credentials, "{}", context());
                if is_listed && credentials == Credentials::Omit && method == "GET" && headers.is_empty() {
                    assert_eq!(is_shared, case.has_method("GET"), "{}", context());
                }
            }
        }
        count
    }
}

/// A method that pages use.
pub fn method(u: &mut arbitrary::Unstructured<'_>) -> arbitrary::Result<&'static str> {
    Ok(u.choose(&METHODS)?)
}

/// Runs a future on this thread. Nothing in it waits for anything outside.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    thread_local! {
        static RUNTIME: Runtime =
            Builder::new_current_thread().enable_time().build().expect("a runtime");
    }
    RUNTIME.with(|runtime| runtime.block_on(future))
}
