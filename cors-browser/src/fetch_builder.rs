//! A call of `fetch(..)`, as a script writes it.

use std::{
    fmt,
    future::{Future, IntoFuture},
    pin::Pin,
};

use bytes::Buf;
use http::{Request, Response};
use tower_service::Service;

use crate::{
    fetch::fetch,
    outcome::FetchOutcome,
    page::Page,
    request::{BodyInit, CacheMode, Credentials, FetchOptions, Mode, Redirect},
    server::{BoxError, RequestBody, Server},
};

/// A request that a page is about to send: made by [`Page::fetch`], sent by `.await`.
#[must_use = "a request is sent when it is awaited"]
pub struct Fetch {
    page: Page,
    request: Request<BodyInit>,
    app: Server,
    hosts: Vec<(String, Server)>,
    options: FetchOptions,
}

impl Fetch {
    pub(crate) fn new(page: Page, request: Request<BodyInit>, app: Server) -> Self {
        Self { page, request, app, hosts: Vec::new(), options: FetchOptions::default() }
    }

    /// Whether it carries cookies; without this, it does if it goes to the page's own origin.
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.options.credentials = credentials;
        self
    }

    /// What it may be if it goes to another origin.
    pub fn mode(mut self, mode: Mode) -> Self {
        self.options.mode = mode;
        self
    }

    /// What happens to redirects; without this, they are followed.
    pub fn redirect(mut self, redirect: Redirect) -> Self {
        self.options.redirect = redirect;
        self
    }

    /// How it uses the HTTP cache.
    pub fn cache(mut self, cache: CacheMode) -> Self {
        self.options.cache = cache;
        self
    }

    /// Sends it by an `XMLHttpRequest` with a listener for the progress of its upload, for which browsers send a preflight
    /// even where the request itself would not need one. Without a body, there is nothing to listen to.
    ///
    /// ```
    /// use axum::{Router, http::Request, routing::post};
    /// use cors_browser::Browser;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let app = Router::new().route("/", post(async || "uploaded"));
    /// let page = Browser::new().page("https://shop.example");
    /// let request = Request::post("https://api.example/").body("a picture")?;
    /// assert!(page.fetch(&app, request).upload_listener().await.requests[0].preflight);
    /// # Ok(())
    /// # }
    /// ```
    pub fn upload_listener(mut self) -> Self {
        self.options.upload_listener = true;
        self
    }

    /// Has another service answer for a host, for example `login.example` or `localhost:5001`, to which a redirect may
    /// lead.
    ///
    /// ```
    /// use axum::{Router, http::{Request, header::LOCATION, StatusCode}, routing::get};
    /// use cors_browser::Browser;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let shop = Router::new().route("/", get((StatusCode::FOUND, [(LOCATION, "https://login.example/")])));
    /// let login = Router::new().route("/", get("who are you?"));
    /// let page = Browser::new().page("https://shop.example");
    /// let outcome = page.fetch(&shop, Request::get("/").body(())?).serve_host("login.example", &login).await;
    /// assert!(outcome.result.unwrap_err().console.contains("redirected from 'https://shop.example/'"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn serve_host<S, B>(mut self, host: &str, app: &S) -> Self
    where
        S: Service<Request<RequestBody>, Response = Response<B>> + Clone + Send + 'static,
        S::Error: Into<BoxError>,
        S::Future: Send,
        B: http_body::Body + Send + 'static,
        B::Data: Buf + Send,
        B::Error: Into<BoxError>,
    {
        self.hosts.push((host.to_owned(), Server::new(app)));
        self
    }
}

impl IntoFuture for Fetch {
    type Output = FetchOutcome;
    type IntoFuture = Pin<Box<dyn Future<Output = FetchOutcome> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { page, request, app, hosts, options } = self;
        Box::pin(fetch(page, request, options, app, hosts))
    }
}

impl fmt::Debug for Fetch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { page, request, app: _, hosts: _, options } = self;
        let request = (request.method(), request.uri(), request.headers());
        f.debug_tuple("Fetch").field(&page.origin).field(&request).field(options).finish()
    }
}
