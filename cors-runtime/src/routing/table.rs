//! The policies of the methods of one path, at request time.

use std::{collections::HashMap, sync::Arc};

use http::{HeaderMap, HeaderValue, StatusCode, header::ACCESS_CONTROL_ALLOW_METHODS};

use crate::{
    policy::{
        data::{PolicyData, header_value},
        source::PolicySource,
    },
    protocol::{
        decision::PreflightDecision,
        request::{OriginHeader, Preflight},
    },
    routing::{
        gate::Outer,
        methods::{MethodSet, is_fetchable},
        mounts::{EndpointPolicy, Mounted, PathMounts, Rest},
        siblings::KeptFrom,
    },
};

/// The policies of one path.
#[derive(Debug)]
pub(crate) struct PathTable {
    entries: Vec<TableEntry>,
    /// The methods of handlers without a policy.
    plain: MethodSet,
    /// Whether one of those serves every other method.
    has_plain_rest: bool,
    /// The policy of the methods that nobody takes, if it is not that of the router.
    pub(crate) default: Option<Outer>,
    /// The policies outside that may answer its preflights.
    outside: Vec<PolicySource>,
    /// Whether its handlers are in a part of the router that cannot be looked into.
    pub(crate) is_mapped: bool,
    /// What `Allow` says of the path: the methods that have a handler, and `OPTIONS`.
    pub(crate) allow: HeaderValue,
}

/// Methods of the path that share one policy.
#[derive(Debug)]
struct TableEntry {
    mounts: Vec<EntryMount>,
    methods: MethodSet,
    /// Whether it is also the policy of the methods that nobody else takes.
    takes_rest: bool,
    /// The answer to its preflights; `None` for a policy that is not always the same.
    prepared: Option<Arc<HeaderMap>>,
    /// What `Access-Control-Allow-Methods` says of the methods, where the policy does not narrow them.
    allow_methods: Option<HeaderValue>,
}

/// A handler among those that share a policy. Each may name it in a place of its own.
#[derive(Debug)]
struct EntryMount {
    methods: MethodSet,
    takes_rest: bool,
    source: PolicySource,
    role: Role,
    /// The handler's, if the policy is its own.
    endpoint: Option<Arc<EndpointPolicy>>,
}

/// How a policy relates to what it is mounted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// It is the handler's own, which applies it, and nothing inside has another.
    Own,
    /// It is the policy of a service, which applies it, and which may have other policies inside.
    Service,
    /// It is the policy of a group, which nobody inside knows of.
    Group,
}

/// The policy of one method of a path.
#[derive(Clone, Copy)]
pub(crate) struct MethodPolicy<'t> {
    pub(crate) source: &'t PolicySource,
    pub(crate) role: Role,
    pub(crate) endpoint: Option<&'t EndpointPolicy>,
    entry: &'t TableEntry,
}

/// What several paths of a router share.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    /// The answers to preflights, by the address of the policy and the methods that share it.
    answers: HashMap<(usize, MethodSet, bool), Arc<HeaderMap>>,
    allow: HashMap<MethodSet, HeaderValue>,
    allow_methods: HashMap<MethodSet, Option<HeaderValue>>,
}

impl PathTable {
    pub(crate) fn new(path: &PathMounts, shared: &mut Shared) -> Arc<Self> {
        let explicit = path.named();
        let taken = with_head(explicit);
        let methods_of = |mounted| match mounted {
            Mounted::On(methods) if explicit.intersects(MethodSet::HEAD) => (methods, false),
            Mounted::On(methods) => (with_head(methods), false),
            Mounted::Rest(_) => (MethodSet::ALL.without(taken), true),
        };

        let own = path.mounts.iter().map(|mount| {
            (methods_of(mount.methods), &mount.source, mount.policy.role(), Some(&mount.policy))
        });
        let groups = path.plain.iter().flat_map(|plain| {
            let by_name = (methods_of(Mounted::On(plain.methods)), plain);
            let rest = plain.rest.filter(|rest| rest.serves());
            let rest = rest.map(|rest| (methods_of(Mounted::Rest(rest)), plain));
            let both = std::iter::once(by_name).chain(rest);
            both.filter_map(|(methods, plain)| Some((methods, plain.group.as_ref()?, Role::Group, None)))
        });
        let mut entries: Vec<TableEntry> = Vec::new();
        for ((methods, takes_rest), source, role, endpoint) in own.chain(groups) {
            if methods.is_empty() && !takes_rest {
                continue;
            }
            let endpoint = endpoint.cloned();
            let mount = EntryMount { methods, takes_rest, source: source.clone(), role, endpoint };
            match entries.iter_mut().find(|entry| entry.mounts.iter().any(|mount| mount.source == *source)) {
                Some(entry) => {
                    entry.mounts.push(mount);
                    entry.methods = entry.methods.or(methods);
                    entry.takes_rest |= takes_rest;
                }
                None => entries.push(TableEntry {
                    mounts: vec![mount],
                    methods,
                    takes_rest,
                    prepared: None,
                    allow_methods: None,
                }),
            }
        }
        let allow = shared.allow(with_head(explicit).or(MethodSet::OPTIONS));
        for entry in &mut entries {
            entry.allow_methods = shared.allow_methods(entry.methods);
            entry.prepared = entry.prepare(shared);
        }
        let without = path.plain.iter().filter(|plain| plain.group.is_none());
        let plain = without.clone().fold(MethodSet::default(), |methods, plain| methods.or(plain.methods));
        let has_plain_rest = without.clone().any(|plain| plain.rest.is_some_and(Rest::serves));
        let default = path.default.clone().map(Outer::known);
        let is_mapped = path.is_mapped;
        let outside = path.outside.clone();
        Arc::new(Self {
            entries,
            plain: with_head(plain),
            has_plain_rest,
            default,
            outside,
            is_mapped,
            allow,
        })
    }

    /// The policy of the method of a request.
    pub(crate) fn policy_for(&self, name: &[u8]) -> Option<MethodPolicy<'_>> {
        match MethodSet::from_name(name) {
            method if method.is_empty() => self.policy_for_others(),
            method => self.policy_for_known(method),
        }
    }

    /// The policy of the method that a preflight asks for, if pages can use it.
    pub(crate) fn policy_for_requested(&self, name: &[u8]) -> Option<MethodPolicy<'_>> {
        match MethodSet::from_name(name).and(MethodSet::FETCHABLE) {
            method if method.is_empty() => self.policy_for_others().filter(|_| is_fetchable(name)),
            method => self.policy_for_known(method),
        }
    }

    fn policy_for_known(&self, method: MethodSet) -> Option<MethodPolicy<'_>> {
        self.entries.iter().find(|entry| entry.methods.intersects(method))?.policy_for(method)
    }

    /// The policy of the methods that axum does not know.
    fn policy_for_others(&self) -> Option<MethodPolicy<'_>> {
        self.entries.iter().find(|entry| entry.takes_rest)?.policy_for(MethodSet::default())
    }

    /// Whether a handler without a policy takes this method, which no [policy](Self::policy_for) is for.
    pub(crate) fn has_plain(&self, name: &[u8]) -> bool {
        self.has_plain_rest || self.plain.intersects(MethodSet::from_name(name))
    }

    /// Whether any handler of the path has a policy.
    pub(crate) fn has_policies(&self) -> bool {
        !self.entries.is_empty()
    }

    /// The policy under which a page may see that the path has no such method: one that allows this origin, if there is one.
    pub(crate) fn policy_for_no_method(&self, origin: OriginHeader<'_>) -> Option<MethodPolicy<'_>> {
        let allows = |policy: &MethodPolicy<'_>| match (policy.source.current(), origin) {
            (Some(policy), OriginHeader::Is(origin)) => policy.data().allowed_as(origin).is_ok(),
            _ => false,
        };
        let policies = || self.entries.iter().filter_map(TableEntry::first);
        policies().find(allows).or_else(|| policies().next())
    }

    /// Whether [`policy_for_no_method`](Self::policy_for_no_method) is the same for all origins.
    pub(crate) fn has_one_policy(&self) -> bool {
        self.entries.len() <= 1
    }

    /// The policies of its handlers.
    pub(crate) fn sources(&self) -> impl Iterator<Item = &PolicySource> {
        self.entries.iter().flat_map(|entry| &entry.mounts).map(|mount| &mount.source)
    }

    /// Those that answer preflights beside this one.
    pub(crate) fn siblings_of<'t>(&'t self, own: &'t PolicySource) -> impl Iterator<Item = &'t PolicySource> {
        self.sources().chain(&self.outside).filter(move |source| **source != *own)
    }

    /// Whether this is a delegate that is asked for several methods: here, or for those that nobody takes here.
    pub(crate) fn asks_for_several_methods(&self, own: &PolicySource) -> bool {
        let is_own = |entry: &&TableEntry| entry.mounts.iter().any(|mount| mount.source == *own);
        own.is_delegate()
            && self.entries.iter().find(is_own).is_none_or(|entry| {
                entry.takes_rest || entry.methods.without(MethodSet::HEAD).names().count() > 1
            })
    }

    /// The policy of this method, if it is that of a group, which nobody inside applies.
    pub(crate) fn group_for(&self, method: &[u8]) -> Option<&PolicySource> {
        let policy = self.policy_for(method).filter(|policy| policy.role == Role::Group)?;
        Some(policy.source)
    }

    /// The delegates among its policies.
    pub(crate) fn has_delegates(&self) -> bool {
        self.sources()
            .chain(self.default.iter().map(|default| &*default.source))
            .any(PolicySource::is_delegate)
    }
}

/// axum's handlers of GET also answer HEAD, unless there is one for HEAD.
fn with_head(methods: MethodSet) -> MethodSet {
    if methods.intersects(MethodSet::GET) { methods.or(MethodSet::HEAD) } else { methods }
}

impl TableEntry {
    fn policy_for(&self, method: MethodSet) -> Option<MethodPolicy<'_>> {
        let takes = |mount: &&EntryMount| match method.is_empty() {
            true => mount.takes_rest,
            false => mount.methods.intersects(method),
        };
        self.mounts.iter().find(takes).map(|mount| self.policy_of(mount))
    }

    fn first(&self) -> Option<MethodPolicy<'_>> {
        self.mounts.first().map(|mount| self.policy_of(mount))
    }

    fn policy_of<'t>(&'t self, mount: &'t EntryMount) -> MethodPolicy<'t> {
        let EntryMount { source, role, endpoint, .. } = mount;
        MethodPolicy { source, role: *role, endpoint: endpoint.as_deref(), entry: self }
    }

    /// The answer to a preflight, prepared: cloning a map costs less than filling one.
    fn prepare(&self, shared: &mut Shared) -> Option<Arc<HeaderMap>> {
        let policy = self.mounts.first()?.source.fixed()?.data();
        let key = (std::ptr::from_ref(policy).addr(), self.methods, self.takes_rest);
        let answer = shared
            .answers
            .entry(key)
            .or_insert_with(|| Arc::new(policy.preflight_for(self.allow_methods(policy))));
        Some(Arc::clone(answer))
    }

    /// The names of the methods, or those that the policy is narrowed to.
    fn allow_methods(&self, policy: &PolicyData) -> Option<HeaderValue> {
        let narrowed = &policy.methods;
        let is_here = |name: &&str| match MethodSet::from_name(name.as_bytes()) {
            method if method.is_empty() => self.takes_rest,
            method => self.methods.intersects(method),
        };
        let names = || narrowed.names.iter().map(AsRef::as_ref);
        if narrowed.names.is_empty() {
            self.allow_methods.clone()
        } else if names().all(|name| is_here(&name)) {
            narrowed.value.clone()
        } else {
            join(names().filter(is_here))
        }
    }

    /// Whether it is a method of no standard, under a policy that allows all of them.
    fn allows_alone(&self, policy: &PolicyData, requested: &HeaderValue) -> bool {
        self.takes_rest
            && policy.methods.names.is_empty()
            && MethodSet::from_name(requested.as_bytes()).is_empty()
    }
}

impl<'t> MethodPolicy<'t> {
    /// Whose answers to preflights a browser may have kept, which are not by this policy.
    pub(crate) fn kept_from(&self, path: Option<&'t PathTable>) -> KeptFrom<'t> {
        match (self.endpoint, path) {
            (Some(endpoint), _) => KeptFrom::Siblings(&endpoint.siblings),
            (None, Some(path)) => KeptFrom::Path(path, self.source),
            (None, None) => KeptFrom::Nobody,
        }
    }

    /// The answer to a preflight for this method, by the policy as it is now.
    pub(crate) fn answer(
        &self,
        decision: PreflightDecision,
        policy: &PolicyData,
        preflight: &Preflight<'_>,
    ) -> (StatusCode, HeaderMap) {
        let entry = self.entry;
        let (status, mut headers) = match &entry.prepared {
            Some(prepared) => decision.answer_from(policy, || HeaderMap::clone(prepared)),
            None => decision.answer(policy, entry.allow_methods(policy)),
        };
        if status == StatusCode::NO_CONTENT && entry.allows_alone(policy, preflight.method) {
            // It is allowed alone: nobody knows all the methods of no standard.
            headers.insert(ACCESS_CONTROL_ALLOW_METHODS, preflight.method.clone());
        }
        (status, headers)
    }
}

impl Shared {
    fn allow_methods(&mut self, methods: MethodSet) -> Option<HeaderValue> {
        let value = || join(methods.and(MethodSet::FETCHABLE).names());
        self.allow_methods.entry(methods).or_insert_with(value).clone()
    }

    fn allow(&mut self, methods: MethodSet) -> HeaderValue {
        let allow = self.allow.entry(methods).or_insert_with(|| {
            let names: Vec<_> = methods.names().collect();
            header_value(&names.join(",")).unwrap_or(HeaderValue::from_static("OPTIONS"))
        });
        allow.clone()
    }
}

/// The value of a header field that is a list of methods.
fn join<'n>(methods: impl Iterator<Item = &'n str>) -> Option<HeaderValue> {
    header_value(&methods.collect::<Vec<_>>().join(", "))
}
