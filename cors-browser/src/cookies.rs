//! The browser's cookies: which are kept, and which go where.
//!
//! <https://httpwg.org/http-extensions/draft-ietf-httpbis-rfc6265bis.html#name-storage-model>

use std::{
    cmp::Reverse,
    time::{Duration, SystemTime},
};

use cors_rules::is_public_suffix;
use http::HeaderValue;
use url::{Host, Url};

use crate::{
    departures::{Profile, Quirk},
    origin::{WebOrigin, is_trustworthy},
    request::FetchRequest,
    set_cookie::{Expiry, SameSite, SetCookie},
};

/// The cookies of a browser.
#[derive(Debug, Default)]
pub(crate) struct CookieJar {
    cookies: Vec<KeptCookie>,
}

#[derive(Debug)]
struct KeptCookie {
    name: String,
    value: String,
    host: String,
    /// Whether the subdomains of the host get it as well.
    for_subdomains: bool,
    path: String,
    is_secure: bool,
    /// Whether it goes with requests from pages of other sites.
    crosses_sites: bool,
    /// The time at which it is forgotten.
    expires: Option<Duration>,
}

/// Where cookies go to or come from.
struct Exchange<'a> {
    profile: Profile,
    url: &'a Url,
    is_same_site: bool,
    is_secure: bool,
}

impl<'a> Exchange<'a> {
    fn new(profile: Profile, url: &'a Url, is_same_site: bool) -> Self {
        let needs_https = profile.departs(Quirk::SecureCookiesNeedHttps);
        let is_secure = if needs_https { url.scheme() == "https" } else { is_trustworthy(url) };
        Self { profile, url, is_same_site, is_secure }
    }

    fn from_request(request: &'a FetchRequest) -> Self {
        let server = WebOrigin::from_url(request.url());
        let page = request.site(Quirk::SandboxedPagesAreOfTheirSiteForCookies);
        Self::new(request.profile, request.url(), page.is_same_site(&server))
    }
}

impl CookieJar {
    /// Keeps what a `Set-Cookie` line says, in the response to a request.
    pub(crate) fn store(&mut self, request: &FetchRequest, line: &HeaderValue, now: Duration) {
        let line: String = line.as_bytes().iter().copied().map(char::from).collect();
        self.store_line(&Exchange::from_request(request), &line, now);
    }

    /// Keeps what a `Set-Cookie` line says, in the response to a user's visit. Whether it is kept, or at least understood
    /// as the removal of one.
    pub(crate) fn store_for_visit(&mut self, profile: Profile, url: &Url, line: &str, now: Duration) -> bool {
        self.store_line(&Exchange::new(profile, url, true), line, now)
    }

    fn store_line(&mut self, from: &Exchange<'_>, line: &str, now: Duration) -> bool {
        let Some(cookie) = KeptCookie::parse(from, line, now) else { return false };
        let is_same = |known: &&mut KeptCookie| {
            (&known.name, &known.host, &known.path) == (&cookie.name, &cookie.host, &cookie.path)
        };
        match self.cookies.iter_mut().find(is_same) {
            // It keeps its place among those that are as old.
            Some(known) => *known = cookie,
            None => self.cookies.push(cookie),
        }
        true
    }

    /// The `Cookie` header of a request; cookies with the longest paths come first.
    pub(crate) fn header(&mut self, request: &FetchRequest, now: Duration) -> Option<String> {
        self.header_to(&Exchange::from_request(request), now)
    }

    fn header_to(&mut self, to: &Exchange<'_>, now: Duration) -> Option<String> {
        self.cookies.retain(|cookie| cookie.expires.is_none_or(|expires| now < expires));
        let mut sent: Vec<&KeptCookie> = self.cookies.iter().filter(|cookie| cookie.goes(to)).collect();
        sent.sort_by_key(|cookie| Reverse(cookie.path.len()));
        let pairs: Vec<_> = sent.iter().map(|cookie| cookie.pair()).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}

impl KeptCookie {
    /// `None` if it is not a cookie, or one that this server cannot set here.
    ///
    /// <https://httpwg.org/http-extensions/draft-ietf-httpbis-rfc6265bis.html#name-storage-model>
    fn parse(from: &Exchange<'_>, line: &str, now: Duration) -> Option<Self> {
        let cookie = SetCookie::parse(line)?;
        let host = from.url.host_str()?;
        let (host, for_subdomains) = match cookie.domain {
            Some(domain) if domain != host => {
                let is_own = is_below(host, &domain) && !is_public_suffix(&domain);
                is_own.then_some((domain, true))?
            }
            domain => (host.to_owned(), domain.is_some() && !is_public_suffix(host)),
        };
        let has_path = cookie.path.is_some();
        let path = cookie.path.unwrap_or_else(|| default_path(from.url).to_owned());
        let crosses_sites = match cookie.same_site {
            SameSite::None => true,
            SameSite::Unset => from.profile.departs(Quirk::CookiesCrossSitesByDefault),
            SameSite::Lax | SameSite::Strict => false,
        };
        let may_be_insecure = cookie.same_site != SameSite::None
            || from.profile.departs(Quirk::CrossSiteCookiesNeedNotBeSecure);
        let has_prefix = |prefix: &str| {
            cookie.name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        };
        let is_settable = (cookie.is_secure || may_be_insecure)
            && (!cookie.is_secure || from.is_secure)
            && (crosses_sites || from.is_same_site)
            && (!has_prefix("__Secure-") || cookie.is_secure)
            && (!has_prefix("__Host-") || cookie.is_secure && !for_subdomains && has_path && path == "/");
        is_settable.then(|| Self {
            name: cookie.name,
            value: cookie.value,
            host,
            for_subdomains,
            path,
            is_secure: cookie.is_secure,
            crosses_sites,
            expires: cookie.expiry.map(|expiry| time_of(expiry, now)),
        })
    }

    fn goes(&self, to: &Exchange<'_>) -> bool {
        let host = to.url.host_str().unwrap_or_default();
        (host == self.host || self.for_subdomains && is_below(host, &self.host))
            && is_within(to.url.path(), &self.path)
            && (!self.is_secure || to.is_secure)
            && (self.crosses_sites || to.is_same_site)
    }

    fn pair(&self) -> String {
        if self.name.is_empty() { self.value.clone() } else { format!("{}={}", self.name, self.value) }
    }
}

/// The time at which a cookie is forgotten, on the clock of the model.
fn time_of(expiry: Expiry, now: Duration) -> Duration {
    match expiry {
        Expiry::After(time) => now.saturating_add(time),
        // The server reads another clock than the model's, and that one has not been set forward.
        Expiry::At(date) => {
            let date = SystemTime::UNIX_EPOCH.checked_add(date);
            let left = date.and_then(|date| date.duration_since(SystemTime::now()).ok());
            now.saturating_add(left.unwrap_or_default())
        }
    }
}

/// Whether a host is a subdomain.
fn is_below(host: &str, domain: &str) -> bool {
    let is_name = matches!(Host::parse(host), Ok(Host::Domain(_)));
    is_name && host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}

/// <https://httpwg.org/http-extensions/draft-ietf-httpbis-rfc6265bis.html#name-paths-and-path-match>
fn is_within(path: &str, directory: &str) -> bool {
    let rest = path.strip_prefix(directory);
    rest.is_some_and(|rest| rest.is_empty() || directory.ends_with('/') || rest.starts_with('/'))
}

fn default_path(url: &Url) -> &str {
    match url.path().rfind('/') {
        None | Some(0) => "/",
        Some(slash) => &url.path()[..slash],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchange<'a>(url: &'a Url, page: &WebOrigin) -> Exchange<'a> {
        Exchange::new(Profile::default(), url, page.is_same_site(&WebOrigin::from_url(url)))
    }

    /// Whether a cookie is sent to the second URL after the first one has set the cookie, by a page of the first.
    fn sent(from: &str, line: &str, to: &str) -> bool {
        let [from, to] = [from, to].map(|url| Url::parse(url).unwrap());
        let page = WebOrigin::from_url(&from);
        let mut jar = CookieJar::default();
        jar.store_line(&exchange(&from, &page), line, Duration::ZERO);
        jar.header_to(&exchange(&to, &page), Duration::ZERO).is_some()
    }

    #[test]
    fn cookies_go_back_to_their_host_path_and_site() {
        let cases = [
            ("https://shop.example/", "a=1", "https://shop.example/cart", true),
            ("https://shop.example/", "a=1", "https://shop.example:8443/", true),
            ("https://shop.example/", "a=1", "https://api.shop.example/", false),
            ("https://shop.example/", "a=1; Domain=shop.example", "https://api.shop.example/", true),
            ("https://shop.example/", "a=1; Domain=.shop.example", "https://api.shop.example/", true),
            ("https://shop.example/", "a=1; Domain=other.example", "https://shop.example/", false),
            ("https://shop.example/", "a=1; Domain=example", "https://shop.example/", false),
            ("https://a.github.io/", "a=1; Domain=github.io", "https://a.github.io/", false),
            ("https://shop.example/", "a=1; Path=/cart", "https://shop.example/cart/5", true),
            ("https://shop.example/", "a=1; Path=/cart", "https://shop.example/cartoon", false),
            ("https://shop.example/cart/5", "a=1", "https://shop.example/cart/6", true),
            ("https://shop.example/cart/5", "a=1", "https://shop.example/", false),
            ("https://shop.example/", "a=1; Secure", "https://shop.example/", true),
            ("http://localhost:3000/", "a=1; Secure", "http://localhost:3000/", true),
            ("http://shop.example/", "a=1; Secure", "http://shop.example/", false),
            ("https://shop.example/", "a=1; SameSite=None", "https://shop.example/", false),
            ("https://shop.example/", "__Secure-a=1", "https://shop.example/", false),
            ("https://shop.example/", "__Secure-a=1; Secure", "https://shop.example/", true),
            ("https://shop.example/", "__Host-a=1; Secure; Path=/", "https://shop.example/", true),
            ("https://shop.example/", "__Host-a=1; Secure", "https://shop.example/", false),
            (
                "https://shop.example/",
                "__Host-a=1; Secure; Path=/; Domain=shop.example",
                "https://shop.example/",
                false,
            ),
            ("https://github.io/", "a=1; Domain=github.io", "https://a.github.io/", false),
            ("https://shop.example/", "a=1; SameSite=None; Secure", "https://shop.example/", true),
            ("https://shop.example/", "a=1; Max-Age=0", "https://shop.example/", false),
            ("https://shop.example/", "a=1; Max-Age=-1", "https://shop.example/", false),
            (
                "https://shop.example/",
                "a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
                "https://shop.example/",
                false,
            ),
            (
                "https://shop.example/",
                "a=1; Expires=Fri, 01 Jan 2100 00:00:00 GMT",
                "https://shop.example/",
                true,
            ),
        ];
        for (from, line, to, expected) in cases {
            assert_eq!(sent(from, line, to), expected, "{line} from {from} to {to}");
        }
    }

    #[test]
    fn other_sites_get_only_cookies_with_same_site_none() {
        let [api, shop] =
            ["https://api.example/", "https://shop.example/"].map(|url| Url::parse(url).unwrap());
        let pages = [WebOrigin::from_url(&api), WebOrigin::from_url(&shop), WebOrigin::new_opaque()];
        for (line, expected) in [
            ("a=1", [true, false, false]),
            ("a=1; SameSite=Lax", [true, false, false]),
            ("a=1; SameSite=Strict", [true, false, false]),
            ("a=1; SameSite=None; Secure", [true, true, true]),
        ] {
            for (page, expected) in pages.iter().zip(expected) {
                let mut jar = CookieJar::default();
                let (here, home) = (exchange(&api, page), exchange(&api, &pages[0]));
                let is_kept = jar.store_line(&here, line, Duration::ZERO);
                assert_eq!(is_kept, expected, "{line} set for {page:?}");
                jar.store_line(&home, line, Duration::ZERO);
                assert_eq!(jar.header_to(&here, Duration::ZERO).is_some(), expected, "{line} by {page:?}");
            }
        }
    }

    #[test]
    fn a_cookie_lasts_its_time_and_is_replaced_by_one_of_its_name() {
        let url = Url::parse("https://shop.example/").unwrap();
        let (mut jar, page) = (CookieJar::default(), WebOrigin::from_url(&url));
        let here = exchange(&url, &page);
        for line in ["a=1; Max-Age=10", "b=1", "c=1", "b=2"] {
            assert!(jar.store_line(&here, line, Duration::ZERO), "{line}");
        }
        assert_eq!(jar.header_to(&here, Duration::from_secs(9)).unwrap(), "a=1; b=2; c=1");
        assert_eq!(jar.header_to(&here, Duration::from_secs(10)).unwrap(), "b=2; c=1");
    }
}
