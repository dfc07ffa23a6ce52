//! Requests per second over sockets, by `wrk`: as ratios, because nothing else means much on another machine.

use std::{
    fs,
    io::{self, BufRead, BufReader, Read},
    net::Ipv4Addr,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
};

use axum::{Router, extract::Request};
use tokio::{net::TcpListener, runtime};

use crate::{
    cases::{Case, Role, Work},
    count,
};

/// The argument by which this program runs itself: serve the case of this index.
pub(crate) const SERVE: &str = "--serve";

pub(crate) const ROUNDS: usize = 15;
const SECONDS: u32 = 1;
pub(crate) const CONNECTIONS: u32 = 32;

/// A case's requests over those of its baseline in the same round.
pub(crate) struct Ratio {
    pub(crate) baseline: String,
    pub(crate) name: String,
    /// Per second.
    pub(crate) rate: Spread,
    /// Per second of the server's CPU time.
    pub(crate) work: Spread,
}

/// What half of the rounds are between, and the median.
pub(crate) struct Spread {
    pub(crate) low: f64,
    pub(crate) median: f64,
    pub(crate) high: f64,
}

impl Spread {
    fn new(ratios: impl Iterator<Item = f64>) -> Self {
        let mut ratios: Vec<f64> = ratios.collect();
        ratios.sort_by(f64::total_cmp);
        let at = |quarter: usize| ratios[(ratios.len() - 1) * quarter / 4];
        Self { low: at(1), median: at(2), high: at(3) }
    }
}

/// One run of `wrk`.
#[derive(Clone, Copy)]
struct Run {
    rate: f64,
    work: f64,
}

/// Measures the cases whose baseline's name begins so, in turns, each served by a process of its own.
pub(crate) fn measure(cases: &[Case], prefix: &str, scratch: &Path) -> io::Result<Vec<Ratio>> {
    let mut servers = Vec::new();
    let mut baseline = None;
    for (index, case) in cases.iter().enumerate() {
        if let Role::Baseline = case.role {
            baseline = case.name.starts_with(prefix).then_some(servers.len());
        }
        if let (Some(baseline), Work::Serve { request, .. }) = (baseline, &case.work) {
            let script = scratch.join(format!("{index}.lua"));
            fs::write(&script, lua(&request()))?;
            servers.push((Server::start(index)?, baseline, case.name.as_str(), script));
        }
    }
    let mut rounds = vec![Vec::new(); servers.len()];
    for round in 0..=ROUNDS {
        // Each is the first in some of the rounds.
        for turn in 0..servers.len() {
            let index = (round + turn) % servers.len();
            let (server, _, _, script) = &servers[index];
            let run = server.load(script)?;
            // The first round is to warm up.
            if round > 0 {
                rounds[index].push(run);
            }
        }
    }
    let mut ratios = Vec::new();
    for (index, (_, baseline, name, _)) in servers.iter().enumerate() {
        if index == *baseline {
            continue;
        }
        let spread = |of: fn(Run) -> f64| {
            let pairs = rounds[index].iter().zip(&rounds[*baseline]);
            Spread::new(pairs.map(|(run, baseline)| of(*run) / of(*baseline)))
        };
        ratios.push(Ratio {
            baseline: servers[*baseline].2.to_owned(),
            name: (*name).to_owned(),
            rate: spread(|run| run.rate),
            work: spread(|run| run.work),
        });
    }
    Ok(ratios)
}

/// A process that serves a case.
struct Server {
    child: Child,
    port: u16,
}

impl Server {
    fn start(index: usize) -> io::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args([SERVE, &index.to_string()]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line)?;
        let port = line.trim().parse().map_err(|_| io::Error::other("the server does not say its port"))?;
        Ok(Self { child, port })
    }

    /// Sends requests for some time.
    fn load(&self, script: &Path) -> io::Result<Run> {
        let before = self.ticks()?;
        let (requests, rate) = wrk(self.port, script)?;
        Ok(Run { rate, work: requests / (self.ticks()? - before) })
    }

    /// The CPU time of the process and of the kernel for it, in the unit of the kernel.
    fn ticks(&self) -> io::Result<f64> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // The name of the program may contain anything, and the times are 12 fields behind it.
        let times = stat.rsplit(')').next().and_then(|rest| {
            let mut times = rest.split_whitespace().skip(11).map(str::parse::<f64>);
            Some(times.next()?.ok()? + times.next()?.ok()?)
        });
        times.ok_or_else(|| io::Error::other("no times in /proc"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// Serves a case on one thread and prints the port, until the other end of stdin is closed.
pub(crate) fn serve(case: Case) -> io::Result<()> {
    let Work::Serve { router, .. } = case.work else { return Err(io::Error::other("not a router")) };
    if case.listens {
        count::listen();
    }
    thread::spawn(|| {
        _ = io::stdin().read(&mut [0]);
        std::process::exit(0);
    });
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(serve_router(Router::clone(&router)))
}

async fn serve_router(router: Router) -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    println!("{}", listener.local_addr()?.port());
    axum::serve(listener, router).await
}

/// A script of `wrk` that sends this request.
fn lua(request: &Request) -> String {
    let mut script = format!("wrk.method = {:?}\n", request.method().as_str());
    for (name, value) in request.headers() {
        let value = value.to_str().expect("ASCII");
        script += &format!("wrk.headers[{:?}] = {value:?}\n", name.as_str());
    }
    script
}

/// How many requests were answered, and how many per second.
fn wrk(port: u16, script: &Path) -> io::Result<(f64, f64)> {
    let output = Command::new("wrk")
        .args(["--threads", "1", "--connections", &CONNECTIONS.to_string()])
        .args(["--duration", &format!("{SECONDS}s"), "--script"])
        .arg(script)
        .arg(format!("http://127.0.0.1:{port}/"))
        .output()
        .map_err(|error| io::Error::new(error.kind(), format!("wrk does not start: {error}")))?;
    let text = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() || text.contains("Socket errors") || text.contains("Non-2xx") {
        return Err(io::Error::other(format!("wrk: {text}{}", String::from_utf8_lossy(&output.stderr))));
    }
    let requests = text.lines().find_map(|line| line.split_once(" requests in ")?.0.trim().parse().ok());
    let rate = text.lines().find_map(|line| line.strip_prefix("Requests/sec:")?.trim().parse().ok());
    requests.zip(rate).ok_or_else(|| io::Error::other(format!("wrk says no rate: {text}")))
}
