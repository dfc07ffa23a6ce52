//! The longest time for which WebKit keeps an answer to a preflight, by a clock that is set forward.
//!
//! Under the same library, Firefox does not start and Chromium hangs once its clock jumps, so what they keep at most is
//! known from their sources alone.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use cors_browser::{Browser, Engine};
use tokio::time::timeout;

use crate::{
    browsers::{RealBrowser, WebKit, or_left_out},
    model,
    proxy::{PAGE, Proxy},
    row::*,
    row_space::RowSpace,
    script,
    stage::{self, Log},
};

const PUT: Step = fetch("PUT", "/");
const ASKED: &str = "OPTIONS / asks for PUT";

#[tokio::test(flavor = "multi_thread")]
async fn webkit_keeps_an_answer_for_ten_minutes() {
    let row = Row {
        why: "an hour is too long",
        page: SHOP,
        fetches: vec![PUT, PUT.after(590), PUT.after(20)],
        server: literal([("*", 200, &[(ACAO, SHOP), (ACAM, "PUT"), (ACMA, "3600")])]),
        expect: sent([ASKED, "PUT /", "PUT /", "PUT /"]).readable(200, []),
    };
    let expected = [ASKED, "PUT /", "PUT /", ASKED, "PUT /"];
    assert_eq!(Engine::WebKit.max_age_cap(), 600);
    assert_eq!(model::observe(&Browser::webkit(), &row).await.seen.requests, expected);
    assert_eq!(model::observe(&Browser::new(), &row).await.seen.requests, row.expect.seen.requests);

    let found = WebKit::program().and_then(|program| Ok((program, library()?)));
    let Some((program, library)) = or_left_out(found, "WebKit's clock") else { return };
    let offset = std::env::temp_dir().join(format!("cors-tests-clock-{}", std::process::id()));
    let mut log = None;
    for _ in 0..ATTEMPTS {
        if let Ok(found) = timeout(PATIENCE, observe(&program, &library, &offset, &row)).await {
            log = Some(found);
            break;
        }
    }
    // It may have been removed with its directory.
    _ = fs::remove_file(&offset);
    assert_eq!(log.expect("the engine starts with another clock"), expected);
}

/// The library sometimes makes the engine hang at its start, because it changes the clock that threads wait by. The engine is
/// then started again.
const ATTEMPTS: usize = 3;
const PATIENCE: Duration = Duration::from_secs(20);

/// The requests of an engine whose clock is set forward between the fetches, by what the file says.
async fn observe(program: &Path, library: &Path, offset: &Path, row: &Row) -> Vec<String> {
    let set_forward = |seconds: u64| fs::write(offset, format!("+{seconds}")).expect("a temporary file");
    set_forward(0);

    let (proxy, log) = (Proxy::default(), Log::default());
    proxy.set_app(0, stage::app(row, log.clone()));
    let environment = [
        ("LD_PRELOAD", library.to_str().expect("a path of this system")),
        ("FAKETIME_TIMESTAMP_FILE", offset.to_str().expect("a path of this system")),
        ("FAKETIME_NO_CACHE", "1"),
    ];
    let mut browser = WebKit::start_with(program, Some(proxy.listen().await), &environment).await;
    browser.open(&format!("{SHOP}{PAGE}")).await;
    let mut now = 0;
    for step in &row.fetches {
        now += step.pause.as_secs();
        set_forward(now);
        browser
            .evaluate(&script::of_rows(&[(RowSpace::new(0), &[Step { pause: PUT.pause, ..*step }])], false))
            .await;
    }
    drop(browser);
    log.lock().expect("no panic").clone()
}

/// The library that sets the clock forward for one process, of Debian's package `faketime`.
fn library() -> Result<PathBuf, String> {
    let libraries = fs::read_dir("/usr/lib").into_iter().flatten().filter_map(Result::ok);
    let mut candidates = libraries.map(|library| library.path().join("faketime/libfaketime.so.1"));
    candidates.find(|path| path.is_file()).ok_or_else(|| "libfaketime is not installed".to_owned())
}
