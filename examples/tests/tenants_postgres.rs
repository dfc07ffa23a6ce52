//! The tenants in PostgreSQL: two processes, one database, which goes away and comes back.
//!
//! It needs Debian's package `postgresql`, of which it starts a cluster of its own in a temporary folder. With
//! `REQUIRE_POSTGRES=1` it is an error if that is missing.
#![cfg(unix)]

#[allow(dead_code, reason = "other tests need more of it")]
mod api;

use std::{
    env, fs,
    os::unix::{
        fs::{MetadataExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

use api::{Api, example};

const ACME: &str = "http://localhost:3000";
const GLOBEX: &str = "https://globex.example";

/// A cluster that ends with the test.
struct Cluster {
    folder: PathBuf,
    programs: PathBuf,
    /// Whom it runs as: PostgreSQL refuses to run as root.
    user: Option<(u32, u32)>,
}

impl Cluster {
    /// `None` if PostgreSQL is not installed.
    fn start() -> Option<Self> {
        let mut versions: Vec<_> = fs::read_dir("/usr/lib/postgresql").ok()?.flatten().collect();
        versions.sort_by_key(|version| version.file_name());
        let programs = versions.last()?.path().join("bin");
        // A path of a Unix socket has about 100 characters, and the folder of the build may be closed to others.
        let folder = env::temp_dir().join(format!("tenants-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder can be made");
        let is_root = fs::metadata(&folder).expect("the folder").uid() == 0;
        let user = is_root.then(|| (id("-u"), id("-g")));
        if let Some((user, group)) = user {
            chown(&folder, Some(user), Some(group)).expect("root can give it away");
        }
        let cluster = Self { folder, programs, user };
        cluster.run("initdb", &["--auth=trust", "--username=shop", "--no-sync", "--pgdata=data"]);
        cluster.resume();
        Some(cluster)
    }

    fn resume(&self) {
        let options = format!("-c listen_addresses= -c fsync=off -k {}", self.folder.display());
        self.run("pg_ctl", &["start", "--wait", "--pgdata=data", "--log=log", "--options", &options]);
    }

    fn stop(&self) {
        self.run("pg_ctl", &["stop", "--wait", "--pgdata=data", "--mode=fast"]);
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let mut command = Command::new(self.programs.join(program));
        command.args(arguments).current_dir(&self.folder);
        // What it leaves running must not hold the pipes of this process.
        command.stdout(fs::File::create(self.folder.join("out")).expect("a file can be made"));
        command.stderr(fs::File::create(self.folder.join("err")).expect("a file can be made"));
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        let status = command.status().expect("it starts");
        let error = fs::read_to_string(self.folder.join("err")).unwrap_or_default();
        assert!(status.success(), "{program} {arguments:?}: {error}");
    }

    fn tenants(&self) -> Api {
        let mut command = example("tenants", "0");
        command.env("DATABASE_URL", url(&self.folder));
        Api::start(&mut command, "\nPOST  /t/{tenant}/origins")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let mut stop = Command::new(self.programs.join("pg_ctl"));
        stop.args(["stop", "--pgdata=data", "--mode=immediate"]).current_dir(&self.folder);
        if let Some((user, group)) = self.user {
            stop.uid(user).gid(group);
        }
        let _ = stop.output();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn url(folder: &Path) -> String {
    format!("host={} user=shop dbname=postgres", folder.display())
}

/// The number of the user that the package makes, or that of its group.
fn id(option: &str) -> u32 {
    let output = Command::new("id").args([option, "postgres"]).output().expect("`id` is everywhere");
    String::from_utf8_lossy(&output.stdout).trim().parse().expect("the package makes the user `postgres`")
}

fn add(api: &Api, tenant: &str, origin: &str) -> u16 {
    let body = format!(r#"{{"origin":"{origin}"}}"#);
    let length = body.len();
    let head = format!("Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n");
    api.send(&format!("POST /t/{tenant}/origins HTTP/1.1\r\n{head}{body}")).status()
}

fn may_read(api: &Api, origin: &str, tenant: &str) -> bool {
    let response = api.request("GET", &format!("/t/{tenant}/orders"), origin, "\r\n");
    let is_granted = response.cors().contains(&("access-control-allow-credentials", "true"));
    assert_eq!(response.status(), 200, "{response:?}");
    is_granted
}

/// How long it takes until a page may read.
fn time_until(condition: impl Fn() -> bool) -> Duration {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(30), "it never happens");
        thread::sleep(Duration::from_millis(5));
    }
    start.elapsed()
}

#[test]
fn processes_follow_one_database_and_outlive_its_restart() {
    let Some(cluster) = Cluster::start() else {
        assert!(env::var_os("REQUIRE_POSTGRES").is_none(), "PostgreSQL is not installed");
        eprintln!("left out: PostgreSQL is not installed; Debian's package is `postgresql`");
        return;
    };
    let (one, other) = (cluster.tenants(), cluster.tenants());

    // What one adds, the other grants, although it has known the tenant without it.
    assert!(!may_read(&other, GLOBEX, "globex"));
    assert_eq!(add(&one, "globex", GLOBEX), 201);
    assert!(may_read(&one, GLOBEX, "globex"));
    let took = time_until(|| may_read(&other, GLOBEX, "globex"));
    assert!(took < Duration::from_secs(1), "{took:?}");
    assert!(may_read(&other, ACME, "acme") && !may_read(&other, GLOBEX, "acme"));
    assert_eq!(add(&other, "globex", GLOBEX), 201, "what is there already does no harm");
    assert_eq!(add(&one, "globex", "https://*.github.io"), 422);
    assert_eq!(add(&one, "nobody", GLOBEX), 404);

    // While the database is away, what is known holds, what is not known is refused, and nothing can be added.
    cluster.stop();
    other.wait_for("the database cannot be reached; the policies that are known still hold");
    one.wait_for("the database cannot be reached");
    assert!(may_read(&other, GLOBEX, "globex") && may_read(&other, ACME, "acme"));
    assert!(!may_read(&other, ACME, "globex"));
    assert!(!may_read(&one, ACME, "acme"), "it has not been asked for before");
    assert_eq!(add(&one, "globex", "https://late.example"), 503);

    // When it is back, so is everything.
    cluster.resume();
    one.wait_for("the database is back");
    other.wait_for("the database is back");
    assert!(may_read(&one, ACME, "acme"));
    assert_eq!(add(&other, "globex", "https://late.example"), 201);
    let took = time_until(|| may_read(&one, "https://late.example", "globex"));
    assert!(took < Duration::from_secs(1), "{took:?}");
}

#[test]
fn a_database_that_cannot_be_reached_is_an_error_with_a_message() {
    let mut command = example("tenants", "0");
    let output = command.env("DATABASE_URL", url(Path::new("/nowhere"))).output().expect("it starts");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.starts_with("error: ") && stderr.lines().count() == 1, "{stderr}");
}
