//! Rows in the library's model of a browser.

use std::mem;

use axum::http::Request;
use cors_browser::{BodyInit, Browser, Mode};

use crate::{
    row::{Credentials, Fetch, NOT_OURS, Observed, Outcome, Row, SANDBOX, SHOP, Seen},
    stage::{self, Log},
};

/// What the model makes of a row.
pub(crate) async fn observe(row: &Row) -> Observed {
    let log = Log::default();
    let app = stage::app(row, log.clone());

    let browser = Browser::new();
    let page = if row.page == SANDBOX { browser.sandboxed_page(SHOP) } else { browser.page(row.page) };
    let mut result = None;
    for fetch in &row.fetches {
        let mut fetching = page.fetch(&app, request(fetch)).credentials(match fetch.credentials {
            Credentials::Omit => cors_browser::Credentials::Omit,
            Credentials::SameOrigin => cors_browser::Credentials::SameOrigin,
            Credentials::Include => cors_browser::Credentials::Include,
        });
        if fetch.no_cors {
            fetching = fetching.mode(Mode::NoCors);
        }
        if fetch.upload_listener {
            fetching = fetching.upload_listener();
        }
        result = Some(fetching.await.result);
    }

    let (outcome, console) = match result.expect("a row fetches something") {
        Ok(readable) => {
            let names = readable.headers.keys().map(|name| name.to_string());
            let headers = names.filter(|name| !NOT_OURS.contains(&&**name)).collect();
            (Outcome::Readable { status: readable.status, headers }, None)
        }
        Err(blocked) => {
            let outcome = match blocked.error {
                Some(error) => Outcome::Blocked { error: error.to_string(), parameter: blocked.parameter },
                None => Outcome::failed(&blocked.console),
            };
            (outcome, Some(blocked.console))
        }
    };
    let requests = mem::take(&mut *log.lock().expect("no panic"));
    Observed { seen: Seen { requests, outcome }, console }
}

fn request(fetch: &Fetch) -> Request<BodyInit> {
    let mut builder = Request::builder().method(fetch.method).uri(fetch.absolute_url());
    for (name, value) in fetch.headers {
        builder = builder.header(*name, *value);
    }
    builder.body(fetch.body.map_or_else(BodyInit::default, BodyInit::from)).expect("a request")
}
