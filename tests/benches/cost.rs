//! What a policy costs, counted instead of timed: instructions, by valgrind, allocations and bytes.
//!
//! `cargo bench --bench cost` prints the counts, and what each case costs more than the same without CORS.
//! `cargo bench --bench cost -- --check` fails if that is more than the case's limit. The counts depend on the
//! compiler and on nothing that happens meanwhile, so that a shared machine counts as well as any.
//! `cargo bench --bench cost -- --page` writes `docs/performance.md` and its chart, from the same counts, the build times of
//! the other bench, and requests per second by `wrk`.
//!
//! Each case is counted in processes of its own, which this program starts. Routers are called as `axum::serve` calls
//! them. Counted is everything from the call to the response's end, with the request's own end; not counted is how the
//! request came to be.

#[path = "cost/cases.rs"]
mod cases;
#[path = "cost/chart.rs"]
mod chart;
#[path = "cost/count.rs"]
mod count;
#[path = "build/crates.rs"]
mod crates;
#[path = "cost/handlers.rs"]
mod handlers;
#[path = "cost/page.rs"]
mod page;
#[path = "cost/requests.rs"]
mod requests;
#[path = "cost/throughput.rs"]
mod throughput;

use std::{env, error::Error, process::ExitCode};

use cases::{Case, Limit, Role};
use count::Counts;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let mut cases = cases::all();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [count::COUNT, index] => {
            cases.remove(index.parse::<usize>().expect("an index")).count_here();
            ExitCode::SUCCESS
        }
        [throughput::SERVE, index] => {
            exit_code(throughput::serve(cases.remove(index.parse::<usize>().expect("an index"))))
        }
        // `cargo test` asks for no more than that it works.
        ref flags if !flags.contains(&"--bench") => {
            cases.iter_mut().for_each(Case::warm_up);
            ExitCode::SUCCESS
        }
        ref flags => {
            let (met, rows) = report(&cases);
            if flags.contains(&"--page") {
                return exit_code(page::write(&cases, &rows));
            }
            if met || !flags.contains(&"--check") { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
    }
}

fn exit_code<E: Into<Box<dyn Error>>>(result: Result<(), E>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", error.into());
            ExitCode::FAILURE
        }
    }
}

/// What was counted of a case, and of its baseline.
struct Row {
    baseline: (String, Counts),
    name: String,
    counts: Counts,
}

/// Prints the table, and says whether all limits are kept.
fn report(cases: &[Case]) -> (bool, Vec<Row>) {
    let valgrind = count::has_valgrind();
    if !valgrind {
        println!("valgrind is not installed: only allocations and bytes are counted");
    }
    print_row(["", "instructions", "more", "allocations", "more", "limit", ""]);
    let mut met = true;
    let mut baseline = (String::new(), Counts::default());
    let mut rows = Vec::new();
    let mut lists = Vec::new();
    for (index, case) in cases.iter().enumerate() {
        let counts = count::in_processes(index, valgrind);
        if let Role::Baseline = case.role {
            baseline = (case.name.clone(), counts);
            println!();
            print_row([
                &case.name,
                &or_dash(counts.instructions),
                "",
                &counts.space().to_string(),
                "",
                "",
                "",
            ]);
            continue;
        }
        let more = counts.instructions.zip(baseline.1.instructions).map(|(count, baseline)| count - baseline);
        let more_space = counts.space() - baseline.1.space();
        rows.push(Row { baseline: baseline.clone(), name: case.name.clone(), counts });
        let (limit, verdict) = match case.role {
            Role::Ours(limit) => {
                let within = more.is_none_or(|more| more <= limit.instructions) && more_space <= limit.space;
                met &= within;
                if limit == Limit::LIST {
                    lists.extend(counts.instructions);
                }
                (format!("{:+} / {}", limit.instructions, limit.space), verdict(within))
            }
            _ => Default::default(),
        };
        print_row([
            &case.name,
            &or_dash(counts.instructions),
            &or_dash(more.map(|more| format!("{more:+}"))),
            &counts.space().to_string(),
            &format!("{more_space:+}"),
            &limit,
            verdict,
        ]);
    }
    if let (Some(least), Some(most)) = (lists.iter().min(), lists.iter().max()) {
        let spread = most - least;
        met &= spread < Limit::SPREAD;
        println!(
            "\nspread between lists of 3 and 1000: {spread}, limit {}: {}",
            Limit::SPREAD,
            verdict(spread < Limit::SPREAD)
        );
    }
    (met, rows)
}

fn print_row([name, instructions, more, space, more_space, limit, verdict]: [&str; 7]) {
    let row = format!(
        "{name:<44} {instructions:>12} {more:>9} {space:>11} {more_space:>6}   {limit:<13} {verdict}"
    );
    println!("{}", row.trim_end());
}

fn or_dash(count: Option<impl ToString>) -> String {
    count.map_or_else(|| "-".to_owned(), |count| count.to_string())
}

fn verdict(within: bool) -> &'static str {
    if within { "ok" } else { "over" }
}
