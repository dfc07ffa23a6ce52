//! What browsers make of answers: Chromium, Firefox and WebKit themselves, and the model of them that users have for their
//! own tests.
//!
//! Each row says what comes of it by the [Fetch standard], and what else comes of it in an engine that departs from that.
//! The standard's model and each engine have to agree with the row, and the model of an engine with the engine, to the
//! words of its console. An engine that no longer departs makes the test fail, and so keeps the table true.
//!
//! An engine that is not installed is left out, which is said. With `REQUIRE_BROWSER=1`, its absence is a failure.
//!
//! [Fetch standard]: https://fetch.spec.whatwg.org/#http-cors-protocol

#[path = "../browsers/mod.rs"]
mod browsers;
mod clock;
mod model;
mod proxy;
mod real;
mod row;
mod row_space;
mod rows;
mod script;
mod stage;

use browsers::{Chromium, Firefox, RealBrowser, WebKit, note, or_left_out};
use cors_browser::{Browser, Departure, Engine};
use real::Observations;
use row::{Observed, Row, Seen};

#[tokio::test(flavor = "multi_thread")]
async fn engines_and_models_agree_with_every_row() {
    let tables = rows::tables();
    let rows: Vec<(&str, &Row)> =
        tables.iter().flat_map(|(table, rows)| rows.iter().map(move |row| (*table, row))).collect();
    let mut failures = Failures::default();

    for (table, row) in &rows {
        let in_model = model::observe(&Browser::new(), row).await;
        failures.compare(table, row, "the standard's model", &in_model, &row.expect.seen);
        for (engine, seen) in row.expect.departures() {
            if *seen == row.expect.seen {
                failures.add(table, row, &format!("{engine} departs from nothing"));
            }
        }
    }
    let (chromium, firefox, webkit) =
        tokio::join!(run::<Chromium>(&rows), run::<Firefox>(&rows), run::<WebKit>(&rows));
    for run in [chromium, firefox, webkit] {
        failures.compare_run(&rows, &run);
    }
    failures.report();
}

/// A departure that no row shows might as well not be there.
#[tokio::test]
async fn each_departure_shows_in_a_row() {
    let rows: Vec<Row> = rows::tables().into_iter().flat_map(|(_, rows)| rows).collect();
    for departure in Departure::ALL {
        for engine in departure.engines {
            let mut shows = false;
            for row in &rows {
                let departing = model::observe(&Browser::with_engine(*engine), row).await;
                let mended = model::observe(&Browser::with_engine(*engine).without(departure), row).await;
                shows |= departing.seen != mended.seen;
            }
            assert!(shows, "no row shows that in {engine}, {}", departure.what);
        }
    }
}

/// An engine in all rows: the model, and the real one if it is there.
struct EngineRun {
    engine: Engine,
    models: Vec<Observed>,
    real: Option<Observations>,
}

async fn run<B: RealBrowser>(rows: &[(&str, &Row)]) -> EngineRun {
    let engine = B::ENGINE;
    let mut models = Vec::new();
    for (_, row) in rows {
        models.push(model::observe(&Browser::with_engine(engine), row).await);
    }
    let Some(program) = or_left_out(B::program(), engine.name()) else {
        return EngineRun { engine, models, real: None };
    };
    let rows: Vec<&Row> = rows.iter().map(|(_, row)| *row).collect();
    let consoles: Vec<_> = models.iter().map(|model| model.console.first().cloned()).collect();
    let real = real::observe::<B>(program, &rows, &consoles).await;
    if !real.has_known_words {
        note(&format!(
            "left out: the words of the console of {}, because those of {} are known",
            real.version,
            engine.observed_version()
        ));
    }
    note(&format!("{}: {} rows in {:.1} s", real.version, rows.len(), real.time.as_secs_f32()));
    EngineRun { engine, models, real: Some(real) }
}

/// Everything that came out otherwise: one run shows it all.
#[derive(Default)]
struct Failures(Vec<String>);

impl Failures {
    fn compare_run(&mut self, rows: &[(&str, &Row)], run: &EngineRun) {
        let EngineRun { engine, models, real } = run;
        for (number, (table, row)) in rows.iter().enumerate() {
            let expected = row.expect.in_engine(*engine);
            let in_model = &models[number];
            let name = format!("the model of {engine}");
            match engine {
                Engine::Chromium => self.compare(table, row, &name, in_model, expected),
                // In capitals, names are not the same to Firefox, and the model does not know how they are written.
                Engine::Firefox if row.is_in_title_case() => {}
                _ => self.compare(
                    table,
                    row,
                    &name,
                    &in_model.with_names_of_cors(),
                    &expected.with_names_of_cors(),
                ),
            }
            let Some(real) = real else { continue };
            let observed = &real.rows[number];
            // Only Chromium has names for its reasons.
            match engine {
                Engine::Chromium => self.compare(table, row, &real.version, observed, expected),
                _ => self.compare(table, row, &real.version, observed, &expected.without_reason()),
            }
            if real.has_known_words {
                self.compare_consoles(table, row, in_model, observed, &real.version);
            }
        }
    }

    /// The model has the words of the engine, wherever both block.
    fn compare_consoles(&mut self, table: &str, row: &Row, model: &Observed, real: &Observed, version: &str) {
        let is_modelled = !(row.is_in_title_case() && version.contains("Firefox"));
        for expected in model.console.iter().filter(|_| is_modelled) {
            if !real.console.is_empty() && !real.console.iter().any(|said| words(said) == words(expected)) {
                self.add(
                    table,
                    row,
                    &format!("the model says: {expected}\n{version} says: {:#?}", real.console),
                );
            }
        }
    }

    fn compare(&mut self, table: &str, row: &Row, browser: &str, observed: &Observed, expected: &Seen) {
        let Observed { seen, console } = observed;
        if seen != expected {
            self.add(
                table,
                row,
                &format!("in {browser}: {seen:#?}\nexpected: {expected:#?}\nconsole: {console:#?}"),
            );
        }
    }

    fn add(&mut self, table: &str, row: &Row, what: &str) {
        self.0.push(format!("{table}: {} (a page at {})\n{what}\n", row.why, row.page));
    }

    fn report(self) {
        assert!(self.0.is_empty(), "{} differences:\n\n{}", self.0.len(), self.0.join("\n"));
    }
}

/// The schemes that Chromium supports are those of the build, and not compared. Some lines end with a line break.
fn words(console: &str) -> &str {
    console.split_once(" protocol schemes: ").map_or(console, |(words, _)| words).trim_end()
}
