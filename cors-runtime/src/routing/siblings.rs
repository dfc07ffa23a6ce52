//! The other policies of a path, whose answers to preflights browsers keep for the whole path.

use std::sync::{
    PoisonError, RwLock,
    atomic::{AtomicBool, Ordering},
};

use cors_rules::is_safelisted_method;

use crate::{
    policy::{
        data::PolicyData,
        source::{Kind, PolicySource},
    },
    protocol::{
        decision::{Decision, Overruled, Reason, Terms},
        kept_answers::needs_kept_answer,
        request::Head,
    },
    routing::table::PathTable,
};

/// The policies that answer preflights of the paths where an endpoint is, apart from its own.
#[derive(Default)]
pub(crate) struct Siblings {
    sources: RwLock<Vec<PolicySource>>,
    /// So that most requests need not look.
    has_some: AtomicBool,
    /// Whether the endpoint's own delegate is asked for other methods of a path: it may look at them.
    asks_for_others: AtomicBool,
}

impl Siblings {
    /// Adds those of one path. One endpoint may be at several.
    pub(crate) fn add<'s>(&self, sources: impl IntoIterator<Item = &'s PolicySource>, asks_for_others: bool) {
        let mut known = self.sources.write().unwrap_or_else(PoisonError::into_inner);
        for source in sources {
            if !known.contains(source) {
                known.push(source.clone());
            }
        }
        self.asks_for_others.fetch_or(asks_for_others, Ordering::Relaxed);
        self.has_some.fetch_or(!known.is_empty() || asks_for_others, Ordering::Relaxed);
    }
}

/// Whose answers to preflights a browser may have kept that sends a request.
#[derive(Clone, Copy)]
pub(crate) enum KeptFrom<'t> {
    /// Nobody's, as far as is known.
    Nobody,
    /// Those of the siblings of an endpoint.
    Siblings(&'t Siblings),
    /// Those of a path's handlers, apart from the one with this policy.
    Path(&'t PathTable, &'t PolicySource),
}

impl KeptFrom<'_> {
    /// The decision of a policy. What another policy of its path may have let in, it refuses.
    pub(crate) fn decide(self, policy: &PolicyData, terms: Terms, head: Head<'_>) -> Decision {
        let decision = Decision::new(policy, terms, head);
        if self.is_somebody()
            && let Some(reason) = decision.lets_in(policy, head)
            && self.lets_in(reason, head)
        {
            Decision::new(policy, Terms { overruled: Some(Overruled::OtherMethod), ..terms }, head)
        } else {
            decision
        }
    }

    #[inline]
    fn is_somebody(self) -> bool {
        match self {
            Self::Nobody => false,
            Self::Siblings(siblings) => siblings.has_some.load(Ordering::Relaxed),
            Self::Path(..) => true,
        }
    }

    fn lets_in(self, refused_for: Reason, head: Head<'_>) -> bool {
        // What the policy itself leaves out, it has not answered for.
        let is_kept_for_others = || refused_for != Reason::Method && is_kept_for_others(head);
        match self {
            Self::Nobody => false,
            Self::Siblings(siblings) => {
                let sources = siblings.sources.read().unwrap_or_else(PoisonError::into_inner);
                siblings.asks_for_others.load(Ordering::Relaxed) && is_kept_for_others()
                    || any_lets_in(sources.iter(), head)
            }
            Self::Path(path, own) => {
                path.asks_for_several_methods(own) && is_kept_for_others()
                    || any_lets_in(path.siblings_of(own), head)
            }
        }
    }
}

/// Whether the answers of a delegate that is asked for several methods may have let in a request whatever they said of its own
/// method: they name all of the methods.
fn is_kept_for_others(head: Head<'_>) -> bool {
    !is_safelisted_method(head.method.as_str().as_bytes()) || needs_kept_answer(head)
}

/// Whether one of the policies may have answered a preflight so that a browser sends this request without asking for it.
pub(crate) fn any_lets_in<'s>(mut sources: impl Iterator<Item = &'s PolicySource>, head: Head<'_>) -> bool {
    needs_kept_answer(head)
        && sources.any(|source| match &source.kind {
            Kind::Fixed(policy) => policy.data().lets_in(head),
            // Nobody knows what they said when they were asked.
            Kind::Handle(_) | Kind::Delegate(_) => true,
        })
}
