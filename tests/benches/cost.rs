//! What a policy costs, counted instead of timed: instructions, by valgrind, allocations and bytes.
//!
//! `cargo bench --bench cost` prints the counts, and what each case costs more than the same without CORS.
//! `cargo bench --bench cost -- --check` fails if that is more than the case's limit. The counts depend on the
//! compiler and on nothing that happens meanwhile, so that a shared machine counts as well as any.
//!
//! Each case is counted in a process of its own, which this program starts. Routers are called as `axum::serve` calls
//! them. Counted is everything from the call to the response's end, with the request's own end; not counted is how the
//! request came to be.

#[path = "cost/cases.rs"]
mod cases;
#[path = "cost/count.rs"]
mod count;
#[path = "cost/handlers.rs"]
mod handlers;
#[path = "cost/requests.rs"]
mod requests;

use std::{env, process::ExitCode};

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
        // `cargo test` asks for no more than that it works.
        ref flags if !flags.contains(&"--bench") => {
            cases.iter_mut().for_each(Case::warm_up);
            ExitCode::SUCCESS
        }
        ref flags => {
            let met = report(&cases);
            if met || !flags.contains(&"--check") { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
    }
}

/// Prints the table, and says whether all limits are kept.
fn report(cases: &[Case]) -> bool {
    let valgrind = count::has_valgrind();
    if !valgrind {
        println!("valgrind is not installed: only allocations and bytes are counted");
    }
    print_row(["", "instructions", "more", "allocations", "more", "limit", ""]);
    let mut met = true;
    let mut baseline = Counts::default();
    let mut lists = Vec::new();
    for (index, case) in cases.iter().enumerate() {
        let counts = count::in_a_process(index, valgrind);
        if let Role::Baseline = case.role {
            baseline = counts;
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
        let more = counts.instructions.zip(baseline.instructions).map(|(count, baseline)| count - baseline);
        let more_space = counts.space() - baseline.space();
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
    met
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
