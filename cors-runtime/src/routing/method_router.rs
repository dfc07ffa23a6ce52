//! The handlers of one path, by method, each with its policy.

use std::{convert::Infallible, fmt};

use axum::{
    extract::Request,
    response::IntoResponse,
    routing::{MethodFilter, Route},
};
use tower_layer::Layer;
use tower_service::Service;

use crate::{
    diagnostics::report::Hook,
    policy::delegate::GivenState,
    routing::{
        any_handler::{AnyHandler, AnyService, Mountable},
        endpoint::{CorsHandler, Endpoint, Extract, HandlerWithPolicy},
        gate::{GateLayer, Outer, Paths, Table},
        marks::count_router,
        methods::MethodSet,
        mounts::{Mounted, Overlap, PathMounts, Rest},
        path_options::PathOptions,
        table::{PathTable, Shared},
    },
};

/// The handlers of one path, each with the policy that is written on it.
///
/// [`get`], [`post`] and their like make one. [`CorsRouter::route`](crate::CorsRouter::route) takes it; so does any
/// axum `Router` once it is turned into axum's own type, which then answers its preflights itself:
///
/// ```
/// use axum::Router;
/// use cors_runtime::{cors, get};
///
/// #[cors(origins = any)]
/// async fn hello() -> &'static str {
///     "hello"
/// }
///
/// let app: Router = Router::new().route("/", get(hello).into());
/// ```
///
/// What the latter cannot do is be outside of layers that are added around it afterwards: an auth layer then sees
/// preflights, and its own responses lack the headers. A [`CorsRouter`](crate::CorsRouter) is outside of them.
#[must_use = "it does nothing until it is given to a router"]
pub struct MethodRouter<S = ()> {
    /// The handlers, each of which applies its own policy; all but one that is mounted on `OPTIONS` with a policy.
    handlers: axum::routing::MethodRouter<S>,
    /// The handler that is mounted on `OPTIONS` with a policy, in the same layers.
    options: Option<axum::routing::MethodRouter<S>>,
    /// The handler that is mounted on every other method with a policy, once more. It takes the `OPTIONS` requests that are
    /// not preflights.
    rest: Option<axum::routing::MethodRouter<S>>,
    mounts: PathMounts,
    /// Whether a layer is around the handlers, whose responses are for a gate to write onto.
    has_layers: bool,
    /// The gate directly around the last layer, if nothing was added after it: then it is outermost, and costs no box of
    /// its own.
    outermost: Option<GateLayer>,
    /// The methods that were mounted twice.
    overlaps: Vec<Overlap>,
}

macro_rules! for_each_method {
    (where $bounds:tt $($handler:ident $service:ident $filter:ident),* $(,)?) => {
        $(mount! { $handler $service $filter $bounds })*

        impl<S: Clone + Send + Sync + 'static> MethodRouter<S> {
            $(mount! { self $handler $service $filter $bounds })*
        }
    };
}

macro_rules! mount {
    ($handler:ident $service:ident $filter:ident { $($bound:tt)* }) => {
        #[doc = concat!("Mounts a handler with a policy on `", stringify!($filter), "`.")]
        ///
        /// The handler is annotated with [`#[cors(..)]`](macro@crate::cors), or wrapped by
        /// [`cors`](crate::cors()).
        ///
        /// ```
        #[doc = concat!("use cors_runtime::{cors, routing::", stringify!($handler), "};")]
        ///
        /// #[cors(origins = ["https://shop.example"])]
        /// async fn handler() {}
        ///
        #[doc = concat!("let route: cors_runtime::MethodRouter = ", stringify!($handler), "(handler);")]
        /// ```
        pub fn $handler<H, T, M, S: Clone + Send + Sync + 'static>(handler: H) -> MethodRouter<S>
        where
            $($bound)*
        {
            on(MethodFilter::$filter, handler)
        }

        #[doc = concat!("Mounts a service on `", stringify!($filter), "`, with a policy that [`cors`](crate::cors()) gives it.")]
        ///
        /// See [`on_service`] for an example.
        pub fn $service<V, S>(service: HandlerWithPolicy<V>) -> MethodRouter<S>
        where
            V: Service<Request, Response: IntoResponse, Error = Infallible, Future: Send>,
            V: Clone + Send + Sync + 'static,
            S: Clone + Send + Sync + 'static,
        {
            on_service(MethodFilter::$filter, service)
        }
    };
    (self $handler:ident $service:ident $filter:ident { $($bound:tt)* }) => {
        #[doc = concat!("Mounts another handler with a policy, on `", stringify!($filter), "`.")]
        pub fn $handler<H, T, M>(self, handler: H) -> Self
        where
            $($bound)*
        {
            self.on(MethodFilter::$filter, handler)
        }

        #[doc = concat!("Mounts a service on `", stringify!($filter), "`, with a policy that [`cors`](crate::cors()) gives it.")]
        pub fn $service<V>(self, service: HandlerWithPolicy<V>) -> Self
        where
            V: Service<Request, Response: IntoResponse, Error = Infallible, Future: Send>,
            V: Clone + Send + Sync + 'static,
        {
            self.on_service(MethodFilter::$filter, service)
        }
    };
}

// The compiler quotes the bound, and the line of the method, where a handler has no policy.
for_each_method! {
    where { H: CorsHandler<T, Output: IntoResponse, Future: Send>, T: Extract<S, M>, M: 'static }
    get get_service GET,
    post post_service POST,
    put put_service PUT,
    patch patch_service PATCH,
    delete delete_service DELETE,
    head head_service HEAD,
    options options_service OPTIONS,
    connect connect_service CONNECT,
    trace trace_service TRACE,
}

/// Mounts a handler with a policy on some methods.
///
/// ```
/// use axum::routing::MethodFilter;
/// use cors_runtime::{cors, on};
///
/// #[cors(origins = ["https://shop.example"])]
/// async fn handler() {}
///
/// let route: cors_runtime::MethodRouter = on(MethodFilter::PUT.or(MethodFilter::POST), handler);
/// ```
pub fn on<H, T, M, S>(methods: MethodFilter, handler: H) -> MethodRouter<S>
where
    H: CorsHandler<T, Output: IntoResponse, Future: Send>,
    T: Extract<S, M>,
    M: 'static,
    S: Clone + Send + Sync + 'static,
{
    MethodRouter::new().on(methods, handler)
}

/// Mounts a service on some methods, with a policy that [`cors`](crate::cors()) gives it.
///
/// ```
/// use axum::{body::Body, extract::Request, response::Response, routing::MethodFilter};
/// use cors_runtime::{MethodRouter, Policy, cors, policy, routing::on_service};
///
/// static FEED: Policy = policy! { origins = any };
///
/// let feed = tower::service_fn(|_: Request| async { Ok(Response::new(Body::from("news"))) });
/// let route: MethodRouter = on_service(MethodFilter::GET, cors(&FEED, feed));
/// ```
///
/// A directory of files is not for one path: see [`CorsRouter::nest_service`](crate::CorsRouter::nest_service).
pub fn on_service<V, S>(methods: MethodFilter, service: HandlerWithPolicy<V>) -> MethodRouter<S>
where
    V: Service<Request, Response: IntoResponse, Error = Infallible, Future: Send>,
    V: Clone + Send + Sync + 'static,
    S: Clone + Send + Sync + 'static,
{
    MethodRouter::new().on_service(methods, service)
}

/// Mounts a handler with a policy on every method, including those that no standard defines.
///
/// The policy's `methods` can narrow what pages may use:
///
/// ```
/// use cors_runtime::{any, cors};
///
/// #[cors(origins = ["https://shop.example"], methods = ["GET", "PURGE"])]
/// async fn handler() {}
///
/// let route: cors_runtime::MethodRouter = any(handler);
/// ```
pub fn any<H, T, M, S>(handler: H) -> MethodRouter<S>
where
    H: CorsHandler<T, Output: IntoResponse, Future: Send>,
    T: Extract<S, M>,
    M: 'static,
    S: Clone + Send + Sync + 'static,
{
    MethodRouter::new().any(handler)
}

/// Mounts a service on every method, with a policy that [`cors`](crate::cors()) gives it.
///
/// See [`on_service`] for an example.
pub fn any_service<V, S>(service: HandlerWithPolicy<V>) -> MethodRouter<S>
where
    V: Service<Request, Response: IntoResponse, Error = Infallible, Future: Send>,
    V: Clone + Send + Sync + 'static,
    S: Clone + Send + Sync + 'static,
{
    MethodRouter::new().any_service(service)
}

impl<S: Clone + Send + Sync + 'static> MethodRouter<S> {
    /// No handler yet.
    pub fn new() -> Self {
        Self {
            handlers: axum::routing::MethodRouter::new(),
            options: None,
            rest: None,
            mounts: PathMounts::default(),
            has_layers: false,
            outermost: None,
            overlaps: Vec::new(),
        }
    }

    /// Mounts another handler with a policy, on some methods.
    pub fn on<H, T, M>(mut self, methods: MethodFilter, handler: H) -> Self
    where
        H: CorsHandler<T, Output: IntoResponse, Future: Send>,
        T: Extract<S, M>,
        M: 'static,
    {
        self.mount(Mounted::On(MethodSet::from_filter(methods)), &Endpoint::from_handler(handler));
        self
    }

    /// Mounts a service on some methods, with a policy that [`cors`](crate::cors()) gives it.
    pub fn on_service<V>(mut self, methods: MethodFilter, service: HandlerWithPolicy<V>) -> Self
    where
        V: Service<Request, Response: IntoResponse, Error = Infallible, Future: Send>,
        V: Clone + Send + Sync + 'static,
    {
        self.mount(Mounted::On(MethodSet::from_filter(methods)), &Endpoint::from_service(service));
        self
    }

    /// Mounts another handler with a policy, on every method that no other handler takes.
    pub fn any<H, T, M>(mut self, handler: H) -> Self
    where
        H: CorsHandler<T, Output: IntoResponse, Future: Send>,
        T: Extract<S, M>,
        M: 'static,
    {
        self.mount(Mounted::Rest(Rest::Any), &Endpoint::from_handler(handler));
        self
    }

    /// Mounts a service on every method that no other handler takes, with a policy that [`cors`](crate::cors()) gives
    /// it.
    pub fn any_service<V>(mut self, service: HandlerWithPolicy<V>) -> Self
    where
        V: Service<Request, Response: IntoResponse, Error = Infallible, Future: Send>,
        V: Clone + Send + Sync + 'static,
    {
        self.mount(Mounted::Rest(Rest::Any), &Endpoint::from_service(service));
        self
    }

    /// Sets what answers the methods that no handler takes, in place of 405: a handler that is annotated, that
    /// [`cors`](crate::cors()) gave a policy to, or that has none and stays same-origin.
    ///
    /// ```
    /// use axum::http::{Method, StatusCode};
    /// use cors_runtime::{MethodRouter, cors, get};
    ///
    /// #[cors(origins = ["https://shop.example"])]
    /// async fn show() {}
    ///
    /// async fn other(method: Method) -> (StatusCode, String) {
    ///     (StatusCode::METHOD_NOT_ALLOWED, format!("{method} is not possible here"))
    /// }
    ///
    /// let route: MethodRouter = get(show).fallback(other);
    /// ```
    pub fn fallback<H, M>(self, handler: H) -> Self
    where
        H: AnyHandler<M, S>,
    {
        self.set_fallback(handler.into_endpoint().0, Rest::Fallback)
    }

    /// Sets the service that answers the methods that no handler takes, in place of 405. A policy is given to it by
    /// [`cors`](crate::cors()); without one, it stays same-origin.
    pub fn fallback_service<V, M>(self, service: V) -> Self
    where
        V: AnyService<M, S>,
    {
        self.set_fallback(service.into_endpoint().0, Rest::Fallback)
    }

    /// Mounts what takes every method, without the type of what it is.
    pub(crate) fn any_endpoint(mut self, endpoint: &Endpoint<S>) -> Self {
        self.mount(Mounted::Rest(Rest::Any), endpoint);
        self
    }

    /// Makes room for a fallback and mounts it.
    pub(crate) fn set_fallback(mut self, fallback: Mountable<S>, rest: Rest) -> Self {
        if self.mounts.remove_fallback() {
            self.rest = None;
        }
        match fallback {
            Mountable::Own(endpoint) => self.mount(Mounted::Rest(rest), &endpoint),
            Mountable::Plain(handlers) => {
                let new = PathMounts::plain(MethodSet::default(), Some(rest));
                self.mount_new(new, |router| router.handlers = router.take_handlers().fallback(*handlers));
            }
        }
        self
    }

    /// Mounts an endpoint.
    fn mount(&mut self, mounted: Mounted, endpoint: &Endpoint<S>) {
        self.mount_new(PathMounts::own(mounted, endpoint.policy()), |router| match mounted {
            Mounted::On(methods) => {
                if methods.intersects(MethodSet::OPTIONS) {
                    router.options = Some(axum::routing::options(endpoint.clone()));
                }
                if let Some(others) = methods.without(MethodSet::OPTIONS).filter() {
                    router.handlers = router.take_handlers().on(others, endpoint.clone());
                }
            }
            Mounted::Rest(rest) => {
                let any = axum::routing::any(endpoint.clone());
                router.handlers = match rest {
                    // Unlike a fallback, `any` leaves out an `Allow` header, which would be empty.
                    Rest::Any => router.take_handlers().merge(any.clone()),
                    Rest::Fallback | Rest::MethodNotAllowed => {
                        router.take_handlers().fallback(endpoint.clone())
                    }
                };
                router.rest = Some(any);
            }
        });
    }

    /// Notes what is new, and adds it, unless some method has a handler already.
    fn mount_new(&mut self, new: PathMounts, add: impl FnOnce(&mut Self)) {
        let overlaps = self.mounts.overlaps(&new);
        if overlaps.is_empty() {
            self.mounts.extend(&new);
            self.outermost = None;
            add(self);
        }
        self.overlaps.extend(overlaps);
    }

    fn take_handlers(&mut self) -> axum::routing::MethodRouter<S> {
        std::mem::take(&mut self.handlers)
    }

    /// Adds the handlers of an axum `MethodRouter`, which have no policy: they stay same-origin.
    ///
    /// ```
    /// use cors_runtime::{cors, get};
    ///
    /// #[cors(origins = ["https://shop.example"])]
    /// async fn show() {}
    ///
    /// async fn import() {}
    ///
    /// let route: cors_runtime::MethodRouter = get(show).merge(axum::routing::post(import));
    /// ```
    pub fn merge(self, other: impl Into<Self>) -> Self {
        self.merge_with(other.into())
    }

    /// Applies a layer to the handlers mounted so far. It is inside of their policies: it sees no preflight, and its
    /// own responses carry the headers.
    pub fn layer<L>(self, layer: L) -> Self
    where
        L: Layer<Route> + Clone + Send + Sync + 'static,
        L::Service: Service<Request, Error = Infallible> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Response: IntoResponse + 'static,
        <L::Service as Service<Request>>::Future: Send + 'static,
    {
        let [options, rest] =
            [self.options, self.rest].map(|alone| alone.map(|alone| alone.layer(layer.clone())));
        let gate = GateLayer::default();
        let handlers = self.handlers.layer((gate.clone(), layer));
        Self { handlers, options, rest, has_layers: true, outermost: Some(gate), ..self }
    }

    /// Applies a layer to the handlers mounted so far, but not to what answers the other methods. It is inside of their
    /// policies, as that of [`layer`](Self::layer) is.
    ///
    /// # Panics
    ///
    /// If no handler is mounted on a method yet, as axum's own `MethodRouter` does.
    #[track_caller]
    pub fn route_layer<L>(self, layer: L) -> Self
    where
        L: Layer<Route> + Clone + Send + Sync + 'static,
        L::Service: Service<Request, Error = Infallible> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Response: IntoResponse + 'static,
        <L::Service as Service<Request>>::Future: Send + 'static,
    {
        let named = self.mounts.named();
        assert!(
            !named.is_empty(),
            "a `route_layer` before any handler applies to nothing; add the handlers first"
        );
        let options = self.options.map(|options| options.route_layer(layer.clone()));
        let handlers = match named.without(MethodSet::OPTIONS).is_empty() && options.is_some() {
            true => self.handlers,
            false => self.handlers.route_layer(layer),
        };
        Self { handlers, options, has_layers: true, outermost: None, ..self }
    }

    /// Gives the state to the handlers, as axum's `with_state` does.
    pub fn with_state<S2>(self, state: S) -> MethodRouter<S2> {
        let given = GivenState::new(&state);
        self.with_given_state(state, &given)
    }

    /// The same, for a state that is given to others, too.
    pub(crate) fn with_given_state<S2>(self, state: S, given: &GivenState) -> MethodRouter<S2> {
        let Self { handlers, options, rest, mut mounts, has_layers, outermost, overlaps } = self;
        // What is wrong with the state is found again where the router is finished.
        drop(mounts.bind(given));
        let [options, rest] = [options, rest].map(|alone| alone.map(|alone| alone.with_state(state.clone())));
        let handlers = handlers.with_state(state);
        MethodRouter { handlers, options, rest, mounts, has_layers, outermost, overlaps }
    }

    /// Adds the handlers of another one, unless some method has one already, which is noted.
    pub(crate) fn merge_with(mut self, other: Self) -> Self {
        let Self { handlers, options, rest, mounts, has_layers, outermost: _, overlaps } = other;
        self.overlaps.extend(overlaps);
        let new_overlaps = self.mounts.overlaps(&mounts);
        if new_overlaps.is_empty() {
            self.handlers = self.handlers.merge(handlers);
            self.options = self.options.or(options);
            self.rest = self.rest.or(rest);
            self.mounts.extend(&mounts);
            self.has_layers |= has_layers;
            self.outermost = None;
        }
        self.overlaps.extend(new_overlaps);
        self
    }

    pub(crate) fn mounts(&self) -> &PathMounts {
        &self.mounts
    }

    /// The methods that have two handlers.
    pub(crate) fn overlaps(&self) -> &[Overlap] {
        &self.overlaps
    }

    pub(crate) fn has_layers(&self) -> bool {
        self.has_layers
    }

    /// All handlers, for a router whose gate answers preflights.
    pub(crate) fn into_gated(self) -> axum::routing::MethodRouter<S> {
        match self.options {
            Some(options) => self.handlers.merge(options),
            None => self.handlers,
        }
    }

    /// The handlers with everything that a path needs to keep its policies by itself.
    ///
    /// `mounts` are its own, ready to be served.
    pub(crate) fn into_standalone(
        mut self,
        path: Option<&str>,
        mounts: &PathMounts,
        outer: Option<Outer>,
        hook: Option<Hook>,
        shared: &mut Shared,
    ) -> axum::routing::MethodRouter<S> {
        // Behind a gate that answers preflights, it is a handler like any other.
        if (mounts.is_mapped || mounts.has_plain_rest())
            && let Some(options) = self.options.take()
        {
            self.handlers = self.handlers.merge(options);
            self.outermost = None;
        }
        let policies = PathTable::new(mounts, shared);
        let allow = policies.allow.clone();
        let answers_preflights = policies.has_policies() || outer.is_some();
        // Where something unknown is beside the handlers, it may take `OPTIONS`, and only a gate answers before it.
        let needs_gate =
            self.has_layers || hook.is_some() || mounts.has_group() || mounts.has_plain() || mounts.is_mapped;
        // Who is asked for preflights alone, need not notice who asks.
        let path = path.filter(|_| needs_gate).map(ToOwned::to_owned);
        let table = Table::new(Paths::One(policies, path), outer, hook);
        // What layers answer, and what has no policy of its own, is for a gate; the rest is for endpoints.
        let (handlers, gate) = match GateLayer::close(self.outermost, table) {
            Ok(gate) => (self.handlers, gate),
            Err(table) => {
                let gate = GateLayer::new(table);
                let handlers = if needs_gate {
                    self.handlers.layer(gate.clone())
                } else if mounts.has_own_rest() {
                    self.handlers
                } else {
                    // What is left is the answer that the method does not exist.
                    self.handlers.merge(
                        axum::routing::MethodRouter::<S, Infallible>::new()
                            .layer::<_, Infallible>(gate.clone()),
                    )
                };
                (handlers, gate)
            }
        };
        // Handlers without a policy that take `OPTIONS` themselves are inside of the gate.
        let has_plain_options =
            mounts.has_plain_rest() || mounts.plain_methods().intersects(MethodSet::OPTIONS);
        if !answers_preflights || has_plain_options || mounts.is_mapped {
            return handlers;
        }
        // Of two handlers for a missing method, axum keeps that of the one which is merged later: the gate's.
        let options = axum::routing::options(PathOptions::new(gate, self.options.or(self.rest), allow));
        options.merge(handlers)
    }
}

impl<S> Clone for MethodRouter<S> {
    fn clone(&self) -> Self {
        // What the gate knows may differ between the clones, so each gets one of its own.
        if let Some(gate) = &self.outermost {
            gate.leave_open();
        }
        Self {
            handlers: self.handlers.clone(),
            options: self.options.clone(),
            rest: self.rest.clone(),
            mounts: self.mounts.clone(),
            has_layers: self.has_layers,
            outermost: None,
            overlaps: self.overlaps.clone(),
        }
    }
}

/// The handlers' methods and policies.
impl<S> fmt::Debug for MethodRouter<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { mounts, overlaps, .. } = self;
        f.debug_struct("MethodRouter")
            .field("mounts", mounts)
            .field("overlaps", overlaps)
            .finish_non_exhaustive()
    }
}

impl<S: Clone + Send + Sync + 'static> Default for MethodRouter<S> {
    fn default() -> Self {
        Self::new()
    }
}

/// Handlers without a policy, which stay same-origin.
impl<S: Clone + Send + Sync + 'static> From<axum::routing::MethodRouter<S>> for MethodRouter<S> {
    fn from(handlers: axum::routing::MethodRouter<S>) -> Self {
        let (methods, is_any) = methods_of(&handlers);
        // Whether it was mounted by `any` or by `fallback`, axum does not say.
        let rest = is_any.then_some(Rest::Any);
        Self { handlers, mounts: PathMounts::plain(methods, rest), ..Self::new() }
    }
}

/// A plain axum `MethodRouter` that keeps the policies of its handlers by itself.
///
/// # Panics
///
/// If two handlers are mounted on one method, as axum's own `MethodRouter` does, or if something else is wrong
/// that [`CorsRouter::finish`](crate::CorsRouter::finish) would report.
impl<S: Clone + Send + Sync + 'static> From<MethodRouter<S>> for axum::routing::MethodRouter<S> {
    #[track_caller]
    fn from(router: MethodRouter<S>) -> Self {
        let path = "its path";
        let mut mounts = router.mounts.clone();
        let overlaps = router.overlaps.iter().cloned().map(|overlap| overlap.at(path));
        // The state is given to axum's router later, where nobody sees it.
        let policies = mounts.bind(&GivenState::new(&())).into_iter().chain(mounts.read_environment());
        if let Some(problem) = overlaps.chain(mounts.problems(path)).chain(policies).next() {
            panic!("{problem}");
        }
        count_router();
        mounts.introduce(&[]);
        router.into_standalone(None, &mounts, None, None, &mut Shared::default())
    }
}

/// The methods that an axum `MethodRouter` has handlers for, and whether it has one for every other method.
///
/// axum reveals it only in its debug output. Were that to change, we would see no method, and lose three things: the
/// report of a handler for `OPTIONS` that no preflight reaches, that of two handlers for one method as a value, for
/// which axum itself panics, and the handlers without a policy in an audit.
fn methods_of<S>(router: &axum::routing::MethodRouter<S>) -> (MethodSet, bool) {
    let text = format!("{router:?}");
    let has = |field: &str| {
        // A fallback that is a service is called so, and axum's own `Default`.
        ["Route", "BoxedHandler", "Service"].iter().any(|kind| text.contains(&format!(" {field}: {kind}")))
    };
    let names = MethodSet::ALL.names().filter(|name| has(&name.to_ascii_lowercase()));
    let methods = names.fold(MethodSet::default(), |set, name| set.or(MethodSet::from_name(name.as_bytes())));
    (methods, has("fallback"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_methods_of_a_plain_method_router() {
        use axum::routing::{any, any_service, get, post_service};

        async fn handler() {}
        let service = tower::service_fn(|_: Request| async {
            Ok::<_, Infallible>(axum::response::Response::<axum::body::Body>::default())
        });

        let names = |router: axum::routing::MethodRouter| {
            let (methods, any) = methods_of(&router);
            methods.names().chain(any.then_some("any")).collect::<Vec<_>>()
        };
        assert_eq!(names(get(handler).put(handler).options(handler)), ["GET", "PUT", "OPTIONS"]);
        let router = post_service(service).head(handler).patch(handler).delete(handler);
        assert_eq!(names(router), ["HEAD", "POST", "PATCH", "DELETE"]);
        assert_eq!(names(any(handler)), ["any"]);
        assert_eq!(names(any_service(service).post(handler)), ["POST", "any"]);
        assert_eq!(names(any(handler).layer(tower::layer::util::Identity::new())), ["any"]);
        assert_eq!(names(get(handler).fallback(handler)), ["GET", "any"]);
        assert_eq!(names(axum::routing::MethodRouter::new()), [""; 0]);
    }
}
