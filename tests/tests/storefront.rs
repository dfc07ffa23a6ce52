//! The pages of the shop in Chromium: every button is clicked, and what its card shows then is compared.
//!
//! The shop is the example itself; `cargo test` builds it, and so does `cargo build --example shop`. Without Chromium
//! there is nothing to test. With `REQUIRE_BROWSER=1`, its absence is a failure. `SCREENSHOT=/tmp/storefront.png` leaves
//! the picture of the README there, for which another shop takes the usual ports; it is kept in 128 colours.

use std::{
    env::{self, consts::EXE_SUFFIX},
    fs,
    io::{BufRead, BufReader, Write, stderr},
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread,
};

use data_encoding::BASE64;
use serde_json::{Value, json};

#[path = "storefront/devtools.rs"]
mod devtools;

use devtools::DevTools;

/// The version whose console the library quotes; others may word the same differently.
const QUOTED: &str = "/156.";

/// A card and all that it shows, a line each: what came of it, what the page can read, and what the API saw; and if it
/// was blocked, the server's explanation and what the script got. What the console says is compared with the console.
type Card = (&'static str, &'static str);

const AT_STOREFRONT: [Card; 21] = [
    (
        "list",
        r#"200 OK
         content-length: 178
         content-type: application/json
         body: {"1":{"name":"Teapot","price_in_cents":2450},"2":{"name":"Tea cup","price_in_cents":690},"3":{"name":"Kettle","price_in_cents":3900},"4":{"name":"Milk jug","price_in_cents":990}}
         GET /products → 200"#,
    ),
    (
        "show",
        r#"200 OK
         content-length: 39
         content-type: application/json
         body: {"name":"Teapot","price_in_cents":2450}
         OPTIONS /products/1 preflight for GET with authorization → 204
         GET /products/1 → 200"#,
    ),
    (
        "change",
        r#"200 OK
         content-length: 43
         content-type: application/json
         body: {"name":"Big tea cup","price_in_cents":890}
         OPTIONS /products/2 preflight for PUT with authorization, content-type → 204
         PUT /products/2 → 200"#,
    ),
    (
        "twice",
        r#"200 OK
         content-length: 40
         content-type: application/json
         body: {"name":"Milk jug","price_in_cents":990}
         OPTIONS /products/4 preflight for GET with authorization → 204
         GET /products/4 → 200
         GET /products/4 → 200"#,
    ),
    (
        "remove-as-admin",
        r#"204 No Content from http://admin.localhost:3000
         body: empty
         OPTIONS /products/3 preflight for DELETE with authorization → 204
         DELETE /products/3 → 204"#,
    ),
    (
        "cookies",
        r#"200 OK
         content-length: 11
         content-type: application/json
         body: {"items":1}
         OPTIONS /basket preflight for PATCH → 204
         PATCH /basket → 200
         GET /basket cookie → 200"#,
    ),
    (
        "no-cookies",
        r#"200 OK
         content-length: 11
         content-type: application/json
         body: {"items":0}
         GET /basket → 200"#,
    ),
    (
        "expose",
        r#"200 OK
         content-length: 16
         content-type: application/json
         x-total-count: 3
         x-served-by: null, for it is not exposed
         body: [1001,1002,1003]
         GET /orders → 200"#,
    ),
    (
        "upload",
        r#"201 Created
         content-length: 15
         content-type: application/json
         body: {"bytes":20000} (progress: 20000 bytes)
         OPTIONS /uploads preflight for POST → 204
         POST /uploads → 201"#,
    ),
    (
        "unauthorized",
        r#"401 Unauthorized
         content-length: 0
         body: empty
         GET /products/1 → 401"#,
    ),
    (
        "missing",
        r#"404 Not Found
         content-length: 0
         body: empty
         OPTIONS /products/99 preflight for GET with authorization → 204
         GET /products/99 → 404"#,
    ),
    (
        "rejected",
        r#"422 Unprocessable Entity
         content-length: 97
         content-type: text/plain; charset=utf-8
         body: Failed to deserialize the JSON body into the target type: missing field `name` at line 1 column 2
         OPTIONS /products/98 preflight for PUT with authorization, content-type → 204
         PUT /products/98 → 422"#,
    ),
    (
        "remove",
        r#"blocked
         OPTIONS /products/3 preflight for DELETE with authorization → 403
         cors refused preflight DELETE /products/3 from http://localhost:3000: the origin is not in `origins` of `BACK_OFFICE` (examples/shop/api.rs, used by `remove_product`)
         browser: Response to preflight request doesn't pass access control check: The 'Access-Control-Allow-Origin' header has a value 'http://admin.localhost:3000' that is not equal to the supplied origin. Have the server send the header with a valid value.
         help: add "http://localhost:3000" to `origins`, if its pages may read this
         TypeError: Failed to fetch"#,
    ),
    (
        "patch",
        r#"blocked
         OPTIONS /basket preflight for patch → 403
         cors refused preflight patch /basket from http://localhost:3000: no handler with a policy is mounted for this method
         browser: Response to preflight request doesn't pass access control check: No 'Access-Control-Allow-Origin' header is present on the requested resource.
         help: write `PATCH` in the page: browsers do not change the case of this method
         TypeError: Failed to fetch"#,
    ),
    (
        "header",
        r#"blocked
         OPTIONS /products/1 preflight for GET with authorization, x-debug → 204
         cors refused preflight GET /products/1 from http://localhost:3000: request header `x-debug` is not in `headers` of `STOREFRONT` (examples/shop/api.rs, used by `show_product`)
         browser: Request header field x-debug is not allowed by Access-Control-Allow-Headers in preflight response.
         help: add "x-debug" to `headers`, if pages of this origin may send it
         TypeError: Failed to fetch"#,
    ),
    (
        "response-header",
        r#"blocked
         OPTIONS /products/1 preflight for GET with access-control-allow-headers → 204
         cors refused preflight GET /products/1 from http://localhost:3000: request header `access-control-allow-headers` is not in `headers` of `STOREFRONT` (examples/shop/api.rs, used by `show_product`)
         browser: Request header field access-control-allow-headers is not allowed by Access-Control-Allow-Headers in preflight response.
         help: remove `access-control-allow-headers` from the page's request: it is a response header, which the server sets
         TypeError: Failed to fetch"#,
    ),
    (
        "sandbox",
        r#"blocked from null
         OPTIONS /products/1 preflight for GET with authorization → 403
         cors refused preflight GET /products/1 from null: the origin is not in `origins` of `STOREFRONT` (examples/shop/api.rs, used by `show_product`)
         browser: Response to preflight request doesn't pass access control check: The 'Access-Control-Allow-Origin' header has a value 'http://localhost:3000' that is not equal to the supplied origin. Have the server send the header with a valid value.
         help: serve the page from a web server, and without `sandbox`: the origin of a local file or of a sandboxed frame is `null`, and anyone can create one
         TypeError: Failed to fetch"#,
    ),
    (
        "address",
        r#"blocked from http://127.0.0.1:3000
         GET /basket → 200
         cors refused request GET /basket from http://127.0.0.1:3000: the origin is not in `origins` of `STOREFRONT` (examples/shop/api.rs, used by `show_basket`), so the page cannot read the response
         browser: The 'Access-Control-Allow-Origin' header has a value 'http://localhost:3000' that is not equal to the supplied origin. Have the server send the header with a valid value.
         help: open the page at the origin that is allowed, or add this one: `http://localhost:3000` differs in its name for this machine: to browsers these are different origins
         TypeError: Failed to fetch"#,
    ),
    (
        "health",
        r#"blocked
         GET /health → 200
         cors refused request GET /health from http://localhost:3000: no handler with a policy is mounted for this method
         browser: No 'Access-Control-Allow-Origin' header is present on the requested resource.
         help: mount a handler with `#[cors(..)]` on GET here, if pages of other origins may use it
         TypeError: Failed to fetch"#,
    ),
    (
        "path",
        r#"blocked
         OPTIONS /product/1 preflight for GET with authorization → 401
         cors refused preflight GET /product/1 from http://localhost:3000: no route matches the path
         browser: Response to preflight request doesn't pass access control check: No 'Access-Control-Allow-Origin' header is present on the requested resource.
         help: check the URL in the page, or set `default_policy(..)`
         TypeError: Failed to fetch"#,
    ),
    (
        "wildcard",
        r#"blocked
         GET /products → 200
         It refused nothing: any origin may read this, and whether a request is with credentials is not in it. Fetch it without credentials, or list the origins in the policy.
         TypeError: Failed to fetch
         This the server cannot predict: open the developer tools to read it."#,
    ),
];

/// The same page as the back office: what the storefront may do, this one may not, and the other way around.
const AT_BACK_OFFICE: [Card; 3] = [
    (
        "remove",
        r#"404 Not Found
         content-length: 0
         body: empty
         OPTIONS /products/3 preflight for DELETE with authorization → 204
         DELETE /products/3 → 404"#,
    ),
    (
        "show",
        r#"blocked
         OPTIONS /products/1 preflight for GET with authorization → 403
         cors refused preflight GET /products/1 from http://admin.localhost:3000: the origin is not in `origins` of `STOREFRONT` (examples/shop/api.rs, used by `show_product`)
         browser: Response to preflight request doesn't pass access control check: The 'Access-Control-Allow-Origin' header has a value 'http://localhost:3000' that is not equal to the supplied origin. Have the server send the header with a valid value.
         help: add "http://admin.localhost:3000" to `origins`, if its pages may read this
         TypeError: Failed to fetch"#,
    ),
    (
        "upload",
        r#"blocked
         OPTIONS /uploads preflight for POST → 403
         cors refused preflight POST /uploads from http://admin.localhost:3000: the origin is not in `origins` of `STOREFRONT` (examples/shop/api.rs, used by `upload`)
         browser: Response to preflight request doesn't pass access control check: The 'Access-Control-Allow-Origin' header has a value 'http://localhost:3000' that is not equal to the supplied origin. Have the server send the header with a valid value.
         help: add "http://admin.localhost:3000" to `origins`, if its pages may read this
         error event, status 0"#,
    ),
];

#[tokio::test]
async fn every_button_shows_what_came_of_it() {
    let Some(program) = program() else { return };
    let hosts = ["localhost", "*.localhost", "127.0.0.1"].map(|name| format!("MAP {name} 127.0.0.1"));
    let mut devtools = DevTools::start(program, &hosts.join(", ")).await;
    let version = devtools.call("", "Browser.getVersion", json!({})).await;
    let version = version["product"].as_str().expect("a name and a number");
    let is_quoted = version.contains(QUOTED);
    if !is_quoted {
        left_out(&format!("the words of the console, for {version} is not the version that is quoted"));
    }

    let shop = Shop::start(Some("0"));
    let mut page = Page::open(&mut devtools, &shop, &shop.storefront).await;
    assert_eq!(page.text("document.title").await, "Storefront");
    assert_eq!(page.text("find('summary').textContent").await, "21 situations");
    for (id, expected) in AT_STOREFRONT {
        page.check(id, expected, is_quoted).await;
    }
    assert_eq!(page.text("find('summary').textContent").await, "21 of 21 sent: 12 readable, 9 blocked");

    let mut page = Page::open(&mut devtools, &shop, &shop.back_office).await;
    assert_eq!(page.text("document.title").await, "Back office");
    for (id, expected) in AT_BACK_OFFICE {
        page.check(id, expected, is_quoted).await;
    }

    // On a phone, nothing stands out at the side.
    let mut page = Page::open(&mut devtools, &shop, &shop.storefront).await;
    page.size(390, 844).await;
    page.send_all().await;
    assert_eq!(page.text("find('summary').textContent").await, "21 of 21 sent: 12 readable, 9 blocked");
    assert_eq!(page.value("document.documentElement.scrollWidth").await, 390);

    if let Some(path) = env::var_os("SCREENSHOT") {
        let shop = Shop::start(None);
        let mut page = Page::open(&mut devtools, &shop, &shop.storefront).await;
        page.size(1280, 1040).await;
        page.send_all().await;
        page.value("find('refused').scrollIntoView()").await;
        fs::write(path, page.picture().await).expect("a place for the picture");
    }
}

/// The browser, or else it is said that there is none.
fn program() -> Option<PathBuf> {
    let program = devtools::find();
    if program.is_none() {
        let problem = format!("none of {:?} is on the PATH", devtools::NAMES);
        assert!(env::var_os("REQUIRE_BROWSER").is_none_or(|value| value != "1"), "{problem}");
        left_out(&format!("the storefront, for {problem}"));
    }
    program
}

/// Past the harness, which keeps to itself what is printed by tests that pass.
fn left_out(what: &str) {
    writeln!(stderr(), "left out: {what}").expect("someone reads this");
}

/// A shop that listens; it ends with the test.
struct Shop {
    process: Child,
    api: String,
    storefront: String,
    back_office: String,
}

impl Drop for Shop {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Shop {
    /// Both ports are this one, where 0 is any that is free, or the usual ones.
    fn start(port: Option<&str>) -> Self {
        let test = env::current_exe().expect("the test has a path");
        let profile = test.ancestors().nth(2).expect("tests are in target/PROFILE/deps");
        let path = profile.join("examples").join(format!("shop{EXE_SUFFIX}"));
        assert!(path.exists(), "{} is missing; `cargo build --example shop` builds it", path.display());
        let mut command = Command::new(path);
        for variable in ["API_PORT", "STORE_PORT"] {
            match port {
                Some(port) => command.env(variable, port),
                None => command.env_remove(variable),
            };
        }
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("the shop starts");
        let mut lines = BufReader::new(process.stdout.take().expect("piped")).lines();
        let [api, storefront, back_office] =
            ["listening on ", "storefront at ", "back office at "].map(|start| {
                let line = lines.next().expect("the shop goes on printing").expect("lines of text");
                let rest = line.strip_prefix(start);
                rest.unwrap_or_else(|| panic!("{line:?} does not begin with {start:?}")).to_owned()
            });
        // Reads to the end, for a shop that cannot print ends.
        thread::spawn(move || lines.count());
        Self { process, api, storefront, back_office }
    }

    /// The same text with the usual ports, and without the numbers of lines, which change.
    fn usual(&self, text: &str) -> String {
        let text = text.replace(port(&self.storefront), ":3000").replace(port(&self.api), ":5000");
        let mut pieces = text.split(".rs:");
        let first = pieces.next().unwrap_or_default().to_owned();
        pieces.fold(first, |text, piece| {
            text + ".rs" + piece.trim_start_matches(|char: char| char.is_ascii_digit())
        })
    }
}

/// The lines without the indentation of the test's source.
fn trimmed(text: &str) -> String {
    text.trim().lines().map(str::trim).collect::<Vec<_>>().join("\n")
}

fn port(origin: &str) -> &str {
    &origin[origin.rfind(':').expect("a port")..]
}

struct Page<'a> {
    devtools: &'a mut DevTools,
    session: String,
    shop: &'a Shop,
    origin: &'a str,
}

impl<'a> Page<'a> {
    async fn open(devtools: &'a mut DevTools, shop: &'a Shop, origin: &'a str) -> Self {
        let target = devtools.call("", "Target.createTarget", json!({ "url": "about:blank" })).await;
        let target = json!({ "targetId": target["targetId"], "flatten": true });
        let session = devtools.call("", "Target.attachToTarget", target).await;
        let session = session["sessionId"].as_str().expect("a session").to_owned();
        for domain in ["Page", "Log"] {
            devtools.call(&session, &format!("{domain}.enable"), json!({})).await;
        }
        devtools.call(&session, "Page.navigate", json!({ "url": origin })).await;
        devtools.event(&session, "Page.loadEventFired", |_| true).await;
        let mut page = Self { devtools, session, shop, origin };
        // The cards are there once the page knows where the API is.
        page.value("started").await;
        page
    }

    /// Clicks the card's button and compares what the card shows then.
    async fn check(&mut self, id: &str, expected: &str, is_quoted: bool) {
        self.devtools.forget();
        let shown = self.text(&click(id)).await;
        // What the console says stands last.
        let (shown, console) = match shown.rfind("\nAccess to ") {
            Some(end) => (&shown[..end], Some(&shown[end + 1..])),
            None => (&*shown, None),
        };
        assert_eq!(trimmed(&self.shop.usual(shown)), trimmed(expected), "the card {id} at {}", self.origin);

        // The consoles of frames are not listened to.
        let origin = format!("from origin '{}'", self.origin);
        let Some(console) = console.filter(|console| is_quoted && console.contains(&origin)) else { return };
        let is_ours =
            |event: &Value| event["entry"]["text"].as_str().is_some_and(|text| text.contains("CORS"));
        let event = self.devtools.event(&self.session, "Log.entryAdded", is_ours).await;
        let said = event["entry"]["text"].as_str().expect("a text");
        // To an `XMLHttpRequest`, Chromium gives no advice, and the server cannot know what it is.
        match console.starts_with("Access to XMLHttpRequest") {
            true => assert!(console.starts_with(said), "{id} at {}: {said}", self.origin),
            false => assert_eq!(console, said, "{id} at {}", self.origin),
        }
    }

    /// Clicks the button that clicks all others.
    async fn send_all(&mut self) {
        self.value(&format!("find('send-all').click(), {}", until_none("[aria-busy]"))).await;
    }

    async fn value(&mut self, expression: &str) -> Value {
        let params = json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let mut result = self.devtools.call(&self.session, "Runtime.evaluate", params).await;
        assert!(result["exceptionDetails"].is_null(), "{expression}: {result}");
        result["result"]["value"].take()
    }

    async fn text(&mut self, expression: &str) -> String {
        self.value(expression).await.as_str().expect("a text").to_owned()
    }

    async fn size(&mut self, width: u32, height: u32) {
        let is_phone = width < 500;
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": is_phone });
        self.devtools.call(&self.session, "Emulation.setDeviceMetricsOverride", metrics).await;
        self.devtools.call(&self.session, "Emulation.setScrollbarsHidden", json!({ "hidden": true })).await;
    }

    /// What is in sight, as a PNG.
    async fn picture(&mut self) -> Vec<u8> {
        let picture =
            self.devtools.call(&self.session, "Page.captureScreenshot", json!({ "format": "png" })).await;
        BASE64.decode(picture["data"].as_str().expect("a picture").as_bytes()).expect("base64")
    }
}

/// A script that clicks the button of a card and gives all that the card shows when that is done.
fn click(id: &str) -> String {
    format!(
        "document.querySelector('#{id} button').click(), {}.then(() => {{
            const parts = '.verdict, .readable li, .requests li, .explanation, .error, .console';
            const shown = [...document.querySelectorAll(parts.replaceAll(/^|, /g, '$&#{id} '))];
            return shown.filter((part) => part.checkVisibility()).map((part) => part.textContent.trim()).join('\\n');
        }})",
        until_none("[aria-busy]")
    )
}

/// A script that waits until nothing on the page is like this.
fn until_none(selector: &str) -> String {
    format!(
        "(async () => {{
            while (document.querySelector('{selector}')) await new Promise((resolve) => setTimeout(resolve, 10));
        }})()"
    )
}
