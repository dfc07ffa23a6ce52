//! The gate around a router: it answers preflights and writes headers, whatever stands inside.

use std::{
    collections::HashMap,
    convert::Infallible,
    future::Future,
    hash::{BuildHasherDefault, Hasher},
    pin::Pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll, ready},
};

use axum::{
    extract::{MatchedPath, NestedPath, Request},
    response::{IntoResponse, Response},
};
use http::Extensions;
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use crate::{
    explanation::{explain::Head, report::Hook},
    policy::{Policy, any_policy::AnyPolicy, delegate::Delegate},
    routing::{
        decision::{Decision, Pending, Place, decide},
        path_policies::PathPolicies,
    },
};

/// Which policies a gate knows.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) paths: Paths,
    /// The policy of whatever has none of its own.
    pub(crate) default: Option<AnyPolicy>,
    /// Who is told of refusals.
    pub(crate) hook: Option<Hook>,
}

#[derive(Debug)]
pub(crate) enum Paths {
    /// The gate stands around one path.
    One(Arc<PathPolicies>),
    /// The gate stands around a router with these paths.
    ByPath(HashMap<String, Arc<PathPolicies>, BuildHasherDefault<PathHasher>>),
}

/// FNV-1a. The paths are the developer's own, so that nobody can choose them to collide.
#[derive(Debug)]
pub(crate) struct PathHasher(u64);

impl Default for PathHasher {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for PathHasher {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

impl Table {
    fn find(&self, extensions: &Extensions) -> Place<'_> {
        let path = match &self.paths {
            Paths::One(path) => Some(path.as_ref()),
            Paths::ByPath(paths) => own_path(extensions).and_then(|path| paths.get(path)).map(Arc::as_ref),
        };
        Place { path, default: self.default.as_ref(), hook: self.hook.as_ref() }
    }

    fn decide(&self, request: &Request, answer: Option<Result<Policy, String>>) -> Decision<'_> {
        let place = self.find(request.extensions());
        decide(place, answer, Head::of(request))
    }
}

/// The path that was matched, as this router knows it: without the prefix that it is itself nested at.
fn own_path(extensions: &Extensions) -> Option<&str> {
    let path = extensions.get::<MatchedPath>()?.as_str();
    let Some(nested) = extensions.get::<NestedPath>() else {
        return Some(path);
    };
    match path.strip_prefix(nested.as_str().trim_end_matches('/')) {
        Some("") => Some("/"),
        rest => rest,
    }
}

/// Puts a [`Gate`] around a service.
///
/// A gate that never gets its table is as good as none.
#[derive(Clone, Debug, Default)]
pub(crate) struct GateLayer(Arc<OnceLock<Table>>);

impl GateLayer {
    pub(crate) fn new(table: Table) -> Self {
        let gate = Self::default();
        gate.set(table);
        gate
    }

    /// Gives the gate its table, if it has none.
    pub(crate) fn set(&self, table: Table) {
        self.0.get_or_init(|| table);
    }
}

impl<S> Layer<S> for GateLayer {
    type Service = Gate<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Gate { inner, table: Arc::clone(&self.0) }
    }
}

/// A service whose preflights are answered and whose responses bear the headers of their policies.
#[derive(Clone, Debug)]
pub(crate) struct Gate<S> {
    inner: S,
    table: Arc<OnceLock<Table>>,
}

impl<S> Service<Request> for Gate<S>
where
    S: Service<Request, Error = Infallible> + Clone + Send + 'static,
    S::Response: IntoResponse,
    S::Future: Send,
{
    type Response = Response;
    type Error = S::Error;
    type Future = GateFuture<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let Some(table) = self.table.get() else {
            return GateFuture::Passed { inner: self.inner.call(request), pending: None };
        };
        match table.decide(&request, None) {
            Decision::Answer(response) => GateFuture::Answered { response: Some(response) },
            Decision::Pass(pending) => GateFuture::Passed { inner: self.inner.call(request), pending },
            Decision::Ask(delegate) => {
                let delegate = delegate.clone();
                // The service that is ready is the one to call; its clone need not be.
                let next = self.inner.clone();
                let inner = std::mem::replace(&mut self.inner, next);
                let inner = ask(delegate, Arc::clone(&self.table), inner, request);
                GateFuture::Asking { inner: Box::pin(inner) }
            }
        }
    }
}

pin_project! {
    /// The response of a [`Gate`].
    #[project = Projected]
    pub(crate) enum GateFuture<F> {
        Answered { response: Option<Response> },
        Passed { #[pin] inner: F, pending: Option<Pending> },
        Asking { inner: Pin<Box<dyn Future<Output = Response> + Send>> },
    }
}

/// Asks for the policy first. This takes a box, which those that need not ask are spared.
async fn ask<S>(delegate: Delegate, table: Arc<OnceLock<Table>>, mut inner: S, request: Request) -> Response
where
    S: Service<Request, Error = Infallible>,
    S::Response: IntoResponse,
{
    let (mut parts, body) = request.into_parts();
    let answer = delegate.ask(&mut parts).await;
    let request = Request::from_parts(parts, body);
    let pending = match table.get().map(|table| table.decide(&request, Some(answer))) {
        Some(Decision::Answer(response)) => return response,
        Some(Decision::Pass(pending)) => pending,
        Some(Decision::Ask(_)) | None => None,
    };
    let Ok(response) = inner.call(request).await;
    let mut response = response.into_response();
    if let Some(mut pending) = pending {
        pending.write(&mut response);
    }
    response
}

impl<F, R> Future for GateFuture<F>
where
    F: Future<Output = Result<R, Infallible>>,
    R: IntoResponse,
{
    type Output = Result<Response, Infallible>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project() {
            Projected::Answered { response } => match response.take() {
                Some(response) => Poll::Ready(Ok(response)),
                None => Poll::Pending,
            },
            Projected::Asking { inner } => inner.as_mut().poll(context).map(Ok),
            Projected::Passed { inner, pending } => {
                let mut response = ready!(inner.poll(context))?.into_response();
                if let Some(mut pending) = pending.take() {
                    pending.write(&mut response);
                }
                Poll::Ready(Ok(response))
            }
        }
    }
}
