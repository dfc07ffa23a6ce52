//! The server of a row, and what it sees.

use std::sync::{Arc, Mutex};

use axum::{
    Extension, Router,
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::IntoResponse,
};
use tower::ServiceExt;

use crate::{
    proxy::{NoResponse, TitleCase},
    row::{API, Answer, Fields, Row, RowServer},
};

/// The requests that a server has seen.
pub(crate) type Log = Arc<Mutex<Vec<String>>>;

/// The server of a row, which writes down what it is asked.
pub(crate) fn app(row: &Row, log: Log) -> Router {
    let page = row.page;
    let app = match &row.server {
        RowServer::App(app) => app(),
        RowServer::Literal(answers) | RowServer::Detailed(answers) => literal(answers.clone(), false),
        RowServer::TitleCase(answers) => literal(answers.clone(), true),
    };
    let is_detailed = matches!(row.server, RowServer::Detailed(_));
    Router::new().fallback(async move |request: Request| {
        let line = if is_detailed { describe_fully(&request) } else { describe(&request, page) };
        log.lock().expect("no panic").push(line);
        app.oneshot(request).await
    })
}

fn literal(answers: Vec<Answer>, in_title_case: bool) -> Router {
    Router::new().fallback(async move |request: Request| {
        let (method, url) = (request.method().as_str(), url(&request));
        let asked = value(request.headers(), header::ACCESS_CONTROL_REQUEST_METHOD).unwrap_or_default();
        let fits = |key| {
            key == "*"
                || key == method
                || key == format!("{method} {url}")
                || key == format!("{method} {url} for {asked}")
        };
        match answers.iter().find(|(key, ..)| fits(*key)) {
            Some((_, 0, _)) => Extension(NoResponse).into_response(),
            Some((_, status, fields)) if in_title_case => {
                (status_code(*status), header_map(fields), Extension(TitleCase)).into_response()
            }
            Some((_, status, fields)) => (status_code(*status), header_map(fields)).into_response(),
            None => StatusCode::NOT_FOUND.into_response(),
        }
    })
}

fn status_code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).expect("a status")
}

fn header_map(fields: Fields) -> HeaderMap {
    let fields = fields.iter();
    fields.map(|&(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
}

/// A request in a line: method and URL, for a preflight what it asks for, and what else is of note, namely cookies, an
/// `Origin` that is not the page's, and a `User-Agent` that is not the browser's.
fn describe(request: &Request, page: &str) -> String {
    let headers = request.headers();
    let mut line = format!("{} {}", request.method(), url(request));
    if let Some(method) = value(headers, header::ACCESS_CONTROL_REQUEST_METHOD) {
        line = line + " asks for " + method;
        if let Some(names) = value(headers, header::ACCESS_CONTROL_REQUEST_HEADERS) {
            line = line + " with " + names;
        }
    }
    match value(headers, header::ORIGIN) {
        Some(origin) if origin == page => {}
        Some(origin) => line = line + " from " + origin,
        None => line += " without origin",
    }
    if let Some(agent) = value(headers, header::USER_AGENT).filter(|agent| !agent.starts_with("Mozilla/")) {
        line = line + " as " + agent;
    }
    if let Some(cookies) = value(headers, header::COOKIE) {
        line = line + " bearing " + cookies;
    }
    line
}

/// Headers that differ between browsers, or that belong to the connection.
const NOT_OF_THE_REQUEST: [&str; 10] = [
    "accept-encoding",
    "accept-language",
    "connection",
    "priority",
    "proxy-connection",
    "sec-ch-ua",
    "sec-ch-ua-mobile",
    "sec-ch-ua-platform",
    "sec-fetch-storage-access",
    "user-agent",
];

/// The same with all headers, sorted.
fn describe_fully(request: &Request) -> String {
    let fields = request.headers().iter().filter(|(name, _)| !NOT_OF_THE_REQUEST.contains(&name.as_str()));
    let fields = fields.map(|(name, value)| format!(" | {name}: {}", value.to_str().expect("printable")));
    let mut fields: Vec<_> = fields.collect();
    fields.sort();
    format!("{} {}{}", request.method(), url(request), fields.concat())
}

fn value(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).map(|value| value.to_str().expect("printable"))
}

/// The path at the API, or the whole URL at another host.
fn url(request: &Request) -> String {
    let host = match request.uri().authority() {
        // Some browsers send proxies who the user is.
        Some(authority) => authority.as_str().rsplit('@').next().unwrap_or_default(),
        None => value(request.headers(), header::HOST).expect("a host"),
    };
    let origin = format!("http://{host}");
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    if origin == API { path.to_owned() } else { origin + path }
}
