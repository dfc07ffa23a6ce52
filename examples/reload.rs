//! An API whose policy is in a file. A change of the file is a change of the policy; nothing is restarted.
//!
//! ```text
//! cargo run --example reload
//! API_PORT=8080 POLICY_FILE=/etc/prices/cors.toml cargo run --example reload
//! ```
//!
//! Ask it, write another origin into `examples/reload.toml`, and ask again:
//!
//! ```text
//! curl -i -H 'Origin: http://localhost:3000' http://127.0.0.1:5000/prices
//! ```
//!
//! The file may be written where it is, or replaced by another one of its name, as most editors do. It may be part of a
//! Kubernetes ConfigMap, which is replaced as a whole; then many instances follow one source. A file that holds no policy
//! changes nothing: the policy before it stays in force, and stderr says why. Programs should replace the file: half of
//! one that is being written can be a policy as well, and another one.

use std::{
    error::Error,
    fs,
    net::Ipv4Addr,
    path::{self, Path, PathBuf},
    process::ExitCode,
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::Duration,
};

use axum::http::StatusCode;
use cors_runtime::{CorsRouter, Policy, PolicyHandle, cors, get};
use notify::{Event, RecursiveMode, Watcher};
use tokio::net::TcpListener;

const DEFAULT_PORT: u16 = 5000;
const DEFAULT_FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/reload.toml");

/// One change of a file is several events. It is read this long after the first of them.
const SETTLING: Duration = Duration::from_millis(100);

/// No event reports what another machine does to a network file system, or that a link leads elsewhere now. So the file is
/// read as often as this, whether anything has happened or not.
const PATIENCE: Duration = Duration::from_secs(30);

// Until the file has been read, nothing is granted.
static POLICY: PolicyHandle = PolicyHandle::new(Policy::NONE);

#[cors(policy = POLICY)]
async fn prices() -> &'static str {
    "prices"
}

#[cors(policy = POLICY)]
async fn change_prices() -> StatusCode {
    StatusCode::NO_CONTENT
}

fn read(file: &Path) -> Result<Policy, String> {
    let text = fs::read_to_string(file).map_err(|error| error.to_string())?;
    toml::from_str(&text).map_err(|error| error.to_string().trim_end().to_owned())
}

/// Puts the policy of the file in force, now and whenever it changes.
fn follow(file: PathBuf) -> Result<(), Box<dyn Error>> {
    let directory = file.parent().ok_or("POLICY_FILE does not name a file")?;
    let (sender, events) = mpsc::channel();
    let mut watcher = notify::recommended_watcher(sender)?;
    // The directory, because a file that is replaced is another one afterwards. In a ConfigMap, the file is a link that
    // never changes, to a link beside it that does.
    watcher
        .watch(directory, RecursiveMode::NonRecursive)
        .map_err(|error| format!("cannot watch {}: {error}", directory.display()))?;

    // Read after the watch has begun: no change falls between the two.
    let policy = read(&file).map_err(|reason| format!("{}: {reason}", file.display()))?;
    POLICY.store(policy.clone());
    thread::spawn(move || {
        let _watcher = watcher; // It watches until it is dropped.
        let mut last = Ok(policy);
        while wait(&events) {
            let now = read(&file);
            if now == last {
                continue;
            }
            match &now {
                Ok(policy) => {
                    POLICY.store(policy.clone());
                    println!("the policy is now: {policy}");
                }
                Err(reason) => {
                    eprintln!("{}: {reason}\nthe policy is still: {}", file.display(), POLICY.load());
                }
            }
            last = now;
        }
    });
    Ok(())
}

/// Waits until the file may have changed; `false` if that will never be known.
fn wait(events: &Receiver<notify::Result<Event>>) -> bool {
    loop {
        match events.recv_timeout(PATIENCE) {
            // Our own reading is an event as well.
            Ok(Ok(event)) if event.kind.is_access() => {}
            // An error says that events were lost.
            Ok(_) => break,
            Err(RecvTimeoutError::Timeout) => return true,
            Err(RecvTimeoutError::Disconnected) => return false,
        }
    }
    thread::sleep(SETTLING);
    // What came meanwhile is seen by what comes now.
    while events.try_recv().is_ok() {}
    true
}

/// The port of the variable `API_PORT`; 0 is any that is free.
fn wanted_port() -> Result<u16, String> {
    match std::env::var_os("API_PORT") {
        None => Ok(DEFAULT_PORT),
        Some(text) => text.to_str().and_then(|text| text.parse().ok()).ok_or_else(|| {
            format!("API_PORT is {text:?}; write a port from 1 to 65535, or 0 for any that is free")
        }),
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let file = std::env::var_os("POLICY_FILE").map_or_else(|| DEFAULT_FILE.into(), PathBuf::from);
    follow(path::absolute(file)?)?;
    let app: axum::Router = CorsRouter::new().route("/prices", get(prices).put(change_prices)).finish()?;

    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, wanted_port()?)).await?;
    println!("listening on http://{}", listener.local_addr()?);
    println!("the policy is: {}", POLICY.load());
    axum::serve(listener, app).await?;
    Ok(())
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
