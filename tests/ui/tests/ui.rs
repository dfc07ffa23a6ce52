//! What compiles and what does not, and what the compiler then says.
//!
//! The file's name is the mistake. `TRYBUILD=overwrite cargo test -p cors-tests-ui` writes down what the compiler
//! says now; read it before it is kept.

use std::process::Command;

/// The compiler whose own words are in `fail/constants`, `fail/routes`, `fail/body` and `fail/shared`; others
/// word the same errors differently.
const COMPILER: &str = "rustc 1.95.";

#[test]
fn ui() {
    let cases = trybuild::TestCases::new();
    cases.pass("pass/*.rs");
    // In these, every word is our own.
    for topic in [
        "",
        "elsewhere/",
        "expose/",
        "headers/",
        "items/",
        "keys/",
        "max_age/",
        "methods/",
        "origins/",
        "policy/",
        "regex/",
        "signature/",
    ] {
        cases.compile_fail(format!("fail/{topic}*.rs"));
    }
    if is_compiler_of_the_cases() {
        cases.compile_fail("fail/constants/*.rs");
        cases.compile_fail("fail/routes/*.rs");
        cases.compile_fail("fail/body/*.rs");
        cases.compile_fail("fail/shared/*.rs");
    } else {
        println!("left out: cases in the words of {COMPILER}x, which is not the compiler here");
    }
}

fn is_compiler_of_the_cases() -> bool {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("--version").output().expect("a compiler");
    String::from_utf8_lossy(&output.stdout).starts_with(COMPILER)
}
