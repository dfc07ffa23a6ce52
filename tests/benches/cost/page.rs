//! The page about performance, written from what was counted and measured.

use std::{error::Error, fmt::Write as _, fs, path::Path, process::Command, thread};

use crate::{
    Row,
    cases::Case,
    chart::{self, Bars, Panel, thousands},
    crates::{self, Times},
    throughput::{self, Ratio, Spread},
};

/// The beginning of the names of the cases that are as most servers are.
const USUAL: &str = "usual server: ";

/// A case that this crate and tower-http both have, and the same without CORS.
struct Pair<'r> {
    row: &'r Row,
    theirs: &'r Row,
}

impl Pair<'_> {
    fn is_usual(&self) -> bool {
        self.row.baseline.0.starts_with(USUAL)
    }

    /// Without CORS, by this crate, by tower-http.
    fn instructions(&self) -> [i64; 3] {
        [self.row.baseline.1, self.row.counts, self.theirs.counts]
            .map(|counts| counts.instructions.unwrap_or_default())
    }

    fn allocations(&self) -> [i64; 3] {
        [self.row.baseline.1, self.row.counts, self.theirs.counts].map(|counts| counts.space())
    }

    /// What is asked for, and the policy.
    fn label(&self) -> String {
        let request = self.row.baseline.0.trim_start_matches(USUAL);
        let request = request.trim_end_matches(", no CORS").trim_end_matches(", OPTIONS handler");
        format!("{request}: {}", self.row.name)
    }
}

pub(crate) fn write(cases: &[Case], rows: &[Row]) -> Result<(), Box<dyn Error>> {
    if rows.iter().any(|row| row.counts.instructions.is_none()) {
        return Err("the page needs valgrind: apt-get install valgrind".into());
    }
    let pairs: Vec<Pair<'_>> = rows
        .iter()
        .filter(|row| !row.name.starts_with("tower-http") && !row.baseline.0.starts_with("setting up"))
        .filter_map(|row| {
            let other = format!("tower-http: {}", row.name);
            let theirs =
                rows.iter().find(|theirs| theirs.name == other && theirs.baseline == row.baseline)?;
            Some(Pair { row, theirs })
        })
        .collect();

    println!("\nrequests per second, {} rounds", throughput::ROUNDS);
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let ratios = throughput::measure(cases, USUAL, scratch)
        .map_err(|error| format!("the page needs wrk (apt-get install wrk): {error}"))?;
    println!("build times, {} rounds", crates::ROUNDS);
    let times = crates::measure()?;

    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    chart::draw(&directory, &panels(&pairs))?;
    fs::write(directory.join("performance.md"), text(&pairs, &ratios, &times)?)?;
    println!("docs/performance.md is written");
    Ok(())
}

fn panels(pairs: &[Pair<'_>]) -> [Panel; 2] {
    let bars = |label: String, pair: &Pair<'_>| Bars { label, values: pair.instructions() };
    let usual = pairs.iter().filter(|pair| pair.is_usual()).map(|pair| bars(pair.label(), pair));
    let is_length = |pair: &&Pair<'_>| {
        pair.row.baseline.0 == "GET, no CORS"
            && ["list of 3", "list of 100", "list of 1000"].contains(&&*pair.row.name)
    };
    let lengths = pairs.iter().filter(is_length);
    let lengths = lengths.map(|pair| bars(format!("GET: {} origins", pair.row.name), pair));
    [
        Panel { title: "Instructions per request, in a usual server", bars: usual.collect() },
        Panel { title: "Instructions per request, one route and nothing else", bars: lengths.collect() },
    ]
}

fn text(pairs: &[Pair<'_>], ratios: &[Ratio], times: &[Times]) -> Result<String, Box<dyn Error>> {
    let mut page = format!(
        "# Performance

What a policy costs per request, beside the same service without CORS and the same with the `CorsLayer` of tower-http.
Everything on this page, the chart too, is written by one command, which needs valgrind and wrk:

```text
cargo bench --bench cost -- --page
```

Here it ran with {}.

<picture>
<source media=\"(prefers-color-scheme: dark)\" srcset=\"performance-dark.svg\">
<img alt=\"Instructions per request; the tables below have the figures\" src=\"performance-light.svg\">
</picture>

## Instructions and allocations

Counted by valgrind and by the allocator, from the call of the router to the end of the response. The counts depend on the
compiler, and not on what else the machine does. `cargo bench --bench cost` prints all of them, and CI fails if one grows
beyond its limit.

A usual server here has a state, a middleware that adds a header, `TraceLayer`, and a subscriber of `tracing`. Without CORS,
an `OPTIONS` handler answers the preflight. A preflight costs less by a policy, because it is answered before any layer.
",
        environment()?
    );
    table(&mut page, pairs.iter().filter(|pair| pair.is_usual()))?;
    page += "
One route and nothing else, where a policy costs the most in proportion. The cost of a list does not grow with its length;
the count of one and the same case differs by up to two percent from process to process.
";
    table(&mut page, pairs.iter().filter(|pair| !pair.is_usual()))?;

    write!(
        page,
        "
## Requests per second

Over TCP on the loopback interface, by wrk with {} connections: the usual server's requests per second over those without
CORS in the same round. The server has one thread; the servers take turns, second by second. Shown are the median of {}
rounds, and what half of the rounds are between. 1.00 is no difference. The first two columns are per second by the clock,
where other work on the machine shows, the others per second of the server's CPU time, where it shows less. Most of that
time is the kernel's.

| request: policy | cors-runtime | tower-http | CPU time: cors-runtime | tower-http |
|---|---|---|---|---|
",
        throughput::CONNECTIONS,
        throughput::ROUNDS
    )?;
    for ours in ratios.iter().filter(|ratio| !ratio.name.starts_with("tower-http")) {
        let other = format!("tower-http: {}", ours.name);
        let theirs = ratios.iter().find(|theirs| theirs.name == other && theirs.baseline == ours.baseline);
        let theirs = theirs.ok_or("a case without its like")?;
        let pair =
            pairs.iter().find(|pair| pair.row.name == ours.name && pair.row.baseline.0 == ours.baseline);
        let label = pair.ok_or("a case that was not counted")?.label();
        let [rate, work] = [&ours.rate, &ours.work].map(range);
        let [their_rate, their_work] = [&theirs.rate, &theirs.work].map(range);
        writeln!(page, "| {label} | {rate} | {their_rate} | {work} | {their_work} |")?;
    }

    write!(
        page,
        "
## Build time

CPU seconds of cargo for a crate of {} handlers and their router, its dependencies built before: plain axum, and the same
handlers with `#[cors(..)]`. Shown is the least of {} rounds. `cargo bench --bench build` measures it again.

| command | axum | cors-runtime | ratio | limit in CI |
|---|---:|---:|---:|---:|
",
        crates::HANDLERS,
        crates::ROUNDS
    )?;
    for times in times {
        let Times { command, plain, ours, limit } = times;
        writeln!(page, "| `cargo {command}` | {plain:.2} | {ours:.2} | {:.2} | {limit} |", times.ratio())?;
    }
    Ok(page)
}

fn table<'r>(page: &mut String, pairs: impl Iterator<Item = &'r Pair<'r>>) -> std::fmt::Result {
    let [without, ours, theirs] = chart::NAMES;
    write!(
        page,
        "\n| request: policy | {without} | {ours} | {theirs} | allocations: {without} | {ours} | {theirs} |\n\
         |---|---:|---:|---:|---:|---:|---:|\n"
    )?;
    for pair in pairs {
        let [without, ours, theirs] = pair.instructions().map(thousands);
        let [none, own, other] = pair.allocations();
        writeln!(page, "| {} | {without} | {ours} | {theirs} | {none} | {own} | {other} |", pair.label())?;
    }
    Ok(())
}

fn range(spread: &Spread) -> String {
    let Spread { low, median, high } = spread;
    format!("{median:.2} ({low:.2} to {high:.2})")
}

/// What the figures depend on.
fn environment() -> Result<String, Box<dyn Error>> {
    let output = Command::new("rustc").arg("--version").output()?;
    let rustc = String::from_utf8(output.stdout)?;
    let rustc = rustc.split(' ').take(2).collect::<Vec<_>>().join(" ");
    let lock = include_str!("../../../Cargo.lock");
    let version = |package: &str| {
        let entry =
            lock.split("[[package]]").find(|entry| entry.contains(&format!("name = \"{package}\"\n")))?;
        Some(entry.split_once("version = \"")?.1.split('"').next()?.to_owned())
    };
    let [axum, tower_http] = ["axum", "tower-http"].map(version);
    let (axum, tower_http) = (axum.ok_or("no axum")?, tower_http.ok_or("no tower-http")?);
    let threads = thread::available_parallelism()?;
    Ok(format!(
        "{rustc}, axum {axum} and tower-http {tower_http}, on a machine of {threads} hardware threads"
    ))
}
