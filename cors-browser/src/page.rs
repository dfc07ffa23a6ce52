//! The pages of a browser.

use bytes::Buf;
use http::Request;
use tower_service::Service;
use url::Url;

use crate::{
    browser::{Browser, parse_url},
    fetch_builder::Fetch,
    origin::WebOrigin,
    request::BodyInit,
    server::{BoxError, RequestBody, Server},
};

/// A page in a [`Browser`], whose scripts send requests.
#[derive(Clone, Debug)]
pub struct Page {
    pub(crate) browser: Browser,
    pub(crate) origin: WebOrigin,
    /// Where it is, as far as servers learn it.
    pub(crate) url: Option<Url>,
}

/// The pages of a browser.
impl Browser {
    /// A page at this URL that the user has opened; its origin alone is enough.
    ///
    /// ```
    /// use cors_browser::Browser;
    ///
    /// let page = Browser::new().page("https://shop.example");
    /// assert_eq!(page.origin(), "https://shop.example");
    /// ```
    ///
    /// # Panics
    ///
    /// If it is not a URL.
    #[track_caller]
    pub fn page(&self, url: &str) -> Page {
        let mut url = parse_url(url);
        url.set_fragment(None);
        Page { browser: self.clone(), origin: WebOrigin::from_url(&url), url: Some(url) }
    }

    /// A page at this URL whose origin is `null` and equals no other: one in a sandboxed frame, or a local file.
    ///
    /// ```
    /// use axum::{Router, http::Request};
    /// use cors_browser::Browser;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let page = Browser::new().sandboxed_page("https://shop.example/frame");
    /// let outcome = page.fetch(&Router::new(), Request::get("https://api.example/").body(())?).await;
    /// assert_eq!(outcome.requests[0].headers["origin"], "null");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// If it is not a URL.
    #[track_caller]
    pub fn sandboxed_page(&self, url: &str) -> Page {
        Page { origin: WebOrigin::new_opaque(), ..self.page(url) }
    }
}

impl Page {
    /// The page's origin as it is written in the `Origin` header.
    pub fn origin(&self) -> &str {
        self.origin.as_str()
    }

    /// Sends a request to a service, as the page's scripts would by `fetch(..)`. Await what it returns, after setting
    /// whatever else there is to set.
    ///
    /// The request has the method, the headers and the [body](BodyInit) that the script gives; a path alone is one at the
    /// page's own server. What a script cannot set is left out or refused, as browsers do. The request's extensions are
    /// given to the service with each request.
    ///
    /// The service is a [`Service`] over [`RequestBody`]; what is generic over the body, as axum's `Router` and most
    /// services are, is one. It is called in process, with the headers that browsers send: `Host`, `Origin`, `Referer`,
    /// `Sec-Fetch-Site` and its siblings, `Cookie`. It answers for every host, unless another service is
    /// [given](Fetch::serve_host) for one.
    ///
    /// ```
    /// use axum::{Router, http::Request, routing::put};
    /// use cors_browser::{Browser, Credentials};
    /// use tower_http::cors::CorsLayer;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use axum::http::{HeaderValue, Method, header::CONTENT_TYPE};
    /// let cors = CorsLayer::new()
    ///     .allow_origin(HeaderValue::from_static("https://shop.example"))
    ///     .allow_methods(Method::PUT)
    ///     .allow_headers([CONTENT_TYPE])
    ///     .allow_credentials(true);
    /// let app = Router::new().route("/products/5", put(async |body: String| body)).layer(cors);
    /// let request = Request::put("https://api.example/products/5")
    ///     .header("content-type", "application/json")
    ///     .body(r#"{"price": 3}"#)?;
    /// let page = Browser::new().page("https://shop.example");
    /// let outcome = page.fetch(&app, request).credentials(Credentials::Include).await;
    ///
    /// assert_eq!(outcome.requests[0].headers["access-control-request-headers"], "content-type");
    /// assert_eq!(outcome.result?.text(), r#"{"price": 3}"#);
    /// # Ok(())
    /// # }
    /// ```
    pub fn fetch<S, B>(&self, app: &S, request: Request<impl Into<BodyInit>>) -> Fetch
    where
        S: Service<Request<RequestBody>, Response = http::Response<B>> + Clone + Send + 'static,
        S::Error: Into<BoxError>,
        S::Future: Send,
        B: http_body::Body + Send + 'static,
        B::Data: Buf + Send,
        B::Error: Into<BoxError>,
    {
        Fetch::new(self.clone(), request.map(Into::into), Server::new(app))
    }
}
