//! What the CORS protocol reads of a request.

use cors_rules::MAX_ORIGIN_BYTES;
use http::{
    Extensions, HeaderMap, HeaderValue, Method, Request, Uri,
    header::{ACCESS_CONTROL_REQUEST_METHOD, HOST, ORIGIN, UPGRADE},
    request::Parts,
};

/// The head of a request.
#[derive(Clone, Copy)]
pub(crate) struct Head<'a> {
    pub(crate) method: &'a Method,
    pub(crate) uri: &'a Uri,
    pub(crate) headers: &'a HeaderMap,
    /// `None` where only method and headers are known.
    pub(crate) extensions: Option<&'a Extensions>,
}

impl<'a> Head<'a> {
    pub(crate) fn from_request<B>(request: &'a Request<B>) -> Self {
        Self {
            method: request.method(),
            uri: request.uri(),
            headers: request.headers(),
            extensions: Some(request.extensions()),
        }
    }

    pub(crate) fn from_parts(parts: &'a Parts) -> Self {
        let Parts { method, uri, headers, extensions, .. } = parts;
        Self { method, uri, headers, extensions: Some(extensions) }
    }

    /// An extension of the request.
    pub(crate) fn extension<T: Send + Sync + 'static>(&self) -> Option<&'a T> {
        self.extensions?.get()
    }

    pub(crate) fn origin(&self) -> OriginHeader<'a> {
        OriginHeader::from_headers(self.headers)
    }

    /// The preflight that this is, if it is one.
    ///
    /// <https://fetch.spec.whatwg.org/#cors-preflight-request>
    pub(crate) fn preflight(&self) -> Option<Preflight<'a>> {
        if *self.method != Method::OPTIONS {
            return None;
        }
        let method = self.headers.get(ACCESS_CONTROL_REQUEST_METHOD)?;
        match self.origin() {
            OriginHeader::Absent => None,
            origin => Some(Preflight { origin, method }),
        }
    }

    /// Whether this opens a WebSocket: browsers make no CORS check there, so the server has to.
    ///
    /// Over HTTP/1 a header says so (<https://www.rfc-editor.org/rfc/rfc6455#section-4.1>); over HTTP/2 and later the method
    /// is `CONNECT` (<https://www.rfc-editor.org/rfc/rfc8441#section-5>), which pages cannot use for anything else.
    #[inline]
    pub(crate) fn is_websocket_handshake(&self) -> bool {
        *self.method == Method::CONNECT || self.headers.contains_key(UPGRADE) && names_websocket(self.headers)
    }

    /// Whether a page of another origin may have made this request, and which header fields say so.
    ///
    /// Current browsers say in `Sec-Fetch-Site` what the page's origin is to the one that it requests. Others do not; then
    /// `Origin` is compared with the authority that was requested. If `strict`, what the browser or `Host` say of an origin
    /// counts for nothing, because a name that somebody else has bound to this machine's address makes both agree.
    ///
    /// <https://w3c.github.io/webappsec-fetch-metadata/#sec-fetch-site-header>
    pub(crate) fn site(&self, strict: bool) -> Site {
        let site = || self.headers.get(SEC_FETCH_SITE).map(HeaderValue::as_bytes);
        let is_own_site = |site: &[u8]| matches!(site, b"same-origin" | b"none");
        match self.origin() {
            OriginHeader::Absent => match site() {
                None => Site { is_cross_origin: false, read: Fields::SITE },
                Some(site) if is_own_site(site) => Site { is_cross_origin: false, read: Fields::SITE },
                Some(_) if strict => Site { is_cross_origin: true, read: Fields::SITE },
                // A link or a bookmark leads here, and the page that opens is our own. Forms that send something do not.
                Some(_) => {
                    Site { is_cross_origin: !self.is_navigation(), read: Fields::SITE.with(Fields::MODE) }
                }
            },
            OriginHeader::Malformed => Site { is_cross_origin: true, read: Fields::NONE },
            OriginHeader::Is(_) if strict => Site { is_cross_origin: true, read: Fields::NONE },
            OriginHeader::Is(origin) => {
                let is_own = match site() {
                    Some(site) => is_own_site(site),
                    None => self.is_own_authority(origin.as_bytes()),
                };
                Site { is_cross_origin: !is_own, read: Fields::SITE }
            }
        }
    }

    /// <https://w3c.github.io/webappsec-fetch-metadata/#sec-fetch-mode-header>
    fn is_navigation(&self) -> bool {
        let is_safe = *self.method == Method::GET || *self.method == Method::HEAD;
        is_safe && self.headers.get(SEC_FETCH_MODE).is_some_and(|mode| mode == "navigate")
    }

    /// Whether an origin is that of the server that was asked: the authority of the request's target, or else `Host`.
    ///
    /// <https://www.rfc-editor.org/rfc/rfc9110#section-7.2>
    fn is_own_authority(&self, origin: &[u8]) -> bool {
        let host = || self.headers.get(HOST).map(HeaderValue::as_bytes);
        let authority = self.uri.authority().map(|authority| authority.as_str().as_bytes());
        authority.or_else(host).is_some_and(|authority| is_origin_of(origin, authority))
    }
}

const SEC_FETCH_SITE: &str = "sec-fetch-site";
const SEC_FETCH_MODE: &str = "sec-fetch-mode";

/// What is known of where a request comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Site {
    pub(crate) is_cross_origin: bool,
    /// The fields that were read to find it out, apart from `Origin`.
    pub(crate) read: Fields,
}

/// Request header fields on which a response depends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fields(u8);

impl Fields {
    pub(crate) const NONE: Self = Self(0);
    pub(crate) const ORIGIN: Self = Self(1);
    pub(crate) const SITE: Self = Self(1 << 1);
    pub(crate) const MODE: Self = Self(1 << 2);
    pub(crate) const UPGRADE: Self = Self(1 << 3);

    pub(crate) const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The fields as a list for `Vary`.
    pub(crate) fn names(self) -> impl Iterator<Item = &'static str> {
        const NAMES: [&str; 4] = ["Origin", "Sec-Fetch-Site", "Sec-Fetch-Mode", "Upgrade"];
        NAMES.into_iter().enumerate().filter(move |(bit, _)| self.0 & 1 << bit != 0).map(|(_, name)| name)
    }
}

/// The `Origin` of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum OriginHeader<'a> {
    /// The header is missing: as far as it says, the request is not cross-origin.
    Absent,
    /// No browser sends this: it is too long, or there are several.
    Malformed,
    /// This one; it may be any bytes.
    Is(&'a HeaderValue),
}

impl<'a> OriginHeader<'a> {
    /// <https://fetch.spec.whatwg.org/#origin-header>
    pub(crate) fn from_headers(headers: &'a HeaderMap) -> Self {
        let mut values = headers.get_all(ORIGIN).iter();
        let is_single = values.size_hint().1 == Some(1);
        match values.next() {
            None => Self::Absent,
            Some(origin) if is_single && origin.len() <= MAX_ORIGIN_BYTES => Self::Is(origin),
            Some(_) => Self::Malformed,
        }
    }
}

/// What makes a request a preflight.
#[derive(Clone, Copy)]
pub(crate) struct Preflight<'a> {
    pub(crate) origin: OriginHeader<'a>,
    /// The method that it asks for; it may be any bytes.
    pub(crate) method: &'a HeaderValue,
}

/// `Upgrade` is a list of protocols, whose names are compared without regard to case.
///
/// <https://www.rfc-editor.org/rfc/rfc9110#section-7.8>
fn names_websocket(headers: &HeaderMap) -> bool {
    let protocols =
        headers.get_all(UPGRADE).iter().flat_map(|line| line.as_bytes().split(|byte| *byte == b','));
    protocols.map(<[u8]>::trim_ascii).any(|protocol| protocol.eq_ignore_ascii_case(b"websocket"))
}

/// Whether an origin's host and port are those of an authority, as the URL standard compares them: without regard to the
/// case of the host, and the scheme's own port is the same as none.
///
/// The authority does not say the scheme of this server, which may be behind a proxy, so both schemes are taken for it. This
/// is for browsers that do not send `Sec-Fetch-Site`, and the documentation of `enforce` says it.
fn is_origin_of(origin: &[u8], authority: &[u8]) -> bool {
    let (origin, default_port) = if let Some(rest) = origin.strip_prefix(b"https://") {
        (rest, 443)
    } else if let Some(rest) = origin.strip_prefix(b"http://") {
        (rest, 80)
    } else {
        return false;
    };
    let (Some((host, port)), Some((own_host, own_port))) = (split_port(origin), split_port(authority)) else {
        return false;
    };
    !host.is_empty()
        && host.eq_ignore_ascii_case(own_host)
        && port.unwrap_or(default_port) == own_port.unwrap_or(default_port)
}

/// Host and port of an authority; `None` if the port is not one.
fn split_port(authority: &[u8]) -> Option<(&[u8], Option<u16>)> {
    // The colons of an IPv6 address are inside of brackets.
    let colon = authority.iter().rposition(|byte| *byte == b':');
    let colon = colon.filter(|colon| !authority[*colon..].contains(&b']'));
    let Some(colon) = colon else { return Some((authority, None)) };
    let (host, port) = (&authority[..colon], &authority[colon + 1..]);
    if port.is_empty() {
        return Some((host, None));
    }
    if !port.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some((host, Some(std::str::from_utf8(port).ok()?.parse().ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_origin_of_an_authority() {
        for (origin, authority, is_own) in [
            ("https://a.example", "a.example", true),
            ("http://a.example", "a.example", true),
            ("https://a.example", "A.Example", true),
            ("https://a.example", "a.example:443", true),
            ("http://a.example", "a.example:80", true),
            ("https://a.example", "a.example:", true),
            ("https://a.example:8443", "a.example:8443", true),
            ("https://[::1]:8443", "[::1]:8443", true),
            ("http://[::1]", "[::1]", true),
            ("https://a.example", "a.example:80", false),
            ("http://a.example", "a.example:443", false),
            ("https://a.example:8443", "a.example", false),
            ("https://a.example", "a.example:8443", false),
            ("https://a.example", "b.example", false),
            ("https://a.example", "a.example:443x", false),
            ("https://a.example", "a.example:99999", false),
            ("https://a.example", "", false),
            ("https://", "", false),
            ("null", "null", false),
            ("tauri://localhost", "localhost", false),
            ("https://a.example", "user@a.example", false),
            ("http://[::1]:80", "[::1]", true),
        ] {
            assert_eq!(is_origin_of(origin.as_bytes(), authority.as_bytes()), is_own, "{origin} {authority}");
        }
    }
}
