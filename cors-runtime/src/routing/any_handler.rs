//! Handlers and services with a policy or without one, for the places that take both: fallbacks, and services for whole
//! paths.

use std::{convert::Infallible, marker::PhantomData};

use axum::{
    extract::Request,
    handler::Handler,
    response::IntoResponse,
    routing::{MethodRouter, any, any_service},
};
use tower_service::Service;

use crate::routing::endpoint::{CorsHandler, Endpoint, Extract, HandlerWithPolicy};

/// A handler that is annotated, that [`cors`](crate::cors()) gave a policy to, or that has none.
///
/// `M` is which of these it is. It is not meant to be implemented elsewhere.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a handler",
    label = "this is neither a handler with a CORS policy nor one that axum takes",
    note = "each argument of a handler is an extractor, and only the last one may consume the body",
    note = "write `#[axum::debug_handler]` above the handler, and above `#[cors(..)]`, to find out more"
)]
pub trait AnyHandler<M, S> {
    #[doc(hidden)]
    fn into_endpoint(self) -> AnyEndpoint<S>;
}

/// A service that [`cors`](crate::cors()) gave a policy to, or that has none.
///
/// `M` is which of these it is. It is not meant to be implemented elsewhere.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a service that can be mounted",
    label = "this is neither a `tower::Service` that cannot fail, nor one with a policy",
    note = "a service takes a `Request`, returns a response, and has the error `Infallible`",
    note = "a handler is mounted by `fallback` or `route`; a policy is given to a service by `cors(&POLICY, service)`"
)]
pub trait AnyService<M, S> {
    #[doc(hidden)]
    fn into_endpoint(self) -> AnyEndpoint<S>;
}

/// What is mounted, with a policy or without one.
#[derive(Debug)]
pub struct AnyEndpoint<S>(pub(crate) Mountable<S>);

#[derive(Clone, Debug)]
pub(crate) enum Mountable<S> {
    Own(Endpoint<S>),
    Plain(Box<MethodRouter<S>>),
}

/// That a handler has a policy.
#[derive(Debug)]
pub struct WithPolicy<T, M>(PhantomData<(T, M)>);

/// That a handler, or a service, has no policy.
#[derive(Debug)]
pub struct WithoutPolicy<T>(PhantomData<T>);

#[diagnostic::do_not_recommend]
impl<H, T, M, S> AnyHandler<WithPolicy<T, M>, S> for H
where
    H: CorsHandler<T, Output: IntoResponse, Future: Send>,
    T: Extract<S, M>,
    M: 'static,
    S: Clone + Send + Sync + 'static,
{
    fn into_endpoint(self) -> AnyEndpoint<S> {
        AnyEndpoint(Mountable::Own(Endpoint::from_handler(self)))
    }
}

#[diagnostic::do_not_recommend]
impl<H, T, S> AnyHandler<WithoutPolicy<T>, S> for H
where
    H: Handler<T, S>,
    T: 'static,
    S: Clone + Send + Sync + 'static,
{
    fn into_endpoint(self) -> AnyEndpoint<S> {
        AnyEndpoint(Mountable::Plain(Box::new(any(self))))
    }
}

#[diagnostic::do_not_recommend]
impl<V, S> AnyService<WithPolicy<(), ()>, S> for HandlerWithPolicy<V>
where
    V: Service<Request, Response: IntoResponse, Error = Infallible, Future: Send>
        + Clone
        + Send
        + Sync
        + 'static,
    S: Clone + Send + Sync + 'static,
{
    fn into_endpoint(self) -> AnyEndpoint<S> {
        AnyEndpoint(Mountable::Own(Endpoint::from_service(self)))
    }
}

#[diagnostic::do_not_recommend]
impl<V, S> AnyService<WithoutPolicy<()>, S> for V
where
    V: Service<Request, Response: IntoResponse + 'static, Error = Infallible, Future: Send + 'static>
        + Clone
        + Send
        + Sync
        + 'static,
    S: Clone + Send + Sync + 'static,
{
    fn into_endpoint(self) -> AnyEndpoint<S> {
        AnyEndpoint(Mountable::Plain(Box::new(any_service(self))))
    }
}
