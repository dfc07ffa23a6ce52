//! What annotated handlers cost to build: the CPU time of a crate of 200 of them, over that of the same crate in plain
//! axum.
//!
//! `cargo bench --bench build` prints the ratios; with `-- --check` it fails if one is over its limit. Both crates are
//! built in turns and the least time of each counts, so the ratios hold on a machine that has other things to do.

#[path = "build/crates.rs"]
mod crates;

use std::{env, io, process::ExitCode};

fn main() -> ExitCode {
    let flags: Vec<String> = env::args().skip(1).collect();
    let has = |name: &str| flags.iter().any(|flag| flag == name);
    // `cargo test` asks for no more than that it compiles.
    if !has("--bench") {
        return ExitCode::SUCCESS;
    }
    match report() {
        Ok(met) if met || !has("--check") => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Prints the ratios, and says whether all limits are kept.
fn report() -> io::Result<bool> {
    let (handlers, rounds) = (crates::HANDLERS, crates::ROUNDS);
    println!("{handlers} handlers, CPU seconds of the crate alone, the least of {rounds} or more");
    let mut met = true;
    for times in crates::measure()? {
        let crates::Times { command, plain, ours, limit } = times;
        let ratio = times.ratio();
        met &= ratio <= limit;
        let verdict = if ratio <= limit { "ok" } else { "over" };
        println!("cargo {command}: axum {plain:.2}, ours {ours:.2}: x{ratio:.2}, limit x{limit}: {verdict}");
    }
    Ok(met)
}
