//! The pages of the storefront and of the back office, which are the same ones at two origins. Knows nothing of the API
//! but where it is.

use axum::{
    Json, Router,
    http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE},
    response::Html,
    routing::get,
};
use serde::Serialize;

/// The origins at which the pages are.
#[derive(Clone, PartialEq, Serialize)]
pub(crate) struct Pages {
    pub(crate) storefront: String,
    pub(crate) back_office: String,
    /// The same machine by its number: to browsers this is another origin, and no policy has it.
    address: String,
}

impl Pages {
    pub(crate) const DEFAULT_PORT: u16 = 3000;

    pub(crate) fn at(port: u16) -> Self {
        // Browsers leave the scheme's own port out.
        let port = if port == 80 { String::new() } else { format!(":{port}") };
        Self {
            storefront: format!("http://localhost{port}"),
            back_office: format!("http://admin.localhost{port}"),
            address: format!("http://127.0.0.1{port}"),
        }
    }
}

impl Default for Pages {
    fn default() -> Self {
        Self::at(Self::DEFAULT_PORT)
    }
}

/// What the script has to know.
#[derive(Clone, Serialize)]
struct Places {
    api: String,
    #[serde(flatten)]
    pages: Pages,
}

pub(crate) fn pages(pages: &Pages, api: &str) -> Router {
    let places = Places { api: api.to_owned(), pages: pages.clone() };
    // The frame sends what the page around it says, which must be one of these pages.
    let Pages { storefront, back_office, address } = pages;
    let ancestors = format!("frame-ancestors {storefront} {back_office} {address}");
    let frame = ([(CONTENT_SECURITY_POLICY, ancestors)], Html(include_str!("../store/frame.html")));
    let css = ([(CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("../store/style.css"));
    Router::new()
        .route("/", get(Html(include_str!("../store/index.html"))))
        .route("/frame", get(frame))
        .route("/style.css", get(css))
        .route("/send.js", get(script(include_str!("../store/send.js"))))
        .route("/script.js", get(script(include_str!("../store/script.js"))))
        .route("/places.json", get(async || Json(places)))
}

type Script = ([(axum::http::HeaderName, &'static str); 1], &'static str);

fn script(text: &'static str) -> Script {
    ([(CONTENT_TYPE, "text/javascript; charset=utf-8")], text)
}
