//! What a policy costs per request, counted instead of timed: instructions, by valgrind, and allocations.
//!
//! `cargo bench --bench cost` prints the counts, and what each case costs more than the same router without CORS.
//! `cargo bench --bench cost -- --check` fails if that is more than the case's limit. The counts depend on the
//! compiler and on nothing that happens meanwhile, so that a shared machine counts as well as any.
//!
//! Routers are called as `axum::serve` calls them. Counted is everything from the call to the response's end, with the
//! request's own end; not counted is how the request came to be.

use std::{
    alloc::System,
    env,
    hint::black_box,
    pin::pin,
    process::{Command, ExitCode},
    task::{Context, Poll, Waker},
};

use axum::{
    Router,
    body::Body,
    extract::Request,
    response::Response,
    routing::{get, put},
};
use cors_runtime::CorsRouter;
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tower_http::cors::{AllowOrigin, CorsLayer};
use tower_service::Service;

#[path = "cost/handlers.rs"]
mod handlers;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// The origin of the page. Every policy grants it, and lists of origins have it in their middle.
const ORIGIN: &str = "https://shop-500.example";
/// An origin that is granted by `any` alone.
const STRANGER: &str = "https://shop-abc.example";

const WARM_UP: usize = 200;
const REQUESTS: u64 = 1_000;

/// A router and a request to it.
struct Case {
    name: String,
    router: Router,
    request: fn() -> Request,
    /// The status and the `Access-Control-Allow-Origin` of the right answer.
    answer: (StatusCode, Option<&'static str>),
    role: Role,
}

enum Role {
    /// Those that follow are compared with it.
    Baseline,
    /// Another crate, for comparison.
    Other,
    /// This crate, which may cost this more than the baseline.
    Ours(Limit),
}

#[derive(Clone, Copy, PartialEq)]
struct Limit {
    instructions: i64,
    allocations: i64,
}

// What was reached, and about a tenth more. Each further header costs about 200: http's map takes them, from the
// insertion to its end.
const UNIFORM: Limit = Limit { instructions: 300, allocations: 0 };
const WITH_CREDENTIALS: Limit = Limit { instructions: 770, allocations: 0 };
const LIST: Limit = Limit { instructions: 820, allocations: 0 };
const NO_GRANT: Limit = Limit { instructions: 480, allocations: 0 };
const PREFLIGHT: Limit = Limit { instructions: 1_070, allocations: 0 };
const PREFLIGHT_OF_LIST: Limit = Limit { instructions: 1_220, allocations: 0 };
const LAYERED: Limit = Limit { instructions: 1_410, allocations: 0 };
/// How much one length of a list of origins may cost more than another.
const SPREAD: i64 = 100;

const OK: StatusCode = StatusCode::OK;
const GRANTED: (StatusCode, Option<&str>) = (OK, Some(ORIGIN));
const NOT_GRANTED: (StatusCode, Option<&str>) = (OK, None);

fn cases() -> Vec<Case> {
    use Role::{Baseline, Other, Ours};
    use handlers as h;

    // Routers without CORS, with tower-http's and with ours. tower-http costs the same whatever the list of headers.
    let plain = || Router::new().route("/", get(hello));
    let theirs = |origins: AllowOrigin| plain().layer(tower_cors(origins, 20));
    macro_rules! ours {
        ($method:ident $handler:ident) => {
            finish(CorsRouter::new().route("/", cors_runtime::$method(h::$handler)))
        };
    }

    let mut cases = Vec::new();
    let mut case = |name: &str, router: Router, request, answer, role| {
        // As servers are advised to: handlers are then turned into routes once and not for each request.
        let router = router.with_state(());
        cases.push(Case { name: name.to_owned(), router, request, answer, role });
    };

    case("GET, no CORS", plain(), from_page, NOT_GRANTED, Baseline);
    case("tower-http: one origin", theirs(exact()), from_page, GRANTED, Other);
    case("one origin", ours!(get one), from_page, GRANTED, Ours(UNIFORM));
    let with_credentials = plain().layer(tower_cors(exact(), 20).allow_credentials(true));
    case("tower-http: one origin, credentials", with_credentials, from_page, GRANTED, Other);
    case(
        "one origin, credentials",
        ours!(get one_with_credentials),
        from_page,
        GRANTED,
        Ours(WITH_CREDENTIALS),
    );
    case("tower-http: any", theirs(AllowOrigin::any()), from_page, (OK, Some("*")), Other);
    case("any", ours!(get any), from_page, (OK, Some("*")), Ours(UNIFORM));
    for count in [3, 100, 1_000] {
        case(&format!("tower-http: list of {count}"), theirs(list(count)), from_page, GRANTED, Other);
    }
    case("list of 3", ours!(get list_of_3), from_page, GRANTED, Ours(LIST));
    case("list of 100", ours!(get list_of_100), from_page, GRANTED, Ours(LIST));
    case("list of 1000", ours!(get list_of_1000), from_page, GRANTED, Ours(LIST));
    case("tower-http: list of 100, refused", theirs(list(100)), from_stranger, NOT_GRANTED, Other);
    case("list of 100, refused", ours!(get list_of_100), from_stranger, NOT_GRANTED, Ours(NO_GRANT));

    case("GET without Origin, no CORS", plain(), from_nowhere, NOT_GRANTED, Baseline);
    case("tower-http: list of 100", theirs(list(100)), from_nowhere, NOT_GRANTED, Other);
    case("list of 100", ours!(get list_of_100), from_nowhere, NOT_GRANTED, Ours(NO_GRANT));

    let by_hand = Router::new().route("/", put(hello).options(async || StatusCode::NO_CONTENT));
    case("preflight, OPTIONS handler", by_hand, preflight, (StatusCode::NO_CONTENT, None), Baseline);
    for (name, origins) in [("one origin", exact as fn() -> _), ("list of 100", || list(100))] {
        for headers in [2, 20, 100] {
            let router = Router::new().route("/", put(hello)).layer(tower_cors(origins(), headers));
            case(&format!("tower-http: {name}, {headers} headers"), router, preflight, GRANTED, Other);
        }
    }
    for (name, router, limit) in [
        ("one origin, 2 headers", ours!(put one_and_2_headers), PREFLIGHT),
        ("one origin, 20 headers", ours!(put one), PREFLIGHT),
        ("one origin, 100 headers", ours!(put one_and_100_headers), PREFLIGHT),
        ("list of 100, 2 headers", ours!(put list_of_100_and_2_headers), PREFLIGHT_OF_LIST),
        ("list of 100, 20 headers", ours!(put list_of_100), PREFLIGHT_OF_LIST),
        ("list of 100, 100 headers", ours!(put list_of_100_and_100_headers), PREFLIGHT_OF_LIST),
    ] {
        case(name, router, preflight, (StatusCode::NO_CONTENT, Some(ORIGIN)), Ours(limit));
    }

    // A layer that does nothing: what counts is that there is one, for then policies need a layer, too.
    let layer = tower_layer::Identity::new;
    let layered = || plain().layer(layer());
    case("GET through a layer, no CORS", layered(), from_page, NOT_GRANTED, Baseline);
    for (name, origins) in [("tower-http: one origin", exact()), ("tower-http: list of 100", list(100))] {
        case(name, layered().layer(tower_cors(origins, 20)), from_page, GRANTED, Other);
    }
    let layered_one = CorsRouter::new().route("/", cors_runtime::get(h::one)).layer(layer());
    case("one origin", finish(layered_one), from_page, GRANTED, Ours(LAYERED));
    let layered_list = CorsRouter::new().route("/", cors_runtime::get(h::list_of_100)).layer(layer());
    case("list of 100", finish(layered_list), from_page, GRANTED, Ours(LAYERED));

    cases
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

fn from_page() -> Request {
    request(Method::GET, &[(header::ORIGIN, ORIGIN)])
}

fn from_stranger() -> Request {
    request(Method::GET, &[(header::ORIGIN, STRANGER)])
}

fn from_nowhere() -> Request {
    request(Method::GET, &[])
}

fn preflight() -> Request {
    let headers = [
        (header::ORIGIN, ORIGIN),
        (header::ACCESS_CONTROL_REQUEST_METHOD, "PUT"),
        (header::ACCESS_CONTROL_REQUEST_HEADERS, "authorization,content-type"),
    ];
    request(Method::OPTIONS, &headers)
}

fn request(method: Method, headers: &[(HeaderName, &'static str)]) -> Request {
    let mut request = Request::new(Body::empty());
    *request.method_mut() = method;
    for (name, value) in [(header::HOST, "api.example"), (header::ACCEPT, "*/*")].iter().chain(headers) {
        request.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    request
}

/// The response to a request. Nothing here ever waits.
fn respond(router: &mut Router, request: Request) -> Response {
    let future = pin!(router.call(request));
    match future.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(response)) => response,
        Poll::Pending => panic!("a handler that waits"),
    }
}

/// What is counted. Valgrind knows it by its name.
#[inline(never)]
fn counted(router: &mut Router, request: Request) {
    let response = respond(router, request);
    black_box((response.status(), response.headers()));
}

impl Case {
    /// Makes sure that the answer is right, and that what happens once has happened.
    fn warm_up(&mut self) {
        for _ in 0..WARM_UP {
            let response = respond(&mut self.router, (self.request)());
            let grant = response.headers().get(header::ACCESS_CONTROL_ALLOW_ORIGIN);
            let answer = (response.status(), grant.map(|grant| grant.to_str().expect("an origin")));
            assert_eq!(answer, self.answer, "{}", self.name);
        }
    }

    fn allocations(&mut self) -> i64 {
        self.warm_up();
        let request = (self.request)();
        let region = Region::new(ALLOCATOR);
        counted(&mut self.router, request);
        let change = region.change();
        (change.allocations + change.reallocations) as i64
    }
}

/// The instructions of a request of the case with this index, counted in this very program under valgrind.
fn instructions(index: usize) -> i64 {
    let program = env::current_exe().expect("the path of this program");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--toggle-collect=cost::counted"])
        .arg(program)
        .args([SERVE, &index.to_string()])
        .output()
        .expect("valgrind");
    let log = String::from_utf8_lossy(&output.stderr);
    let total = log.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse::<u64>().ok());
    match total {
        Some(total) if output.status.success() && total > 0 => (total / REQUESTS) as i64,
        _ => panic!("valgrind counted nothing:\n{log}"),
    }
}

/// The argument by which this program runs itself under valgrind: serve the case of this index.
const SERVE: &str = "--serve";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let mut cases = cases();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [SERVE, index] => {
            let case = &mut cases[index.parse::<usize>().expect("an index")];
            case.warm_up();
            for _ in 0..REQUESTS {
                counted(&mut case.router, (case.request)());
            }
            ExitCode::SUCCESS
        }
        // `cargo test` asks for no more than that it works.
        ref flags if !flags.contains(&"--bench") => {
            cases.iter_mut().for_each(Case::warm_up);
            ExitCode::SUCCESS
        }
        ref flags => {
            let met = report(&mut cases);
            if met || !flags.contains(&"--check") { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
    }
}

/// Prints the table, and says whether all limits are kept.
fn report(cases: &mut [Case]) -> bool {
    let valgrind = Command::new("valgrind").arg("--version").output().is_ok();
    if !valgrind {
        println!("valgrind is not installed: only allocations are counted");
    }
    print_row(["per request", "instructions", "more", "allocations", "more", "limit", ""]);
    let mut met = true;
    let mut baseline = (None, 0);
    let mut lists = Vec::new();
    for (index, case) in cases.iter_mut().enumerate() {
        let allocations = case.allocations();
        let instructions = valgrind.then(|| instructions(index));
        if let Role::Baseline = case.role {
            baseline = (instructions, allocations);
            println!();
            print_row([&case.name, &or_dash(instructions), "", &allocations.to_string(), "", "", ""]);
            continue;
        }
        let more = instructions.zip(baseline.0).map(|(count, baseline)| count - baseline);
        let more_allocations = allocations - baseline.1;
        let (limit, verdict) = match case.role {
            Role::Ours(limit) => {
                let within = more.is_none_or(|more| more <= limit.instructions)
                    && more_allocations <= limit.allocations;
                met &= within;
                if limit == LIST {
                    lists.extend(instructions);
                }
                (format!("+{} / {}", limit.instructions, limit.allocations), verdict(within))
            }
            _ => Default::default(),
        };
        print_row([
            &case.name,
            &or_dash(instructions),
            &or_dash(more.map(|more| format!("{more:+}"))),
            &allocations.to_string(),
            &format!("{more_allocations:+}"),
            &limit,
            verdict,
        ]);
    }
    if let (Some(least), Some(most)) = (lists.iter().min(), lists.iter().max()) {
        let spread = most - least;
        met &= spread < SPREAD;
        println!(
            "\nspread between lists of 3 and 1000: {spread}, limit {SPREAD}: {}",
            verdict(spread < SPREAD)
        );
    }
    met
}

fn print_row([name, instructions, more, allocations, more_allocations, limit, verdict]: [&str; 7]) {
    let row = format!(
        "{name:<36} {instructions:>12} {more:>7} {allocations:>12} {more_allocations:>5}   {limit:<10} {verdict}"
    );
    println!("{}", row.trim_end());
}

fn or_dash(count: Option<impl ToString>) -> String {
    count.map_or_else(|| "-".to_owned(), |count| count.to_string())
}

fn verdict(within: bool) -> &'static str {
    if within { "ok" } else { "over" }
}
