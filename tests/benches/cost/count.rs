//! How costs are counted: by this very program, under valgrind.

use std::{
    alloc::System,
    env,
    hint::black_box,
    pin::pin,
    process::Command,
    task::{Context, Poll, Waker},
};

use axum::{Router, extract::Request, response::Response};
use http::header;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tower_service::Service;

use crate::cases::{Case, ROUTES, Work};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// The argument by which this program runs itself: count the case of this index.
pub(crate) const COUNT: &str = "--count";

/// In how many processes each case is counted.
const PROCESSES: usize = 3;
const WARM_UP: usize = 200;
const REQUESTS: u64 = 1_000;

/// What one request costs, or one route of a router.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Counts {
    /// Not without valgrind.
    pub(crate) instructions: Option<i64>,
    allocations: i64,
    /// Those that stay.
    bytes: i64,
}

impl Counts {
    /// Allocations of a request, and bytes that a route keeps.
    pub(crate) fn space(self) -> i64 {
        self.allocations + self.bytes
    }
}

pub(crate) fn has_valgrind() -> bool {
    Command::new("valgrind").arg("--version").output().is_ok()
}

/// The costs of the case with this index: of several counts the least. What differs between them is luck: an index of
/// origins has a random key in each process, and each slot that is taken costs a look-up another probe.
pub(crate) fn in_processes(index: usize, valgrind: bool) -> Counts {
    let counts = (0..PROCESSES).map(|_| in_a_process(index, valgrind));
    counts.min_by_key(|counts| counts.instructions).expect("at least one")
}

fn in_a_process(index: usize, valgrind: bool) -> Counts {
    let program = env::current_exe().expect("the path of this program");
    let mut command = if valgrind {
        let mut command = Command::new("valgrind");
        command.args([
            "--tool=callgrind",
            "--callgrind-out-file=/dev/null",
            "--toggle-collect=cost::count::counted*",
        ]);
        command.arg(program);
        command
    } else {
        Command::new(program)
    };
    let output = command.args([COUNT, &index.to_string()]).output().expect("a process of its own");
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{log}");
    let line = String::from_utf8_lossy(&output.stdout);
    let mut numbers = line.split_whitespace().map(|number| number.parse::<i64>().expect("a number"));
    let mut next = || numbers.next().expect("three numbers");
    let (repetitions, allocations, bytes) = (next(), next(), next());
    let total = log.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse::<i64>().ok());
    assert!(!valgrind || total.is_some_and(|total| total > 0), "valgrind counted nothing:\n{log}");
    Counts { instructions: total.map(|total| total / repetitions), allocations, bytes }
}

impl Case {
    /// Makes sure that the answer is right, and that what happens once has happened.
    pub(crate) fn warm_up(&mut self) {
        if let Work::Serve { router, request, answer } = &mut self.work {
            let mut router = Router::clone(router);
            for _ in 0..WARM_UP {
                let response = respond(&mut router, request());
                let grant = response.headers().get(header::ACCESS_CONTROL_ALLOW_ORIGIN);
                let found = (response.status(), grant.map(|grant| grant.to_str().expect("an origin")));
                assert_eq!(found, *answer, "{}", self.name);
            }
        }
    }

    /// Does what is to be counted, and prints how often, and what was allocated for one of them.
    pub(crate) fn count_here(mut self) {
        if self.listens {
            listen();
        }
        self.warm_up();
        match self.work {
            Work::Serve { router, request, .. } => {
                let mut router = Router::clone(&router);
                let first = request();
                let region = Region::new(ALLOCATOR);
                // Not the counted function, for the counts are those of the requests that follow.
                drop(black_box(respond(&mut router, first)));
                let change = region.change();
                for _ in 0..REQUESTS {
                    counted_request(&mut router, request());
                }
                println!("{REQUESTS} {} 0", change.allocations + change.reallocations);
            }
            Work::SetUp(set_up) => {
                let region = Region::new(ALLOCATOR);
                let router = counted_setup(set_up);
                let change = region.change();
                let bytes = (change.bytes_allocated - change.bytes_deallocated) / ROUTES;
                println!("{ROUTES} 0 {bytes}");
                drop(router);
            }
        }
    }
}

/// Listens to events as a service does that writes a log, apart from the writing.
pub(crate) fn listen() {
    let subscriber = tracing_subscriber::fmt().with_writer(std::io::sink).finish();
    tracing::subscriber::set_global_default(subscriber).expect("the only one");
}

/// The response to a request. Nothing here ever waits.
fn respond(router: &mut Router, request: Request) -> Response {
    let future = pin!(router.call(request));
    match future.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(response)) => response,
        Poll::Pending => panic!("a handler that waits"),
    }
}

/// What is counted. Valgrind knows it by its name.
#[inline(never)]
fn counted_request(router: &mut Router, request: Request) {
    let response = respond(router, request);
    black_box((response.status(), response.headers()));
}

/// What is counted, too.
#[inline(never)]
fn counted_setup(set_up: fn() -> Router) -> Router {
    black_box(set_up())
}
