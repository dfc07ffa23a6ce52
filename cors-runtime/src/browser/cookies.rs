//! The browser's cookies: which are kept, and which go where. Must not know of CORS; whether a request bears cookies at
//! all is decided elsewhere.
//!
//! <https://httpwg.org/http-extensions/draft-ietf-httpbis-rfc6265bis.html#name-storage-model>

use std::time::{Duration, SystemTime};

use cookie::{Cookie, SameSite};
use cors_rules::is_public_suffix;
use url::{Host, Url};

use super::origin::{Origin, is_trustworthy};

/// The cookies of a browser.
#[derive(Debug, Default)]
pub(super) struct Jar {
    cookies: Vec<Kept>,
}

#[derive(Debug)]
struct Kept {
    name: String,
    value: String,
    host: String,
    /// Whether the subdomains of the host get it, too.
    subdomains: bool,
    path: String,
    secure: bool,
    /// Whether it goes along with requests from other sites' pages.
    cross_site: bool,
    /// The time at which it is forgotten.
    expires: Option<Duration>,
}

impl Jar {
    /// Keeps what a `Set-Cookie` line says, in the response to a request of a page of this origin. Whether it is kept,
    /// or at least understood as the removal of one.
    pub(super) fn store(&mut self, url: &Url, page: &Origin, line: &str, now: Duration) -> bool {
        let Some(cookie) = Kept::parse(url, page, line, now) else { return false };
        self.cookies.retain(|known| {
            (&known.name, &known.host, &known.path) != (&cookie.name, &cookie.host, &cookie.path)
        });
        self.cookies.push(cookie);
        true
    }

    /// The `Cookie` header of a request of a page of this origin; those of the longest paths come first.
    pub(super) fn header(&mut self, url: &Url, page: &Origin, now: Duration) -> Option<String> {
        self.cookies.retain(|cookie| cookie.expires.is_none_or(|expires| now < expires));
        let mut sent: Vec<&Kept> = self.cookies.iter().filter(|cookie| cookie.goes_to(url, page)).collect();
        sent.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        let pairs: Vec<_> = sent.iter().map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}

impl Kept {
    /// `None` if it is no cookie, or one that this server cannot set for this page.
    fn parse(url: &Url, page: &Origin, line: &str, now: Duration) -> Option<Self> {
        let cookie = Cookie::parse(line).ok()?;
        let host = url.host_str()?;
        let domain = cookie.domain().filter(|domain| !domain.is_empty());
        let domain = domain.map(str::to_ascii_lowercase);
        let (host, subdomains) = match &domain {
            Some(domain) if domain != host => {
                let is_own = is_below(host, domain) && !is_public_suffix(domain);
                is_own.then_some((domain.as_str(), true))?
            }
            domain => (host, domain.is_some()),
        };
        let kept = Self {
            name: cookie.name().to_owned(),
            value: cookie.value().to_owned(),
            host: host.to_owned(),
            subdomains,
            path: cookie.path().filter(|path| path.starts_with('/')).unwrap_or(default_path(url)).to_owned(),
            secure: cookie.secure().unwrap_or(false),
            cross_site: cookie.same_site() == Some(SameSite::None),
            expires: expiry(&cookie, now),
        };
        let is_settable = (!kept.cross_site || kept.secure)
            && (!kept.secure || is_trustworthy(url))
            && (kept.cross_site || page.is_same_site(&Origin::of(url)));
        is_settable.then_some(kept)
    }

    fn goes_to(&self, url: &Url, page: &Origin) -> bool {
        let host = url.host_str().unwrap_or_default();
        (host == self.host || self.subdomains && is_below(host, &self.host))
            && is_within(url.path(), &self.path)
            && (!self.secure || is_trustworthy(url))
            && (self.cross_site || page.is_same_site(&Origin::of(url)))
    }
}

/// The time at which a cookie is forgotten, if there is one; `Max-Age` is stronger than `Expires`.
fn expiry(cookie: &Cookie<'_>, now: Duration) -> Option<Duration> {
    if let Some(max_age) = cookie.max_age() {
        return Some(now + Duration::try_from(max_age).unwrap_or_default());
    }
    // The server reads another clock than the model's, and that one has not been set forward.
    let date = SystemTime::from(cookie.expires_datetime()?);
    Some(now + date.duration_since(SystemTime::now()).unwrap_or_default())
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

    /// What is sent to the second URL after the first one has set the cookie, by a page of the first.
    fn sent(from: &str, line: &str, to: &str) -> bool {
        let [from, to] = [from, to].map(|url| Url::parse(url).unwrap());
        let (mut jar, page) = (Jar::default(), Origin::of(&from));
        jar.store(&from, &page, line, Duration::ZERO);
        jar.header(&to, &page, Duration::ZERO).is_some()
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
    fn other_sites_get_only_cookies_that_are_for_them() {
        let [api, shop] =
            ["https://api.example/", "https://shop.example/"].map(|url| Url::parse(url).unwrap());
        let pages = [Origin::of(&api), Origin::of(&shop), Origin::opaque()];
        for (line, expected) in [
            ("a=1", [true, false, false]),
            ("a=1; SameSite=Lax", [true, false, false]),
            ("a=1; SameSite=Strict", [true, false, false]),
            ("a=1; SameSite=None; Secure", [true, true, true]),
        ] {
            for (page, expected) in pages.iter().zip(expected) {
                let mut jar = Jar::default();
                assert_eq!(jar.store(&api, page, line, Duration::ZERO), expected, "{line} set for {page:?}");
                jar.store(&api, &pages[0], line, Duration::ZERO);
                assert_eq!(jar.header(&api, page, Duration::ZERO).is_some(), expected, "{line} by {page:?}");
            }
        }
    }

    #[test]
    fn a_cookie_lasts_its_time_and_is_replaced_by_name() {
        let url = Url::parse("https://shop.example/").unwrap();
        let (mut jar, page) = (Jar::default(), Origin::of(&url));
        jar.store(&url, &page, "a=1; Max-Age=10", Duration::ZERO);
        jar.store(&url, &page, "b=1", Duration::ZERO);
        jar.store(&url, &page, "b=2", Duration::ZERO);
        assert_eq!(jar.header(&url, &page, Duration::from_secs(9)).unwrap(), "a=1; b=2");
        assert_eq!(jar.header(&url, &page, Duration::from_secs(10)).unwrap(), "b=2");
    }
}
