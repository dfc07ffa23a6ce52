//! A policy and its judgement of an origin. Knows nothing of routes, of axum or of how a policy came to be.

use std::fmt;

use cors_rules::{Found, MAX_ORIGIN_BYTES, OriginSet};
use http::{HeaderMap, HeaderValue, header};

/// Who may make cross-origin requests, and what they may send and read.
///
/// A policy is proven: it is made by [`#[cors(..)]`](macro@crate::cors), which refuses policies that can never work
/// or that are unsafe.
///
/// The attribute and the router put it to use. A service that is built without axum asks it with
/// [`answer`](Self::answer).
#[derive(Debug)]
pub struct Policy {
    pub(crate) origins: Origins,
    pub(crate) credentials: bool,
    pub(crate) enforce: bool,
    /// The methods it is narrowed to; empty if it is not.
    pub(crate) methods: &'static [&'static str],
    pub(crate) allow_methods: Option<HeaderValue>,
    pub(crate) allow_headers: Option<HeaderValue>,
    pub(crate) expose_headers: Option<HeaderValue>,
    pub(crate) max_age: Option<HeaderValue>,
    pub(crate) source: Source,
}

/// The origins of a policy, prepared to be compared and sent.
#[derive(Debug, PartialEq)]
pub(crate) enum Origins {
    None,
    Any,
    One(HeaderValue),
    Set(OriginSet),
}

/// Two policies are equal if they say the same, wherever they are written.
impl PartialEq for Policy {
    fn eq(&self, other: &Self) -> bool {
        let Self {
            origins,
            credentials,
            enforce,
            methods,
            allow_methods: _,
            allow_headers,
            expose_headers,
            max_age,
            source: _,
        } = self;
        *origins == other.origins
            && *credentials == other.credentials
            && *enforce == other.enforce
            && *methods == other.methods
            && *allow_headers == other.allow_headers
            && *expose_headers == other.expose_headers
            && *max_age == other.max_age
    }
}

impl Policy {
    /// Where the policy is written.
    pub fn source(&self) -> Source {
        self.source
    }

    /// What the policy says of the origin of a request.
    pub(crate) fn judge(&self, origin: RequestOrigin<'_>) -> Verdict {
        let (granted, allow_origin) = match (&self.origins, origin) {
            (Origins::None, _) => (false, None),
            (Origins::Any, _) => (true, Some(ANY)),
            (Origins::One(one), RequestOrigin::Is(origin)) => (one == origin, Some(one.clone())),
            (Origins::One(one), _) => (false, Some(one.clone())),
            (Origins::Set(set), RequestOrigin::Is(origin)) => {
                let allow_origin = set.find(origin.as_bytes()).map(|found| match found {
                    Found::Exact(entry) => HeaderValue::from_static(set.exact[entry]),
                    Found::Pattern(_) => origin.clone(),
                });
                (allow_origin.is_some(), allow_origin)
            }
            (Origins::Set(_), _) => (false, None),
        };
        Verdict { granted, allow_origin }
    }

    /// Whether responses differ from origin to origin, so that caches have to keep them apart.
    ///
    /// A policy with one origin names it on every response. Only what it grants to that origin besides is withheld
    /// from others, and the responses that lack it have to say so: a cache must not give them to that origin.
    /// <https://fetch.spec.whatwg.org/#cors-protocol-and-http-caches>
    pub(crate) fn varies(&self, verdict: &Verdict) -> bool {
        match &self.origins {
            Origins::None | Origins::Any => false,
            Origins::One(_) => !verdict.granted && (self.credentials || self.expose_headers.is_some()),
            Origins::Set(_) => true,
        }
    }
}

/// The `*` of `Access-Control-Allow-Origin`.
const ANY: HeaderValue = HeaderValue::from_static("*");

/// A policy's verdict on a request's origin.
#[derive(Clone, Debug)]
pub(crate) struct Verdict {
    /// Whether the origin may read the response.
    pub(crate) granted: bool,
    /// What `Access-Control-Allow-Origin` says, which may be an origin other than the request's.
    pub(crate) allow_origin: Option<HeaderValue>,
}

/// The `Origin` header of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum RequestOrigin<'a> {
    /// There is none: no cross-origin request, as far as this is known.
    Absent,
    /// No browser sends this: it is too long, or there are several.
    Malformed,
    /// This one; it may be any bytes.
    Is(&'a HeaderValue),
}

impl<'a> RequestOrigin<'a> {
    /// <https://fetch.spec.whatwg.org/#origin-header>
    pub(crate) fn of(headers: &'a HeaderMap) -> Self {
        let mut values = headers.get_all(header::ORIGIN).iter();
        match (values.next(), values.next()) {
            (None, _) => Self::Absent,
            (Some(origin), None) if origin.len() <= MAX_ORIGIN_BYTES => Self::Is(origin),
            _ => Self::Malformed,
        }
    }
}

/// Where a policy is written.
///
/// Displayed, it is such as `examples/shop.rs:41 (update_product)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Source {
    /// The file, as the compiler names it.
    pub file: &'static str,
    /// The line of the attribute, counted from 1.
    pub line: u32,
    /// The name of the handler.
    pub handler: &'static str,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{} ({})", self.file, self.line, self.handler)
    }
}

/// The policy in words: `https://a.example; headers content-type; credentials`.
impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.origins {
            Origins::None => return f.write_str("none"),
            Origins::Any => f.write_str("any")?,
            Origins::One(origin) => f.write_str(text(origin))?,
            Origins::Set(set) => {
                let exact = set.exact.iter().map(|origin| (*origin).to_owned());
                let patterns = set.patterns.iter().map(ToString::to_string);
                f.write_str(&exact.chain(patterns).collect::<Vec<_>>().join(", "))?;
            }
        }
        let lists = [
            ("methods", &self.allow_methods),
            ("headers", &self.allow_headers),
            ("expose", &self.expose_headers),
            ("max age", &self.max_age),
        ];
        for (name, value) in lists {
            if let Some(value) = value {
                write!(f, "; {name} {}", text(value))?;
            }
        }
        for (name, flag) in [("credentials", self.credentials), ("enforce", self.enforce)] {
            if flag {
                write!(f, "; {name}")?;
            }
        }
        Ok(())
    }
}

/// The text of a value of the policy's own, which is always ASCII.
fn text(value: &HeaderValue) -> &str {
    value.to_str().unwrap_or_default()
}
