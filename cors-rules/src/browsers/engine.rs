//! The engines, and the numbers that are theirs alone.

use std::fmt;

/// A browser engine.
///
/// Displayed, it is its name.
///
/// ```
/// use cors_rules::Engine;
///
/// assert_eq!(Engine::WebKit.to_string(), "WebKit");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Engine {
    /// The engine of Chrome, Edge, Opera and most others.
    Chromium,
    /// The engine of Firefox, which is called Gecko.
    Firefox,
    /// The engine of Safari, and of every browser on iOS.
    WebKit,
}

impl Engine {
    /// All of them.
    pub const ALL: &'static [Self] = &[Self::Chromium, Self::Firefox, Self::WebKit];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Chromium => "Chromium",
            Self::Firefox => "Firefox",
            Self::WebKit => "WebKit",
        }
    }

    /// The best-known browser that is built on it.
    pub fn browser(self) -> &'static str {
        match self {
            Self::Chromium => "Chrome",
            Self::Firefox => "Firefox",
            Self::WebKit => "Safari",
        }
    }

    /// The version in which everything that is said of it here was observed.
    pub fn observed_version(self) -> &'static str {
        match self {
            Self::Chromium => "Chromium 156",
            Self::Firefox => "Firefox ESR 153",
            Self::WebKit => "WebKitGTK 2.50",
        }
    }

    /// How long it keeps the answer to a preflight at most, in seconds, whatever `Access-Control-Max-Age` says.
    ///
    /// * [Chromium](https://source.chromium.org/search?q=kMaxTimeout%20preflight_result.cc)
    /// * [Firefox](https://searchfox.org/mozilla-central/search?q=86400&path=nsCORSListenerProxy.cpp)
    /// * [WebKit](https://github.com/WebKit/WebKit/blob/main/Source/WebCore/loader/CrossOriginPreflightResultCache.cpp),
    ///   which was measured as well
    pub fn max_age_cap(self) -> u32 {
        match self {
            Self::Chromium => 7200,
            Self::Firefox => 86_400,
            Self::WebKit => 600,
        }
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
