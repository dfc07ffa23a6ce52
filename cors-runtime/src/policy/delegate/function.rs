//! The functions that can be asked for a policy, and what they take and return.

use std::{
    any::{Any, type_name},
    fmt::Display,
    future::{Future, poll_fn},
    marker::PhantomData,
    pin::Pin,
    sync::Arc,
};

use axum::{
    body::{Body, HttpBody},
    extract::{FromRequestParts, State},
    response::IntoResponse,
};
use http::request::Parts;

use crate::policy::{
    Policy,
    delegate::{AnyStateRef, StateType},
};

type AnswerFuture<'a> = Pin<Box<dyn Future<Output = Result<Policy, String>> + Send + 'a>>;

/// A delegate of any type.
pub(super) trait DynDelegate: Send + Sync {
    fn ask<'a>(self: Arc<Self>, parts: &'a mut Parts, state: &'a AnyStateRef) -> AnswerFuture<'a>;
    fn states(&self) -> Vec<StateType>;
    fn is_zero_sized(&self) -> bool;
    fn name(&self) -> &'static str;
}

pub(super) struct Function<F, M> {
    function: F,
    arguments: PhantomData<fn() -> M>,
}

impl<F, M> Function<F, M> {
    pub(super) fn new(function: F) -> Self {
        Self { function, arguments: PhantomData }
    }
}

impl<F, M> DynDelegate for Function<F, M>
where
    F: PolicyDelegate<M>,
    M: 'static,
{
    fn ask<'a>(self: Arc<Self>, parts: &'a mut Parts, state: &'a AnyStateRef) -> AnswerFuture<'a> {
        Box::pin(async move {
            // Cloning it may panic as well, so this happens where panics are caught.
            let function = self.function.clone();
            resolved(function.ask(parts, state).await?)
        })
    }

    fn states(&self) -> Vec<StateType> {
        F::states()
    }

    fn is_zero_sized(&self) -> bool {
        size_of::<F>() == 0
    }

    fn name(&self) -> &'static str {
        type_name::<F>()
    }
}

/// A function whose arguments are extracted with a state of type `S`.
pub(super) struct StatefulFunction<S, F, M> {
    function: F,
    arguments: PhantomData<fn() -> (S, M)>,
}

impl<S, F, M> StatefulFunction<S, F, M> {
    pub(super) fn new(function: F) -> Self {
        Self { function, arguments: PhantomData }
    }
}

impl<S, F, M> DynDelegate for StatefulFunction<S, F, M>
where
    F: StatefulDelegate<S, M>,
    S: Clone + Send + Sync + 'static,
    M: 'static,
{
    fn ask<'a>(self: Arc<Self>, parts: &'a mut Parts, state: &'a AnyStateRef) -> AnswerFuture<'a> {
        Box::pin(async move {
            let function = self.function.clone();
            resolved(function.ask(parts, downcast(state)?).await?)
        })
    }

    fn states(&self) -> Vec<StateType> {
        vec![StateType::new::<S>()]
    }

    fn is_zero_sized(&self) -> bool {
        size_of::<F>() == 0
    }

    fn name(&self) -> &'static str {
        type_name::<F>()
    }
}

fn downcast<S: 'static>(state: &AnyStateRef) -> Result<&S, String> {
    state.downcast_ref().ok_or_else(|| format!("the state is not a `{}`", type_name::<S>()))
}

/// What a delegate has answered, if it can be served.
fn resolved(policy: Option<Policy>) -> Result<Policy, String> {
    match policy.unwrap_or(Policy::NONE) {
        policy if policy.is_unresolved() => Err(format!(
            "the policy at {} has not read the environment; call `with_environment` first",
            policy.location()
        )),
        policy => Ok(policy),
    }
}

/// Functions that give the policy for a request.
///
/// `M` is the arguments. It is not meant to be implemented elsewhere.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a policy delegate",
    label = "this cannot be asked for a policy",
    note = "write an `async fn` that returns `Policy`, `Option<Policy>`, or a `Result` of these whose error can be \
            displayed",
    note = "its arguments are extractors of the request's head, for example `HeaderMap`, `Uri` or `RequestOrigin`, and \
            `State` of the whole state",
    note = "for a part of the state, or an extractor that works with one state only, write `state = App` beside \
            `delegate`, or use `delegate_with_state`"
)]
pub trait PolicyDelegate<M>: Clone + Send + Sync + 'static {
    /// The policy; `None` grants nothing.
    ///
    /// # Errors
    ///
    /// Why there is none.
    fn ask(
        self,
        parts: &mut Parts,
        state: &(dyn Any + Send + Sync),
    ) -> impl Future<Output = Result<Option<Policy>, String>> + Send;

    /// The types that the arguments want the state to be.
    fn states() -> Vec<StateType>;
}

/// Functions that give the policy for a request, and whose arguments are extracted with a state of type `S`.
///
/// `M` is the arguments. It is not meant to be implemented elsewhere.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a policy delegate with the state `{S}`",
    label = "this cannot be asked for a policy",
    note = "write an `async fn` that returns `Policy`, `Option<Policy>`, or a `Result` of these whose error can be \
            displayed",
    note = "its arguments are extractors of the request's head that work with this state, for example `State` of a part \
            that implements `FromRef<{S}>`"
)]
pub trait StatefulDelegate<S, M>: Clone + Send + Sync + 'static {
    /// The policy; `None` grants nothing.
    ///
    /// # Errors
    ///
    /// Why there is none.
    fn ask(self, parts: &mut Parts, state: &S)
    -> impl Future<Output = Result<Option<Policy>, String>> + Send;
}

/// What a delegate may return.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a policy",
    note = "a delegate returns `Policy`, `&'static Policy`, an `Option` of these, or a `Result` whose error can be displayed"
)]
pub trait IntoPolicy {
    /// The policy; `None` grants nothing.
    ///
    /// # Errors
    ///
    /// Why there is none.
    fn into_policy(self) -> Result<Option<Policy>, String>;
}

impl IntoPolicy for Policy {
    fn into_policy(self) -> Result<Option<Policy>, String> {
        Ok(Some(self))
    }
}

impl IntoPolicy for &Policy {
    fn into_policy(self) -> Result<Option<Policy>, String> {
        Ok(Some(self.clone()))
    }
}

impl IntoPolicy for Arc<Policy> {
    fn into_policy(self) -> Result<Option<Policy>, String> {
        Ok(Some(Policy::clone(&self)))
    }
}

impl<T: IntoPolicy> IntoPolicy for Option<T> {
    fn into_policy(self) -> Result<Option<Policy>, String> {
        self.map_or(Ok(None), T::into_policy)
    }
}

impl<T: IntoPolicy, E: Display> IntoPolicy for Result<T, E> {
    fn into_policy(self) -> Result<Option<Policy>, String> {
        self.map_err(|error| error.to_string()).and_then(T::into_policy)
    }
}

/// What a delegate may take as an argument: extractors of the request's head, and the state.
///
/// `M` is which of them it is. It is not meant to be implemented elsewhere.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be extracted for a delegate",
    note = "a delegate takes extractors of the request's head that work with any state, and `State` of the whole state",
    note = "for a part of the state, or an extractor that works with one state only, write `state = App` beside \
            `delegate`, or use `delegate_with_state`"
)]
pub trait DelegateArgument<M>: Sized + Send {
    /// Extracts the argument.
    ///
    /// # Errors
    ///
    /// The rejection, in words.
    fn extract(
        parts: &mut Parts,
        state: &(dyn Any + Send + Sync),
    ) -> impl Future<Output = Result<Self, String>> + Send;

    /// The type that it wants the state to be.
    fn state() -> Option<StateType>;
}

/// The argument is extracted from the request's head.
#[derive(Debug)]
pub enum ViaParts {}

/// The argument is the state.
#[derive(Debug)]
pub enum ViaState {}

impl<T: FromRequestParts<()> + Send> DelegateArgument<ViaParts> for T {
    async fn extract(parts: &mut Parts, _state: &(dyn Any + Send + Sync)) -> Result<Self, String> {
        extract(parts, &()).await
    }

    fn state() -> Option<StateType> {
        None
    }
}

/// The argument, or its rejection in words.
async fn extract<T: FromRequestParts<S>, S: Sync>(parts: &mut Parts, state: &S) -> Result<T, String> {
    let rejection = match T::from_request_parts(parts, state).await {
        Ok(argument) => return Ok(argument),
        // Nothing says that a rejection can be kept while something is awaited; its response can.
        Err(rejection) => rejection.into_response(),
    };
    let status = rejection.status();
    let text = beginning_of(rejection.into_body()).await;
    Err(format!("{status}: {}", String::from_utf8_lossy(&text)))
}

/// What is kept of a rejection's text.
async fn beginning_of(mut body: Body) -> Vec<u8> {
    const MAX_BYTES: usize = 1_024;
    let mut text = Vec::new();
    while text.len() < MAX_BYTES
        && let Some(Ok(frame)) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await
    {
        text.extend(frame.into_data().unwrap_or_default());
    }
    text.truncate(MAX_BYTES);
    text
}

impl<T: Clone + Send + Sync + 'static> DelegateArgument<ViaState> for State<T> {
    async fn extract(_parts: &mut Parts, state: &(dyn Any + Send + Sync)) -> Result<Self, String> {
        downcast::<T>(state).map(|state| Self(state.clone()))
    }

    fn state() -> Option<StateType> {
        Some(StateType::new::<T>())
    }
}

macro_rules! impl_for_arity {
    ($($argument:ident $marker:ident),*) => {
        #[allow(non_snake_case, unused_variables)]
        impl<F, Fut, R, $($argument, $marker,)*> PolicyDelegate<($(($argument, $marker),)*)> for F
        where
            F: FnOnce($($argument),*) -> Fut + Clone + Send + Sync + 'static,
            Fut: Future<Output = R> + Send,
            R: IntoPolicy,
            $($argument: DelegateArgument<$marker>,)*
        {
            async fn ask(
                self,
                parts: &mut Parts,
                state: &(dyn Any + Send + Sync),
            ) -> Result<Option<Policy>, String> {
                $(let $argument = <$argument>::extract(parts, state).await?;)*
                self($($argument),*).await.into_policy()
            }

            fn states() -> Vec<StateType> {
                let states: Vec<Option<StateType>> = vec![$(<$argument>::state()),*];
                states.into_iter().flatten().collect()
            }
        }

        #[allow(non_snake_case, unused_variables)]
        impl<F, Fut, R, S, $($argument,)*> StatefulDelegate<S, ($($argument,)*)> for F
        where
            F: FnOnce($($argument),*) -> Fut + Clone + Send + Sync + 'static,
            Fut: Future<Output = R> + Send,
            R: IntoPolicy,
            S: Sync,
            $($argument: FromRequestParts<S> + Send,)*
        {
            async fn ask(self, parts: &mut Parts, state: &S) -> Result<Option<Policy>, String> {
                $(let $argument = extract::<$argument, S>(parts, state).await?;)*
                self($($argument),*).await.into_policy()
            }
        }
    };
}

impl_for_arity!();
impl_for_arity!(T1 M1);
impl_for_arity!(T1 M1, T2 M2);
impl_for_arity!(T1 M1, T2 M2, T3 M3);
impl_for_arity!(T1 M1, T2 M2, T3 M3, T4 M4);
impl_for_arity!(T1 M1, T2 M2, T3 M3, T4 M4, T5 M5);
impl_for_arity!(T1 M1, T2 M2, T3 M3, T4 M4, T5 M5, T6 M6);
impl_for_arity!(T1 M1, T2 M2, T3 M3, T4 M4, T5 M5, T6 M6, T7 M7);
impl_for_arity!(T1 M1, T2 M2, T3 M3, T4 M4, T5 M5, T6 M6, T7 M7, T8 M8);
