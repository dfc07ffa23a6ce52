//! The router that keeps policies on the way to the socket.

mod assembly;
mod finish;
mod parts;
mod registry;
mod staged;

use std::{any::TypeId, convert::Infallible, fmt, sync::Arc, time::Duration};

use axum::{extract::Request, response::IntoResponse, routing::Route};
use tower_layer::Layer;
use tower_service::Service;

use crate::{
    diagnostics::{audit::Audit, refusal::Refusal, report::Hook},
    policy::{delegate::GivenState, source::PolicySource},
    routing::{
        any_handler::{AnyHandler, AnyService, Mountable},
        gate::{Paths, Table},
        method_router::MethodRouter,
        methods::MethodSet,
        mounts::{Mounted, PartPolicy, PathMounts, Rest},
        path_map::PathMap,
        table::Shared,
    },
    setup_error::{SetupError, SetupProblem},
};

pub(crate) use self::registry::nested_path;
use self::{
    assembly::for_paths,
    parts::{Fallback, Opaque, Part, map_parts, try_in_axum},
    registry::Registry,
    staged::Staged,
};

/// A router that answers the preflights of each path and method by the policy of the handler there, and puts the
/// headers of that policy on every response, whoever made it.
///
/// It is used as axum's `Router` is; [`finish`](Self::finish) turns it into one. [`map`](Self::map) gives access to those of
/// axum's methods that it does not have itself.
///
/// Its policies are outside of everything: a layer sees no preflight, and what a layer answers carries the headers:
///
/// ```
/// use axum::{extract::Request, http::StatusCode, middleware::{Next, from_fn}, response::Response};
/// use cors_runtime::{CorsRouter, SetupError, cors, get};
///
/// #[cors(origins = ["https://shop.example"], headers = ["authorization"], credentials)]
/// async fn orders() -> &'static str {
///     "orders"
/// }
///
/// async fn auth(request: Request, next: Next) -> Result<Response, StatusCode> {
///     match request.headers().get("authorization") {
///         Some(_) => Ok(next.run(request).await),
///         None => Err(StatusCode::UNAUTHORIZED),
///     }
/// }
///
/// # fn app() -> Result<axum::Router, SetupError> {
/// CorsRouter::new().route("/orders", get(orders)).layer(from_fn(auth)).finish()
/// # }
/// # assert!(app().is_ok());
/// ```
///
/// # Which policy decides
///
/// The innermost. Whatever is around an annotated handler, another router, a default policy or a layer, its responses carry
/// its own policy's headers, or none, and what its policy enforces is enforced.
///
/// | what is put in | its preflights | its responses |
/// |---|---|---|
/// | a `CorsRouter`, by [`nest`](Self::nest) or [`merge`](Self::merge) | are answered before every layer, by the handlers' policies | carry the handler's policy |
/// | a plain axum `Router`, or a finished one | go on inside, and are answered there, or by nobody | carry the policy inside, or stay as they are |
/// | the same, under [`policy`](Self::policy) or [`default_policy`](Self::default_policy) | are answered before every layer, by that policy | carry the policy inside, or else that policy |
///
/// In the last case, the policy outside answers preflights for handlers whose policies it does not know. These then refuse
/// with 403 what their own policy refuses. Hand over the `CorsRouter` itself, and its policies answer.
#[derive(Clone)]
#[must_use = "a router does nothing until it is finished and served"]
pub struct CorsRouter<S = ()> {
    /// The routes whose handlers are known, as far as axum has them.
    known: Part<S>,
    /// The routes that axum does not have yet.
    staged: Staged<S>,
    /// The routers that cannot be looked into.
    opaque: Vec<Opaque<S>>,
    /// What takes the paths that match no route; `None` if it is in one of the others.
    fallback: Option<Fallback<S>>,
    /// What is mounted on each path, whoever has it.
    registry: Registry,
    default: Option<PolicySource>,
    /// The policies that ended up inside of axum's routers, for the time limit of those that are asked for.
    inside: Vec<PolicySource>,
    hook: Option<Hook>,
    time_limit: Option<Duration>,
}

impl<S: Clone + Send + Sync + 'static> CorsRouter<S> {
    /// Creates a router without routes.
    pub fn new() -> Self {
        Self {
            known: Part::new(axum::Router::new()),
            staged: Staged::default(),
            opaque: Vec::new(),
            fallback: Some(Fallback { part: Part::new(axum::Router::new()), policy: None, is_custom: false }),
            registry: Registry::default(),
            default: None,
            inside: Vec::new(),
            hook: None,
            time_limit: None,
        }
    }

    /// Takes segments of paths that begin with `:` or `*` literally, as axum's `without_v07_checks` does.
    ///
    /// Without it they are reported, because they were parameters and wildcards until axum 0.7.
    pub fn without_v07_checks(mut self) -> Self {
        self.registry.allows_v07_syntax = true;
        self.known.router = self.known.router.without_v07_checks();
        self
    }

    /// Whether a route was added, or a router or service that may have some.
    pub fn has_routes(&self) -> bool {
        !self.registry.mounts.is_empty() || !self.opaque.is_empty() || self.known.router.has_routes()
    }

    /// Adds handlers for a path, in axum's syntax of paths.
    ///
    /// A plain axum `MethodRouter` is taken as well; its handlers have no policy and stay same-origin.
    pub fn route(mut self, path: &str, handlers: impl Into<MethodRouter<S>>) -> Self {
        let handlers = handlers.into();
        let overlaps = handlers.overlaps().iter().cloned();
        self.registry.problems.extend(overlaps.map(|overlap| overlap.at(path)));
        self.registry.has_layers |= handlers.has_layers();
        if self.registry.mount(path, handlers.mounts()) {
            self.staged.add(path.to_owned(), handlers);
        }
        self
    }

    /// Adds a service for a path and all its methods. A policy is given to it by [`cors`](crate::cors()); without one, it
    /// has the [default policy](Self::default_policy), if there is one.
    ///
    /// The service sees the whole path. One that serves whatever is below a path, for example a `ServeDir`, is added by
    /// [`nest_service`](Self::nest_service).
    pub fn route_service<V, M>(mut self, path: &str, service: V) -> Self
    where
        V: AnyService<M, S> + 'static,
    {
        if TypeId::of::<V>() == TypeId::of::<axum::Router>() {
            let reason = "a router cannot be the service of one path; use `nest`".to_owned();
            self.registry.problems.push(SetupProblem::BadPath { path: path.to_owned(), reason });
            return self;
        }
        let handlers = match service.into_endpoint().0 {
            Mountable::Own(endpoint) => MethodRouter::new().any_endpoint(&endpoint),
            Mountable::Plain(handlers) => (*handlers).into(),
        };
        self.route(path, handlers)
    }

    /// Adds a service for a prefix and whatever is below it, as axum's `nest_service` does: the service sees paths without
    /// the prefix. A policy is given to it by [`cors`](crate::cors()); without one, it has the
    /// [default policy](Self::default_policy), if there is one.
    ///
    /// ```
    /// use axum::{body::Body, extract::Request, response::Response};
    /// use cors_runtime::{CorsRouter, Policy, cors, policy};
    ///
    /// static FONTS: Policy = policy! { origins = any };
    ///
    /// // Usually `ServeDir::new("assets")` of tower-http.
    /// let assets = tower::service_fn(|_: Request| async { Ok(Response::new(Body::from("a font"))) });
    /// let router: CorsRouter = CorsRouter::new().nest_service("/assets", cors(&FONTS, assets));
    /// ```
    pub fn nest_service<V, M>(mut self, prefix: &str, service: V) -> Self
    where
        V: AnyService<M, ()>,
    {
        if !self.registry.admit_service(prefix) {
            return self;
        }
        // The gate around it has the state, if the policy is asked for.
        let (policy, service) = for_paths(service.into_endpoint().0);
        let router = self.new_router().nest_service(prefix, service.with_state::<()>(()));
        self.opaque.push(Opaque { part: Part::new(router), policy, prefix: prefix.to_owned() });
        self
    }

    /// Adds another router's routes below a prefix, as axum's `nest` does.
    ///
    /// The policies of a `CorsRouter`'s handlers are outside of this router's layers, too. For a plain or a finished axum
    /// `Router` see [which policy decides](Self#which-policy-decides).
    pub fn nest(mut self, prefix: &str, router: impl Into<Self>) -> Self {
        let mut inner = router.into().flush();
        self.absorb(&mut inner);
        if let Some(reason) = self.registry.reason_against_prefix(prefix) {
            self.registry.problems.push(SetupProblem::BadPath { path: prefix.to_owned(), reason });
            self.registry.problems.extend(inner.registry.problems_of_paths());
            return self;
        }
        inner.settle_default();
        // As in axum, a fallback that is not the user's is the outer router's.
        let fallback = inner.fallback.take().filter(|fallback| fallback.is_custom);
        let is_admitted = self.registry.admit(&mut inner.registry, |path| nested_path(prefix, path));
        if !is_admitted || (fallback.is_some() && !self.registry.admit_fallback(prefix)) {
            return self;
        }
        // It may have a fallback without having routes.
        if inner.known.is_gated {
            let known = std::mem::replace(&mut self.known, Part::new(axum::Router::new()));
            match known.try_map(|router| router.nest(prefix, inner.known.router)) {
                Ok(known) => self.known = known,
                Err(reason) => self.registry.problems.push(SetupProblem::refused_by_axum(prefix, reason)),
            }
        }
        let fallback = fallback.map(|Fallback { part, policy, is_custom: _ }| Opaque {
            part,
            policy,
            prefix: "/".to_owned(),
        });
        for Opaque { part, policy, prefix: inner } in inner.opaque.into_iter().chain(fallback) {
            let empty = self.new_router();
            let prefix_here = nested_path(prefix, &inner);
            match part.try_map(|router| empty.nest(prefix, router)) {
                Ok(part) => self.opaque.push(Opaque { part, policy, prefix: prefix_here }),
                Err(reason) => {
                    self.registry.problems.push(SetupProblem::refused_by_axum(&prefix_here, reason))
                }
            }
        }
        self
    }

    /// Adds another router's routes and its fallback.
    ///
    /// # Panics
    ///
    /// If both routers have a fallback, as axum's own `Router` does.
    #[track_caller]
    pub fn merge(mut self, router: impl Into<Self>) -> Self {
        let mut other = router.into();
        self.absorb(&mut other);
        if let (Some(first), Some(second)) = (&self.default, &other.default) {
            let (first, second) = (first.location(), second.location());
            self.registry.problems.push(SetupProblem::TwoDefaultPolicies { first, second });
        }
        other.settle_default();
        let is_admitted = self.registry.admit(&mut other.registry, str::to_owned);
        if !self.registry.admit_fallbacks(&mut other.registry) || !is_admitted {
            return self;
        }
        if other.known.is_gated {
            self.known = self.known.map(|router| router.merge(other.known.router));
        }
        for (path, handlers) in other.staged {
            self.staged.add(path, handlers);
        }
        self.opaque.extend(other.opaque);
        self.fallback = match (self.fallback.take(), other.fallback) {
            (Some(own), Some(other)) => Some(Fallback {
                policy: match (own.is_custom, other.is_custom) {
                    (_, true) => other.policy,
                    (true, false) => own.policy,
                    (false, false) => own.policy.or(other.policy),
                },
                is_custom: own.is_custom || other.is_custom,
                part: own.part.map(|router| router.merge(other.part.router)),
            }),
            (own, other) => own.or(other).filter(|fallback| fallback.is_custom),
        };
        self
    }

    /// Applies a layer to the routes added so far and to the fallback. It is inside of their policies: it sees no
    /// preflight that a policy answers, and its own responses carry the headers.
    ///
    /// A layer that has to see preflights, for example one that writes an access log, is added after
    /// [`finish`](Self::finish).
    pub fn layer<L>(self, layer: L) -> Self
    where
        L: Layer<Route> + Clone + Send + Sync + 'static,
        L::Service: Service<Request, Error = Infallible> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Response: IntoResponse + 'static,
        <L::Service as Service<Request>>::Future: Send + 'static,
    {
        self.layer_routes(layer.clone(), |_| true).map_fallback(|part| part.layer(layer))
    }

    /// Applies a layer to the routes added so far, but not to the fallback. It is inside of their policies, as that of
    /// [`layer`](Self::layer) is.
    ///
    /// # Panics
    ///
    /// If no route was added yet, as axum's own `Router` does.
    #[track_caller]
    pub fn route_layer<L>(self, layer: L) -> Self
    where
        L: Layer<Route> + Clone + Send + Sync + 'static,
        L::Service: Service<Request, Error = Infallible> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Response: IntoResponse + 'static,
        <L::Service as Service<Request>>::Future: Send + 'static,
    {
        let has_routes = !self.staged.is_empty() || self.known.router.has_routes() || !self.opaque.is_empty();
        assert!(has_routes, "a `route_layer` before any route applies to nothing; add the routes first");
        self.layer_routes(layer, |part| part.router.has_routes())
    }

    /// Sets the handler of the paths that match no route: one that is annotated, that [`cors`](crate::cors()) gave a policy
    /// to, or that has none. The last has the [default policy](Self::default_policy), if there is one.
    ///
    /// ```
    /// use axum::http::{StatusCode, Uri};
    /// use cors_runtime::{CorsRouter, cors};
    ///
    /// #[cors(origins = ["https://shop.example"])]
    /// async fn not_found(uri: Uri) -> (StatusCode, String) {
    ///     (StatusCode::NOT_FOUND, format!("there is nothing at {uri}"))
    /// }
    ///
    /// let router: CorsRouter = CorsRouter::new().fallback(not_found);
    /// ```
    pub fn fallback<H, M>(self, handler: H) -> Self
    where
        H: AnyHandler<M, S>,
    {
        self.set_fallback(handler.into_endpoint().0)
    }

    /// Sets the service of the paths that match no route. A policy is given to it by [`cors`](crate::cors()); without one, it
    /// has the [default policy](Self::default_policy), if there is one.
    pub fn fallback_service<V, M>(self, service: V) -> Self
    where
        V: AnyService<M, S>,
    {
        self.set_fallback(service.into_endpoint().0)
    }

    /// Removes the fallback: paths that match no route get axum's own 404 again.
    pub fn reset_fallback(mut self) -> Self {
        match self.fallback {
            Some(_) => self.fallback = Self::new().fallback,
            None => {
                let reset = |router: axum::Router<S>| router.reset_fallback();
                self.known = self.known.map(reset);
                self.opaque = map_parts(self.opaque, |part| part.map(reset));
                self.registry.reset_fallbacks();
            }
        }
        self
    }

    /// Sets what answers the methods that no handler of a path takes, for the routes added so far that have no fallback of
    /// their own.
    ///
    /// It is a handler without a policy, usually: pages that may use the path can read its 405. One with a policy decides by
    /// that.
    pub fn method_not_allowed_fallback<H, M>(mut self, handler: H) -> Self
    where
        H: AnyHandler<M, S>,
    {
        let fallback = handler.into_endpoint().0;
        let mut new = match &fallback {
            Mountable::Own(endpoint) => {
                PathMounts::own(Mounted::Rest(Rest::MethodNotAllowed), endpoint.policy())
            }
            Mountable::Plain(_) => PathMounts::plain(MethodSet::default(), Some(Rest::MethodNotAllowed)),
        };
        // It may be set in routers that cannot be looked into alone.
        self.registry.add_once(new.read_environment());
        new.sources().for_each(|policy| self.leave_to_endpoint(policy));
        self.staged.map(|handlers| match handlers.mounts().has_rest() {
            true => handlers,
            false => handlers.set_fallback(fallback.clone(), Rest::MethodNotAllowed),
        });
        for mounts in self.registry.mounts.values_mut().filter(|mounts| !mounts.has_rest()) {
            mounts.extend(&new);
        }
        let set = |router: axum::Router<S>| match fallback.clone() {
            Mountable::Own(endpoint) => router.method_not_allowed_fallback(endpoint),
            Mountable::Plain(handlers) => router.method_not_allowed_fallback(*handlers),
        };
        if self.known.router.has_routes() {
            self.known = self.known.map(set);
        }
        self.opaque = map_parts(self.opaque, |part| part.map(set));
        self
    }

    /// Gives the state to the handlers, as axum's `with_state` does.
    pub fn with_state<S2>(self, state: S) -> CorsRouter<S2> {
        let Self { known, staged, opaque, fallback, mut registry, mut default, inside, hook, time_limit } =
            self;
        let given = GivenState::new(&state);
        registry.bind(&given);
        let mut bind = |policy: &mut PartPolicy| registry.add_once(policy.bind(&given));
        let opaque = opaque.into_iter().map(|Opaque { part, mut policy, prefix }| {
            policy.as_mut().map(&mut bind);
            Opaque { part: part.with_state(state.clone()), policy, prefix }
        });
        let opaque = opaque.collect();
        let fallback = fallback.map(|Fallback { part, mut policy, is_custom }| {
            policy.as_mut().map(&mut bind);
            Fallback { part: part.with_state(state.clone()), policy, is_custom }
        });
        if let Some(default) = &mut default {
            registry.add_once(default.bind(&given));
        }
        let staged = staged.with_state(&state, &given);
        let known = known.with_state(state);
        CorsRouter { known, staged, opaque, fallback, registry, default, inside, hook, time_limit }
    }

    /// Does anything with the axum `Router` that holds the routes added so far.
    ///
    /// Whatever is done is inside of the policies of these routes. Routes that are added here have none, so give them paths of
    /// their own: at a path that is there, a handler for every method speaks for theirs, too.
    ///
    /// The policies of fallbacks, of services below a prefix and of routers that cannot be looked into end up inside as
    /// well. A delegate among them that takes a state needs it before: by [`with_state`](Self::with_state), and then `map`.
    ///
    /// ```
    /// use cors_runtime::CorsRouter;
    ///
    /// async fn health() {}
    ///
    /// let router: CorsRouter = CorsRouter::new().map(|router| router.route("/health", axum::routing::get(health)));
    /// ```
    pub fn map(self, change: impl FnOnce(axum::Router<S>) -> axum::Router<S>) -> Self {
        let mut router = self.flush();
        let mut whole = std::mem::take(&mut router.known.router);
        let opaque = std::mem::take(&mut router.opaque).into_iter();
        let fallback = router.fallback.take().map(|Fallback { part, policy, is_custom: _ }| Opaque {
            part,
            policy,
            prefix: "/".to_owned(),
        });
        let mut paths = None;
        for Opaque { part, policy, prefix } in opaque.chain(fallback) {
            let part = match policy {
                // It can no longer be distinguished from the others, so its gate ends up inside.
                Some(mut policy) => {
                    router.registry.add_once(policy.read_environment());
                    router.registry.add_once(policy.bind(&GivenState::new(&())));
                    router.inside.push(policy.source().clone());
                    let new_paths =
                        || Arc::new(PathMap::new(&router.registry.mounts, &mut Shared::default()));
                    let paths = Paths::Inside(Arc::clone(paths.get_or_insert_with(new_paths)));
                    part.gated(Table::new(paths, Some(policy.outer()), None))
                }
                None => part.router,
            };
            whole = try_in_axum(|| whole.merge(part)).unwrap_or_else(|reason| {
                router.registry.problems.push(SetupProblem::refused_by_axum(&prefix, reason));
                router.new_router()
            });
        }
        for mounts in router.registry.mounts.values_mut() {
            mounts.is_mapped = true;
        }
        router.registry.has_layers = true;
        let part = Part::new(whole).map(change);
        router.opaque.push(Opaque { part, policy: None, prefix: "/".to_owned() });
        router
    }

    /// Calls a function with each request that a policy refuses, or whose response it keeps from the page: for example, to count
    /// them. The number of calls is not limited; `tracing` events of the target `cors`, for people to read, are limited.
    ///
    /// It belongs on the outermost router, and hears of what is refused anywhere inside. If the function panics, the response
    /// is the same, and `tracing` hears of it.
    ///
    /// ```
    /// use std::sync::atomic::{AtomicU64, Ordering};
    ///
    /// use cors_runtime::{CorsRouter, cors, get};
    ///
    /// static REFUSALS: AtomicU64 = AtomicU64::new(0);
    ///
    /// #[cors(origins = ["https://shop.example"])]
    /// async fn prices() -> &'static str {
    ///     "prices"
    /// }
    ///
    /// let router: CorsRouter = CorsRouter::new().route("/prices", get(prices)).on_refusal(|_refusal| {
    ///     REFUSALS.fetch_add(1, Ordering::Relaxed);
    /// });
    /// ```
    pub fn on_refusal(mut self, hook: impl Fn(&Refusal) + Send + Sync + 'static) -> Self {
        self.hook = Some(Hook::new(hook));
        self
    }

    /// How long [delegates](crate::delegate()) are waited for that have no [limit of their own](crate::Delegate::time_limit);
    /// 10 seconds without it.
    ///
    /// It is for all delegates of this router and of those that are nested in it and merged into it, unless they say
    /// otherwise. Of clones of a router, the first that is finished sets it for all.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use cors_runtime::{CorsRouter, Policy, cors, get};
    ///
    /// async fn of_tenant() -> Option<Policy> {
    ///     // Here, a database is asked.
    ///     None
    /// }
    ///
    /// #[cors(delegate = of_tenant)]
    /// async fn prices() {}
    ///
    /// let router: CorsRouter =
    ///     CorsRouter::new().route("/prices", get(prices)).delegate_time_limit(Duration::from_secs(2));
    /// ```
    pub fn delegate_time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = Some(limit);
        self
    }

    /// Sets the policy of whatever has none: handlers that are not annotated, routers that cannot be looked into, and the
    /// paths that match no route.
    ///
    /// This is what a `CorsLayer` around a whole application does, outside of every layer:
    ///
    /// ```
    /// use axum::{Router, routing::get};
    /// use cors_runtime::{CorsRouter, Policy, SetupError, policy};
    ///
    /// static POLICY: Policy = policy! { origins = ["https://shop.example"], headers = ["authorization"] };
    ///
    /// # fn app() -> Result<Router, SetupError> {
    /// let app: Router = Router::new().route("/", get(async || "hello"));
    /// let app: Router = CorsRouter::from(app).default_policy(&POLICY).finish()?;
    /// # Ok(app)
    /// # }
    /// # assert!(app().is_ok());
    /// ```
    ///
    /// A policy inside decides before it; see [which policy decides](Self#which-policy-decides). One with `enforce` refuses
    /// before a policy inside can speak.
    pub fn default_policy(mut self, policy: impl Into<PolicySource>) -> Self {
        self.default = Some(policy.into());
        self
    }

    /// Sets the policy of the routes added so far that have none: those of a group.
    ///
    /// Routes that are added later, and the paths that match no route, are not in the group.
    ///
    /// ```
    /// use axum::{Router, routing::get};
    /// use cors_runtime::{CorsRouter, Policy, policy};
    ///
    /// static PUBLIC: Policy = policy! { origins = any };
    ///
    /// let public: Router = Router::new().route("/prices", get(async || "prices"));
    /// let internal: Router = Router::new().route("/stock", get(async || "stock"));
    /// let router: CorsRouter = CorsRouter::from(public).policy(&PUBLIC).merge(internal);
    /// ```
    pub fn policy(mut self, policy: impl Into<PolicySource>) -> Self {
        let policy = policy.into();
        for mounts in self.registry.mounts.values_mut() {
            mounts.set_group(&policy);
        }
        for opaque in &mut self.opaque {
            opaque.policy.get_or_insert_with(|| PartPolicy::Group(policy.clone()));
        }
        self
    }

    /// What this router knows of its routes and their policies.
    pub fn audit(&self) -> Audit {
        Audit::new(self.audit_rows())
    }

    /// A plain axum `Router`, ready to be served, nested or merged.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with how the routes were set up: for example, two handlers for one method of one path, a
    /// handler that no request would ever reach, or a path that is not valid.
    ///
    /// Conflicts with the routes of a plain or finished `axum::Router` are known to axum alone, which panics. That is caught here,
    /// so it is an error as well, and its message is also on the standard error. Under `panic = "abort"`, it ends the process.
    pub fn finish(mut self) -> Result<axum::Router<S>, SetupError> {
        self.registry.problems.extend(self.registry.problems_of_paths());
        self.prepare_policies();
        self.into_axum()
    }
}

/// What it knows of its routes and their policies.
impl<S> fmt::Debug for CorsRouter<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { registry: Registry { mounts, problems, .. }, default, .. } = self;
        f.debug_struct("CorsRouter")
            .field("mounts", mounts)
            .field("default", default)
            .field("problems", problems)
            .finish_non_exhaustive()
    }
}

impl<S: Clone + Send + Sync + 'static> Default for CorsRouter<S> {
    fn default() -> Self {
        Self::new()
    }
}

/// A router that cannot be looked into. What it has policies for, in finished routers or by another library, keeps them.
impl<S: Clone + Send + Sync + 'static> From<axum::Router<S>> for CorsRouter<S> {
    fn from(router: axum::Router<S>) -> Self {
        let opaque = Opaque { part: Part::new(router), policy: None, prefix: "/".to_owned() };
        let mut new = Self { opaque: vec![opaque], ..Self::new() };
        new.registry.has_layers = true;
        new
    }
}
