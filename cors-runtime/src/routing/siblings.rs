//! The other policies of a path, whose answers to preflights browsers keep for the whole path.

use std::sync::{
    PoisonError, RwLock,
    atomic::{AtomicBool, Ordering},
};

use cors_rules::is_safelisted_method;

use crate::{
    policy::{
        Policy,
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
///
/// Clones of a router share its endpoints, and may be finished again and again.
#[derive(Default)]
pub(crate) struct Siblings {
    fixed: RwLock<Vec<Policy>>,
    /// Whether there are others, which may have answered anything.
    has_unknown: AtomicBool,
    /// Whether the endpoint's own delegate is asked for other methods of a path: it may look at them.
    asks_for_others: AtomicBool,
    /// So that most requests need not look.
    has_some: AtomicBool,
}

/// Beyond this, clones of a router have so many policies that nobody knows who may have answered.
const MAX_FIXED: usize = 64;

impl Siblings {
    /// Adds those of one path. One endpoint may be at several.
    pub(crate) fn add<'s>(&self, sources: impl IntoIterator<Item = &'s PolicySource>) {
        let mut fixed = self.fixed.write().unwrap_or_else(PoisonError::into_inner);
        for source in sources {
            self.has_some.store(true, Ordering::Relaxed);
            match &source.kind {
                Kind::Fixed(policy) if fixed.contains(policy) => {}
                Kind::Fixed(policy) if fixed.len() < MAX_FIXED => fixed.push(policy.clone()),
                Kind::Fixed(_) | Kind::Handle(_) | Kind::Delegate(_) => {
                    self.has_unknown.store(true, Ordering::Relaxed);
                }
            }
        }
    }

    /// The endpoint's own delegate is asked for other methods.
    pub(crate) fn add_other_methods(&self) {
        self.asks_for_others.store(true, Ordering::Relaxed);
        self.has_some.store(true, Ordering::Relaxed);
    }

    fn let_in(&self, head: Head<'_>) -> bool {
        let fixed = || self.fixed.read().unwrap_or_else(PoisonError::into_inner);
        needs_kept_answer(head)
            && (self.has_unknown.load(Ordering::Relaxed)
                || fixed().iter().any(|policy| policy.data().lets_in(head)))
    }
}

/// Whose answers to preflights a browser may have kept that sends a request.
#[derive(Clone, Copy)]
pub(crate) enum KeptFrom<'t> {
    /// Nobody's, as far as is known.
    Nobody,
    /// Those of the siblings of an endpoint.
    Siblings(&'t Siblings),
    /// Those of the same delegate, which is asked for any method.
    OtherMethods,
    /// Those of a path's handlers, apart from the one with this policy.
    Path(&'t PathTable, &'t PolicySource),
    /// Anybody's: it is not known at which path it is.
    Anybody,
}

impl KeptFrom<'_> {
    /// The decision of a policy. What another policy of its path may have let in, it refuses.
    pub(crate) fn decide(self, policy: &PolicyData, terms: Terms, head: Head<'_>) -> Decision {
        let terms = match self {
            Self::Anybody => Terms { overruled: Some(Overruled::UnknownPath), ..terms },
            _ => terms,
        };
        let decision = Decision::new(policy, terms, head);
        if self.is_somebody()
            && let Some(reason) = decision.withheld_for(policy, head)
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
            // The decision has taken it into account.
            Self::Nobody | Self::Anybody => false,
            Self::Siblings(siblings) => siblings.has_some.load(Ordering::Relaxed),
            Self::OtherMethods | Self::Path(..) => true,
        }
    }

    fn lets_in(self, withheld_for: Reason, head: Head<'_>) -> bool {
        // What the policy itself leaves out, it has not answered for.
        let is_kept_for_others = || withheld_for != Reason::Method && is_kept_for_others(head);
        match self {
            Self::Nobody | Self::Anybody => false,
            Self::OtherMethods => is_kept_for_others(),
            Self::Siblings(siblings) => {
                siblings.asks_for_others.load(Ordering::Relaxed) && is_kept_for_others()
                    || siblings.let_in(head)
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

#[cfg(test)]
mod tests {
    use super::*;

    /// However many policies there are, no more are kept, and then nobody knows who may have answered.
    #[test]
    fn many_policies() {
        let siblings = Siblings::default();
        for number in 0..=MAX_FIXED {
            assert!(!siblings.has_unknown.load(Ordering::Relaxed), "{number}");
            let policy = Policy::builder().origins([format!("https://{number}.example")]).build().unwrap();
            siblings.add([&policy.clone().into(), &policy.into()]);
        }
        assert_eq!(siblings.fixed.read().unwrap().len(), MAX_FIXED);
        assert!(siblings.has_unknown.load(Ordering::Relaxed));
    }
}
