//! Rows in Chromium: a page in a context of its own, whose caches and cookies no other row has.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    extract::Request,
    http::header,
    response::{Html, IntoResponse, Response},
};
use cors_tests::serve;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::{
    devtools::DevTools,
    row::{Credentials, Fetch, NOT_OURS, Observed, Outcome, Row, SANDBOX, SHOP, Seen},
    stage::{self, Log},
};

/// Where pages are, at any origin.
const PAGE: &str = "/page";

pub(crate) struct Chromium {
    devtools: DevTools,
    /// The app of the row that is on.
    app: Arc<Mutex<Router>>,
    /// Open pages, by origin.
    sessions: BTreeMap<&'static str, String>,
    version: String,
}

impl Chromium {
    pub(crate) async fn start(program: PathBuf) -> Self {
        let app = Arc::new(Mutex::new(Router::new()));
        let on = app.clone();
        let address = serve(Router::new().fallback(async move |request: Request| -> Response {
            if request.uri().path() == PAGE {
                return page(request.uri().query() == Some("sandbox"));
            }
            let app = on.lock().expect("no panic").clone();
            app.oneshot(request).await.into_response()
        }))
        .await;
        // All of these are, at any port, the one server.
        let names = ["localhost", "*.localhost", "127.0.0.1"];
        let hosts = names.map(|name| format!("MAP {name} {address}")).join(", ");
        let mut devtools = DevTools::start(program, &hosts).await;
        let version = devtools.call("", "Browser.getVersion", json!({})).await;
        let version = version["product"].as_str().expect("a name and a number").to_owned();
        Self { devtools, app, sessions: BTreeMap::new(), version }
    }

    /// Name and number, such as `Chrome/156.0.0.0`.
    pub(crate) fn version(&self) -> &str {
        &self.version
    }

    /// What the browser makes of a row.
    pub(crate) async fn observe(&mut self, row: &Row) -> Observed {
        let log = Log::default();
        *self.app.lock().expect("no panic") = stage::app(row, log.clone());

        let session = self.session(row.page).await;
        // Preflights that are kept are forgotten with the cache.
        self.devtools.call(&session, "Network.clearBrowserCache", json!({})).await;
        self.devtools.call(&session, "Network.clearBrowserCookies", json!({})).await;
        let mut outcome = None;
        for fetch in &row.fetches {
            self.devtools.forget();
            outcome = Some(self.fetch(&session, fetch).await);
        }

        let (outcome, console) = outcome.expect("a row fetches something");
        let requests = std::mem::take(&mut *log.lock().expect("no panic"));
        Observed { seen: Seen { requests, outcome }, console }
    }

    /// The session of a page at this origin.
    async fn session(&mut self, origin: &'static str) -> String {
        if let Some(session) = self.sessions.get(origin) {
            return session.clone();
        }
        let devtools = &mut self.devtools;
        let target = devtools.call("", "Target.createTarget", json!({ "url": "about:blank" })).await;
        let target = json!({ "targetId": target["targetId"], "flatten": true });
        let session = devtools.call("", "Target.attachToTarget", target).await;
        let session = session["sessionId"].as_str().expect("a session").to_owned();
        for domain in ["Page", "Network", "Log"] {
            devtools.call(&session, &format!("{domain}.enable"), json!({})).await;
        }
        let url = if origin == SANDBOX { format!("{SHOP}{PAGE}?sandbox") } else { format!("{origin}{PAGE}") };
        devtools.call(&session, "Page.navigate", json!({ "url": url })).await;
        devtools.event(&session, "Page.loadEventFired", |_| true).await;
        self.sessions.insert(origin, session.clone());
        session
    }

    async fn fetch(&mut self, session: &str, fetch: &Fetch) -> (Outcome, Option<String>) {
        let script = json!({ "expression": script(fetch), "awaitPromise": true, "returnByValue": true });
        let result = self.devtools.call(session, "Runtime.evaluate", script).await;
        let seen = &result["result"]["value"];
        if let Some(status) = seen["status"].as_u64().and_then(|status| status.try_into().ok()) {
            let names = seen["headers"].as_array().expect("a list").iter();
            let names = names.map(|name| name.as_str().expect("a name").to_owned());
            let headers = names.filter(|name| !NOT_OURS.contains(&&**name)).collect();
            return (Outcome::Readable { status, headers }, None);
        }

        // The preflight is a request of its own, and may fail as one.
        let is_ours = |event: &Value| event["type"] != "Preflight" && event["canceled"] != true;
        let failed = self.devtools.event(session, "Network.loadingFailed", is_ours).await;
        let cors = &failed["corsErrorStatus"];
        let Some(error) = cors["corsError"].as_str() else {
            return (Outcome::failed(failed["errorText"].as_str().unwrap_or_default()), None);
        };
        let parameter = cors["failedParameter"].as_str().unwrap_or_default();
        let is_ours = |event: &Value| console_text(event).contains("CORS policy");
        let console = self.devtools.event(session, "Log.entryAdded", is_ours).await;
        let outcome = Outcome::Blocked { error: error.to_owned(), parameter: parameter.to_owned() };
        (outcome, Some(console_text(&console).to_owned()))
    }
}

fn console_text(event: &Value) -> &str {
    event["entry"]["text"].as_str().unwrap_or_default()
}

fn page(sandboxed: bool) -> Response {
    // The icon is there so that the browser does not ask for one.
    let page = Html("<!doctype html><link rel=icon href=data:,><title>page</title>");
    // The same as a frame with this attribute: an opaque origin.
    let sandbox = [(header::CONTENT_SECURITY_POLICY, "sandbox allow-scripts")];
    if sandboxed { (sandbox, page).into_response() } else { page.into_response() }
}

/// What the page does: it gives the status and the names of the headers that it sees, or an error.
fn script(fetch: &Fetch) -> String {
    let (method, body) = (json!(fetch.method), json!(fetch.body));
    let (url, headers) = (json!(fetch.absolute_url()), json!(fetch.headers));
    if fetch.upload_listener {
        let with_credentials = fetch.credentials == Credentials::Include;
        return format!(
            "new Promise((resolve) => {{
                const request = new XMLHttpRequest();
                request.open({method}, {url});
                request.withCredentials = {with_credentials};
                for (const [name, value] of {headers}) request.setRequestHeader(name, value);
                request.upload.onprogress = () => {{}};
                request.onerror = () => resolve({{ error: 'error' }});
                request.onload = () => {{
                    const lines = request.getAllResponseHeaders().trim().split('\\r\\n');
                    const headers = lines.map((line) => line.split(':')[0]).filter((name) => name);
                    resolve({{ status: request.status, headers }});
                }};
                request.send({body});
            }})"
        );
    }
    let credentials = match fetch.credentials {
        Credentials::Omit => "omit",
        Credentials::SameOrigin => "same-origin",
        Credentials::Include => "include",
    };
    let mode = if fetch.no_cors { "no-cors" } else { "cors" };
    format!(
        "(async () => {{
            const options = {{ method: {method}, mode: '{mode}', credentials: '{credentials}', headers: {headers} }};
            const response = await fetch({url}, {{ ...options, body: {body} ?? undefined }});
            await response.text();
            return {{ status: response.status, headers: [...response.headers.keys()] }};
        }})().catch((error) => ({{ error: String(error) }}))"
    )
}
