//! The gate around a router or a path: it answers preflights and writes headers, whatever is inside.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, LazyLock, OnceLock},
    task::{Context, Poll, ready},
};

use axum::{
    extract::Request,
    response::{IntoResponse, Response},
};
use cors_rules::is_safelisted_method;
use http::{HeaderMap, StatusCode};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use crate::{
    diagnostics::report::Hook,
    policy::{
        Policy, PolicyRef,
        data::Enforce,
        delegate::AnyStateRef,
        source::{Added, PolicySource},
    },
    protocol::request::{Head, Preflight},
    routing::{
        apply::{self, After, Before, OwnResponse, PreflightFor},
        marks::{Expected, Final, SpokenFor},
        path_map::{Found, PathMap},
        resolved,
        siblings::{KeptFrom, any_lets_in},
        table::{MethodPolicy, PathTable, Role},
    },
};

/// Which policies a gate knows.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) paths: Paths,
    /// The policy of what is not at one of the paths, or has none there.
    pub(crate) outer: Option<Outer>,
    pub(crate) hook: Option<Hook>,
    has_delegates: bool,
}

/// A policy for whatever is inside, as far as no other is known.
#[derive(Clone, Debug)]
pub(crate) struct Outer {
    pub(crate) source: Arc<PolicySource>,
    pub(crate) role: Role,
    /// Whether somebody unknown may take the methods that nobody known takes at a path.
    pub(crate) has_unknown_methods: bool,
}

impl Outer {
    /// The policy of a group.
    pub(crate) fn group(source: PolicySource) -> Self {
        Self { source: Arc::new(source), role: Role::Group, has_unknown_methods: true }
    }

    /// The policy of what is known.
    pub(crate) fn known(source: PolicySource) -> Self {
        Self { has_unknown_methods: false, ..Self::group(source) }
    }

    /// Whether it answers preflights for methods that no handler takes at this path. Browsers keep the headers that it lists
    /// for the whole path, and so for the handlers of others.
    fn answers_for_no_method(&self, path: &PathTable) -> bool {
        let lists_headers = || self.source.current().is_none_or(|policy| policy.data().lists_headers());
        self.has_unknown_methods || path.sources().all(|source| *source == *self.source) || !lists_headers()
    }
}

#[derive(Debug)]
pub(crate) enum Paths {
    /// None: whatever is inside is unknown.
    None,
    /// The gate is around one path, whose text it knows if it is in a router.
    One(Arc<PathTable>, Option<String>),
    /// The gate is around a router with these paths.
    ByAddress(Arc<PathMap>),
    /// The gate is around something that cannot be looked into. The known handlers of these paths are beside it, unless they
    /// have been handed over to it.
    Beside(Arc<PathMap>),
    /// The same, inside of the router. The handlers of these paths that have a policy are for a gate outside.
    Inside(Arc<PathMap>),
}

/// What holds where it is not known which policy does: nobody is let in from elsewhere.
static UNKNOWN: LazyLock<[PolicySource; 2]> = LazyLock::new(|| {
    [Enforce::Off, Enforce::Strict].map(|enforce| {
        let added = Added { enforce, ..Added::default() };
        PolicySource { added, ..Policy::NONE.into() }
    })
});

/// The policy that a request is judged by.
#[derive(Clone, Copy)]
enum Applicable<'t> {
    /// That of its method.
    Method(MethodPolicy<'t>),
    /// That of whatever has none of its own.
    Outer(&'t Outer),
    /// No policy applies: the path has policies, but none for this method. The flag says whether a handler that cannot be looked
    /// into may take it.
    NoMethod(&'t PathTable, bool),
    /// No policy applies, or it is not known which, and nobody inside is to answer what comes from elsewhere.
    Refused,
    /// No policy applies, as far as is known here.
    Nobody,
}

impl Table {
    pub(crate) fn new(paths: Paths, outer: Option<Outer>, hook: Option<Hook>) -> Self {
        let has_delegates = outer.as_ref().is_some_and(|outer| outer.source.is_delegate())
            || match &paths {
                Paths::None | Paths::Inside(_) => false,
                Paths::One(path, _) => path.has_delegates(),
                Paths::ByAddress(paths) | Paths::Beside(paths) => {
                    paths.tables().any(PathTable::has_delegates)
                }
            };
        Self { paths, outer, hook, has_delegates }
    }

    /// What becomes of a request on its way in.
    pub(crate) fn before<B>(&self, request: &mut http::Request<B>) -> Before {
        let head = Head::from_request(request);
        if self.is_for_gate_outside(head) {
            return Before::Passed(After::default());
        }
        let expected = Expected::from_head(head);
        let before = self.pass(request, expected);
        // A gate outside takes it for a request to one of its own handlers, which it need not be.
        if expected.is_some() { before.into_final() } else { before }
    }

    /// The same for a layer: what a gate outside expects, it expects of what is inside of the layer.
    pub(crate) fn before_in_layer<B>(&self, request: &mut http::Request<B>) -> Before {
        let head = Head::from_request(request);
        let is_inside = Expected::from_head(head).is_some_and(|expected| expected.is_of_this_router(head));
        let before = self.pass(request, None);
        if is_inside { before.into_preliminary() } else { before }
    }

    fn pass<B>(&self, request: &mut http::Request<B>, expected: Option<Expected>) -> Before {
        if let Some(hook) = &self.hook {
            request.extensions_mut().insert(hook.clone());
        }
        let head = Head::from_request(request);
        let preflight = head.preflight();
        let found = self.find(head, preflight.as_ref());
        let applicable = self.applicable(found, head, preflight.as_ref());
        let answer = preflight.map(|preflight| Self::answer(found, applicable, &preflight, head));
        match answer {
            Some(Some((status, headers))) => Before::Answered(OwnResponse::new(status, headers)),
            Some(None) => {
                Expected::disappoint(expected, request);
                apply::request_for_nobody(request)
            }
            None => self.apply(found, applicable, request, expected),
        }
    }

    /// The answer to a preflight, unless somebody inside is to answer it.
    fn answer(
        found: Found<'_>,
        applicable: Applicable<'_>,
        preflight: &Preflight<'_>,
        head: Head<'_>,
    ) -> Option<(StatusCode, HeaderMap)> {
        match applicable {
            Applicable::Method(method) => {
                let policy = policy(method.source, head);
                let method_of_path = PreflightFor::Method(method);
                Some(apply::preflight(method.source, policy, method_of_path, preflight, head))
            }
            Applicable::Outer(Outer { source, .. }) => {
                let policy = policy(source, head);
                let has_others = found.path().is_some_and(PathTable::has_policies);
                Some(apply::preflight_for_any_method(source, policy, has_others, preflight, head))
            }
            Applicable::Refused if matches!(found, Found::Unknown(_)) => {
                Some(apply::preflight_for_unknown_path(head))
            }
            Applicable::Refused => Some(apply::preflight_for_nobody(head)),
            Applicable::NoMethod(..) | Applicable::Nobody => None,
        }
    }

    /// Applies a policy to a request that is not a preflight.
    fn apply<B>(
        &self,
        found: Found<'_>,
        applicable: Applicable<'_>,
        request: &mut http::Request<B>,
        expected: Option<Expected>,
    ) -> Before {
        let path = found.path();
        let may_let_in = |path| self.may_let_in_for_others(path, Head::from_request(request));
        if found.perhaps().is_some_and(may_let_in) {
            SpokenFor::mark(request.extensions_mut());
        }
        let policy = |source, request: &http::Request<B>| policy(source, Head::from_request(request));
        let before = match applicable {
            Applicable::Method(method) => {
                let policy = policy(method.source, request);
                // A handler with a policy of its own finds that out by itself.
                if method.role != Role::Own && expected.is_some_and(|expected| !expected.is_by(&policy)) {
                    Expected::disappoint(expected, request);
                }
                method.role.apply(method.source, method.kept_from(path), policy, request)
            }
            Applicable::Outer(Outer { source, role, .. }) => {
                let policy = policy(source, request);
                let kept_from = match found.perhaps() {
                    Some(path) => KeptFrom::Path(path, source),
                    None if source.is_delegate() => KeptFrom::OtherMethods,
                    None => KeptFrom::Nobody,
                };
                Expected::disappoint(expected, request);
                role.apply(source, kept_from, policy, request)
            }
            Applicable::NoMethod(path, may_be_there) => {
                Expected::disappoint(expected, request);
                apply::request_for_no_method(path, may_be_there, request)
            }
            Applicable::Refused => {
                let is_strict = matches!(found, Found::Unknown(Enforce::Strict));
                let unknown = &UNKNOWN[usize::from(is_strict)];
                Expected::disappoint(expected, request);
                Role::Group.apply(unknown, KeptFrom::Anybody, policy(unknown, request), request)
            }
            Applicable::Nobody => {
                Expected::disappoint(expected, request);
                apply::request_for_nobody(request)
            }
        };
        match found {
            Found::HandedOver(_) => before.handed_over(),
            _ => before,
        }
    }

    /// Whether the policies of a path may have answered a preflight for somebody whom they are not for.
    fn may_let_in_for_others(&self, path: &PathTable, head: Head<'_>) -> bool {
        let method = head.method.as_str().as_bytes();
        let is_beside = self.is_beside(path);
        let is_for_others = is_beside || self.is_opaque() && path.policy_for(method).is_none();
        is_for_others
            && match is_safelisted_method(method) {
                true => any_lets_in(path.sources(), head),
                false => is_beside && path.policy_for_requested(method).is_some(),
            }
    }

    /// The delegate that has to be asked before.
    fn delegate(&self, head: Head<'_>) -> Option<&PolicySource> {
        if !self.has_delegates {
            return None;
        }
        let preflight = head.preflight();
        let found = self.find(head, preflight.as_ref());
        let source = match self.applicable(found, head, preflight.as_ref()) {
            Applicable::Method(MethodPolicy { source, .. }) => source,
            Applicable::Outer(outer) => &*outer.source,
            Applicable::NoMethod(path, _) => path.policy_for_no_method(head.origin())?.source,
            Applicable::Refused | Applicable::Nobody => return None,
        };
        resolved::known(source, head).is_none().then_some(source)
    }

    /// Asks the delegate that has to be asked, if there is one.
    async fn ask(&self, request: Request, state: &AnyStateRef) -> Request {
        let Some(source) = self.delegate(Head::from_request(&request)) else { return request };
        let (mut parts, body) = request.into_parts();
        if let Some(hook) = &self.hook {
            parts.extensions.insert(hook.clone());
        }
        resolved::ask(source, &mut parts, state).await;
        Request::from_parts(parts, body)
    }

    fn applicable<'t>(
        &'t self,
        found: Found<'t>,
        head: Head<'_>,
        preflight: Option<&Preflight<'_>>,
    ) -> Applicable<'t> {
        if let Found::Unknown(_) = found {
            return Applicable::Refused;
        }
        let path = found.path();
        // What cannot be looked into has a policy of its own, if any.
        let default = path.filter(|_| !self.is_opaque()).and_then(|path| path.default.as_ref());
        let outer = default.or(self.outer.as_ref());
        let method = method(head, preflight);
        // Nor is the default of a router that was merged for the handlers of others.
        let is_plain = |path: &PathTable| !self.is_beside(path) && path.has_plain(method);
        let outer = outer.filter(|_| !path.is_some_and(is_plain));
        match preflight {
            Some(_) => Self::applicable_to_preflight(path, outer, method),
            None => self.applicable_to_request(path, outer, method),
        }
    }

    fn applicable_to_preflight<'t>(
        path: Option<&'t PathTable>,
        outer: Option<&'t Outer>,
        method: &[u8],
    ) -> Applicable<'t> {
        match (path.and_then(|path| path.policy_for_requested(method)), outer) {
            (Some(policy), _) => Applicable::Method(policy),
            (None, Some(outer)) if path.is_none_or(|path| outer.answers_for_no_method(path)) => {
                Applicable::Outer(outer)
            }
            (None, Some(_)) => Applicable::Refused,
            (None, None) if path.is_some_and(PathTable::has_policies) => Applicable::Refused,
            (None, None) => Applicable::Nobody,
        }
    }

    fn applicable_to_request<'t>(
        &self,
        path: Option<&'t PathTable>,
        outer: Option<&'t Outer>,
        method: &[u8],
    ) -> Applicable<'t> {
        let is_elsewhere = path.is_some_and(|path| self.is_beside(path));
        let own = path.filter(|_| !is_elsewhere).and_then(|path| path.policy_for(method));
        match (own, outer, path) {
            (Some(policy), _, _) => Applicable::Method(policy),
            (None, Some(outer), _) => Applicable::Outer(outer),
            (None, None, Some(path)) if path.has_policies() && (is_elsewhere || !path.has_plain(method)) => {
                Applicable::NoMethod(path, is_elsewhere || path.is_mapped)
            }
            (None, None, _) => Applicable::Nobody,
        }
    }

    /// Whether the known handlers of a path are beside what is inside of the gate.
    fn is_beside(&self, path: &PathTable) -> bool {
        self.is_opaque() && !path.is_mapped
    }

    fn is_opaque(&self) -> bool {
        matches!(self.paths, Paths::Beside(_))
    }

    fn is_for_gate_outside(&self, head: Head<'_>) -> bool {
        let Paths::Inside(paths) = &self.paths else { return false };
        let preflight = head.preflight();
        let found = paths.find(head, method(head, preflight.as_ref()), false);
        found.has_policy_for(head, preflight.as_ref())
    }

    fn find(&self, head: Head<'_>, preflight: Option<&Preflight<'_>>) -> Found<'_> {
        match &self.paths {
            Paths::None | Paths::Inside(_) => Found::Nowhere,
            Paths::One(table, path) => {
                Found::at(table, path.as_deref().filter(|_| preflight.is_none()), head)
            }
            Paths::ByAddress(paths) => paths.find(head, method(head, preflight), true),
            Paths::Beside(paths) => paths.find(head, method(head, preflight), false),
        }
    }
}

/// The method that a request is for: of a preflight, the one that it asks for.
fn method<'h>(head: Head<'h>, preflight: Option<&Preflight<'h>>) -> &'h [u8] {
    match preflight {
        Some(preflight) => preflight.method.as_bytes(),
        None => head.method.as_str().as_bytes(),
    }
}

/// The policy of a source for one request. A delegate has been asked before; if not, it grants nothing.
fn policy(source: &PolicySource, head: Head<'_>) -> PolicyRef {
    resolved::known(source, head).unwrap_or_else(|| Policy::NONE.to_ref())
}

/// Puts a [`Gate`] around a service.
///
/// As long as it has no table, it does nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct GateLayer(Arc<OnceLock<Option<Table>>>);

impl GateLayer {
    pub(crate) fn new(table: Table) -> Self {
        Self(Arc::new(OnceLock::from(Some(table))))
    }

    /// Gives the table to a gate that is there, unless it was left open before: then the table comes back, for another.
    pub(crate) fn close(gate: Option<Self>, table: Table) -> Result<Self, Table> {
        let Some(gate) = gate else { return Err(table) };
        match gate.0.set(Some(table)) {
            Ok(()) => Ok(gate),
            Err(table) => table.map_or(Ok(gate), Err),
        }
    }

    /// Leaves the gate open for good, because what is inside is shared by routers that may differ in their policies. Each
    /// of them gets a gate of its own.
    pub(crate) fn leave_open(&self) {
        self.0.get_or_init(|| None);
    }

    fn table(&self) -> Option<&Table> {
        self.0.get()?.as_ref()
    }

    /// Whether a delegate has to be asked for the policy of a request.
    pub(crate) fn has_to_ask(&self, request: &Request) -> bool {
        self.table().is_some_and(|table| table.delegate(Head::from_request(request)).is_some())
    }

    /// Asks it.
    pub(crate) async fn ask(&self, request: Request, state: &AnyStateRef) -> Request {
        match self.table() {
            Some(table) => table.ask(request, state).await,
            None => request,
        }
    }

    /// What becomes of a request on its way in.
    pub(crate) fn before<B>(&self, request: &mut http::Request<B>) -> Before {
        self.table().map_or(Before::Passed(After::default()), |table| table.before(request))
    }
}

impl<S> Layer<S> for GateLayer {
    type Service = Gate<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Gate { inner, gate: self.clone() }
    }
}

/// A service whose preflights are answered and whose responses carry the headers of their policies.
#[derive(Clone, Debug)]
pub(crate) struct Gate<S> {
    inner: S,
    gate: GateLayer,
}

impl<S> Service<Request> for Gate<S>
where
    S: Service<Request, Response: IntoResponse, Future: Send> + Clone + Send + 'static,
{
    type Response = Response;
    type Error = S::Error;
    type Future = GateFuture<S::Future, S::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        if self.gate.has_to_ask(&request) {
            // The service that is ready is the one to call; its clone need not be.
            let next = self.inner.clone();
            let inner = std::mem::replace(&mut self.inner, next);
            return GateFuture::Asking { inner: Box::pin(ask(self.gate.clone(), inner, request)) };
        }
        match self.gate.before(&mut request) {
            Before::Answered(own) => GateFuture::Answered { response: Some(own.into_response()) },
            Before::Passed(after) => {
                GateFuture::Passed { inner: self.inner.call(request), after: Some(after) }
            }
        }
    }
}

/// Asks for the policy first. This takes a box, which requests that need not ask are spared.
async fn ask<S>(gate: GateLayer, mut inner: S, request: Request) -> Result<Response, S::Error>
where
    S: Service<Request, Response: IntoResponse>,
{
    let mut request = gate.ask(request, &()).await;
    match gate.before(&mut request) {
        Before::Answered(own) => Ok(own.into_response()),
        Before::Passed(after) => {
            let response = inner.call(request).await?;
            Ok(finished(response.into_response(), after))
        }
    }
}

/// A response that comes back from inside.
pub(crate) fn finished<B>(mut response: http::Response<B>, after: After) -> http::Response<B> {
    let said = response.extensions().get::<Final>().copied();
    if let Some(last_word) = after.finish(response.status(), said, response.headers_mut()) {
        response.extensions_mut().insert(last_word);
    }
    response
}

pin_project! {
    /// The response of a [`Gate`].
    #[project = Projected]
    pub(crate) enum GateFuture<F, E> {
        Answered { response: Option<Response> },
        Passed { #[pin] inner: F, after: Option<After> },
        Asking { inner: Pin<Box<dyn Future<Output = Result<Response, E>> + Send>> },
    }
}

impl<F, R, E> Future for GateFuture<F, E>
where
    F: Future<Output = Result<R, E>>,
    R: IntoResponse,
{
    type Output = Result<Response, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project() {
            Projected::Answered { response } => {
                response.take().map_or(Poll::Pending, |response| Poll::Ready(Ok(response)))
            }
            Projected::Asking { inner } => inner.as_mut().poll(context),
            Projected::Passed { inner, after } => {
                let response = ready!(inner.poll(context))?.into_response();
                Poll::Ready(Ok(finished(response, after.take().unwrap_or_default())))
            }
        }
    }
}
