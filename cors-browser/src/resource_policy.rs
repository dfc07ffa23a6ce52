//! Whether a response may be used by a page that does not ask to read it.

use http::{HeaderMap, HeaderName};

use crate::{departures::Quirk, header_values::get, origin::WebOrigin, request::FetchRequest};

const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Whom a response is for, if not for every page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResourcePolicy {
    SameOrigin,
    SameSite,
}

/// The policy of a response that keeps it from the page of a request, if there is one.
///
/// <https://fetch.spec.whatwg.org/#cross-origin-resource-policy-internal-check>
pub(crate) fn violated_policy(request: &FetchRequest, response: &HeaderMap) -> Option<ResourcePolicy> {
    let server = WebOrigin::from_url(request.url());
    match get(response, &CROSS_ORIGIN_RESOURCE_POLICY)?.as_str() {
        _ if server == request.origin => None,
        "same-origin" => Some(ResourcePolicy::SameOrigin),
        "same-site" => {
            let page = request.site(Quirk::SandboxedPagesAreOfTheirSiteForResources);
            let is_downgraded = server.is_https() && !page.is_https();
            (!page.is_schemelessly_same_site(&server) || is_downgraded).then_some(ResourcePolicy::SameSite)
        }
        _ => None,
    }
}
