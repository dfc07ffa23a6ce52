//! A call of `fetch(..)`, as a script makes it. Must not know what comes of it.

use std::{
    fmt,
    future::{Future, IntoFuture},
    pin::Pin,
};

use axum::body::{Body, Bytes, HttpBody};
use tower_service::Service;

use super::{
    Page,
    fetch::Fetching,
    network::Server,
    request::{Credentials, Mode, Options, Redirect, Request},
    response::{Blocked, Fetched},
};

/// A request that a page is about to send: made by [`Page::fetch`], sent by `.await`.
#[must_use = "a request is sent when it is awaited"]
pub struct Fetch {
    page: Page,
    request: http::Request<Body>,
    app: Server,
    hosts: Vec<(String, Server)>,
    options: Options,
}

impl Fetch {
    pub(super) fn new(page: Page, request: http::Request<Body>, app: Server) -> Self {
        Self { page, request, app, hosts: Vec::new(), options: Options::default() }
    }

    /// Whether it bears cookies; without this, it does if it goes to the page's own origin.
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.options.credentials = credentials;
        self
    }

    /// What it may be if it goes to another origin.
    pub fn mode(mut self, mode: Mode) -> Self {
        self.options.mode = mode;
        self
    }

    /// What becomes of redirects; without this, they are followed.
    pub fn redirect(mut self, redirect: Redirect) -> Self {
        self.options.redirect = redirect;
        self
    }

    /// Sends it by an `XMLHttpRequest` with a listener for the progress of its upload, which makes browsers ask by a
    /// preflight even where the request itself would not need one. Without a body, there is nothing to listen to.
    ///
    /// ```
    /// use axum::http::Request;
    /// use cors_runtime::{CorsRouter, browser::Browser, cors, post};
    ///
    /// #[cors(origins = any)]
    /// async fn upload() {}
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let app: axum::Router = CorsRouter::new().route("/", post(upload)).finish()?;
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

    /// Has another service answer for a host, such as `login.example` or `localhost:5001`; that matters where a
    /// redirect leads there.
    ///
    /// ```
    /// use axum::{Router, http::{Request, header::LOCATION, StatusCode}, routing::get};
    /// use cors_runtime::browser::Browser;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let shop = Router::new().route("/", get((StatusCode::FOUND, [(LOCATION, "https://login.example/")])));
    /// let login = Router::new().route("/", get("who are you?"));
    /// let page = Browser::new().page("https://shop.example");
    /// let fetched = page.fetch(&shop, Request::get("/").body(())?).host("login.example", &login).await;
    /// assert!(fetched.result.unwrap_err().console.contains("redirected from 'https://shop.example/'"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn host<S, B>(mut self, host: &str, app: &S) -> Self
    where
        S: Service<http::Request<Body>, Response = http::Response<B>> + Clone + Send + 'static,
        S::Error: Into<axum::BoxError>,
        S::Future: Send,
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<axum::BoxError>,
    {
        self.hosts.push((host.to_owned(), Server::new(app)));
        self
    }

    async fn send(self) -> Fetched {
        let Self { page, request, app, hosts, options } = self;
        let mut fetching = Fetching::new(page.browser, app, hosts);
        let result = match Request::new(page.origin, page.url, request, options).await {
            Ok(mut request) => {
                let fetched = fetching.fetch(&mut request).await;
                fetched.map_err(|failure| Blocked::new(failure, &request))
            }
            Err(error) => Err(Blocked::unsent(error)),
        };
        Fetched { result, requests: fetching.sent }
    }
}

impl IntoFuture for Fetch {
    type Output = Fetched;
    type IntoFuture = Pin<Box<dyn Future<Output = Fetched> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

impl fmt::Debug for Fetch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { page, request, app: _, hosts: _, options } = self;
        let request = (request.method(), request.uri(), request.headers());
        f.debug_tuple("Fetch").field(&page.origin).field(&request).field(options).finish()
    }
}
