//! The return type of annotated handlers, which carries their policy.

use std::marker::PhantomData;

use crate::policy::Policy;

/// What an annotated handler returns: its own return value, and its policy.
///
/// [`#[cors(..)]`](macro@crate::cors) writes this type; `P` names the policy and has no other meaning. It is no
/// response on purpose, so that an annotated handler cannot be mounted by `axum::routing::get`, which would lose
/// its preflights:
///
/// ```compile_fail,E0277
/// use cors_runtime::cors;
///
/// #[cors(origins = any)]
/// async fn hello() -> &'static str {
///     "hello"
/// }
///
/// let app: axum::Router = axum::Router::new().route("/", axum::routing::get(hello));
/// ```
///
/// In a unit test of the handler, [`into_inner`](Self::into_inner) gives what the handler itself returned.
#[derive(Clone, Copy, Debug)]
#[must_use = "it holds the handler's return value"]
pub struct Cors<R, P> {
    response: R,
    policy: PhantomData<P>,
}

impl<R, P> Cors<R, P> {
    pub(crate) fn new(response: R) -> Self {
        Self { response, policy: PhantomData }
    }

    /// What the handler itself returned.
    ///
    /// ```
    /// use cors_runtime::cors;
    ///
    /// #[cors(origins = any)]
    /// async fn hello() -> &'static str {
    ///     "hello"
    /// }
    ///
    /// # async fn test() {
    /// assert_eq!(hello().await.into_inner(), "hello");
    /// # }
    /// ```
    pub fn into_inner(self) -> R {
        self.response
    }
}

impl<R, P: HasPolicy> Cors<R, P> {
    /// The policy that is written on the handler.
    pub fn policy(&self) -> &'static Policy {
        P::policy()
    }
}

/// Implemented for the types that stand for a policy.
pub trait HasPolicy: Send + Sync + 'static {
    /// The policy.
    fn policy() -> &'static Policy;
}
