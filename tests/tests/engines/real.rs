//! Rows in a browser that runs.

use std::{
    mem,
    path::PathBuf,
    time::{Duration, Instant},
};

use cors_browser::Engine;
use serde_json::Value;
use tokio::time::sleep;

use crate::{
    browsers::{FailureName, RealBrowser},
    proxy::{PAGE, Proxy},
    row::{ADDRESS, ADMIN, API, NOT_OURS, Observed, Outcome, Row, SANDBOX, SHOP, Seen},
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
    pub(crate) has_known_words: bool,
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

    let mut observed: Vec<Option<Observed>> = rows.iter().map(|_| None).collect();
    // Rows with pauses come first, for a browser has room for so many answers to preflights.
    for page in [SHOP, ADMIN, ADDRESS, SANDBOX] {
        for pace in [Pace::AtOnce, Pace::InOneGo] {
            let fits = |&row: &usize| rows[row].page == page && pace_of(rows[row], B::ENGINE) == pace;
            let numbers: Vec<usize> = (0..rows.len()).filter(fits).collect();
            for (row, seen) in stage.observe_together(&numbers, rows, pace == Pace::AtOnce).await {
                observed[row] = Some(seen);
            }
        }
    }
    let mut others: Vec<usize> = (0..rows.len()).filter(|&row| observed[row].is_none()).collect();
    // Pages are opened as seldom as possible.
    others.sort_by_key(|&row| rows[row].page);
    for row in others {
        observed[row] = Some(stage.observe(row, rows[row], consoles[row].as_deref()).await);
    }
    let rows = observed.into_iter().map(|observed| observed.expect("each row is in the order")).collect();
    let (version, has_known_words) = (stage.browser.version().to_owned(), stage.browser.has_known_words());
    Observations { version, has_known_words, rows, time: start.elapsed() }
}

/// How rows are run.
#[derive(PartialEq)]
enum Pace {
    /// With all others of this kind at the same time, because it waits for time to pass.
    AtOnce,
    /// With all others of this kind by one command, each of which takes a while in some browsers.
    InOneGo,
    /// By a command of its own, because the console is expected to say something, because the row has a page of its own
    /// or needs the server of the page, or because the page does not learn when it is over.
    OneByOne,
}

fn pace_of(row: &Row, engine: Engine) -> Pace {
    let is_readable = matches!(row.expect.in_engine(engine).outcome, Outcome::Readable { .. });
    match row {
        _ if row.has_pauses() => Pace::AtOnce,
        _ if row.page == API || !is_readable || row.leads_home() || !row.is_answered() => Pace::OneByOne,
        _ => Pace::InOneGo,
    }
}

struct Stage<B> {
    proxy: Proxy,
    browser: B,
    /// The page that is open.
    url: String,
}

impl<B: RealBrowser> Stage<B> {
    /// Runs rows on one page, whose responses are all readable.
    async fn observe_together(
        &mut self,
        numbers: &[usize],
        rows: &[&Row],
        at_once: bool,
    ) -> Vec<(usize, Observed)> {
        let mut logs = Vec::new();
        for &number in numbers {
            logs.push(self.prepare(number, rows[number]).await);
        }
        let steps = |&number: &usize| (RowSpace::new(number), &*rows[number].fetches);
        let steps: Vec<_> = numbers.iter().map(steps).collect();
        if steps.is_empty() {
            return Vec::new();
        }
        let seen = self.browser.evaluate(&script::of_rows(&steps, at_once)).await;
        let observed = numbers.iter().zip(logs).enumerate().map(|(index, (&number, log))| {
            let outcome = readable(&seen[index]).unwrap_or(Outcome::NoResponse);
            let console = seen[index]["error"].as_str().map(str::to_owned).into_iter().collect();
            (number, Observed { seen: Seen { requests: taken(&log), outcome }, console })
        });
        observed.collect()
    }

    async fn observe(&mut self, number: usize, row: &Row, console: Option<&str>) -> Observed {
        let log = self.prepare(number, row).await;
        let space = RowSpace::new(number);
        let mut seen = Value::Null;
        for step in &row.fetches {
            self.browser.forget_console();
            let mut rows = self.browser.evaluate(&script::of_rows(&[(space, &[*step])], false)).await;
            seen = rows[0].take();
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
        let end = Instant::now() + PATIENCE;
        // The page does not learn when its server has got a beacon.
        while count(&log) < row.expect.in_engine(B::ENGINE).requests.len() && Instant::now() < end {
            sleep(Duration::from_millis(5)).await;
        }
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

fn count(log: &Log) -> usize {
    log.lock().expect("no panic").len()
}

fn taken(log: &Log) -> Vec<String> {
    mem::take(&mut *log.lock().expect("no panic"))
}
