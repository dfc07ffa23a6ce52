//! The policies of the methods of one path. Knows nothing of how paths are found.

use std::{borrow::Cow, sync::Arc};

use http::{
    HeaderMap, HeaderValue,
    header::{ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, CONTENT_LENGTH},
};

use crate::{
    policy::{OriginHeader, PolicyData, Source, Verdict, any_policy::AnyPolicy, delegate::GivenState},
    routing::{
        answer::{PREFLIGHT_FIELDS, write_preflight},
        methods::{MethodSet, is_of_pages},
    },
    setup_error::SetupProblem,
};

/// Everything that is mounted on one path.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mounts {
    pub(crate) mounts: Vec<Mount>,
    /// The methods of handlers without a policy, which stay same-origin.
    pub(crate) plain: MethodSet,
    /// Whether a handler without a policy takes every method that no other handler of the path takes.
    pub(crate) plain_any: bool,
}

/// A handler that is mounted with a policy.
#[derive(Clone, Debug)]
pub(crate) struct Mount {
    pub(crate) methods: Mounted,
    pub(crate) policy: AnyPolicy,
}

/// The methods that a handler is mounted on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mounted {
    /// These.
    On(MethodSet),
    /// Every method that no other handler of the path takes.
    Any,
}

/// A method that is mounted twice; a handler without a policy has no source.
#[derive(Clone, Debug)]
pub(crate) struct Overlap {
    pub(crate) method: String,
    pub(crate) first: Option<Source>,
    pub(crate) second: Option<Source>,
}

impl Overlap {
    /// The problem that it is at this path.
    pub(crate) fn at(self, path: &str) -> SetupProblem {
        let Self { method, first, second } = self;
        SetupProblem::Overlap { path: path.to_owned(), method, first, second }
    }
}

impl Mounts {
    /// The methods that both of them take.
    pub(crate) fn overlaps(&self, other: &Self) -> Vec<Overlap> {
        let mut overlaps = Vec::new();
        let mut report = |methods: MethodSet, first: Option<&Mount>, second: Option<&Mount>| {
            let [first, second] = [first, second].map(|mount| mount.map(|mount| mount.policy.source()));
            overlaps.extend(methods.names().map(|name| Overlap { method: name.to_owned(), first, second }));
        };
        for first in &self.mounts {
            for second in &other.mounts {
                report(first.named().and(second.named()), Some(first), Some(second));
            }
            report(first.named().and(other.plain), Some(first), None);
        }
        for second in &other.mounts {
            report(self.plain.and(second.named()), None, Some(second));
        }
        report(self.plain.and(other.plain), None, None);

        if let (Some(first), Some(second)) = (self.source_of_any(), other.source_of_any()) {
            overlaps.push(Overlap { method: "any".to_owned(), first, second });
        }
        overlaps
    }

    /// Where the policy is written, if it has one, of the handler for every other method, if there is one.
    fn source_of_any(&self) -> Option<Option<Source>> {
        let any = self.mounts.iter().find(|mount| mount.is_any());
        any.map(|mount| Some(mount.policy.source())).or(self.plain_any.then_some(None))
    }

    /// What is wrong with the handlers of this path, apart from two for one method.
    pub(crate) fn problems(&self, path: &str) -> Vec<SetupProblem> {
        let options = (!self.mounts.is_empty() && self.plain.meets(MethodSet::OPTIONS))
            .then(|| SetupProblem::UnreachableOptions { path: path.to_owned() });
        let narrowed = self.mounts.iter().filter(|mount| mount.is_narrowed_to_nothing()).map(|mount| {
            let method = mount.named().names().collect::<Vec<_>>().join(", ");
            SetupProblem::NoMethodLeft { path: path.to_owned(), method, policy: mount.policy.source() }
        });
        options.into_iter().chain(narrowed).collect()
    }

    /// Gives the state to the delegates that have none; gives what is wrong with it.
    pub(crate) fn bind(&mut self, state: &GivenState) -> Vec<SetupProblem> {
        self.mounts.iter_mut().filter_map(|mount| mount.policy.bind(state)).collect()
    }

    /// Reads the origins that stand in the environment; gives what is wrong with them.
    pub(crate) fn read_environment(&mut self) -> Vec<SetupProblem> {
        self.mounts
            .iter_mut()
            .filter_map(|mount| mount.policy.read_environment().err())
            .flat_map(|error| error.problems)
            .collect()
    }

    pub(crate) fn extend(&mut self, other: &Self) {
        self.mounts.extend_from_slice(&other.mounts);
        self.plain = self.plain.or(other.plain);
        self.plain_any |= other.plain_any;
    }
}

impl Mount {
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

    fn is_narrowed_to_nothing(&self) -> bool {
        let names = self.policy.fixed().map(|policy| policy.data().methods.as_ref()).unwrap_or_default();
        let is_left = |name: &Cow<'_, str>| self.named().meets(MethodSet::of(name.as_bytes()));
        !self.is_any() && !names.is_empty() && !names.iter().any(is_left)
    }
}

/// The policies of one path.
#[derive(Debug, Default)]
pub(crate) struct PathPolicies {
    entries: Vec<Entry>,
    /// The methods of handlers without a policy.
    plain: MethodSet,
    /// Whether one of those takes every other method.
    plain_any: bool,
    /// What `Allow` says of the path: the methods that have a policy, and `OPTIONS`.
    pub(crate) allow: Option<HeaderValue>,
}

/// Methods of the path that share one policy.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) policy: AnyPolicy,
    /// Each handler of it may name it in a place of its own.
    mounts: Vec<(MethodSet, AnyPolicy)>,
    methods: MethodSet,
    /// Whether it is the policy of the methods that nobody else takes, too.
    rest: bool,
    /// The answer to its preflights, as far as it is the same for all of them: to clone a map costs less than to
    /// fill one. `None` for a policy that is not always the same.
    answer: Option<HeaderMap>,
}

impl PathPolicies {
    pub(crate) fn new(Mounts { mounts, plain, plain_any }: &Mounts) -> Arc<Self> {
        let explicit = mounts.iter().map(Mount::named).fold(*plain, MethodSet::or);
        let taken = with_head(explicit);
        let mut entries: Vec<Entry> = Vec::new();
        for mount in mounts {
            let (methods, rest) = match mount.methods {
                Mounted::On(methods) if explicit.meets(MethodSet::HEAD) => (methods, false),
                Mounted::On(methods) => (with_head(methods), false),
                Mounted::Any => (MethodSet::ALL.without(taken), true),
            };
            let here = (methods, mount.policy.clone());
            match entries.iter_mut().find(|entry| entry.policy == mount.policy) {
                Some(entry) => {
                    entry.mounts.push(here);
                    entry.methods = entry.methods.or(methods);
                    entry.rest |= rest;
                }
                None => {
                    let policy = mount.policy.clone();
                    entries.push(Entry { policy, mounts: vec![here], methods, rest, answer: None });
                }
            }
        }
        for entry in &mut entries {
            entry.answer = entry.prepare_answer();
        }
        let methods = entries.iter().fold(MethodSet::OPTIONS, |set, entry| set.or(entry.methods));
        let allow = HeaderValue::from_str(&methods.names().collect::<Vec<_>>().join(",")).ok();
        Arc::new(Self { entries, plain: with_head(*plain), plain_any: *plain_any, allow })
    }

    /// The entry of the method of a request.
    pub(crate) fn of_method(&self, name: &[u8]) -> Option<&Entry> {
        match MethodSet::of(name) {
            method if method.is_empty() => self.of_others(),
            method => self.of_known(method),
        }
    }

    /// The entry of the method that a preflight asks for, if pages can use it.
    pub(crate) fn of_requested_method(&self, name: &[u8]) -> Option<&Entry> {
        match MethodSet::of(name).and(MethodSet::OF_PAGES) {
            method if method.is_empty() => self.of_others().filter(|_| is_of_pages(name)),
            method => self.of_known(method),
        }
    }

    fn of_known(&self, method: MethodSet) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.methods.meets(method))
    }

    /// The entry of the methods that axum does not know.
    fn of_others(&self) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.rest)
    }

    /// Whether a handler without a policy takes this method, which no [entry](Self::of_method) has.
    pub(crate) fn has_plain(&self, name: &[u8]) -> bool {
        self.plain_any || self.plain.meets(MethodSet::of(name))
    }

    /// The policy under which a page may see that the path has no such method: one that grants to this origin, if there
    /// is one.
    pub(crate) fn of_no_method(&self, origin: OriginHeader<'_>) -> Option<&AnyPolicy> {
        let grants = |entry: &&Entry| {
            entry.policy.now().is_some_and(|policy| policy.data().judge(origin).is_granted())
        };
        self.entries.iter().find(grants).or(self.entries.first()).map(|entry| &entry.policy)
    }

    /// Whether it depends on the origin which policy [`of_no_method`](Self::of_no_method) is.
    pub(crate) fn is_one(&self) -> bool {
        self.entries.len() <= 1
    }
}

/// axum's handlers of GET answer HEAD, too, unless there is one for HEAD.
fn with_head(methods: MethodSet) -> MethodSet {
    if methods.meets(MethodSet::GET) { methods.or(MethodSet::HEAD) } else { methods }
}

impl Entry {
    /// Where the policy is written that the handler of this method has.
    pub(crate) fn source_of(&self, method: &[u8]) -> Source {
        let method = MethodSet::of(method);
        let mounted = self.mounts.iter().find(|(methods, _)| methods.meets(method));
        mounted.map_or(&self.policy, |(_, policy)| policy).source()
    }

    /// The headers of the answer to a preflight for one of the methods, one that pages can use, whose origin is granted by
    /// the policy as it is now.
    pub(crate) fn answer_preflight(
        &self,
        policy: &PolicyData,
        verdict: Verdict,
        requested: &HeaderValue,
    ) -> HeaderMap {
        let mut headers = match &self.answer {
            Some(prepared) => {
                let mut headers = prepared.clone();
                if let Verdict::GrantedAs(origin) = verdict
                    && let Some((_, allow_origin)) =
                        headers.iter_mut().find(|(name, _)| *name == ACCESS_CONTROL_ALLOW_ORIGIN)
                {
                    // It is the first one, so that this is cheaper than a search by its hash.
                    *allow_origin = origin;
                }
                headers
            }
            None => self.fill_answer(policy, verdict),
        };
        if self.allows_alone(policy, requested) {
            // A method of no standard. It is allowed alone: nobody knows all of them.
            headers.insert(ACCESS_CONTROL_ALLOW_METHODS, requested.clone());
        }
        headers
    }

    /// Whether it is a method of no standard, under a policy that allows all of them.
    fn allows_alone(&self, policy: &PolicyData, requested: &HeaderValue) -> bool {
        self.rest && policy.methods.is_empty() && MethodSet::of(requested.as_bytes()).is_empty()
    }

    /// What `Access-Control-Allow-Methods` says to a preflight for this method.
    pub(crate) fn allow_methods_for(&self, policy: &PolicyData, requested: &HeaderValue) -> String {
        match requested.to_str() {
            Ok(requested_text) if self.allows_alone(policy, requested) => requested_text.to_owned(),
            _ => self.allow_methods(policy),
        }
    }

    fn prepare_answer(&self) -> Option<HeaderMap> {
        let policy = self.policy.fixed()?.data();
        // Of several origins, each answer names its own in the place of this.
        let answer = self.fill_answer(policy, Verdict::GrantedAs(const { HeaderValue::from_static("") }));
        // The first clone of a value that was made at run time moves it to where clones share it.
        drop(answer.clone());
        Some(answer)
    }

    fn fill_answer(&self, policy: &PolicyData, verdict: Verdict) -> HeaderMap {
        // Method names are tokens, so that this is a value.
        let allow_methods = HeaderValue::from_str(&self.allow_methods(policy)).ok();
        let mut answer = HeaderMap::with_capacity(PREFLIGHT_FIELDS);
        write_preflight(policy, policy.allow_origin(verdict), allow_methods, &mut answer);
        // axum would add it to each answer.
        answer.insert(CONTENT_LENGTH, HeaderValue::from(0));
        answer
    }

    /// The names of the methods, or those that the policy is narrowed to.
    fn allow_methods(&self, policy: &PolicyData) -> String {
        let narrowed = policy.methods.iter().map(AsRef::as_ref);
        let names: Vec<&str> = if policy.methods.is_empty() {
            self.methods.and(MethodSet::OF_PAGES).names().collect()
        } else if self.rest {
            narrowed.collect()
        } else {
            narrowed.filter(|name| self.methods.meets(MethodSet::of(name.as_bytes()))).collect()
        };
        names.join(", ")
    }
}
