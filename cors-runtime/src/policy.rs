//! Policies: what one says, the ways by which one comes to be, and which origins it allows.
// Knows nothing of requests, routes and axum, apart from delegates and extractors, which are axum's notion.

pub(crate) mod builder;
pub(crate) mod data;
pub(crate) mod delegate;
#[cfg(feature = "serde")]
mod document;
pub(crate) mod environment;
mod from_checked;
pub(crate) mod handle;
pub(crate) mod parts;
#[cfg_attr(not(feature = "regex"), path = "policy/regex_set_disabled.rs")]
mod regex_set;
pub(crate) mod request_origin;
pub(crate) mod source;
#[cfg_attr(not(feature = "tokio"), path = "policy/time_limit_disabled.rs")]
mod time_limit;

use std::{fmt, ops::Deref, sync::Arc};

use cors_rules::RuleNote;

use crate::{
    location::PolicyLocation,
    policy::{
        data::PolicyData,
        parts::{LazyPolicy, PolicyParts},
    },
};

/// Who may make cross-origin requests, and what they may send and read.
///
/// A `Policy` has been checked. [`policy!`](crate::policy!) and [`#[cors(..)]`](macro@crate::cors) check it at compile time;
/// [`Policy::builder`] and documents check by the same rules at run time. Policies that can never work, or that are unsafe,
/// are refused.
///
/// The attribute and the router apply it. [`Policy::layer`] applies it to anything that takes a `tower` layer, and a
/// service that is built without `tower` asks [`answer`](Self::answer). Cloning a policy is cheap: clones share what it says.
#[derive(Clone)]
pub struct Policy {
    // Generated code writes the fields: the compiler sees by the value of a constant that there is nothing to drop, and
    // cannot see that of a function's result.
    #[doc(hidden)]
    pub __repr: Repr,
    #[doc(hidden)]
    pub __grants: Grants,
}

/// Where the data of a policy is.
#[derive(Clone)]
pub enum Repr {
    /// In a `static`. The function, which does nothing but name it, lets a policy be a `const` as well: a constant cannot
    /// refer to interior mutability, but to a function.
    Static(fn() -> &'static LazyPolicy),
    /// That of a handler, which is put together once.
    Handler(&'static PolicyData),
    /// It was made at run time.
    Shared(Arc<PolicyData>),
}

/// What a policy grants, for checks in const code, which cannot look at header values.
#[derive(Clone, Copy, Debug)]
pub struct Grants {
    /// Whether pages may send credentials.
    pub credentials: bool,
    /// The request headers; `*` is any.
    pub headers: &'static [&'static str],
}

/// The data of a policy, held while a request is served.
#[derive(Clone)]
pub(crate) enum PolicyRef {
    Static(&'static PolicyData),
    Shared(Arc<PolicyData>),
}

impl Deref for PolicyRef {
    type Target = PolicyData;

    #[inline]
    fn deref(&self) -> &PolicyData {
        match self {
            Self::Static(data) => data,
            Self::Shared(data) => data,
        }
    }
}

impl Policy {
    /// The policy that keeps everything same-origin, as `none` does.
    pub const NONE: Self = {
        static NONE: LazyPolicy = LazyPolicy::new(PolicyParts::NONE);
        Self { __repr: Repr::Static(|| &NONE), __grants: Grants { credentials: false, headers: &[] } }
    };

    /// Where the policy is written.
    pub fn location(&self) -> PolicyLocation {
        self.data().location
    }

    /// Broken rules that do not refuse the policy: what was dropped, capped, or allowed by name.
    ///
    /// The audit of a router shows the same.
    ///
    /// ```
    /// use cors_runtime::Policy;
    ///
    /// let policy = Policy::builder().origins(["https://a.example", "https://a.example"]).build().unwrap();
    /// assert_eq!(policy.to_string(), "https://a.example");
    /// assert_eq!(policy.notes()[0].to_string(), "origins[1]: `https://a.example` is already listed (dropped)");
    /// ```
    pub fn notes(&self) -> &[RuleNote] {
        &self.data().notes
    }

    #[inline]
    pub(crate) fn data(&self) -> &PolicyData {
        match &self.__repr {
            Repr::Static(policy) => policy().data(),
            Repr::Handler(data) => data,
            Repr::Shared(data) => data,
        }
    }

    #[inline]
    pub(crate) fn to_ref(&self) -> PolicyRef {
        match &self.__repr {
            Repr::Static(policy) => PolicyRef::Static(policy().data()),
            Repr::Handler(data) => PolicyRef::Static(data),
            Repr::Shared(data) => PolicyRef::Shared(Arc::clone(data)),
        }
    }

    /// The policy that is written on a handler.
    pub(crate) fn from_handler(parts: &'static PolicyParts) -> Self {
        // No const code sees it.
        Self { __repr: Repr::Handler(parts.data()), __grants: Grants { credentials: false, headers: &[] } }
    }
}

impl From<PolicyData> for Policy {
    fn from(data: PolicyData) -> Self {
        // Const code sees no such policy.
        let grants = Grants { credentials: data.settings.credentials, headers: &[] };
        Self { __repr: Repr::Shared(Arc::new(data)), __grants: grants }
    }
}

impl Grants {
    /// Whether pages may send this header; `name` is in lower case.
    pub(crate) const fn has_header(&self, name: &str, covered_by_any: bool) -> bool {
        let mut headers = self.headers;
        while let [first, rest @ ..] = headers {
            if equal(first.as_bytes(), name.as_bytes()) || (covered_by_any && equal(first.as_bytes(), b"*")) {
                return true;
            }
            headers = rest;
        }
        false
    }
}

/// `==` apart from the case of letters, which constants may have; const code has no such thing yet.
const fn equal(a: &[u8], b: &[u8]) -> bool {
    match (a, b) {
        ([], []) => true,
        ([a, rest_of_a @ ..], [b, rest_of_b @ ..]) => {
            a.eq_ignore_ascii_case(b) && equal(rest_of_a, rest_of_b)
        }
        _ => false,
    }
}

/// Two policies are equal if they say the same, wherever they are written.
impl PartialEq for Policy {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.data(), other.data()) || self.data() == other.data()
    }
}

/// The policy in words: `https://a.example; headers content-type; credentials`.
impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.data().fmt(f)
    }
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Policy").field(self.data()).finish()
    }
}
