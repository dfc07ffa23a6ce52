//! Tests that have a process each.
//!
//! What tells several routers apart is left out where one is alone in its process, as in most servers. A file of tests makes
//! many of them, so it would never see that.

use std::{
    env,
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

/// The variable that says which case a process is for.
const CASE: &str = "CASE_THAT_IS_ALONE";

/// Runs each ignored test of the same file.
///
/// # Panics
///
/// If one of them fails, or there is none.
pub fn each_ignored_test() {
    let listed = run(&["--list", "--ignored", "--format", "terse"], None);
    let tests: Vec<_> = listed.lines().filter_map(|line| line.strip_suffix(": test")).collect();
    assert!(!tests.is_empty(), "{listed}");
    in_parallel(tests.len(), |index| run_test(tests[index], None));
}

/// Runs an ignored test of the same file for each of the cases, which finds out by [`case`] for which.
///
/// # Panics
///
/// If one of them fails.
pub fn each_case(test: &str, cases: usize) {
    in_parallel(cases, |case| run_test(test, Some(case)));
}

/// The case that this process is for.
///
/// # Panics
///
/// If it is not one that [`each_case`] has started.
pub fn case() -> usize {
    let case = env::var(CASE).expect("another test runs this one, and says for which case");
    case.parse().expect("a number")
}

fn in_parallel(count: usize, work: impl Fn(usize) + Sync) {
    let next = AtomicUsize::new(0);
    let next = || Some(next.fetch_add(1, Ordering::Relaxed)).filter(|index| *index < count);
    let work_on_all = || {
        while let Some(index) = next() {
            work(index);
        }
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| (0..cores).for_each(|_| drop(scope.spawn(work_on_all))));
}

fn run_test(test: &str, case: Option<usize>) {
    let printed = run(&["--exact", test, "--ignored"], case);
    assert!(printed.contains("1 passed"), "{test}, {case:?}\n{printed}");
}

/// What the tests of the file print.
fn run(arguments: &[&str], case: Option<usize>) -> String {
    let mut command = Command::new(env::current_exe().expect("the file of the tests"));
    if let Some(case) = case {
        command.env(CASE, case.to_string());
    }
    let output = command.args(arguments).output().expect("a process");
    String::from_utf8_lossy(&output.stdout).into_owned()
}
