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
    /// Some, and the plain ones among them as they are sent.
    Set(OriginSet, &'static [HeaderValue]),
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
        match (&self.origins, origin) {
            (Origins::Any, _) => Verdict::Granted,
            (Origins::One(one), RequestOrigin::Is(origin)) if one == origin => Verdict::Granted,
            (Origins::Set(set, values), RequestOrigin::Is(origin)) => match set.find(origin.as_bytes()) {
                Some(Found::Exact(entry)) => Verdict::GrantedAs(values[entry].clone()),
                Some(Found::Pattern(_)) => Verdict::GrantedAs(origin.clone()),
                None => Verdict::Refused,
            },
            (Origins::None | Origins::One(_) | Origins::Set(..), _) => Verdict::Refused,
        }
    }

    /// What `Access-Control-Allow-Origin` says, which may be an origin other than the request's.
    ///
    /// A policy with one origin names it on every response, and one with any origin says `*`.
    /// <https://fetch.spec.whatwg.org/#cors-protocol-and-http-caches>
    pub(crate) fn allow_origin(&self, verdict: Verdict) -> Option<HeaderValue> {
        match (&self.origins, verdict) {
            (Origins::Any, _) => Some(ANY),
            (Origins::One(one), _) => Some(one.clone()),
            (_, Verdict::GrantedAs(origin)) => Some(origin),
            (_, Verdict::Granted | Verdict::Refused) => None,
        }
    }

    /// Whether nothing depends on the origin of a request, so that it need not be looked at.
    pub(crate) fn is_uniform(&self) -> bool {
        match &self.origins {
            Origins::None | Origins::Any => !self.enforce,
            Origins::One(_) => !self.enforce && !self.credentials && self.expose_headers.is_none(),
            Origins::Set(..) => false,
        }
    }

    /// Whether responses differ from origin to origin, so that caches have to keep them apart.
    ///
    /// What a policy grants to its one origin besides the name is withheld from others, and the responses that lack it
    /// have to say so: a cache must not give them to that origin.
    pub(crate) fn varies(&self, granted: bool) -> bool {
        match &self.origins {
            Origins::None | Origins::Any => false,
            Origins::One(_) => !granted && (self.credentials || self.expose_headers.is_some()),
            Origins::Set(..) => true,
        }
    }
}

/// The `*` of `Access-Control-Allow-Origin`.
const ANY: HeaderValue = HeaderValue::from_static("*");

/// A policy's verdict on a request's origin.
#[derive(Clone, Debug)]
pub(crate) enum Verdict {
    /// It may not read the response.
    Refused,
    /// It may, and the policy knows how it is named.
    Granted,
    /// It may, as one of several, by this name.
    GrantedAs(HeaderValue),
}

impl Verdict {
    pub(crate) fn is_granted(&self) -> bool {
        !matches!(self, Self::Refused)
    }
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
        let is_single = values.size_hint().1 == Some(1);
        match values.next() {
            None => Self::Absent,
            Some(origin) if is_single && origin.len() <= MAX_ORIGIN_BYTES => Self::Is(origin),
            Some(_) => Self::Malformed,
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
            Origins::Set(set, _) => {
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
