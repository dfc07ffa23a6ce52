//! A policy that can be replaced while requests run.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use arc_swap::ArcSwap;

use crate::policy::Policy;

/// A policy that can be replaced while requests run: after a configuration has changed, say.
///
/// It goes wherever a policy goes. A request is answered by one policy: the one that was there when it came. Requests never
/// wait for a change. Clones of a handle share its policy.
///
/// ```
/// use cors_runtime::{CorsRouter, PolicyHandle, SetupError, cors, get, policy};
///
/// static PARTNERS: PolicyHandle = PolicyHandle::new(policy! { none });
///
/// #[cors(policy = PARTNERS)]
/// async fn prices() -> &'static str {
///     "prices"
/// }
///
/// # fn app() -> Result<axum::Router, Box<dyn std::error::Error>> {
/// let app: axum::Router = CorsRouter::new().route("/prices", get(prices)).finish()?;
/// // Later, when it is known who they are:
/// PARTNERS.store(policy! { origins = ["https://partner.example"] });
/// # Ok(app)
/// # }
/// # assert!(app().is_ok());
/// ```
pub struct PolicyHandle {
    first: Policy,
    /// The policy that is in force. It is made at the first use, which lets a handle be a `static`.
    current: OnceLock<Arc<ArcSwap<Policy>>>,
}

impl PolicyHandle {
    /// A handle that holds this policy.
    pub const fn new(policy: Policy) -> Self {
        Self { first: policy, current: OnceLock::new() }
    }

    /// Replaces the policy, for all requests from now on.
    ///
    /// If its origins are in the environment, read them before, by [`Policy::with_environment`]; a policy that has not read
    /// them grants nothing.
    pub fn store(&self, policy: Policy) {
        self.current().store(Arc::new(policy));
    }

    /// The policy that is in force.
    pub fn load(&self) -> Policy {
        Policy::clone(&self.current().load())
    }

    /// By what it is known as itself, whatever policy it holds.
    pub(crate) fn address(&self) -> usize {
        Arc::as_ptr(self.current()).addr()
    }

    fn current(&self) -> &Arc<ArcSwap<Policy>> {
        self.current.get_or_init(|| Arc::new(ArcSwap::from_pointee(self.first.clone())))
    }

    /// Whether both are clones of one handle.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(self.current(), other.current())
    }
}

impl Clone for PolicyHandle {
    fn clone(&self) -> Self {
        Self { first: self.first.clone(), current: OnceLock::from(Arc::clone(self.current())) }
    }
}

impl fmt::Debug for PolicyHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PolicyHandle").field(&self.load()).finish()
    }
}
