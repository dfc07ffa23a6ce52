//! Rows in the library's model of a browser.

use std::mem;

use axum::http::{HeaderValue, Request};
use cors_browser::{BodyInit, Browser, RequestBody};
use tower::{ServiceExt, service_fn};

use crate::{
    proxy::{NoResponse, PAGE},
    row::{NOT_OURS, Observed, Outcome, Row, SANDBOX, SHOP, Seen, Step},
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
        if step.upload_listener {
            fetch = fetch.upload_listener();
        }
        result = Some(fetch.await.result);
    }

    let (outcome, console) = match result.expect("a row fetches something") {
        Ok(response) => {
            let names = response.headers.keys().map(|name| name.to_string());
            let headers = names.filter(|name| !NOT_OURS.contains(&&**name)).collect();
            (Outcome::Readable { status: response.status, headers }, Vec::new())
        }
        Err(blocked) => {
            let outcome = match blocked.error {
                Some(error) => Outcome::Blocked { error: error.to_string(), parameter: blocked.parameter },
                None => Outcome::failed(&blocked.console),
            };
            (outcome, vec![blocked.console])
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
    builder.body(step.body.map_or_else(BodyInit::default, BodyInit::from)).expect("a request")
}
