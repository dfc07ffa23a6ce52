//! Where the engines depart from the standard: one table, by which the model does what each of them does.

// A departure is a row here and one question, `departs(..)`, at the step of the standard that it changes.

use std::fmt;

use cors_rules::Engine;

/// A way in which at least one engine departs from the standard.
///
/// Displayed, it is a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Departure {
    /// The engines that do so, in the versions that [`Engine::observed_version`] names.
    pub engines: &'static [Engine],
    /// What they do.
    pub what: &'static str,
    /// The step of the standard that says otherwise.
    pub standard: &'static str,
    /// Where it is reported, or where it is written in an engine's source; `None` if that is not known.
    pub reference: Option<&'static str>,
    quirk: Quirk,
}

impl Departure {
    /// All that are known.
    ///
    /// ```
    /// use cors_browser::{Departure, Engine};
    ///
    /// let of_webkit = Departure::ALL.iter().filter(|departure| departure.engines.contains(&Engine::WebKit));
    /// for departure in of_webkit {
    ///     println!("{departure}");
    /// }
    /// ```
    pub const ALL: &[Self] = DEPARTURES;
}

impl fmt::Display for Departure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.engines.iter().map(|engine| engine.name()).collect();
        write!(f, "{}: {}", names.join(", "), self.what)
    }
}

/// Whose behaviour is modelled: the standard's, or an engine's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Profile {
    pub(crate) engine: Option<Engine>,
    /// The departures that the engine no longer makes, a bit for each.
    mended: u64,
}

impl Profile {
    pub(crate) fn from_engine(engine: Engine) -> Self {
        Self { engine: Some(engine), mended: 0 }
    }

    /// The same engine without a departure.
    pub(crate) fn without(self, departure: &Departure) -> Self {
        Self { mended: self.mended | departure.quirk.bit(), ..self }
    }

    pub(crate) fn departs(self, quirk: Quirk) -> bool {
        let Some(engine) = self.engine else { return false };
        let is_known =
            |departure: &Departure| departure.quirk == quirk && departure.engines.contains(&engine);
        self.mended & quirk.bit() == 0 && DEPARTURES.iter().any(is_known)
    }
}

/// The departures by name, for the steps that they change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quirk {
    AskedOnceAskedAgain,
    AskedOnceAskedForTheSame,
    BlockedRequestsEndKeptAnswers,
    ClientHintsAreSafelisted,
    CookiesCrossSitesByDefault,
    CrossSiteCookiesNeedNotBeSecure,
    EmptyAllowOriginLinesAreSkipped,
    FailedAnswersAreKept,
    HeadHasToBeKept,
    HugeMaxAgesAreInvalid,
    InvalidMaxAgesAreZero,
    KeptAnswersAreForOneCredentialsMode,
    KeptWildcardsAreNames,
    KeptWildcardsCoverAuthorization,
    NonAsciiAcceptIsUnsafe,
    OneAnswerPerUrl,
    OpaqueOriginsKeepNoAnswers,
    PreflightsHaveThePagesUserAgent,
    PreflightsNameThePage,
    RedirectsAreCrossSite,
    RedirectsElsewhereHaveNoMetadata,
    RedirectsHomeHaveNoCredentials,
    RevalidatedRequestsAskAgain,
    SandboxedPagesAreOfTheirSiteForCookies,
    SandboxedPagesAreOfTheirSiteForResources,
    SandboxedPagesHaveReferrers,
    SecureCookiesNeedHttps,
    SignedMaxAgesAreValid,
    UnansweredRequestsAreRepeated,
    UncachedRequestsAskAgain,
    UserAgentIsForbidden,
    WildcardCoversAuthorization,
}

impl Quirk {
    fn bit(self) -> u64 {
        1 << self as u32
    }
}

const CHROMIUM: Engine = Engine::Chromium;
const FIREFOX: Engine = Engine::Firefox;
const WEBKIT: Engine = Engine::WebKit;

const DEPARTURES: &[Departure] = &[
    Departure {
        engines: &[CHROMIUM, FIREFOX, WEBKIT],
        what: "`*` in `Access-Control-Allow-Headers` covers `Authorization`",
        standard: "https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name",
        reference: Some("whether the standard is to follow: https://github.com/whatwg/fetch/issues/1919"),
        quirk: Quirk::WildcardCoversAuthorization,
    },
    Departure {
        engines: &[WEBKIT],
        what: "a kept `*` covers `Authorization`, which is sent without another preflight",
        standard: "https://fetch.spec.whatwg.org/#concept-cache-match-header",
        reference: Some(
            "https://github.com/WebKit/WebKit/blob/main/Source/WebCore/loader/CrossOriginPreflightResultCache.cpp",
        ),
        quirk: Quirk::KeptWildcardsCoverAuthorization,
    },
    Departure {
        engines: &[CHROMIUM, WEBKIT],
        what: "only the last answer for a URL is kept, and only until a request needs more than it allows",
        standard: "https://fetch.spec.whatwg.org/#concept-cache-create-entry",
        reference: Some(
            "https://source.chromium.org/chromium/chromium/src/+/main:services/network/public/cpp/cors/preflight_cache.cc, https://github.com/WebKit/WebKit/blob/main/Source/WebCore/loader/CrossOriginPreflightResultCache.cpp",
        ),
        quirk: Quirk::OneAnswerPerUrl,
    },
    Departure {
        engines: &[FIREFOX],
        what: "a kept answer allows HEAD only if it lists HEAD",
        standard: "https://fetch.spec.whatwg.org/#concept-http-fetch",
        reference: Some(
            "`CORSCacheEntry::CheckRequest` in https://searchfox.org/mozilla-central/source/netwerk/protocol/http/nsCORSListenerProxy.cpp",
        ),
        quirk: Quirk::HeadHasToBeKept,
    },
    Departure {
        engines: &[FIREFOX],
        what: "a kept `*` covers no method and no header",
        standard: "https://fetch.spec.whatwg.org/#concept-cache-match-method",
        reference: Some(
            "`CORSCacheEntry::CheckRequest` in https://searchfox.org/mozilla-central/source/netwerk/protocol/http/nsCORSListenerProxy.cpp",
        ),
        quirk: Quirk::KeptWildcardsAreNames,
    },
    Departure {
        engines: &[FIREFOX],
        what: "an answer kept for a request with credentials is not used for one without",
        standard: "https://fetch.spec.whatwg.org/#concept-cache-match",
        reference: Some(
            "`nsPreflightCache::GetEntry` in https://searchfox.org/mozilla-central/source/netwerk/protocol/http/nsCORSListenerProxy.cpp",
        ),
        quirk: Quirk::KeptAnswersAreForOneCredentialsMode,
    },
    Departure {
        engines: &[FIREFOX],
        what: "a request that is blocked ends the kept answers for its URL",
        standard: "https://fetch.spec.whatwg.org/#concept-cache-clear",
        reference: Some(
            "`nsCORSListenerProxy::OnStartRequest` in https://searchfox.org/mozilla-central/source/netwerk/protocol/http/nsCORSListenerProxy.cpp",
        ),
        quirk: Quirk::BlockedRequestsEndKeptAnswers,
    },
    Departure {
        engines: &[CHROMIUM, FIREFOX],
        what: "a request whose cache mode is `reload` or `no-store` does not use kept answers",
        standard: "https://fetch.spec.whatwg.org/#concept-http-fetch",
        reference: None,
        quirk: Quirk::UncachedRequestsAskAgain,
    },
    Departure {
        engines: &[CHROMIUM],
        what: "a request whose cache mode is `no-cache` does not use kept answers",
        standard: "https://fetch.spec.whatwg.org/#concept-http-fetch",
        reference: None,
        quirk: Quirk::RevalidatedRequestsAskAgain,
    },
    Departure {
        engines: &[CHROMIUM],
        what: "no answers are kept for pages whose origin is `null`",
        standard: "https://fetch.spec.whatwg.org/#concept-cache-create-entry",
        reference: None,
        quirk: Quirk::OpaqueOriginsKeepNoAnswers,
    },
    Departure {
        engines: &[WEBKIT],
        what: "what the answer to a failed preflight allows is kept",
        standard: "https://fetch.spec.whatwg.org/#cors-preflight-fetch-0",
        reference: Some(
            "`validatePreflightResponse` in https://github.com/WebKit/WebKit/blob/main/Source/WebCore/loader/CrossOriginAccessControl.cpp",
        ),
        quirk: Quirk::FailedAnswersAreKept,
    },
    Departure {
        engines: &[CHROMIUM],
        what: "client hints are sent without a preflight",
        standard: "https://fetch.spec.whatwg.org/#cors-safelisted-request-header",
        reference: Some("they were on the standard's list: https://github.com/whatwg/fetch/issues/1383"),
        quirk: Quirk::ClientHintsAreSafelisted,
    },
    Departure {
        engines: &[CHROMIUM],
        what: "`User-Agent` is dropped",
        standard: "https://fetch.spec.whatwg.org/#forbidden-request-header",
        reference: Some("https://issues.chromium.org/issues/40450316"),
        quirk: Quirk::UserAgentIsForbidden,
    },
    Departure {
        engines: &[WEBKIT],
        what: "a preflight has the `User-Agent` that the page sets for its request",
        standard: "https://fetch.spec.whatwg.org/#cors-preflight-fetch-0",
        reference: None,
        quirk: Quirk::PreflightsHaveThePagesUserAgent,
    },
    Departure {
        engines: &[FIREFOX],
        what: "an `Accept` with a byte beyond ASCII needs a preflight",
        standard: "https://fetch.spec.whatwg.org/#cors-unsafe-request-header-byte",
        reference: None,
        quirk: Quirk::NonAsciiAcceptIsUnsafe,
    },
    Departure {
        engines: &[FIREFOX],
        what: "once there was a preflight, each redirect needs another one, even for a GET",
        standard: "https://fetch.spec.whatwg.org/#concept-main-fetch",
        reference: Some(
            "`nsCORSListenerProxy::CheckPreflightNeeded` in https://searchfox.org/mozilla-central/source/netwerk/protocol/http/nsCORSListenerProxy.cpp",
        ),
        quirk: Quirk::AskedOnceAskedAgain,
    },
    Departure {
        engines: &[WEBKIT],
        what: "once there was a preflight, each redirect needs another one for the same headers, even if they are no longer sent",
        standard: "https://fetch.spec.whatwg.org/#concept-main-fetch",
        reference: Some(
            "`m_originalRequestHeaders` in https://github.com/WebKit/WebKit/blob/main/Source/WebKit/NetworkProcess/NetworkLoadChecker.cpp",
        ),
        quirk: Quirk::AskedOnceAskedForTheSame,
    },
    Departure {
        engines: &[FIREFOX],
        what: "a preflight to a third origin names the page, where its request says `null`, and its answer is judged by that",
        standard: "https://fetch.spec.whatwg.org/#append-a-request-origin-header",
        reference: Some(
            "`mRequestingPrincipal` in https://searchfox.org/mozilla-central/source/netwerk/protocol/http/nsCORSListenerProxy.cpp",
        ),
        quirk: Quirk::PreflightsNameThePage,
    },
    Departure {
        engines: &[CHROMIUM],
        what: "a redirect to the page's own origin with a user name or a password in its URL is not followed",
        standard: "https://fetch.spec.whatwg.org/#concept-http-redirect-fetch",
        reference: None,
        quirk: Quirk::RedirectsHomeHaveNoCredentials,
    },
    Departure {
        engines: &[FIREFOX],
        what: "an empty line of `Access-Control-Allow-Origin` beside another one does not count, if the name is in lower case",
        standard: "https://fetch.spec.whatwg.org/#concept-header-list-get",
        reference: Some(
            "lines are merged before they are looked at, and counted only under the name in capitals: `CheckOriginHeader` in https://searchfox.org/mozilla-central/source/netwerk/protocol/http/nsCORSListenerProxy.cpp",
        ),
        quirk: Quirk::EmptyAllowOriginLinesAreSkipped,
    },
    Departure {
        engines: &[FIREFOX],
        what: "a preflight, a GET or a HEAD is sent 10 times if the connection closes without a response",
        standard: "https://fetch.spec.whatwg.org/#cors-preflight-fetch-0",
        reference: Some("the preference `network.http.request.max-attempts`"),
        quirk: Quirk::UnansweredRequestsAreRepeated,
    },
    Departure {
        engines: &[FIREFOX, WEBKIT],
        what: "a cookie without `SameSite` goes to and comes from other sites",
        standard: "https://httpwg.org/http-extensions/draft-ietf-httpbis-rfc6265bis.html#name-storage-model",
        reference: Some("the preference `network.cookie.sameSite.laxByDefault` is off in Firefox"),
        quirk: Quirk::CookiesCrossSitesByDefault,
    },
    Departure {
        engines: &[WEBKIT],
        what: "`http://localhost` cannot set `Secure` cookies, and gets none",
        standard: "https://httpwg.org/http-extensions/draft-ietf-httpbis-rfc6265bis.html#name-storage-model",
        reference: Some("https://bugs.webkit.org/show_bug.cgi?id=281149"),
        quirk: Quirk::SecureCookiesNeedHttps,
    },
    Departure {
        engines: &[WEBKIT],
        what: "a cookie with `SameSite=None` need not be `Secure`",
        standard: "https://httpwg.org/http-extensions/draft-ietf-httpbis-rfc6265bis.html#name-storage-model",
        reference: None,
        quirk: Quirk::CrossSiteCookiesNeedNotBeSecure,
    },
    Departure {
        engines: &[WEBKIT],
        what: "a sandboxed page belongs to the site of its URL, as far as cookies go",
        standard: "https://httpwg.org/http-extensions/draft-ietf-httpbis-rfc6265bis.html#name-storage-model",
        reference: None,
        quirk: Quirk::SandboxedPagesAreOfTheirSiteForCookies,
    },
    Departure {
        engines: &[CHROMIUM],
        what: "a sandboxed page belongs to the site of its URL, as far as `Cross-Origin-Resource-Policy: same-site` goes",
        standard: "https://fetch.spec.whatwg.org/#cross-origin-resource-policy-internal-check",
        reference: None,
        quirk: Quirk::SandboxedPagesAreOfTheirSiteForResources,
    },
    Departure {
        engines: &[FIREFOX],
        what: "`Sec-Fetch-Site` is `cross-site` after a redirect, unless the request never left the page's origin (seen between \
               ports of localhost)",
        standard: "https://w3c.github.io/webappsec-fetch-metadata/#abstract-opdef-set-site",
        reference: None,
        quirk: Quirk::RedirectsAreCrossSite,
    },
    Departure {
        engines: &[WEBKIT],
        what: "a request has no `Sec-Fetch-*` headers once a redirect has led to another origin",
        standard: "https://w3c.github.io/webappsec-fetch-metadata/#fetch-integration",
        reference: None,
        quirk: Quirk::RedirectsElsewhereHaveNoMetadata,
    },
    Departure {
        engines: &[WEBKIT],
        what: "a sandboxed page has a `Referer`",
        standard: "https://w3c.github.io/webappsec-referrer-policy/#determine-requests-referrer",
        reference: None,
        quirk: Quirk::SandboxedPagesHaveReferrers,
    },
    Departure {
        engines: &[FIREFOX],
        what: "an answer whose `Access-Control-Max-Age` is not a number is not kept",
        standard: "https://fetch.spec.whatwg.org/#cors-preflight-fetch-0",
        reference: Some(
            "`nsCORSPreflightListener::AddResultToCache` in https://searchfox.org/mozilla-central/source/netwerk/protocol/http/nsCORSListenerProxy.cpp",
        ),
        quirk: Quirk::InvalidMaxAgesAreZero,
    },
    Departure {
        engines: &[CHROMIUM, WEBKIT],
        what: "`Access-Control-Max-Age` may have a plus sign",
        standard: "https://fetch.spec.whatwg.org/#cors-preflight-fetch-0",
        reference: Some(
            "a FIXME in https://github.com/WebKit/WebKit/blob/main/Source/WebCore/loader/CrossOriginPreflightResultCache.cpp",
        ),
        quirk: Quirk::SignedMaxAgesAreValid,
    },
    Departure {
        engines: &[CHROMIUM, WEBKIT],
        what: "an `Access-Control-Max-Age` that does not fit into 64 bits is not a number",
        standard: "https://fetch.spec.whatwg.org/#cors-preflight-fetch-0",
        reference: Some(
            "`parseAccessControlMaxAge` in https://github.com/WebKit/WebKit/blob/main/Source/WebCore/loader/CrossOriginPreflightResultCache.cpp",
        ),
        quirk: Quirk::HugeMaxAgesAreInvalid,
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_departure_less_is_one_less() {
        for engine in Engine::ALL.iter().copied() {
            let whole = Profile::from_engine(engine);
            let of_engine = || DEPARTURES.iter().filter(|departure| departure.engines.contains(&engine));
            for mended in of_engine() {
                let profile = whole.without(mended).without(mended);
                for departure in of_engine() {
                    assert!(whole.departs(departure.quirk), "{departure}");
                    let departs = profile.departs(departure.quirk);
                    assert_eq!(departs, departure.quirk != mended.quirk, "{departure} without {mended}");
                }
            }
            for departure in DEPARTURES.iter().filter(|departure| !departure.engines.contains(&engine)) {
                assert!(!whole.departs(departure.quirk), "{engine}: {departure}");
            }
        }
    }
}
