//! What is mounted where, while routers are put together.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    fmt,
    sync::{Arc, OnceLock},
};

use crate::{
    diagnostics::audit::{AuditNote, AuditRow},
    location::PolicyLocation,
    policy::{
        Policy,
        delegate::GivenState,
        source::{Kind, PolicySource},
    },
    routing::methods::MethodSet,
    setup_error::SetupProblem,
};

/// Everything that is mounted, by path.
pub(crate) type Mounts = BTreeMap<String, PathMounts>;

/// Everything that is mounted on one path.
#[derive(Clone, Debug, Default)]
pub(crate) struct PathMounts {
    pub(crate) mounts: Vec<Mount>,
    /// The methods of handlers that have no policy, and the policy of their group, if they are in one.
    pub(crate) plain: Vec<Plain>,
    /// Whether something unknown may be around or beside it, so that only a gate can answer its preflights.
    pub(crate) is_mapped: bool,
}

/// A handler that is mounted with a policy.
#[derive(Clone, Debug)]
pub(crate) struct Mount {
    pub(crate) methods: Mounted,
    pub(crate) policy: Arc<EndpointPolicy>,
    /// The policy as this router applies it: with its state, and with what the environment says.
    pub(crate) source: PolicySource,
}

/// Handlers without a policy of their own.
#[derive(Clone, Debug)]
pub(crate) struct Plain {
    pub(crate) methods: MethodSet,
    /// Whether they take every method that no other handler of the path takes.
    pub(crate) is_any: bool,
    pub(crate) group: Option<PolicySource>,
}

/// The policy of an endpoint, which the endpoint and the router that it is mounted on share.
pub(crate) struct EndpointPolicy {
    pub(crate) source: PolicySource,
    /// The policy with what the environment says, which is read when the router is finished.
    resolved: OnceLock<Policy>,
    /// Whether what is mounted is a service or a router, which may have policies of its own inside.
    pub(crate) may_contain_policies: bool,
}

/// The methods that a handler is mounted on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mounted {
    On(MethodSet),
    /// Every method that no other handler of the path takes.
    Any,
}

/// A method that is mounted twice; a handler without a policy has no location.
#[derive(Clone, Debug)]
pub(crate) struct Overlap {
    method: String,
    first: Option<PolicyLocation>,
    second: Option<PolicyLocation>,
}

impl EndpointPolicy {
    pub(crate) fn new(source: PolicySource, may_contain_policies: bool) -> Arc<Self> {
        Arc::new(Self { source, resolved: OnceLock::new(), may_contain_policies })
    }

    /// The policy, if it is always the same.
    #[inline]
    pub(crate) fn fixed(&self) -> Option<&Policy> {
        match &self.source.kind {
            // Until the environment has been read, it grants nothing.
            Kind::Fixed(policy) => Some(self.resolved.get().unwrap_or(policy)),
            Kind::Handle(_) | Kind::Delegate(_) => None,
        }
    }
}

impl fmt::Debug for EndpointPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(f)
    }
}

impl Overlap {
    /// The problem that it is at this path.
    pub(crate) fn at(self, path: &str) -> SetupProblem {
        let Self { method, first, second } = self;
        SetupProblem::Overlap { path: path.to_owned(), method, first, second }
    }
}

impl Mount {
    pub(crate) fn new(methods: Mounted, policy: &Arc<EndpointPolicy>) -> Self {
        Self { methods, policy: Arc::clone(policy), source: policy.source.clone() }
    }

    /// The methods that it is mounted on by name.
    pub(crate) fn named(&self) -> MethodSet {
        match self.methods {
            Mounted::On(methods) => methods,
            Mounted::Any => MethodSet::default(),
        }
    }

    pub(crate) fn is_any(&self) -> bool {
        self.methods == Mounted::Any
    }

    fn allows_no_method(&self) -> bool {
        let names =
            self.source.fixed().map(|policy| policy.data().methods.names.as_slice()).unwrap_or_default();
        let is_allowed = |name: &Cow<'_, str>| self.named().intersects(MethodSet::from_name(name.as_bytes()));
        !self.is_any() && !names.is_empty() && !names.iter().any(is_allowed)
    }

    /// Reads the origins that are in the environment; returns what is wrong with them.
    fn read_environment(&mut self) -> Vec<SetupProblem> {
        let problems = self.source.read_environment().err().map(|error| error.problems).unwrap_or_default();
        if let (Kind::Fixed(unresolved), Kind::Fixed(resolved)) =
            (&self.policy.source.kind, &self.source.kind)
            && unresolved.is_unresolved()
            && problems.is_empty()
        {
            // Where clones of a router are finished one by one, all of them have what the first one read.
            let resolved = self.policy.resolved.get_or_init(|| resolved.clone());
            self.source.kind = Kind::Fixed(resolved.clone());
        }
        problems
    }
}

impl PathMounts {
    /// The handlers of an axum `MethodRouter`.
    pub(crate) fn plain(methods: MethodSet, is_any: bool) -> Self {
        Self { plain: vec![Plain { methods, is_any, group: None }], ..Self::default() }
    }

    pub(crate) fn plain_methods(&self) -> MethodSet {
        self.plain.iter().fold(MethodSet::default(), |methods, plain| methods.or(plain.methods))
    }

    pub(crate) fn has_plain_any(&self) -> bool {
        self.plain.iter().any(|plain| plain.is_any)
    }

    /// Whether some handler has no policy at all, not even that of a group.
    pub(crate) fn has_plain(&self) -> bool {
        self.plain.iter().any(|plain| plain.group.is_none() && !plain.is_empty())
    }

    /// Whether some handler has the policy of a group.
    pub(crate) fn has_group(&self) -> bool {
        self.plain.iter().any(|plain| plain.group.is_some() && !plain.is_empty())
    }

    /// Whether a handler with a policy takes every method that no other handler takes.
    pub(crate) fn has_any(&self) -> bool {
        self.mounts.iter().any(Mount::is_any)
    }

    /// Whether some handler takes `OPTIONS`, by name or with every other method.
    pub(crate) fn takes_options(&self) -> bool {
        self.mounts.iter().any(|mount| mount.is_any() || mount.named().intersects(MethodSet::OPTIONS))
            || self.has_plain_any()
            || self.plain_methods().intersects(MethodSet::OPTIONS)
    }

    /// The methods that both of them take.
    pub(crate) fn overlaps(&self, other: &Self) -> Vec<Overlap> {
        let mut overlaps = Vec::new();
        let mut add = |methods: MethodSet, first: Option<&Mount>, second: Option<&Mount>| {
            let [first, second] = [first, second].map(|mount| mount.map(|mount| mount.source.location()));
            overlaps.extend(methods.names().map(|name| Overlap { method: name.to_owned(), first, second }));
        };
        for first in &self.mounts {
            for second in &other.mounts {
                add(first.named().and(second.named()), Some(first), Some(second));
            }
            add(first.named().and(other.plain_methods()), Some(first), None);
        }
        for second in &other.mounts {
            add(self.plain_methods().and(second.named()), None, Some(second));
        }
        add(self.plain_methods().and(other.plain_methods()), None, None);

        if let (Some(first), Some(second)) = (self.location_of_any(), other.location_of_any()) {
            overlaps.push(Overlap { method: "any".to_owned(), first, second });
        }
        overlaps
    }

    /// Where the policy is written, if it has one, of the handler for every other method, if there is one.
    fn location_of_any(&self) -> Option<Option<PolicyLocation>> {
        let any = self.mounts.iter().find(|mount| mount.is_any());
        any.map(|mount| Some(mount.source.location())).or(self.has_plain_any().then_some(None))
    }

    /// What is wrong with the handlers of this path, apart from two for one method.
    pub(crate) fn problems(&self, path: &str) -> Vec<SetupProblem> {
        let options = (!self.mounts.is_empty() && self.plain_methods().intersects(MethodSet::OPTIONS))
            .then(|| SetupProblem::UnreachableOptions { path: path.to_owned() });
        let narrowed = self.mounts.iter().filter(|mount| mount.allows_no_method()).map(|mount| {
            let method = mount.named().names().collect::<Vec<_>>().join(", ");
            SetupProblem::NoMethodAllowed { path: path.to_owned(), method, policy: mount.source.location() }
        });
        options.into_iter().chain(narrowed).collect()
    }

    pub(crate) fn sources(&self) -> impl Iterator<Item = &PolicySource> {
        let groups = self.plain.iter().filter_map(|plain| plain.group.as_ref());
        self.mounts.iter().map(|mount| &mount.source).chain(groups)
    }

    fn sources_mut(&mut self) -> impl Iterator<Item = &mut PolicySource> {
        let groups = self.plain.iter_mut().filter_map(|plain| plain.group.as_mut());
        self.mounts.iter_mut().map(|mount| &mut mount.source).chain(groups)
    }

    /// Gives the state to the delegates that have none; returns what is wrong with it.
    pub(crate) fn bind(&mut self, state: &GivenState) -> Vec<SetupProblem> {
        self.sources_mut().filter_map(|source| source.bind(state)).collect()
    }

    /// Reads the origins that are in the environment; returns what is wrong with them.
    pub(crate) fn read_environment(&mut self) -> Vec<SetupProblem> {
        let own: Vec<_> = self.mounts.iter_mut().flat_map(Mount::read_environment).collect();
        let groups = self.plain.iter_mut().filter_map(|plain| plain.group.as_mut()?.read_environment().err());
        let groups: Vec<_> = groups.flat_map(|error| error.problems).collect();
        own.into_iter().chain(groups).collect()
    }

    pub(crate) fn extend(&mut self, other: &Self) {
        self.mounts.extend_from_slice(&other.mounts);
        self.plain.extend_from_slice(&other.plain);
        self.is_mapped |= other.is_mapped;
    }

    /// Gives a policy to the handlers that have none.
    pub(crate) fn set_group(&mut self, policy: &PolicySource) {
        for plain in &mut self.plain {
            plain.group.get_or_insert_with(|| policy.clone());
        }
    }

    /// The rows of the path in an audit.
    pub(crate) fn audit(&self, path: &str, default: Option<&PolicySource>) -> Vec<AuditRow> {
        let own = self.mounts.iter().flat_map(|mount| {
            let any = mount.is_any().then_some("any");
            let methods = any.into_iter().chain(mount.named().names());
            methods.map(|method| AuditRow::new(path, method, Some(&mount.source), None))
        });
        let plain = self.plain.iter().flat_map(|plain| {
            let methods = plain.methods.names().chain(plain.is_any.then_some("any"));
            let policy = plain.group.as_ref().or(default);
            methods.map(move |method| AuditRow::new(path, method, policy, Some(AuditNote::NoPolicy)))
        });
        let mut rows: Vec<_> = own.chain(plain).collect();
        rows.sort_by_key(|row| MethodSet::from_name(row.method.as_bytes()).sort_key());
        rows
    }
}

impl Plain {
    fn is_empty(&self) -> bool {
        self.methods.is_empty() && !self.is_any
    }
}
