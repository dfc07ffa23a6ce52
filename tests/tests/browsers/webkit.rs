//! WebKit in the small browser of its GTK port, by the protocol of its Web Inspector:
//! <https://github.com/WebKit/WebKit/tree/main/Source/JavaScriptCore/inspector/protocol>

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use cors_browser::Engine;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, sleep},
};

use super::{
    DEADLINE, RealBrowser, find,
    process::{Directory, Process},
    socket::Socket,
};

pub(crate) struct WebKit {
    socket: Socket,
    target: String,
    version: String,
    last_id: u64,
    // Behind the socket, because fields are dropped in this order.
    _process: Process,
    _display: Process,
    _home: Directory,
}

/// Where packages have the browser.
const PROGRAM: &str = "webkit2gtk-4.1/MiniBrowser";

impl RealBrowser for WebKit {
    const ENGINE: Engine = Engine::WebKit;

    fn program() -> Result<PathBuf, String> {
        // It needs a display.
        find(&["Xvfb"])?;
        let libraries = fs::read_dir("/usr/lib").into_iter().flatten().filter_map(Result::ok);
        let mut candidates = libraries.map(|library| library.path().join(PROGRAM));
        candidates.find(|path| path.is_file()).ok_or_else(|| format!("there is no /usr/lib/*/{PROGRAM}"))
    }

    async fn start(program: PathBuf, proxy: Option<u16>) -> Self {
        Self::start_with(&program, proxy, &[]).await
    }

    fn version(&self) -> &str {
        &self.version
    }

    async fn open(&mut self, url: &str) {
        self.call("Page.navigate", json!({ "url": url })).await;
        let end = Instant::now() + DEADLINE;
        let is_there = format!("location.href === {} && document.readyState === 'complete'", json!(url));
        while self.evaluate_in_time(&is_there).await != Some(true.into()) {
            assert!(Instant::now() < end, "the page {url} does not load");
            self.follow_page().await;
            sleep(Duration::from_millis(10)).await;
        }
    }

    async fn evaluate(&mut self, expression: &str) -> Value {
        let expression = format!("Promise.resolve({expression}).then(JSON.stringify)");
        let promise = self.call("Runtime.evaluate", json!({ "expression": expression })).await;
        let object = &promise["result"]["objectId"];
        assert!(!object.is_null(), "{expression}: {promise}");
        let params = json!({ "promiseObjectId": object, "returnByValue": true });
        let result = self.call("Runtime.awaitPromise", params).await;
        assert_ne!(result["wasThrown"], true, "{expression}: {result}");
        // Undefined is no JSON.
        result["result"]["value"]
            .as_str()
            .map_or(Value::Null, |text| serde_json::from_str(text).expect("JSON"))
    }

    async fn console(&mut self, patience: Duration) -> Option<String> {
        let message = self.event("Console.messageAdded", patience).await?;
        Some(message["message"]["text"].as_str().unwrap_or_default().to_owned())
    }

    fn forget_console(&mut self) {
        self.socket.forget();
    }
}

impl WebKit {
    /// Starts it with more variables in its environment.
    pub(crate) async fn start_with(program: &Path, proxy: Option<u16>, environment: &[(&str, &str)]) -> Self {
        let home = Directory::new("webkit");
        let (display, display_name) = start_display().await;
        let version = Command::new(program)
            .arg("--version")
            .env("DISPLAY", &display_name)
            .env("HOME", home.path())
            .output();
        let version = version.expect("the browser starts").stdout;
        let version = String::from_utf8_lossy(&version).trim().to_owned();

        let port = free_port();
        let address = format!("127.0.0.1:{port}");
        let mut command = Command::new(program);
        command
            .env("DISPLAY", display_name)
            .env("HOME", home.path())
            .env("WEBKIT_INSPECTOR_HTTP_SERVER", &address)
            .envs(environment.iter().copied())
            // Without the second one, it has no cookies of other sites.
            .args(["--private", "--cookies-policy=always", "--enable-developer-extras=true"])
            .args(proxy.map(|port| format!("--proxy=http://127.0.0.1:{port}")))
            .arg("about:blank");
        let process = Process::start(&mut command);
        wait_for_page(&address).await;
        let socket = Socket::connect(&format!("ws://{address}/socket/1/1/WebPage")).await;
        let target = String::new();
        let mut browser =
            Self { socket, target, version, last_id: 0, _process: process, _display: display, _home: home };
        let created = browser.socket.event(DEADLINE, |event| event["method"] == "Target.targetCreated").await;
        let created = created.expect("there is a page");
        let target = &created["params"]["targetInfo"]["targetId"];
        target.as_str().expect("a name").clone_into(&mut browser.target);
        browser.enable().await;
        browser
    }

    /// Pages of another site are in another process, which then takes over.
    async fn follow_page(&mut self) {
        let is_committed = |event: &Value| event["method"] == "Target.didCommitProvisionalTarget";
        while let Some(committed) = self.socket.event(Duration::ZERO, is_committed).await {
            let target = &committed["params"]["newTargetId"];
            target.as_str().expect("a name").clone_into(&mut self.target);
            self.enable().await;
        }
    }

    async fn enable(&mut self) {
        for domain in ["Page", "Runtime", "Console"] {
            self.call(&format!("{domain}.enable"), json!({})).await;
        }
    }
}

impl WebKit {
    /// The result of a command to the page.
    async fn call(&mut self, method: &str, params: Value) -> Value {
        self.call_in_time(method, params, DEADLINE)
            .await
            .unwrap_or_else(|| panic!("the page does not answer {method}"))
    }

    /// The same; `None` if there is no answer in this time, as when another process takes over the page.
    async fn call_in_time(&mut self, method: &str, params: Value, patience: Duration) -> Option<Value> {
        self.last_id += 2;
        let (id, outer_id) = (self.last_id, self.last_id - 1);
        let message = json!({ "id": id, "method": method, "params": params }).to_string();
        let params = json!({ "targetId": self.target, "message": message });
        let command = json!({ "id": outer_id, "method": "Target.sendMessageToTarget", "params": params });
        self.socket.send(&command).await;
        let is_answer = |event: &Value| from_page(event).is_some_and(|message| message["id"] == id);
        let answer = self.socket.event(patience, is_answer).await?;
        let mut answer = from_page(&answer)?;
        assert!(answer["error"].is_null(), "{method}: {}", answer["error"]);
        Some(answer["result"].take())
    }

    async fn evaluate_in_time(&mut self, expression: &str) -> Option<Value> {
        let params = json!({ "expression": expression, "returnByValue": true });
        let result = self.call_in_time("Runtime.evaluate", params, Duration::from_millis(500)).await?;
        Some(result["result"]["value"].clone())
    }

    async fn event(&mut self, method: &str, patience: Duration) -> Option<Value> {
        let fits = |event: &Value| from_page(event).is_some_and(|message| message["method"] == method);
        let event = self.socket.event(patience, fits).await?;
        Some(from_page(&event)?["params"].take())
    }
}

/// What a page says, which comes as a text in a message of the browser's.
fn from_page(event: &Value) -> Option<Value> {
    if event["method"] != "Target.dispatchMessageFromTarget" {
        return None;
    }
    serde_json::from_str(event["params"]["message"].as_str()?).ok()
}

async fn start_display() -> (Process, String) {
    // It says which number is free.
    let screen = ["-displayfd", "1", "-screen", "0", "1280x1024x24", "-nolisten", "tcp"];
    let mut display = Process::start(Command::new("Xvfb").args(screen));
    let number = display.printed(|line| line.trim().parse::<u32>().ok()).await;
    (display, format!(":{number}"))
}

/// A port that nobody listens to. The browser says nowhere which one it took, so it has to be given.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").port()
}

/// Waits until the browser's list of what can be inspected has a page.
async fn wait_for_page(address: &str) {
    let end = Instant::now() + DEADLINE;
    let mut list = String::new();
    while !list.contains("/socket/1/1/WebPage") {
        assert!(Instant::now() < end, "the browser has no page, but: {list}");
        sleep(Duration::from_millis(20)).await;
        list = get(address).await.unwrap_or_default();
    }
}

async fn get(address: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    stream
        .write_all(format!("GET / HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").as_bytes())
        .await?;
    let mut response = String::new();
    stream.read_to_string(&mut response).await?;
    Ok(response)
}
