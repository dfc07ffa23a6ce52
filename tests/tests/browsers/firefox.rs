//! Firefox, by WebDriver BiDi: <https://w3c.github.io/webdriver-bidi/>

use std::{path::PathBuf, process::Command, time::Duration};

use cors_browser::Engine;
use serde_json::{Value, json};

use super::{
    RealBrowser, find,
    process::{Directory, Process},
    socket::Socket,
};

pub(crate) struct Firefox {
    socket: Socket,
    context: String,
    version: String,
    last_id: u64,
    // Behind the socket, because fields are dropped in this order.
    _process: Process,
    _profile: Directory,
}

/// What a browser asks for by itself.
const QUIET: &str = r#"
user_pref("app.normandy.enabled", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
"#;

impl RealBrowser for Firefox {
    const ENGINE: Engine = Engine::Firefox;

    fn program() -> Result<PathBuf, String> {
        find(&["firefox-esr", "firefox"])
    }

    async fn start(program: PathBuf, proxy: Option<u16>) -> Self {
        let profile = Directory::new("firefox");
        let proxy = proxy.map(|port| {
            format!(
                r#"
user_pref("network.proxy.type", 1);
user_pref("network.proxy.http", "127.0.0.1");
user_pref("network.proxy.http_port", {port});
user_pref("network.proxy.allow_hijacking_localhost", true);
user_pref("network.proxy.no_proxies_on", "");
"#
            )
        });
        profile.write("user.js", &(QUIET.to_owned() + &proxy.unwrap_or_default()));
        // It does not say itself that it is one.
        let is_esr = program.ends_with("firefox-esr");
        let mut command = Command::new(program);
        command
            .args(["--headless", "--no-remote", "--remote-debugging-port", "0", "--profile"])
            .arg(profile.path())
            .env("HOME", profile.path());
        let mut process = Process::start(&mut command);
        let endpoint =
            process.printed(|line| Some(line.strip_prefix("WebDriver BiDi listening on ")?.to_owned())).await;
        let socket = Socket::connect(&format!("{endpoint}/session")).await;
        let version = if is_esr { "Firefox ESR" } else { "Firefox" }.to_owned();
        let context = String::new();
        let mut browser = Self { socket, context, version, last_id: 0, _process: process, _profile: profile };
        browser.attach().await;
        browser
    }

    fn version(&self) -> &str {
        &self.version
    }

    async fn open(&mut self, url: &str) {
        let page = json!({ "context": self.context, "url": url, "wait": "complete" });
        self.call("browsingContext.navigate", page).await;
    }

    async fn evaluate(&mut self, expression: &str) -> Value {
        let expression = format!("Promise.resolve({expression}).then(JSON.stringify)");
        let target = json!({ "context": self.context });
        let params = json!({ "expression": expression, "awaitPromise": true, "target": target });
        let result = self.call("script.evaluate", params).await;
        assert!(result["exceptionDetails"].is_null(), "{expression}: {result}");
        // Undefined is no JSON.
        result["result"]["value"]
            .as_str()
            .map_or(Value::Null, |text| serde_json::from_str(text).expect("JSON"))
    }

    async fn console(&mut self, patience: Duration) -> Option<String> {
        let event = self.socket.event(patience, |event| event["method"] == "log.entryAdded").await?;
        Some(event["params"]["text"].as_str().unwrap_or_default().to_owned())
    }

    fn forget_console(&mut self) {
        self.socket.forget();
    }
}

impl Firefox {
    /// Listens to a page of the browser.
    async fn attach(&mut self) {
        let session = self.call("session.new", json!({ "capabilities": {} })).await;
        let version = session["capabilities"]["browserVersion"].as_str().expect("a number");
        self.version = format!("{} {version}", self.version);
        self.call("session.subscribe", json!({ "events": ["log.entryAdded"] })).await;
        let created = self.call("browsingContext.create", json!({ "type": "tab" })).await;
        created["context"].as_str().expect("a context").clone_into(&mut self.context);
    }

    async fn call(&mut self, method: &str, params: Value) -> Value {
        self.last_id += 1;
        let id = self.last_id;
        let command = json!({ "id": id, "method": method, "params": params });
        let mut answer = self.socket.call(&command, |message| message["id"] == id).await;
        assert_eq!(answer["type"], "success", "{method}: {answer}");
        answer["result"].take()
    }
}
