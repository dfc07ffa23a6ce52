//! The `OPTIONS` of a path: its preflights, and whatever else comes by this method.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use axum::{
    extract::Request,
    handler::Handler,
    response::{IntoResponse, Response},
    routing::MethodRouter,
};
use http::{HeaderValue, StatusCode, header};

use crate::routing::{
    apply::Before,
    gate::{GateLayer, finished},
};

/// Answers the preflights of a path by the policies of its methods, and other `OPTIONS` requests as axum does.
///
/// It is added outside of the path's layers, so no layer sees a preflight.
pub(crate) struct PathOptions<S>(Arc<Inner<S>>);

struct Inner<S> {
    gate: GateLayer,
    /// What takes other `OPTIONS` requests, if anything does.
    others: Option<MethodRouter<S>>,
    /// What `Allow` says where nothing does.
    allow: HeaderValue,
}

impl<S> PathOptions<S> {
    pub(crate) fn new(gate: GateLayer, others: Option<MethodRouter<S>>, allow: HeaderValue) -> Self {
        Self(Arc::new(Inner { gate, others, allow }))
    }
}

impl<S> Clone for PathOptions<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S: Clone + Send + Sync + 'static> Handler<(), S> for PathOptions<S> {
    type Future = OptionsFuture;

    fn call(self, mut request: Request, state: S) -> Self::Future {
        let Inner { gate, others, allow } = &*self.0;
        if gate.has_to_ask(&request) {
            return OptionsFuture::Waiting(Box::pin(async move {
                let request = self.0.gate.ask(request, &state).await;
                self.call(request, state).await
            }));
        }
        match gate.before(&mut request) {
            Before::Answered(own) => OptionsFuture::Ready(Some(own.into_response())),
            Before::Passed(after) => match others {
                None => {
                    let mut response = StatusCode::METHOD_NOT_ALLOWED.into_response();
                    response.headers_mut().insert(header::ALLOW, allow.clone());
                    OptionsFuture::Ready(Some(finished(response, after)))
                }
                Some(others) => {
                    let called = others.clone().call(request, state);
                    OptionsFuture::Waiting(Box::pin(async move { finished(called.await, after) }))
                }
            },
        }
    }
}

/// A response that is there at once, unless somebody has to be asked.
pub(crate) enum OptionsFuture {
    Ready(Option<Response>),
    Waiting(Pin<Box<dyn Future<Output = Response> + Send>>),
}

impl Future for OptionsFuture {
    type Output = Response;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Response> {
        match &mut *self {
            Self::Ready(response) => response.take().map_or(Poll::Pending, Poll::Ready),
            Self::Waiting(inner) => inner.as_mut().poll(context),
        }
    }
}
