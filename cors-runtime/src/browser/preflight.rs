//! Preflights: when one is needed, what it asks, how its answer is judged, and how long that is kept. Must not know
//! what becomes of the request afterwards.
//!
//! <https://fetch.spec.whatwg.org/#cors-preflight-fetch>

use std::time::Duration;

use axum::body::Bytes;
use http::{
    HeaderMap, HeaderValue, Method, Response,
    header::{
        ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_MAX_AGE,
        ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, LOCATION,
    },
};
use url::Url;

use super::{
    check::cors_check,
    fetch::{Fetching, is_redirect},
    headers::{get, list},
    origin::Origin,
    request::{Credentials, Request, add_accept},
    response::Failure,
    safelist::{is_covered_by_wildcard, is_safelisted_method, unsafe_names},
};
use crate::diagnostics::chromium::CorsError;

/// How long an answer is kept that does not say it.
const DEFAULT_MAX_AGE: Duration = Duration::from_secs(5);

/// How long Chromium keeps an answer at most.
const MAX_MAX_AGE: Duration = Duration::from_secs(7200);

const ANY: &str = "*";

impl Fetching {
    /// Asks the server whether it takes the request, unless it has said so before.
    ///
    /// <https://fetch.spec.whatwg.org/#concept-http-fetch>
    pub(super) async fn ask_if_needed(&mut self, request: &Request) -> Result<(), Failure> {
        let is_known = {
            let memory = self.browser.memory();
            memory.preflights.allows(request, memory.now)
        };
        if is_known { Ok(()) } else { self.ask(request).await }
    }

    async fn ask(&mut self, request: &Request) -> Result<(), Failure> {
        let mut preflight = request.preflight();
        add_accept(&mut preflight.headers);
        ask_for(request, &mut preflight.headers);
        let response = self.send(&preflight, true).await?;
        let answer = judge(request, &response).map_err(|(error, value)| Failure::Cors(error, value))?;

        let mut memory = self.browser.memory();
        let now = memory.now;
        memory.preflights.keep(request, answer, now);
        Ok(())
    }
}

/// Writes what the server is asked for.
fn ask_for(request: &Request, headers: &mut HeaderMap) {
    let names = unsafe_names(&request.headers).join(",");
    let fields =
        [(ACCESS_CONTROL_REQUEST_METHOD, request.method.as_str()), (ACCESS_CONTROL_REQUEST_HEADERS, &names)];
    let fields = fields.into_iter().filter(|(_, value)| !value.is_empty());
    headers.extend(fields.filter_map(|(name, value)| Some((name, HeaderValue::from_str(value).ok()?))));
}

/// What a server allows besides the request that was asked for, and how long that is kept.
#[derive(Debug)]
struct Answer {
    methods: Vec<String>,
    headers: Vec<String>,
    max_age: Duration,
}

/// Whether the answer allows the request.
fn judge(request: &Request, response: &Response<Bytes>) -> Result<Answer, (CorsError, String)> {
    let headers = response.headers();
    if is_redirect(response.status()) && headers.contains_key(LOCATION) {
        return Err((CorsError::PreflightDisallowedRedirect, String::new()));
    }
    cors_check(request.sent_origin(), request.credentials, headers)
        .map_err(|(error, value)| (error.of_preflight(), value))?;
    if !response.status().is_success() {
        return Err((CorsError::PreflightInvalidStatus, String::new()));
    }
    let methods = list(headers, &ACCESS_CONTROL_ALLOW_METHODS)
        .map_err(|_| (CorsError::InvalidAllowMethodsPreflightResponse, String::new()))?;
    let names = list(headers, &ACCESS_CONTROL_ALLOW_HEADERS)
        .map_err(|_| (CorsError::InvalidAllowHeadersPreflightResponse, String::new()))?
        .unwrap_or_default();
    let methods = match methods {
        None if request.upload_listener => vec![request.method.to_string()],
        methods => methods.unwrap_or_default(),
    };
    check_method(request, &methods)?;
    check_headers(request, &names)?;
    Ok(Answer { methods, headers: names, max_age: max_age(headers) })
}

/// Methods are compared by case, and the safelisted ones need not be allowed.
fn check_method(request: &Request, allowed: &[String]) -> Result<(), (CorsError, String)> {
    let method = &request.method;
    let is_allowed = is_safelisted_method(method)
        || allowed.iter().any(|allowed| allowed == method.as_str())
        || has_wildcard(request, allowed);
    if is_allowed {
        Ok(())
    } else {
        Err((CorsError::MethodDisallowedByPreflightResponse, method.to_string()))
    }
}

fn check_headers(request: &Request, allowed: &[String]) -> Result<(), (CorsError, String)> {
    let has_wildcard = has_wildcard(request, allowed);
    let is_allowed = |name: &String| {
        allowed.iter().any(|allowed| allowed.eq_ignore_ascii_case(name))
            || has_wildcard && is_covered_by_wildcard(name)
    };
    match unsafe_names(&request.headers).into_iter().find(|name| !is_allowed(name)) {
        None => Ok(()),
        Some(name) => Err((CorsError::HeaderDisallowedByPreflightResponse, name)),
    }
}

/// With credentials, `*` is a method or a name like others.
fn has_wildcard(request: &Request, allowed: &[String]) -> bool {
    request.credentials != Credentials::Include && allowed.iter().any(|allowed| allowed == ANY)
}

/// How long the answer is kept. Where it is no number, the standard has the default; Chromium and others take what is
/// below zero for zero, which is what is meant.
fn max_age(headers: &HeaderMap) -> Duration {
    let Some(value) = get(headers, &ACCESS_CONTROL_MAX_AGE) else { return DEFAULT_MAX_AGE };
    let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    match value.strip_prefix('-') {
        Some(digits) if is_number(digits) => Duration::ZERO,
        None if is_number(&value) => Duration::from_secs(value.parse().unwrap_or(u64::MAX)).min(MAX_MAX_AGE),
        _ => DEFAULT_MAX_AGE,
    }
}

/// What servers have allowed: methods and headers one by one, as they were listed.
///
/// <https://fetch.spec.whatwg.org/#concept-cache>
#[derive(Debug, Default)]
pub(super) struct Cache {
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    /// The page, which stands for the part of the cache that is its own.
    page: Origin,
    /// The origin that was sent, which is not the page's after some redirects.
    origin: String,
    url: Url,
    /// Whether it was allowed for a request with credentials.
    credentials: bool,
    allowed: Allowed,
    /// The time at which it is forgotten.
    expires: Duration,
}

#[derive(Debug, PartialEq)]
enum Allowed {
    Method(String),
    /// In lower case.
    Header(String),
}

impl Cache {
    /// Whether the request needs no preflight, for all is allowed that would be asked for.
    fn allows(&self, request: &Request, now: Duration) -> bool {
        let known = || self.matching(request, now).map(|entry| &entry.allowed);
        let method = is_safelisted_method(&request.method) && !request.upload_listener
            || known().any(|allowed| allows_method(allowed, &request.method));
        method
            && unsafe_names(&request.headers)
                .iter()
                .all(|name| known().any(|allowed| allows_header(allowed, name)))
    }

    /// What was allowed with credentials is allowed without, but not the other way round.
    ///
    /// <https://fetch.spec.whatwg.org/#concept-cache-match>
    fn matching(&self, request: &Request, now: Duration) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| {
            now < entry.expires
                && entry.page == request.origin
                && entry.origin == request.sent_origin()
                && entry.url == *request.url()
                && (entry.credentials || request.credentials != Credentials::Include)
        })
    }

    fn keep(&mut self, request: &Request, answer: Answer, now: Duration) {
        let credentials = request.credentials == Credentials::Include;
        let methods = answer.methods.into_iter().map(Allowed::Method);
        let headers = answer.headers.into_iter().map(|name| Allowed::Header(name.to_ascii_lowercase()));
        let (page, origin, url) = (&request.origin, request.sent_origin(), request.url());
        for allowed in methods.chain(headers) {
            self.entries.retain(|entry| {
                let is_known = entry.allowed == allowed
                    && entry.credentials == credentials
                    && (&entry.page, &*entry.origin, &entry.url) == (page, origin, url);
                now < entry.expires && !is_known
            });
            self.entries.push(Entry {
                page: page.clone(),
                origin: origin.to_owned(),
                url: url.clone(),
                credentials,
                allowed,
                expires: now + answer.max_age,
            });
        }
    }
}

/// <https://fetch.spec.whatwg.org/#concept-cache-match-method>
fn allows_method(allowed: &Allowed, method: &Method) -> bool {
    matches!(allowed, Allowed::Method(known) if known == method.as_str() || known == ANY)
}

/// <https://fetch.spec.whatwg.org/#concept-cache-match-header>
fn allows_header(allowed: &Allowed, name: &str) -> bool {
    matches!(allowed, Allowed::Header(known) if known == name || known == ANY && is_covered_by_wildcard(name))
}
