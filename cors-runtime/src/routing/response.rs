//! The return type of annotated handlers, which carries their policy.

use std::{fmt, marker::PhantomData};

use crate::{policy::source::PolicySource, routing::mount_with_this_module::HasPolicy};

/// What an annotated handler returns: its own return value, and its policy.
///
/// [`#[cors(..)]`](macro@crate::cors) writes this type; `P` names the policy and has no other meaning. It
/// deliberately does not implement `IntoResponse`: an annotated handler cannot be mounted by `axum::routing::get`, which would lose
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
#[must_use = "it holds the handler's return value"]
pub struct Cors<R, P> {
    response: R,
    // Whether it can be sent and shared is not for the policy's name to say.
    policy: PhantomData<fn() -> P>,
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
    pub fn policy(&self) -> PolicySource {
        P::policy()
    }
}

// By hand, because derived ones would want the same of `P`, which is opaque where handlers are declared.

impl<R: fmt::Debug, P> fmt::Debug for Cors<R, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Cors").field(&self.response).finish()
    }
}

impl<R: Clone, P> Clone for Cors<R, P> {
    fn clone(&self) -> Self {
        Self::new(self.response.clone())
    }
}

impl<R: Copy, P> Copy for Cors<R, P> {}
