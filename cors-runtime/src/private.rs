//! What generated code names. None of it is a public interface.

pub use std::borrow::Cow;
use std::sync::LazyLock;

pub use cors_rules::{Allow, Origin, Rule, constant};

pub use crate::policy::{
    Grants, Repr,
    data::{Enforce, Entry, Settings},
    parts::{LazyPolicy, NameParts, OriginParts, PolicyParts, RegexParts},
    source::{Added, Named, NamedPolicy, PolicySource},
};
use crate::{
    location::PolicyLocation,
    policy::{
        Policy,
        delegate::{Delegate, PolicyDelegate, StatefulDelegate},
        handle::PolicyHandle,
    },
    routing::{mount_with_this_module::HasPolicy, response::Cors},
};

/// What utoipa's macro for routes names, with our own type for the handlers of a path.
#[cfg(feature = "utoipa-axum")]
pub mod openapi {
    pub use utoipa_axum::routes;

    pub mod routing {
        pub use crate::MethodRouter;
    }
}

/// The policy that is written on a handler.
pub fn handler(policy: &'static PolicyParts) -> PolicySource {
    Policy::from_handler(policy).into()
}

/// The policy that a function of the user's returns.
pub fn delegate<F, M>(function: F, file: &'static str, line: u32, named: Named, added: Added) -> PolicySource
where
    F: PolicyDelegate<M>,
    M: 'static,
{
    let delegate = Delegate::new(function, PolicyLocation::new(file, line, named.path));
    PolicySource { added, named: Some(named), ..delegate.into() }
}

/// The same for a function that takes parts of a state of type `S`.
pub fn delegate_in_state<S, F, M>(
    function: F,
    file: &'static str,
    line: u32,
    named: Named,
    added: Added,
) -> PolicySource
where
    F: StatefulDelegate<S, M>,
    S: Clone + Send + Sync + 'static,
    M: 'static,
{
    let delegate = Delegate::in_state(function, PolicyLocation::new(file, line, named.path));
    PolicySource { added, named: Some(named), ..delegate.into() }
}

/// What an annotated handler returns.
pub fn cors<R, P: HasPolicy>(response: R, _policy: P) -> Cors<R, P> {
    Cors::new(response)
}

/// A policy that is written elsewhere, for what the arguments of a handler need of it.
///
/// Its methods are one for each type, because const code has no traits.
#[derive(Clone, Copy, Debug)]
pub struct Elsewhere<'a, T>(pub &'a T);

impl Elsewhere<'_, Policy> {
    pub const fn grants(&self) -> Option<Grants> {
        Some(self.0.__grants)
    }
}

impl Elsewhere<'_, &Policy> {
    pub const fn grants(&self) -> Option<Grants> {
        Some(self.0.__grants)
    }
}

/// It is not known what it will grant.
impl Elsewhere<'_, PolicyHandle> {
    pub const fn grants(&self) -> Option<Grants> {
        None
    }
}

/// It is not known what it will grant.
impl<T> Elsewhere<'_, LazyLock<T>> {
    pub const fn grants(&self) -> Option<Grants> {
        None
    }
}

/// Whether pages may send this header, as far as it is known; `name` is in lower case.
pub const fn may_grant_header(grants: Option<Grants>, name: &str, covered_by_any: bool) -> bool {
    match grants {
        Some(grants) => grants.has_header(name, covered_by_any),
        None => true,
    }
}

/// Whether pages may send credentials, as far as it is known.
pub const fn may_grant_credentials(grants: Option<Grants>) -> bool {
    match grants {
        Some(grants) => grants.credentials,
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The compiler asks this of policies that are written elsewhere; an argument that no page could send is refused.
    #[test]
    fn what_a_policy_grants() {
        static LISTED: Policy = crate::policy! {
            crate = crate, origins = ["https://shop.example"], headers = ["X-Api-Key", "content-type"], credentials
        };
        static ANY: Policy =
            crate::policy! { crate = crate, origins = ["https://shop.example"], headers = any };
        static NONE: Policy = crate::policy! { crate = crate, none };
        let policies = [Elsewhere(&LISTED).grants(), Elsewhere(&ANY).grants(), Elsewhere(&NONE).grants()];
        for (name, covered_by_any, expected) in [
            ("content-type", true, [true, true, false]),
            ("x-api-key", true, [true, true, false]),
            ("authorization", false, [false, false, false]),
            ("content-typ", true, [false, true, false]),
            ("content-type-", true, [false, true, false]),
        ] {
            let found = policies.map(|grants| may_grant_header(grants, name, covered_by_any));
            assert_eq!(found, expected, "{name}");
        }
        assert_eq!(policies.map(may_grant_credentials), [true, false, false]);
        // By reference, it is the same; what a handle will grant is unknown.
        assert!(Elsewhere(&&LISTED).grants().is_some_and(|grants| grants.credentials));
        let unknown = Elsewhere(&PolicyHandle::new(LISTED.clone())).grants();
        assert!(unknown.is_none() && may_grant_header(None, "x-a", false) && may_grant_credentials(None));
    }
}
