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
    /// Why, or where it is reported, or where it is written in the engine's source.
    pub reason: &'static str,
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
}

impl Profile {
    pub(crate) fn departs(self, quirk: Quirk) -> bool {
        let Some(engine) = self.engine else { return false };
        DEPARTURES.iter().any(|departure| departure.quirk == quirk && departure.engines.contains(&engine))
    }
}

/// The departures by name, for the steps that they change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quirk {
    AskedOnceAskedAgain,
    AskedOnceAskedForTheSame,
    ClientHintsAreSafelisted,
    CookiesCrossSitesByDefault,
    CrossSiteCookiesNeedNotBeSecure,
    EmptyAllowOriginLinesAreSkipped,
    FailedAnswersAreKept,
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
    RedirectsHomeHaveNoCredentials,
    ReloadsAskAgain,
    SandboxedPagesAreOfTheirSite,
    SecureCookiesNeedHttps,
    SignedMaxAgesAreValid,
    UnansweredPreflightsAreRepeated,
    UnsharedResponsesEndKeptAnswers,
    UserAgentIsForbidden,
    WildcardCoversAuthorization,
}

const CHROMIUM: Engine = Engine::Chromium;
const FIREFOX: Engine = Engine::Firefox;
const WEBKIT: Engine = Engine::WebKit;

const DEPARTURES: &[Departure] = &[Departure {
    engines: &[CHROMIUM, FIREFOX, WEBKIT],
    what: "`*` in `Access-Control-Allow-Headers` covers `authorization`",
    standard: "https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name",
    reason: "",
    quirk: Quirk::WildcardCoversAuthorization,
}];
