//! A policy and its judgement of an origin. Knows nothing of routes, of axum or of how a policy came to be; that is for
//! the modules below it, one for each way.

pub(crate) mod any_policy;
pub(crate) mod builder;
pub(crate) mod delegate;
#[cfg(feature = "serde")]
mod document;
mod environment;
pub(crate) mod handle;
mod proven;
#[cfg_attr(not(feature = "regex"), path = "policy/no_regexes.rs")]
pub(crate) mod regexes;
pub(crate) mod request_origin;

use std::{borrow::Cow, fmt, ops::Deref, sync::Arc};

use cors_rules::{Allow, Found, MAX_ORIGIN_BYTES, Origin, OriginSet, Pattern};
use http::{HeaderMap, HeaderValue, header};

use crate::policy::regexes::Regexes;

/// Who may make cross-origin requests, and what they may send and read.
///
/// A policy is proven. [`policy!`](crate::policy!) and [`#[cors(..)]`](macro@crate::cors) check it when it is compiled,
/// and [`Policy::builder`] checks by the same rules one that is put together while the program runs: policies that can
/// never work, or that are unsafe, are refused.
///
/// The attribute and the router put it to use. A service that is built without axum asks it with
/// [`answer`](Self::answer). To clone a policy is cheap: its clones share what it says.
#[derive(Clone)]
pub struct Policy {
    // Generated code writes the fields, for it is by the value of a constant that the compiler knows whether there is
    // anything to drop, and it cannot see that of a function's result.
    #[doc(hidden)]
    pub __data: Data,
    #[doc(hidden)]
    pub __grants: Grants,
}

/// What a policy says, where it is kept.
#[derive(Clone)]
pub enum Data {
    /// The function, which does nothing but name a `static`, lets a policy be a `const` as well: constants cannot refer to
    /// header values, but to functions.
    Static(fn() -> &'static PolicyData),
    /// It was put together while the program runs.
    Shared(Arc<PolicyData>),
}

/// What a policy says, kept while a request runs.
#[derive(Clone, Debug)]
pub enum Held {
    /// For ever.
    Static(&'static PolicyData),
    /// Until the last one has gone.
    Shared(Arc<PolicyData>),
}

impl Deref for Held {
    type Target = PolicyData;

    #[inline]
    fn deref(&self) -> &PolicyData {
        match self {
            Self::Static(data) => data,
            Self::Shared(data) => data,
        }
    }
}

/// What a policy grants, for checks in const code, which cannot look at header values.
#[derive(Clone, Copy, Debug)]
pub struct Grants {
    /// Whether pages may send credentials.
    pub credentials: bool,
    /// The request headers; `*` is any.
    pub headers: &'static [&'static str],
}

/// What a policy says, prepared to be compared and sent.
#[derive(Debug)]
pub struct PolicyData {
    pub(crate) origins: Origins,
    pub(crate) credentials: bool,
    pub(crate) enforce: bool,
    /// The methods it is narrowed to; empty if it is not.
    pub(crate) methods: Cow<'static, [Cow<'static, str>]>,
    pub(crate) allow_methods: Option<HeaderValue>,
    pub(crate) allow_headers: Option<HeaderValue>,
    pub(crate) expose_headers: Option<HeaderValue>,
    pub(crate) max_age: Option<HeaderValue>,
    pub(crate) source: Source,
}

/// The origins of a policy.
#[derive(Debug, PartialEq)]
pub(crate) enum Origins {
    None,
    Any,
    One(HeaderValue),
    Set(OriginList),
    When(When),
    /// Some stand in the environment, which has not been read yet.
    Unread(Unread),
}

/// Several origins, as they are found and sent.
#[derive(Debug, PartialEq)]
pub(crate) struct OriginList {
    pub(crate) exact: Cow<'static, [HeaderValue]>,
    pub(crate) exact_index: Cow<'static, [u32]>,
    pub(crate) patterns: Cow<'static, [Pattern<'static>]>,
    pub(crate) patterns_index: Cow<'static, [u32]>,
    pub(crate) regexes: Option<Regexes>,
}

/// Origins that a function decides on.
#[derive(Clone, Copy)]
pub(crate) struct When {
    pub(crate) name: &'static str,
    pub(crate) accepts: fn(&Origin<'_>) -> bool,
}

/// Origins that are known once the environment has been read.
#[derive(Debug, PartialEq)]
pub(crate) struct Unread {
    pub(crate) entries: &'static [Entry],
    pub(crate) regexes: Option<Regexes>,
    /// What the rules are told when all entries are known.
    pub(crate) allow: &'static [Allow],
}

/// An entry of a list of origins, some of which stand in the environment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Entry {
    /// An origin or a pattern.
    Text(&'static str),
    /// The entries in a variable, or else these.
    Env {
        /// The variable's name.
        name: &'static str,
        /// The entries if there is no such variable.
        default: Option<&'static [&'static str]>,
    },
}

impl Entry {
    fn text(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some((*text).to_owned()),
            Self::Env { .. } => None,
        }
    }
}

/// Two policies are equal if they say the same, wherever they are written.
impl PartialEq for Policy {
    fn eq(&self, other: &Self) -> bool {
        let PolicyData {
            origins,
            credentials,
            enforce,
            methods,
            allow_methods: _,
            allow_headers,
            expose_headers,
            max_age,
            source: _,
        } = self.data();
        let other = other.data();
        *origins == other.origins
            && *credentials == other.credentials
            && *enforce == other.enforce
            && *methods == other.methods
            && *allow_headers == other.allow_headers
            && *expose_headers == other.expose_headers
            && *max_age == other.max_age
    }
}

impl PartialEq for When {
    fn eq(&self, other: &Self) -> bool {
        // One function may be at two places; then two policies that say the same are taken for different ones, and work.
        std::ptr::fn_addr_eq(self.accepts, other.accepts)
    }
}

impl Policy {
    /// The policy that keeps everything same-origin, as `none` does.
    pub const NONE: Self = {
        static DATA: PolicyData = PolicyData {
            origins: Origins::None,
            credentials: false,
            enforce: false,
            methods: Cow::Borrowed(&[]),
            allow_methods: None,
            allow_headers: None,
            expose_headers: None,
            max_age: None,
            source: Source { file: "", line: 0, handler: "Policy::NONE" },
        };
        Self { __data: Data::Static(|| &DATA), __grants: Grants { credentials: false, headers: &[] } }
    };

    /// Where the policy is written.
    pub fn source(&self) -> Source {
        self.data().source
    }

    #[inline]
    pub(crate) fn data(&self) -> &PolicyData {
        match &self.__data {
            Data::Static(data) => data(),
            Data::Shared(data) => data,
        }
    }

    /// What the policy says, to be kept while a request runs.
    #[inline]
    pub(crate) fn held(&self) -> Held {
        match &self.__data {
            Data::Static(data) => Held::Static(data()),
            Data::Shared(data) => Held::Shared(Arc::clone(data)),
        }
    }
}

impl Grants {
    /// Whether pages may send this header; `name` is in lower case.
    pub(crate) const fn has_header(&self, name: &str, covered_by_any: bool) -> bool {
        let mut headers = self.headers;
        while let [first, rest @ ..] = headers {
            if equal(first.as_bytes(), name.as_bytes()) || (covered_by_any && equal(first.as_bytes(), b"*")) {
                return true;
            }
            headers = rest;
        }
        false
    }
}

impl From<PolicyData> for Policy {
    fn from(data: PolicyData) -> Self {
        // Const code sees no such policy.
        let grants = Grants { credentials: data.credentials, headers: &[] };
        Self { __data: Data::Shared(Arc::new(data)), __grants: grants }
    }
}

/// `==`, which const code does not have.
const fn equal(a: &[u8], b: &[u8]) -> bool {
    match (a, b) {
        ([], []) => true,
        ([a, rest_of_a @ ..], [b, rest_of_b @ ..]) => *a == *b && equal(rest_of_a, rest_of_b),
        _ => false,
    }
}

impl PolicyData {
    /// What the policy says of the origin of a request.
    pub(crate) fn judge(&self, origin: OriginHeader<'_>) -> Verdict {
        match (&self.origins, origin) {
            (Origins::Any, _) => Verdict::Granted,
            (Origins::One(one), OriginHeader::Is(origin)) if one == origin => Verdict::Granted,
            (Origins::Set(list), OriginHeader::Is(origin)) => list.judge(origin),
            (Origins::When(when), OriginHeader::Is(origin)) => match Origin::parse(origin.as_bytes()) {
                Some(parsed) if (when.accepts)(&parsed) => Verdict::GrantedAs(origin.clone()),
                _ => Verdict::Refused,
            },
            (
                Origins::None | Origins::One(_) | Origins::Set(_) | Origins::When(_) | Origins::Unread(_),
                _,
            ) => Verdict::Refused,
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
            Origins::None | Origins::Any | Origins::Unread(_) => !self.enforce,
            Origins::One(_) => !self.enforce && !self.credentials && self.expose_headers.is_none(),
            Origins::Set(_) | Origins::When(_) => false,
        }
    }

    /// Whether responses differ from origin to origin, so that caches have to keep them apart.
    ///
    /// What a policy grants to its one origin besides the name is withheld from others, and the responses that lack it
    /// have to say so: a cache must not give them to that origin.
    pub(crate) fn varies(&self, granted: bool) -> bool {
        match &self.origins {
            Origins::None | Origins::Any | Origins::Unread(_) => false,
            Origins::One(_) => !granted && (self.credentials || self.expose_headers.is_some()),
            Origins::Set(_) | Origins::When(_) => true,
        }
    }
}

impl Origins {
    /// The origins and patterns among them, as they are written.
    pub(crate) fn entries(&self) -> Vec<String> {
        match self {
            Self::One(one) => vec![text(one).to_owned()],
            Self::Set(list) => {
                let exact = list.exact.iter().map(|origin| text(origin).to_owned());
                exact.chain(list.patterns.iter().map(ToString::to_string)).collect()
            }
            Self::Unread(unread) => unread.entries.iter().filter_map(Entry::text).collect(),
            Self::None | Self::Any | Self::When(_) => Vec::new(),
        }
    }
}

impl OriginList {
    fn judge(&self, origin: &HeaderValue) -> Verdict {
        let set = OriginSet {
            exact: &self.exact,
            exact_index: &self.exact_index,
            patterns: &self.patterns,
            patterns_index: &self.patterns_index,
        };
        match set.find(origin.as_bytes()) {
            // Its clone costs less than that of the request's.
            Some(Found::Exact(entry)) => Verdict::GrantedAs(self.exact[entry].clone()),
            Some(Found::Pattern(_)) => Verdict::GrantedAs(origin.clone()),
            None if self.regexes.as_ref().is_some_and(|regexes| regexes.accept(origin.as_bytes())) => {
                Verdict::GrantedAs(origin.clone())
            }
            None => Verdict::Refused,
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
pub(crate) enum OriginHeader<'a> {
    /// There is none: no cross-origin request, as far as this is known.
    Absent,
    /// No browser sends this: it is too long, or there are several.
    Malformed,
    /// This one; it may be any bytes.
    Is(&'a HeaderValue),
}

impl<'a> OriginHeader<'a> {
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
/// Displayed, it is such as `src/shop.rs:41 (update_product)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Source {
    /// The file, as the compiler names it; empty if the policy stands in no source file.
    pub file: &'static str,
    /// The line of the attribute, counted from 1.
    pub line: u32,
    /// The name of the handler, or else what the policy was made by.
    pub handler: &'static str,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.file {
            "" => f.write_str(self.handler),
            file => write!(f, "{file}:{} ({})", self.line, self.handler),
        }
    }
}

/// The policy in words: `https://a.example; headers content-type; credentials`.
impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let data = self.data();
        write!(f, "{}", data.origins)?;
        if data.origins == Origins::None {
            return Ok(());
        }
        let lists = [
            ("methods", &data.allow_methods),
            ("headers", &data.allow_headers),
            ("expose", &data.expose_headers),
            ("max age", &data.max_age),
        ];
        for (name, value) in lists {
            if let Some(value) = value {
                write!(f, "; {name} {}", text(value))?;
            }
        }
        for (name, flag) in [("credentials", data.credentials), ("enforce", data.enforce)] {
            if flag {
                write!(f, "; {name}")?;
            }
        }
        Ok(())
    }
}

/// The origins, each as it is written.
impl fmt::Display for Origins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let regexes = |regexes: &Option<Regexes>| -> Vec<String> {
            let texts = regexes.as_ref().map(Regexes::texts).unwrap_or_default();
            texts.iter().map(|text| format!("regex({text:?})")).collect()
        };
        let entries: Vec<String> = match self {
            Self::None => return f.write_str("none"),
            Self::Any => return f.write_str("any"),
            Self::One(origin) => return f.write_str(text(origin)),
            Self::When(when) => return write!(f, "when({})", when.name),
            Self::Set(list) => {
                let exact = list.exact.iter().map(|origin| text(origin).to_owned());
                let patterns = list.patterns.iter().map(ToString::to_string);
                exact.chain(patterns).chain(regexes(&list.regexes)).collect()
            }
            Self::Unread(unread) => {
                let entry = |entry: &Entry| match entry {
                    Entry::Text(text) => (*text).to_owned(),
                    Entry::Env { name, .. } => format!("env({name:?})"),
                };
                unread.entries.iter().map(entry).chain(regexes(&unread.regexes)).collect()
            }
        };
        f.write_str(&entries.join(", "))
    }
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Policy").field(self.data()).finish()
    }
}

impl fmt::Debug for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "when({})", self.name)
    }
}

/// The text of a value of the policy's own, which is always ASCII.
pub(crate) fn text(value: &HeaderValue) -> &str {
    value.to_str().unwrap_or_default()
}
