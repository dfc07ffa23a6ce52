//! The other policies of a path, whose answers to preflights browsers keep for the whole path.

use std::sync::{
    PoisonError, RwLock,
    atomic::{AtomicBool, Ordering},
};

use crate::{
    policy::{data::PolicyData, source::PolicySource},
    protocol::{decision::Decision, kept_answers::needs_kept_answer, request::Head},
};

/// The policies that answer preflights of the paths where an endpoint is, apart from its own.
#[derive(Default)]
pub(crate) struct Siblings {
    sources: RwLock<Vec<PolicySource>>,
    /// So that most requests need not look.
    has_some: AtomicBool,
}

impl Siblings {
    /// Adds those of one path. One endpoint may be at several.
    pub(crate) fn add<'s>(&self, sources: impl IntoIterator<Item = &'s PolicySource>) {
        let mut known = self.sources.write().unwrap_or_else(PoisonError::into_inner);
        for source in sources {
            if !known.contains(source) {
                known.push(source.clone());
            }
        }
        self.has_some.store(!known.is_empty(), Ordering::Relaxed);
    }

    /// Whether one of them may have let in a request that the endpoint's own policy lets no page read.
    #[inline]
    pub(crate) fn may_have_let_in(&self, decision: &Decision, policy: &PolicyData, head: Head<'_>) -> bool {
        self.has_some.load(Ordering::Relaxed)
            && decision.lets_in_strangers(policy, head)
            && self.lets_in(head)
    }

    fn lets_in(&self, head: Head<'_>) -> bool {
        if !needs_kept_answer(head) {
            return false;
        }
        let sources = self.sources.read().unwrap_or_else(PoisonError::into_inner);
        sources.iter().any(|source| match source.current() {
            Some(sibling) => sibling.data().lets_in(head),
            // Nobody knows what a delegate would have said.
            None => true,
        })
    }
}
