//! Rows in a browser that runs.

use std::{
    mem,
    path::PathBuf,
    time::{Duration, Instant},
};

use cors_browser::Engine;
use serde_json::Value;

use crate::{
    browsers::{FailureName, RealBrowser},
    proxy::{PAGE, Proxy},
    row::{API, NOT_OURS, Observed, Outcome, Row, SANDBOX, SHOP, Seen},
    row_space::RowSpace,
    script,
    stage::{self, Log},
};

/// How long a console may take to say what is expected of it. Nothing waits for this unless it says something else.
const PATIENCE: Duration = Duration::from_secs(2);

/// What a browser makes of all rows.
pub(crate) struct Observations {
    /// Name and number.
    pub(crate) version: String,
    pub(crate) rows: Vec<Observed>,
    pub(crate) time: Duration,
}

/// Runs all rows in a browser. The consoles are what is expected of the console in each.
pub(crate) async fn observe<B: RealBrowser>(
    program: PathBuf,
    rows: &[&Row],
    consoles: &[Option<String>],
) -> Observations {
    let start = Instant::now();
    let proxy = Proxy::default();
    let browser = B::start(program, Some(proxy.listen().await)).await;
    let mut stage = Stage { proxy, browser, url: String::new() };

    let mut order: Vec<usize> = (0..rows.len()).collect();
    // Pages are opened as seldom as possible, and rows with pauses come first, because they take their time beside others.
    order.sort_by_key(|&row| (rows[row].page != SHOP, rows[row].page, !rows[row].has_pauses()));
    let (paused, order): (Vec<usize>, Vec<usize>) =
        order.into_iter().partition(|&row| rows[row].has_pauses());

    let mut observed: Vec<Option<Observed>> = rows.iter().map(|_| None).collect();
    let mut started = Vec::new();
    for row in paused {
        assert_eq!(rows[row].page, SHOP, "rows with pauses are all on one page");
        started.push((row, stage.begin(row, rows[row]).await));
    }
    for row in order {
        if rows[row].page != SHOP {
            for (row, log) in mem::take(&mut started) {
                observed[row] = Some(stage.end(row, log).await);
            }
        }
        observed[row] = Some(stage.observe(row, rows[row], consoles[row].as_deref()).await);
    }
    for (row, log) in started {
        observed[row] = Some(stage.end(row, log).await);
    }
    let rows = observed.into_iter().map(|observed| observed.expect("each row is in the order")).collect();
    let version = stage.browser.version().to_owned();
    Observations { version, rows, time: start.elapsed() }
}

struct Stage<B> {
    proxy: Proxy,
    browser: B,
    /// The page that is open.
    url: String,
}

impl<B: RealBrowser> Stage<B> {
    /// Starts a row that takes its time.
    async fn begin(&mut self, number: usize, row: &Row) -> Log {
        let log = self.prepare(number, row).await;
        let script = script::of_steps(&row.fetches, RowSpace::new(number));
        self.browser.evaluate(&format!("void ((globalThis.begun ??= {{}})[{number}] = {script})")).await;
        log
    }

    /// Waits for the end of such a row.
    async fn end(&mut self, number: usize, log: Log) -> Observed {
        let seen = self.browser.evaluate(&format!("globalThis.begun[{number}]")).await;
        let outcome = readable(&seen).unwrap_or(Outcome::NoResponse);
        Observed { seen: Seen { requests: taken(&log), outcome }, console: Vec::new() }
    }

    async fn observe(&mut self, number: usize, row: &Row, console: Option<&str>) -> Observed {
        let log = self.prepare(number, row).await;
        let space = RowSpace::new(number);
        let mut seen = Value::Null;
        for step in &row.fetches {
            self.browser.forget_console();
            seen = self.browser.evaluate(&script::of_steps(&[*step], space)).await;
        }
        let (outcome, console) = match readable(&seen) {
            Some(outcome) => (outcome, Vec::new()),
            None => {
                let error = space.unmap(seen["error"].as_str().expect("a text"));
                let said = self.consoles(space, error, console).await;
                let outcome = match B::ENGINE {
                    Engine::Chromium => {
                        // Where nothing was sent, nothing has failed.
                        let was_sent = !row.expect.seen.requests.is_empty();
                        let failure = if was_sent { self.failure(space).await } else { None };
                        let expected =
                            console.filter(|console| said.iter().any(|text| text.trim() == *console));
                        failure.unwrap_or_else(|| Outcome::failed(expected.unwrap_or(&said[0])))
                    }
                    _ => Outcome::NoResponse,
                };
                (outcome, said)
            }
        };
        Observed { seen: Seen { requests: taken(&log), outcome }, console }
    }

    async fn prepare(&mut self, number: usize, row: &Row) -> Log {
        let log = Log::default();
        self.proxy.set_app(number, stage::app(row, log.clone()));
        let url = match row.page {
            SANDBOX => format!("{SHOP}{PAGE}?sandbox"),
            API => RowSpace::new(number).map(API) + PAGE,
            origin => format!("{origin}{PAGE}"),
        };
        if self.url != url {
            self.browser.open(&url).await;
            self.url = url;
        }
        log
    }

    /// Why the last request failed, if the browser has a name for it.
    async fn failure(&mut self, space: RowSpace) -> Option<Outcome> {
        match self.browser.failure().await? {
            FailureName::Cors { error, parameter } => {
                Some(Outcome::Blocked { error, parameter: space.unmap(&parameter) })
            }
            FailureName::Network(error) => (!error.is_empty()).then(|| Outcome::failed(&error)),
        }
    }

    /// What the console says, until it says what is expected.
    async fn consoles(&mut self, space: RowSpace, error: String, expected: Option<&str>) -> Vec<String> {
        let mut said = vec![error];
        let end = Instant::now() + PATIENCE;
        while expected.is_some_and(|expected| !said.iter().any(|text| text.trim() == expected.trim())) {
            let patience = end.saturating_duration_since(Instant::now());
            let Some(text) = self.browser.console(patience).await else { break };
            said.push(space.unmap(&text));
        }
        said
    }
}

fn readable(seen: &Value) -> Option<Outcome> {
    let status = seen["status"].as_u64()?.try_into().ok()?;
    let names = seen["headers"].as_array()?.iter().filter_map(Value::as_str);
    let headers = names.filter(|name| !NOT_OURS.contains(name)).map(str::to_owned).collect();
    Some(Outcome::Readable { status, headers })
}

fn taken(log: &Log) -> Vec<String> {
    mem::take(&mut *log.lock().expect("no panic"))
}
