//! A policy as a `tower` layer, for whatever takes layers.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use http::{Request, Response};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use crate::{
    policy::{Policy, handle::PolicyHandle, source::PolicySource},
    routing::{
        apply::{After, Before},
        gate::{Outer, Paths, Table, finished},
        marks::count_router,
    },
};

impl Policy {
    /// The policy as a [`tower::Layer`](https://docs.rs/tower-layer), for a service of any kind over `http` types.
    ///
    /// It does for what is inside what a `CorsLayer` of tower-http does: it answers preflights and writes onto responses.
    /// Handlers inside that have a policy of their own keep it: their responses carry their own headers, or none, and what
    /// they refuse, stays refused. Preflights never get to them, though, so they refuse with 403 what this policy lets in
    /// and theirs does not. Where handlers have policies, use a [`CorsRouter`](crate::CorsRouter).
    ///
    /// ```
    /// use axum::{Router, routing::get};
    /// use cors_runtime::{Policy, policy};
    ///
    /// static POLICY: Policy = policy! { origins = ["https://shop.example"], headers = ["authorization"] };
    ///
    /// let app: Router = Router::new().route("/", get(async || "hello")).layer(POLICY.layer());
    /// ```
    ///
    /// If its origins are in the environment, read them first, by [`with_environment`](Self::with_environment); until then,
    /// it grants nothing.
    pub fn layer(&self) -> PolicyLayer {
        PolicyLayer::new(self.into())
    }
}

impl PolicyHandle {
    /// The policy that is in force as a layer; see [`Policy::layer`].
    pub fn layer(&self) -> PolicyLayer {
        PolicyLayer::new(self.into())
    }
}

/// Applies a policy to a service; made by [`Policy::layer`].
#[derive(Clone, Debug)]
#[must_use = "it does nothing until it is put around a service"]
pub struct PolicyLayer {
    table: Arc<Table>,
}

impl PolicyLayer {
    fn new(policy: PolicySource) -> Self {
        count_router();
        Self { table: Arc::new(Table::new(Paths::None, Some(Outer::group(policy)), None)) }
    }
}

impl<S> Layer<S> for PolicyLayer {
    type Service = PolicyService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        PolicyService { inner, table: Arc::clone(&self.table) }
    }
}

/// A service with a policy; made by [`Policy::layer`].
#[derive(Clone, Debug)]
pub struct PolicyService<S> {
    inner: S,
    table: Arc<Table>,
}

impl<S, B, R> Service<Request<B>> for PolicyService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    R: Default,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = PolicyFuture<S::Future, R>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        match self.table.before_in_layer(&mut request) {
            Before::Answered(own) => PolicyFuture::Answered { response: Some(own.into_response()) },
            Before::Passed(after) => {
                PolicyFuture::Passed { inner: self.inner.call(request), after: Some(after) }
            }
        }
    }
}

pin_project! {
    /// The response of a [`PolicyService`].
    #[project = Projected]
    pub enum PolicyFuture<F, R> {
        #[doc(hidden)]
        Answered { response: Option<Response<R>> },
        #[doc(hidden)]
        Passed { #[pin] inner: F, after: Option<After> },
    }
}

impl<F, R, E> Future for PolicyFuture<F, R>
where
    F: Future<Output = Result<Response<R>, E>>,
{
    type Output = Result<Response<R>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project() {
            Projected::Answered { response } => {
                response.take().map_or(Poll::Pending, |response| Poll::Ready(Ok(response)))
            }
            Projected::Passed { inner, after } => {
                let response = ready!(inner.poll(context))?;
                Poll::Ready(Ok(finished(response, after.take().unwrap_or_default())))
            }
        }
    }
}
