//! What the argument of a handler needs of its policy, and how it is told that it lacks it. Must not know where arguments
//! stand, nor how policies are checked.

use cors_rules::{Allow, Proven};
use proc_macro2::Ident;

use crate::tokens::Extent;

/// What an argument needs of a policy.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Need {
    ContentType,
    Authorization,
    Credentials,
}

impl Need {
    /// The request header that it is, and whether `any` covers it; `None` for credentials.
    pub(crate) fn header(self) -> Option<(&'static str, bool)> {
        match self {
            Self::ContentType => Some(("content-type", true)),
            // The standard's `*` does not cover it.
            Self::Authorization => Some(("authorization", false)),
            Self::Credentials => None,
        }
    }

    pub(crate) fn is_met_by(self, policy: &Proven<'_>) -> bool {
        match self.header() {
            Some((wanted, covered_by_any)) => {
                let list = &policy.headers;
                covered_by_any && list.any || list.names.iter().any(|name| name == wanted)
            }
            None => policy.credentials,
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
                format!("pages cannot send the cookies of a `{name}`, because `credentials` is missing")
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

/// What an argument needs of a policy that is not known here.
#[derive(Debug)]
pub(crate) struct Missing {
    pub(crate) need: Need,
    /// The argument's type.
    pub(crate) place: Extent,
    /// What to say if the policy does not grant it.
    pub(crate) message: String,
}
