//! What is wrong with a written policy, as data, and the same in words. The places in a source file are for others.

use std::fmt;

use crate::{
    help::{Help, Syntax},
    key::Key,
    printable::Printable,
};

/// One thing that is wrong with a written policy.
///
/// Displayed, it is the message; [`in_syntax`](Self::in_syntax) adds the help.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// Which rule is broken.
    pub rule: Rule,
    /// The key and the entry that it is about.
    pub path: PolicyPath,
    /// The value that breaks the rule, as it was written. `None` if it is missing or not a text.
    pub value: Option<String>,
    /// What makes the value redundant.
    pub covered_by: Option<CoveredBy>,
    /// What is wrong: lower case, no full stop, in one line.
    pub message: String,
    /// What to do about it.
    pub help: Help,
}

impl Violation {
    /// A violation of a front end's own, about a key as a whole.
    pub fn new(rule: Rule, key: Key, message: impl Into<String>, help: impl Into<Help>) -> Self {
        Fault::new(rule, message, help).at(key, None, None)
    }

    /// The message in the first line and the help in the second, as whoever writes this syntax needs it.
    pub fn in_syntax(&self, syntax: Syntax) -> String {
        format!("{}\nhelp: {}", self.message, self.help.in_syntax(syntax))
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Violation {}

/// What is wrong with a value, before it is known where the value is.
#[derive(Debug, PartialEq)]
pub(crate) struct Fault {
    pub(crate) rule: Rule,
    pub(crate) message: String,
    pub(crate) help: Help,
}

impl Fault {
    pub(crate) fn new(rule: Rule, message: impl Into<String>, help: impl Into<Help>) -> Self {
        Self { rule, message: message.into(), help: help.into() }
    }

    /// The violation, of this value at this place.
    pub(crate) fn at(self, key: Key, index: impl Into<Option<usize>>, value: Option<&str>) -> Violation {
        let Self { rule, message, help } = self;
        let path = PolicyPath { key, index: index.into() };
        Violation { rule, path, value: value.map(str::to_owned), covered_by: None, message, help }
    }
}

/// The entry that says what another one says, and perhaps more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoveredBy {
    /// The entry, as it was written.
    pub value: String,
    /// Its index in the list.
    pub index: usize,
}

/// Where in a policy: a key, and the entry of its list.
///
/// Displayed, it is a path, for example `origins[2]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PolicyPath {
    /// The key.
    pub key: Key,
    /// The entry of the key's list, counted from 0; `None` is the key as a whole.
    pub index: Option<usize>,
}

impl fmt::Display for PolicyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key.name())?;
        match self.index {
            Some(index) => write!(f, "[{index}]"),
            None => Ok(()),
        }
    }
}

/// A violation that a policy has all the same, and what became of it.
///
/// Displayed, it is one line, for example `origins[1]: "https://a.example" is already listed (dropped)`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RuleNote {
    /// The rule that the policy breaks.
    pub violation: Violation,
    /// The environment variable that contains the value, if one does.
    pub variable: Option<String>,
    /// What became of the value.
    pub outcome: Outcome,
}

impl RuleNote {
    /// What became of a value that breaks a rule, outside of the environment.
    pub fn new(violation: Violation, outcome: Outcome) -> Self {
        Self { violation, variable: None, outcome }
    }
}

impl fmt::Display for RuleNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.violation.path)?;
        if let Some(variable) = &self.variable {
            write!(f, " (the variable `{}`)", Printable(variable))?;
        }
        write!(f, ": {} ({})", self.violation.message, self.outcome)
    }
}

/// What became of a value that breaks a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// It is left out of the policy, which says the same without it.
    Dropped,
    /// The greatest value is taken in its place.
    Capped,
    /// It holds, because `allow` names the rule.
    Allowed,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Dropped => "dropped",
            Self::Capped => "capped",
            Self::Allowed => "allowed",
        })
    }
}

/// The rule that a violation breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// There are no origins.
    NoOrigins,
    /// `none` beside other entries.
    NoneAndOthers,
    /// An entry is empty or blank.
    Empty,
    /// An entry contains white space or a control character.
    WhiteSpace,
    /// `null` as an origin.
    NullOrigin,
    /// An origin without a scheme.
    MissingScheme,
    /// A scheme that is not valid, or that is not the scheme of any page's origin.
    BadScheme,
    /// Upper case in an origin.
    UpperCase,
    /// A user name or password in an origin.
    UserInfo,
    /// A path in an origin, or a slash at its end.
    Path,
    /// A query in an origin.
    Query,
    /// A fragment in an origin.
    Fragment,
    /// A host that is not ASCII.
    NonAscii,
    /// An empty host.
    EmptyHost,
    /// A host that no browser sends.
    BadHost,
    /// An IP address that is not valid, or not in its canonical form.
    BadIpAddress,
    /// A port that is not valid.
    BadPort,
    /// The scheme's own port, which browsers omit.
    DefaultPort,
    /// A host or an origin beyond the greatest length.
    TooLong,
    /// A `*` where it is not a wildcard.
    MisplacedWildcard,
    /// A regular expression with a syntax error, or with syntax that is not supported.
    BadRegex,
    /// An alternative of a regular expression is empty.
    RegexEmptyAlternative,
    /// A regular expression that matches no origin.
    RegexMatchesNothing,
    /// A regular expression that is too long, or whose automaton is too large.
    RegexTooLarge,
    /// A regular expression matches origins of a domain that it does not contain literally.
    OpenDomain,
    /// A regular expression, but the feature `regex` is disabled.
    NoRegexFeature,
    /// `any` together with `credentials`.
    AnyWithCredentials,
    /// `http://` together with `credentials`.
    InsecureOrigin,
    /// Domains that anyone can register, below a public suffix, together with `credentials`.
    PublicSuffix,
    /// Every host of a scheme together with `credentials`.
    OpenScheme,
    /// An entry that says what another one says.
    Redundant,
    /// A name that an environment variable cannot have.
    BadVariable,
    /// A header or method name that is not a token.
    NotAToken,
    /// A request header that pages cannot set.
    ForbiddenHeader,
    /// A response header among the request headers.
    ResponseHeader,
    /// A response header that pages can never read.
    UnexposableHeader,
    /// A request header, or a header of preflight answers, among the exposed headers.
    RequestHeader,
    /// A method that pages cannot use.
    ForbiddenMethod,
    /// A method in a spelling that browsers do not send.
    MethodCase,
    /// A max age that exceeds every browser's limit.
    MaxAgeTooLong,
    /// A max age that is not a duration.
    BadMaxAge,
}
