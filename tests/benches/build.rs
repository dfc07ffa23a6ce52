//! What annotated handlers cost to build: the CPU time of a crate of 200 of them, over that of the same crate in plain
//! axum.
//!
//! `cargo bench --bench build` prints the ratios; with `-- --check` it fails if one is over its limit. Both crates are
//! built in turns and the least time of each counts, so the ratios hold on a machine that has other things to do.

use std::{
    env,
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

const HANDLERS: usize = 200;
const ROUNDS: usize = 3;

/// The command, and how many times the CPU time of plain axum it may take: what was reached, and room for noise.
const LIMITS: [(&str, f64); 2] = [("build", 1.25), ("check", 2.9)];

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
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("build-cost");
    let [plain, ours] = [Style::Plain, Style::Ours].map(|style| style.write(&directory));
    let [plain, ours] = [plain?, ours?];
    println!("{HANDLERS} handlers, CPU seconds of the crate alone, the least of {ROUNDS}");
    let mut met = true;
    for (command, limit) in LIMITS {
        for package in [&plain, &ours] {
            cpu_seconds(command, package, &directory)?;
        }
        let mut least = [f64::INFINITY; 2];
        for _ in 0..ROUNDS {
            for (package, least) in [&plain, &ours].into_iter().zip(&mut least) {
                // Cargo builds again what has another time.
                let source = package.join("src/lib.rs");
                fs::write(&source, fs::read(&source)?)?;
                *least = least.min(cpu_seconds(command, package, &directory)?);
            }
        }
        let [plain, ours] = least;
        let ratio = ours / plain;
        met &= ratio <= limit;
        let verdict = if ratio <= limit { "ok" } else { "over" };
        println!("cargo {command}: axum {plain:.2}, ours {ours:.2}: x{ratio:.2}, limit x{limit}: {verdict}");
    }
    Ok(met)
}

/// The CPU time that a command of cargo takes.
fn cpu_seconds(command: &str, package: &Path, directory: &Path) -> io::Result<f64> {
    let cargo = env!("CARGO");
    let output = Command::new("bash")
        .args(["-c", &format!("TIMEFORMAT='%U %S'; time '{cargo}' {command} --quiet")])
        .current_dir(package)
        .env("CARGO_TARGET_DIR", directory.join("target"))
        .env("CARGO_INCREMENTAL", "0")
        .output()?;
    let log = String::from_utf8_lossy(&output.stderr);
    let times = || log.lines().last()?.split(' ').map(|time| time.parse::<f64>().ok()).sum();
    match times() {
        Some(seconds) if output.status.success() => Ok(seconds),
        _ => Err(io::Error::other(log)),
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Style {
    Plain,
    Ours,
}

impl Style {
    /// Writes a crate of handlers as services have them, and returns where it is.
    fn write(self, directory: &Path) -> io::Result<PathBuf> {
        let (name, dependency, imports, router) = match self {
            Self::Plain => ("plain", "", "use axum::{Router, routing::{get, post}};", "Router"),
            Self::Ours => ("ours", OURS, "use cors_runtime::{CorsRouter, cors, get, post};", "CorsRouter"),
        };
        let package = directory.join(name);
        fs::create_dir_all(package.join("src"))?;
        fs::write(
            package.join("Cargo.toml"),
            format!(
                "[package]\nname = \"{name}\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\naxum = \"0.8\"\n\
                 serde = {{ version = \"1\", features = [\"derive\"] }}\n{dependency}"
            ),
        )?;
        // The versions that everything else is tested with.
        fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.lock"), package.join("Cargo.lock"))?;

        let mut source = format!("{SOURCE}{imports}\n");
        let mut write = |text: String| source.push_str(&text);
        for number in 0..HANDLERS {
            if self == Self::Ours {
                write(attribute(number));
            }
            write(handler(number));
        }
        write(format!("pub fn routes() -> {router}<App> {{\n    {router}::new()\n"));
        for number in 0..HANDLERS {
            let method = if number % 4 == 0 { "post" } else { "get" };
            write(format!("        .route(\"/r{number}/{{id}}\", {method}(h{number}))\n"));
        }
        write("}\n".to_owned());
        fs::write(package.join("src/lib.rs"), source)?;
        Ok(package)
    }
}

const OURS: &str =
    concat!("cors-runtime = { path = \"", env!("CARGO_MANIFEST_DIR"), "/../cors-runtime\" }\n");

const SOURCE: &str = "
use axum::{Json, extract::{Path, Query, State}, http::StatusCode};
#[derive(Clone)]
pub struct App { pub name: &'static str }
#[derive(serde::Serialize, serde::Deserialize)]
pub struct Body { pub number: u32, pub text: String }
";

fn attribute(number: usize) -> String {
    let origins = match number % 3 {
        0 => "[\"https://shop.example\"], credentials",
        1 => "[\"https://shop.example\", \"https://*.partner.example\"], credentials",
        _ => "any",
    };
    format!(
        "#[cors(origins = {origins}, headers = [\"content-type\", \"x-field-{number}\"], max_age = 600)]\n"
    )
}

fn handler(number: usize) -> String {
    let mut handler = format!("async fn h{number}");
    let rest = match number % 4 {
        0 => {
            "(State(app): State<App>, Path(id): Path<u64>, Json(body): Json<Body>) -> Result<Json<Body>, StatusCode> {
                if app.name.len() as u64 == id { return Err(StatusCode::NOT_FOUND); }
                Ok(Json(body))
            }"
        }
        1 => "(Path(id): Path<u64>) -> String { id.to_string() }",
        2 => {
            "(State(app): State<App>, Query(mut body): Query<Body>) -> Json<Body> {
                body.text.push_str(app.name);
                Json(body)
            }"
        }
        _ => "() -> &'static str { \"hello\" }",
    };
    writeln!(handler, "{rest}").expect("a String takes everything");
    handler
}
