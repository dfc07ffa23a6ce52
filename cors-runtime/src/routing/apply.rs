//! How a policy is applied to a request on its way in and to the response on its way out, whoever does it.

use http::{Extensions, HeaderMap, Request, Response, StatusCode};

use crate::{
    diagnostics::{
        refusal::{Refusal, RefusalKind},
        report::{self, Certainty, Late},
    },
    policy::{PolicyRef, source::PolicySource},
    protocol::{
        decision::{Decision, Enforcement, Overruled, PreflightDecision, PreflightRefusal, Terms},
        headers::{is_decided, unknown_preflight},
        request::{Head, OriginHeader, Preflight},
    },
    routing::{
        marks::{Expected, Final, SpokenFor},
        methods::is_fetchable,
        resolved,
        siblings::KeptFrom,
        table::{MethodPolicy, PathTable, Role},
    },
};

/// The terms on which a policy is applied to a request.
#[inline]
pub(crate) fn terms(source: &PolicySource, policy: &PolicyRef, head: Head<'_>) -> Terms {
    let overruled = match Expected::from_head(head) {
        Some(expected) if expected.is_by(policy) => expected.overruled(),
        Some(_) => Some(Overruled::Outside),
        None => SpokenFor::is_marked(head).then_some(Overruled::Outside),
    };
    Terms { added: source.added, overruled, depends_on_origin: source.is_delegate() }
}

/// What becomes of a request on its way in.
pub(crate) enum Before {
    /// It is answered with this; nobody else sees it.
    Answered(OwnResponse),
    /// It goes on, and this is done with whatever comes back.
    Passed(After),
}

impl Before {
    /// Nobody outside is to write anything else.
    pub(crate) fn into_final(self) -> Self {
        match self {
            Self::Answered(own) => Self::Answered(own.into_final()),
            Self::Passed(after) => Self::Passed(After { last_word: Some(Final::Others), ..after }),
        }
    }

    /// The same, where the request was handed over: whoever speaks for those without a policy may still write onto theirs.
    pub(crate) fn handed_over(self) -> Self {
        match self {
            before @ Self::Passed(_) => before,
            Self::Answered(own) => Self::Answered(own.into_final()),
        }
    }

    /// A gate outside is to write over whatever is written here.
    pub(crate) fn into_preliminary(self) -> Self {
        match self {
            Self::Passed(After { pending: Some(pending), late, last_word }) => {
                let pending = Some(Pending { condition: Condition::Preliminary, ..pending });
                Self::Passed(After { pending, late, last_word })
            }
            Self::Answered(own) => Self::Answered(OwnResponse { last_word: None, ..own }),
            before @ Self::Passed(_) => before,
        }
    }
}

/// What is done with a response on its way out.
#[derive(Default)]
pub(crate) struct After {
    pending: Option<Pending>,
    late: Option<Box<Late>>,
    /// What the response is marked with, if its policy does not say more.
    last_word: Option<Final>,
}

/// What is to be written onto a response.
struct Pending {
    policy: PolicyRef,
    /// What says that it has decided.
    mark: Final,
    decision: Decision,
    condition: Condition,
}

/// Which responses are written onto.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Condition {
    /// All of them, but for those that are final. If an endpoint inside has written, it was by the same decision.
    Always,
    /// Those that nobody inside has decided on. Whoever is inside need not know of the policy.
    Undecided,
    /// The same, by a layer inside of a gate, which has the last word.
    Preliminary,
    /// The same, at the service itself, which marks what it decides for the gate around it.
    AtService,
    /// The same, around such a service, and those that it has decided on by this very policy.
    AroundService,
    /// Those that say that the path has no such method, where somebody unknown may have it.
    MethodNotAllowed,
    /// Those by which whoever answers says that nothing was done.
    Failed,
}

/// A response that no handler and no layer makes. It has no body.
pub(crate) struct OwnResponse {
    status: StatusCode,
    headers: HeaderMap,
    last_word: Option<Final>,
}

impl OwnResponse {
    pub(crate) fn new(status: StatusCode, headers: HeaderMap) -> Self {
        Self { status, headers, last_word: None }
    }

    pub(crate) fn forbidden(headers: HeaderMap) -> Self {
        Self::new(StatusCode::FORBIDDEN, headers)
    }

    pub(crate) fn from_refusal(decision: Decision, policy: &PolicyRef, mark: Final) -> Self {
        let mut headers = HeaderMap::new();
        decision.write(policy, &mut headers);
        Self { last_word: Some(mark), ..Self::forbidden(headers) }
    }

    fn into_final(self) -> Self {
        Self { last_word: self.last_word.or(Some(Final::Others)), ..self }
    }

    pub(crate) fn into_response<B: Default>(self) -> Response<B> {
        let mut response = Response::new(B::default());
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        if let Some(last_word) = self.last_word {
            response.extensions_mut().insert(last_word);
        }
        response
    }
}

impl Pending {
    /// Returns what the response is to be marked with.
    fn write(self, status: StatusCode, said: Option<Final>, headers: &mut HeaderMap) -> Option<Final> {
        let Self { policy, mark, decision, condition } = self;
        let is_open = matches!(said, None | Some(Final::Nobody));
        let is_own = said == Some(mark);
        let is_due = match condition {
            Condition::Always => said.is_none() || is_own,
            Condition::Undecided | Condition::Preliminary | Condition::AtService => {
                is_open && !is_decided(headers)
            }
            Condition::AroundService => is_own || said.is_none() && !is_decided(headers),
            Condition::MethodNotAllowed => {
                status == StatusCode::METHOD_NOT_ALLOWED && is_open && !is_decided(headers)
            }
            Condition::Failed => {
                let has_failed = status.is_client_error() || status.is_server_error();
                has_failed && said.is_none() && !is_decided(headers)
            }
        };
        if is_due {
            decision.write(&policy, headers);
        } else {
            decision.write_condition(headers);
        }
        match condition {
            Condition::Preliminary => None,
            _ if !is_open => None,
            _ if is_due => Some(mark),
            // Another library has, and no gate is to take it for what its own policy has written.
            _ if is_decided(headers) => Some(Final::Others),
            _ => Some(Final::Nobody),
        }
    }
}

impl After {
    /// Writes what is due, and reports a refusal that nobody inside has lifted. Returns what the response is to be marked with.
    #[inline]
    pub(crate) fn finish(
        self,
        status: StatusCode,
        said: Option<Final>,
        headers: &mut HeaderMap,
    ) -> Option<Final> {
        let by_policy = self.pending.and_then(|pending| pending.write(status, said, headers));
        if let Some(late) = self.late {
            late.report(status, headers);
        }
        let decided = [said, by_policy].into_iter().flatten().find(|word| *word != Final::Nobody);
        decided.or(self.last_word).or(by_policy).filter(|word| said != Some(*word))
    }

    fn mark(&self, extensions: &mut Extensions) {
        if let Some(late) = &self.late {
            late.mark(extensions);
        }
    }
}

/// Reports the refusal of a request, if it is one. Returns whether it is reported.
pub(crate) fn report_request(
    decision: &Decision,
    policy: &PolicyRef,
    source: &PolicySource,
    head: Head<'_>,
) -> bool {
    if !report::has_listeners() {
        return false;
    }
    let Some(reason) = decision.refusal(policy, head) else { return false };
    report::report(head, Certainty::Certain(RefusalKind::new(reason)), || {
        Some(Refusal::for_request(reason, policy.clone(), source.location(), head))
    })
}

/// Applies the policy of an endpoint inside, which will apply it again: to refuse before any layer sees the request, and for
/// the responses of layers.
pub(crate) fn request_for_own<B>(
    source: &PolicySource,
    kept_from: KeptFrom<'_>,
    policy: PolicyRef,
    request: &mut Request<B>,
) -> Before {
    let head = Head::from_request(request);
    let terms = terms(source, &policy, head);
    let decision = kept_from.decide(&policy, terms, head);
    let is_reported = report_request(&decision, &policy, source, head);
    let mark = Final::by(source, &policy);
    if decision.is_refused {
        return Before::Answered(OwnResponse::from_refusal(decision, &policy, mark));
    }
    if is_reported {
        // The endpoint would report the same.
        report::mark_reported(request.extensions_mut());
    }
    resolved::pass_on(source, &policy, request);
    Expected::mark(&policy, terms.overruled, request.extensions_mut());
    let pending = Pending { policy, mark, decision, condition: Condition::Always };
    Before::Passed(After { pending: Some(pending), late: None, last_word: None })
}

/// Applies a policy to what may have policies of its own inside. What these decide is final.
///
/// Around a service, which applies it itself, those inside need not mind that it has spoken for them.
pub(crate) fn request_for_outer<B>(
    source: &PolicySource,
    kept_from: KeptFrom<'_>,
    policy: PolicyRef,
    condition: Condition,
    request: &mut Request<B>,
) -> Before {
    let head = Head::from_request(request);
    let overruled = SpokenFor::is_marked(head).then_some(Overruled::Outside);
    let terms = Terms { added: source.added, overruled, depends_on_origin: source.is_delegate() };
    let decision = kept_from.decide(&policy, terms, head);
    let mark = Final::by(source, &policy);
    if decision.is_refused {
        report_request(&decision, &policy, source, head);
        return Before::Answered(OwnResponse::from_refusal(decision, &policy, mark));
    }
    let late = match report::has_listeners() {
        true => decision.refusal(&policy, head).and_then(|reason| {
            Late::new(head, RefusalKind::new(reason), || {
                Refusal::for_request(reason, policy.clone(), source.location(), head)
            })
        }),
        false => None,
    };
    if condition == Condition::AroundService {
        resolved::pass_on(source, &policy, request);
        Expected::mark(&policy, overruled, request.extensions_mut());
    } else {
        SpokenFor::mark(request.extensions_mut());
    }
    let pending = Pending { policy, mark, decision, condition };
    let after = After { pending: Some(pending), late, last_word: None };
    after.mark(request.extensions_mut());
    Before::Passed(after)
}

/// Lets pages read that a path has no such method, if it has a policy that allows their origin, or what a layer says in its
/// place. Somebody unknown may have the method, if it `may_be_there`.
pub(crate) fn request_for_no_method<B>(
    path: &PathTable,
    may_be_there: bool,
    request: &mut Request<B>,
) -> Before {
    let head = Head::from_request(request);
    let found = path.policy_for_no_method(head.origin());
    let Some((source, policy)) =
        found.and_then(|MethodPolicy { source, .. }| Some((source, resolved::known(source, head)?)))
    else {
        return request_for_nobody(request);
    };
    let mut decision = Decision::for_no_method(&policy, source.is_delegate(), head);
    if !path.has_one_policy() {
        decision.depend_on_origin();
    }
    let late = match decision.is_granted(&policy) {
        true => None,
        false => unknown(head),
    };
    let mark = Final::by(source, &policy);
    let condition = if may_be_there { Condition::MethodNotAllowed } else { Condition::Failed };
    let pending = Pending { policy, mark, decision, condition };
    let after = After { pending: Some(pending), late, last_word: None };
    after.mark(request.extensions_mut());
    Before::Passed(after)
}

/// Passes a request on that nobody here has a policy for. Somebody inside may have.
pub(crate) fn request_for_nobody<B>(request: &mut Request<B>) -> Before {
    let late = unknown(Head::from_request(request));
    let after = After { pending: None, late, last_word: Some(Final::Nobody) };
    after.mark(request.extensions_mut());
    Before::Passed(after)
}

/// What is to be reported of a request that nobody here has a policy for.
fn unknown(head: Head<'_>) -> Option<Box<Late>> {
    // Without Origin, no page asks to read the response.
    let is_asked = || !matches!(head.origin(), OriginHeader::Absent);
    let is_refusal = || head.preflight().is_some() || is_asked() && head.site(false).is_cross_origin;
    match report::has_listeners() && is_refusal() {
        true => Late::new(head, RefusalKind::unknown(head), || Refusal::unknown(head)),
        false => None,
    }
}

/// What a policy is for that answers a preflight, and so which methods its answer names.
pub(crate) enum PreflightFor<'t> {
    /// This method of a path, and those that share the policy.
    Method(MethodPolicy<'t>),
    /// Every method of a path, as far as is known.
    Any,
    /// The methods that the other policies of a path leave. Which these are is not known.
    Left,
}

/// Answers a preflight by the policy of the method that it asks for.
pub(crate) fn preflight(
    source: &PolicySource,
    policy: PolicyRef,
    method: PreflightFor<'_>,
    preflight: &Preflight<'_>,
    head: Head<'_>,
) -> (StatusCode, HeaderMap) {
    let decision = PreflightDecision::new(&policy, preflight);
    let certainty = match decision {
        PreflightDecision::Refused(reason) => {
            Certainty::Certain(RefusalKind::new((reason, Enforcement::None)))
        }
        PreflightDecision::Answered(_) => Certainty::Possible,
    };
    report::report(head, certainty, || {
        let refusal = decision.refusal(&policy, preflight, head.headers)?;
        // Of what is not looked at, nobody knows that it is refused.
        let refusal = (refusal != PreflightRefusal::TooManyHeaders).then_some(refusal)?;
        Some(Refusal::for_preflight(refusal, policy.clone(), source.location(), head))
    });
    match method {
        PreflightFor::Method(method) => method.answer(decision, &policy, preflight),
        PreflightFor::Any => {
            let allow_methods = policy.methods.value.clone();
            decision.answer(&policy, allow_methods.or_else(|| Some(preflight.method.clone())))
        }
        PreflightFor::Left => {
            let allow_methods = (!policy.leaves_out(preflight.method)).then(|| preflight.method.clone());
            decision.answer(&policy, allow_methods)
        }
    }
}

/// Answers a preflight by a policy that is for every method that pages can use, apart from those that have others at a path
/// with `other_policies`.
pub(crate) fn preflight_for_any_method(
    source: &PolicySource,
    policy: PolicyRef,
    other_policies: bool,
    requested: &Preflight<'_>,
    head: Head<'_>,
) -> (StatusCode, HeaderMap) {
    let method = if other_policies { PreflightFor::Left } else { PreflightFor::Any };
    match is_fetchable(requested.method.as_bytes()) {
        true => preflight(source, policy, method, requested, head),
        false => preflight_for_nobody(head),
    }
}

/// Refuses a preflight for a method that has no policy, at a path that has some.
pub(crate) fn preflight_for_nobody(head: Head<'_>) -> (StatusCode, HeaderMap) {
    refused_preflight(RefusalKind::unknown(head), Refusal::unknown, head)
}

/// Refuses a preflight for which nobody knows whose policy holds.
pub(crate) fn preflight_for_unknown_path(head: Head<'_>) -> (StatusCode, HeaderMap) {
    refused_preflight(RefusalKind::UnknownPath, Refusal::for_unknown_path, head)
}

fn refused_preflight(
    kind: RefusalKind,
    refusal: fn(Head<'_>) -> Refusal,
    head: Head<'_>,
) -> (StatusCode, HeaderMap) {
    report::report(head, Certainty::Certain(kind), || Some(refusal(head)));
    (StatusCode::FORBIDDEN, unknown_preflight())
}

impl Role {
    /// Applies a policy to a request that is not a preflight.
    pub(crate) fn apply<B>(
        self,
        source: &PolicySource,
        kept_from: KeptFrom<'_>,
        policy: PolicyRef,
        request: &mut Request<B>,
    ) -> Before {
        match self {
            Self::Own => request_for_own(source, kept_from, policy, request),
            Self::Service => request_for_outer(source, kept_from, policy, Condition::AroundService, request),
            Self::Group => request_for_outer(source, kept_from, policy, Condition::Undecided, request),
        }
    }
}
