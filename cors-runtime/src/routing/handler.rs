//! Handlers with a policy: annotated ones, and any others that [`cors`] gives one at the route.

use std::{
    future::Future,
    marker::PhantomData,
    ops::Deref,
    pin::Pin,
    task::{Context, Poll, ready},
};

use axum::{
    extract::{FromRequest, FromRequestParts, Request},
    handler::Handler,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use pin_project_lite::pin_project;

use crate::{
    explanation::{explain::Head, report},
    policy::{Held, Policy, PolicyData, any_policy::AnyPolicy},
    routing::{
        cors::{Cors, HasPolicy},
        decision::{Pending, empty, tell},
    },
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
    /// How what the policy says is kept.
    #[doc(hidden)]
    type Kept: Deref<Target = PolicyData> + Send + 'static;
    /// The future of [`call`](Self::call).
    type Future: Future<Output = Cors<Self::Output, Self::Policy>>;

    /// The handler's policy.
    fn policy(&self) -> AnyPolicy;

    /// What the policy says. If it does not always say the same, this is that it grants nothing, and a gate has to keep
    /// the policy.
    #[doc(hidden)]
    fn kept(&self) -> Self::Kept;

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
    /// The future of [`extract`](Self::extract).
    type Future: Future<Output = Result<Self, Response>> + Send;

    /// Extracts the arguments.
    ///
    /// # Errors
    ///
    /// The rejection of the first argument that cannot be extracted.
    fn extract(request: Request, state: S) -> Self::Future;
}

/// A handler with a policy, as axum's handlers are called.
///
/// `K` is what it does about its policy: it keeps it itself, by [`Pending`], or leaves it to a gate, by `()`. This is
/// known by type, because axum clones handlers for each request, and those that hold no data cost nothing.
pub(crate) struct Mounted<H, T, M, K> {
    handler: H,
    arguments: PhantomData<fn() -> (T, M)>,
    keep: PhantomData<fn() -> K>,
}

impl<H, T, M, K> Mounted<H, T, M, K> {
    pub(crate) fn new(handler: H) -> Self {
        Self { handler, arguments: PhantomData, keep: PhantomData }
    }
}

impl<H: Clone, T, M, K> Clone for Mounted<H, T, M, K> {
    fn clone(&self) -> Self {
        Self::new(self.handler.clone())
    }
}

/// What a handler does about its policy.
pub(crate) trait Keep<H, T>: Sized + Send + 'static {
    fn of(handler: &H, request: &Request) -> Self;
    fn tell(&self, handler: &H, request: &Request);
    fn refuses(&self, request: &Request) -> bool;
    fn write(&mut self, response: &mut Response);
}

impl<H: CorsHandler<T>, T> Keep<H, T> for Pending<H::Kept> {
    #[inline]
    fn of(handler: &H, request: &Request) -> Self {
        Self::new(handler.kept(), false, request.headers())
    }

    #[inline]
    fn tell(&self, handler: &H, request: &Request) {
        if self.may_be_refused() && report::is_listened_to(None) {
            tell_of(handler, self, request);
        }
    }

    fn refuses(&self, request: &Request) -> bool {
        self.refuses(request.headers(), request.uri())
    }

    fn write(&mut self, response: &mut Response) {
        self.write(response);
    }
}

/// Apart from the way of the requests that nobody refuses.
#[cold]
fn tell_of<H: CorsHandler<T>, T>(handler: &H, pending: &Pending<H::Kept>, request: &Request) {
    let policy = handler.policy();
    if let Some(fixed) = policy.fixed() {
        tell(None, Head::of(request), || pending.judged(fixed, policy.source()));
    }
}

/// A gate does it all.
impl<H, T> Keep<H, T> for () {
    fn of(_handler: &H, _request: &Request) {}

    fn tell(&self, _handler: &H, _request: &Request) {}

    fn refuses(&self, _request: &Request) -> bool {
        false
    }

    fn write(&mut self, _response: &mut Response) {}
}

impl<H, T, M, S, K> Handler<(T, M), S> for Mounted<H, T, M, K>
where
    H: CorsHandler<T>,
    H::Output: IntoResponse,
    H::Policy: Send,
    H::Future: Send,
    T: Extract<S, M> + Send + 'static,
    M: 'static,
    S: Send + 'static,
    K: Keep<H, T>,
{
    type Future = Handling<T::Future, H, H::Future, K>;

    fn call(self, request: Request, state: S) -> Self::Future {
        let pending = K::of(&self.handler, &request);
        pending.tell(&self.handler, &request);
        let step = match pending.refuses(&request) {
            true => Step::Refused,
            false => Step::Extracting { arguments: T::extract(request, state), handler: Some(self.handler) },
        };
        Handling { step, pending }
    }
}

pin_project! {
    /// The response of a handler. It is no `async` block, which could only be named in a box.
    pub(crate) struct Handling<E, H, F, K> {
        #[pin]
        step: Step<E, H, F>,
        pending: K,
    }
}

pin_project! {
    #[project = Projected]
    enum Step<E, H, F> {
        Refused,
        Extracting { #[pin] arguments: E, handler: Option<H> },
        Running { #[pin] inner: F },
    }
}

impl<E, H, T, R, K> Future for Handling<E, H, H::Future, K>
where
    K: Keep<H, T>,
    E: Future<Output = Result<T, Response>>,
    H: CorsHandler<T, Output = R>,
    R: IntoResponse,
{
    type Output = Response;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Response> {
        let mut this = self.project();
        let mut response = loop {
            match this.step.as_mut().project() {
                Projected::Refused => break empty(StatusCode::FORBIDDEN),
                Projected::Extracting { arguments, handler } => {
                    match (ready!(arguments.poll(context)), handler.take()) {
                        (Ok(arguments), Some(handler)) => {
                            let inner = handler.call(arguments);
                            this.step.set(Step::Running { inner });
                        }
                        (Err(rejection), _) => break rejection,
                        (Ok(_), None) => return Poll::Pending,
                    }
                }
                Projected::Running { inner } => {
                    break ready!(inner.poll(context)).into_inner().into_response();
                }
            }
        };
        this.pending.write(&mut response);
        Poll::Ready(response)
    }
}

/// Arguments that are there already. Smaller than a `Ready`, which has room for a rejection.
#[derive(Debug)]
pub struct Here<T>(Option<T>);

impl<T> Unpin for Here<T> {}

impl<T> Future for Here<T> {
    type Output = Result<T, Response>;

    fn poll(mut self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.take().map_or(Poll::Pending, |arguments| Poll::Ready(Ok(arguments)))
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
            type Kept = &'static PolicyData;
            type Future = Fut;

            fn policy(&self) -> AnyPolicy {
                P::policy().into()
            }

            fn kept(&self) -> Self::Kept {
                P::policy().data()
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
            type Future = Here<Self>;

            fn extract(_request: Request, _state: S) -> Self::Future {
                Here(Some(()))
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
            S: Send + Sync + 'static,
        {
            type Future = Pin<Box<dyn Future<Output = Result<Self, Response>> + Send>>;

            fn extract(request: Request, state: S) -> Self::Future {
                Box::pin(async move {
                    let (mut parts, body) = request.into_parts();
                    $(
                        let $argument = $argument::from_request_parts(&mut parts, &state)
                            .await
                            .map_err(IntoResponse::into_response)?;
                    )*
                    let request = Request::from_parts(parts, body);
                    let $last = $last::from_request(request, &state).await.map_err(IntoResponse::into_response)?;
                    Ok(($($argument,)* $last,))
                })
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
pub fn cors<H>(policy: impl Into<AnyPolicy>, handler: H) -> WithPolicy<H> {
    WithPolicy { policy: policy.into(), handler }
}

/// A handler with a policy that stands beside it; made by [`cors`](cors()).
#[derive(Clone, Debug)]
pub struct WithPolicy<H> {
    pub(crate) policy: AnyPolicy,
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
    type Future = Here<Self>;

    fn extract(request: Request, state: S) -> Self::Future {
        Here(Some(Self { request, state, marker: PhantomData }))
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
    type Kept = Held;
    type Future = IntoCors<H::Future>;

    fn policy(&self) -> AnyPolicy {
        self.policy.clone()
    }

    fn kept(&self) -> Held {
        self.policy.fixed().unwrap_or(&Policy::NONE).held()
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
