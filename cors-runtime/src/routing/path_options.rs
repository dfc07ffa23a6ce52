//! The `OPTIONS` of a path: its preflights, and whatever else comes by this method.

use std::{
    future::Future,
    pin::Pin,
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
    gate::{GateLayer, finished, response},
};

/// Answers the preflights of a path by the policies of its methods, and other `OPTIONS` requests as axum does.
///
/// It is added outside of the path's layers, so no layer sees a preflight.
#[derive(Clone)]
pub(crate) struct PathOptions<S> {
    pub(crate) gate: GateLayer,
    /// What takes other `OPTIONS` requests, if anything does.
    pub(crate) inner: Option<MethodRouter<S>>,
    /// What `Allow` says where nothing does.
    pub(crate) allow: HeaderValue,
}

impl<S: Clone + Send + Sync + 'static> Handler<(), S> for PathOptions<S> {
    type Future = OptionsFuture;

    fn call(self, mut request: Request, state: S) -> Self::Future {
        if self.gate.has_to_ask(&request) {
            return OptionsFuture::Waiting(Box::pin(async move {
                let request = self.gate.ask(request, &state).await;
                self.call(request, state).await
            }));
        }
        match self.gate.before(&mut request) {
            Before::Answered(status, headers) => OptionsFuture::Ready(Some(response(status, headers))),
            Before::Passed(after) => match self.inner {
                None => {
                    let mut response = StatusCode::METHOD_NOT_ALLOWED.into_response();
                    response.headers_mut().insert(header::ALLOW, self.allow);
                    OptionsFuture::Ready(Some(finished(response, after)))
                }
                Some(inner) => OptionsFuture::Waiting(Box::pin(async move {
                    finished(inner.call(request, state).await, after)
                })),
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
