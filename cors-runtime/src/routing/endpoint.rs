//! Handlers with a policy, annotated or given one at the route, and the endpoints that they become.

use std::{
    any::{TypeId, type_name},
    convert::Infallible,
    fmt,
    future::{Future, poll_fn, ready},
    marker::PhantomData,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use axum::{
    extract::{FromRequest, FromRequestParts, Request},
    handler::Handler,
    response::{IntoResponse, Response},
};
use pin_project_lite::pin_project;
use tower_service::Service;

use crate::{
    policy::{PolicyRef, source::PolicySource},
    protocol::{decision::Decision, headers::unknown_preflight, request::Head},
    routing::{
        apply::{self, Before, Condition, OwnResponse},
        gate::finished,
        marks::{Expected, Final, count_router},
        mount_with_this_module::HasPolicy,
        mounts::EndpointPolicy,
        resolved,
        response::Cors,
        siblings::KeptFrom,
    },
};

/// Handlers that have a policy: functions annotated with [`#[cors(..)]`](macro@crate::cors), and what
/// [`cors(POLICY, handler)`](cors()) returns.
///
/// `T` is the tuple of the handler's arguments. The trait is sealed.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no CORS policy",
    label = "this handler has no CORS policy",
    note = "write `#[cors(origins = [\"https://shop.example\"])]` on the handler, or `#[cors(none)]` if it stays \
            same-origin",
    note = "a handler that cannot be annotated gets its policy at the route: `get(cors(&POLICY, handler))`",
    note = "a handler that has the policy of a group, or the default one, is mounted by axum's: `axum::routing::get(handler)`",
    note = "`#[cors(..)]` handlers are `async fn`s with at most 16 arguments"
)]
pub trait CorsHandler<T>: Clone + Send + Sync + Sized + 'static {
    /// What the handler returns.
    type Output;
    /// The type that names the policy.
    #[doc(hidden)]
    type Policy;
    /// The future of [`call`](Self::call).
    type Future: Future<Output = Cors<Self::Output, Self::Policy>>;

    /// The handler's policy.
    fn policy(&self) -> PolicySource;

    /// Whether it is a router, which may have policies of its own inside.
    #[doc(hidden)]
    fn may_contain_policies(_: OnlyHere) -> bool;

    /// Calls the handler.
    fn call(self, arguments: T) -> Self::Future;
}

/// Nobody else can name it, and so nobody else can implement the trait.
#[derive(Debug)]
pub struct OnlyHere;

/// Arguments of a handler: any number of extractors of the request's head, and a last one that may consume the body.
///
/// `M` is how the last one extracts. It is not meant to be implemented elsewhere.
#[diagnostic::on_unimplemented(
    message = "the arguments `{Self}` cannot be extracted from a request",
    label = "an argument of this handler is not an extractor, or is in the wrong place",
    note = "each argument of a handler is an extractor, and only the last one may consume the body",
    note = "write `#[axum::debug_handler]` above `#[cors(..)]` to find out which",
    note = "see <https://docs.rs/axum/0.8/axum/extract/index.html>"
)]
pub trait Extract<S, M>: Sized + Send + 'static {
    /// Extracts the arguments.
    ///
    /// # Errors
    ///
    /// The rejection of the first argument that cannot be extracted.
    fn extract(request: Request, state: S) -> impl Future<Output = Result<Self, Response>> + Send;
}

/// A handler, a router or a service that is mounted with its policy, and applies it wherever it ends up.
///
/// The handler's type is erased here: what axum instantiates for a handler is instantiated once for each type of state.
pub(crate) struct Endpoint<S> {
    mounted: Arc<MountedHandler<dyn Call<S>>>,
}

struct MountedHandler<C: ?Sized> {
    policy: Arc<EndpointPolicy>,
    call: C,
}

/// What can be called with a request, whatever its type is.
trait Call<S>: Send + Sync {
    /// Calls it, and writes what is pending onto its response.
    fn call(&self, request: Request, state: S, pending: Option<Pending>) -> ResponseFuture;
}

/// What is to be written onto the response of a handler.
struct Pending {
    policy: PolicyRef,
    decision: Decision,
    /// What says that the policy has decided.
    mark: Final,
}

type ResponseFuture = Pin<Box<dyn Future<Output = Response> + Send>>;

impl<S> Clone for Endpoint<S> {
    fn clone(&self) -> Self {
        Self { mounted: Arc::clone(&self.mounted) }
    }
}

impl<S> fmt::Debug for Endpoint<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Endpoint").field(&self.mounted.policy).finish()
    }
}

impl<S: Clone + Send + Sync + 'static> Endpoint<S> {
    pub(crate) fn from_handler<H, T, M>(handler: H) -> Self
    where
        H: CorsHandler<T, Output: IntoResponse, Future: Send>,
        T: Extract<S, M>,
        M: 'static,
    {
        // These may ask a router with the request, even the one that they are in. Were the names to change, a process with one
        // router alone would not notice.
        let types = type_name::<(H, T)>();
        if ["::request::Request<", "::request::Parts", "::Layered<"].iter().any(|name| types.contains(name)) {
            count_router();
        }
        let policy = EndpointPolicy::new(handler.policy(), H::may_contain_policies(OnlyHere));
        let call = CallHandler { handler, arguments: PhantomData::<fn() -> (T, M)> };
        Self { mounted: Arc::new(MountedHandler { policy, call }) }
    }

    pub(crate) fn from_service<V>(service: HandlerWithPolicy<V>) -> Self
    where
        V: Service<Request, Response: IntoResponse, Error = Infallible, Future: Send>
            + Clone
            + Send
            + Sync
            + 'static,
    {
        let HandlerWithPolicy { policy, handler } = service;
        let policy = EndpointPolicy::new(policy, true);
        let call = CallService(handler);
        Self { mounted: Arc::new(MountedHandler { policy, call }) }
    }

    pub(crate) fn policy(&self) -> &Arc<EndpointPolicy> {
        &self.mounted.policy
    }

    /// Applies a policy to a request, and calls what is mounted.
    fn serve(&self, policy: PolicyRef, mut request: Request, state: S) -> ResponseFuture {
        let MountedHandler { policy: own, call } = &*self.mounted;
        let head = Head::from_request(&request);
        if head.preflight().is_some() {
            // Nobody outside knew which path this is, or its gate would have answered. A preflight is not for handlers.
            return Box::pin(ready(OwnResponse::forbidden(unknown_preflight()).into_response()));
        }
        if own.may_contain_policies {
            let kept_from = KeptFrom::Siblings(&own.siblings);
            let last_word = Final::by(&own.source, &policy);
            Expected::resolve(&policy, &mut request);
            let at_service = Condition::AtService;
            return match apply::request_for_outer(&own.source, kept_from, policy, at_service, &mut request) {
                Before::Answered(own) => Box::pin(ready(marked(own.into_response(), last_word))),
                Before::Passed(after) => {
                    let called = call.call(request, state, None);
                    Box::pin(async move { finished(called.await, after) })
                }
            };
        }
        let terms = apply::terms(&own.source, &policy, head);
        let decision = KeptFrom::Siblings(&own.siblings).decide(&policy, terms, head);
        apply::report_request(&decision, &policy, &own.source, head);
        let mark = Final::by(&own.source, &policy);
        match decision.is_refused {
            true => Box::pin(ready(OwnResponse::from_refusal(decision, &policy, mark).into_response())),
            false => call.call(request, state, Some(Pending { policy, decision, mark })),
        }
    }
}

fn marked(mut response: Response, last_word: Final) -> Response {
    if matches!(response.extensions().get(), None | Some(Final::Nobody)) {
        response.extensions_mut().insert(last_word);
    }
    response
}

/// An endpoint as axum's handlers are called.
impl<S: Clone + Send + Sync + 'static> Handler<(), S> for Endpoint<S> {
    type Future = ResponseFuture;

    fn call(self, request: Request, state: S) -> Self::Future {
        let policy = &self.mounted.policy;
        if let Some(policy) = policy.fixed() {
            return self.serve(policy.to_ref(), request, state);
        }
        if let Some(policy) = resolved::known(&policy.source, Head::from_request(&request)) {
            return self.serve(policy, request, state);
        }
        Box::pin(self.ask(request, state))
    }
}

impl<S: Clone + Send + Sync + 'static> Endpoint<S> {
    /// Asks a delegate first.
    async fn ask(self, request: Request, state: S) -> Response {
        let (mut parts, body) = request.into_parts();
        let source = &self.mounted.policy.source;
        let is_asked_again = resolved::is_for_another_request(source, Head::from_parts(&parts));
        resolved::ask(source, &mut parts, &state).await;
        let policy = resolved::known(source, Head::from_parts(&parts));
        let policy = policy.unwrap_or_else(|| crate::Policy::NONE.to_ref());
        if is_asked_again {
            Expected::renew(&policy, &mut parts.extensions);
        }
        self.serve(policy, Request::from_parts(parts, body), state).await
    }
}

struct CallHandler<H, T, M> {
    handler: H,
    arguments: PhantomData<fn() -> (T, M)>,
}

impl<H, T, M, S> Call<S> for CallHandler<H, T, M>
where
    H: CorsHandler<T, Output: IntoResponse, Future: Send>,
    T: Extract<S, M>,
    M: 'static,
    S: Send + 'static,
{
    fn call(&self, request: Request, state: S, pending: Option<Pending>) -> ResponseFuture {
        let handler = self.handler.clone();
        let arguments = T::extract(request, state);
        Box::pin(async move {
            let mut response = match arguments.await {
                Ok(arguments) => handler.call(arguments).await.into_inner().into_response(),
                Err(rejection) => rejection,
            };
            write(pending, &mut response);
            response
        })
    }
}

struct CallService<V>(V);

impl<V, S> Call<S> for CallService<V>
where
    V: Service<Request, Response: IntoResponse, Error = Infallible, Future: Send>
        + Clone
        + Send
        + Sync
        + 'static,
{
    fn call(&self, request: Request, _state: S, pending: Option<Pending>) -> ResponseFuture {
        let mut service = self.0.clone();
        Box::pin(async move {
            let Ok(()) = poll_fn(|context| service.poll_ready(context)).await;
            let Ok(response) = service.call(request).await;
            let mut response = response.into_response();
            write(pending, &mut response);
            response
        })
    }
}

/// Writes the fields of the policy, if they are not for somebody outside to write. Nor are they where a handler has asked a router,
/// and somebody in there has the last word.
#[inline]
fn write(pending: Option<Pending>, response: &mut Response) {
    if let Some(Pending { policy, decision, mark }) = pending {
        match response.extensions().get() {
            None | Some(Final::Nobody) => {
                decision.write(&policy, response.headers_mut());
                response.extensions_mut().insert(mark);
            }
            Some(_) => decision.write_condition(response.headers_mut()),
        }
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

            fn policy(&self) -> PolicySource {
                P::policy()
            }

            fn may_contain_policies(_: OnlyHere) -> bool {
                false
            }

            fn call(self, ($($argument,)* $($last,)?): ($($argument,)* $($last,)?)) -> Fut {
                self($($argument,)* $($last,)?)
            }
        }

        impl_for_arity!(extract [$($argument),*], $($last)?);
    };
    (extract [], ) => {
        #[diagnostic::do_not_recommend]
        impl<S: Send> Extract<S, ()> for () {
            // The request ends here, instead of in a future that would be moved about with it.
            fn extract(_request: Request, _state: S) -> impl Future<Output = Result<Self, Response>> + Send {
                Immediate(Some(()))
            }
        }
    };
    (extract [$($argument:ident),*], $last:ident) => {
        // The message then names all arguments of the handler, and the rule that they break.
        #[diagnostic::do_not_recommend]
        #[allow(non_snake_case, unused_mut)]
        impl<S, M, $($argument,)* $last> Extract<S, M> for ($($argument,)* $last,)
        where
            $($argument: FromRequestParts<S> + Send + 'static,)*
            $last: FromRequest<S, M> + Send + 'static,
            S: Send + Sync + 'static,
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

/// Arguments that are there already. Smaller than a `Ready`, which has room for a rejection.
struct Immediate<T>(Option<T>);

impl<T> Unpin for Immediate<T> {}

impl<T> Future for Immediate<T> {
    type Output = Result<T, Response>;

    fn poll(mut self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.take().map_or(Poll::Pending, |arguments| Poll::Ready(Ok(arguments)))
    }
}

/// Gives a handler that is not annotated a policy at the route, whatever axum takes for a handler: a function, a
/// closure, a value. [`get_service`](crate::routing::get_service) takes services so.
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
pub fn cors<H>(policy: impl Into<PolicySource>, handler: H) -> HandlerWithPolicy<H> {
    HandlerWithPolicy { policy: policy.into(), handler }
}

/// A handler or a service, and the policy that is given to it; made by [`cors`](cors()).
#[derive(Clone, Debug)]
#[must_use = "it does nothing until it is mounted"]
pub struct HandlerWithPolicy<H> {
    pub(crate) policy: PolicySource,
    pub(crate) handler: H,
}

/// The arguments of a handler that axum itself extracts: the request and the state.
#[derive(Debug)]
pub struct ViaAxum<M, S> {
    request: Request,
    state: S,
    marker: PhantomData<fn() -> M>,
}

#[diagnostic::do_not_recommend]
impl<M: 'static, S: Send + 'static> Extract<S, ()> for ViaAxum<M, S> {
    fn extract(request: Request, state: S) -> impl Future<Output = Result<Self, Response>> + Send {
        Immediate(Some(Self { request, state, marker: PhantomData }))
    }
}

#[diagnostic::do_not_recommend]
impl<H, M, S> CorsHandler<ViaAxum<M, S>> for HandlerWithPolicy<H>
where
    H: Handler<M, S> + Sync,
    M: 'static,
    S: 'static,
{
    type Output = Response;
    type Policy = ();
    type Future = IntoCors<H::Future>;

    fn policy(&self) -> PolicySource {
        self.policy.clone()
    }

    fn may_contain_policies(_: OnlyHere) -> bool {
        // The one handler of axum's that is a router, with layers or without.
        TypeId::of::<H>() == TypeId::of::<axum::routing::MethodRouter<S>>()
            || type_name::<H>().contains("::MethodRouter")
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
