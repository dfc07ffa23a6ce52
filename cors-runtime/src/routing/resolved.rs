//! The policy of a request that was asked for on the way in. It travels with the request, so a delegate is asked once, and an
//! answer is by one policy even while a handle is replaced.

use axum::extract::NestedPath;
use http::{HeaderValue, Method, Request, Uri, header::ORIGIN, request::Parts};

use crate::{
    diagnostics::{
        refusal::{Refusal, RefusalKind},
        report::{self, Certainty},
    },
    policy::{
        Policy, PolicyRef,
        delegate::AnyStateRef,
        source::{Kind, PolicySource},
    },
    protocol::request::{Head, OriginHeader},
};

/// A policy that is in force for one request.
#[derive(Clone)]
pub(crate) struct Resolved {
    source: PolicySource,
    policy: PolicyRef,
    method: Method,
    uri: Uri,
    origin: Option<HeaderValue>,
    depth: usize,
}

impl Resolved {
    fn new(source: &PolicySource, policy: PolicyRef, head: Head<'_>) -> Self {
        Self {
            source: source.clone(),
            policy,
            method: head.method.clone(),
            uri: head.uri.clone(),
            origin: head.headers.get(ORIGIN).cloned(),
            depth: depth(head),
        }
    }

    /// Whether this is of such a request. A layer may have made another one of it; then it is not, and is asked again.
    fn is_for(&self, source: &PolicySource, head: Head<'_>) -> bool {
        self.source.is_same_dynamic(source)
            && self.source.has_the_same_state(source)
            && self.method == *head.method
            && self.origin.as_ref() == head.headers.get(ORIGIN)
            && is_inner_path(self.uri.path(), head.uri.path(), depth(head).saturating_sub(self.depth))
            && self.uri.query() == head.uri.query()
    }
}

/// Whether a path is what is left of another one, of which this many segments are stripped on the way in.
fn is_inner_path(outer: &str, inner: &str, depth: usize) -> bool {
    let left = (0..depth).fold(outer, |left, _| {
        let segment = left.strip_prefix('/').unwrap_or(left);
        segment.find('/').map_or("", |end| &segment[end..])
    });
    left == inner || left.is_empty() && inner == "/"
}

/// How many segments the prefixes have that routers are nested at.
fn depth(head: Head<'_>) -> usize {
    let nested = head.extension::<NestedPath>();
    nested.map_or(0, |nested| nested.as_str().split('/').filter(|segment| !segment.is_empty()).count())
}

/// The policy of a source for one request, if that is known without asking.
pub(crate) fn known(source: &PolicySource, head: Head<'_>) -> Option<PolicyRef> {
    let resolved = || {
        let resolved = head.extension::<Resolved>().filter(|resolved| resolved.is_for(source, head));
        resolved.map(|resolved| resolved.policy.clone())
    };
    match &source.kind {
        Kind::Fixed(policy) => Some(policy.to_ref()),
        Kind::Handle(handle) => Some(resolved().unwrap_or_else(|| handle.load().to_ref())),
        // Browsers do not send such an origin, so it is not worth the question.
        Kind::Delegate(_) if matches!(head.origin(), OriginHeader::Malformed) => Some(Policy::NONE.to_ref()),
        Kind::Delegate(_) => resolved(),
    }
}

/// Whether the source has been asked outside, about another request than a layer has made of it.
pub(crate) fn is_for_another_request(source: &PolicySource, head: Head<'_>) -> bool {
    head.extension::<Resolved>()
        .is_some_and(|resolved| resolved.source.is_same_dynamic(source) && !resolved.is_for(source, head))
}

/// Lets those inside apply the very policy that was applied here, even if a handle is replaced meanwhile.
pub(crate) fn pass_on<B>(source: &PolicySource, policy: &PolicyRef, request: &mut Request<B>) {
    if let Kind::Handle(_) = source.kind {
        let resolved = Resolved::new(source, policy.clone(), Head::from_request(request));
        request.extensions_mut().insert(resolved);
    }
}

/// Asks a delegate for the policy of a request. Whatever goes wrong is reported, and lets nobody in.
pub(crate) async fn ask(source: &PolicySource, parts: &mut Parts, state: &AnyStateRef) {
    let Kind::Delegate(delegate) = &source.kind else { return };
    let answer = delegate.ask(parts, state).await;
    let policy = answer.as_ref().map_or(Policy::NONE.to_ref(), Policy::to_ref);
    let head = Head::from_parts(parts);
    let resolved = Resolved::new(source, policy, head);
    if let Err(why) = &answer {
        report::report(head, Certainty::Certain(RefusalKind::Delegate), || {
            Some(Refusal::from_delegate(why, source.location(), head))
        });
        report::mark_reported(&mut parts.extensions);
    }
    parts.extensions.insert(resolved);
}
