//! Without the feature `tracing`, nobody listens there.

use crate::{
    diagnostics::{
        refusal::{Refusal, RefusalKind},
        report::Certainty,
    },
    protocol::request::Head,
};

/// What tells events apart.
#[derive(Clone, Copy)]
pub(super) struct LogKey;

impl LogKey {
    pub(super) fn new(_head: Head<'_>, _kind: RefusalKind) -> Self {
        Self
    }
}

pub(super) fn is_on() -> bool {
    false
}

pub(super) fn has_room(_head: Head<'_>, certainty: Certainty) -> bool {
    match certainty {
        Certainty::Certain(_kind) | Certainty::Likely(_kind) => false,
        Certainty::Possible => false,
    }
}

pub(super) fn report(_refusal: &Refusal, _key: LogKey, _hook_panicked: bool) {}
