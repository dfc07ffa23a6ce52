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
    routing::{gate::Outer, methods::MethodSet, siblings::Siblings, table::Role},
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
    /// The policy of the methods that nobody takes: the default of the router that the path was added to.
    pub(crate) default: Option<PolicySource>,
    /// The policies outside that may answer preflights of the path, because somebody unknown may take its other methods.
    pub(crate) outside: Vec<PolicySource>,
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

/// The policy of whatever is inside of a part of a router, as far as it has none there.
#[derive(Clone, Debug)]
pub(crate) enum PartPolicy {
    /// It is given to the part by its router.
    Group(PolicySource),
    /// It is that of the one handler or service inside, which applies it itself.
    Own(Mount),
}

/// Handlers without a policy of their own.
#[derive(Clone, Debug)]
pub(crate) struct Plain {
    pub(crate) methods: MethodSet,
    /// Whether one of them takes every method that no other handler of the path takes, and how it was mounted.
    pub(crate) rest: Option<Rest>,
    pub(crate) group: Option<PolicySource>,
}

/// The policy of an endpoint, which the endpoint and the router that it is mounted on share.
pub(crate) struct EndpointPolicy {
    pub(crate) source: PolicySource,
    /// The policy with what the environment says, which is read when the router is finished.
    resolved: OnceLock<Policy>,
    /// Whether what is mounted is a service or a router, which may have policies of its own inside.
    pub(crate) may_contain_policies: bool,
    pub(crate) siblings: Siblings,
}

/// The methods that a handler is mounted on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mounted {
    On(MethodSet),
    /// Every method that no other handler of the path takes.
    Rest(Rest),
}

/// How a handler was mounted that takes every method which no other handler of its path takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rest {
    /// By `any`: it serves these methods.
    Any,
    /// By the path's `fallback`.
    Fallback,
    /// By the router's `method_not_allowed_fallback`. It says that there is no such method, in words of its own.
    MethodNotAllowed,
}

impl Rest {
    /// Whether it serves these methods, instead of saying that there are none.
    pub(crate) fn serves(self) -> bool {
        matches!(self, Self::Any | Self::Fallback)
    }
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
        let source = source.for_one_handler();
        Arc::new(Self {
            source,
            resolved: OnceLock::new(),
            may_contain_policies,
            siblings: Siblings::default(),
        })
    }

    pub(crate) fn role(&self) -> Role {
        if self.may_contain_policies { Role::Service } else { Role::Own }
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
            Mounted::Rest(_) => MethodSet::default(),
        }
    }

    /// Whether it takes every method that no other handler of the path takes, and how it was mounted.
    pub(crate) fn rest(&self) -> Option<Rest> {
        match self.methods {
            Mounted::On(_) => None,
            Mounted::Rest(rest) => Some(rest),
        }
    }

    /// Whether its policy is for none of these methods.
    fn allows_none_of(&self, methods: MethodSet) -> bool {
        let names =
            self.source.fixed().map(|policy| policy.data().methods.names.as_slice()).unwrap_or_default();
        let is_allowed = |name: &Cow<'_, str>| methods.intersects(MethodSet::from_name(name.as_bytes()));
        !names.is_empty() && !names.iter().any(is_allowed)
    }

    /// Reads the origins that are in the environment; returns what is wrong with them.
    pub(crate) fn read_environment(&mut self) -> Vec<SetupProblem> {
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

impl PartPolicy {
    /// The policy of what is mounted for whole paths.
    pub(crate) fn own(policy: &Arc<EndpointPolicy>) -> Self {
        Self::Own(Mount::new(Mounted::Rest(Rest::Any), policy))
    }

    pub(crate) fn source(&self) -> &PolicySource {
        match self {
            Self::Group(source) => source,
            Self::Own(mount) => &mount.source,
        }
    }

    /// The policy as a gate around the part applies it.
    pub(crate) fn outer(self) -> Outer {
        let (source, role) = match self {
            Self::Group(source) => (source, Role::Group),
            Self::Own(mount) => (mount.source, mount.policy.role()),
        };
        Outer { role, ..Outer::group(source) }
    }

    /// Gives the state to a delegate that has none; returns what is wrong with it.
    pub(crate) fn bind(&mut self, state: &GivenState) -> Option<SetupProblem> {
        match self {
            Self::Group(source) => source.bind(state),
            Self::Own(mount) => mount.source.bind(state),
        }
    }

    /// Reads the origins that are in the environment; returns what is wrong with them.
    pub(crate) fn read_environment(&mut self) -> Vec<SetupProblem> {
        match self {
            Self::Group(source) => {
                source.read_environment().err().map(|error| error.problems).unwrap_or_default()
            }
            Self::Own(mount) => mount.read_environment(),
        }
    }
}

impl PathMounts {
    /// Handlers without a policy.
    pub(crate) fn plain(methods: MethodSet, rest: Option<Rest>) -> Self {
        Self { plain: vec![Plain { methods, rest, group: None }], ..Self::default() }
    }

    /// A handler with a policy.
    pub(crate) fn own(methods: Mounted, policy: &Arc<EndpointPolicy>) -> Self {
        Self { mounts: vec![Mount::new(methods, policy)], ..Self::default() }
    }

    pub(crate) fn plain_methods(&self) -> MethodSet {
        self.plain.iter().fold(MethodSet::default(), |methods, plain| methods.or(plain.methods))
    }

    /// Whether a handler without a policy takes every method that no other handler takes.
    pub(crate) fn has_plain_rest(&self) -> bool {
        self.plain.iter().any(|plain| plain.rest.is_some())
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
    pub(crate) fn has_own_rest(&self) -> bool {
        self.mounts.iter().any(|mount| mount.rest().is_some())
    }

    /// Whether some handler takes every method that no other handler takes.
    pub(crate) fn has_rest(&self) -> bool {
        self.has_own_rest() || self.has_plain_rest()
    }

    /// Removes the handler that was mounted by `fallback`, or in place of one, to make room for another; returns whether
    /// there was one.
    pub(crate) fn remove_fallback(&mut self) -> bool {
        let is_fallback = |rest| matches!(rest, Some(Rest::Fallback | Rest::MethodNotAllowed));
        let is_there = self.mounts.iter().any(|mount| is_fallback(mount.rest()))
            || self.plain.iter().any(|plain| is_fallback(plain.rest));
        self.mounts.retain(|mount| !is_fallback(mount.rest()));
        for plain in &mut self.plain {
            plain.rest = plain.rest.filter(|rest| !is_fallback(Some(*rest)));
        }
        is_there
    }

    /// The methods that handlers are mounted on by name, with a policy or without.
    pub(crate) fn named(&self) -> MethodSet {
        self.mounts.iter().fold(self.plain_methods(), |methods, mount| methods.or(mount.named()))
    }

    /// Whether some handler takes `OPTIONS`, by name or with every other method.
    pub(crate) fn takes_options(&self) -> bool {
        self.has_rest()
            || self.mounts.iter().any(|mount| mount.named().intersects(MethodSet::OPTIONS))
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

        if let (Some(first), Some(second)) = (self.location_of_rest(), other.location_of_rest()) {
            overlaps.push(Overlap { method: "any".to_owned(), first, second });
        }
        overlaps
    }

    /// Where the policy is written, if it has one, of the handler for every other method, if there is one.
    fn location_of_rest(&self) -> Option<Option<PolicyLocation>> {
        let own = self.mounts.iter().find(|mount| mount.rest().is_some());
        own.map(|mount| Some(mount.source.location())).or(self.has_plain_rest().then_some(None))
    }

    /// What is wrong with the handlers of this path, apart from two for one method.
    pub(crate) fn problems(&self, path: &str) -> Vec<SetupProblem> {
        let options = (!self.mounts.is_empty() && self.plain_methods().intersects(MethodSet::OPTIONS))
            .then(|| SetupProblem::UnreachableOptions { path: path.to_owned() });
        let narrowed = self.mounts.iter().filter(|mount| self.is_narrowed_to_nothing(mount)).map(|mount| {
            let method = mount.named().names().collect::<Vec<_>>().join(", ");
            SetupProblem::NoMethodAllowed { path: path.to_owned(), method, policy: mount.source.location() }
        });
        options.into_iter().chain(narrowed).collect()
    }

    /// Whether the policy of a handler is for none of the methods that the path has under this policy.
    fn is_narrowed_to_nothing(&self, mount: &Mount) -> bool {
        let same = || self.mounts.iter().filter(|other| other.source == mount.source);
        let methods = same().fold(MethodSet::default(), |methods, other| methods.or(other.named()));
        same().all(|other| other.rest().is_none()) && mount.allows_none_of(methods)
    }

    pub(crate) fn sources(&self) -> impl Iterator<Item = &PolicySource> {
        self.sources_of_handlers().chain(&self.default)
    }

    fn sources_of_handlers(&self) -> impl Iterator<Item = &PolicySource> {
        let groups = self.plain.iter().filter_map(|plain| plain.group.as_ref());
        self.mounts.iter().map(|mount| &mount.source).chain(groups)
    }

    fn sources_mut(&mut self) -> impl Iterator<Item = &mut PolicySource> {
        let groups = self.plain.iter_mut().filter_map(|plain| plain.group.as_mut());
        self.mounts.iter_mut().map(|mount| &mut mount.source).chain(groups).chain(&mut self.default)
    }

    /// Lets each endpoint know which other policies answer preflights of this path. Those outside are among them, if somebody
    /// unknown may take the methods that nobody here takes.
    pub(crate) fn introduce(&mut self, outer: &[PolicySource]) {
        if !self.has_own_rest() {
            self.outside = outer.to_vec();
        }
        let others: Vec<_> = self.sources_of_handlers().chain(&self.outside).collect();
        for mount in &self.mounts {
            let others = others.iter().copied().filter(|source| **source != mount.source);
            mount.policy.siblings.add(others);
            if self.asks_for_several_methods(&mount.source) {
                mount.policy.siblings.add_other_methods();
            }
        }
    }

    /// Whether this is a delegate that is asked for several methods.
    fn asks_for_several_methods(&self, own: &PolicySource) -> bool {
        let same = || self.mounts.iter().filter(|mount| mount.source == *own);
        let methods = same().fold(MethodSet::default(), |methods, mount| methods.or(mount.named()));
        own.is_delegate()
            && (same().any(|mount| mount.rest().is_some())
                || methods.without(MethodSet::HEAD).names().count() > 1)
    }

    /// Gives the state to the delegates that have none; returns what is wrong with it.
    pub(crate) fn bind(&mut self, state: &GivenState) -> Vec<SetupProblem> {
        self.sources_mut().filter_map(|source| source.bind(state)).collect()
    }

    /// Reads the origins that are in the environment; returns what is wrong with them.
    pub(crate) fn read_environment(&mut self) -> Vec<SetupProblem> {
        let own: Vec<_> = self.mounts.iter_mut().flat_map(Mount::read_environment).collect();
        let groups = self.plain.iter_mut().filter_map(|plain| plain.group.as_mut()).chain(&mut self.default);
        let groups = groups.filter_map(|group| group.read_environment().err());
        let groups: Vec<_> = groups.flat_map(|error| error.problems).collect();
        own.into_iter().chain(groups).collect()
    }

    pub(crate) fn extend(&mut self, other: &Self) {
        self.mounts.extend_from_slice(&other.mounts);
        self.plain.extend_from_slice(&other.plain);
        if self.default.is_none() {
            self.default.clone_from(&other.default);
        }
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
            let any = mount.rest().map(|_| "any");
            let methods = any.into_iter().chain(mount.named().names());
            methods.map(|method| AuditRow::new(path, method, Some(&mount.source), None))
        });
        let plain = self.plain.iter().flat_map(|plain| {
            // What answers that the method does not exist serves none.
            let any = plain.rest.filter(|rest| *rest != Rest::MethodNotAllowed).map(|_| "any");
            let methods = plain.methods.names().chain(any);
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
        self.methods.is_empty() && self.rest.is_none()
    }
}
