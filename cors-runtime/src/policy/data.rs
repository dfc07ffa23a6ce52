//! What a policy says, prepared to be compared and sent.

use std::{
    borrow::Cow,
    collections::HashSet,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, OnceLock},
};

use cors_rules::{Allow, HashKey, Match, Origin, OriginSet, Pattern, RuleNote, index_exact, index_patterns};
pub use cors_rules::{Enforce, Settings};
use http::{HeaderMap, HeaderValue};

use crate::{location::PolicyLocation, policy::regex_set::RegexSet};

/// What a policy says: the names as they were written, for people, and the values that are sent.
///
/// The data is complete: nothing is ever parsed back out of a header value.
#[derive(Debug)]
pub struct PolicyData {
    pub(crate) origins: Origins,
    pub(crate) headers: Names,
    pub(crate) expose: Names,
    pub(crate) methods: Methods,
    pub(crate) settings: Settings<PreparedMaxAge>,
    /// The rules that the policy is an exception from.
    pub(crate) allow: Vec<Allow>,
    pub(crate) location: PolicyLocation,
    /// Broken rules that do not refuse the policy.
    pub(crate) notes: Vec<RuleNote>,
    pub(crate) prepared: Prepared,
}

/// What is made of the rest of a policy, at the first request that needs it.
#[derive(Debug, Default)]
pub(crate) struct Prepared {
    /// The parts of a preflight's answer that are the same for every path.
    pub(crate) preflight: OnceLock<HeaderMap>,
    /// The answer to a preflight whose origin is refused.
    pub(crate) refused_preflight: OnceLock<HeaderMap>,
}

/// The origins of a policy.
#[derive(Debug, PartialEq)]
pub(crate) enum Origins {
    None,
    Any,
    /// Exactly one origin, which is sent on every response.
    One(HeaderValue),
    List(OriginList),
    /// Some are in the environment, which has not been read yet. Until then, nobody is allowed.
    Unresolved(Unresolved),
}

/// Several origins, with the indexes by which they are found.
#[derive(Debug)]
pub(crate) struct OriginList {
    /// What the indexes were made with.
    key: HashKey,
    exact: Vec<HeaderValue>,
    exact_index: Vec<u32>,
    patterns: Vec<Pattern<'static>>,
    patterns_index: Vec<u32>,
    regexes: Option<RegexSet>,
    functions: Vec<When>,
}

/// A function that decides on origins.
#[derive(Clone)]
pub(crate) struct When {
    pub(crate) name: &'static str,
    pub(crate) accepts: Accepts,
}

/// Why the origins of a policy do not allow one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotAllowed {
    /// It is none of them.
    Unlisted,
    /// The function of this name panicked, and nothing else accepts it.
    Panicked(&'static str),
}

/// The function of a [`When`].
#[derive(Clone)]
pub(crate) enum Accepts {
    Function(fn(&Origin<'_>) -> bool),
    Closure(Arc<dyn Fn(&Origin<'_>) -> bool + Send + Sync>),
}

/// Origins that are known once the environment has been read.
#[derive(Debug, PartialEq)]
pub(crate) struct Unresolved {
    pub(crate) entries: &'static [Entry],
    pub(crate) regexes: Option<RegexSet>,
    pub(crate) functions: Vec<When>,
}

/// An entry of a list of origins, as generated code writes it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Entry {
    /// An origin or a pattern.
    Text(&'static str),
    /// The entries in a variable, or else the default.
    Env {
        /// The variable's name.
        name: &'static str,
        /// The entries if the variable is not set.
        default: Option<&'static [&'static str]>,
    },
}

/// A list of header names.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    /// Whether `*` is among them.
    pub(crate) any: bool,
    /// In lower case, in the order in which they were written.
    pub(crate) names: Vec<Cow<'static, str>>,
    /// The same, sorted by bytes, as browsers sort the names that they request: indexes of `names`.
    sorted: Vec<u16>,
    /// The list as a header field's value; `None` if it is empty.
    pub(crate) value: Option<HeaderValue>,
}

/// The methods that a policy is narrowed to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Methods {
    /// Empty if it is not narrowed.
    pub(crate) names: Vec<Cow<'static, str>>,
    pub(crate) value: Option<HeaderValue>,
}

/// How long browsers may keep the answer to a preflight.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PreparedMaxAge {
    pub(crate) seconds: u32,
    pub(crate) value: HeaderValue,
}

impl PolicyData {
    /// The same policy with other origins, and what is to be said of them.
    pub(crate) fn with_origins(&self, origins: Origins, notes: Vec<RuleNote>) -> Self {
        Self {
            origins,
            headers: self.headers.clone(),
            expose: self.expose.clone(),
            methods: self.methods.clone(),
            settings: self.settings.clone(),
            allow: self.allow.clone(),
            location: self.location,
            notes,
            prepared: Prepared::default(),
        }
    }

    /// Whether its origins are in the environment, which has not been read.
    pub(crate) fn is_unresolved(&self) -> bool {
        matches!(self.origins, Origins::Unresolved(_))
    }

    /// The `Access-Control-Allow-Origin` that the origin of a request is allowed by.
    ///
    /// # Errors
    ///
    /// Why it is refused.
    pub(crate) fn allowed_as(&self, origin: &HeaderValue) -> Result<HeaderValue, NotAllowed> {
        match &self.origins {
            Origins::Any => Ok(ANY),
            Origins::One(one) if one == origin => Ok(one.clone()),
            Origins::List(list) => list.allowed_as(origin),
            Origins::One(_) | Origins::None | Origins::Unresolved(_) => Err(NotAllowed::Unlisted),
        }
    }

    /// The `Access-Control-Allow-Origin` of every response, whatever the origin of the request.
    ///
    /// A policy of exactly one origin names it always, and says no `Vary`.
    /// <https://fetch.spec.whatwg.org/#cors-protocol-and-http-caches>
    pub(crate) fn fixed_allow_origin(&self) -> Option<&HeaderValue> {
        match &self.origins {
            Origins::Any => Some(&ANY_VALUE),
            Origins::One(one) => Some(one),
            Origins::None | Origins::List(_) | Origins::Unresolved(_) => None,
        }
    }

    /// Whether the response to an actual request is the same for every origin, which then need not be looked at.
    pub(crate) fn is_origin_independent(&self) -> bool {
        match &self.origins {
            Origins::None | Origins::Any | Origins::Unresolved(_) => true,
            // What is granted beyond the name depends on who asks.
            Origins::One(_) => !self.settings.credentials && self.expose.value.is_none(),
            Origins::List(_) => false,
        }
    }

    /// Whether a response differs from origin to origin, and caches have to keep them apart.
    ///
    /// What a policy grants to its one origin besides the name is withheld from others, and the responses that lack it
    /// say so: a cache must not give them to that origin.
    pub(crate) fn needs_vary_origin(&self, is_granted: bool) -> bool {
        match &self.origins {
            Origins::None | Origins::Any | Origins::Unresolved(_) => false,
            Origins::One(_) => !is_granted && !self.is_origin_independent(),
            Origins::List(_) => true,
        }
    }

    /// Whether every origin is allowed.
    #[inline]
    pub(crate) fn is_for_all(&self) -> bool {
        matches!(self.origins, Origins::Any)
    }

    /// Whether the policy's `methods` leave this one out.
    #[inline]
    pub(crate) fn leaves_out(&self, method: impl AsRef<[u8]>) -> bool {
        let names = &self.methods.names;
        !names.is_empty() && !names.iter().any(|name| name.as_bytes() == method.as_ref())
    }

    pub(crate) fn allows(&self, allow: Allow) -> bool {
        self.allow.contains(&allow)
    }
}

/// Two are equal if they say the same, wherever they are written.
impl PartialEq for PolicyData {
    fn eq(&self, other: &Self) -> bool {
        let Self {
            origins,
            headers,
            expose,
            methods,
            settings,
            allow: _,
            location: _,
            notes: _,
            prepared: _,
        } = self;
        // The others are about the rules.
        let allows = Allow::UnenforcedWebsocket;
        *origins == other.origins
            && *headers == other.headers
            && *expose == other.expose
            && methods.names == other.methods.names
            && *settings == other.settings
            && self.allows(allows) == other.allows(allows)
    }
}

/// The `*` of `Access-Control-Allow-Origin`.
pub(crate) const ANY: HeaderValue = HeaderValue::from_static("*");
static ANY_VALUE: HeaderValue = ANY;

impl Origins {
    /// The origins of checked entries, the only one of which may be written as it is.
    pub(crate) fn new(
        mut patterns: Vec<Pattern<'static>>,
        regexes: Option<RegexSet>,
        functions: Vec<When>,
    ) -> Self {
        // A constant may say what another entry says.
        let mut seen = HashSet::new();
        patterns.retain(|pattern| seen.insert(pattern.to_string()));
        if let ([only], None, []) = (patterns.as_slice(), &regexes, functions.as_slice())
            && only.is_exact()
        {
            return header_value(&only.to_string()).map_or(Self::None, Self::One);
        }
        let (exact, patterns): (Vec<_>, Vec<_>) = patterns.into_iter().partition(Pattern::is_exact);
        let exact: Vec<_> = exact.iter().filter_map(|origin| header_value(&origin.to_string())).collect();
        let key = HashKey::random();
        Self::List(OriginList {
            key,
            exact_index: index_exact(&exact, key),
            exact,
            patterns_index: index_patterns(&patterns, key),
            patterns,
            regexes,
            functions,
        })
    }

    /// The origins and patterns among them, as they are written.
    pub(crate) fn texts(&self) -> Vec<String> {
        match self {
            Self::One(one) => vec![text(one).to_owned()],
            Self::List(list) => {
                let exact = list.exact.iter().map(|origin| text(origin).to_owned());
                exact.chain(list.patterns.iter().map(ToString::to_string)).collect()
            }
            Self::Unresolved(unresolved) => {
                let texts = unresolved.entries.iter().filter_map(|entry| match entry {
                    Entry::Text(text) => Some((*text).to_owned()),
                    Entry::Env { .. } => None,
                });
                texts.collect()
            }
            Self::None | Self::Any => Vec::new(),
        }
    }

    /// The regular expressions among them.
    pub(crate) fn regexes(&self) -> &[Cow<'static, str>] {
        let regexes = match self {
            Self::List(list) => list.regexes.as_ref(),
            Self::Unresolved(unresolved) => unresolved.regexes.as_ref(),
            Self::None | Self::Any | Self::One(_) => None,
        };
        regexes.map(RegexSet::texts).unwrap_or_default()
    }

    /// The functions among them.
    pub(crate) fn functions(&self) -> &[When] {
        match self {
            Self::List(list) => &list.functions,
            Self::Unresolved(unresolved) => &unresolved.functions,
            Self::None | Self::Any | Self::One(_) => &[],
        }
    }
}

impl OriginList {
    fn allowed_as(&self, origin: &HeaderValue) -> Result<HeaderValue, NotAllowed> {
        let set = OriginSet {
            exact: &self.exact,
            exact_index: &self.exact_index,
            patterns: &self.patterns,
            patterns_index: &self.patterns_index,
            key: self.key,
        };
        match set.find(origin.as_bytes()) {
            // Its clone costs less than that of the request's.
            Some(Match::Exact(entry)) => return Ok(self.exact[entry].clone()),
            Some(Match::Pattern(_)) => {}
            None if self.regexes.as_ref().is_some_and(|regexes| regexes.is_match(origin.as_bytes())) => {}
            None => self.ask_functions(origin)?,
        }
        Ok(origin.clone())
    }

    /// Functions are not asked about what no browser sends.
    fn ask_functions(&self, origin: &HeaderValue) -> Result<(), NotAllowed> {
        let mut reason = NotAllowed::Unlisted;
        if self.functions.is_empty() {
            return Err(reason);
        }
        let origin = Origin::parse(origin.as_bytes()).ok_or(reason)?;
        for function in &self.functions {
            match function.accepts(&origin) {
                Some(true) => return Ok(()),
                Some(false) => {}
                None => reason = NotAllowed::Panicked(function.name),
            }
        }
        Err(reason)
    }
}

impl When {
    /// What the function says; `None` if it panicked. It is called outside of every layer that could catch a panic.
    fn accepts(&self, origin: &Origin<'_>) -> Option<bool> {
        let accepts = AssertUnwindSafe(|| match &self.accepts {
            Accepts::Function(function) => function(origin),
            Accepts::Closure(closure) => closure(origin),
        });
        catch_unwind(accepts).ok()
    }
}

impl Names {
    /// A checked list; the names are in lower case.
    pub(crate) fn new(any: bool, names: Vec<Cow<'static, str>>) -> Self {
        let star = any.then_some("*");
        let all: Vec<&str> = star.into_iter().chain(names.iter().map(AsRef::as_ref)).collect();
        let value = if all.is_empty() { None } else { header_value(&all.join(", ")) };
        let mut sorted: Vec<u16> = (0..names.len()).filter_map(|index| index.try_into().ok()).collect();
        sorted.sort_by(|one, other| names[usize::from(*one)].cmp(&names[usize::from(*other)]));
        Self { any, names, sorted, value }
    }

    /// The names in the order of their bytes.
    pub(crate) fn sorted(&self) -> SortedNames<'_> {
        SortedNames { names: &self.names, order: &self.sorted }
    }

    /// Whether the list of request headers allows a name, in whatever case it is written.
    pub(crate) fn covers_on_requests(&self, name: &[u8]) -> bool {
        // `*` covers every name but this one. <https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name>
        self.any && !name.eq_ignore_ascii_case(b"authorization") || self.contains_ignoring_case(name)
    }

    fn contains_ignoring_case(&self, name: &[u8]) -> bool {
        let lower = || name.iter().map(u8::to_ascii_lowercase);
        self.sorted.binary_search_by(|index| self.names[usize::from(*index)].bytes().cmp(lower())).is_ok()
    }
}

/// Names in the order of their bytes.
pub(crate) struct SortedNames<'a> {
    names: &'a [Cow<'static, str>],
    order: &'a [u16],
}

impl SortedNames<'_> {
    /// Skips names until one is the first of a list, and returns the others of that list.
    #[inline]
    pub(crate) fn skip_to_first_of<'l>(&mut self, list: &'l [u8]) -> Option<&'l [u8]> {
        while let [next, later @ ..] = self.order {
            match list.strip_prefix(self.names[usize::from(*next)].as_bytes()) {
                Some([]) => return Some(&[]),
                Some([b',', others @ ..]) => return Some(others),
                _ => self.order = later,
            }
        }
        None
    }
}

impl PartialEq for Names {
    fn eq(&self, other: &Self) -> bool {
        self.any == other.any && self.names == other.names
    }
}

impl Methods {
    /// A checked list.
    pub(crate) fn new(names: Vec<Cow<'static, str>>) -> Self {
        let value = if names.is_empty() { None } else { header_value(&names.join(", ")) };
        Self { names, value }
    }
}

impl PreparedMaxAge {
    pub(crate) fn new(seconds: u32) -> Self {
        Self { seconds, value: HeaderValue::from(seconds) }
    }
}

impl PartialEq for OriginList {
    fn eq(&self, other: &Self) -> bool {
        self.exact == other.exact
            && self.patterns == other.patterns
            && self.regexes == other.regexes
            && self.functions == other.functions
    }
}

impl PartialEq for When {
    fn eq(&self, other: &Self) -> bool {
        match (&self.accepts, &other.accepts) {
            // One function may be at two addresses; then two policies that say the same are taken for different ones,
            // and work.
            (Accepts::Function(one), Accepts::Function(other)) => std::ptr::fn_addr_eq(*one, *other),
            (Accepts::Closure(one), Accepts::Closure(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }
}

impl fmt::Debug for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "when({})", self.name)
    }
}

/// The value of a header field; `None` for what the rules never let through.
pub(crate) fn header_value(text: &str) -> Option<HeaderValue> {
    let value = HeaderValue::from_str(text).ok();
    // The first clone of a value that was made at run time moves it to where clones share it.
    value.inspect(|value| drop(value.clone()))
}

/// The text of a value of the policy's own, which is always ASCII.
pub(crate) fn text(value: &HeaderValue) -> &str {
    value.to_str().unwrap_or_default()
}

/// The policy in words: `https://a.example; headers content-type; credentials`.
impl fmt::Display for PolicyData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Settings { max_age, credentials, enforce, timing } = &self.settings;
        write!(f, "{}", self.origins)?;
        if self.origins == Origins::None {
            return Ok(());
        }
        for (name, value) in [
            ("methods", &self.methods.value),
            ("headers", &self.headers.value),
            ("expose", &self.expose.value),
            ("max age", &max_age.as_ref().map(|max_age| max_age.value.clone())),
        ] {
            if let Some(value) = value {
                write!(f, "; {name} {}", text(value))?;
            }
        }
        for (name, flag) in [
            ("credentials", *credentials),
            ("timing", *timing),
            ("enforce", *enforce == Enforce::CrossOrigin),
            ("enforce(strict)", *enforce == Enforce::Strict),
        ] {
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
        let texts = match self {
            Self::None => return f.write_str("none"),
            Self::Any => return f.write_str("any"),
            Self::Unresolved(unresolved) => {
                let entry = |entry: &Entry| match entry {
                    Entry::Text(text) => (*text).to_owned(),
                    Entry::Env { name, .. } => format!("env({name:?})"),
                };
                unresolved.entries.iter().map(entry).collect()
            }
            Self::One(_) | Self::List(_) => self.texts(),
        };
        let regexes = self.regexes().iter().map(|text| format!("regex({text:?})"));
        let functions = self.functions().iter().map(|function| format!("{function:?}"));
        f.write_str(&texts.into_iter().chain(regexes).chain(functions).collect::<Vec<_>>().join(", "))
    }
}
