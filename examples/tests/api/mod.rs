//! What the tests of the examples share: an example as a process, and requests on sockets.

use std::{
    env::consts::EXE_SUFFIX,
    io::{BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

/// The most that anything takes, on a machine that is busy with something else.
const PATIENCE: Duration = Duration::from_secs(60);

/// The command that starts an example. Cargo builds examples before it runs tests, into the directory beside theirs.
pub(crate) fn example(name: &str, port: &str) -> Command {
    let test = std::env::current_exe().expect("the test has a path");
    let profile = test.ancestors().nth(2).expect("tests are in target/PROFILE/deps");
    let path: PathBuf = profile.join("examples").join(format!("{name}{EXE_SUFFIX}"));
    assert!(path.exists(), "{} is missing; `cargo build --example {name}` builds it", path.display());
    let mut command = Command::new(path);
    command.env("API_PORT", port).stdin(Stdio::null());
    command
}

/// An example that listens; it ends with the test.
pub(crate) struct Api {
    process: Child,
    pub(crate) port: u16,
    printed: Arc<Mutex<String>>,
}

impl Drop for Api {
    fn drop(&mut self) {
        self.process.kill().expect("it can be ended");
        self.process.wait().expect("it has ended");
    }
}

impl Api {
    /// Starts an example, which prints this at last when it listens.
    pub(crate) fn start(command: &mut Command, last: &str) -> Self {
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        let printed = Arc::new(Mutex::new(String::new()));
        keep(process.stdout.take().expect("piped"), &printed);
        keep(process.stderr.take().expect("piped"), &printed);
        let mut api = Self { process, port: 0, printed };
        let printed = api.wait_for(last);
        let (_, address) = printed.split_once("listening on http://").expect("where it listens");
        let port = address.lines().next().and_then(|address| address.rsplit(':').next());
        api.port = port.and_then(|port| port.parse().ok()).expect("a port");
        api
    }

    /// Everything that was printed, as soon as this is among it.
    pub(crate) fn wait_for(&self, text: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let printed = self.printed.lock().expect("unbroken").clone();
            if printed.contains(text) {
                return printed;
            }
            assert!(Instant::now() < deadline, "{text:?} is not in\n{printed}");
            thread::sleep(Duration::from_millis(10));
        }
    }

    pub(crate) fn send(&self, request: &str) -> Response {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).expect("it listens");
        exchange(stream, request)
    }

    /// The head of the response to a request whose connection may stay open, as that of a WebSocket does.
    pub(crate) fn open(&self, request: &str) -> String {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).expect("it listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout can be set");
        stream.write_all(request.as_bytes()).expect("the request is sent");
        let lines = BufReader::new(stream).lines().map(|line| line.expect("lines of text"));
        lines.take_while(|line| !line.is_empty()).fold(String::new(), |head, line| head + &line + "\n")
    }

    /// A request of a page at an origin.
    pub(crate) fn request(&self, method: &str, path: &str, origin: &str, rest: &str) -> Response {
        self.send(&format!("{method} {path} HTTP/1.1\r\nOrigin: {origin}\r\n{rest}"))
    }

    pub(crate) fn preflight(&self, method: &str, path: &str, origin: &str) -> Response {
        let asks = format!(
            "Access-Control-Request-Method: {method}\r\nAccess-Control-Request-Headers: authorization\r\n\r\n"
        );
        self.request("OPTIONS", path, origin, &asks)
    }
}

/// Keeps the lines that come, for as long as they do: who prints into a pipe that is closed fails.
fn keep(lines: impl Read + Send + 'static, printed: &Arc<Mutex<String>>) {
    let printed = Arc::clone(printed);
    thread::spawn(move || {
        for line in BufReader::new(lines).lines() {
            let line = line.expect("lines of text") + "\n";
            printed.lock().expect("unbroken").push_str(&line);
        }
    });
}

/// Sends a request, to which `Host` and `Connection` are added, and reads the response to the end.
pub(crate) fn exchange(mut stream: TcpStream, request: &str) -> Response {
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout can be set");
    let (first, rest) = request.split_once("\r\n").expect("a request has lines");
    let request = format!("{first}\r\nHost: localhost\r\nConnection: close\r\n{rest}");
    stream.write_all(request.as_bytes()).expect("the request is sent");
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("the response arrives");
    Response { text }
}

#[derive(Debug)]
pub(crate) struct Response {
    text: String,
}

impl Response {
    pub(crate) fn status(&self) -> u16 {
        self.text
            .strip_prefix("HTTP/1.1 ")
            .and_then(|rest| rest.get(..3))
            .and_then(|status| status.parse().ok())
            .expect("a status")
    }

    pub(crate) fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        let (head, _) = self.text.split_once("\r\n\r\n").expect("the head ends");
        head.lines().skip(1).map(|line| line.split_once(": ").expect("a header field"))
    }

    pub(crate) fn body(&self) -> &str {
        self.text.split_once("\r\n\r\n").expect("the head ends").1
    }

    /// The header fields of the CORS protocol and `vary`, each as it was sent, in the order of their names.
    pub(crate) fn cors(&self) -> Vec<(&str, &str)> {
        let mut fields: Vec<_> = self
            .headers()
            .filter(|(name, _)| name.starts_with("access-control-") || *name == "vary")
            .collect();
        fields.sort_unstable();
        fields
    }
}
