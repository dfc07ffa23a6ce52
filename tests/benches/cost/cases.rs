//! What is counted: routers without CORS, with tower-http's and with ours, and what they may cost.

use std::{cell::LazyCell, sync::Arc};

use axum::{
    Router,
    extract::{Request, State},
    middleware::{self, Next},
    response::Response,
    routing::{get, put},
};
use cors_runtime::{CorsRouter, Policy, PolicyHandle, cors, policy};
use http::{HeaderValue, Method, StatusCode, header};
use tower_http::{
    cors::{AllowOrigin, CorsLayer},
    trace::TraceLayer,
};

use crate::{
    handlers as h,
    requests::{
        ORIGIN, from_nowhere, from_page, from_stranger, preflight, preflight_from_stranger,
        preflight_of_4_kib_of_names, preflight_of_20_names, preflight_of_one_name,
    },
};

pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) work: Work,
    pub(crate) role: Role,
    /// Whether a subscriber of `tracing` listens.
    pub(crate) listens: bool,
}

pub(crate) enum Work {
    /// Answering one request.
    Serve {
        /// Made when it is counted, so that one router is in the process, as in most servers.
        router: LazyCell<Router, Box<dyn FnOnce() -> Router>>,
        request: fn() -> Request,
        /// The status and the `Access-Control-Allow-Origin` of the right answer.
        answer: Answer,
    },
    /// Putting together a router of [`ROUTES`] routes, counted for one of them.
    SetUp(fn() -> Router),
}

/// How many routes a router has whose making is counted.
pub(crate) const ROUTES: usize = 10_000;

type Answer = (StatusCode, Option<&'static str>);

pub(crate) enum Role {
    /// Those that follow are compared with it.
    Baseline,
    /// Another crate, for comparison.
    Other,
    /// This crate, which may cost this more than the baseline.
    Ours(Limit),
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) struct Limit {
    pub(crate) instructions: i64,
    /// Allocations of a request, or bytes of a route.
    pub(crate) space: i64,
}

// What was reached, and up to a tenth more; 100 instructions at the least, for a change elsewhere that has the compiler inline
// something else costs up to 40. Each further header costs about 200: http's map takes them, from the insertion to its end.
// So do the response's notes of who has decided, about 680 and three allocations.
impl Limit {
    const fn new(instructions: i64, space: i64) -> Limit {
        Limit { instructions, space }
    }

    const UNIFORM: Limit = Limit::new(2_060, 4);
    const WITH_CREDENTIALS: Limit = Limit::new(2_520, 4);
    pub(crate) const LIST: Limit = Limit::new(2_550, 4);
    /// How much one length of a list of origins may cost more than another. Usually it is nothing. The keys of indexes are
    /// random, and each origin that is in the place of another takes 49 instructions more to be found.
    pub(crate) const SPREAD: i64 = 160;
    const NO_GRANT: Limit = Limit::new(2_260, 4);
}

const OK: StatusCode = StatusCode::OK;
const GRANTED: Answer = (OK, Some(ORIGIN));
const NOT_GRANTED: Answer = (OK, None);
const PREFLIGHT: Answer = (StatusCode::NO_CONTENT, Some(ORIGIN));
/// What an `OPTIONS` handler answers.
const NO_CONTENT: Answer = (StatusCode::NO_CONTENT, None);

static ONE: Policy = policy! { origins = ["https://shop-500.example"], methods = ["PUT"], headers = ["authorization", "content-type"] };
static LIST: Policy = policy! {
    origins = ["https://shop-499.example", "https://shop-500.example", "https://shop-501.example"],
    methods = ["PUT"],
    headers = ["authorization", "content-type"],
};

/// Puts cases together.
struct Cases(Vec<Case>);

impl Cases {
    fn serve(
        &mut self,
        name: &str,
        router: impl FnOnce() -> Router + 'static,
        request: fn() -> Request,
        answer: Answer,
        role: Role,
    ) {
        // As servers are advised to: handlers are then turned into routes once and not for each request.
        let router = LazyCell::new(Box::new(|| router().with_state(())) as Box<dyn FnOnce() -> Router>);
        let work = Work::Serve { router, request, answer };
        self.0.push(Case { name: name.to_owned(), work, role, listens: false });
    }

    fn baseline(
        &mut self,
        name: &str,
        router: impl FnOnce() -> Router + 'static,
        request: fn() -> Request,
        answer: Answer,
    ) {
        self.serve(name, router, request, answer, Role::Baseline);
    }

    fn other(
        &mut self,
        name: &str,
        router: impl FnOnce() -> Router + 'static,
        request: fn() -> Request,
        answer: Answer,
    ) {
        self.serve(&format!("tower-http: {name}"), router, request, answer, Role::Other);
    }

    fn ours(
        &mut self,
        name: &str,
        router: impl FnOnce() -> Router + 'static,
        request: fn() -> Request,
        answer: Answer,
        limit: Limit,
    ) {
        self.serve(name, router, request, answer, Role::Ours(limit));
    }

    /// The last case, while a subscriber listens.
    fn listening(&mut self) {
        self.0.last_mut().expect("a case").listens = true;
    }
}

/// The route of one of the handlers, in a router of its own.
macro_rules! route {
    ($method:ident $handler:ident) => {
        CorsRouter::new().route("/", cors_runtime::$method(h::$handler))
    };
}

pub(crate) fn all() -> Vec<Case> {
    let mut cases = Cases(Vec::new());
    requests(&mut cases);
    preflights(&mut cases);
    layers(&mut cases);
    defaults(&mut cases);
    handles(&mut cases);
    usual_servers(&mut cases);
    listeners(&mut cases);
    set_up(&mut cases);
    cases.0
}

fn plain() -> Router {
    Router::new().route("/", get(hello))
}

fn plain_put() -> Router {
    Router::new().route("/", put(hello))
}

/// What one writes without CORS.
fn with_options_handler() -> Router {
    Router::new().route("/", put(hello).options(async || StatusCode::NO_CONTENT))
}

fn requests(cases: &mut Cases) {
    let theirs = |origins: AllowOrigin| plain().layer(tower_cors(origins, 20));

    cases.baseline("GET, no CORS", plain, from_page, NOT_GRANTED);
    cases.other("one origin", move || theirs(exact()), from_page, GRANTED);
    cases.ours("one origin", move || finish(route!(get one)), from_page, GRANTED, Limit::UNIFORM);
    let with_credentials = || plain().layer(tower_cors(exact(), 20).allow_credentials(true));
    cases.other("one origin, credentials", with_credentials, from_page, GRANTED);
    let with_credentials = || finish(route!(get one_with_credentials));
    cases.ours("one origin, credentials", with_credentials, from_page, GRANTED, Limit::WITH_CREDENTIALS);
    cases.other("any", move || theirs(AllowOrigin::any()), from_page, (OK, Some("*")));
    cases.ours("any", move || finish(route!(get any)), from_page, (OK, Some("*")), Limit::UNIFORM);
    for count in [3, 100, 1_000] {
        cases.other(&format!("list of {count}"), move || theirs(list(count)), from_page, GRANTED);
    }
    cases.ours("list of 3", move || finish(route!(get list_of_3)), from_page, GRANTED, Limit::LIST);
    cases.ours("list of 100", move || finish(route!(get list_of_100)), from_page, GRANTED, Limit::LIST);
    cases.ours("list of 1000", move || finish(route!(get list_of_1000)), from_page, GRANTED, Limit::LIST);
    cases.other("list of 100, refused", move || theirs(list(100)), from_stranger, NOT_GRANTED);
    let list_of_100 = || finish(route!(get list_of_100));
    cases.ours("list of 100, refused", list_of_100, from_stranger, NOT_GRANTED, Limit::NO_GRANT);

    cases.baseline("GET without Origin, no CORS", plain, from_nowhere, NOT_GRANTED);
    cases.other("list of 100", move || theirs(list(100)), from_nowhere, NOT_GRANTED);
    cases.ours("list of 100", list_of_100, from_nowhere, NOT_GRANTED, Limit::NO_GRANT);
}

fn preflights(cases: &mut Cases) {
    cases.baseline("preflight, OPTIONS handler", with_options_handler, preflight, NO_CONTENT);
    // tower-http costs the same whatever the list of headers.
    for (name, origins) in [("one origin", exact as fn() -> _), ("list of 100", || list(100))] {
        for headers in [2, 20, 100] {
            let router = move || plain_put().layer(tower_cors(origins(), headers));
            cases.other(&format!("{name}, {headers} headers"), router, preflight, GRANTED);
        }
    }
    const ALLOWED: Limit = Limit::new(1_730, 0);
    let routers: [(_, fn() -> CorsRouter); 6] = [
        ("one origin, 2 headers", || route!(put one_and_2_headers)),
        ("one origin, 20 headers", || route!(put one)),
        ("one origin, 100 headers", || route!(put one_and_100_headers)),
        ("list of 100, 2 headers", || route!(put list_of_100_and_2_headers)),
        ("list of 100, 20 headers", || route!(put list_of_100)),
        ("list of 100, 100 headers", || route!(put list_of_100_and_100_headers)),
    ];
    for (name, router) in routers {
        cases.ours(name, move || finish(router()), preflight, PREFLIGHT, ALLOWED);
    }
    let theirs = || plain_put().layer(tower_cors(list(100), 20));
    cases.other("list of 100, refused", theirs, preflight_from_stranger, NOT_GRANTED);
    let ours = || finish(route!(put list_of_100));
    cases.ours(
        "list of 100, refused",
        ours,
        preflight_from_stranger,
        (StatusCode::FORBIDDEN, None),
        Limit::new(1_330, 0),
    );
}

/// A layer that does nothing: what counts is that there is one, for then policies need a layer, too.
fn layers(cases: &mut Cases) {
    let layer = tower_layer::Identity::new;
    let layered = move || plain().layer(layer());
    cases.baseline("GET through a layer, no CORS", layered, from_page, NOT_GRANTED);
    for (name, origins) in [("one origin", exact as fn() -> _), ("list of 100", || list(100))] {
        cases.other(name, move || layered().layer(tower_cors(origins(), 20)), from_page, GRANTED);
    }
    cases.ours(
        "one origin",
        move || finish(route!(get one).layer(layer())),
        from_page,
        GRANTED,
        Limit::new(3_880, 5),
    );
    cases.ours(
        "list of 100",
        move || finish(route!(get list_of_100).layer(layer())),
        from_page,
        GRANTED,
        Limit::new(4_870, 5),
    );
}

/// Routes of axum's own, whose policy is that of the router.
fn defaults(cases: &mut Cases) {
    let ours = |policy: &'static Policy, router| finish(CorsRouter::from(router).default_policy(policy));
    cases.baseline("GET, no CORS", plain, from_page, NOT_GRANTED);
    cases.other("one origin", move || plain().layer(tower_cors(exact(), 2)), from_page, GRANTED);
    cases.other("list of 3", move || plain().layer(tower_cors(list(3), 2)), from_page, GRANTED);
    // `methods` of these say PUT.
    static ONE_GET: Policy = policy! { origins = ["https://shop-500.example"] };
    static LIST_GET: Policy = policy! { origins = ["https://shop-499.example", "https://shop-500.example", "https://shop-501.example"] };
    cases.ours(
        "From<Router>, default of one origin",
        move || ours(&ONE_GET, plain()),
        from_page,
        GRANTED,
        Limit::new(3_940, 6),
    );
    cases.ours(
        "From<Router>, default of a list",
        move || ours(&LIST_GET, plain()),
        from_page,
        GRANTED,
        Limit::new(4_440, 6),
    );

    cases.baseline("preflight, OPTIONS handler", with_options_handler, preflight, NO_CONTENT);
    cases.other("one origin", move || plain_put().layer(tower_cors(exact(), 2)), preflight, GRANTED);
    cases.ours(
        "From<Router>, default of one origin",
        move || ours(&ONE, plain_put()),
        preflight,
        PREFLIGHT,
        Limit::new(3_650, 2),
    );
}

/// Policies that can be replaced.
fn handles(cases: &mut Cases) {
    let handle = || PolicyHandle::new(LIST.clone());
    cases.baseline("GET, no CORS", plain, from_page, NOT_GRANTED);
    let ours = || {
        let builder = Policy::builder().origins(["https://shop-500.example", "https://shop-501.example"]);
        let policy = PolicyHandle::new(builder.build().expect("a policy"));
        CorsRouter::new().route("/", cors_runtime::get(cors(policy, hello)))
    };
    cases.ours("PolicyHandle, a list", move || finish(ours()), from_page, GRANTED, Limit::new(3_380, 5));
    cases.baseline("preflight, OPTIONS handler", with_options_handler, preflight, NO_CONTENT);
    cases.other("list of 3", move || plain_put().layer(tower_cors(list(3), 2)), preflight, GRANTED);
    let ours = move || CorsRouter::new().route("/", cors_runtime::put(cors(handle(), hello)));
    cases.ours("PolicyHandle, a list", move || finish(ours()), preflight, PREFLIGHT, Limit::new(2_230, 0));
}

/// A state, two layers and a subscriber: what most servers have.
fn usual_servers(cases: &mut Cases) {
    #[derive(Clone)]
    struct App {
        greeting: Arc<str>,
    }

    async fn greet(State(app): State<App>) -> String {
        app.greeting.to_string()
    }

    async fn with_id(request: Request, next: Next) -> Response {
        let mut response = next.run(request).await;
        response.headers_mut().insert("x-request-id", HeaderValue::from_static("1"));
        response
    }

    // As in the handlers without a state.
    #[cors_runtime::cors(origins = ["https://shop-500.example"], headers = ["authorization", "content-type"])]
    async fn greet_one(State(app): State<App>) -> String {
        app.greeting.to_string()
    }

    #[cors_runtime::cors(
        origins = ["https://shop-499.example", "https://shop-500.example", "https://shop-501.example"],
        headers = ["authorization", "content-type"],
        credentials
    )]
    async fn greet_list(State(app): State<App>) -> String {
        app.greeting.to_string()
    }

    let app = || App { greeting: "hello".into() };
    let without = || {
        let options = async || StatusCode::NO_CONTENT;
        let routes = Router::new().route("/", get(greet).put(greet).options(options));
        routes.layer(middleware::from_fn(with_id)).layer(TraceLayer::new_for_http())
    };
    let one = || CorsRouter::new().route("/", cors_runtime::get(greet_one).put(greet_one));
    let of_list = || CorsRouter::new().route("/", cors_runtime::get(greet_list).put(greet_list));
    let ours = move |routes: CorsRouter<App>| {
        let layered = routes.layer(middleware::from_fn(with_id)).layer(TraceLayer::new_for_http());
        layered.with_state(app()).finish().expect("a router that can be set up")
    };

    cases.baseline("usual server: GET, no CORS", move || without().with_state(app()), from_page, NOT_GRANTED);
    cases.listening();
    let theirs = move |cors: CorsLayer| without().layer(cors).with_state(app());
    cases.other("one origin", move || theirs(tower_cors(exact(), 2)), from_page, GRANTED);
    cases.listening();
    cases.other(
        "list of 3, credentials",
        move || theirs(tower_cors(list(3), 2).allow_credentials(true)),
        from_page,
        GRANTED,
    );
    cases.listening();
    cases.ours("one origin", move || ours(one()), from_page, GRANTED, Limit::new(5_150, 3));
    cases.listening();
    cases.ours("list of 3, credentials", move || ours(of_list()), from_page, GRANTED, Limit::new(5_880, 3));
    cases.listening();

    cases.baseline(
        "usual server: preflight, OPTIONS handler",
        move || without().with_state(app()),
        preflight,
        NO_CONTENT,
    );
    cases.listening();
    cases.other("one origin", move || theirs(tower_cors(exact(), 2)), preflight, GRANTED);
    cases.listening();
    cases.other(
        "list of 3, credentials",
        move || theirs(tower_cors(list(3), 2).allow_credentials(true)),
        preflight,
        GRANTED,
    );
    cases.listening();
    cases.ours("one origin", move || ours(one()), preflight, PREFLIGHT, Limit::new(-2_900, -14));
    cases.listening();
    cases.ours(
        "list of 3, credentials",
        move || ours(of_list()),
        preflight,
        PREFLIGHT,
        Limit::new(-2_750, -14),
    );
    cases.listening();
}

/// What it costs an allowed preflight that a subscriber listens, over the same without.
fn listeners(cases: &mut Cases) {
    let ours = || finish(route!(put list_of_100));
    for (names, request, limit) in [
        ("1 name", preflight_of_one_name as fn() -> Request, 500),
        ("20 names", preflight_of_20_names, 2_450),
        ("4 KiB of names", preflight_of_4_kib_of_names, 11_500),
    ] {
        cases.baseline(&format!("preflight of {names}"), ours, request, PREFLIGHT);
        cases.ours("with a subscriber", ours, request, PREFLIGHT, Limit::new(limit, 0));
        cases.listening();
    }
}

fn set_up(cases: &mut Cases) {
    fn paths() -> impl Iterator<Item = String> {
        (0..ROUTES).map(|number| format!("/group-{}/route-{number}/{{id}}", number / 100))
    }

    fn without() -> Router {
        paths().fold(Router::new(), |router, path| router.route(&path, get(hello))).with_state(())
    }

    fn theirs() -> Router {
        let routes = paths().fold(Router::new(), |router, path| router.route(&path, get(hello)));
        routes.layer(tower_cors(exact(), 20)).with_state(())
    }

    fn ours() -> Router {
        finish(paths().fold(CorsRouter::new(), |router, path| router.route(&path, cors_runtime::get(h::one))))
    }

    let mut case = |name: &str, work, role| {
        cases.0.push(Case { name: name.to_owned(), work: Work::SetUp(work), role, listens: false });
    };
    case("setting up a route, bytes; no CORS", without, Role::Baseline);
    case("tower-http", theirs, Role::Other);
    case("one origin", ours, Role::Ours(Limit::new(25_500, 1_400)));
}

async fn hello() -> &'static str {
    "hello"
}

fn finish(router: CorsRouter) -> Router {
    router.finish().expect("a router that can be set up")
}

fn exact() -> AllowOrigin {
    AllowOrigin::exact(HeaderValue::from_static(ORIGIN))
}

/// The origins of `handlers`.
fn list(count: usize) -> AllowOrigin {
    let first = 500 - count / 2;
    let origin = |number| format!("https://shop-{number:03}.example").parse::<HeaderValue>();
    AllowOrigin::list((first..first + count).map(|number| origin(number).expect("an origin")))
}

/// With as many headers as the policies in `handlers`, which tower-http joins once for all requests.
fn tower_cors(origins: AllowOrigin, headers: usize) -> CorsLayer {
    let names = (2..headers).map(|number| format!("x-field-{number:02}").parse().expect("a header name"));
    CorsLayer::new().allow_origin(origins).allow_methods([Method::GET, Method::PUT]).allow_headers(
        [header::AUTHORIZATION, header::CONTENT_TYPE].into_iter().chain(names).collect::<Vec<_>>(),
    )
}
