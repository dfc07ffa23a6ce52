//! What browsers make of answers: Chromium itself, and the model of one that users have for their own tests.
//!
//! Each row says what comes of it by the [Fetch standard], and both have to agree with that. Chromium is told what to do
//! by its DevTools protocol, which names the error of a blocked response in a word that does not change with the wording
//! of the console.
//!
//! Without Chromium, only the model is asked. With `REQUIRE_BROWSER=1`, its absence is a failure.
//!
//! [Fetch standard]: https://fetch.spec.whatwg.org/#http-cors-protocol

use std::{
    env,
    io::{Write, stderr},
    path::PathBuf,
};

#[path = "chromium/devtools.rs"]
mod devtools;
#[path = "chromium/model.rs"]
mod model;
#[path = "chromium/real.rs"]
mod real;
#[path = "chromium/row.rs"]
mod row;
#[path = "chromium/rows.rs"]
mod rows;
#[path = "chromium/stage.rs"]
mod stage;

use real::Chromium;
use row::{Observed, Row, Seen};

/// The version whose console the model quotes; others may word the same differently.
const QUOTED: &str = "/156.";

#[tokio::test(flavor = "multi_thread")]
async fn chromium_and_the_model_agree_with_every_row() {
    let mut chromium = match program() {
        Some(program) => Some(Chromium::start(program).await),
        None => None,
    };
    let is_quoted = chromium.as_ref().is_some_and(|chromium| is_quoted(chromium.version()));
    let mut failures = Failures::default();
    for (table, rows) in rows::tables() {
        for row in rows {
            let expected = &row.expect;
            let in_model = model::observe(&row).await;
            failures.compare(table, &row, "the model", &in_model, &expected.seen);
            if let Some(chromium) = &mut chromium {
                let in_chromium = chromium.observe(&row).await;
                let expected = expected.in_chromium.as_ref().unwrap_or(&expected.seen);
                failures.compare(table, &row, "Chromium", &in_chromium, expected);
                if is_quoted {
                    failures.compare_consoles(table, &row, &in_model, &in_chromium);
                }
            }
        }
    }
    failures.report();
}

/// The browser, or else it is said that there is none.
fn program() -> Option<PathBuf> {
    let program = devtools::find();
    if program.is_none() {
        let problem = format!("none of {:?} is on the PATH", devtools::NAMES);
        assert!(env::var_os("REQUIRE_BROWSER").is_none_or(|value| value != "1"), "{problem}");
        left_out(&format!("Chromium, for {problem}"));
    }
    program
}

fn is_quoted(version: &str) -> bool {
    let is_quoted = version.contains(QUOTED);
    if !is_quoted {
        left_out(&format!("the words of the console, for {version} is not the version that is quoted"));
    }
    is_quoted
}

/// Past the harness, which keeps to itself what is printed by tests that pass.
fn left_out(what: &str) {
    writeln!(stderr(), "left out: {what}").expect("someone reads this");
}

/// All that came out otherwise, so that one run shows it all.
#[derive(Default)]
struct Failures(Vec<String>);

impl Failures {
    fn compare(&mut self, table: &str, row: &Row, browser: &str, observed: &Observed, expected: &Seen) {
        let Observed { seen, console } = observed;
        if seen != expected {
            let said = console.as_deref().unwrap_or("nothing");
            self.add(
                table,
                row,
                &format!("in {browser}: {seen:#?}\nexpected: {expected:#?}\nconsole: {said}"),
            );
        }
    }

    /// The model's words are those of Chromium, wherever both block.
    fn compare_consoles(&mut self, table: &str, row: &Row, model: &Observed, chromium: &Observed) {
        if let (Some(model), Some(chromium)) = (&model.console, &chromium.console)
            && words(model) != words(chromium)
        {
            self.add(table, row, &format!("the model says: {model}\nChromium says:  {chromium}"));
        }
    }

    fn add(&mut self, table: &str, row: &Row, what: &str) {
        self.0.push(format!("{table}: {} (a page at {})\n{what}\n", row.why, row.page));
    }

    fn report(self) {
        assert!(self.0.is_empty(), "{} differences:\n\n{}", self.0.len(), self.0.join("\n"));
    }
}

/// The schemes that are supported are those of the build, and not compared.
fn words(console: &str) -> &str {
    console.split_once(" protocol schemes: ").map_or(console, |(words, _)| words)
}
