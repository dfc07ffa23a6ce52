//! Rows in the library's model of a browser.

use std::{collections::BTreeSet, mem};

use axum::http::{HeaderValue, Request};
use cors_browser::{BodyInit, Browser, Credentials, RequestBody};
use tower::{ServiceExt, service_fn};

use crate::{
    proxy::{NoResponse, PAGE},
    row::{NOT_OURS, Observed, Outcome, Row, SANDBOX, SHOP, Seen, Step, Way},
    stage::{self, Log},
};

/// What a browser of the model makes of a row.
pub(crate) async fn observe(browser: &Browser, row: &Row) -> Observed {
    let log = Log::default();
    let app = stage::app(row, log.clone());
    let app = service_fn(move |request: Request<RequestBody>| {
        let app = app.clone();
        async move {
            let Ok(response) = app.oneshot(request).await;
            match response.extensions().get::<NoResponse>() {
                Some(NoResponse) => Err("closed"),
                None => Ok(response),
            }
        }
    });

    let page = match row.page {
        SANDBOX => browser.sandboxed_page(&format!("{SHOP}{PAGE}?sandbox")),
        origin => browser.page(&format!("{origin}{PAGE}")),
    };
    let mut result = None;
    for step in &row.fetches {
        browser.advance(step.pause);
        let mut fetch = page
            .fetch(&app, request(step))
            .credentials(step.credentials)
            .mode(step.mode)
            .redirect(step.redirect)
            .cache(step.cache);
        fetch = match step.way {
            Way::Fetch | Way::XmlHttpRequest | Way::EventSource => fetch,
            Way::UploadListener => fetch.upload_listener(),
            Way::Beacon => fetch.credentials(Credentials::Include),
        };
        let outcome = fetch.await.result;
        result = if step.way == Way::Beacon { None } else { Some(outcome) };
    }

    let way = row.fetches.last().map(|step| step.way);
    let (outcome, console) = match result {
        // The page learns nothing.
        None => (Outcome::nothing(), Vec::new()),
        Some(Ok(_)) if way == Some(Way::EventSource) => {
            (Outcome::Readable { status: 200, headers: BTreeSet::new() }, Vec::new())
        }
        Some(Ok(response)) => {
            let names = response.headers.keys().map(|name| name.to_string());
            let headers = names.filter(|name| !NOT_OURS.contains(&&**name)).collect();
            (Outcome::Readable { status: response.status, headers }, Vec::new())
        }
        Some(Err(blocked)) => {
            let outcome = match blocked.error {
                Some(error) => Outcome::Blocked { error: error.to_string(), parameter: blocked.parameter },
                None => Outcome::failed(&blocked.console),
            };
            // The model has words for `fetch` and uploads.
            let is_worded = matches!(way, Some(Way::Fetch | Way::UploadListener));
            (outcome, is_worded.then_some(blocked.console).into_iter().collect())
        }
    };
    let requests = mem::take(&mut *log.lock().expect("no panic"));
    Observed { seen: Seen { requests, outcome }, console }
}

fn request(step: &Step) -> Request<BodyInit> {
    let mut builder = Request::builder().method(step.method).uri(step.absolute_url());
    for (name, value) in step.headers {
        // Each character is a byte.
        let value: Vec<u8> = value.chars().map(|char| char as u8).collect();
        builder = builder.header(*name, HeaderValue::from_bytes(&value).expect("a value"));
    }
    let body = match step.body {
        Some(body) if step.is_binary => BodyInit::from(body.as_bytes().to_vec()),
        Some(body) => BodyInit::from(body),
        None => BodyInit::default(),
    };
    builder.body(body).expect("a request")
}
