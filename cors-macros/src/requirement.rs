//! What an argument of a handler requires of its policy, and the message if the policy lacks it.

use cors_rules::{Allow, CheckedPolicy};
use proc_macro2::Ident;

use crate::tokens::SpanRange;

/// What an argument requires of a policy.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Requirement {
    ContentType,
    Authorization,
    Credentials,
}

impl Requirement {
    /// The request header that it is, and whether `any` covers it; `None` for credentials.
    pub(crate) fn header(self) -> Option<(&'static str, bool)> {
        match self {
            Self::ContentType => Some(("content-type", true)),
            // The standard's `*` does not cover it.
            Self::Authorization => Some(("authorization", false)),
            Self::Credentials => None,
        }
    }

    pub(crate) fn is_satisfied_by(self, policy: &CheckedPolicy<'_>) -> bool {
        match self.header() {
            Some((required, covered_by_any)) => {
                let list = &policy.headers;
                covered_by_any && list.any || list.names.iter().any(|name| name == required)
            }
            None => policy.settings.credentials,
        }
    }

    pub(crate) fn allow(self) -> Allow {
        match self {
            Self::ContentType => Allow::MissingContentType,
            Self::Authorization => Allow::MissingAuthorization,
            Self::Credentials => Allow::MissingCredentials,
        }
    }

    /// `name` is that of the argument's type.
    pub(crate) fn message(self, name: &Ident) -> String {
        match self {
            Self::ContentType => {
                format!("pages cannot send a `{name}` body, because `content-type` is not in `headers`")
            }
            Self::Authorization => {
                "pages cannot send `Authorization`, because `authorization` is not in `headers`".to_owned()
            }
            Self::Credentials => {
                format!("pages cannot send the cookies of `{name}`, because `credentials` is missing")
            }
        }
    }

    /// `policy` is the path of the policy, if it is written elsewhere.
    pub(crate) fn help(self, policy: Option<&str>) -> String {
        let what = match self {
            Self::ContentType => "\"content-type\" to `headers`",
            Self::Authorization => "\"authorization\" to `headers`",
            Self::Credentials => "`credentials`",
        };
        let allow = self.allow().name();
        match policy {
            Some(policy) => format!("add {what} in `{policy}`, or `allow({allow})` here"),
            None => format!("add {what}, or `allow({allow})`"),
        }
    }
}

/// What an argument requires of a policy that is not known here, in part or as a whole.
#[derive(Debug)]
pub(crate) struct DeferredRequirement {
    pub(crate) requirement: Requirement,
    /// The argument's type.
    pub(crate) span: SpanRange,
    /// The error if the policy does not satisfy it.
    pub(crate) message: String,
}
