//! Handlers with a policy: annotated ones, and any others that [`cors`] gives one at the route.

use std::{
    future::Future,
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll, ready},
};

use axum::{
    extract::{FromRequest, FromRequestParts, Request},
    handler::Handler,
    response::{IntoResponse, Response},
};
use pin_project_lite::pin_project;

use crate::{
    cors::{Cors, HasPolicy},
    decision::Pending,
    policy::Policy,
};

/// Handlers that have a policy: functions annotated with [`#[cors(..)]`](macro@crate::cors), and what
/// [`cors(POLICY, handler)`](cors()) returns.
///
/// `T` is the tuple of the handler's arguments. There is no need to implement this trait.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no CORS policy",
    label = "this handler has no CORS policy",
    note = "write `#[cors(origins = [\"https://shop.example\"])]` on the handler, or `#[cors(none)]` if it stays \
            same-origin",
    note = "a handler that cannot be annotated gets its policy at the route: `get(cors(POLICY, handler))`",
    note = "below `#[cors(..)]` stands an `async fn` with at most 16 arguments"
)]
pub trait CorsHandler<T>: Clone + Send + Sync + Sized + 'static {
    /// What the handler returns.
    type Output;
    /// The type that stands for the policy.
    #[doc(hidden)]
    type Policy;
    /// The future of [`call`](Self::call).
    type Future: Future<Output = Cors<Self::Output, Self::Policy>>;

    /// The handler's policy.
    fn policy(&self) -> &'static Policy;

    /// Calls the handler.
    fn call(self, arguments: T) -> Self::Future;
}

/// Arguments of a handler: any number of extractors of the request's head, and a last one that may consume the body.
///
/// `M` is how the last one extracts. There is no need to implement this trait.
#[diagnostic::on_unimplemented(
    message = "the arguments `{Self}` cannot be extracted from a request",
    label = "an argument of this handler is no extractor, or stands in the wrong place",
    note = "each argument of a handler is an extractor, and only the last one may consume the body",
    note = "see <https://docs.rs/axum/0.8/axum/extract/index.html>"
)]
pub trait Extract<S, M>: Sized {
    /// Extracts the arguments.
    ///
    /// # Errors
    ///
    /// The rejection of the first argument that cannot be extracted.
    fn extract(request: Request, state: S) -> impl Future<Output = Result<Self, Response>> + Send;
}

/// A handler with a policy, as axum's handlers are called.
///
/// Unless a gate stands around it, it keeps its policy itself. Which of them is known by type, because axum clones
/// handlers for each request, and those that hold no data cost nothing.
pub(crate) struct Mounted<H, T, M, const HAS_GATE: bool> {
    handler: H,
    marker: PhantomData<fn() -> (T, M)>,
}

impl<H, T, M, const HAS_GATE: bool> Mounted<H, T, M, HAS_GATE> {
    pub(crate) fn new(handler: H) -> Self {
        Self { handler, marker: PhantomData }
    }
}

impl<H: Clone, T, M, const HAS_GATE: bool> Clone for Mounted<H, T, M, HAS_GATE> {
    fn clone(&self) -> Self {
        Self::new(self.handler.clone())
    }
}

impl<H, T, M, S, const HAS_GATE: bool> Handler<(T, M), S> for Mounted<H, T, M, HAS_GATE>
where
    H: CorsHandler<T>,
    H::Output: IntoResponse,
    H::Policy: Send,
    H::Future: Send,
    T: Extract<S, M> + Send + 'static,
    M: 'static,
    S: Send + 'static,
{
    type Future = Pin<Box<dyn Future<Output = Response> + Send>>;

    fn call(self, request: Request, state: S) -> Self::Future {
        let pending = (!HAS_GATE).then(|| Pending::new(self.handler.policy(), request.headers()));
        if let Some(pending) =
            pending.as_ref().filter(|pending| pending.refuses(request.headers(), request.uri()))
        {
            return Box::pin(std::future::ready(pending.clone().into_refusal()));
        }
        let arguments = T::extract(request, state);
        Box::pin(async move {
            let mut response = match arguments.await {
                Ok(arguments) => self.handler.call(arguments).await.into_inner().into_response(),
                Err(rejection) => rejection,
            };
            if let Some(pending) = pending {
                pending.write(&mut response);
            }
            response
        })
    }
}

macro_rules! impl_for_arity {
    ([$($argument:ident),*], $($last:ident)?) => {
        #[allow(non_snake_case)]
        impl<F, R, P, Fut, $($argument,)* $($last,)?> CorsHandler<($($argument,)* $($last,)?)> for F
        where
            F: FnOnce($($argument,)* $($last,)?) -> Fut + Clone + Send + Sync + 'static,
            Fut: Future<Output = Cors<R, P>>,
            P: HasPolicy,
        {
            type Output = R;
            type Policy = P;
            type Future = Fut;

            fn policy(&self) -> &'static Policy {
                P::policy()
            }

            fn call(self, ($($argument,)* $($last,)?): ($($argument,)* $($last,)?)) -> Fut {
                self($($argument,)* $($last,)?)
            }
        }

        impl_for_arity!(extract [$($argument),*], $($last)?);
    };
    (extract [], ) => {
        impl<S: Send> Extract<S, ()> for () {
            // The request ends here, instead of in a future that would be moved about with it.
            fn extract(_request: Request, _state: S) -> impl Future<Output = Result<Self, Response>> + Send {
                async { Ok(()) }
            }
        }
    };
    (extract [$($argument:ident),*], $last:ident) => {
        // The message then names all arguments of the handler, and the rule that they break.
        #[diagnostic::do_not_recommend]
        #[allow(non_snake_case, unused_mut)]
        impl<S, M, $($argument,)* $last> Extract<S, M> for ($($argument,)* $last,)
        where
            $($argument: FromRequestParts<S> + Send,)*
            $last: FromRequest<S, M> + Send,
            S: Send + Sync,
        {
            async fn extract(request: Request, state: S) -> Result<Self, Response> {
                let (mut parts, body) = request.into_parts();
                $(
                    let $argument = $argument::from_request_parts(&mut parts, &state)
                        .await
                        .map_err(IntoResponse::into_response)?;
                )*
                let request = Request::from_parts(parts, body);
                let $last = $last::from_request(request, &state).await.map_err(IntoResponse::into_response)?;
                Ok(($($argument,)* $last,))
            }
        }
    };
}

impl_for_arity!([],);
impl_for_arity!([], T1);
impl_for_arity!([T1], T2);
impl_for_arity!([T1, T2], T3);
impl_for_arity!([T1, T2, T3], T4);
impl_for_arity!([T1, T2, T3, T4], T5);
impl_for_arity!([T1, T2, T3, T4, T5], T6);
impl_for_arity!([T1, T2, T3, T4, T5, T6], T7);
impl_for_arity!([T1, T2, T3, T4, T5, T6, T7], T8);
impl_for_arity!([T1, T2, T3, T4, T5, T6, T7, T8], T9);
impl_for_arity!([T1, T2, T3, T4, T5, T6, T7, T8, T9], T10);
impl_for_arity!([T1, T2, T3, T4, T5, T6, T7, T8, T9, T10], T11);
impl_for_arity!([T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11], T12);
impl_for_arity!([T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12], T13);
impl_for_arity!([T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13], T14);
impl_for_arity!([T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14], T15);
impl_for_arity!([T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15], T16);

/// Gives a handler that is not annotated a policy at the route, whatever axum takes for a handler: a function, a
/// closure, a value. [`get_service`](crate::get_service) takes services so.
///
/// The function beside the [attribute](macro@crate::cors) of the same name.
///
/// ```
/// use cors_runtime::{MethodRouter, Policy, cors, get, policy};
///
/// static FONTS: Policy = policy! { origins = any };
///
/// let route: MethodRouter = get(cors(&FONTS, async || "a font"));
/// ```
pub fn cors<H>(policy: &'static Policy, handler: H) -> WithPolicy<H> {
    WithPolicy { policy, handler }
}

/// A handler with a policy that stands beside it; made by [`cors`](cors()).
#[derive(Clone, Debug)]
pub struct WithPolicy<H> {
    pub(crate) policy: &'static Policy,
    pub(crate) handler: H,
}

/// The arguments of a handler that axum itself extracts: the request and the state.
#[derive(Debug)]
pub struct ViaAxum<M, S> {
    request: Request,
    state: S,
    marker: PhantomData<fn() -> M>,
}

impl<M, S: Send> Extract<S, ()> for ViaAxum<M, S> {
    async fn extract(request: Request, state: S) -> Result<Self, Response> {
        Ok(Self { request, state, marker: PhantomData })
    }
}

impl<H, M, S> CorsHandler<ViaAxum<M, S>> for WithPolicy<H>
where
    H: Handler<M, S> + Sync,
    M: 'static,
    S: 'static,
{
    type Output = Response;
    type Policy = ();
    type Future = IntoCors<H::Future>;

    fn policy(&self) -> &'static Policy {
        self.policy
    }

    fn call(self, arguments: ViaAxum<M, S>) -> Self::Future {
        IntoCors { inner: self.handler.call(arguments.request, arguments.state) }
    }
}

pin_project! {
    /// A future of a handler that axum knows, as that of one that is annotated.
    #[derive(Debug)]
    pub struct IntoCors<F> {
        #[pin]
        inner: F,
    }
}

impl<F: Future<Output = Response>> Future for IntoCors<F> {
    type Output = Cors<Response, ()>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let response = ready!(self.project().inner.poll(context));
        Poll::Ready(Cors::new(response))
    }
}
