//! Chromium, by its DevTools protocol: <https://chromedevtools.github.io/devtools-protocol/>

use std::{path::PathBuf, process::Command, time::Duration};

use cors_browser::Engine;
use serde_json::{Value, json};

use super::{
    DEADLINE, FailureName, RealBrowser, find,
    process::{Directory, Process},
    socket::Socket,
};

pub(crate) struct Chromium {
    socket: Socket,
    session: String,
    version: String,
    last_id: u64,
    // Behind the socket, because fields are dropped in this order.
    _process: Process,
    _profile: Directory,
}

impl RealBrowser for Chromium {
    const ENGINE: Engine = Engine::Chromium;

    fn program() -> Result<PathBuf, String> {
        find(&["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"])
    }

    async fn start(program: PathBuf, proxy: Option<u16>) -> Self {
        let profile = Directory::new("chromium");
        // Cookies of other sites, which windows have by default, and browsers without a window do not.
        profile.write("Default/Preferences", r#"{ "profile": { "cookie_controls_mode": 0 } }"#);
        let mut command = Command::new(program);
        command
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"])
            .args(["--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking"])
            .args(["--disable-component-update", "--disable-sync", "--remote-debugging-port=0"])
            .arg(format!("--user-data-dir={}", profile.path().display()));
        match proxy {
            Some(port) => command
                .arg(format!("--proxy-server=127.0.0.1:{port}"))
                // Hosts of this machine as well.
                .arg("--proxy-bypass-list=<-loopback>"),
            None => command.arg("--no-proxy-server"),
        };
        let mut process = Process::start(&mut command);
        let endpoint =
            process.printed(|line| Some(line.strip_prefix("DevTools listening on ")?.to_owned())).await;
        let socket = Socket::connect(&endpoint).await;
        let (session, version) = (String::new(), String::new());
        let mut browser = Self { socket, session, version, last_id: 0, _process: process, _profile: profile };
        browser.attach().await;
        browser
    }

    fn version(&self) -> &str {
        &self.version
    }

    async fn open(&mut self, url: &str) {
        self.call("Page.navigate", json!({ "url": url })).await;
        self.event("Page.loadEventFired", DEADLINE, |_| true).await.expect("the page loads");
    }

    async fn evaluate(&mut self, expression: &str) -> Value {
        let params = json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let mut result = self.call("Runtime.evaluate", params).await;
        assert!(result["exceptionDetails"].is_null(), "{expression}: {result}");
        result["result"]["value"].take()
    }

    async fn console(&mut self, patience: Duration) -> Option<String> {
        let event = self.event("Log.entryAdded", patience, |_| true).await?;
        Some(event["entry"]["text"].as_str().unwrap_or_default().to_owned())
    }

    fn forget_console(&mut self) {
        self.socket.forget();
    }

    /// <https://chromedevtools.github.io/devtools-protocol/tot/Network/#type-CorsErrorStatus>
    async fn failure(&mut self) -> Option<FailureName> {
        // The preflight is a request of its own, and may fail as one.
        let is_ours = |event: &Value| event["type"] != "Preflight" && event["canceled"] != true;
        let failed = self.event("Network.loadingFailed", DEADLINE, is_ours).await?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let cors = &failed["corsErrorStatus"];
        Some(if cors.is_null() {
            FailureName::Network(text(&failed["errorText"]))
        } else {
            FailureName::Cors { error: text(&cors["corsError"]), parameter: text(&cors["failedParameter"]) }
        })
    }
}

impl Chromium {
    /// Listens to a page of the browser.
    async fn attach(&mut self) {
        let version = self.call("Browser.getVersion", json!({})).await;
        // Such as `Chrome/156.0.0.0`, whatever it is built as.
        let product = version["product"].as_str().expect("a name and a number");
        self.version = product.replace("Chrome/", "Chromium ");
        let target = self.call("Target.createTarget", json!({ "url": "about:blank" })).await;
        let target = json!({ "targetId": target["targetId"], "flatten": true });
        let session = self.call("Target.attachToTarget", target).await;
        session["sessionId"].as_str().expect("a session").clone_into(&mut self.session);
        for domain in ["Page", "Network", "Log"] {
            self.call(&format!("{domain}.enable"), json!({})).await;
        }
    }

    /// The result of a command to the page, or to the browser as long as no page is listened to.
    pub(crate) async fn call(&mut self, method: &str, params: Value) -> Value {
        self.last_id += 1;
        let id = self.last_id;
        let mut command = json!({ "id": id, "method": method, "params": params });
        if !self.session.is_empty() {
            command["sessionId"] = self.session.as_str().into();
        }
        let mut answer = self.socket.call(&command, |message| message["id"] == id).await;
        assert!(answer["error"].is_null(), "{method}: {}", answer["error"]);
        answer["result"].take()
    }

    async fn event(
        &mut self,
        method: &str,
        patience: Duration,
        fits: impl Fn(&Value) -> bool,
    ) -> Option<Value> {
        let fits = |event: &Value| event["method"] == method && fits(&event["params"]);
        let mut event = self.socket.event(patience, fits).await?;
        Some(event["params"].take())
    }
}
