//! Where the policy of a request comes from: a fixed one, a handle, or a delegate.

use std::{fmt, sync::LazyLock, time::Duration};

use crate::{
    location::PolicyLocation,
    policy::{
        Policy,
        data::Enforce,
        delegate::{Delegate, GivenState, StateType},
        handle::PolicyHandle,
    },
    setup_error::{SetupError, SetupProblem},
};

/// A policy of any kind: one that is fixed, one that can be replaced while requests are served, or one that is asked for with
/// each request.
///
/// A [`Policy`], a [`PolicyHandle`] and a [`delegate`](crate::delegate()) convert into it, so whatever takes a
/// `PolicySource`, for example [`cors`](crate::cors()) and
/// [`CorsRouter::default_policy`](crate::CorsRouter::default_policy), takes them all.
#[derive(Clone, Debug)]
pub struct PolicySource {
    pub(crate) kind: Kind,
    /// What a handler that names the policy adds to it.
    pub(crate) added: Added,
    /// The handler that names the policy, if it is written elsewhere.
    pub(crate) named: Option<Named>,
}

#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Fixed(Policy),
    Handle(PolicyHandle),
    Delegate(Box<Delegate>),
}

/// What a handler adds to a policy that is written elsewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Added {
    /// At least this is enforced.
    pub enforce: Enforce,
    /// Whether WebSocket handshakes are let through all the same.
    pub unenforced_websocket: bool,
}

/// Who names a policy that is written elsewhere, and how.
#[derive(Clone, Copy, Debug)]
pub struct Named {
    /// The path in the attribute.
    pub path: &'static str,
    /// The handler.
    pub handler: &'static str,
}

impl PolicySource {
    fn new(kind: Kind) -> Self {
        Self { kind, added: Added::default(), named: None }
    }

    /// The policy as that of one handler.
    pub(crate) fn for_one_handler(mut self) -> Self {
        if let Kind::Delegate(delegate) = &mut self.kind {
            **delegate = delegate.for_one_handler();
        }
        self
    }

    /// Where it is written, with the handler that names it.
    pub fn location(&self) -> PolicyLocation {
        let location = match &self.kind {
            Kind::Fixed(policy) => policy.location(),
            Kind::Handle(handle) => handle.load().location(),
            Kind::Delegate(delegate) => delegate.location,
        };
        match self.named {
            Some(Named { path, handler }) => {
                PolicyLocation { name: path, handler: Some(handler), ..location }
            }
            None => location,
        }
    }

    /// The policy as it is now; `None` if that depends on the request.
    pub fn current(&self) -> Option<Policy> {
        match &self.kind {
            Kind::Fixed(policy) => Some(policy.clone()),
            Kind::Handle(handle) => Some(handle.load()),
            Kind::Delegate(_) => None,
        }
    }

    /// The policy, if it is always this one.
    pub(crate) fn fixed(&self) -> Option<&Policy> {
        match &self.kind {
            Kind::Fixed(policy) => Some(policy),
            Kind::Handle(_) | Kind::Delegate(_) => None,
        }
    }

    /// Gives the state to a delegate that has none; returns what is wrong with it.
    pub(crate) fn bind(&mut self, state: &GivenState) -> Option<SetupProblem> {
        let Kind::Delegate(delegate) = &mut self.kind else { return None };
        let (expected, actual) = delegate.bind(state).err()?;
        Some(SetupProblem::DelegateState { expected, actual, delegate: self.location() })
    }

    /// What is wrong with the state of a delegate that has none, if it will be one of this type.
    pub(crate) fn check_state(&self, actual: StateType) -> Option<SetupProblem> {
        let Kind::Delegate(delegate) = &self.kind else { return None };
        let (expected, actual) = delegate.check_state(actual).err()?;
        Some(SetupProblem::DelegateState { expected, actual, delegate: self.location() })
    }

    /// Sets the time limit of a delegate that has none.
    pub(crate) fn set_time_limit(&self, limit: Duration) {
        if let Kind::Delegate(delegate) = &self.kind {
            delegate.set_time_limit(limit);
        }
    }

    /// Reads the origins that are in the environment.
    pub(crate) fn read_environment(&mut self) -> Result<(), SetupError> {
        match &mut self.kind {
            Kind::Fixed(policy) if policy.is_unresolved() => *policy = policy.with_environment()?,
            Kind::Handle(handle) if handle.load().is_unresolved() => {
                handle.store(handle.load().with_environment()?);
            }
            Kind::Fixed(_) | Kind::Handle(_) | Kind::Delegate(_) => {}
        }
        Ok(())
    }

    pub(crate) fn is_delegate(&self) -> bool {
        matches!(self.kind, Kind::Delegate(_))
    }

    /// Whether both are one handle, or one delegate that is asked for one handler, whatever is added.
    pub(crate) fn is_same_dynamic(&self, other: &Self) -> bool {
        match (&self.kind, &other.kind) {
            (Kind::Handle(one), Kind::Handle(other)) => one.is_same(other),
            (Kind::Delegate(one), Kind::Delegate(other)) => one.is_for_the_same_handler(other),
            _ => false,
        }
    }

    /// What is enforced, as far as that is known without asking.
    pub(crate) fn strictness(&self) -> Enforce {
        let own = match &self.kind {
            Kind::Fixed(policy) => policy.data().settings.enforce,
            Kind::Handle(handle) => handle.load().data().settings.enforce,
            Kind::Delegate(_) => Enforce::Off,
        };
        own.max(self.added.enforce)
    }

    /// Whether both say the same, as far as the state is concerned.
    pub(crate) fn has_the_same_state(&self, other: &Self) -> bool {
        match (&self.kind, &other.kind) {
            (Kind::Delegate(one), Kind::Delegate(other)) => one.has_the_same_state(other),
            _ => true,
        }
    }
}

/// What the path in `#[cors(policy = PATH)]` may name.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a policy",
    label = "the path in this attribute does not name a policy",
    note = "write the path of a `static` that is a `Policy`, a `PolicyHandle`, or a `LazyLock` of one of these"
)]
pub trait NamedPolicy {
    /// The policy, as a handler names it.
    fn named(&'static self, named: Named, added: Added) -> PolicySource;
}

impl NamedPolicy for Policy {
    fn named(&'static self, named: Named, added: Added) -> PolicySource {
        PolicySource { named: Some(named), added, ..self.into() }
    }
}

impl NamedPolicy for &'static Policy {
    fn named(&'static self, named: Named, added: Added) -> PolicySource {
        (*self).named(named, added)
    }
}

impl NamedPolicy for PolicyHandle {
    fn named(&'static self, named: Named, added: Added) -> PolicySource {
        PolicySource { named: Some(named), added, ..self.into() }
    }
}

impl<T: NamedPolicy> NamedPolicy for LazyLock<T> {
    fn named(&'static self, named: Named, added: Added) -> PolicySource {
        (**self).named(named, added)
    }
}

/// Two of them are equal if they say the same for every request.
impl PartialEq for PolicySource {
    fn eq(&self, other: &Self) -> bool {
        let is_same = match (&self.kind, &other.kind) {
            (Kind::Fixed(one), Kind::Fixed(other)) => one == other,
            (Kind::Handle(one), Kind::Handle(other)) => one.is_same(other),
            (Kind::Delegate(one), Kind::Delegate(other)) => one.is_same(other),
            _ => false,
        };
        is_same && self.added == other.added
    }
}

impl From<Policy> for PolicySource {
    fn from(policy: Policy) -> Self {
        Self::new(Kind::Fixed(policy))
    }
}

impl From<&Policy> for PolicySource {
    fn from(policy: &Policy) -> Self {
        policy.clone().into()
    }
}

impl From<PolicyHandle> for PolicySource {
    fn from(handle: PolicyHandle) -> Self {
        Self::new(Kind::Handle(handle))
    }
}

impl From<&PolicyHandle> for PolicySource {
    fn from(handle: &PolicyHandle) -> Self {
        handle.clone().into()
    }
}

impl From<Delegate> for PolicySource {
    fn from(delegate: Delegate) -> Self {
        let added = Added { enforce: delegate.enforce, ..Added::default() };
        Self { added, ..Self::new(Kind::Delegate(Box::new(delegate.for_one_handler()))) }
    }
}

impl From<&Delegate> for PolicySource {
    fn from(delegate: &Delegate) -> Self {
        delegate.clone().into()
    }
}

/// A reference that is a `static` itself.
impl<T> From<&&T> for PolicySource
where
    for<'a> &'a T: Into<Self>,
{
    fn from(policy: &&T) -> Self {
        (*policy).into()
    }
}

/// What is made at the first use: for example, a `static` that a builder fills.
impl<T> From<&LazyLock<T>> for PolicySource
where
    for<'a> &'a T: Into<Self>,
{
    fn from(policy: &LazyLock<T>) -> Self {
        (&**policy).into()
    }
}

/// The policy in words, as it is now.
impl fmt::Display for PolicySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let own = match &self.kind {
            Kind::Fixed(policy) => {
                write!(f, "{policy}")?;
                policy.data().settings.enforce
            }
            Kind::Handle(handle) => {
                let policy = handle.load();
                write!(f, "{policy}; can be replaced")?;
                policy.data().settings.enforce
            }
            Kind::Delegate(delegate) => {
                write!(f, "asked of {}", delegate.name())?;
                Enforce::Off
            }
        };
        match self.added.enforce {
            added if added <= own => Ok(()),
            Enforce::Strict => f.write_str("; enforce(strict)"),
            Enforce::CrossOrigin | Enforce::Off => f.write_str("; enforce"),
        }
    }
}
