//! The README lists what the code knows.

use cors_browser::{Departure, Engine};

const README: &str = include_str!("../README.md");

#[test]
fn the_readme_lists_each_departure() {
    let listed: Vec<&str> = README
        .lines()
        .skip_while(|line| *line != "| engine | what it does |")
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .collect();
    let known: Vec<String> = Departure::ALL
        .iter()
        .map(|departure| {
            let engines: Vec<_> = departure.engines.iter().map(|engine| engine.name()).collect();
            format!("| {} | {} |", engines.join(", "), departure.what)
        })
        .collect();
    assert_eq!(listed, known);
}

#[test]
fn the_readme_names_the_versions_and_the_caps() {
    for engine in Engine::ALL.iter().copied() {
        let version = engine.observed_version();
        assert!(version.starts_with(engine.name()), "{version}");
        assert!(README.replace('\n', " ").contains(version), "{version}");
    }
    for engine in Engine::ALL.iter().copied() {
        let cap = engine.max_age_cap();
        let written =
            if cap < 10_000 { cap.to_string() } else { format!("{},{:03}", cap / 1000, cap % 1000) };
        assert!(README.contains(&format!(" {written} ")), "{engine} keeps an answer for {written} seconds");
    }
}
