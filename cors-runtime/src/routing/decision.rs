//! The decision on one request: answered at once, or passed on with what is to be written onto the response.

use std::ops::Deref;

use axum::{body::Body, response::Response};
use http::{HeaderMap, Method, StatusCode, Uri};

use crate::{
    explanation::{
        explain::{self, Head, Judged},
        report::{self, Hook},
    },
    policy::{
        Held, OriginHeader, Policy, PolicyData, Source, Verdict,
        any_policy::{AnyPolicy, Kind},
        delegate::Delegate,
        text,
    },
    routing::{
        answer::{
            Preflight, refuses, write_preflight, write_refused_preflight, write_response,
            write_unknown_preflight,
        },
        methods::is_of_pages,
        path_policies::{Entry, PathPolicies},
    },
};

/// What becomes of a request.
pub(crate) enum Decision<'t> {
    /// This is the answer; nothing else sees the request.
    Answer(Response),
    /// The request goes on, and this is to be written onto whatever comes back.
    Pass(Option<Pending>),
    /// The policy has to be asked for, and then it is decided.
    Ask(&'t Delegate),
}

/// What is known where a request arrives: the policies of its path, if it is a known one, and the default.
#[derive(Clone, Copy, Default)]
pub(crate) struct Place<'t> {
    pub(crate) path: Option<&'t PathPolicies>,
    pub(crate) default: Option<&'t AnyPolicy>,
    /// Who is told of refusals.
    pub(crate) hook: Option<&'t Hook>,
}

/// What a request is judged by.
struct Case<'t> {
    policy: &'t AnyPolicy,
    /// The entry of the path that the policy is of; `None` for the default.
    entry: Option<&'t Entry>,
    /// The path, if it has no such method, so that the policy concerns no more than the statement of that.
    of_no_method: Option<&'t PathPolicies>,
}

impl Case<'_> {
    /// Where the policy is written that concerns this method.
    fn source_of(&self, method: &[u8]) -> Source {
        self.entry.map_or_else(|| self.policy.source(), |entry| entry.source_of(method))
    }
}

impl<'t> Place<'t> {
    /// The policy of the method that a preflight asks for.
    fn case_of_preflight(self, preflight: &Preflight<'_>) -> Option<Case<'t>> {
        let method = preflight.method.as_bytes();
        let entry = self.path.and_then(|path| path.of_requested_method(method));
        let default = || self.default.filter(|_| is_of_pages(method));
        let policy = entry.map(|entry| &entry.policy).or_else(default)?;
        Some(Case { policy, entry, of_no_method: None })
    }

    /// The policy of a request's own method, or else one under which a page may see that there is no such method.
    fn case_of_request(self, method: &Method, headers: &HeaderMap) -> Option<Case<'t>> {
        let name = method.as_str().as_bytes();
        let entry = self.path.and_then(|path| path.of_method(name));
        if let Some(policy) = entry.map(|entry| &entry.policy).or(self.default) {
            return Some(Case { policy, entry, of_no_method: None });
        }
        let path = self.path.filter(|path| !path.has_plain(name))?;
        let policy = path.of_no_method(OriginHeader::of(headers))?;
        Some(Case { policy, entry, of_no_method: Some(path) })
    }
}

/// What is to be written onto a response.
///
/// `P` is how the policy is kept.
#[derive(Clone, Debug)]
pub(crate) struct Pending<P = Held> {
    policy: P,
    enforce: bool,
    verdict: Verdict,
    /// Whether it could have been another policy for another origin.
    vary: bool,
    /// Whether it concerns only the statement that the path has no such method.
    of_no_method: bool,
}

impl<P: Deref<Target = PolicyData>> Pending<P> {
    /// What the policy of a handler has to say of a request for it; `enforce` adds to what it says itself.
    #[inline]
    pub(crate) fn new(policy: P, enforce: bool, headers: &HeaderMap) -> Self {
        let data = &*policy;
        let enforce = enforce || data.enforce;
        // Where nothing depends on the origin, any verdict gives the same.
        let verdict = match data.is_uniform() && !enforce {
            true => Verdict::Granted,
            false => data.judge(OriginHeader::of(headers)),
        };
        Self { policy, enforce, verdict, vary: false, of_no_method: false }
    }

    /// Whether the policy refuses the request itself, and not only to let the page read the response.
    pub(crate) fn refuses(&self, headers: &HeaderMap, uri: &Uri) -> bool {
        self.enforce && refuses(&self.verdict, OriginHeader::of(headers), headers, uri.authority())
    }

    /// Whether there may be a refusal to tell of.
    #[inline]
    pub(crate) fn may_be_refused(&self) -> bool {
        !self.verdict.is_granted() || self.policy.is_uniform()
    }

    /// The refusal of a request.
    pub(crate) fn into_refusal(mut self) -> Response {
        let mut response = empty(StatusCode::FORBIDDEN);
        self.write(&mut response);
        response
    }

    #[inline]
    pub(crate) fn write(&mut self, response: &mut Response) {
        if self.of_no_method && response.status() != StatusCode::METHOD_NOT_ALLOWED {
            return;
        }
        let verdict = std::mem::replace(&mut self.verdict, Verdict::Refused);
        write_response(&self.policy, verdict, self.vary, response.headers_mut());
    }
}

impl<P> Pending<P> {
    /// What can be said of it without knowing the request.
    pub(crate) fn judged<'a>(&self, policy: &'a Policy, source: Source) -> Judged<'a> {
        Judged { policy: Some(policy), enforce: self.enforce, source: Some(source), allow_methods: None }
    }
}

impl Pending {
    /// What a path has to say of a method that it does not have, by one of its policies.
    fn of_no_method(path: &PathPolicies, policy: Held, headers: &HeaderMap) -> Self {
        let verdict = policy.judge(OriginHeader::of(headers));
        Self { policy, enforce: false, verdict, vary: !path.is_one(), of_no_method: true }
    }

    /// The same, where all policies of the path are fixed.
    pub(crate) fn of_no_method_of_path(path: &PathPolicies, head: Head<'_>) -> Option<Self> {
        let policy = path.of_no_method(OriginHeader::of(head.headers))?.fixed()?;
        let pending = Self::of_no_method(path, policy.held(), head.headers);
        pending.tell_of_no_method(None, head);
        Some(pending)
    }

    /// Tells of it if the page cannot read that there is no such method.
    fn tell_of_no_method(&self, hook: Option<&Hook>, head: Head<'_>) {
        if !self.verdict.is_granted() {
            tell(hook, head, || Judged::UNKNOWN);
        }
    }
}

/// Decides on a request; `answer` is what the delegate said that has been asked for the policy.
pub(crate) fn decide<'t>(
    place: Place<'t>,
    answer: Option<Result<Policy, String>>,
    head: Head<'_>,
) -> Decision<'t> {
    let Head { method, headers, uri, extensions: _ } = head;
    let preflight = Preflight::of(method, headers);
    let case = match &preflight {
        Some(preflight) => place.case_of_preflight(preflight),
        None => place.case_of_request(method, headers),
    };
    let Some(case) = case else {
        tell(place.hook, head, || Judged::UNKNOWN);
        return match preflight {
            Some(_) => Decision::Answer(refuse_unknown_preflight()),
            None => Decision::Pass(None),
        };
    };
    let is_asked = matches!(case.policy.kind, Kind::Delegate(_));
    let loaded;
    let policy = match (&answer, &case.policy.kind) {
        (Some(Ok(policy)), _) => policy,
        // Whatever went wrong, it is no reason to let anybody in.
        (Some(Err(_)), _) => &Policy::NONE,
        (None, Kind::Fixed(policy)) => policy,
        (None, Kind::Handle(handle)) => {
            loaded = handle.load();
            &loaded
        }
        // No browser sends such an origin, so that it is worth no question.
        (None, Kind::Delegate(_)) if matches!(OriginHeader::of(headers), OriginHeader::Malformed) => {
            &Policy::NONE
        }
        (None, Kind::Delegate(delegate)) => return Decision::Ask(delegate),
    };
    if let Some(Err(why)) = &answer
        && report::is_listened_to(place.hook)
    {
        let asked_for =
            preflight.as_ref().map_or(method.as_str().as_bytes(), |preflight| preflight.method.as_bytes());
        report::tell(&explain::delegate_failed(case.source_of(asked_for), why, head), place.hook);
    }
    let is_told = matches!(answer, Some(Err(_)));
    if let Some(preflight) = preflight {
        if !is_told {
            tell(place.hook, head, || judged_preflight(&case, policy, &preflight));
        }
        return Decision::Answer(answer_preflight(case.entry, policy.data(), &preflight));
    }
    if let Some(path) = case.of_no_method {
        let mut pending = Pending::of_no_method(path, policy.held(), headers);
        pending.vary |= is_asked;
        if !is_told {
            pending.tell_of_no_method(place.hook, head);
        }
        return Decision::Pass(Some(pending));
    }
    let pending = Pending { vary: is_asked, ..Pending::new(policy.held(), case.policy.enforce, headers) };
    if !is_told && pending.may_be_refused() {
        let source = || case.source_of(method.as_str().as_bytes());
        tell(place.hook, head, || pending.judged(policy, source()));
    }
    match pending.refuses(headers, uri) {
        true => Decision::Answer(pending.into_refusal()),
        false => Decision::Pass(Some(pending)),
    }
}

/// Tells of a refusal, if there is one and anybody listens.
///
/// Only then it is found out why; the decision does not depend on it.
#[inline]
pub(crate) fn tell<'a>(hook: Option<&Hook>, head: Head<'_>, judged: impl FnOnce() -> Judged<'a>) {
    #[cold]
    fn find_out(hook: Option<&Hook>, head: Head<'_>, judged: &Judged<'_>) {
        if let Some(refusal) = explain::refusal(judged, head) {
            report::tell(&refusal, hook);
        }
    }

    if report::is_listened_to(hook) {
        find_out(hook, head, &judged());
    }
}

fn judged_preflight<'a>(case: &Case<'_>, policy: &'a Policy, preflight: &Preflight<'_>) -> Judged<'a> {
    let data = policy.data();
    Judged {
        policy: Some(policy),
        enforce: false,
        source: Some(case.source_of(preflight.method.as_bytes())),
        allow_methods: match case.entry {
            Some(entry) => Some(entry.allow_methods_for(data, preflight.method).into()),
            None => data.allow_methods.as_ref().map(|methods| text(methods).into()),
        },
    }
}

/// Answers a preflight by the policies of a path, all of which are fixed.
pub(crate) fn answer_preflight_of_path(
    path: &PathPolicies,
    preflight: &Preflight<'_>,
    head: Head<'_>,
) -> Response {
    let case = Place { path: Some(path), ..Place::default() }.case_of_preflight(preflight);
    match case.and_then(|case| Some((case.policy.fixed()?, case))) {
        Some((policy, case)) => {
            tell(None, head, || judged_preflight(&case, policy, preflight));
            answer_preflight(case.entry, policy.data(), preflight)
        }
        None => {
            tell(None, head, || Judged::UNKNOWN);
            refuse_unknown_preflight()
        }
    }
}

/// Answers a preflight by the policy of the method that it asks for.
///
/// The answer depends on the path, the requested method and the origin. The requested headers are the browser's to
/// compare. <https://fetch.spec.whatwg.org/#cors-preflight-fetch>
fn answer_preflight(entry: Option<&Entry>, policy: &PolicyData, preflight: &Preflight<'_>) -> Response {
    let verdict = policy.judge(preflight.origin);
    if preflight.is_refused(&verdict) {
        let mut response = empty(StatusCode::FORBIDDEN);
        write_refused_preflight(policy, verdict, response.headers_mut());
        return response;
    }
    let mut response = empty(StatusCode::NO_CONTENT);
    match entry {
        Some(entry) => *response.headers_mut() = entry.answer_preflight(policy, verdict, preflight.method),
        None => {
            let (allow_origin, allow_methods) =
                (policy.allow_origin(verdict), policy.allow_methods(preflight));
            write_preflight(policy, allow_origin, allow_methods, response.headers_mut());
        }
    }
    response
}

fn refuse_unknown_preflight() -> Response {
    let mut response = empty(StatusCode::FORBIDDEN);
    write_unknown_preflight(response.headers_mut());
    response
}

/// A response without headers and body.
pub(crate) fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}
