//! A refusal as a value, and how it is told: what was refused, why, what the browser says of it, and what to change.
//! Must not know how it was found out, nor where it is told.

use std::fmt;

use cors_rules::{CorsError, CorsFailure, Engine, Origin, is_response_header_in_requests};

use crate::policy::{Origins, Policy, Source, text};

/// A request that a policy refuses, or whose response it keeps from the page, with the reason.
///
/// Displayed, it is a few lines: what was refused, what the console of each browser says of that, and what would allow it.
/// Whatever a client has sent is escaped and cut in there, so that it fits into any log.
///
/// ```
/// use cors_runtime::{Engine, Policy, policy};
/// use http::Request;
///
/// static POLICY: Policy = policy! { origins = ["http://localhost:3000"], headers = ["content-type"] };
///
/// let preflight = Request::options("/products/5")
///     .header("origin", "http://localhost:3000")
///     .header("access-control-request-method", "PUT")
///     .header("access-control-request-headers", "authorization,content-type")
///     .body(())
///     .unwrap();
/// let explanation = POLICY.explain(&preflight);
/// let refusal = explanation.refusal().unwrap();
/// assert_eq!(refusal.value(), Some("authorization"));
/// assert_eq!(
///     refusal.console_message(Engine::Chromium).unwrap(),
///     "Request header field authorization is not allowed by Access-Control-Allow-Headers in preflight response."
/// );
/// assert_eq!(refusal.help(), "add \"authorization\" to `headers`, if pages of this origin may send it");
/// ```
#[derive(Clone, Debug)]
pub struct Refusal {
    pub(crate) kind: RefusalKind,
    pub(crate) preflight: bool,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) route: Option<String>,
    pub(crate) origin: String,
    pub(crate) value: Option<String>,
    pub(crate) policy: Option<Policy>,
    pub(crate) source: Option<Source>,
}

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RefusalKind {
    /// The policy does not have the origin. If it is no preflight, the request has gone through, and the page cannot
    /// read the response.
    Origin,
    /// The origin is nothing that browsers send: it is too long, or there are several.
    MalformedOrigin,
    /// The policy does not have the method.
    Method,
    /// The policy does not have a request header.
    Header,
    /// There are more request headers than are looked at to explain an answer.
    TooManyHeaders,
    /// The handler stays same-origin, as `none` says, or a delegate that gives no policy.
    SameOrigin,
    /// The route has no policy for the method.
    NoPolicy,
    /// No route matches the path.
    NoRoute,
    /// The policy does not have the origin and is enforced: the handler has not run.
    Enforced,
    /// The delegate has failed.
    Delegate,
}

impl RefusalKind {
    /// A word for it, to count by: `origin`, `malformed_origin`, `method`, `header`, `too_many_headers`,
    /// `same_origin`, `no_policy`, `no_route`, `enforced` or `delegate`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Origin => "origin",
            Self::MalformedOrigin => "malformed_origin",
            Self::Method => "method",
            Self::Header => "header",
            Self::TooManyHeaders => "too_many_headers",
            Self::SameOrigin => "same_origin",
            Self::NoPolicy => "no_policy",
            Self::NoRoute => "no_route",
            Self::Enforced => "enforced",
            Self::Delegate => "delegate",
        }
    }
}

impl fmt::Display for RefusalKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Refusal {
    /// Why it is refused.
    pub fn kind(&self) -> RefusalKind {
        self.kind
    }

    /// Whether it is a preflight; then no request has been made yet.
    pub fn is_preflight(&self) -> bool {
        self.preflight
    }

    /// The method: of a preflight, the one that it asks for. Escaped and cut.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// The path of the request. Escaped and cut.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The route that the path matches, such as `/products/{id}`, if that is known.
    pub fn route(&self) -> Option<&str> {
        self.route.as_deref()
    }

    /// The origin of the request. Escaped and cut.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// What is not allowed, if it is one header or one method; or what a delegate says. Escaped and cut.
    pub fn value(&self) -> Option<&str> {
        self.value.as_deref()
    }

    /// Where the policy is written that refuses it, if there is one.
    pub fn policy(&self) -> Option<Source> {
        self.source
    }

    /// What is refused and why, in one line.
    pub fn message(&self) -> String {
        let what = if self.preflight { "preflight" } else { "request" };
        format!("cors refused {what} {} {} from {}: {}", self.method, self.path, self.origin, self.why())
    }

    fn why(&self) -> String {
        let value = self.value.as_deref().unwrap_or_default();
        let policy = match self.source {
            Some(Source { file: "", handler, .. }) => format!("`{handler}`"),
            Some(Source { file, line, handler }) => format!("`{handler}` ({file}:{line})"),
            None => "the policy".to_owned(),
        };
        match self.kind {
            RefusalKind::Origin if self.preflight => format!("the origin is not in `origins` of {policy}"),
            RefusalKind::Origin => {
                format!(
                    "the origin is not in `origins` of {policy}, so that the page cannot read the response"
                )
            }
            RefusalKind::Enforced => {
                format!("the origin is not in `origins` of {policy}, which is enforced")
            }
            RefusalKind::MalformedOrigin => "no browser sends such an origin".to_owned(),
            RefusalKind::Method => format!("the method is not in `methods` of {policy}"),
            RefusalKind::Header => format!("request header `{value}` is not in `headers` of {policy}"),
            RefusalKind::TooManyHeaders => "it asks for more headers than are looked at".to_owned(),
            RefusalKind::SameOrigin => format!("{policy} keeps this to its own origin"),
            RefusalKind::NoPolicy => "no handler with a policy is mounted for this method".to_owned(),
            RefusalKind::NoRoute => "no route matches the path".to_owned(),
            RefusalKind::Delegate => format!("{policy} gave no policy: {value}"),
        }
    }

    /// What the console of an engine says of it; `None` if that depends on more than is known here, or if the engine lets
    /// it pass against the standard.
    ///
    /// It is the sentence that gives the reason, which consoles write behind the URL of the request, or beside it. The page's
    /// request may have other faults as well, which come first.
    pub fn console_message(&self, engine: Engine) -> Option<String> {
        let (error, parameter) = self.blocked()?;
        Some(CorsFailure::new(error, parameter, &*self.origin, self.status()).reason(engine))
    }

    /// The name that Chromium has for it.
    pub fn chromium_error(&self) -> Option<CorsError> {
        self.blocked().map(|(error, _)| error)
    }

    /// The status of the response, if it is known before there is one.
    fn status(&self) -> Option<u16> {
        match self.kind {
            RefusalKind::Method | RefusalKind::Header => Some(204),
            _ if self.preflight => Some(403),
            RefusalKind::Enforced => Some(403),
            _ => None,
        }
    }

    /// What browsers block it for, and what their messages quote.
    fn blocked(&self) -> Option<(CorsError, String)> {
        let one = self.policy.as_ref().and_then(|policy| match &policy.data().origins {
            Origins::One(one) => Some(text(one)),
            _ => None,
        });
        let of_origin = match (self.preflight, one) {
            (true, Some(_)) => CorsError::PreflightAllowOriginMismatch,
            (true, None) => CorsError::PreflightMissingAllowOriginHeader,
            (false, Some(_)) => CorsError::AllowOriginMismatch,
            (false, None) => CorsError::MissingAllowOriginHeader,
        };
        let error = match self.kind {
            RefusalKind::Method => CorsError::MethodDisallowedByPreflightResponse,
            // By the standard, `*` does not cover it. Browsers still let it pass.
            RefusalKind::Header if self.is_authorization_beside_any() => return None,
            RefusalKind::Header => CorsError::HeaderDisallowedByPreflightResponse,
            RefusalKind::TooManyHeaders | RefusalKind::MalformedOrigin => return None,
            RefusalKind::Origin
            | RefusalKind::SameOrigin
            | RefusalKind::NoPolicy
            | RefusalKind::NoRoute
            | RefusalKind::Enforced
            | RefusalKind::Delegate => of_origin,
        };
        let parameter = match self.kind {
            RefusalKind::Method => Some(self.method.as_str()),
            RefusalKind::Header => self.value.as_deref(),
            _ => one,
        };
        Some((error, parameter.unwrap_or_default().to_owned()))
    }

    /// What would allow it, or what to do instead.
    pub fn help(&self) -> String {
        let value = self.value.as_deref().unwrap_or_default();
        match self.kind {
            RefusalKind::Origin | RefusalKind::Enforced => self.help_with_origin(),
            RefusalKind::MalformedOrigin => "look at who sends this: it is no page".to_owned(),
            RefusalKind::Method | RefusalKind::NoPolicy if self.has_other_case() => format!(
                "write `{}` in the page: browsers do not change the case of this method",
                self.method.to_ascii_uppercase()
            ),
            RefusalKind::Method => format!("add {:?} to `methods`, if pages may use it", self.method),
            RefusalKind::Header if is_response_header_in_requests(value) => format!(
                "remove `{value}` from the page's request: it is a response header, which the server sets"
            ),
            RefusalKind::Header if self.is_authorization_beside_any() => {
                "write `headers = [any, \"authorization\"]`: `any` does not cover it".to_owned()
            }
            RefusalKind::Header => {
                format!("add {value:?} to `headers`, if pages of this origin may send it")
            }
            RefusalKind::TooManyHeaders => "send fewer headers".to_owned(),
            RefusalKind::SameOrigin => {
                "give it a policy with `origins`, if pages of other origins may use it".to_owned()
            }
            RefusalKind::NoPolicy => format!(
                "mount a handler with `#[cors(..)]` on {} here, if pages of other origins may use it",
                self.method
            ),
            RefusalKind::NoRoute => "look at the URL in the page, or set `default_policy(..)`".to_owned(),
            RefusalKind::Delegate => "look at what the delegate says".to_owned(),
        }
    }

    fn has_other_case(&self) -> bool {
        self.method.bytes().any(|byte| byte.is_ascii_lowercase())
    }

    fn is_authorization_beside_any(&self) -> bool {
        let headers = self.policy.as_ref().and_then(|policy| policy.data().allow_headers.as_ref());
        let any = headers.is_some_and(|headers| text(headers).starts_with('*'));
        any && self.value.as_deref() == Some("authorization")
    }

    fn help_with_origin(&self) -> String {
        let entries = self.policy.as_ref().map(|policy| policy.data().origins.entries()).unwrap_or_default();
        if self.origin == "null" {
            return "serve the page from a web server, and without `sandbox`: the origin of a local file or of a \
                    sandboxed frame is `null`, which anybody can make"
                .to_owned();
        }
        match entries.iter().find_map(|entry| Some((entry, difference(entry, &self.origin)?))) {
            Some((entry, difference)) => format!(
                "open the page at the origin that is allowed, or add this one: `{entry}` differs in {difference}"
            ),
            None => format!("add {:?} to `origins`, if its pages may read this", self.origin),
        }
    }
}

/// How an origin differs from one that is allowed, if that is so little that it was probably meant.
fn difference(allowed: &str, origin: &str) -> Option<&'static str> {
    if origin.trim_end_matches('/') == allowed {
        return Some("the slash at its end");
    }
    if origin.eq_ignore_ascii_case(allowed) {
        return Some("upper and lower case");
    }
    let bare = allowed.replacen("://*.", "://", 1);
    if bare != allowed && bare == origin {
        return Some("the subdomain: `*.` does not stand for the domain itself");
    }
    let [one, other] = [allowed, origin].map(|text| Origin::parse(text.as_bytes()));
    let (one, other) = (one?, other?);
    let same_scheme = one.scheme() == other.scheme();
    let is_local = |host: &str| matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    let with_www = |one: &str, other: &str| one.strip_prefix("www.") == Some(other);
    if one.host() == other.host() {
        // The scheme's own port goes with the scheme.
        return if same_scheme { Some("its port") } else { Some("its scheme") };
    }
    if !same_scheme || one.port() != other.port() {
        return None;
    }
    if with_www(one.host(), other.host()) || with_www(other.host(), one.host()) {
        return Some("its `www.`");
    }
    (is_local(one.host()) && is_local(other.host()))
        .then_some("its name for this machine: to browsers these are different origins")
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())?;
        for engine in Engine::ALL {
            if let Some(message) = self.console_message(engine) {
                write!(f, "\n  {}: {message}", engine.browser())?;
            }
        }
        write!(f, "\n  help: {}", self.help())
    }
}

/// What a client has sent, as it may stand in a log: escaped, and cut where it is too long to help.
pub(crate) fn printable(bytes: &[u8]) -> String {
    let cut = &bytes[..bytes.len().min(MAX_PRINTED_BYTES)];
    let mut printable: String = cut.escape_ascii().map(char::from).collect();
    if cut.len() < bytes.len() {
        printable.push('…');
    }
    printable
}

const MAX_PRINTED_BYTES: usize = 200;
