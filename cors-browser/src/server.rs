//! The services that answer, whatever their types.

use std::{
    future::{Future, poll_fn},
    pin::Pin,
};

use bytes::{Buf, Bytes};
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use tower_service::Service;

/// An error of any type, as services and bodies have them.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The body of the requests that a service gets: [`Full`], which has all bytes at once.
pub type RequestBody = Full<Bytes>;

/// A service, whatever its type.
pub(crate) struct Server(Box<dyn FnMut(Request<RequestBody>) -> ServerFuture + Send>);

type ServerFuture = Pin<Box<dyn Future<Output = Result<Response<Bytes>, BoxError>> + Send>>;

impl Server {
    pub(crate) fn new<S, B>(service: &S) -> Self
    where
        S: Service<Request<RequestBody>, Response = Response<B>> + Clone + Send + 'static,
        S::Error: Into<BoxError>,
        S::Future: Send,
        B: http_body::Body + Send + 'static,
        B::Data: Buf + Send,
        B::Error: Into<BoxError>,
    {
        let service = service.clone();
        Self(Box::new(move |request| {
            let mut service = service.clone();
            Box::pin(async move {
                poll_fn(|context| service.poll_ready(context)).await.map_err(Into::into)?;
                let (parts, body) = service.call(request).await.map_err(Into::into)?.into_parts();
                let body = body.collect().await.map_err(Into::into)?;
                Ok(Response::from_parts(parts, body.to_bytes()))
            })
        }))
    }

    pub(crate) async fn answer(
        &mut self,
        request: Request<RequestBody>,
    ) -> Result<Response<Bytes>, BoxError> {
        (self.0)(request).await
    }
}
