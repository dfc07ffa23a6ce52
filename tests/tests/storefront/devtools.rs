//! A Chromium process and what is said to it by the DevTools protocol. Knows nothing of CORS.
//!
//! Messages stay JSON values: a browser that is newer than this file may say what it likes beside what is asked for.
//! <https://chromedevtools.github.io/devtools-protocol/>

use std::{
    collections::VecDeque,
    env, fs,
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{net::TcpStream, sync::oneshot, time::timeout};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};

/// How long a browser may be silent. Nothing waits for this unless something is broken.
const DEADLINE: Duration = Duration::from_secs(60);

/// The names that browsers of the family go by.
pub(crate) const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// The first of them on the `PATH`.
pub(crate) fn find() -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let directories: Vec<_> = env::split_paths(&path).collect();
    NAMES.iter().flat_map(|name| directories.iter().map(move |at| at.join(name))).find(|path| path.is_file())
}

/// A running browser, which ends with the value.
pub(crate) struct DevTools {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// What has been told and not yet been asked for.
    events: VecDeque<Value>,
    last_id: u64,
    // Behind the socket, because fields are dropped in this order.
    _process: Process,
}

struct Process {
    child: Child,
    profile: PathBuf,
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
        // The browser's own children outlive it for a moment, in which they may still write.
        for _ in 0..50 {
            if fs::remove_dir_all(&self.profile).is_ok() || !self.profile.exists() {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl DevTools {
    /// Starts a browser that finds hosts by these rules, in Chromium's syntax, and knows no others.
    pub(crate) async fn start(program: PathBuf, hosts: &str) -> Self {
        let profile = env::temp_dir().join(format!("cors-tests-chromium-{}", std::process::id()));
        // Cookies of other sites, which windows have by default, and browsers without a window do not.
        fs::create_dir_all(profile.join("Default")).expect("a place for temporary files");
        fs::write(profile.join("Default/Preferences"), r#"{ "profile": { "cookie_controls_mode": 0 } }"#)
            .expect("a place for temporary files");
        let child = Command::new(program)
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--disable-dev-shm-usage",
            ])
            .args(["--no-first-run", "--disable-background-networking", "--disable-component-update"])
            .args(["--disable-sync", "--no-proxy-server", "--remote-debugging-port=0"])
            .arg(format!("--host-resolver-rules={hosts}, MAP * ~NOTFOUND"))
            .arg(format!("--user-data-dir={}", profile.display()))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the browser starts");
        let mut process = Process { child, profile };

        let stderr = BufReader::new(process.child.stderr.take().expect("piped"));
        let (found, endpoint) = oneshot::channel();
        // Reads to the end, for a browser that cannot complain stands still.
        thread::spawn(move || {
            let (mut found, mut said) = (Some(found), String::new());
            for line in stderr.lines().map_while(Result::ok) {
                match (line.strip_prefix("DevTools listening on "), found.take()) {
                    (Some(endpoint), Some(found)) => _ = found.send(Ok(endpoint.to_owned())),
                    (_, waiting) => found = waiting,
                }
                said = said + &line + "\n";
            }
            found.map(|found| found.send(Err(said)));
        });
        let endpoint =
            timeout(DEADLINE, endpoint).await.expect("the browser starts in time").expect("a reader");
        let endpoint = endpoint.unwrap_or_else(|said| panic!("the browser ended at once:\n{said}"));
        let (socket, _) = connect_async(endpoint).await.expect("the browser listens");
        Self { socket, events: VecDeque::new(), last_id: 0, _process: process }
    }

    /// The result of a command. An empty session is the browser itself.
    pub(crate) async fn call(&mut self, session: &str, method: &str, params: Value) -> Value {
        self.last_id += 1;
        let id = self.last_id;
        let mut command = json!({ "id": id, "method": method, "params": params });
        if !session.is_empty() {
            command["sessionId"] = session.into();
        }
        self.socket.send(Message::text(command.to_string())).await.expect("the browser listens");
        loop {
            let mut message = self.receive(method).await;
            if message["id"] == id {
                assert!(message["error"].is_null(), "{method}: {}", message["error"]);
                return message["result"].take();
            }
            self.events.push_back(message);
        }
    }

    /// The parameters of the first event of this name that fits, told already or yet to come.
    pub(crate) async fn event(
        &mut self,
        session: &str,
        method: &str,
        fits: impl Fn(&Value) -> bool,
    ) -> Value {
        let fits = |event: &Value| {
            event["sessionId"] == session && event["method"] == method && fits(&event["params"])
        };
        let told = self.events.iter().position(&fits).and_then(|index| self.events.remove(index));
        let mut event = match told {
            Some(event) => event,
            None => loop {
                let event = self.receive(method).await;
                if fits(&event) {
                    break event;
                }
                self.events.push_back(event);
            },
        };
        event["params"].take()
    }

    /// Forgets what has been told.
    pub(crate) fn forget(&mut self) {
        self.events.clear();
    }

    async fn receive(&mut self, awaited: &str) -> Value {
        loop {
            let message = timeout(DEADLINE, self.socket.next()).await;
            let message = message.unwrap_or_else(|_| panic!("the browser is silent about {awaited}"));
            let message = message.expect("the browser runs").expect("a message");
            if let Message::Text(text) = message {
                return serde_json::from_str(&text).expect("JSON");
            }
        }
    }
}
