//! Preflights: what they ask, and how their answers are judged.
//!
//! <https://fetch.spec.whatwg.org/#cors-preflight-fetch>

use std::time::Duration;

use bytes::Bytes;
use cors_rules::{CorsError, CorsFailure, is_safelisted_method};
use http::{
    HeaderMap, HeaderValue, Response,
    header::{
        ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_MAX_AGE,
        ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, LOCATION,
    },
};

use crate::{
    cors_check::cors_check,
    departures::{Profile, Quirk},
    failure::Failure,
    header_values::{get, list},
    network::Network,
    preflight_cache::{Grant, WILDCARD},
    redirect::is_redirect_status,
    request::{CacheMode, FetchRequest, add_accept},
    safelist::is_non_wildcard,
};

/// How long an answer is kept that does not say it.
const DEFAULT_MAX_AGE: Duration = Duration::from_secs(5);

/// Asks the server whether it accepts the request, unless that needs no preflight or an answer is kept.
///
/// <https://fetch.spec.whatwg.org/#concept-http-fetch>
pub(crate) async fn preflight_if_needed(
    network: &mut Network,
    request: &mut FetchRequest,
) -> Result<(), Failure> {
    if !request.needs_preflight() {
        return Ok(());
    }
    let names = request.unsafe_names();
    if !is_kept(network, request) {
        send_preflight(network, request).await?;
    }
    request.asked_names.get_or_insert(names);
    Ok(())
}

fn is_kept(network: &Network, request: &FetchRequest) -> bool {
    let skips_caches = match request.options.cache {
        CacheMode::Default | CacheMode::ForceCache => false,
        CacheMode::NoStore | CacheMode::Reload => request.profile.departs(Quirk::UncachedRequestsAskAgain),
        CacheMode::NoCache => request.profile.departs(Quirk::RevalidatedRequestsAskAgain),
    };
    if skips_caches {
        return false;
    }
    let mut state = network.browser.state();
    let now = state.now;
    let is_kept = state.preflights.allows(request, now);
    if !is_kept && request.profile.departs(Quirk::OneAnswerPerUrl) {
        state.preflights.forget(request);
    }
    is_kept
}

/// <https://fetch.spec.whatwg.org/#cors-preflight-fetch-0>
async fn send_preflight(network: &mut Network, request: &FetchRequest) -> Result<(), Failure> {
    let mut preflight = request.preflight();
    add_accept(&mut preflight.headers);
    request_headers(request, &mut preflight.headers);
    let response = network.send(&preflight).await?;

    let fails = |(error, value): (CorsError, String)| {
        let origin = preflight.serialized_origin();
        Failure::Cors(CorsFailure::new(error, value, origin, Some(response.status().as_u16())))
    };
    check_response(request, &preflight, &response).map_err(fails)?;
    let grant = parse_grant(request, response.headers()).map_err(fails)?;
    let verdict = check_grant(request, &grant).map_err(fails);
    if verdict.is_ok() || request.profile.departs(Quirk::FailedAnswersAreKept) {
        let mut state = network.browser.state();
        let now = state.now;
        state.preflights.keep(request, grant, now);
    }
    verdict
}

/// Writes what the server is asked for.
fn request_headers(request: &FetchRequest, headers: &mut HeaderMap) {
    let names = request.unsafe_names().join(",");
    let fields =
        [(ACCESS_CONTROL_REQUEST_METHOD, request.method.as_str()), (ACCESS_CONTROL_REQUEST_HEADERS, &names)];
    let fields = fields.into_iter().filter(|(_, value)| !value.is_empty());
    headers.extend(fields.filter_map(|(name, value)| Some((name, HeaderValue::from_str(value).ok()?))));
}

fn check_response(
    request: &FetchRequest,
    preflight: &FetchRequest,
    response: &Response<Bytes>,
) -> Result<(), (CorsError, String)> {
    if is_redirect_status(response.status()) && response.headers().contains_key(LOCATION) {
        return Err((CorsError::PreflightDisallowedRedirect, String::new()));
    }
    cors_check(preflight, request.is_credentialed(), response.headers())
        .map_err(|(error, value)| (error.in_preflight(), value))?;
    if response.status().is_success() {
        Ok(())
    } else {
        Err((CorsError::PreflightInvalidStatus, String::new()))
    }
}

/// What the answer allows, if its lists are lists.
fn parse_grant(request: &FetchRequest, headers: &HeaderMap) -> Result<Grant, (CorsError, String)> {
    let [methods, names] = [
        (ACCESS_CONTROL_ALLOW_METHODS, CorsError::InvalidAllowMethodsPreflightResponse),
        (ACCESS_CONTROL_ALLOW_HEADERS, CorsError::InvalidAllowHeadersPreflightResponse),
    ]
    .map(|(name, error)| list(headers, &name).map_err(|_| (error, get(headers, &name).unwrap_or_default())));
    let methods = match methods? {
        None if request.options.upload_listener => vec![request.method.to_string()],
        methods => methods.unwrap_or_default(),
    };
    Ok(Grant { methods, headers: names?.unwrap_or_default(), max_age: max_age(request.profile, headers) })
}

/// Whether the answer allows the request. Methods are compared by case, and the safelisted ones need not be listed.
fn check_grant(request: &FetchRequest, grant: &Grant) -> Result<(), (CorsError, String)> {
    let method = request.method.as_str();
    let is_allowed = is_safelisted_method(request.method.as_str().as_bytes())
        || grant.methods.iter().any(|allowed| allowed == method)
        || has_wildcard(request, &grant.methods);
    if !is_allowed {
        return Err((CorsError::MethodDisallowedByPreflightResponse, method.to_owned()));
    }
    let has_wildcard = has_wildcard(request, &grant.headers);
    let covers_all = request.profile.departs(Quirk::WildcardCoversAuthorization);
    let is_allowed = |name: &String| {
        grant.headers.iter().any(|allowed| allowed.eq_ignore_ascii_case(name))
            || has_wildcard && (covers_all || !is_non_wildcard(name))
    };
    match request.unsafe_names().into_iter().find(|name| !is_allowed(name)) {
        None => Ok(()),
        Some(name) => Err((CorsError::HeaderDisallowedByPreflightResponse, name)),
    }
}

/// With credentials, `*` is a method or a name like any other.
fn has_wildcard(request: &FetchRequest, allowed: &[String]) -> bool {
    !request.is_credentialed() && allowed.iter().any(|allowed| allowed == WILDCARD)
}

/// How long the answer is kept.
///
/// By the letter of the standard, what is below zero is not a number, and the default applies. Every engine takes it
/// for zero, which is what is meant, and so do the tests of the standard:
/// <https://github.com/web-platform-tests/wpt/blob/master/cors/preflight-cache.htm>
fn max_age(profile: Profile, headers: &HeaderMap) -> Duration {
    let value = get(headers, &ACCESS_CONTROL_MAX_AGE).unwrap_or_default();
    if value.is_empty() {
        return DEFAULT_MAX_AGE;
    }
    let invalid =
        if profile.departs(Quirk::InvalidMaxAgesAreZero) { Duration::ZERO } else { DEFAULT_MAX_AGE };
    let signs_count = profile.departs(Quirk::SignedMaxAgesAreValid);
    let digits = value.strip_prefix('+').filter(|_| signs_count).unwrap_or(&value);
    let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let max_age = match value.strip_prefix('-') {
        Some(rest) if is_number(rest) => Duration::ZERO,
        None if is_number(digits) => match digits.parse() {
            Ok(seconds) => Duration::from_secs(seconds),
            Err(_) if profile.departs(Quirk::HugeMaxAgesAreInvalid) => DEFAULT_MAX_AGE,
            Err(_) => Duration::MAX,
        },
        _ => invalid,
    };
    match profile.engine {
        Some(engine) => max_age.min(Duration::from_secs(engine.max_age_cap().into())),
        None => max_age,
    }
}
