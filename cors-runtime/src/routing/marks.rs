//! What those who apply policies to one request note for each other: on the request, for those inside, and on the response, for
//! those outside.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use axum::extract::MatchedPath;
use http::{Extensions, Request};

use crate::{
    policy::{
        PolicyRef,
        data::PolicyData,
        source::{Kind, PolicySource},
    },
    protocol::{decision::Overruled, request::Head},
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

/// On a request: a gate outside takes it for one to a handler with this policy, by which it has answered the preflight, and
/// which it writes onto whatever comes back.
///
/// If a layer gives the request to another router, or to a handler that the gate does not know, that is not so. Whoever
/// notices has the last word.
#[derive(Clone, Copy)]
pub(crate) struct Expected {
    /// The address of the policy.
    policy: usize,
    /// Whether somebody further outside has answered the preflight.
    overruled: Option<Overruled>,
    /// Where axum's text of the path is. Whichever router matches a path makes another text.
    matched: Option<(usize, usize)>,
}

/// How many there are in this process that could be mistaken for each other: routers and layers that apply policies, and handlers
/// and layers that may hand a request over to the router that they are in. One alone saves the note on the request.
///
/// More may be made while a request is under way. It goes on as it has begun, as a request to the only router.
static ROUTERS: AtomicUsize = AtomicUsize::new(0);

/// There is one more of these.
pub(crate) fn count_router() {
    ROUTERS.fetch_add(1, Ordering::Relaxed);
}

impl Expected {
    /// Whether somebody else could be taken for a handler with the policy.
    #[inline]
    pub(crate) fn is_in_doubt() -> bool {
        ROUTERS.load(Ordering::Relaxed) > 1
    }

    /// Notes the policy, if it is in doubt.
    pub(crate) fn mark(policy: &PolicyRef, overruled: Option<Overruled>, extensions: &mut Extensions) {
        if Self::is_in_doubt() {
            let matched = place(extensions.get());
            extensions.insert(Self { policy: address(policy), overruled, matched });
        }
    }

    /// Whether somebody further outside has answered the preflight.
    pub(crate) fn overruled(self) -> Option<Overruled> {
        self.overruled
    }

    /// Whether no other router has been asked since.
    pub(crate) fn is_of_this_router(self, head: Head<'_>) -> bool {
        self.matched == place(head.extension())
    }

    /// The handler's own delegate was asked again, about what a layer has made of the request. What another router expects of
    /// this delegate, it expects of its own handler.
    pub(crate) fn renew(policy: &PolicyRef, extensions: &mut Extensions) {
        let matched = place(extensions.get());
        if let Some(expected) = extensions.get_mut::<Self>().filter(|expected| expected.matched == matched) {
            expected.policy = address(policy);
        }
    }

    /// The request is at an endpoint with this policy, inside of which others may have policies. Those are not expected
    /// by anybody; if somebody else's was expected here, it has spoken for all of them.
    pub(crate) fn resolve<B>(policy: &PolicyRef, request: &mut Request<B>) {
        if Self::is_in_doubt()
            && let Some(expected) = request.extensions_mut().remove::<Self>()
            && !expected.is_by(policy)
        {
            SpokenFor::mark(request.extensions_mut());
        }
    }

    /// Whether this is the policy.
    pub(crate) fn is_by(self, policy: &PolicyRef) -> bool {
        self.policy == address(policy)
    }

    #[inline]
    pub(crate) fn from_head(head: Head<'_>) -> Option<Self> {
        if Self::is_in_doubt() { head.extension::<Self>().copied() } else { None }
    }

    /// What is inside has another policy, or none: it cannot rely on what was answered outside.
    pub(crate) fn disappoint<B>(expected: Option<Self>, request: &mut Request<B>) {
        if expected.is_some() {
            SpokenFor::mark(request.extensions_mut());
        }
    }
}

fn place(matched: Option<&MatchedPath>) -> Option<(usize, usize)> {
    matched.map(|matched| (matched.as_str().as_ptr().addr(), matched.as_str().len()))
}

fn address(policy: &PolicyRef) -> usize {
    std::ptr::from_ref::<PolicyData>(policy).addr()
}

/// On a response: whoever has decided on it has the last word, whatever is expected outside.
///
/// Nothing else shows it: a policy that grants nothing need not write anything, and what it writes, a handler could have written.
/// Gates of the same policy may still write: a layer between may have written what the policy does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Final {
    /// The policy at this address has decided, or the handle that it is in.
    Policy(usize),
    /// Somebody has, by a policy that is not known here.
    Others,
    /// Nobody has yet: whoever speaks for those without a policy may.
    Nobody,
}

impl Final {
    /// The policy of this source has decided. A handle stays what it is when its policy is replaced: a cache may have kept the
    /// response.
    pub(crate) fn by(source: &PolicySource, policy: &PolicyRef) -> Self {
        Self::Policy(match &source.kind {
            Kind::Handle(handle) => handle.address(),
            Kind::Fixed(_) | Kind::Delegate(_) => address(policy),
        })
    }
}
