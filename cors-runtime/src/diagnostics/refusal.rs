//! A refusal as a value: what was refused, why, what the browser's console says of it, and what to change.

use std::fmt;

use axum::extract::{MatchedPath, OriginalUri};
use cors_rules::{
    Author, CorsError, CorsFailure, Engine, Origin, OriginSpec, PolicySpec, Printable, PrintableAscii,
    Settings, Syntax, Violation, check, is_forbidden_method, is_response_header_in_requests,
    is_safelisted_method,
};
use http::{
    HeaderMap, StatusCode,
    header::{ACCESS_CONTROL_ALLOW_ORIGIN, ORIGIN},
};

use crate::{
    location::PolicyLocation,
    policy::{
        PolicyRef,
        data::{Origins, text},
    },
    protocol::{
        decision::{Enforcement, Overruled, PreflightRefusal, Reason},
        request::Head,
    },
};

/// A request that a policy refuses, or whose response it keeps from the page, with the reason.
///
/// Displayed, it is a few lines: what was refused, what the console of each browser says of that, and what would allow it.
/// Whatever a client has sent is escaped and truncated there, so it is safe in any log.
///
/// ```
/// use cors_runtime::{Policy, policy, diagnostics::Engine};
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
/// assert_eq!(refusal.rejected_value(), Some("authorization"));
/// assert_eq!(
///     refusal.console_message(Engine::Chromium).unwrap(),
///     "Request header field authorization is not allowed by Access-Control-Allow-Headers in preflight response."
/// );
/// assert_eq!(refusal.help(), "add \"authorization\" to `headers`, if pages of this origin may send it");
/// ```
#[derive(Clone)]
pub struct Refusal {
    cause: Cause,
    is_preflight: bool,
    method: String,
    path: String,
    route: Option<String>,
    origin: Option<String>,
    policy: Option<PolicyRef>,
    location: Option<PolicyLocation>,
    response: Option<RefusedResponse>,
}

/// What refuses it, and whatever that has to say. Text is escaped and truncated.
#[derive(Clone, Debug)]
enum Cause {
    /// A policy refuses the origin, the method or everybody, with these consequences.
    Policy(Reason, Enforcement),
    /// This header is not in the policy's `headers`.
    Header(String),
    TooManyHeaders,
    NoPolicy,
    NoRoute,
    UnknownPath,
    /// The delegate returned no policy, with this error.
    Delegate(String),
}

impl Cause {
    fn kind(&self) -> RefusalKind {
        match self {
            Self::Policy(reason, enforcement) => RefusalKind::new((*reason, *enforcement)),
            Self::Header(_) => RefusalKind::Header,
            Self::TooManyHeaders => RefusalKind::TooManyHeaders,
            Self::NoPolicy => RefusalKind::NoPolicy,
            Self::NoRoute => RefusalKind::NoRoute,
            Self::UnknownPath => RefusalKind::UnknownPath,
            Self::Delegate(_) => RefusalKind::Delegate,
        }
    }

    /// That of what nobody has a policy for.
    fn unknown(head: Head<'_>) -> Self {
        match head.extension::<MatchedPath>() {
            Some(_) => Self::NoPolicy,
            None => Self::NoRoute,
        }
    }
}

/// What browsers quote of a response that they keep from the page.
#[derive(Clone, Debug)]
struct RefusedResponse {
    status: StatusCode,
    /// Escaped and truncated: somebody inside has written it.
    allow_origin: Option<String>,
}

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RefusalKind {
    /// The policy does not list the origin. If it is not a preflight, the request has gone through, and the page cannot
    /// read the response.
    Origin,
    /// Browsers do not send such an origin: it is too long, or there are several.
    MalformedOrigin,
    /// The policy does not list the method.
    Method,
    /// The policy does not list a request header.
    Header,
    /// There are more request headers than are inspected to explain an answer.
    TooManyHeaders,
    /// The handler is same-origin only, as `none` says, or a delegate returned no policy.
    SameOrigin,
    /// No handler with a policy is mounted for the method of the route, and nobody inside has granted the request.
    NoPolicy,
    /// No route matches the path.
    NoRoute,
    /// The policy is enforced: the handler has not run.
    Enforced,
    /// The request opens a WebSocket, which browsers do not check: the handler has not run.
    WebSocket,
    /// A policy outside, which does not know the handler's own, has answered the preflight: the handler has not run.
    Overruled,
    /// An answer to a preflight for another method of the path may have let the request in, because browsers keep it for the whole
    /// path: the handler has not run.
    OtherMethod,
    /// A layer has changed the request or handed it over since its handler was chosen, which may be one of a group. Nobody knows
    /// which policy is for it: the handler has not run.
    UnknownPath,
    /// The delegate failed, panicked, or took longer than its time limit.
    Delegate,
    /// A function that accepts origins panicked, and nothing else in the policy accepts this one.
    Function,
}

impl RefusalKind {
    /// A stable label for metrics: `origin`, `malformed_origin`, `method`, `header`, `too_many_headers`, `same_origin`,
    /// `no_policy`, `no_route`, `enforced`, `websocket`, `overruled`, `other_method`, `unknown_path`, `delegate` or
    /// `function`.
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
            Self::WebSocket => "websocket",
            Self::Overruled => "overruled",
            Self::OtherMethod => "other_method",
            Self::UnknownPath => "unknown_path",
            Self::Delegate => "delegate",
            Self::Function => "function",
        }
    }

    pub(crate) fn new((reason, enforcement): (Reason, Enforcement)) -> Self {
        match (enforcement, reason) {
            // Whatever became of the request, this is to be mended.
            (_, Reason::Function(_)) => Self::Function,
            (Enforcement::Enforced, _) => Self::Enforced,
            (Enforcement::WebSocket, _) => Self::WebSocket,
            (Enforcement::Overruled(Overruled::Outside), _) => Self::Overruled,
            (Enforcement::Overruled(Overruled::OtherMethod), _) => Self::OtherMethod,
            (Enforcement::Overruled(Overruled::UnknownPath), _) => Self::UnknownPath,
            (Enforcement::None, Reason::Origin | Reason::NoOrigin) => Self::Origin,
            (Enforcement::None, Reason::MalformedOrigin) => Self::MalformedOrigin,
            (Enforcement::None, Reason::SameOrigin) => Self::SameOrigin,
            (Enforcement::None, Reason::Method) => Self::Method,
        }
    }

    /// That of what nobody has a policy for.
    pub(crate) fn unknown(head: Head<'_>) -> Self {
        Cause::unknown(head).kind()
    }
}

impl fmt::Display for RefusalKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Refusal {
    /// The refusal of a request by a policy.
    pub(crate) fn for_request(
        (reason, enforcement): (Reason, Enforcement),
        policy: PolicyRef,
        location: PolicyLocation,
        head: Head<'_>,
    ) -> Self {
        match enforcement {
            Enforcement::Overruled(Overruled::UnknownPath) => Self::for_unknown_path(head),
            _ => Self::by_policy(Cause::Policy(reason, enforcement), policy, location, head),
        }
    }

    /// The refusal of what may be for any of the router's policies.
    pub(crate) fn for_unknown_path(head: Head<'_>) -> Self {
        Self::new(Cause::UnknownPath, head)
    }

    /// The refusal of a preflight by a policy.
    pub(crate) fn for_preflight(
        refusal: PreflightRefusal,
        policy: PolicyRef,
        location: PolicyLocation,
        head: Head<'_>,
    ) -> Self {
        let cause = match refusal {
            PreflightRefusal::Header(name) => Cause::Header(PrintableAscii(&name).to_string()),
            PreflightRefusal::TooManyHeaders => Cause::TooManyHeaders,
            PreflightRefusal::Reason(reason) => Cause::Policy(reason, Enforcement::None),
        };
        Self::by_policy(cause, policy, location, head)
    }

    /// The refusal of what nobody has a policy for.
    pub(crate) fn unknown(head: Head<'_>) -> Self {
        Self::new(Cause::unknown(head), head)
    }

    /// The refusal for which a delegate is the reason.
    pub(crate) fn from_delegate(why: &str, location: PolicyLocation, head: Head<'_>) -> Self {
        let cause = Cause::Delegate(Printable(why.as_bytes()).to_string());
        Self { location: Some(location), ..Self::new(cause, head) }
    }

    fn by_policy(cause: Cause, policy: PolicyRef, location: PolicyLocation, head: Head<'_>) -> Self {
        Self { policy: Some(policy), location: Some(location), ..Self::new(cause, head) }
    }

    fn new(cause: Cause, head: Head<'_>) -> Self {
        let preflight = head.preflight();
        let method = match &preflight {
            Some(preflight) => preflight.method.as_bytes(),
            None => head.method.as_str().as_bytes(),
        };
        // What routers outside have stripped is a part of the path that people know.
        let path = match head.extension::<OriginalUri>() {
            Some(OriginalUri(uri)) => uri.path(),
            None => head.uri.path(),
        };
        let origin = head.headers.get(ORIGIN).map(|origin| PrintableAscii(origin.as_bytes()).to_string());
        Self {
            cause,
            is_preflight: preflight.is_some(),
            method: PrintableAscii(method).to_string(),
            path: PrintableAscii(path.as_bytes()).to_string(),
            route: head.extension::<MatchedPath>().map(|path| path.as_str().to_owned()),
            origin,
            policy: None,
            location: None,
            response: None,
        }
    }

    /// The same, for a response that there is by now.
    pub(crate) fn with_response(self, status: StatusCode, headers: &HeaderMap) -> Self {
        let allow_origin = headers.get(ACCESS_CONTROL_ALLOW_ORIGIN);
        let allow_origin = allow_origin.map(|value| PrintableAscii(value.as_bytes()).to_string());
        Self { response: Some(RefusedResponse { status, allow_origin }), ..self }
    }

    /// Why it is refused.
    pub fn kind(&self) -> RefusalKind {
        self.cause.kind()
    }

    /// Whether it is a preflight; then no request has been made yet.
    pub fn is_preflight(&self) -> bool {
        self.is_preflight
    }

    /// The method: of a preflight, the one that it asks for. Escaped and truncated.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// The path of the request. Escaped and truncated.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The route that the path matches, for example `/products/{id}`, if that is known.
    pub fn route(&self) -> Option<&str> {
        self.route.as_deref()
    }

    /// The origin of the request; `None` if it has none. Escaped and truncated.
    pub fn origin(&self) -> Option<&str> {
        self.origin.as_deref()
    }

    /// What is not allowed, if it is one header or one method; or the error of a delegate, or the name of the function that
    /// panicked. Escaped and truncated.
    pub fn rejected_value(&self) -> Option<&str> {
        match &self.cause {
            Cause::Policy(Reason::Method, _) => Some(&self.method),
            Cause::Policy(Reason::Function(name), _) => Some(name),
            Cause::Header(name) => Some(name),
            Cause::Delegate(why) => Some(why),
            Cause::Policy(..)
            | Cause::TooManyHeaders
            | Cause::NoPolicy
            | Cause::NoRoute
            | Cause::UnknownPath => None,
        }
    }

    /// Where the policy is written that refuses it, if there is one.
    pub fn policy_location(&self) -> Option<PolicyLocation> {
        self.location
    }

    /// What is refused and why, in one line.
    pub fn message(&self) -> String {
        let what = if self.is_preflight { "preflight" } else { "request" };
        format!(
            "cors refused {what} {} {} from {}: {}",
            self.method,
            self.path,
            self.origin_text(),
            self.why()
        )
    }

    fn why(&self) -> String {
        let policy = self.policy_name();
        match &self.cause {
            Cause::Policy(reason, enforcement) => {
                format!("{}{}", self.why_policy(*reason), self.consequence(*reason, *enforcement))
            }
            Cause::Header(name) => format!("request header `{name}` is not in `headers` of {policy}"),
            Cause::TooManyHeaders => "it requests more headers than are inspected".to_owned(),
            Cause::NoPolicy => "no handler with a policy is mounted for this method".to_owned(),
            Cause::NoRoute => "no route matches the path".to_owned(),
            Cause::UnknownPath => {
                "a layer has changed it or handed it over since its handler was chosen, so nobody knows which policy \
                 is for it"
                    .to_owned()
            }
            Cause::Delegate(why) => format!("{policy} returned no policy: {why}"),
        }
    }

    fn why_policy(&self, reason: Reason) -> String {
        let policy = self.policy_name();
        match reason {
            Reason::Origin => format!("the origin is not in `origins` of {policy}"),
            Reason::Function(name) => format!("`{name}` in `origins` of {policy} panicked"),
            Reason::MalformedOrigin => "browsers do not send such an origin".to_owned(),
            Reason::SameOrigin if self.is_unresolved() => format!("{policy} has not read the environment"),
            Reason::SameOrigin => format!("{policy} is same-origin only"),
            Reason::NoOrigin => {
                format!("another site made it, without `Origin`, and {policy} is not for everybody")
            }
            Reason::Method if is_forbidden_method(self.method.as_bytes()) => {
                "browsers do not let pages use this method".to_owned()
            }
            Reason::Method => format!("the method is not in `methods` of {policy}"),
        }
    }

    /// What else there is to say of a refusal by a policy.
    fn consequence(&self, reason: Reason, enforcement: Enforcement) -> &'static str {
        match (enforcement, reason) {
            // Whatever became of the request, this is to be mended.
            (_, Reason::Function(_)) => "",
            (Enforcement::Enforced, _) => ", and the policy is enforced",
            (Enforcement::WebSocket, _) => ", and it opens a WebSocket, which browsers do not check",
            (Enforcement::Overruled(Overruled::Outside), _) => {
                ", and a policy outside of its router has answered the preflight"
            }
            (Enforcement::Overruled(Overruled::OtherMethod), _) => {
                ", and the policy of another method of the path may have answered its preflight"
            }
            // A cause of its own.
            (Enforcement::Overruled(Overruled::UnknownPath), _) => "",
            (Enforcement::None, Reason::Origin | Reason::NoOrigin | Reason::Method) if !self.is_preflight => {
                ", so the page cannot read the response"
            }
            (Enforcement::None, _) => "",
        }
    }

    /// The policy, as sentences name it.
    fn policy_name(&self) -> String {
        let Some(PolicyLocation { file, line, name, handler }) = self.location else {
            return "the policy".to_owned();
        };
        match (file, handler) {
            ("", None) => format!("`{name}`"),
            ("", Some(handler)) => format!("`{name}` (used by `{handler}`)"),
            (file, None) => format!("`{name}` ({file}:{line})"),
            (file, Some(handler)) => format!("`{name}` ({file}:{line}, used by `{handler}`)"),
        }
    }

    /// What the console of an engine says of it, as the reason; `None` if that depends on more than is known here, or if the
    /// engine lets it pass although the standard does not.
    ///
    /// The page's request may have other faults as well, which come first. WebKit says no more of a preflight that is
    /// refused than its status.
    pub fn console_message(&self, engine: Engine) -> Option<String> {
        let (error, parameter) = self.blocked()?;
        Some(CorsFailure::new(error, parameter, self.origin_text(), self.status(error)).reason(engine))
    }

    /// The name that Chromium has for it.
    pub fn chromium_error(&self) -> Option<CorsError> {
        self.blocked().map(|(error, _)| error)
    }

    /// The status of the response, if it is known.
    fn status(&self, error: CorsError) -> Option<u16> {
        if let Some(response) = &self.response {
            return Some(response.status.as_u16());
        }
        let is_enforced = matches!(
            self.cause,
            Cause::Policy(_, Enforcement::Enforced | Enforcement::Overruled(_)) | Cause::UnknownPath
        );
        match error {
            CorsError::MethodDisallowedByPreflightResponse
            | CorsError::HeaderDisallowedByPreflightResponse => Some(204),
            _ => (self.is_preflight || is_enforced).then_some(403),
        }
    }

    /// What browsers block it for, and what their messages quote.
    fn blocked(&self) -> Option<(CorsError, String)> {
        // No page waits for the response.
        self.origin.as_ref()?;
        // A policy of one origin names it to all, but not for a method that it leaves out.
        let expected = self.policy.as_ref().and_then(|policy| match &policy.origins {
            Origins::One(one) if !matches!(self.cause, Cause::Policy(Reason::Method, _)) => Some(text(one)),
            _ => None,
        });
        let one = match &self.response {
            Some(response) => response.allow_origin.as_deref(),
            None => expected,
        };
        let of_origin = match (self.is_preflight, one) {
            (true, Some(_)) => CorsError::PreflightAllowOriginMismatch,
            (true, None) => CorsError::PreflightMissingAllowOriginHeader,
            (false, Some(_)) => CorsError::AllowOriginMismatch,
            (false, None) => CorsError::MissingAllowOriginHeader,
        };
        let is_safelisted = is_safelisted_method(self.method.as_bytes());
        let error = match &self.cause {
            Cause::Policy(Reason::Method, _) if self.is_preflight && !is_safelisted => {
                return Some((CorsError::MethodDisallowedByPreflightResponse, self.method.clone()));
            }
            // The standard does not let `*` cover it. All engines do.
            Cause::Header(name) if self.is_authorization_beside_any(name) => return None,
            Cause::Header(name) => {
                return Some((CorsError::HeaderDisallowedByPreflightResponse, name.clone()));
            }
            Cause::TooManyHeaders
            | Cause::Policy(Reason::MalformedOrigin, Enforcement::None)
            | Cause::Policy(_, Enforcement::WebSocket) => return None,
            Cause::Policy(..)
            | Cause::NoPolicy
            | Cause::NoRoute
            | Cause::UnknownPath
            | Cause::Delegate(_) => of_origin,
        };
        Some((error, one.unwrap_or_default().to_owned()))
    }

    /// What would allow it, or what to do instead.
    pub fn help(&self) -> String {
        match &self.cause {
            Cause::Policy(reason, enforcement) => self.help_with_policy(*reason, *enforcement),
            Cause::Header(name) if is_response_header_in_requests(name) => format!(
                "remove `{name}` from the page's request: it is a response header, which the server sets"
            ),
            Cause::Header(name) if self.is_authorization_beside_any(name) => {
                "write `headers = [any, \"authorization\"]`: `any` does not cover it".to_owned()
            }
            Cause::Header(name) => {
                match objection(PolicySpec { headers: vec![name.clone()], ..any_origin() }) {
                    Some(Violation { message, .. }) => {
                        format!("remove it from the page's request: {message}")
                    }
                    None => format!("add {name:?} to `headers`, if pages of this origin may send it"),
                }
            }
            Cause::TooManyHeaders => "send fewer headers".to_owned(),
            Cause::NoPolicy if self.has_other_case() => self.help_with_case(),
            Cause::NoPolicy => format!(
                "mount a handler with `#[cors(..)]` on {} here, if pages of other origins may use it",
                self.method
            ),
            Cause::UnknownPath => {
                "give the handler a policy of its own, or put the layer around the router that `finish()` returns"
                    .to_owned()
            }
            Cause::NoRoute => "check the URL in the page, or set `default_policy(..)`".to_owned(),
            Cause::Delegate(_) => "see the delegate's error".to_owned(),
        }
    }

    fn help_with_policy(&self, reason: Reason, enforcement: Enforcement) -> String {
        match (reason, enforcement) {
            (Reason::Function(name), _) => format!(
                "see the message of the panic; `{name}` is to return `false` for what it does not know"
            ),
            (_, Enforcement::Overruled(Overruled::Outside)) => {
                "pass the `CorsRouter` itself to `nest` or `merge`, without `finish()`: its own policies then \
                 answer the preflights"
                    .to_owned()
            }
            (_, Enforcement::Overruled(Overruled::OtherMethod)) => format!(
                "add the origin to `origins` here, if its pages may use {}, or mount the handlers on paths of their own: \
                 browsers keep the answer to a preflight for the whole path",
                self.method
            ),
            (Reason::Method, _) if is_forbidden_method(self.method.as_bytes()) => {
                "use another method in the page".to_owned()
            }
            (Reason::Method, _) if self.has_other_case() => self.help_with_case(),
            (Reason::Method, _) => format!("add {:?} to `methods`, if pages may use it", self.method),
            (Reason::SameOrigin, _) if self.is_unresolved() => {
                "a `CorsRouter` reads it when it is finished; anywhere else, use what `with_environment()` returns"
                    .to_owned()
            }
            (Reason::SameOrigin, _) => {
                "give it a policy with `origins`, if pages of other origins may use it".to_owned()
            }
            (Reason::MalformedOrigin, _) => "check the client: browsers do not send this".to_owned(),
            (Reason::NoOrigin, _) => {
                "make the request by `fetch` in a page of an origin that is allowed".to_owned()
            }
            (Reason::Origin, _) => self.help_with_origin(),
        }
    }

    fn help_with_case(&self) -> String {
        format!(
            "write `{}` in the page: browsers do not change the case of this method",
            self.method.to_ascii_uppercase()
        )
    }

    fn has_other_case(&self) -> bool {
        self.method.bytes().any(|byte| byte.is_ascii_lowercase())
    }

    fn is_authorization_beside_any(&self, name: &str) -> bool {
        name == "authorization" && self.policy.as_ref().is_some_and(|policy| policy.headers.any)
    }

    fn is_unresolved(&self) -> bool {
        self.policy.as_ref().is_some_and(|policy| policy.is_unresolved())
    }

    /// The origin, as sentences name it.
    pub(crate) fn origin_text(&self) -> &str {
        self.origin.as_deref().unwrap_or("no origin")
    }

    fn help_with_origin(&self) -> String {
        let entries = self.policy.as_ref().map(|policy| policy.origins.texts()).unwrap_or_default();
        if self.origin.as_deref() == Some("null") {
            return "serve the page from a web server, and without `sandbox`: the origin of a local file or of a \
                    sandboxed frame is `null`, and anyone can create one"
                .to_owned();
        }
        let near = entries.iter().find_map(|entry| Some((entry, near_miss(entry, self.origin_text())?)));
        match (near, objection(self.policy_of_this_origin())) {
            (Some((entry, difference)), None) => format!(
                "open the page at the origin that is allowed, or add this one: `{entry}` differs in {difference}"
            ),
            (Some((entry, difference)), Some(_)) => {
                format!("open the page at the origin that is allowed: `{entry}` differs in {difference}")
            }
            (None, Some(Violation { message, help, .. })) => {
                let help = help.in_syntax(Syntax::Attribute);
                format!("it cannot be added to `origins` as it is: {message}; {help}")
            }
            (None, None) => format!("add {:?} to `origins`, if its pages may read this", self.origin_text()),
        }
    }

    /// The policy for the origin of this request alone, under the settings of the one that refuses it.
    fn policy_of_this_origin(&self) -> PolicySpec {
        let origins = Some(vec![OriginSpec::Text(self.origin_text().to_owned())]);
        let Some(policy) = &self.policy else { return PolicySpec { origins, ..PolicySpec::default() } };
        let settings = Settings { credentials: policy.settings.credentials, ..Settings::default() };
        PolicySpec { origins, settings, allow: policy.allow.clone(), ..PolicySpec::default() }
    }
}

fn any_origin() -> PolicySpec {
    PolicySpec { origins: Some(vec![OriginSpec::Text("*".to_owned())]), ..PolicySpec::default() }
}

/// What the rules say against a policy.
fn objection(policy: PolicySpec) -> Option<Violation> {
    check(&policy, Author::Developer).err()?.into_iter().next()
}

/// How an origin differs from one that is allowed, if the difference is so small that this one was probably meant.
fn near_miss(allowed: &str, origin: &str) -> Option<&'static str> {
    if origin.trim_end_matches('/') == allowed {
        return Some("the slash at its end");
    }
    if origin.eq_ignore_ascii_case(allowed) {
        return Some("upper and lower case");
    }
    let bare = allowed.replacen("://*.", "://", 1);
    if bare != allowed && bare == origin {
        return Some("the subdomain: `*.` does not include the domain itself");
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
        for engine in Engine::ALL.iter().copied() {
            if let Some(message) = self.console_message(engine) {
                write!(f, "\n  {}: {message}", engine.browser())?;
            }
        }
        write!(f, "\n  help: {}", self.help())
    }
}

impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cause, is_preflight, method, path, route, origin, policy: _, location, response } = self;
        f.debug_struct("Refusal")
            .field("cause", cause)
            .field("is_preflight", is_preflight)
            .field("method", method)
            .field("path", path)
            .field("route", route)
            .field("origin", origin)
            .field("location", location)
            .field("response", response)
            .finish()
    }
}
