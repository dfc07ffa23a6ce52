//! By which origins somebody else may come to read, or to send credentials.

use std::fmt;

use crate::{
    help::{Help, Remedy},
    pattern::Pattern,
    spec::Allow,
    violation::{Fault, Rule},
};

/// Something dangerous that an entry matches.
#[derive(Debug)]
pub(crate) struct Danger {
    pub(crate) fault: Fault,
    /// The exceptions of which each would allow it; the best is first.
    pub(crate) allowed_by: Vec<Allow>,
    /// Whether what it matches is within bounds that somebody may have meant, and not rather by a slip.
    pub(crate) may_be_meant: bool,
}

impl Danger {
    fn meant(fault: Fault, allowed_by: Allow) -> Self {
        Self { fault, allowed_by: vec![allowed_by], may_be_meant: true }
    }

    /// The dangers of a pattern together with credentials. Without them, it has none.
    pub(crate) fn of_pattern(pattern: &Pattern<'_>) -> Vec<Self> {
        let insecure = pattern.is_insecure().then(|| Self::insecure(pattern));
        let public_suffix = pattern.allows_registrable_names().then(|| {
            let message = format!(
                "anyone can register a subdomain of `{}`, and could then send credentialed requests",
                pattern.host
            );
            let advice = "list the names that are yours";
            Self::meant(fault(Rule::PublicSuffix, message, advice, Allow::PublicSuffix), Allow::PublicSuffix)
        });
        let open_scheme = pattern.is_open_scheme().then(|| {
            let message = format!(
                "every `{}` origin could send credentialed requests, for example any extension or application",
                pattern.scheme
            );
            let advice = "list the hosts that are yours";
            Self::meant(fault(Rule::OpenScheme, message, advice, Allow::OpenScheme), Allow::OpenScheme)
        });
        [insecure, public_suffix, open_scheme].into_iter().flatten().collect()
    }

    /// An origin that anyone on the way can speak for.
    pub(crate) fn insecure(origin: impl fmt::Display) -> Self {
        let message = format!(
            "`{origin}` is not encrypted: anyone on the network path can send credentialed requests from it"
        );
        let advice = "write it with `https://`";
        Self::meant(
            fault(Rule::InsecureOrigin, message, advice, Allow::InsecureOrigins),
            Allow::InsecureOrigins,
        )
    }
}

fn fault(rule: Rule, message: String, advice: &'static str, allow: Allow) -> Fault {
    Fault::new(rule, message, Help::new([Remedy::advice(advice), Remedy::allow(allow)]))
}
