//! The tenants as their users meet them: a process, a database, sockets.

#[allow(dead_code, reason = "other tests need more of it")]
mod api;

use std::{fs, net::TcpStream, path::Path, process::Command, thread};

use api::{Api, Response, example, exchange};

const ACME: &str = "http://localhost:3000";
const GLOBEX: &str = "https://globex.example";

const PREFLIGHT_VARY: &str = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers";

fn tenants(database: Option<&Path>) -> Command {
    let mut command = example("tenants", "0");
    command.env_remove("DATABASE_URL");
    match database {
        Some(file) => command.env("DATABASE", file),
        None => command.env_remove("DATABASE"),
    };
    command
}

/// The tenants on a free port. The last line that they print is that of the last route.
fn start(database: Option<&Path>) -> Api {
    Api::start(&mut tenants(database), "\nPOST  /t/{tenant}/origins")
}

/// The body of a request.
fn json(body: &str) -> String {
    format!("Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

fn add(api: &Api, tenant: &str, origin: &str) -> Response {
    let body = json(&format!(r#"{{"origin":"{origin}"}}"#));
    api.send(&format!("POST /t/{tenant}/origins HTTP/1.1\r\n{body}"))
}

fn may_read(api: &Api, origin: &str, path: &str) -> bool {
    let response = api.request("GET", path, origin, "\r\n");
    assert_eq!(response.status(), 200, "{response:?}");
    let granted = [
        ("access-control-allow-credentials", "true"),
        ("access-control-allow-origin", origin),
        ("vary", "Origin"),
    ];
    let fields = response.cors();
    let is_granted = fields == granted;
    // One that is refused may learn which origin would be the right one, and gets nothing.
    assert!(is_granted || !fields.iter().any(|(name, _)| name.ends_with("-credentials")), "{response:?}");
    is_granted
}

#[test]
fn a_tenant_has_its_own_origins() {
    let api = start(None);
    for path in ["/t/acme/orders", "/t/acme/orders/7"] {
        assert!(may_read(&api, ACME, path) && !may_read(&api, GLOBEX, path));
    }
    for origin in [ACME, GLOBEX] {
        assert!(!may_read(&api, origin, "/t/globex/orders"));
        assert!(!may_read(&api, origin, "/t/nobody/orders"));
    }
    assert_eq!(api.send("GET /t/acme/orders/7 HTTP/1.1\r\n\r\n").body(), "order 7 of acme");

    let granted = vec![
        ("access-control-allow-credentials", "true"),
        ("access-control-allow-headers", "authorization, content-type"),
        ("access-control-allow-methods", "GET, HEAD"),
        ("access-control-allow-origin", ACME),
        ("vary", PREFLIGHT_VARY),
    ];
    let named = vec![("access-control-allow-origin", ACME), ("vary", PREFLIGHT_VARY)];
    let nothing = vec![("vary", PREFLIGHT_VARY)];
    for (path, origin, status, fields) in [
        ("/t/acme/orders", ACME, 204, granted),
        ("/t/acme/orders", GLOBEX, 403, named),
        ("/t/globex/orders", ACME, 403, nothing.clone()),
        ("/t/nobody/orders", ACME, 403, nothing),
        ("/t/acme/elsewhere", ACME, 404, vec![]),
    ] {
        let response = api.preflight("GET", path, origin);
        assert_eq!((response.status(), response.cors()), (status, fields), "{path} of {origin}");
    }
}

#[test]
fn an_origin_that_is_added_is_there_for_the_next_request() {
    let api = start(None);
    assert!(!may_read(&api, GLOBEX, "/t/globex/orders"));
    assert_eq!(add(&api, "globex", GLOBEX).status(), 201);
    assert!(may_read(&api, GLOBEX, "/t/globex/orders"));
    assert_eq!(api.preflight("GET", "/t/globex/orders", GLOBEX).status(), 204);
    assert!(!may_read(&api, GLOBEX, "/t/acme/orders"));

    assert_eq!(add(&api, "globex", "https://*.globex.example").status(), 201);
    assert!(may_read(&api, "https://a.b.globex.example", "/t/globex/orders/1"));
    assert!(may_read(&api, GLOBEX, "/t/globex/orders/1"));
    assert_eq!(add(&api, "nobody", GLOBEX).status(), 404);
}

#[test]
fn what_no_policy_may_say_is_refused_with_reasons() {
    let api = start(None);
    for (origin, message, help) in [
        (
            "https://globex.example/",
            "`https://globex.example/` has a slash at the end, which is not part of an origin",
            r#"write \"https://globex.example\""#,
        ),
        (
            "http://globex.example",
            "`http://globex.example` is not encrypted: anyone on the network path can send credentialed requests from it",
            r#"write it with `https://`, or add `allow = [\"insecure_origins\"]`"#,
        ),
        (
            "https://*.github.io",
            "anyone can register a subdomain of `github.io`, and could then send credentialed requests",
            r#"list the names that are yours, or add `allow = [\"public_suffix\"]`"#,
        ),
        (
            "*",
            "`any` cannot be combined with credentials: browsers reject the response",
            "list the origins that may send credentials, or remove `credentials = true`",
        ),
    ] {
        let response = add(&api, "globex", origin);
        assert_eq!(response.status(), 422, "{response:?}");
        assert_eq!(response.body(), format!(r#"[{{"message":"{message}","help":"{help}"}}]"#));
        assert!(!may_read(&api, origin, "/t/globex/orders"));
    }
    let twice = add(&api, "acme", ACME);
    assert_eq!(twice.status(), 201, "what is there already does no harm: {twice:?}");
    assert!(may_read(&api, ACME, "/t/acme/orders"));
}

#[test]
fn a_page_cannot_let_itself_in() {
    let api = start(None);
    for origin in [ACME, GLOBEX] {
        let response = api.preflight("POST", "/t/acme/origins", origin);
        assert_eq!((response.status(), response.cors()), (403, vec![("vary", PREFLIGHT_VARY)]));
    }
    // What needs no preflight is no JSON.
    let body = r#"{"origin":"https://evil.example"}"#;
    let plain = format!("Content-Type: text/plain\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let response = api.request("POST", "/t/acme/origins", "https://evil.example", &plain);
    assert_eq!((response.status(), response.cors()), (415, vec![]));
    assert!(!may_read(&api, "https://evil.example", "/t/acme/orders"));
}

#[test]
fn origins_outlive_the_process() {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("tenants");
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).expect("a directory can be made");
    let file = directory.join("tenants.db");
    assert_eq!(add(&start(Some(&file)), "globex", GLOBEX).status(), 201);
    let api = start(Some(&file));
    assert!(may_read(&api, GLOBEX, "/t/globex/orders") && may_read(&api, ACME, "/t/acme/orders"));
}

#[test]
fn tenants_change_while_others_are_served() {
    let api = start(None);
    let port = api.port;
    thread::scope(|scope| {
        for number in 0..4 {
            let api = &api;
            scope.spawn(move || {
                for count in 0..10 {
                    let origin = format!("https://p{count}.t{number}.example");
                    assert!(!may_read(api, &origin, "/t/globex/orders"));
                    assert_eq!(add(api, "globex", &origin).status(), 201);
                    assert!(may_read(api, &origin, "/t/globex/orders"), "{origin}");
                }
            });
        }
        scope.spawn(move || {
            for _ in 0..40 {
                let stream = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
                let request = format!("GET /t/acme/orders HTTP/1.1\r\nOrigin: {ACME}\r\n\r\n");
                assert!(exchange(stream, &request).cors().contains(&("access-control-allow-origin", ACME)));
            }
        });
    });
}

#[test]
fn a_database_that_is_none_is_an_error_with_a_message() {
    let output = tenants(Some(Path::new(env!("CARGO_MANIFEST_DIR")))).output().expect("it starts");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.starts_with("error: ") && stderr.lines().count() == 1, "{stderr}");
}
