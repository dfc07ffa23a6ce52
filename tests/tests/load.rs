//! A shop under load, with everything that goes wrong on a network and in a service: no request is lost, each answer is one
//! of those that the policies in force allow, header by header, and memory does not grow.
//!
//! Clients speak HTTP/1.1 and HTTP/2, and half of their requests are preflights. Meanwhile others send and read byte by byte
//! or hang up in the middle, handlers, delegates and origin functions panic, and policies are replaced.
//!
//! It takes some seconds. `LOAD_SECONDS` is for longer, and `--nocapture` shows the figures:
//!
//! ```text
//! LOAD_SECONDS=120 cargo test --release -p cors-tests --test load -- --nocapture
//! ```

use std::{
    alloc::System,
    env, fs,
    net::SocketAddr,
    panic,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use axum::{
    Json, Router,
    body::{Body, to_bytes},
    extract::Path,
    http::{Request, Response, StatusCode, Uri},
    response::IntoResponse,
    serve::ListenerExt,
};
use cors_runtime::{CorsRouter, Policy, PolicyHandle, RequestOrigin, cors, get, policy, post};
use cors_tests::{as_text, from_message, to_message, to_request};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::{sleep, timeout},
};
use tower_http::catch_panic::CatchPanicLayer;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// What handlers, delegates and functions say that panic as they are meant to.
const PANIC: &str = "a panic, on purpose";

#[cors(origins = any)]
async fn list() -> &'static str {
    "list"
}

/// The policy that is replaced all the time.
static SHOP: PolicyHandle = PolicyHandle::new(policy! { none });

#[cors(policy = SHOP)]
async fn show(Path(id): Path<u64>) -> String {
    id.to_string()
}

#[cors(policy = SHOP)]
async fn update(Path(id): Path<u64>, Json(name): Json<String>) -> String {
    format!("{id} {name}")
}

#[cors(origins = ["https://shop.example", "https://partner.example"], enforce)]
async fn upload(text: String) -> (StatusCode, String) {
    (StatusCode::CREATED, text.len().to_string())
}

#[cors(origins = ["https://shop.example"])]
async fn fail() {
    panic!("{PANIC}");
}

#[cors(delegate = by_tenant)]
async fn stock() -> &'static str {
    "stock"
}

async fn by_tenant(origin: RequestOrigin) -> Option<Policy> {
    match origin.as_str()? {
        "https://panic.example" => panic!("{PANIC}"),
        "https://slow.example" => sleep(Duration::from_millis(2)).await,
        _ => tokio::task::yield_now().await,
    }
    Some(policy! { origins = ["https://shop.example", "https://slow.example"] })
}

#[cors(origins = when(is_partner))]
async fn prices() -> &'static str {
    "prices"
}

fn is_partner(origin: &cors_runtime::Origin<'_>) -> bool {
    assert_ne!(origin.host(), "panic.example", "{PANIC}");
    origin.host() == "partner.example"
}

fn app() -> Router {
    CorsRouter::new()
        .route("/products", get(list))
        .route("/products/{id}", get(show).put(update))
        .route("/uploads", post(upload))
        .route("/fail", get(fail))
        .layer(CatchPanicLayer::custom(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response()))
        .route("/stock", get(stock))
        .route("/prices", get(prices))
        .finish()
        .expect("a router")
}

/// The two policies that the shop has in turns. No answer may have something of each.
fn policies() -> [Policy; 2] {
    let one = Policy::builder().origins(["https://shop.example"]).headers(["content-type"]).credentials();
    let two = Policy::builder().origins(["https://shop.example", "https://partner.example"]);
    let two = two.headers(["content-type", "x-reason"]);
    [one.max_age(600), two.max_age(60)].map(|policy| policy.build().expect("a policy"))
}

/// A request, and the answers that are right: under the first and under the second policy of the shop, or just one.
struct Exchange {
    request: &'static str,
    answers: &'static [&'static str],
}

/// Preflights and others by turns.
const EXCHANGES: &[Exchange] = &[
    Exchange {
        request: "OPTIONS /products\norigin: https://whoever.example\naccess-control-request-method: GET",
        answers: &["204
            access-control-allow-methods: GET, HEAD
            access-control-allow-origin: *
            vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers"],
    },
    Exchange {
        request: "GET /products\norigin: https://whoever.example",
        answers: &["200
            access-control-allow-origin: *
            content-type: text/plain; charset=utf-8"],
    },
    Exchange {
        request: "OPTIONS /products/5\norigin: https://shop.example\naccess-control-request-method: PUT
            access-control-request-headers: content-type",
        answers: &[
            "204
            access-control-allow-credentials: true
            access-control-allow-headers: content-type
            access-control-allow-methods: GET, HEAD, PUT
            access-control-allow-origin: https://shop.example
            access-control-max-age: 600
            vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
            "204
            access-control-allow-headers: content-type, x-reason
            access-control-allow-methods: GET, HEAD, PUT
            access-control-allow-origin: https://shop.example
            access-control-max-age: 60
            vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
        ],
    },
    Exchange {
        request: "GET /products/5\norigin: https://shop.example",
        answers: &[
            "200
            access-control-allow-credentials: true
            access-control-allow-origin: https://shop.example
            content-type: text/plain; charset=utf-8",
            "200
            access-control-allow-origin: https://shop.example
            content-type: text/plain; charset=utf-8
            vary: Origin",
        ],
    },
    Exchange {
        request: "OPTIONS /products/5\norigin: https://partner.example\naccess-control-request-method: PUT",
        answers: &[
            "403
            access-control-allow-origin: https://shop.example
            vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
            "204
            access-control-allow-headers: content-type, x-reason
            access-control-allow-methods: GET, HEAD, PUT
            access-control-allow-origin: https://partner.example
            access-control-max-age: 60
            vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
        ],
    },
    Exchange {
        request: "PUT /products/5\norigin: https://partner.example\ncontent-type: application/json\n\n\"tea\"",
        answers: &[
            "200
            access-control-allow-origin: https://shop.example
            content-type: text/plain; charset=utf-8
            vary: Origin",
            "200
            access-control-allow-origin: https://partner.example
            content-type: text/plain; charset=utf-8
            vary: Origin",
        ],
    },
    Exchange {
        request: "OPTIONS /products/5\norigin: https://evil.example\naccess-control-request-method: PUT",
        answers: &[
            "403
            access-control-allow-origin: https://shop.example
            vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
            "403
            vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
        ],
    },
    Exchange {
        request: "POST /uploads\norigin: https://evil.example\nsec-fetch-site: cross-site\n\ntext",
        answers: &["403
            vary: Origin, Sec-Fetch-Site"],
    },
    Exchange {
        request: "OPTIONS /uploads\norigin: https://shop.example\naccess-control-request-method: POST",
        answers: &["204
            access-control-allow-methods: POST
            access-control-allow-origin: https://shop.example
            vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers"],
    },
    Exchange {
        request: "POST /uploads\norigin: https://shop.example\nsec-fetch-site: cross-site\n\ntext",
        answers: &["201
            access-control-allow-origin: https://shop.example
            content-type: text/plain; charset=utf-8
            vary: Origin"],
    },
    Exchange {
        request: "OPTIONS /stock\norigin: https://panic.example\naccess-control-request-method: GET",
        answers: &["403
            vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers"],
    },
    Exchange {
        request: "GET /stock\norigin: https://panic.example",
        answers: &["200
            content-type: text/plain; charset=utf-8
            vary: Origin"],
    },
    Exchange {
        request: "OPTIONS /stock\norigin: https://slow.example\naccess-control-request-method: GET",
        answers: &["204
            access-control-allow-methods: GET, HEAD
            access-control-allow-origin: https://slow.example
            vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers"],
    },
    Exchange {
        request: "GET /stock\norigin: https://shop.example",
        answers: &["200
            access-control-allow-origin: https://shop.example
            content-type: text/plain; charset=utf-8
            vary: Origin"],
    },
    Exchange {
        request: "OPTIONS /prices\norigin: https://panic.example\naccess-control-request-method: GET",
        answers: &["403
            vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers"],
    },
    Exchange {
        request: "GET /prices\norigin: https://panic.example",
        answers: &["200
            content-type: text/plain; charset=utf-8
            vary: Origin"],
    },
    Exchange {
        request: "OPTIONS /fail\norigin: https://shop.example\naccess-control-request-method: GET",
        answers: &["204
            access-control-allow-methods: GET, HEAD
            access-control-allow-origin: https://shop.example
            vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers"],
    },
    Exchange {
        request: "GET /fail\norigin: https://shop.example",
        answers: &["500
            access-control-allow-origin: https://shop.example"],
    },
];

impl Exchange {
    fn check(&self, answer: &str, seen: &Seen) {
        let lines = |text: &str| text.lines().map(|line| line.trim().to_owned()).collect::<Vec<_>>();
        let found = lines(answer);
        let index = self.answers.iter().position(|right| lines(right) == found);
        let index = index.unwrap_or_else(|| panic!("{}\nis answered by\n{answer}", self.request));
        seen.answered.fetch_add(1, Relaxed);
        if self.request.starts_with("OPTIONS") {
            seen.preflights.fetch_add(1, Relaxed);
        }
        if self.answers.len() > 1 {
            seen.policies[index].fetch_add(1, Relaxed);
        }
    }
}

/// What came to be.
#[derive(Default)]
struct Seen {
    answered: AtomicU64,
    preflights: AtomicU64,
    /// Answers by each policy of the shop, apart from those that look the same.
    policies: [AtomicU64; 2],
    slow: AtomicU64,
    dropped: AtomicU64,
    swaps: AtomicU64,
    is_over: AtomicBool,
}

impl Seen {
    /// The exchanges in their order, from one of them, until it is over.
    fn turns(&self, first: usize) -> impl Iterator<Item = &'static Exchange> {
        let turns = EXCHANGES.iter().cycle().skip(first);
        turns.take_while(|_| !self.is_over.load(Relaxed))
    }
}

/// How long a client waits for an answer. Nothing takes this long unless something is broken.
const PATIENCE: Duration = Duration::from_secs(60);

async fn connect(address: SocketAddr) -> TcpStream {
    let stream = timeout(PATIENCE, TcpStream::connect(address)).await.expect("a server that accepts");
    let stream = stream.expect("a connection");
    stream.set_nodelay(true).expect("an option of TCP");
    stream
}

/// Serves the shop until the test ends. Neither side waits for more to send.
async fn serve() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let listener = listener.tap_io(|stream| stream.set_nodelay(true).expect("an option of TCP"));
    tokio::spawn(async move { axum::serve(listener, app()).await });
    address
}

/// The answer as text, once all of it is there.
async fn received(answer: impl Future<Output = hyper::Result<Response<hyper::body::Incoming>>>) -> String {
    let whole = async {
        let (head, body) = answer.await.expect("an answer").into_parts();
        to_bytes(Body::new(body), usize::MAX).await.expect("a whole body");
        as_text(&Response::from_parts(head, Body::empty()))
    };
    timeout(PATIENCE, whole).await.expect("an answer in time")
}

/// One request after the other on one connection.
async fn over_http1(address: SocketAddr, first: usize, seen: Arc<Seen>) {
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(connect(address).await)).await.expect("HTTP/1.1");
    let connection = tokio::spawn(connection);
    for exchange in seen.turns(first) {
        let answer = received(sender.send_request(to_request(exchange.request))).await;
        exchange.check(&answer, &seen);
    }
    drop(sender);
    connection.await.expect("no panic").expect("a connection that ends well");
}

/// Several requests at once on one connection, some of which are given up.
async fn over_http2(address: SocketAddr, first: usize, seen: Arc<Seen>) {
    let io = TokioIo::new(connect(address).await);
    let (sender, connection) = http2::handshake(TokioExecutor::new(), io).await.expect("HTTP/2");
    let connection = tokio::spawn(connection);
    let mut streams = JoinSet::new();
    for stream in 0..8 {
        let (mut sender, seen) = (sender.clone(), Arc::clone(&seen));
        streams.spawn(async move {
            for (number, exchange) in seen.turns(first + 3 * stream).enumerate() {
                if number % 50 == 49 {
                    let given_up = sender.send_request(over_tls(to_request(exchange.request)));
                    _ = timeout(Duration::from_micros(50), given_up).await;
                    seen.dropped.fetch_add(1, Relaxed);
                }
                let answer = received(sender.send_request(over_tls(to_request(exchange.request)))).await;
                exchange.check(&answer, &seen);
            }
        });
    }
    streams.join_all().await;
    drop(sender);
    connection.await.expect("no panic").expect("a connection that ends well");
}

/// The request with a whole URL and without `Host`, as HTTP/2 has it.
fn over_tls(mut request: Request<Body>) -> Request<Body> {
    let path = request.uri().path().to_owned();
    let uri = Uri::builder().scheme("https").authority("api.example").path_and_query(path);
    *request.uri_mut() = uri.build().expect("a URL");
    request.headers_mut().remove("host");
    request
}

/// Sends some bytes at a time, and takes few at a time.
async fn slowly(address: SocketAddr, first: usize, seen: Arc<Seen>) {
    for exchange in seen.turns(first) {
        let mut stream = connect(address).await;
        for bytes in to_message(exchange.request).as_bytes().chunks(7) {
            // A request that is refused early is answered before all of it is there.
            if stream.write_all(bytes).await.is_err() {
                break;
            }
            sleep(Duration::from_millis(1)).await;
        }
        let mut answer = Vec::new();
        let mut bytes = [0; 16];
        loop {
            match timeout(PATIENCE, stream.read(&mut bytes)).await.expect("an answer in time") {
                Ok(count @ 1..) => answer.extend_from_slice(&bytes[..count]),
                _ => break,
            }
            sleep(Duration::from_millis(1)).await;
        }
        exchange.check(&from_message(&answer), &seen);
        seen.slow.fetch_add(1, Relaxed);
    }
}

/// Hangs up at each point of a request, and before the answer is read.
async fn hanging_up(address: SocketAddr, first: usize, seen: Arc<Seen>) {
    for (number, exchange) in seen.turns(first).enumerate() {
        let message = to_message(exchange.request);
        let sent = &message.as_bytes()[..(number * 13) % (message.len() + 1)];
        let mut stream = connect(address).await;
        stream.write_all(sent).await.expect("a request that is taken");
        if number % 2 == 0 {
            sleep(Duration::from_millis(1)).await;
        }
        drop(stream);
        seen.dropped.fetch_add(1, Relaxed);
        sleep(Duration::from_millis(2)).await;
    }
}

async fn replacing_policies(seen: Arc<Seen>) {
    while !seen.is_over.load(Relaxed) {
        for policy in policies() {
            SHOP.store(policy);
            seen.swaps.fetch_add(1, Relaxed);
            sleep(Duration::from_millis(1)).await;
        }
    }
}

/// Everything at once for this time, and then nothing.
async fn load(address: SocketAddr, time: Duration) -> Arc<Seen> {
    let seen = Arc::new(Seen::default());
    let mut clients = JoinSet::new();
    for number in 0..4 {
        clients.spawn(over_http1(address, 5 * number, Arc::clone(&seen)));
        clients.spawn(slowly(address, 7 * number, Arc::clone(&seen)));
    }
    for number in 0..2 {
        clients.spawn(over_http2(address, number, Arc::clone(&seen)));
        clients.spawn(hanging_up(address, 9 * number, Arc::clone(&seen)));
    }
    clients.spawn(replacing_policies(Arc::clone(&seen)));
    let end = Instant::now() + time;
    while Instant::now() < end {
        sleep(Duration::from_millis(20)).await;
        // A client that fails ends the test at once.
        if let Some(ended) = clients.try_join_next() {
            ended.expect("a client that succeeds");
        }
    }
    seen.is_over.store(true, Relaxed);
    while let Some(ended) = clients.join_next().await {
        ended.expect("a client that succeeds");
    }
    // The server notices that the last connections are closed.
    sleep(Duration::from_millis(100)).await;
    seen
}

/// Bytes that are allocated.
fn live_bytes() -> i64 {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated as i64 - stats.bytes_deallocated as i64
}

/// The resident memory of this process, in KiB; `None` where there is no `/proc`.
fn resident_kib() -> Option<i64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.parse().ok())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shop_under_load() {
    let report = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let text = info.payload_as_str().unwrap_or_default();
        if !text.contains(PANIC) {
            report(info);
        }
    }));
    let seconds = env::var("LOAD_SECONDS").map_or(2, |seconds| seconds.parse().expect("a number of seconds"));
    let time = Duration::from_secs(seconds);

    SHOP.store(policies()[0].clone());
    let address = serve().await;
    // What grows once has grown: buffers, pools, what policies prepare.
    load(address, (time / 10).max(Duration::from_millis(500))).await;
    let (live, resident) = (live_bytes(), resident_kib());
    const PARTS: u32 = 4;
    let mut all = [0; 7];
    for part in 1..=PARTS {
        let seen = load(address, time / PARTS).await;
        let [of_one, of_other] = &seen.policies;
        let counts =
            [&seen.answered, &seen.preflights, of_one, of_other, &seen.slow, &seen.dropped, &seen.swaps]
                .map(|count| count.load(Relaxed));
        for (all, count) in all.iter_mut().zip(counts) {
            *all += count;
        }
        println!(
            "after {:>5.1} s: {:>8} answers; since the warm-up, {:+} live bytes and {:+} KiB resident",
            (time / PARTS * part).as_secs_f64(),
            all[0],
            live_bytes() - live,
            resident_kib().zip(resident).map_or(0, |(now, before)| now - before),
        );
    }
    let [answered, preflights, of_one, of_other, slow, dropped, swaps] = all;
    println!(
        "{answered} answers, {preflights} of them to preflights, {slow} to slow clients; {dropped} requests given up; \
         {swaps} policies stored, {of_one} and {of_other} answers by them"
    );
    for (what, count) in [
        ("preflights", preflights),
        ("answers by the first policy", of_one),
        ("answers by the second", of_other),
        ("slow clients", slow),
        ("dropped requests", dropped),
    ] {
        assert!(count > 0, "no {what}");
    }
    // What a few connections have is more, and they end when the server comes to it.
    let deadline = Instant::now() + PATIENCE;
    loop {
        let growth = live_bytes() - live;
        if growth < 16 * 1024 {
            break;
        }
        assert!(Instant::now() < deadline, "{growth} bytes more after {answered} answers");
        sleep(Duration::from_millis(20)).await;
    }
    if let (Some(before), Some(after)) = (resident, resident_kib()) {
        assert!(after < before + 16 * 1024, "{before} KiB have become {after} KiB");
    }
}
