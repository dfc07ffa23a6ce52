//! A browser, and what it keeps from one request to the next.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use cors_rules::Engine;
use url::Url;

use crate::{
    cookies::CookieJar,
    departures::{Departure, Profile},
    preflight_cache::PreflightCache,
};

/// A browser: it keeps cookies and the answers to preflights, and has pages.
///
/// Its clones are one browser. Displayed, it is the name of its engine.
#[derive(Clone, Debug, Default)]
pub struct Browser {
    pub(crate) profile: Profile,
    state: Arc<Mutex<BrowserState>>,
}

/// What a browser keeps.
#[derive(Debug, Default)]
pub(crate) struct BrowserState {
    /// How much time has passed since the beginning.
    pub(crate) now: Duration,
    pub(crate) cookies: CookieJar,
    pub(crate) preflights: PreflightCache,
}

impl Browser {
    /// A browser that does what the standard says, and that has seen nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// One that does what Chromium does, the engine of Chrome and Edge.
    pub fn chromium() -> Self {
        Self::with_engine(Engine::Chromium)
    }

    /// One that does what Firefox does.
    pub fn firefox() -> Self {
        Self::with_engine(Engine::Firefox)
    }

    /// One that does what WebKit does, the engine of Safari.
    pub fn webkit() -> Self {
        Self::with_engine(Engine::WebKit)
    }

    /// One that does what this engine does, wherever that [departs](crate::Departure::ALL) from the standard.
    pub fn with_engine(engine: Engine) -> Self {
        Self { profile: Profile::from_engine(engine), ..Self::default() }
    }

    /// The same browser, as it will be when its engine no longer departs from the standard in this way.
    ///
    /// ```
    /// use cors_browser::{Browser, Departure, Engine};
    ///
    /// let departure = Departure::ALL.iter().find(|departure| departure.what.contains("`Authorization`")).unwrap();
    /// let strict = Browser::firefox().without(departure);
    /// assert_eq!(strict.engine(), Some(Engine::Firefox));
    /// ```
    #[must_use]
    pub fn without(mut self, departure: &Departure) -> Self {
        self.profile = self.profile.without(departure);
        self
    }

    /// One of each engine, to ask whether something works in all of them.
    pub fn engines() -> impl Iterator<Item = Self> {
        Engine::ALL.iter().copied().map(Self::with_engine)
    }

    /// The engine, if it is one; `None` if it is the standard.
    pub fn engine(&self) -> Option<Engine> {
        self.profile.engine
    }

    /// Keeps a cookie as if the user had visited the URL and its server had set it. It is written as in `Set-Cookie`.
    ///
    /// ```
    /// use cors_browser::Browser;
    ///
    /// let browser = Browser::new();
    /// browser.set_cookie("https://api.example", "session=1; SameSite=None; Secure; HttpOnly");
    /// ```
    ///
    /// # Panics
    ///
    /// If it is not a URL, or not a cookie that a browser would keep.
    #[track_caller]
    pub fn set_cookie(&self, url: &str, cookie: &str) {
        let url = parse_url(url);
        let mut state = self.state();
        let now = state.now;
        let is_kept = state.cookies.store_for_visit(self.profile, &url, cookie, now);
        drop(state);
        assert!(is_kept, "`{cookie}` is not a cookie that a browser keeps for {url}");
    }

    /// Lets time pass, for the answers to preflights and for cookies.
    ///
    /// `Access-Control-Max-Age` says how long an answer is kept, up to the cap of the engine: 7200 seconds in Chromium,
    /// 86,400 in Firefox, 600 in WebKit ([`Engine::max_age_cap`]). The standard leaves the cap to the browser, and without
    /// an engine there is none. Without the header, an answer is kept for 5 seconds.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use axum::{Router, http::Request};
    /// use cors_browser::Browser;
    /// use tower_http::cors::{Any, CorsLayer};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let hour = Duration::from_secs(3600);
    /// let cors = CorsLayer::new().allow_origin(Any).allow_methods(Any).max_age(hour);
    /// let app = Router::new().layer(cors);
    /// for (browser, preflights) in [(Browser::new(), 0), (Browser::webkit(), 1)] {
    ///     let page = browser.page("https://shop.example");
    ///     let change = || Request::put("https://api.example/products/5").body(());
    ///     page.fetch(&app, change()?).await;
    ///     browser.advance(Duration::from_secs(601));
    ///     assert_eq!(page.fetch(&app, change()?).await.preflights().count(), preflights);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn advance(&self, time: Duration) {
        let mut state = self.state();
        state.now = state.now.saturating_add(time);
    }

    /// It is never locked while anything is awaited, and nothing is left half done in it.
    pub(crate) fn state(&self) -> MutexGuard<'_, BrowserState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Display for Browser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.engine().map_or("the standard", Engine::name))
    }
}

#[track_caller]
pub(crate) fn parse_url(url: &str) -> Url {
    match Url::parse(url) {
        Ok(parsed) => parsed,
        Err(error) => panic!("`{url}` is not a URL: {error}"),
    }
}
