//! How a policy is applied to a request on its way in and to the response on its way out, whoever does it.

use std::sync::atomic::{AtomicBool, Ordering};

use http::{Extensions, HeaderMap, Request, StatusCode};

use crate::{
    diagnostics::{
        refusal::{Refusal, RefusalKind},
        report::{self, Certainty, Late},
    },
    policy::{PolicyRef, source::PolicySource},
    protocol::{
        decision::{Decision, Enforcement, PreflightDecision, PreflightRefusal, Terms},
        headers::{is_decided, unknown_preflight},
        request::{Head, OriginHeader, Preflight},
    },
    routing::{
        methods::is_fetchable,
        resolved,
        table::{MethodPolicy, PathTable, Role},
    },
};

/// On a request: somebody outside speaks for whatever has no policy of its own here, and has let it in.
///
/// So the preflight may have been answered by that policy. Whoever has a policy of its own then refuses what that policy
/// refuses, instead of only keeping the response from the page. A type without size costs no allocation.
#[derive(Clone, Copy)]
pub(crate) struct SpokenFor;

/// Whether this has ever been so in this process; if not, no request need be searched for it.
static HAS_SPOKEN: AtomicBool = AtomicBool::new(false);

impl SpokenFor {
    pub(crate) fn mark(extensions: &mut Extensions) {
        HAS_SPOKEN.store(true, Ordering::Relaxed);
        extensions.insert(Self);
    }

    #[inline]
    pub(crate) fn is_marked(head: Head<'_>) -> bool {
        HAS_SPOKEN.load(Ordering::Relaxed) && head.extension::<Self>().is_some()
    }
}

/// On a response: a delegate has been asked again, about what a layer has made of the request, and its policy has decided.
#[derive(Clone, Copy)]
pub(crate) struct Final;

/// The terms on which a policy is applied to a request.
#[inline]
pub(crate) fn terms(source: &PolicySource, head: Head<'_>) -> Terms {
    Terms {
        added: source.added,
        is_overruled: SpokenFor::is_marked(head),
        depends_on_origin: source.is_delegate(),
    }
}

/// What becomes of a request on its way in.
pub(crate) enum Before {
    /// It is answered with this; nobody else sees it.
    Answered(StatusCode, HeaderMap),
    /// It goes on, and this is done with whatever comes back.
    Passed(After),
}

/// What is done with a response on its way out.
#[derive(Default)]
pub(crate) struct After {
    pending: Option<Pending>,
    late: Option<Box<Late>>,
}

/// What is to be written onto a response.
struct Pending {
    policy: PolicyRef,
    decision: Decision,
    condition: Condition,
}

/// Which responses are written onto.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Condition {
    /// All of them, but for those that are final. If an endpoint inside has written, it was by the same decision.
    Always,
    /// Those that nobody inside has decided on.
    Undecided,
    /// Those that say that the path has no such method.
    MethodNotAllowed,
}

impl Before {
    fn answered(decision: Decision, policy: &PolicyRef) -> Self {
        let mut headers = HeaderMap::new();
        decision.write(policy, &mut headers);
        Self::Answered(StatusCode::FORBIDDEN, headers)
    }
}

impl Pending {
    fn write(self, status: StatusCode, is_final: bool, headers: &mut HeaderMap) {
        let Self { policy, decision, condition } = self;
        let is_due = match condition {
            Condition::Always => !is_final,
            Condition::Undecided => !is_decided(headers),
            Condition::MethodNotAllowed => status == StatusCode::METHOD_NOT_ALLOWED && !is_decided(headers),
        };
        if is_due {
            decision.write(&policy, headers);
        } else {
            decision.write_condition(headers);
        }
    }
}

impl After {
    /// Writes what is due, and reports a refusal that nobody inside has lifted.
    #[inline]
    pub(crate) fn finish(self, status: StatusCode, is_final: bool, headers: &mut HeaderMap) {
        if let Some(pending) = self.pending {
            pending.write(status, is_final, headers);
        }
        if let Some(late) = self.late {
            late.report(status, headers);
        }
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
    policy: PolicyRef,
    request: &mut Request<B>,
) -> Before {
    let head = Head::from_request(request);
    let decision = Decision::new(&policy, terms(source, head), head);
    let is_reported = report_request(&decision, &policy, source, head);
    if decision.is_refused {
        return Before::answered(decision, &policy);
    }
    if is_reported {
        // The endpoint would report the same.
        report::mark_reported(request.extensions_mut());
    }
    resolved::pass_on(source, &policy, request);
    let pending = Pending { policy, decision, condition: Condition::Always };
    Before::Passed(After { pending: Some(pending), late: None })
}

/// Applies a policy to what may have policies of its own inside. What these decide is final.
///
/// If `is_known` inside, because a service applies it itself, those inside need not mind that it has spoken for them.
pub(crate) fn request_for_outer<B>(
    source: &PolicySource,
    policy: PolicyRef,
    is_known: bool,
    request: &mut Request<B>,
) -> Before {
    let head = Head::from_request(request);
    let decision = Decision::new(&policy, terms(source, head), head);
    if decision.is_refused {
        report_request(&decision, &policy, source, head);
        return Before::answered(decision, &policy);
    }
    let late = match report::has_listeners() {
        true => decision.refusal(&policy, head).and_then(|reason| {
            Late::new(head, RefusalKind::new(reason), || {
                Refusal::for_request(reason, policy.clone(), source.location(), head)
            })
        }),
        false => None,
    };
    if is_known {
        resolved::pass_on(source, &policy, request);
    } else {
        SpokenFor::mark(request.extensions_mut());
    }
    let after = After { pending: Some(Pending { policy, decision, condition: Condition::Undecided }), late };
    after.mark(request.extensions_mut());
    Before::Passed(after)
}

/// Lets pages read that a path has no such method, if it has a policy that allows their origin.
pub(crate) fn request_for_no_method<B>(path: &PathTable, request: &mut Request<B>) -> Before {
    let head = Head::from_request(request);
    let found = path.policy_for_no_method(head.origin());
    let Some((source, policy)) =
        found.and_then(|MethodPolicy { source, .. }| Some((source, resolved::known(source, head)?)))
    else {
        return request_for_nobody(request);
    };
    let mut decision = Decision::for_no_method(&policy, terms(source, head), head);
    if !path.has_one_policy() {
        decision.depend_on_origin();
    }
    let late = match decision.is_granted(&policy) {
        true => None,
        false => unknown(head),
    };
    let after =
        After { pending: Some(Pending { policy, decision, condition: Condition::MethodNotAllowed }), late };
    after.mark(request.extensions_mut());
    Before::Passed(after)
}

/// Passes a request on that nobody here has a policy for. Somebody inside may have.
pub(crate) fn request_for_nobody<B>(request: &mut Request<B>) -> Before {
    let after = After { pending: None, late: unknown(Head::from_request(request)) };
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

/// Answers a preflight by the policy of the method that it asks for; `method` is that method's at a path, if the path is
/// known.
pub(crate) fn preflight(
    source: &PolicySource,
    policy: PolicyRef,
    method: Option<MethodPolicy<'_>>,
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
        Some(method) => method.answer(decision, &policy, preflight),
        None => {
            let allow_methods = policy.methods.value.clone();
            decision.answer(&policy, allow_methods.or_else(|| Some(preflight.method.clone())))
        }
    }
}

/// Answers a preflight by a policy that is for every method that pages can use.
pub(crate) fn preflight_for_any_method(
    source: &PolicySource,
    policy: PolicyRef,
    requested: &Preflight<'_>,
    head: Head<'_>,
) -> (StatusCode, HeaderMap) {
    match is_fetchable(requested.method.as_bytes()) {
        true => preflight(source, policy, None, requested, head),
        false => preflight_for_nobody(head),
    }
}

/// Refuses a preflight for a method that has no policy, at a path that has some.
pub(crate) fn preflight_for_nobody(head: Head<'_>) -> (StatusCode, HeaderMap) {
    let certainty = Certainty::Certain(RefusalKind::unknown(head));
    report::report(head, certainty, || Some(Refusal::unknown(head)));
    (StatusCode::FORBIDDEN, unknown_preflight())
}

impl Role {
    /// Applies a policy to a request that is not a preflight.
    pub(crate) fn apply<B>(
        self,
        source: &PolicySource,
        policy: PolicyRef,
        request: &mut Request<B>,
    ) -> Before {
        match self {
            Self::Own => request_for_own(source, policy, request),
            Self::Service => request_for_outer(source, policy, true, request),
            Self::Group => request_for_outer(source, policy, false, request),
        }
    }
}
