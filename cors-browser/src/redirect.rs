//! Where a redirect leads, and what it makes of the request.
//!
//! <https://fetch.spec.whatwg.org/#concept-http-redirect-fetch>

use bytes::Bytes;
use cors_rules::{CorsError, CorsFailure};
use http::{
    Method, Response, StatusCode,
    header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_LOCATION, CONTENT_TYPE, LOCATION},
};
use url::Url;

use crate::{
    departures::Quirk,
    failure::Failure,
    header_values::get,
    origin::WebOrigin,
    request::{FetchRequest, Mode, Tainting, has_credentials},
};

/// How many redirects are followed.
const MAX_REDIRECTS: usize = 20;

/// Where a response redirects to, if it does; `Err` is a `Location` that is not a URL.
///
/// <https://fetch.spec.whatwg.org/#concept-response-location-url>
pub(crate) fn redirect_location(
    request: &FetchRequest,
    response: &Response<Bytes>,
) -> Option<Result<Url, String>> {
    if !is_redirect_status(response.status()) {
        return None;
    }
    let location = get(response.headers(), &LOCATION)?;
    Some(match request.url().join(&location) {
        Ok(mut url) => {
            if url.fragment().is_none() {
                url.set_fragment(request.url().fragment());
            }
            Ok(url)
        }
        Err(_) => Err(location),
    })
}

/// <https://fetch.spec.whatwg.org/#redirect-status>
pub(crate) fn is_redirect_status(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

/// Turns the request into the one that a redirect asks for.
///
/// <https://fetch.spec.whatwg.org/#concept-http-redirect-fetch>
pub(crate) fn follow(
    request: &mut FetchRequest,
    status: StatusCode,
    location: Result<Url, String>,
) -> Result<(), Failure> {
    let location = location.map_err(Failure::InvalidRedirect)?;
    if request.redirects() == MAX_REDIRECTS {
        return Err(Failure::TooManyRedirects);
    }
    let target = WebOrigin::from_url(&location);
    let is_foreign = target != request.origin || request.tainting == Tainting::Cors;
    let has_credentials = request.options.mode == Mode::Cors && has_credentials(&location);
    if has_credentials && !is_foreign && request.profile.departs(Quirk::RedirectsHomeHaveNoCredentials) {
        return Err(Failure::Unreported);
    }
    if has_credentials && is_foreign {
        // Chromium does not say where the redirect leads.
        let failure = CorsFailure::new(
            CorsError::RedirectContainsCredentials,
            "",
            request.serialized_origin(),
            Some(status.as_u16()),
        );
        return Err(Failure::Cors(CorsFailure { location: Some(location.into()), ..failure }));
    }
    if becomes_get(status, &request.method) {
        request.method = Method::GET;
        request.body = None;
        for name in [CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_LOCATION, CONTENT_TYPE] {
            request.headers.remove(name);
        }
    }
    if target != WebOrigin::from_url(request.url()) {
        request.headers.remove(AUTHORIZATION);
    }
    request.send_to(location);
    Ok(())
}

/// Whether a redirect is followed by a GET, whatever the request was.
fn becomes_get(status: StatusCode, method: &Method) -> bool {
    match status {
        StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND => *method == Method::POST,
        StatusCode::SEE_OTHER => *method != Method::GET && *method != Method::HEAD,
        _ => false,
    }
}
