//! The pages of the shop in Chromium, Firefox and WebKit: every button is clicked, and what its card shows then is compared.
//!
//! The shop is the example itself; `cargo test` builds it, and so does `cargo build --example shop`. A browser that is not
//! installed is left out, which is said. With `REQUIRE_BROWSER=1`, its absence is a failure.
//! `SCREENSHOT=/tmp/storefront.png` leaves the picture of the README there, for which another shop takes the usual ports;
//! it is kept in 128 colours.

#[allow(dead_code, reason = "the tests of the engines need more of it")]
mod browsers;

use std::{
    collections::BTreeMap,
    env::{self, consts::EXE_SUFFIX},
    fs,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use browsers::{Chromium, Firefox, RealBrowser, WebKit, note, or_left_out};
use cors_browser::Engine;
use data_encoding::BASE64;
use serde::Deserialize;
use serde_json::json;

/// How long a console may take to say what the page predicts. Nothing waits for this unless it says something else.
const PATIENCE: Duration = Duration::from_secs(2);

/// A card and all that it shows, a line each: what came of it, what the page can read, and what the API saw; and if it
/// was blocked, the server's explanation and what the script got, where `TypeError` replaces the words of the engine.
/// What the card says of consoles is compared with the consoles.
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
         help: add "http://localhost:3000" to `origins`, if its pages may read this
         TypeError"#,
    ),
    (
        "patch",
        r#"blocked
         OPTIONS /basket preflight for patch → 403
         cors refused preflight patch /basket from http://localhost:3000: no handler with a policy is mounted for this method
         help: write `PATCH` in the page: browsers do not change the case of this method
         TypeError"#,
    ),
    (
        "header",
        r#"blocked
         OPTIONS /products/1 preflight for GET with authorization, x-debug → 204
         cors refused preflight GET /products/1 from http://localhost:3000: request header `x-debug` is not in `headers` of `STOREFRONT` (examples/shop/api.rs, used by `show_product`)
         help: add "x-debug" to `headers`, if pages of this origin may send it
         TypeError"#,
    ),
    (
        "response-header",
        r#"blocked
         OPTIONS /products/1 preflight for GET with access-control-allow-headers → 204
         cors refused preflight GET /products/1 from http://localhost:3000: request header `access-control-allow-headers` is not in `headers` of `STOREFRONT` (examples/shop/api.rs, used by `show_product`)
         help: remove `access-control-allow-headers` from the page's request: it is a response header, which the server sets
         TypeError"#,
    ),
    (
        "sandbox",
        r#"blocked from null
         OPTIONS /products/1 preflight for GET with authorization → 403
         cors refused preflight GET /products/1 from null: the origin is not in `origins` of `STOREFRONT` (examples/shop/api.rs, used by `show_product`)
         help: serve the page from a web server, and without `sandbox`: the origin of a local file or of a sandboxed frame is `null`, and anyone can create one
         TypeError"#,
    ),
    (
        "address",
        r#"blocked from http://127.0.0.1:3000
         GET /basket → 200
         cors refused request GET /basket from http://127.0.0.1:3000: the origin is not in `origins` of `STOREFRONT` (examples/shop/api.rs, used by `show_basket`), so the page cannot read the response
         help: open the page at the origin that is allowed, or add this one: `http://localhost:3000` differs in its name for this machine: to browsers these are different origins
         TypeError"#,
    ),
    (
        "health",
        r#"blocked
         GET /health → 200
         cors refused request GET /health from http://localhost:3000: no handler with a policy is mounted for this method
         help: mount a handler with `#[cors(..)]` on GET here, if pages of other origins may use it
         TypeError"#,
    ),
    (
        "path",
        r#"blocked
         OPTIONS /product/1 preflight for GET with authorization → 401
         cors refused preflight GET /product/1 from http://localhost:3000: no route matches the path
         help: check the URL in the page, or set `default_policy(..)`
         TypeError"#,
    ),
    (
        "wildcard",
        r#"blocked
         GET /products → 200
         It refused nothing: any origin may read this, and whether a request is with credentials is not in it. Fetch it without credentials, or list the origins in the policy.
         TypeError
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
         help: add "http://admin.localhost:3000" to `origins`, if its pages may read this
         TypeError"#,
    ),
    (
        "upload",
        r#"blocked
         OPTIONS /uploads preflight for POST → 403
         cors refused preflight POST /uploads from http://admin.localhost:3000: the origin is not in `origins` of `STOREFRONT` (examples/shop/api.rs, used by `upload`)
         help: add "http://admin.localhost:3000" to `origins`, if its pages may read this
         error event, status 0"#,
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_button_shows_what_came_of_it() {
    let (chromium, firefox, webkit) =
        tokio::join!(click_through::<Chromium>(), click_through::<Firefox>(), click_through::<WebKit>());
    // What a card says of all consoles does not depend on the browser that shows it.
    let predictions: Vec<_> = [chromium, firefox, webkit].into_iter().flatten().collect();
    for pair in predictions.windows(2) {
        assert_eq!(pair[0], pair[1]);
    }
}

/// What the cards of an origin say of consoles.
type Predictions = BTreeMap<(&'static str, &'static str), Vec<(String, String)>>;

async fn click_through<B: RealBrowser>() -> Option<Predictions> {
    let program = or_left_out(B::program(), &format!("the storefront in {}", B::ENGINE))?;
    let mut browser = B::start(program, None).await;
    if !browser.has_known_words() {
        let known = B::ENGINE.observed_version();
        note(&format!(
            "left out: the words of the console of {}, because those of {known} are known",
            browser.version()
        ));
    }
    let shop = Shop::start(Some("0"));
    let mut predictions = Predictions::new();

    let mut page = OpenPage::open(&mut browser, &shop, &shop.storefront).await;
    assert_eq!(page.text("document.title").await, "Storefront");
    let engine = page.text("find('engine').textContent").await;
    assert!(engine.starts_with(B::ENGINE.name()), "{engine}");
    assert_eq!(page.text("find('summary').textContent").await, "21 situations");
    for (id, expected) in AT_STOREFRONT {
        predictions.insert(("storefront", id), page.check(id, expected).await);
    }
    assert_eq!(page.text("find('summary').textContent").await, "21 of 21 sent: 12 readable, 9 blocked");

    let mut page = OpenPage::open(&mut browser, &shop, &shop.back_office).await;
    assert_eq!(page.text("document.title").await, "Back office");
    for (id, expected) in AT_BACK_OFFICE {
        predictions.insert(("back office", id), page.check(id, expected).await);
    }
    Some(predictions)
}

#[tokio::test]
async fn on_a_phone_nothing_stands_out_at_the_side() {
    let Some(program) = or_left_out(Chromium::program(), "the storefront on a phone") else { return };
    let mut browser = Chromium::start(program, None).await;
    let shop = Shop::start(Some("0"));
    resize(&mut browser, 390, 844).await;
    let mut page = OpenPage::open(&mut browser, &shop, &shop.storefront).await;
    page.send_all().await;
    assert_eq!(page.text("find('summary').textContent").await, "21 of 21 sent: 12 readable, 9 blocked");
    assert_eq!(page.browser.evaluate("document.documentElement.scrollWidth").await, 390);
}

#[tokio::test]
async fn the_picture_of_the_readme() {
    let Some(path) = env::var_os("SCREENSHOT") else { return };
    let mut browser = Chromium::start(Chromium::program().expect("Chromium"), None).await;
    let shop = Shop::start(None);
    resize(&mut browser, 1280, 1040).await;
    let mut page = OpenPage::open(&mut browser, &shop, &shop.storefront).await;
    page.send_all().await;
    page.browser.evaluate("find('refused').scrollIntoView()").await;
    let picture = browser.call("Page.captureScreenshot", json!({ "format": "png" })).await;
    let picture = picture["data"].as_str().expect("a picture");
    fs::write(path, BASE64.decode(picture.as_bytes()).expect("base64")).expect("a place for the picture");
}

/// Makes the window a screen of this size.
async fn resize(browser: &mut Chromium, width: u32, height: u32) {
    let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500 });
    browser.call("Emulation.setDeviceMetricsOverride", metrics).await;
    browser.call("Emulation.setScrollbarsHidden", json!({ "hidden": true })).await;
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

struct OpenPage<'a, B> {
    browser: &'a mut B,
    shop: &'a Shop,
    origin: &'a str,
}

/// What a card shows.
#[derive(Deserialize)]
struct Shown {
    lines: String,
    consoles: Vec<Prediction>,
}

/// What a card says of a console.
#[derive(Deserialize)]
struct Prediction {
    browser: String,
    /// Whether it is that of the browser that shows the card.
    here: bool,
    line: String,
}

impl<'a, B: RealBrowser> OpenPage<'a, B> {
    async fn open(browser: &'a mut B, shop: &'a Shop, origin: &'a str) -> Self {
        browser.open(&format!("{origin}/")).await;
        // The cards are there once the page knows where the API is.
        browser.evaluate("started").await;
        Self { browser, shop, origin }
    }

    /// Clicks the card's button, compares what the card shows then, and gives what it says of consoles.
    async fn check(&mut self, id: &str, expected: &str) -> Vec<(String, String)> {
        let at = format!("the card {id} at {} in {}", self.origin, self.browser.version());
        self.browser.forget_console();
        let shown = self.browser.evaluate(&click(id)).await;
        let Shown { lines, consoles } = serde_json::from_value(shown).expect("what the script below gives");
        let expected = expected.replace("TypeError", type_error(B::ENGINE));
        assert_eq!(trimmed(&self.shop.usual(&lines)), trimmed(&expected), "{at}");

        let here: Vec<_> = consoles.iter().filter(|console| console.here).collect();
        assert_eq!(here.len(), usize::from(!consoles.is_empty()), "{at}");
        for Prediction { browser, line, .. } in here {
            assert_eq!(browser, B::ENGINE.browser(), "{at}");
            // The consoles of frames are not listened to.
            if expected.starts_with("blocked\n") && self.browser.has_known_words() {
                self.check_console(line, &at).await;
            }
        }
        consoles.into_iter().map(|console| (console.browser, self.shop.usual(&console.line))).collect()
    }

    async fn check_console(&mut self, predicted: &str, at: &str) {
        let mut said = Vec::new();
        while let Some(line) = self.browser.console(PATIENCE).await {
            // To an `XMLHttpRequest`, Chromium gives no advice, and the server cannot know what it is.
            let is_cut = line.starts_with("Access to XMLHttpRequest") && predicted.starts_with(&line);
            if is_cut || line.trim_end() == predicted {
                return;
            }
            said.push(line);
        }
        panic!("{at}: the console says {said:#?}\nexpected: {predicted}");
    }

    /// Clicks the button that clicks all others.
    async fn send_all(&mut self) {
        self.browser.evaluate(&format!("(find('send-all').click(), {})", until_none("[aria-busy]"))).await;
    }

    async fn text(&mut self, expression: &str) -> String {
        self.browser.evaluate(expression).await.as_str().expect("a text").to_owned()
    }
}

/// What an engine says to the script, whatever it blocks.
fn type_error(engine: Engine) -> &'static str {
    match engine {
        Engine::Chromium => "TypeError: Failed to fetch",
        Engine::Firefox => "TypeError: NetworkError when attempting to fetch resource.",
        _ => "TypeError: Load failed",
    }
}

/// A script that clicks the button of a card and gives all that the card shows when that is done.
fn click(id: &str) -> String {
    format!(
        "(document.querySelector('#{id} button').click(), {}.then(() => {{
            const parts = ['.verdict', '.readable li', '.requests li', '.explanation', '.error', '.unpredicted'];
            const shown = [...document.querySelectorAll(parts.map((part) => `#{id} ${{part}}`))];
            const text = (part) => part.textContent.trim();
            return {{
                lines: shown.filter((part) => part.checkVisibility()).map(text).join('\\n'),
                consoles: [...document.querySelectorAll('#{id} .consoles li')].map((item) => ({{
                    browser: text(item.querySelector('b')),
                    here: item.querySelector('.tag').checkVisibility(),
                    line: text(item.querySelector('pre')),
                }})),
            }};
        }}))",
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
