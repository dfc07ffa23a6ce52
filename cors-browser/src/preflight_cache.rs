//! What servers have allowed, and for how long that is kept.
//!
//! <https://fetch.spec.whatwg.org/#concept-cache>

use std::time::Duration;

use cors_rules::is_safelisted_method;
use http::Method;
use url::Url;

use crate::{
    departures::{Profile, Quirk},
    origin::WebOrigin,
    request::FetchRequest,
    safelist::is_non_wildcard,
};

/// In a list, every method or every name.
pub(crate) const WILDCARD: &str = "*";

/// What the answer to a preflight allows, and for how long.
#[derive(Debug)]
pub(crate) struct Grant {
    pub(crate) methods: Vec<String>,
    pub(crate) headers: Vec<String>,
    pub(crate) max_age: Duration,
}

/// The kept answers: methods and headers one by one, as they were listed.
#[derive(Debug, Default)]
pub(crate) struct PreflightCache {
    entries: Vec<KeptGrant>,
}

#[derive(Debug)]
struct KeptGrant {
    /// The page, which has its own part of the cache.
    page: WebOrigin,
    /// The origin that was sent, which is not the page's after some redirects.
    origin: String,
    url: Url,
    /// Whether it was allowed for a request with credentials.
    with_credentials: bool,
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

impl PreflightCache {
    /// Whether the request needs no preflight, because everything is allowed that it would ask for.
    pub(crate) fn allows(&self, request: &FetchRequest, now: Duration) -> bool {
        let known = || self.matching(request, now).map(|entry| &entry.allowed);
        let profile = request.profile;
        let needs_entry = request.method == Method::HEAD && profile.departs(Quirk::HeadHasToBeKept);
        let method = is_safelisted_method(request.method.as_str().as_bytes())
            && !request.options.upload_listener
            && !needs_entry
            || known().any(|allowed| allows_method(profile, allowed, &request.method));
        // By the standard, what needs a preflight needs one of the entries.
        let is_known = known().next().is_some();
        is_known
            && method
            && request
                .unsafe_names()
                .iter()
                .all(|name| known().any(|allowed| allows_header(profile, allowed, name)))
    }

    /// What was allowed with credentials is allowed without, but not the other way round.
    ///
    /// <https://fetch.spec.whatwg.org/#concept-cache-match>
    fn matching(&self, request: &FetchRequest, now: Duration) -> impl Iterator<Item = &KeptGrant> {
        let modes_differ = request.profile.departs(Quirk::KeptAnswersAreForOneCredentialsMode);
        self.entries.iter().filter(move |entry| {
            let is_of_mode = entry.with_credentials == request.is_credentialed()
                || entry.with_credentials && !modes_differ;
            now < entry.expires && entry.is_for(request) && is_of_mode
        })
    }

    /// <https://fetch.spec.whatwg.org/#concept-cache-create-entry>
    pub(crate) fn keep(&mut self, request: &FetchRequest, grant: Grant, now: Duration) {
        if request.origin.is_opaque() && request.profile.departs(Quirk::OpaqueOriginsKeepNoAnswers) {
            return;
        }
        if request.profile.departs(Quirk::OneAnswerPerUrl) {
            self.forget(request);
        }
        let with_credentials = request.is_credentialed();
        let methods = grant.methods.into_iter().map(Allowed::Method);
        let headers = grant.headers.into_iter().map(|name| Allowed::Header(name.to_ascii_lowercase()));
        for allowed in methods.chain(headers) {
            self.entries.retain(|entry| {
                let is_known = entry.allowed == allowed
                    && entry.with_credentials == with_credentials
                    && entry.is_for(request);
                now < entry.expires && !is_known
            });
            self.entries.push(KeptGrant {
                page: request.origin.clone(),
                origin: request.serialized_origin().to_owned(),
                url: request.url().clone(),
                with_credentials,
                allowed,
                expires: now.saturating_add(grant.max_age),
            });
        }
    }

    /// <https://fetch.spec.whatwg.org/#concept-cache-clear>
    pub(crate) fn forget(&mut self, request: &FetchRequest) {
        self.entries.retain(|entry| !entry.is_for(request));
    }
}

impl KeptGrant {
    fn is_for(&self, request: &FetchRequest) -> bool {
        self.page == request.origin
            && self.origin == request.serialized_origin()
            && self.url == *request.url()
    }
}

/// <https://fetch.spec.whatwg.org/#concept-cache-match-method>
fn allows_method(profile: Profile, allowed: &Allowed, method: &Method) -> bool {
    let has_wildcards = !profile.departs(Quirk::KeptWildcardsAreNames);
    matches!(
        allowed,
        Allowed::Method(known) if known == method.as_str() || known == WILDCARD && has_wildcards
    )
}

/// <https://fetch.spec.whatwg.org/#concept-cache-match-header>
fn allows_header(profile: Profile, allowed: &Allowed, name: &str) -> bool {
    let has_wildcards = !profile.departs(Quirk::KeptWildcardsAreNames);
    let covers_all = profile.departs(Quirk::KeptWildcardsCoverAuthorization);
    matches!(
        allowed,
        Allowed::Header(known)
            if known == name || known == WILDCARD && has_wildcards && (covers_all || !is_non_wildcard(name))
    )
}
