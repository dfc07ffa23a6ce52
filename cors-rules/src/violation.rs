//! A verdict on a written policy. Knows nothing of how it is shown.

use std::fmt;

/// One thing that is wrong with a written policy.
///
/// Displayed, it is the message in the first line and the help in the second.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which rule is broken.
    pub kind: Kind,
    /// The key and the entry that it is about.
    pub place: Place,
    /// What is wrong: lower case, no full stop.
    pub message: String,
    /// What to write instead.
    pub help: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\nhelp: {}", self.message, self.help)
    }
}

impl std::error::Error for Violation {}

/// Where in a policy: a key, and the entry of its list.
///
/// Displayed, it is a path such as `origins[2]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The key.
    pub field: Field,
    /// The entry of the key's list, counted from 0; `None` is the key as a whole.
    pub index: Option<usize>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.field.name())?;
        match self.index {
            Some(index) => write!(f, "[{index}]"),
            None => Ok(()),
        }
    }
}

/// A key of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// `origins`
    Origins,
    /// `headers`
    Headers,
    /// `expose`
    Expose,
    /// `methods`
    Methods,
    /// `max_age`
    MaxAge,
}

impl Field {
    /// The key as it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Origins => "origins",
            Self::Headers => "headers",
            Self::Expose => "expose",
            Self::Methods => "methods",
            Self::MaxAge => "max_age",
        }
    }
}

/// The rule that a violation breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// No origin at all.
    NoOrigins,
    /// An entry is the empty text or blank.
    Empty,
    /// An entry holds white space or a control character.
    WhiteSpace,
    /// `null` as an origin.
    NullOrigin,
    /// An origin without a scheme.
    MissingScheme,
    /// A scheme that is not one, or that no page's origin has.
    BadScheme,
    /// Upper case in an origin.
    UpperCase,
    /// A user name or password in an origin.
    UserInfo,
    /// A path, or a slash at the end of an origin.
    Path,
    /// A query in an origin.
    Query,
    /// A fragment in an origin.
    Fragment,
    /// A host outside of ASCII.
    NonAscii,
    /// An empty host.
    EmptyHost,
    /// A host that no browser sends.
    BadHost,
    /// An IP address that is none or not in its canonical form.
    BadIpAddress,
    /// A port that is none.
    BadPort,
    /// The scheme's own port, which browsers leave out.
    DefaultPort,
    /// A host or an origin beyond the greatest length.
    TooLong,
    /// A `*` elsewhere than in front as `*.` or behind as `:*`.
    MisplacedWildcard,
    /// Both a list of origins and a function that decides on them.
    ListAndFunction,
    /// A regular expression that cannot be read.
    BadRegex,
    /// An alternative of a regular expression is empty.
    RegexEmptyAlternative,
    /// A regular expression that accepts no origin.
    RegexMatchesNothing,
    /// A regular expression whose automaton is too large.
    RegexTooLarge,
    /// A regular expression accepts origins of a domain that it does not spell out.
    OpenDomain,
    /// A regular expression without the feature `regex`.
    NoRegexFeature,
    /// `any` together with `credentials`.
    AnyWithCredentials,
    /// `http://` together with `credentials`.
    InsecureOrigin,
    /// Every subdomain of a public suffix together with `credentials`.
    PublicSuffix,
    /// An entry that says what another one says.
    Redundant,
    /// The name of an environment variable that can be none.
    BadVariable,
    /// A header or method name that is no token.
    NotAToken,
    /// A request header that pages cannot set.
    ForbiddenHeader,
    /// A response header among the request headers.
    ResponseHeader,
    /// A response header that pages can never read.
    UnexposableHeader,
    /// A request header, or one of preflight answers, among the exposed headers.
    RequestHeader,
    /// A method that pages cannot use.
    ForbiddenMethod,
    /// A method in a spelling that browsers do not send.
    MethodCase,
    /// A max age beyond what any browser keeps.
    MaxAgeTooLong,
    /// A max age that is no duration.
    BadMaxAge,
}
