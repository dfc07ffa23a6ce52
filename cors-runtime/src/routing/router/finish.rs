//! What becomes of a router once everything is added to it.

use std::sync::Arc;

use crate::{
    diagnostics::{
        audit::{AuditNote, AuditRow},
        report::Hook,
    },
    policy::delegate::GivenState,
    routing::{
        gate::{GateLayer, Outer, Paths, Table},
        marks::count_router,
        mounts::{Mounts, PartPolicy, PathMounts},
        path_map::PathMap,
        path_options::PathOptions,
        router::{
            CorsRouter,
            parts::{Fallback, Opaque, Part, try_in_axum},
            registry::Registry,
            staged::Staged,
        },
        table::{PathTable, Shared},
    },
    setup_error::{SetupError, SetupProblem},
};

impl<S: Clone + Send + Sync + 'static> CorsRouter<S> {
    /// A row for each path and method, each router that cannot be looked into, and the paths that match no route.
    pub(super) fn audit_rows(&self) -> Vec<AuditRow> {
        let default = self.default.as_ref();
        let mut rows: Vec<_> =
            self.registry.mounts.iter().flat_map(|(path, mounts)| mounts.audit(path, default)).collect();
        rows.extend(self.opaque.iter().map(|opaque| {
            let path = format!("{}/*", opaque.prefix.trim_end_matches('/'));
            let policy = opaque.policy.as_ref().map(PartPolicy::source).or(default);
            AuditRow::new(&path, "any", policy, Some(AuditNote::OpaqueRouter))
        }));
        let fallback = self.fallback.as_ref().and_then(|fallback| Some(fallback.policy.as_ref()?.source()));
        if let Some(policy) = fallback.or(default) {
            rows.push(AuditRow::new("*", "any", Some(policy), None));
        }
        rows
    }

    /// The axum router with everything that was added, each part with its gate; or else everything that is wrong.
    pub(super) fn into_axum(mut self) -> Result<axum::Router<S>, SetupError> {
        count_router();
        // A layer that asks its own router meets handlers in it that have no gate which could notice.
        if self.registry.has_layers && self.staged.has_bare_handlers() {
            count_router();
        }
        // Handlers that are known are a group. Then it is for whatever nobody knows.
        if let Some(default) = &self.default {
            self.registry.mounts.values_mut().for_each(|mounts| mounts.set_group(default));
        }
        self.introduce();
        let mut finished = Finished::new(&mut self);
        let Self { known, staged, opaque, fallback, registry: Registry { mounts, .. }, .. } = self;

        // Only gates around several paths, or beside them, have to distinguish them.
        let paths = match known.is_gated || !opaque.is_empty() {
            true => Arc::new(PathMap::new(&mounts, &mut finished.shared)),
            false => Arc::default(),
        };
        if known.is_gated {
            finished.add_options(&mounts, &staged);
            finished.add_part("/", known, None, Paths::ByAddress(Arc::clone(&paths)));
        }
        for Opaque { part, policy, prefix } in opaque {
            finished.add_part(&prefix, part, policy, Paths::Beside(Arc::clone(&paths)));
        }
        if let Some(Fallback { part, policy, is_custom: _ }) = fallback {
            finished.add_part("/", part, policy, Paths::None);
        }
        finished.add_routes(staged, &mounts);
        match finished.problems {
            problems if problems.is_empty() => Ok(finished.router.unwrap_or_default()),
            problems => Err(SetupError { problems }),
        }
    }

    /// Lets each endpoint know whose answers to preflights browsers may have kept. Whoever speaks for what cannot be looked into
    /// may answer at any path.
    fn introduce(&mut self) {
        let default = self.default.as_ref().filter(|_| !self.opaque.is_empty());
        let groups = self.opaque.iter().filter_map(|opaque| opaque.policy.as_ref()).map(PartPolicy::source);
        let outer: Vec<_> = groups.chain(default).cloned().collect();
        for mounts in self.registry.mounts.values_mut() {
            mounts.introduce(&outer);
        }
    }

    /// Makes the policies ready to be served.
    pub(super) fn prepare_policies(&mut self) {
        self.settle_time_limit();
        let state = GivenState::new(&());
        self.registry.prepare(&state);
        let mut problems = Vec::new();
        let parts = self.opaque.iter_mut().filter_map(|opaque| opaque.policy.as_mut());
        let fallback = self.fallback.as_mut().and_then(|fallback| fallback.policy.as_mut());
        for policy in parts.chain(fallback) {
            problems.extend(policy.bind(&state));
            problems.extend(policy.read_environment());
        }
        if let Some(default) = &mut self.default {
            problems.extend(default.bind(&state));
            problems.extend(default.read_environment().err().into_iter().flat_map(|error| error.problems));
        }
        self.registry.add_once(problems);
    }
}

/// The axum router that a router becomes, part by part, each with its gate.
struct Finished<S> {
    /// None once axum has refused something, because it has kept it then. An empty one costs as much as a route.
    router: Option<axum::Router<S>>,
    allows_v07_syntax: bool,
    /// The policy of what has none.
    default: Option<Outer>,
    hook: Option<Hook>,
    shared: Shared,
    /// Everything that is wrong, and at last what axum refuses.
    problems: Vec<SetupProblem>,
}

impl<S: Clone + Send + Sync + 'static> Finished<S> {
    fn new(router: &mut CorsRouter<S>) -> Self {
        let default = router.default.take();
        Self {
            router: Some(router.new_router()),
            allows_v07_syntax: router.registry.allows_v07_syntax,
            default: default.map(|policy| Outer {
                has_unknown_methods: !router.opaque.is_empty(),
                ..Outer::group(policy)
            }),
            hook: router.hook.take(),
            shared: Shared::default(),
            problems: std::mem::take(&mut router.registry.problems),
        }
    }

    /// Adds the answers to `OPTIONS` for the paths whose handlers axum has already, as far as they do not answer it.
    fn add_options(&mut self, mounts: &Mounts, staged: &Staged<S>) {
        let has_options = |mounts: &PathMounts| mounts.is_mapped || mounts.takes_options();
        for (path, mounts) in mounts {
            if staged.contains(path) || has_options(mounts) {
                continue;
            }
            let policies = PathTable::new(mounts, &mut self.shared);
            if policies.has_policies() || self.default.is_some() {
                let allow = policies.allow.clone();
                let table = Table::new(
                    Paths::One(policies, Some(path.clone())),
                    self.default.clone(),
                    self.hook.clone(),
                );
                let options = PathOptions::new(GateLayer::new(table), None, allow);
                self.add(path, |router| router.route(path, axum::routing::options(options)));
            }
        }
    }

    /// Adds a part with a gate around it. For a missing method, axum keeps the handler of the router that is merged last,
    /// so a part comes after the answers to `OPTIONS` of its paths.
    fn add_part(&mut self, prefix: &str, part: Part<S>, policy: Option<PartPolicy>, paths: Paths) {
        let outer = policy.map(PartPolicy::outer).or_else(|| self.default.clone());
        let part = part.gated(Table::new(paths, outer, self.hook.clone()));
        // Of two routers that are merged, the stricter one would prevail.
        let part = if self.allows_v07_syntax { part.without_v07_checks() } else { part };
        self.add(prefix, |router| router.merge(part));
    }

    /// Adds the routes that axum does not have yet, each of which keeps its policies by itself.
    fn add_routes(&mut self, routes: Staged<S>, mounts: &Mounts) {
        for (path, handlers) in routes {
            if let Some(mounts) = mounts.get(&path) {
                let (default, hook) = (self.default.clone(), self.hook.clone());
                let handlers = handlers.into_standalone(Some(&path), mounts, default, hook, &mut self.shared);
                self.add(&path, |router| router.route(&path, handlers));
            }
        }
    }

    /// Adds something that is at a path, unless axum refuses it. What is added after that is only looked at for more
    /// problems.
    fn add(&mut self, path: &str, add: impl FnOnce(axum::Router<S>) -> axum::Router<S>) {
        let router = self.router.take().unwrap_or_default();
        match try_in_axum(|| add(router)) {
            Ok(router) => self.router = Some(router),
            Err(reason) => self.problems.push(SetupProblem::refused_by_axum(path, reason)),
        }
    }
}
