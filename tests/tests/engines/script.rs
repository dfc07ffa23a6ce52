//! What a page does in a row, as a script.

use cors_browser::{CacheMode, Credentials, Mode, Redirect};
use serde_json::{Value, json};

use crate::{
    row::{Step, Way},
    row_space::RowSpace,
};

/// An expression that promises what the page sees of the last response of each row: its status and the names of its
/// headers, or an error.
pub(crate) fn of_rows(rows: &[(RowSpace, &[Step])], at_once: bool) -> String {
    let steps = |(space, steps): &(RowSpace, &[Step])| {
        steps.iter().map(|step| as_json(step, *space)).collect::<Vec<_>>()
    };
    let rows: Vec<_> = rows.iter().map(steps).collect();
    format!(
        "(async () => {{
            {SEND}
            const run = async (steps) => {{
                let outcome;
                for (const step of steps) {{
                    if (step.pause) await new Promise((resolve) => setTimeout(resolve, step.pause));
                    outcome = await send(step);
                }}
                return outcome;
            }};
            const rows = {};
            if ({at_once}) return Promise.all(rows.map(run));
            const outcomes = [];
            for (const row of rows) outcomes.push(await run(row));
            return outcomes;
        }})()",
        json!(rows)
    )
}

const SEND: &str = "
    const ways = {
        async fetch({ url, isBinary, body, ...options }) {
            if (isBinary) body = new TextEncoder().encode(body);
            const response = await fetch(url, { ...options, body });
            await response.text();
            return { status: response.status, headers: [...response.headers.keys()] };
        },
        xhr(step) {
            return new Promise((resolve) => {
                const request = new XMLHttpRequest();
                request.open(step.method, step.url);
                request.withCredentials = step.credentials === 'include';
                for (const [name, value] of step.headers) request.setRequestHeader(name, value);
                if (step.listens) request.upload.onprogress = () => {};
                request.onerror = () => resolve({ error: 'error event' });
                request.onload = () => {
                    const lines = request.getAllResponseHeaders().trim().split('\\r\\n');
                    const headers = lines.map((line) => line.split(':')[0]).filter((name) => name);
                    resolve({ status: request.status, headers });
                };
                request.send(step.body);
            });
        },
        eventSource({ url, credentials }) {
            return new Promise((resolve) => {
                const source = new EventSource(url, { withCredentials: credentials === 'include' });
                const end = (outcome) => (source.close(), resolve(outcome));
                source.onopen = () => end({ status: 200, headers: [] });
                source.onerror = () => end({ error: 'error event' });
            });
        },
        beacon({ url, headers, body }) {
            const type = Object.fromEntries(headers)['content-type'] ?? '';
            navigator.sendBeacon(url, type ? new Blob([body], { type }) : body);
            return { status: 0, headers: [] };
        },
    };
    const send = async (step) => {
        try {
            return await ways[step.way](step);
        } catch (error) {
            return { error: String(error) };
        }
    };
";

fn as_json(step: &Step, space: RowSpace) -> Value {
    let credentials = match step.credentials {
        Credentials::Omit => "omit",
        Credentials::SameOrigin => "same-origin",
        Credentials::Include => "include",
    };
    let mode = match step.mode {
        Mode::Cors => "cors",
        Mode::NoCors => "no-cors",
        Mode::SameOrigin => "same-origin",
    };
    let redirect = match step.redirect {
        Redirect::Follow => "follow",
        Redirect::Error => "error",
        Redirect::Manual => "manual",
    };
    let cache = match step.cache {
        CacheMode::Default => "default",
        CacheMode::NoStore => "no-store",
        CacheMode::Reload => "reload",
        CacheMode::NoCache => "no-cache",
        CacheMode::ForceCache => "force-cache",
    };
    let way = match step.way {
        Way::Fetch => "fetch",
        Way::XmlHttpRequest | Way::UploadListener => "xhr",
        Way::EventSource => "eventSource",
        Way::Beacon => "beacon",
    };
    let mut options = json!({
        "pause": step.pause.as_millis() as u64,
        "way": way,
        "isBinary": step.is_binary,
        "listens": step.way == Way::UploadListener,
        "url": space.map(&step.absolute_url()),
        "method": step.method,
        "headers": step.headers,
        "credentials": credentials,
        "mode": mode,
        "redirect": redirect,
        "cache": cache,
    });
    if let Some(body) = step.body {
        options["body"] = body.into();
    }
    options
}
