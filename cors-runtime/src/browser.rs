//! A model of the browser's side of CORS, to test what pages can do with a service. Must not know of policies: it sees
//! the service as a browser does, by what it answers.
//!
//! May a page at `https://admin.shop.example` remove a product, with its token? And may another one?
//!
//! ```
//! use axum::{extract::Path, http::{Request, StatusCode}};
//! use cors_runtime::{CorsRouter, browser::{Browser, CorsError}, cors, get};
//!
//! #[cors(origins = ["https://shop.example"])]
//! async fn show_product(Path(id): Path<u64>) -> String {
//!     format!("product {id}")
//! }
//!
//! #[cors(origins = ["https://admin.shop.example"], headers = ["authorization"])]
//! async fn remove_product(Path(_id): Path<u64>) -> StatusCode {
//!     StatusCode::NO_CONTENT
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let app: axum::Router =
//!     CorsRouter::new().route("/products/{id}", get(show_product).delete(remove_product)).finish()?;
//! let removal = || Request::delete("https://api.example/products/5").header("authorization", "Bearer 1").body(());
//! let browser = Browser::new();
//!
//! let fetched = browser.page("https://admin.shop.example").fetch(&app, removal()?).await;
//! assert_eq!(fetched.result?.status, 204);
//! assert_eq!(fetched.requests.len(), 2, "a preflight and the request");
//!
//! let fetched = browser.page("https://shop.example").fetch(&app, removal()?).await;
//! let blocked = fetched.result.unwrap_err();
//! assert_eq!(blocked.error, Some(CorsError::PreflightAllowOriginMismatch));
//! assert!(blocked.console.contains("'https://admin.shop.example' that is not equal to the supplied origin"));
//! # Ok(())
//! # }
//! ```
//!
//! The service is any [`Service`] that an axum `Router` could be, however it came by its CORS headers. It is called in
//! process, with the headers that Chromium sends: `Host`, `Origin`, `Referer`, `Sec-Fetch-Site` and its like, `Cookie`.
//! It answers for every host, unless others are [given](Fetch::host).
//!
//! # What is modelled
//!
//! The [Fetch standard](https://fetch.spec.whatwg.org/), as far as it decides what a page can send and see: which
//! requests need a preflight, how its answer is judged and for how long it is kept, the CORS check, the headers that a
//! page can read, credentials modes, redirects. Whatever is blocked comes with the words of Chromium's console and with
//! its error code. Time stands still, unless it is made to [pass](Browser::pass). Cookies follow their `SameSite`,
//! which is `Lax` if it is not written: another site's page sends and gets only those with `SameSite=None; Secure`.
//!
//! Aside are the HTTP cache, content security policies, access to private networks, service workers, and the settings
//! by which users and browsers refuse all cookies of other sites.
//!
//! # Where Chromium differs from the standard
//!
//! The model does what the standard says, so that what passes here passes in each browser. Chromium 156
//!
//! * takes a `*` in `Access-Control-Allow-Headers` for `authorization`, too, and only warns;
//! * sends `save-data`, `device-memory`, `dpr` and `viewport-width` without a preflight;
//! * keeps one answer to a preflight per URL and asks again where the standard puts several together;
//! * refuses redirects to the page's own origin with a user name in the URL.

mod call;
mod check;
mod cookies;
mod fetch;
mod headers;
mod network;
mod origin;
mod preflight;
mod request;
mod response;
mod safelist;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::body::{Body, Bytes, HttpBody};
use tower_service::Service;
use url::Url;

pub use self::{
    call::Fetch,
    request::{Credentials, Mode, Redirect},
    response::{Blocked, Fetched, Readable, ResponseType, Sent},
};
use self::{cookies::Jar, network::Server, origin::Origin, preflight::Cache};
pub use crate::diagnostics::chromium::CorsError;

/// A browser: it keeps cookies and the answers to preflights, and makes [pages](Page).
///
/// Its clones are one browser.
#[derive(Clone, Debug, Default)]
pub struct Browser {
    memory: Arc<Mutex<Memory>>,
}

/// What a browser keeps.
#[derive(Debug, Default)]
struct Memory {
    /// How much time has passed since the beginning.
    now: Duration,
    cookies: Jar,
    preflights: Cache,
}

impl Browser {
    /// A browser that has seen nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A page at this URL that the user has opened; its origin alone will do.
    ///
    /// ```
    /// use cors_runtime::browser::Browser;
    ///
    /// let page = Browser::new().page("https://shop.example");
    /// assert_eq!(page.origin(), "https://shop.example");
    /// ```
    ///
    /// # Panics
    ///
    /// If it is no URL.
    #[track_caller]
    pub fn page(&self, url: &str) -> Page {
        let mut url = parsed(url);
        url.set_fragment(None);
        Page { browser: self.clone(), origin: Origin::of(&url), url: Some(url) }
    }

    /// A page whose origin is `null` and like no other: that of a sandboxed frame, or of a local file.
    ///
    /// ```
    /// use axum::{Router, http::Request};
    /// use cors_runtime::browser::Browser;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let page = Browser::new().sandboxed_page();
    /// let fetched = page.fetch(&Router::new(), Request::get("https://api.example/").body(())?).await;
    /// assert_eq!(fetched.requests[0].headers["origin"], "null");
    /// # Ok(())
    /// # }
    /// ```
    pub fn sandboxed_page(&self) -> Page {
        Page { browser: self.clone(), origin: Origin::opaque(), url: None }
    }

    /// Keeps a cookie as if the user had visited the URL and its server had set it. It is written as in `Set-Cookie`.
    ///
    /// ```
    /// use cors_runtime::browser::Browser;
    ///
    /// let browser = Browser::new();
    /// browser.set_cookie("https://api.example", "session=1; SameSite=None; Secure; HttpOnly");
    /// ```
    ///
    /// # Panics
    ///
    /// If it is no URL, or no cookie that a browser would keep.
    #[track_caller]
    pub fn set_cookie(&self, url: &str, cookie: &str) {
        let url = parsed(url);
        let mut memory = self.memory();
        let now = memory.now;
        let kept = memory.cookies.store(&url, &Origin::of(&url), cookie, now);
        drop(memory);
        assert!(kept, "`{cookie}` is no cookie that a browser keeps for {url}");
    }

    /// Lets time pass, for the answers to preflights and for cookies.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use axum::http::Request;
    /// use cors_runtime::{CorsRouter, SetupError, browser::Browser, cors, put};
    ///
    /// #[cors(origins = any, max_age = "10m")]
    /// async fn update_product() {}
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let app: axum::Router = CorsRouter::new().route("/products/5", put(update_product)).finish()?;
    /// let browser = Browser::new();
    /// let page = browser.page("https://shop.example");
    /// for (seconds, preflights) in [(0, 1), (599, 0), (1, 1)] {
    ///     browser.pass(Duration::from_secs(seconds));
    ///     let fetched = page.fetch(&app, Request::put("https://api.example/products/5").body(())?).await;
    ///     assert_eq!(fetched.preflights().count(), preflights);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn pass(&self, time: Duration) {
        self.memory().now += time;
    }

    /// It is never locked while anything is awaited, and nothing is left half done in it.
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[track_caller]
fn parsed(url: &str) -> Url {
    match Url::parse(url) {
        Ok(parsed) => parsed,
        Err(error) => panic!("`{url}` is no URL: {error}"),
    }
}

/// A page in a [`Browser`], whose scripts send requests.
#[derive(Clone, Debug)]
pub struct Page {
    browser: Browser,
    origin: Origin,
    /// Where it is, as far as it tells: a sandboxed frame does not.
    url: Option<Url>,
}

impl Page {
    /// The page's origin as it stands in the `Origin` header.
    pub fn origin(&self) -> &str {
        self.origin.as_str()
    }

    /// Sends a request to a service, as the page's scripts would by `fetch(..)`. Await what it returns, after saying
    /// whatever else is to be said.
    ///
    /// The request has the method, the headers and the body that the script gives; a path alone is that of the page's
    /// own server. What a script cannot set is left out or refused, as browsers do, and a body without a `content-type`
    /// is taken for a string. The request's extensions are given to the service with each request.
    ///
    /// ```
    /// use axum::http::Request;
    /// use cors_runtime::{CorsRouter, browser::{Browser, Credentials}, cors, put};
    ///
    /// #[cors(origins = ["https://shop.example"], headers = ["content-type"], credentials)]
    /// async fn update_product(body: String) -> String {
    ///     body
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let app: axum::Router = CorsRouter::new().route("/products/5", put(update_product)).finish()?;
    /// let request = Request::put("https://api.example/products/5")
    ///     .header("content-type", "application/json")
    ///     .body(r#"{"price": 3}"#)?;
    /// let page = Browser::new().page("https://shop.example");
    /// let fetched = page.fetch(&app, request).credentials(Credentials::Include).await;
    ///
    /// assert_eq!(fetched.requests[0].headers["access-control-request-headers"], "content-type");
    /// assert_eq!(fetched.result?.text(), r#"{"price": 3}"#);
    /// # Ok(())
    /// # }
    /// ```
    pub fn fetch<S, B>(&self, app: &S, request: http::Request<impl Into<Body>>) -> Fetch
    where
        S: Service<http::Request<Body>, Response = http::Response<B>> + Clone + Send + 'static,
        S::Error: Into<axum::BoxError>,
        S::Future: Send,
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<axum::BoxError>,
    {
        Fetch::new(self.clone(), request.map(Into::into), Server::new(app))
    }
}

#[cfg(test)]
mod tests;
