//! Browsers that run: one page each, that does what scripts say, and a console to read.
//!
//! Each engine is driven by the protocol that it speaks itself, over one WebSocket, without a driver program.

use std::{
    env,
    io::{Write, stderr},
    path::PathBuf,
    time::Duration,
};

use cors_browser::Engine;
use serde_json::Value;

mod chromium;
mod firefox;
mod process;
mod socket;
mod webkit;

pub(crate) use chromium::Chromium;
pub(crate) use firefox::Firefox;
pub(crate) use webkit::WebKit;

/// How long a browser may be silent. Nothing waits for this unless something is broken.
const DEADLINE: Duration = Duration::from_secs(60);

/// Why a request failed.
pub(crate) enum FailureName {
    Cors { error: String, parameter: String },
    Network(String),
}

/// A browser with one page.
pub(crate) trait RealBrowser: Sized {
    const ENGINE: Engine;

    /// The program, or what is missing.
    fn program() -> Result<PathBuf, String>;

    /// Starts it. Everything that it asks for goes to the proxy, if there is one.
    async fn start(program: PathBuf, proxy: Option<u16>) -> Self;

    /// Name and number.
    fn version(&self) -> &str;

    /// Whether it is the version whose words are known. Others may word the same differently.
    fn has_known_words(&self) -> bool {
        self.version().starts_with(Self::ENGINE.observed_version())
    }

    /// Shows the page at this URL.
    async fn open(&mut self, url: &str);

    /// The value of an expression in the page, or of what it promises, as JSON.
    async fn evaluate(&mut self, expression: &str) -> Value;

    /// The next text of the console, if one comes in this time.
    async fn console(&mut self, patience: Duration) -> Option<String>;

    /// Forgets the console's texts so far.
    fn forget_console(&mut self);

    /// Why the last request failed, if the engine has names for that.
    async fn failure(&mut self) -> Option<FailureName> {
        None
    }
}

/// The first of these programs that is on the `PATH`, or what is missing.
fn find(names: &[&str]) -> Result<PathBuf, String> {
    let path = env::var_os("PATH").unwrap_or_default();
    let directories: Vec<_> = env::split_paths(&path).collect();
    let mut candidates = names.iter().flat_map(|name| directories.iter().map(move |at| at.join(name)));
    candidates.find(|path| path.is_file()).ok_or_else(|| format!("none of {names:?} is on the PATH"))
}

/// What was looked for, or else it is said what is left out without it. With `REQUIRE_BROWSER=1`, that is a failure.
pub(crate) fn or_left_out<T>(found: Result<T, String>, what: &str) -> Option<T> {
    let is_required = env::var_os("REQUIRE_BROWSER").is_some_and(|value| value == "1");
    match found {
        Ok(found) => Some(found),
        Err(problem) if is_required => panic!("{problem}"),
        Err(problem) => {
            note(&format!("left out: {what}, because {problem}"));
            None
        }
    }
}

/// Past the harness, which keeps to itself what is printed by tests that pass.
pub(crate) fn note(what: &str) {
    writeln!(stderr(), "{what}").expect("someone reads this");
}
