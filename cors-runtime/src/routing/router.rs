//! The router that keeps policies on the way to the socket.

use std::{collections::BTreeMap, convert::Infallible, sync::Arc};

use axum::{extract::Request, handler::Handler, response::IntoResponse, routing::Route};
use tower_layer::Layer;
use tower_service::Service;

use crate::{
    explanation::{audit::Audit, refusal::Refusal, report::Hook},
    policy::{any_policy::AnyPolicy, delegate::GivenState},
    routing::{
        gate::{GateLayer, Paths, Table},
        method_router::MethodRouter,
        path_policies::{Mounts, PathPolicies},
    },
    setup_error::{SetupError, SetupProblem},
};

/// A router that answers the preflights of each path and method by the policy of the handler there, and puts the
/// headers of that policy on every response, whoever made it.
///
/// It is used as axum's `Router` is; [`finish`](Self::finish) turns it into one. Of axum's methods it has those that
/// concern policies, and [`map`](Self::map) gives access to all others.
///
/// Its policies stand outside of everything: a layer sees no preflight, and what a layer answers bears the headers:
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
/// Where there is no layer there is no gate: handlers then keep their policies by themselves, which costs less.
#[derive(Debug)]
#[must_use = "a router does nothing until it is finished and served"]
pub struct CorsRouter<S = ()> {
    /// Everything that axum has been given already.
    router: axum::Router<S>,
    /// The routes that it has not been given yet, each path once.
    pending: Vec<(String, MethodRouter<S>)>,
    /// What is mounted on each path, given to axum or not.
    mounts: BTreeMap<String, Mounts>,
    /// The paths, to find those that contradict each other.
    paths: matchit::Router<()>,
    default: Option<AnyPolicy>,
    hook: Option<Hook>,
    /// Whether something in the router may stand between the policies and the socket, so that a gate is needed.
    gated: bool,
    /// The gate that stands directly around the last layer, if nothing was added after it: then it is outermost, and
    /// costs no layer of its own.
    outermost: Option<GateLayer>,
    problems: Vec<SetupProblem>,
}

impl<S: Clone + Send + Sync + 'static> CorsRouter<S> {
    /// No route yet.
    pub fn new() -> Self {
        Self {
            router: axum::Router::new(),
            pending: Vec::new(),
            mounts: BTreeMap::new(),
            paths: matchit::Router::new(),
            default: None,
            hook: None,
            gated: false,
            outermost: None,
            problems: Vec::new(),
        }
    }

    /// Adds handlers for a path, in axum's syntax of paths.
    ///
    /// A plain axum `MethodRouter` is taken as well; its handlers have no policy and stay same-origin.
    pub fn route(mut self, path: &str, handlers: impl Into<MethodRouter<S>>) -> Self {
        self.outermost = None;
        let handlers = handlers.into();
        let overlaps = handlers.overlaps().iter().cloned();
        self.problems.extend(overlaps.map(|overlap| overlap.at(path)));
        if !self.mount(path, handlers.mounts()) {
            return self;
        }
        self.keep(path.to_owned(), handlers);
        self
    }

    /// Adds another router's routes below a prefix, as axum's `nest` does.
    ///
    /// The policies of nested handlers stand outside of this router's layers, too.
    pub fn nest(mut self, prefix: &str, router: impl Into<Self>) -> Self {
        let mut inner = router.into().given_to_axum();
        self.outermost = None;
        self.take_problems(&mut inner);
        let reason = match prefix {
            "" | "/" => Some("a router cannot be nested at the root; use `merge`"),
            _ if !prefix.starts_with('/') => Some("it does not begin with `/`"),
            _ if prefix.contains("{*") => Some("a prefix cannot have a wildcard"),
            _ => old_syntax(prefix),
        };
        if let Some(reason) = reason {
            self.problems.push(SetupProblem::BadPath { path: prefix.to_owned(), reason: reason.to_owned() });
            self.problems.extend(inner.problems_of_paths());
            return self;
        }
        let mut admitted = true;
        for (path, mounts) in std::mem::take(&mut inner.mounts) {
            admitted &= self.mount(&nested_path(prefix, &path), &mounts);
        }
        self.gated = true;
        if admitted {
            self = self.given_to_axum();
            self.router = self.router.nest(prefix, inner.router);
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
        self.outermost = None;
        self.take_problems(&mut other);
        self.gated |= other.gated;
        let mut admitted = true;
        for (path, mounts) in std::mem::take(&mut other.mounts) {
            admitted &= self.mount(&path, &mounts);
        }
        if admitted {
            self.router = self.router.merge(other.router);
            for (path, handlers) in other.pending {
                self.keep(path, handlers);
            }
        }
        self
    }

    /// Applies a layer to the routes added so far and to the fallback. It stands inside their policies: it sees no
    /// preflight, and its own responses bear the headers.
    pub fn layer<L>(self, layer: L) -> Self
    where
        L: Layer<Route> + Clone + Send + Sync + 'static,
        L::Service: Service<Request, Error = Infallible> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Response: IntoResponse + 'static,
        <L::Service as Service<Request>>::Future: Send + 'static,
    {
        let gate = GateLayer::default();
        let mut router = self.map(|router| router.layer((gate.clone(), layer)));
        router.outermost = Some(gate);
        router
    }

    /// Applies a layer to the routes added so far, but not to the fallback. It stands inside their policies, as that of
    /// [`layer`](Self::layer) does.
    ///
    /// # Panics
    ///
    /// If there is no route yet, as axum's own `Router` does.
    #[track_caller]
    pub fn route_layer<L>(self, layer: L) -> Self
    where
        L: Layer<Route> + Clone + Send + Sync + 'static,
        L::Service: Service<Request, Error = Infallible> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Response: IntoResponse + 'static,
        <L::Service as Service<Request>>::Future: Send + 'static,
    {
        self.map(|router| router.route_layer(layer))
    }

    /// Sets the handler of the paths that match no route. Its policy is the
    /// [default policy](Self::default_policy), if there is one.
    pub fn fallback<H, T>(mut self, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        self.outermost = None;
        self.router = self.router.fallback(handler);
        self
    }

    /// Gives the state to the handlers, as axum's `with_state` does.
    pub fn with_state<S2>(self, state: S) -> CorsRouter<S2> {
        let Self { router, pending, mut mounts, paths, mut default, hook, gated, outermost, mut problems } =
            self;
        let given = GivenState::new(&state);
        add_once(&mut problems, mounts.values_mut().flat_map(|mounts| mounts.bind(&given)));
        add_once(&mut problems, default.as_mut().and_then(|default| default.bind(&given)));
        let pending =
            pending.into_iter().map(|(path, handlers)| (path, handlers.with_state(state.clone()))).collect();
        let router = router.with_state(state);
        CorsRouter { router, pending, mounts, paths, default, hook, gated, outermost, problems }
    }

    /// Does anything with the axum `Router` that holds the routes added so far.
    ///
    /// Whatever is done stands inside the policies. Routes that are added here have none: they stay same-origin.
    ///
    /// ```
    /// use cors_runtime::CorsRouter;
    ///
    /// async fn health() {}
    ///
    /// let router: CorsRouter = CorsRouter::new().map(|router| router.route("/health", axum::routing::get(health)));
    /// ```
    #[track_caller]
    pub fn map(self, change: impl FnOnce(axum::Router<S>) -> axum::Router<S>) -> Self {
        let mut router = self.given_to_axum();
        router.gated = true;
        router.outermost = None;
        router.router = change(router.router);
        router
    }

    /// Calls a function with each request that a policy refuses, or whose response it keeps from the page: to count them,
    /// say. There is no limit to how often; `tracing` events of the target `cors`, for people to read, are limited.
    ///
    /// It belongs on the outermost router, which then has a [gate](Self) around it even without a layer.
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
        self.hook = Some(Hook(Arc::new(hook)));
        self
    }

    /// Sets the policy of whatever has none: handlers that are not annotated, and the paths that match no route.
    ///
    /// It belongs on the outermost router.
    pub fn default_policy(mut self, policy: impl Into<AnyPolicy>) -> Self {
        self.default = Some(policy.into());
        self
    }

    /// What this router knows of its routes and their policies.
    pub fn audit(&self) -> Audit {
        Audit::new(&self.mounts, self.default.as_ref())
    }

    /// Keeps handlers for a path until it is known whether a gate stands around them.
    fn keep(&mut self, path: String, handlers: MethodRouter<S>) {
        match self.pending.iter_mut().find(|(known, _)| *known == path) {
            Some((_, known)) => *known = std::mem::take(known).merge_with(handlers),
            None => self.pending.push((path, handlers)),
        }
    }

    /// Gives axum the routes that it does not have yet, to be guarded by a gate.
    #[track_caller]
    fn given_to_axum(mut self) -> Self {
        for (path, handlers) in std::mem::take(&mut self.pending) {
            self.router = self.router.route(&path, handlers.bare());
        }
        self
    }

    /// What is wrong with the handlers of each path, which is known once all of them are there.
    fn problems_of_paths(&self) -> Vec<SetupProblem> {
        self.mounts.iter().flat_map(|(path, mounts)| mounts.problems(path)).collect()
    }

    /// Notes what is mounted on a path, unless that cannot be; then notes why not, and what else is wrong with it.
    fn mount(&mut self, path: &str, new: &Mounts) -> bool {
        let admitted = self.try_mount(path, new);
        if !admitted {
            self.problems.extend(new.problems(path));
        }
        admitted
    }

    fn try_mount(&mut self, path: &str, new: &Mounts) -> bool {
        if let Some(known) = self.mounts.get_mut(path) {
            let overlaps = known.overlaps(new);
            let admitted = overlaps.is_empty();
            if admitted {
                known.extend(new);
            }
            self.problems.extend(overlaps.into_iter().map(|overlap| overlap.at(path)));
            return admitted;
        }
        let reason = match path {
            _ if !path.starts_with('/') => Some("it does not begin with `/`".to_owned()),
            _ => old_syntax(path).map(str::to_owned),
        };
        let reason = reason.or_else(|| self.paths.insert(path, ()).err().map(|error| error.to_string()));
        match reason {
            Some(reason) => {
                self.problems.push(SetupProblem::BadPath { path: path.to_owned(), reason });
                false
            }
            None => {
                self.mounts.insert(path.to_owned(), new.clone());
                true
            }
        }
    }

    fn take_problems(&mut self, inner: &mut Self) {
        self.problems.append(&mut inner.problems);
        if let Some(policy) = inner.default.take() {
            self.problems.push(SetupProblem::InnerDefaultPolicy { policy: policy.source() });
        }
        if inner.hook.take().is_some() {
            self.problems.push(SetupProblem::InnerHook);
        }
    }
}

impl CorsRouter<()> {
    /// A plain axum `Router`, ready to be served, nested or merged.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with how the routes were set up: two handlers for one method of one path, a handler
    /// that no request would ever reach, a path that is none.
    #[track_caller]
    pub fn finish<S2>(mut self) -> Result<axum::Router<S2>, SetupError> {
        self.problems.extend(self.problems_of_paths());
        self.prepare_policies();
        if !self.problems.is_empty() {
            return Err(SetupError { problems: self.problems });
        }
        let table = self.table();
        let router = if let Some(gate) = self.outermost.take() {
            gate.set(table);
            self.router
        } else if self.gated || self.hook.is_some() {
            self.given_to_axum().router.layer(GateLayer::new(table))
        } else {
            // The gate is for what matches no route; the routes that come after it keep their policies themselves.
            let pending = std::mem::take(&mut self.pending);
            pending.into_iter().fold(self.router.layer(GateLayer::new(table)), |router, (path, handlers)| {
                let mounts = &self.mounts[&path];
                router.route(&path, handlers.standalone(mounts, self.default.clone()))
            })
        };
        Ok(router.with_state(()))
    }

    fn table(&self) -> Table {
        let paths =
            self.mounts.iter().map(|(path, mounts)| (path.clone(), PathPolicies::new(mounts))).collect();
        Table { paths: Paths::ByPath(paths), default: self.default.clone(), hook: self.hook.clone() }
    }

    /// Makes the policies ready to be served.
    fn prepare_policies(&mut self) {
        let state = GivenState::new(&());
        let mut problems = Vec::new();
        for mounts in self.mounts.values_mut() {
            problems.extend(mounts.bind(&state));
            problems.extend(mounts.read_environment());
        }
        if let Some(default) = &mut self.default {
            problems.extend(default.bind(&state));
            problems.extend(default.read_environment().err().into_iter().flat_map(|error| error.problems));
        }
        add_once(&mut self.problems, problems);
    }
}

/// Adds problems with policies, each of which may stand at many places.
fn add_once(problems: &mut Vec<SetupProblem>, new: impl IntoIterator<Item = SetupProblem>) {
    for problem in new {
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }
}

impl<S: Clone + Send + Sync + 'static> Default for CorsRouter<S> {
    fn default() -> Self {
        Self::new()
    }
}

/// Routes without policies: they stay same-origin, unless there is a default policy.
impl<S: Clone + Send + Sync + 'static> From<axum::Router<S>> for CorsRouter<S> {
    fn from(router: axum::Router<S>) -> Self {
        Self { router, gated: true, ..Self::new() }
    }
}

/// Says what to write instead of the syntax of paths that axum had before 0.8, for which axum would panic.
fn old_syntax(path: &str) -> Option<&'static str> {
    path.split('/').find_map(|segment| match segment.chars().next() {
        Some(':') => Some("write a parameter as `{name}`"),
        Some('*') => Some("write a wildcard as `{*name}`"),
        _ => None,
    })
}

/// The path that axum gives to a nested route.
fn nested_path(prefix: &str, path: &str) -> String {
    match path {
        _ if prefix.ends_with('/') => format!("{prefix}{}", path.trim_start_matches('/')),
        "/" => prefix.to_owned(),
        _ => format!("{prefix}{path}"),
    }
}
