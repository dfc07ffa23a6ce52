//! A real cache in front of a real server: nobody gets what another was granted, and nobody a refusal of another.
//!
//! Clients ask for the same URL one after the other, in every order, through nginx, which stores every response and honours
//! `Vary` (<https://www.rfc-editor.org/rfc/rfc9111#section-4.1>). What each of them sees has to be what it sees without the
//! cache. Headers may differ: a response to one origin may go to another that cannot read it either way.
//!
//! Without nginx, this is left out, which is said. With `REQUIRE_NGINX=1`, its absence is a failure. nginx never stores
//! answers to `OPTIONS`, so preflights only have to come through.

use std::{
    collections::BTreeMap,
    env, fs,
    io::Write,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use axum::{
    Router,
    extract::Request,
    http::{HeaderMap, header},
    middleware::{Next, from_fn},
};
use cors_runtime::{CorsRouter, Policy, PolicyHandle, RequestOrigin, cors, get, policy};
use cors_tests::serve;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpStream, UnixStream},
};

const SHOP: &str = "https://shop.example";
const PARTNER: &str = "https://partner.example";

/// What the handlers answer: a header that a policy may expose, and a body.
type Reply = ([(&'static str, &'static str); 1], &'static str);
const REPLY: Reply = ([("x-total", "7")], "reply");

/// A handler for each kind of policy.
macro_rules! handlers {
    ($($name:ident: $policy:tt,)*) => {
        $(
            #[cors $policy]
            async fn $name() -> Reply {
                REPLY
            }
        )*

        fn kinds() -> CorsRouter {
            CorsRouter::new()$(.route(concat!("/", stringify!($name)), get($name)))*
        }

        const KINDS: &[&str] = &[$(concat!("/", stringify!($name))),*];
    };
}

handlers! {
    nobody: (none),
    nobody_enforced: (policy = NOBODY, enforce),
    any: (origins = any),
    any_exposed: (origins = any, expose = any, timing),
    one: (origins = ["https://shop.example"]),
    one_with_credentials: (origins = ["https://shop.example"], credentials),
    one_exposed: (origins = ["https://shop.example"], expose = ["x-total"]),
    one_with_timing: (origins = ["https://shop.example"], credentials, timing),
    one_enforced: (origins = ["https://shop.example"], enforce),
    list: (origins = ["https://shop.example", "https://partner.example"]),
    list_with_credentials: (origins = ["https://shop.example", "https://partner.example"], credentials),
    list_enforced: (origins = ["https://shop.example", "https://partner.example"], enforce, credentials),
    list_enforced_strictly: (origins = ["https://shop.example", "https://partner.example"], enforce(strict)),
    pattern: (origins = ["https://*.shop.example", "https://partner.example"], expose = ["x-total"], timing),
    function: (origins = when(is_partner), credentials),
    handle: (policy = HANDLE),
    delegated: (delegate = by_origin),
    delegated_enforced: (delegate = by_origin, enforce),
}

static NOBODY: Policy = policy! { none };
static HANDLE: PolicyHandle = PolicyHandle::new(policy! { origins = ["https://shop.example"], credentials });

fn is_partner(origin: &cors_runtime::Origin<'_>) -> bool {
    origin.host() == "partner.example"
}

/// Each origin gets a policy of another kind.
async fn by_origin(origin: RequestOrigin) -> Option<Policy> {
    match origin.as_str()? {
        SHOP => Some(policy! { origins = ["https://shop.example"], credentials, expose = ["x-total"] }),
        PARTNER => Some(policy! { origins = any }),
        _ => None,
    }
}

/// Every kind of policy by its endpoint alone, and behind a gate; and what has a policy from elsewhere.
fn app() -> Router {
    let identity = || from_fn(async |request: Request, next: Next| next.run(request).await);
    let vary = from_fn(async |request: Request, next: Next| {
        let mut response = next.run(request).await;
        response.headers_mut().insert(header::VARY, "Accept-Encoding".parse().expect("a value"));
        response
    });
    static DEFAULT: Policy =
        policy! { origins = ["https://shop.example", "https://partner.example"], credentials };
    let plain = || Router::new().route("/plain", axum::routing::get(async || REPLY)).layer(vary.clone());
    let default = CorsRouter::from(plain()).default_policy(&DEFAULT).finish().expect("a router");
    let layer = plain().layer(DEFAULT.layer());
    let bare = kinds().finish().expect("a router");
    let gated = kinds().layer(identity()).finish().expect("a router");
    Router::new()
        .nest("/bare", bare)
        .nest("/gated", gated)
        .nest("/default", default)
        .nest("/layer", layer)
        .route("/careless", axum::routing::get(careless))
}

/// What many services do, and what leaks: names whoever asks, and does not say that it depends on that.
async fn careless(origin: RequestOrigin) -> (HeaderMap, Reply) {
    let mut headers = HeaderMap::new();
    if let Some(origin) = origin.as_str() {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.parse().expect("a value"));
    }
    (headers, REPLY)
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Client {
    /// A page of this origin.
    Page(&'static str),
    /// A page's image, which says that another site asks, but not which.
    Image,
    /// A page of the service itself.
    OwnPage,
    /// No browser.
    Curl,
}

impl Client {
    const ALL: [Self; 6] = [
        Self::Page(SHOP),
        Self::Page(PARTNER),
        Self::Page("https://evil.example"),
        Self::Image,
        Self::OwnPage,
        Self::Curl,
    ];

    fn headers(self) -> String {
        match self {
            Self::Page(origin) => format!("origin: {origin}\r\nsec-fetch-site: cross-site\r\n"),
            Self::Image => "sec-fetch-site: cross-site\r\nsec-fetch-mode: no-cors\r\n".to_owned(),
            Self::OwnPage => "sec-fetch-site: same-origin\r\n".to_owned(),
            Self::Curl => String::new(),
        }
    }

    /// What the client has of a response. `None` if a page may not read it.
    fn sees(self, response: &Response) -> Seen {
        let whole = Some(format!("{} {}", response.status, response.body));
        let Self::Page(origin) = self else {
            return Seen { without_credentials: whole.clone(), with_credentials: whole, timing: true };
        };
        // https://fetch.spec.whatwg.org/#concept-cors-check
        let allow_origin = response.header("access-control-allow-origin");
        let is_credentialed = response.header("access-control-allow-credentials") == Some("true");
        let names = response.header("access-control-expose-headers").unwrap_or_default();
        let is_exposed = |wildcard: bool| {
            names.split(',').map(str::trim).any(|name| name == "x-total" || wildcard && name == "*")
        };
        let read = |may_read: bool, wildcard: bool| {
            let whole = whole.as_ref().filter(|_| may_read);
            whole.map(|whole| format!("{whole}{}", if is_exposed(wildcard) { " x-total" } else { "" }))
        };
        let is_named = allow_origin == Some(origin);
        // https://w3c.github.io/resource-timing/#dfn-timing-allow-check
        let timing = response.header("timing-allow-origin");
        Seen {
            without_credentials: read(is_named || allow_origin == Some("*"), true),
            with_credentials: read(is_named && is_credentialed, false),
            timing: timing.is_some_and(|allowed| allowed == "*" || allowed == origin),
        }
    }
}

#[derive(Debug, PartialEq)]
struct Seen {
    without_credentials: Option<String>,
    with_credentials: Option<String>,
    timing: bool,
}

#[derive(Debug)]
struct Response {
    status: u16,
    headers: BTreeMap<String, String>,
    body: String,
}

impl Response {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

/// A connection that stays open.
struct Connection<T>(T);

impl<T: AsyncRead + AsyncWrite + Unpin> Connection<T> {
    async fn ask(&mut self, method: &str, target: &str, headers: &str) -> Response {
        let message = format!("{method} {target} HTTP/1.1\r\nhost: api.example\r\n{headers}\r\n");
        self.0.write_all(message.as_bytes()).await.expect("a request that is taken");
        let mut received = Vec::new();
        loop {
            if let Some(response) = parse(&received) {
                return response;
            }
            let count = self.0.read_buf(&mut received).await.expect("a response");
            assert_ne!(count, 0, "the connection ended within {:?}", String::from_utf8_lossy(&received));
        }
    }
}

/// The response, if all of it is there.
fn parse(received: &[u8]) -> Option<Response> {
    let text = std::str::from_utf8(received).expect("ASCII");
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().expect("a status");
    let mut headers = BTreeMap::new();
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        let doubled = headers.insert(name.to_ascii_lowercase(), value.to_owned());
        assert!(doubled.is_none(), "{name} twice in\n{text}");
    }
    let length = headers.get("content-length").map_or(0, |length| length.parse().expect("a number"));
    (body.len() >= length).then(|| Response { status, headers, body: body.to_owned() })
}

/// nginx with an empty cache, in a directory of its own, until the value is dropped.
struct Nginx {
    child: Child,
    directory: PathBuf,
}

impl Nginx {
    /// nginx in front of this server, or what is missing.
    fn start(server: SocketAddr) -> Result<Self, String> {
        let directory = env::temp_dir().join(format!("cors-tests-nginx-{}", std::process::id()));
        fs::create_dir_all(&directory).expect("a place for temporary files");
        fs::write(directory.join("nginx.conf"), Self::configuration(&directory, server)).expect("a file");
        let start = |program: &str| {
            Command::new(program)
                .args(["-p".as_ref(), directory.as_os_str(), "-c".as_ref(), "nginx.conf".as_ref()])
                .args(["-e", "stderr"])
                .stdin(Stdio::null())
                .spawn()
        };
        // Debian has it where only root's PATH leads.
        match start("nginx").or_else(|_| start("/usr/sbin/nginx")) {
            Ok(child) => Ok(Self { child, directory }),
            Err(error) => {
                _ = fs::remove_dir_all(directory);
                Err(format!("nginx does not start: {error}"))
            }
        }
    }

    /// One process, which listens on a socket in the directory and stores every response that there is.
    fn configuration(directory: &Path, server: SocketAddr) -> String {
        let directory = directory.display();
        format!(
            "daemon off;
            master_process off;
            pid {directory}/pid;
            error_log stderr warn;
            events {{ worker_connections 64; }}
            http {{
                access_log off;
                client_body_temp_path {directory}/body;
                proxy_temp_path {directory}/proxy;
                fastcgi_temp_path {directory}/fastcgi;
                uwsgi_temp_path {directory}/uwsgi;
                scgi_temp_path {directory}/scgi;
                proxy_cache_path {directory}/cache keys_zone=all:16m inactive=1h;
                keepalive_requests 1000000;
                upstream app {{ server {server}; keepalive 4; }}
                server {{
                    listen unix:{directory}/socket;
                    location / {{
                        proxy_pass http://app;
                        proxy_http_version 1.1;
                        proxy_set_header Connection '';
                        proxy_set_header Host $host;
                        proxy_cache all;
                        proxy_cache_valid any 1h;
                        add_header X-Cache $upstream_cache_status always;
                    }}
                }}
            }}"
        )
    }

    async fn connect(&mut self) -> Connection<UnixStream> {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            match UnixStream::connect(self.directory.join("socket")).await {
                Ok(stream) => return Connection(stream),
                Err(error) => {
                    let ended = self.child.try_wait().expect("a child");
                    assert!(ended.is_none() && Instant::now() < deadline, "no nginx: {error}, {ended:?}");
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            }
        }
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
        _ = fs::remove_dir_all(&self.directory);
    }
}

/// Every order of three of the clients.
fn orders() -> impl Iterator<Item = [Client; 3]> {
    let clients = Client::ALL.into_iter();
    let pairs = clients.flat_map(|first| Client::ALL.map(|second| (first, second)));
    let triples = pairs.flat_map(|(first, second)| Client::ALL.map(|third| [first, second, third]));
    triples.filter(|[first, second, third]| first != second && second != third && first != third)
}

/// What went wrong at a path, and how many responses came from the cache.
#[derive(Default)]
struct Findings {
    leaks: Vec<String>,
    stored: usize,
}

/// Asks for the path in every order, each time by another URL, there and back.
async fn replay(
    path: &str,
    direct: &mut Connection<TcpStream>,
    cache: &mut Connection<UnixStream>,
) -> Findings {
    let mut expected = BTreeMap::new();
    for client in Client::ALL {
        let response = direct.ask("GET", path, &client.headers()).await;
        expected.insert(client, client.sees(&response));
    }
    let mut findings = Findings::default();
    for (number, order) in orders().enumerate() {
        let url = format!("{path}?{number}");
        for client in order.into_iter().chain(order.into_iter().rev()) {
            let response = cache.ask("GET", &url, &client.headers()).await;
            findings.stored += usize::from(response.header("x-cache") == Some("HIT"));
            let seen = client.sees(&response);
            let expected = &expected[&client];
            if seen != *expected {
                let leak =
                    format!("{path}, in the order {order:?}: {client:?} sees {seen:?} for {expected:?}");
                findings.leaks.push(leak);
            }
        }
    }
    findings
}

#[tokio::test]
async fn a_cache_gives_nobody_what_another_was_granted() {
    let server = serve(app()).await;
    let mut nginx = match Nginx::start(server) {
        Ok(nginx) => nginx,
        Err(problem) => {
            let is_required = env::var_os("REQUIRE_NGINX").is_some_and(|value| value == "1");
            assert!(!is_required, "{problem}");
            // Past the harness, which keeps to itself what is printed by tests that pass.
            writeln!(std::io::stderr(), "left out: the cache, because {problem}")
                .expect("someone reads this");
            return;
        }
    };
    let mut cache = nginx.connect().await;
    let mut direct = Connection(TcpStream::connect(server).await.expect("a connection"));

    // The test would see a leak.
    let careless = replay("/careless", &mut direct, &mut cache).await;
    assert!(careless.leaks.iter().any(|leak| leak.contains("None")), "{:?}", careless.leaks.first());

    let kinds =
        ["/bare", "/gated"].into_iter().flat_map(|at| KINDS.iter().map(move |kind| format!("{at}{kind}")));
    let elsewhere = ["/default/plain", "/default/nowhere", "/layer/plain"].map(str::to_owned);
    for path in kinds.chain(elsewhere) {
        let findings = replay(&path, &mut direct, &mut cache).await;
        let leaks = &findings.leaks;
        assert!(leaks.is_empty(), "{} leaks: {}", leaks.len(), leaks[..leaks.len().min(5)].join("\n"));
        // The one at the turn asks twice in a row. Others may not be stored any more: nginx forgets variants when a
        // response names other headers in `Vary` than the one before.
        let turns = orders().count();
        assert!(findings.stored >= turns, "{path}: only {} of {turns} are stored", findings.stored);

        // Its answers to GET are stored by now, and preflights are asked for all the same.
        for client in Client::ALL {
            let headers = client.headers() + "access-control-request-method: GET\r\n";
            let answer = cache.ask("OPTIONS", &format!("{path}?0"), &headers).await;
            let expected = direct.ask("OPTIONS", &format!("{path}?0"), &headers).await;
            assert_eq!(answer.header("x-cache"), None);
            assert_eq!(
                (answer.status, client.sees(&answer)),
                (expected.status, client.sees(&expected)),
                "{path}"
            );
        }
    }
}
