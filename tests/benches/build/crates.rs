//! Two crates with the same handlers, in plain axum and annotated, and the CPU time that cargo takes for each.

use std::{
    env,
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

pub(crate) const HANDLERS: usize = 200;
pub(crate) const ROUNDS: usize = 3;

/// In how many at most, where a limit is not kept: whatever else a machine does only adds to the times, so the least of more
/// rounds is nearer to what is true.
const MOST_ROUNDS: usize = 15;

/// The command, and how many times the CPU time of plain axum it may take: what was reached, and room for noise.
const LIMITS: [(&str, f64); 2] = [("build", 1.25), ("check", 2.9)];

/// The least CPU seconds of a command of cargo.
pub(crate) struct Times {
    pub(crate) command: &'static str,
    pub(crate) plain: f64,
    pub(crate) ours: f64,
    pub(crate) limit: f64,
}

impl Times {
    pub(crate) fn ratio(&self) -> f64 {
        self.ours / self.plain
    }
}

/// The times of each command.
pub(crate) fn measure() -> io::Result<Vec<Times>> {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("build-cost");
    let [plain, ours] = [Style::Plain, Style::Ours].map(|style| style.write(&directory));
    let [plain, ours] = [plain?, ours?];
    let mut times = Vec::new();
    for (command, limit) in LIMITS {
        for package in [&plain, &ours] {
            cpu_seconds(command, package, &directory)?;
        }
        let mut least = [f64::INFINITY; 2];
        for round in 0..MOST_ROUNDS {
            let [plain_seconds, our_seconds] = least;
            if round >= ROUNDS && our_seconds <= limit * plain_seconds {
                break;
            }
            for (package, least) in [&plain, &ours].into_iter().zip(&mut least) {
                // Cargo builds again what has another time.
                let source = package.join("src/lib.rs");
                fs::write(&source, fs::read(&source)?)?;
                *least = least.min(cpu_seconds(command, package, &directory)?);
            }
        }
        let [plain, ours] = least;
        times.push(Times { command, plain, ours, limit });
    }
    Ok(times)
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
