//! The handlers of one path, by method, each with its policy.

use std::{convert::Infallible, future::Ready, sync::Arc};

use axum::{
    extract::Request,
    handler::Handler,
    response::{IntoResponse, Response},
    routing::{MethodFilter, Route},
};
use http::{StatusCode, header};
use tower_layer::Layer;
use tower_service::Service;

use crate::{
    explanation::explain::Head,
    policy::{any_policy::AnyPolicy, delegate::GivenState},
    routing::{
        answer::Preflight,
        decision::{Pending, answer_preflight_of_path, empty},
        gate::{GateLayer, Paths, Table},
        handler::{CorsHandler, Extract, Mounted, WithPolicy},
        methods::MethodSet,
        path_policies::{self, Mount, Mounts, Overlap, PathPolicies},
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
/// What the latter cannot do is stand outside of layers that are added around it afterwards: an auth layer then sees
/// preflights, and its own responses lack the headers. A [`CorsRouter`](crate::CorsRouter) stands outside of them.
#[derive(Clone, Debug)]
#[must_use = "it does nothing until it is given to a router"]
pub struct MethodRouter<S = ()> {
    /// The handlers alone, for a gate to stand around.
    bare: axum::routing::MethodRouter<S>,
    /// The handlers as they keep their policies themselves; `None` where only a gate can keep them.
    own: Option<axum::routing::MethodRouter<S>>,
    mounts: Mounts,
    /// The methods that were mounted twice.
    overlaps: Vec<Overlap>,
}

macro_rules! for_each_method {
    ($($name:ident $filter:ident $example:literal),* $(,)?) => {
        $(
            #[doc = concat!("Mounts a handler with a policy on `", stringify!($filter), "`.")]
            ///
            /// The handler is annotated with [`#[cors(..)]`](macro@crate::cors), or wrapped by
            /// [`cors`](crate::cors()).
            ///
            /// ```
            #[doc = concat!("use cors_runtime::{cors, ", stringify!($name), "};")]
            ///
            #[doc = $example]
            /// async fn handler() {}
            ///
            #[doc = concat!("let route: cors_runtime::MethodRouter = ", stringify!($name), "(handler);")]
            /// ```
            pub fn $name<H, T, M, S>(handler: H) -> MethodRouter<S>
            where
                H: CorsHandler<T>,
                H::Output: IntoResponse,
                H::Policy: Send,
                H::Future: Send,
                T: Extract<S, M> + Send + 'static,
                M: 'static,
                S: Clone + Send + Sync + 'static,
            {
                MethodRouter::new().$name(handler)
            }
        )*

        impl<S: Clone + Send + Sync + 'static> MethodRouter<S> {
            $(
                #[doc = concat!("Mounts another handler with a policy, on `", stringify!($filter), "`.")]
                pub fn $name<H, T, M>(self, handler: H) -> Self
                where
                    H: CorsHandler<T>,
                    H::Output: IntoResponse,
                    H::Policy: Send,
                    H::Future: Send,
                    T: Extract<S, M> + Send + 'static,
                    M: 'static,
                {
                    self.on(MethodFilter::$filter, handler)
                }
            )*
        }
    };
}

for_each_method! {
    get GET r#"#[cors(origins = ["https://shop.example"])]"#,
    post POST r#"#[cors(origins = ["https://shop.example"], headers = ["content-type"])]"#,
    put PUT r#"#[cors(origins = ["https://shop.example"], headers = ["content-type"])]"#,
    patch PATCH r#"#[cors(origins = ["https://shop.example"], headers = ["content-type"])]"#,
    delete DELETE r#"#[cors(origins = ["https://shop.example"], headers = ["authorization"], credentials)]"#,
    head HEAD r#"#[cors(origins = any)]"#,
    options OPTIONS r#"#[cors(origins = any)]"#,
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
    H: CorsHandler<T>,
    H::Output: IntoResponse,
    H::Policy: Send,
    H::Future: Send,
    T: Extract<S, M> + Send + 'static,
    M: 'static,
    S: Clone + Send + Sync + 'static,
{
    MethodRouter::new().on(methods, handler)
}

/// Mounts a handler with a policy on every method, those of no standard too.
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
    H: CorsHandler<T>,
    H::Output: IntoResponse,
    H::Policy: Send,
    H::Future: Send,
    T: Extract<S, M> + Send + 'static,
    M: 'static,
    S: Clone + Send + Sync + 'static,
{
    MethodRouter::new().any(handler)
}

/// Mounts a service on `GET`, with a policy that [`cors`](crate::cors()) gives it: files, say, that pages of other
/// origins load.
///
/// ```
/// use axum::{body::Body, extract::Request, response::Response};
/// use cors_runtime::{MethodRouter, Policy, cors, get_service, policy};
///
/// static FONTS: Policy = policy! { origins = any };
///
/// // Such as a `ServeDir` of tower-http.
/// let fonts = tower::service_fn(|_: Request| async { Ok(Response::new(Body::from("a font"))) });
/// let route: MethodRouter = get_service(cors(&FONTS, fonts));
/// ```
pub fn get_service<V, S>(service: WithPolicy<V>) -> MethodRouter<S>
where
    V: Service<Request, Error = Infallible> + Clone + Send + Sync + 'static,
    V::Response: IntoResponse + 'static,
    V::Future: Send + 'static,
    S: Clone + Send + Sync + 'static,
{
    MethodRouter::new().get_service(service)
}

/// Mounts a service on every method, with a policy that [`cors`](crate::cors()) gives it.
///
/// See [`get_service`] for an example.
pub fn any_service<V, S>(service: WithPolicy<V>) -> MethodRouter<S>
where
    V: Service<Request, Error = Infallible> + Clone + Send + Sync + 'static,
    V::Response: IntoResponse + 'static,
    V::Future: Send + 'static,
    S: Clone + Send + Sync + 'static,
{
    MethodRouter::new().any_service(service)
}

impl<S: Clone + Send + Sync + 'static> MethodRouter<S> {
    /// No handler yet.
    pub fn new() -> Self {
        Self {
            bare: axum::routing::MethodRouter::new(),
            own: Some(axum::routing::MethodRouter::new()),
            mounts: Mounts::default(),
            overlaps: Vec::new(),
        }
    }

    /// Mounts another handler with a policy, on some methods.
    pub fn on<H, T, M>(mut self, methods: MethodFilter, handler: H) -> Self
    where
        H: CorsHandler<T>,
        H::Output: IntoResponse,
        H::Policy: Send,
        H::Future: Send,
        T: Extract<S, M> + Send + 'static,
        M: 'static,
    {
        let set = MethodSet::of_filter(methods);
        let mount = Mount { methods: path_policies::Mounted::On(set), policy: handler.policy() };
        let is_fixed = mount.policy.fixed().is_some();
        if self.admit(mount) {
            // Its own OPTIONS would take the preflights, and what is not fixed is for a gate to know.
            let own = self.own.filter(|_| is_fixed && !set.meets(MethodSet::OPTIONS));
            self.own =
                own.map(|own| own.on(methods, Mounted::<_, T, M, Pending<H::Kept>>::new(handler.clone())));
            self.bare = self.bare.on(methods, Mounted::<_, T, M, ()>::new(handler));
        }
        self
    }

    /// Mounts another handler with a policy, on every method that no other handler takes.
    pub fn any<H, T, M>(mut self, handler: H) -> Self
    where
        H: CorsHandler<T>,
        H::Output: IntoResponse,
        H::Policy: Send,
        H::Future: Send,
        T: Extract<S, M> + Send + 'static,
        M: 'static,
    {
        let mount = Mount { methods: path_policies::Mounted::Any, policy: handler.policy() };
        if self.admit(mount) {
            self.own = None;
            // Unlike a fallback, `any` leaves out an `Allow` header, which would be empty.
            self.bare = self.bare.merge(axum::routing::any(Mounted::<_, T, M, ()>::new(handler)));
        }
        self
    }

    /// Mounts a service on `GET`, with a policy that [`cors`](crate::cors()) gives it.
    pub fn get_service<V>(mut self, service: WithPolicy<V>) -> Self
    where
        V: Service<Request, Error = Infallible> + Clone + Send + Sync + 'static,
        V::Response: IntoResponse + 'static,
        V::Future: Send + 'static,
    {
        let methods = path_policies::Mounted::On(MethodSet::GET);
        if self.admit(Mount { methods, policy: service.policy }) {
            self.own = None;
            self.bare = self.bare.get_service(service.handler);
        }
        self
    }

    /// Mounts a service on every method that no other handler takes, with a policy that [`cors`](crate::cors()) gives
    /// it.
    pub fn any_service<V>(mut self, service: WithPolicy<V>) -> Self
    where
        V: Service<Request, Error = Infallible> + Clone + Send + Sync + 'static,
        V::Response: IntoResponse + 'static,
        V::Future: Send + 'static,
    {
        if self.admit(Mount { methods: path_policies::Mounted::Any, policy: service.policy }) {
            self.own = None;
            self.bare = self.bare.merge(axum::routing::any_service(service.handler));
        }
        self
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
    pub fn merge(self, plain: axum::routing::MethodRouter<S>) -> Self {
        self.merge_with(Self::from(plain))
    }

    /// Applies a layer to the handlers mounted so far. It stands inside their policies: it sees no preflight, and its
    /// own responses bear the headers.
    pub fn layer<L>(self, layer: L) -> Self
    where
        L: Layer<Route> + Clone + Send + Sync + 'static,
        L::Service: Service<Request, Error = Infallible> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Response: IntoResponse + 'static,
        <L::Service as Service<Request>>::Future: Send + 'static,
    {
        Self { bare: self.bare.layer(layer), own: None, ..self }
    }

    pub(crate) fn with_state<S2>(self, state: S) -> MethodRouter<S2> {
        let Self { bare, own, mounts, overlaps } = self;
        let own = own.map(|own| own.with_state(state.clone()));
        MethodRouter { bare: bare.with_state(state), own, mounts, overlaps }
    }

    /// Adds the handlers of another one, unless some method has one already, which is noted.
    pub(crate) fn merge_with(mut self, other: Self) -> Self {
        let Self { bare, own, mounts, overlaps } = other;
        self.overlaps.extend(overlaps);
        let new_overlaps = self.mounts.overlaps(&mounts);
        if new_overlaps.is_empty() {
            self.bare = self.bare.merge(bare);
            self.own = self.own.zip(own).map(|(own, other)| own.merge(other));
            self.mounts.extend(&mounts);
        }
        self.overlaps.extend(new_overlaps);
        self
    }

    /// Notes that a handler is mounted, unless its methods have one already; then notes that.
    fn admit(&mut self, mount: Mount) -> bool {
        let new = Mounts { mounts: vec![mount], ..Mounts::default() };
        let overlaps = self.mounts.overlaps(&new);
        let admitted = overlaps.is_empty();
        if admitted {
            self.mounts.extend(&new);
        }
        self.overlaps.extend(overlaps);
        admitted
    }

    pub(crate) fn mounts(&self) -> &Mounts {
        &self.mounts
    }

    /// The methods that have two handlers.
    pub(crate) fn overlaps(&self) -> &[Overlap] {
        &self.overlaps
    }

    /// The handlers alone, for a router that has a gate around it.
    pub(crate) fn bare(self) -> axum::routing::MethodRouter<S> {
        self.bare
    }

    /// The handlers with everything that a path needs to keep its policies, for a router that has no gate.
    ///
    /// A gate would cost each request a layer. Where nothing stands between the handlers and the policies, handlers
    /// decide for themselves, and what remains is for two handlers of our own.
    ///
    /// `mounts` are its own, ready to be served.
    pub(crate) fn standalone(
        self,
        mounts: &Mounts,
        default: Option<AnyPolicy>,
    ) -> axum::routing::MethodRouter<S> {
        let path = PathPolicies::new(mounts);
        match self.own {
            Some(own) if default.is_none() => {
                own.options(OptionsHandler { path: Arc::clone(&path) }).fallback(MethodNotAllowed { path })
            }
            _ => self.bare.layer(GateLayer::new(Table { paths: Paths::One(path), default, hook: None })),
        }
    }
}

impl<S: Clone + Send + Sync + 'static> Default for MethodRouter<S> {
    fn default() -> Self {
        Self::new()
    }
}

/// Handlers without a policy, which stay same-origin.
impl<S: Clone + Send + Sync + 'static> From<axum::routing::MethodRouter<S>> for MethodRouter<S> {
    fn from(bare: axum::routing::MethodRouter<S>) -> Self {
        let (plain, plain_any) = methods_of(&bare);
        let mounts = Mounts { mounts: Vec::new(), plain, plain_any };
        Self { bare, own: None, mounts, overlaps: Vec::new() }
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
        router.standalone(&mounts, None)
    }
}

/// The methods that an axum `MethodRouter` has handlers for, and whether it has one for every other method.
///
/// axum tells it nowhere but in its debug output. Were that to change, we would see no method, and lose three things: the
/// report of a handler for `OPTIONS` that no preflight reaches, that of two handlers for one method as a value, for
/// which axum itself panics, and the handlers without a policy in an audit.
fn methods_of<S>(router: &axum::routing::MethodRouter<S>) -> (MethodSet, bool) {
    let text = format!("{router:?}");
    let has = |field: &str| {
        // A fallback that is a service is called so, and axum's own `Default`.
        ["Route", "BoxedHandler", "Service"].iter().any(|kind| text.contains(&format!(" {field}: {kind}")))
    };
    let names = MethodSet::ALL.names().filter(|name| has(&name.to_ascii_lowercase()));
    let methods = names.fold(MethodSet::default(), |set, name| set.or(MethodSet::of(name.as_bytes())));
    (methods, has("fallback"))
}

/// Answers the preflights of a path, and other `OPTIONS` requests as axum does.
#[derive(Clone)]
struct OptionsHandler {
    path: Arc<PathPolicies>,
}

impl<S> Handler<(), S> for OptionsHandler {
    type Future = Ready<Response>;

    fn call(self, request: Request, _state: S) -> Self::Future {
        std::future::ready(match Preflight::of(request.method(), request.headers()) {
            Some(preflight) => answer_preflight_of_path(&self.path, &preflight, Head::of(&request)),
            None => {
                let mut response = method_not_allowed(&self.path, &request);
                if let Some(allow) = &self.path.allow {
                    response.headers_mut().insert(header::ALLOW, allow.clone());
                }
                response
            }
        })
    }
}

/// Says that the path has no such method, so that pages can read it.
#[derive(Clone)]
struct MethodNotAllowed {
    path: Arc<PathPolicies>,
}

impl<S> Handler<(), S> for MethodNotAllowed {
    type Future = Ready<Response>;

    fn call(self, request: Request, _state: S) -> Self::Future {
        std::future::ready(method_not_allowed(&self.path, &request))
    }
}

fn method_not_allowed(path: &PathPolicies, request: &Request) -> Response {
    let mut response = empty(StatusCode::METHOD_NOT_ALLOWED);
    if let Some(mut pending) = Pending::of_no_method_of_path(path, Head::of(request)) {
        pending.write(&mut response);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_methods_of_a_plain_method_router() {
        use axum::routing::{any, any_service, get, post_service};

        async fn handler() {}
        let service =
            tower::service_fn(|_: Request| async { Ok::<Response, Infallible>(Response::default()) });

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
