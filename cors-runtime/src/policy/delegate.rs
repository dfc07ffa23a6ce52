//! Policies that a function of the user's gives, request by request.

mod function;

use std::{
    any::{Any, TypeId, type_name},
    fmt,
    future::poll_fn,
    panic::{AssertUnwindSafe, Location, catch_unwind},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    task::Poll,
    time::Duration,
};

use http::request::Parts;

use self::function::{DynDelegate, Function, StatefulFunction};
pub(crate) use self::function::{PolicyDelegate, StatefulDelegate};
use crate::{
    location::PolicyLocation,
    policy::{Policy, data::Enforce, time_limit::TimeLimit},
};

/// Asks a function for the policy of each request, for [`cors`](crate::cors()) and
/// [`default_policy`](crate::CorsRouter::default_policy); on a handler, `#[cors(delegate = path)]` says the same.
///
/// The function is written in the manner of a handler of axum: an `async fn` whose arguments are extracted from the
/// request's head. It returns a [`Policy`], or `None` to keep the response from pages of other origins, or an error, which
/// refuses as well and is reported. It is asked before any layer sees the request, for preflights and for the requests
/// themselves. So no layer limits how long it takes, and no layer catches its panics: after 10 seconds, or
/// [another time](Delegate::time_limit), and after a panic, the request goes on without a policy, which is reported.
///
/// ```
/// use axum::extract::State;
/// use cors_runtime::{CorsRouter, Policy, PolicyError, RequestOrigin, SetupError, cors, delegate, get};
///
/// #[derive(Clone)]
/// struct Shop {
///     partners: Vec<String>,
/// }
///
/// async fn of_partners(State(shop): State<Shop>, origin: RequestOrigin) -> Result<Option<Policy>, PolicyError> {
///     let partner = shop.partners.iter().find(|partner| origin.as_str() == Some(partner));
///     partner.map(|partner| Policy::builder().origins([partner]).build()).transpose()
/// }
///
/// #[cors(delegate = of_partners)]
/// async fn prices() -> &'static str {
///     "prices"
/// }
///
/// # fn app() -> Result<axum::Router, SetupError> {
/// let shop = Shop { partners: vec!["https://partner.example".to_owned()] };
/// let app: axum::Router = CorsRouter::new()
///     .route("/prices", get(prices))
///     .route("/version", get(cors(delegate(of_partners), async || "1.0")))
///     .with_state(shop)
///     .finish()?;
/// # Ok(app)
/// # }
/// # assert!(app().is_ok());
/// ```
///
/// # State
///
/// A `State` among the arguments is the state that `with_state` gives, as a whole.
/// [`CorsRouter::finish`](crate::CorsRouter::finish) reports a state of another type.
///
/// For parts of the state, by `FromRef`, and for extractors that work with one state only, the state's type has to be
/// known: `#[cors(delegate = path, state = App)]` says it on a handler, as `#[axum::debug_handler(state = App)]` does, and
/// [`delegate_with_state`] takes the state itself. In code that is generic over the state, take the whole of it:
///
/// ```
/// use axum::extract::{FromRef, State};
/// use cors_runtime::{CorsRouter, Policy, cors, delegate, get};
///
/// #[derive(Clone)]
/// struct Tenants(Policy);
///
/// async fn of_tenants<S>(State(state): State<S>) -> Policy
/// where
///     Tenants: FromRef<S>,
/// {
///     Tenants::from_ref(&state).0
/// }
///
/// fn routes<S>() -> CorsRouter<S>
/// where
///     S: Clone + Send + Sync + 'static,
///     Tenants: FromRef<S>,
/// {
///     CorsRouter::new().route("/stock", get(cors(delegate(of_tenants::<S>), async || "stock")))
/// }
/// # let policy = cors_runtime::policy! { origins = ["https://tenant.example"] };
/// # let app: Result<axum::Router, _> = routes::<Tenants>().with_state(Tenants(policy)).finish();
/// # assert!(app.is_ok());
/// ```
#[track_caller]
pub fn delegate<F, M>(function: F) -> Delegate
where
    F: PolicyDelegate<M>,
    M: 'static,
{
    let place = Location::caller();
    Delegate::new(function, PolicyLocation::new(place.file(), place.line(), type_name::<F>()))
}

/// The same for a function that takes parts of a state, or extractors that work with this state only.
///
/// ```
/// use axum::extract::{FromRef, State};
/// use cors_runtime::{CorsRouter, Policy, SetupError, cors, delegate_with_state, get, policy};
///
/// #[derive(Clone)]
/// struct Partners(Policy);
///
/// #[derive(Clone)]
/// struct App {
///     partners: Partners,
/// }
///
/// // Or by `#[derive(FromRef)]`.
/// impl FromRef<App> for Partners {
///     fn from_ref(app: &App) -> Self {
///         app.partners.clone()
///     }
/// }
///
/// async fn of_partners(State(partners): State<Partners>) -> Policy {
///     partners.0
/// }
///
/// #[cors(delegate = of_partners, state = App)]
/// async fn prices() -> &'static str {
///     "prices"
/// }
///
/// # fn app() -> Result<axum::Router, SetupError> {
/// let state = App { partners: Partners(policy! { origins = ["https://partner.example"] }) };
/// let app: axum::Router = CorsRouter::new()
///     .route("/prices", get(prices))
///     .route("/version", get(cors(delegate_with_state(state.clone(), of_partners), async || "1.0")))
///     .with_state(state)
///     .finish()?;
/// # Ok(app)
/// # }
/// # assert!(app().is_ok());
/// ```
#[track_caller]
pub fn delegate_with_state<S, F, M>(state: S, function: F) -> Delegate
where
    F: StatefulDelegate<S, M>,
    S: Clone + Send + Sync + 'static,
    M: 'static,
{
    let place = Location::caller();
    let location = PolicyLocation::new(place.file(), place.line(), type_name::<F>());
    let delegate = Delegate::in_state(function, location);
    Delegate { state: Some(Arc::new(state)), ..delegate }
}

/// A policy that is asked for with each request; made by [`delegate`](delegate()) and [`delegate_with_state`].
#[derive(Clone)]
#[must_use = "it does nothing until it is given to a handler or a router"]
pub struct Delegate {
    function: Arc<dyn DynDelegate>,
    function_type: TypeId,
    pub(crate) location: PolicyLocation,
    pub(crate) enforce: Enforce,
    /// The state, once it is known.
    state: Option<AnyState>,
    /// Those who ask for one handler's policy share this, and nobody else.
    shared: Arc<Shared>,
}

/// What is known of a delegate wherever it is mounted for its handler.
#[derive(Debug, Default)]
struct Shared {
    /// How long it is waited for, once it is known.
    time_limit: OnceLock<Duration>,
    /// The address of the state that it was given first.
    state: OnceLock<usize>,
    /// Whether clones of its router have given it different ones.
    has_several_states: AtomicBool,
}

/// How long a delegate is waited for if nothing else is said.
const TIME_LIMIT: Duration = Duration::from_secs(10);

/// A state of any type.
pub(crate) type AnyStateRef = dyn Any + Send + Sync;
type AnyState = Arc<AnyStateRef>;

/// A state for all delegates that are there when it is given.
pub(crate) struct GivenState {
    state: AnyState,
    state_type: StateType,
}

impl GivenState {
    pub(crate) fn new<S: Clone + Send + Sync + 'static>(state: &S) -> Self {
        Self { state: Arc::new(state.clone()), state_type: StateType::new::<S>() }
    }
}

/// A type of state, with its name for messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateType {
    id: TypeId,
    name: &'static str,
}

impl StateType {
    pub(crate) fn new<T: 'static>() -> Self {
        Self { id: TypeId::of::<T>(), name: type_name::<T>() }
    }
}

impl Delegate {
    pub(crate) fn new<F, M>(function: F, location: PolicyLocation) -> Self
    where
        F: PolicyDelegate<M>,
        M: 'static,
    {
        Self::from_dyn::<F>(Arc::new(Function::<F, M>::new(function)), location)
    }

    /// A delegate whose arguments are extracted with a state of this type.
    pub(crate) fn in_state<S, F, M>(function: F, location: PolicyLocation) -> Self
    where
        F: StatefulDelegate<S, M>,
        S: Clone + Send + Sync + 'static,
        M: 'static,
    {
        Self::from_dyn::<F>(Arc::new(StatefulFunction::<S, F, M>::new(function)), location)
    }

    fn from_dyn<F: 'static>(function: Arc<dyn DynDelegate>, location: PolicyLocation) -> Self {
        Self {
            function,
            function_type: TypeId::of::<F>(),
            location,
            enforce: Enforce::Off,
            state: None,
            shared: Arc::default(),
        }
    }

    /// Whatever policy the function returns is enforced: cross-origin requests that it refuses get 403, and the handler does
    /// not run.
    ///
    /// This fails closed. If the function fails or panics, or is not asked because the `Origin` is malformed, cross-origin
    /// requests are refused as well. Without it, only the response is kept from the page then.
    pub fn enforce(mut self) -> Self {
        self.enforce = self.enforce.max(Enforce::CrossOrigin);
        self
    }

    /// Enforces as [`enforce`](Self::enforce) does, also where an `Origin` equals the host that was asked.
    pub fn enforce_strict(mut self) -> Self {
        self.enforce = Enforce::Strict;
        self
    }

    /// How long the function is waited for; 10 seconds without it. When the time is over, its future is dropped, and the
    /// request goes on without a policy, which is reported.
    ///
    /// It takes precedence over [`CorsRouter::delegate_time_limit`](crate::CorsRouter::delegate_time_limit). Timers are tokio's: in
    /// another runtime, or without the feature `tokio`, there is no limit. A function that blocks its thread cannot be
    /// interrupted.
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.shared = Arc::new(Shared { time_limit: OnceLock::from(limit), ..Shared::default() });
        self
    }

    /// Sets the time limit, unless one is set.
    pub(crate) fn set_time_limit(&self, limit: Duration) {
        self.shared.time_limit.get_or_init(|| limit);
    }

    /// The delegate as that of one handler, which may be mounted with another state and in another router than its clones.
    pub(crate) fn for_one_handler(&self) -> Self {
        let time_limit = self.shared.time_limit.clone();
        Self { shared: Arc::new(Shared { time_limit, ..Shared::default() }), ..self.clone() }
    }

    /// Whether both are asked for one handler.
    pub(crate) fn is_for_the_same_handler(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    /// Whether what one has said is what the other would say, as far as the state is concerned.
    pub(crate) fn has_the_same_state(&self, other: &Self) -> bool {
        match (&self.state, &other.state) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (None, None) => true,
            // An endpoint takes the state that axum gives to it.
            _ => !self.shared.has_several_states.load(Ordering::Relaxed),
        }
    }

    /// The function's name.
    pub(crate) fn name(&self) -> &'static str {
        self.function.name()
    }

    /// Whether both ask one function, with one state if it takes any.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        // A function, or a closure that holds nothing, is known by its type.
        let is_known = self.function_type == other.function_type && self.function.is_zero_sized();
        let has_same_state = || match (&self.state, &other.state) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (one, other) => one.is_none() && other.is_none(),
        };
        (is_known || Arc::ptr_eq(&self.function, &other.function))
            && (self.function.states().is_empty() || has_same_state())
    }

    /// Gives it the state, unless it has one.
    ///
    /// # Errors
    ///
    /// The name of the state that it expects, and of this one.
    pub(crate) fn bind(&mut self, given: &GivenState) -> Result<(), (&'static str, &'static str)> {
        let checked = self.check_state(given.state_type);
        if self.state.is_none() && !self.function.states().is_empty() {
            let address = Arc::as_ptr(&given.state).addr();
            if *self.shared.state.get_or_init(|| address) != address {
                self.shared.has_several_states.store(true, Ordering::Relaxed);
            }
        }
        self.state.get_or_insert_with(|| Arc::clone(&given.state));
        checked
    }

    /// Whether a state of this type is the one that it expects, unless it has one.
    ///
    /// # Errors
    ///
    /// The name of the state that it expects, and of this one.
    pub(crate) fn check_state(&self, actual: StateType) -> Result<(), (&'static str, &'static str)> {
        let states = if self.state.is_some() { Vec::new() } else { self.function.states() };
        match states.into_iter().find(|expected| *expected != actual) {
            Some(expected) => Err((expected.name, actual.name)),
            None => Ok(()),
        }
    }

    /// The policy for this request; `state` is the router's, if the delegate has not been given one.
    ///
    /// # Errors
    ///
    /// Why the delegate gave no policy. A panic is such a reason, and so is taking too long: the delegate is asked outside of
    /// every layer that could catch the one or end the other.
    pub(crate) async fn ask(&self, parts: &mut Parts, state: &AnyStateRef) -> Result<Policy, String> {
        let state = self.state.as_deref().unwrap_or(state);
        let mut asked = Arc::clone(&self.function).ask(parts, state);
        let limit = self.shared.time_limit.get().copied().unwrap_or(TIME_LIMIT);
        let mut time_limit = TimeLimit::new(limit);
        poll_fn(|context| {
            let polled = catch_unwind(AssertUnwindSafe(|| asked.as_mut().poll(context)));
            match polled {
                Ok(Poll::Ready(answer)) => Poll::Ready(answer),
                Ok(Poll::Pending) => {
                    time_limit.poll(context).map(|()| Err(format!("it took longer than {limit:?}")))
                }
                Err(_) => Poll::Ready(Err("it panicked".to_owned())),
            }
        })
        .await
    }
}

impl fmt::Debug for Delegate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Delegate").field(&self.location).finish()
    }
}
