//! Where a policy comes from at the time of a request. Knows nothing of routes.

use std::{fmt, sync::LazyLock};

use crate::{
    policy::{
        Policy, PolicyData, Source,
        delegate::{Delegate, GivenState},
        handle::PolicyHandle,
    },
    setup_error::{SetupError, SetupProblem},
};

/// A policy of any kind: one that is fixed, one that can be replaced while requests run, or one that is asked for with
/// each request.
///
/// A [`Policy`], a [`PolicyHandle`] and a [`delegate`](crate::delegate()) turn into it, so that
/// [`cors`](crate::cors()) and [`CorsRouter::default_policy`](crate::CorsRouter::default_policy) take them all.
#[derive(Clone, Debug)]
pub struct AnyPolicy {
    pub(crate) kind: Kind,
    /// Whether it is enforced, whatever the policy itself says.
    pub(crate) enforce: bool,
    /// The handler that names the policy, if it is written elsewhere.
    pub(crate) handler: Option<&'static str>,
}

#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Fixed(Policy),
    Handle(PolicyHandle),
    Delegate(Delegate),
}

impl AnyPolicy {
    fn new(kind: Kind) -> Self {
        Self { kind, enforce: false, handler: None }
    }

    /// Where it is written, with the handler that names it.
    pub fn source(&self) -> Source {
        let source = match &self.kind {
            Kind::Fixed(policy) => policy.source(),
            Kind::Handle(handle) => handle.load().source(),
            Kind::Delegate(delegate) => delegate.source,
        };
        Source { handler: self.handler.unwrap_or(source.handler), ..source }
    }

    /// The policy as it is now; `None` if that depends on the request.
    pub fn now(&self) -> Option<Policy> {
        match &self.kind {
            Kind::Fixed(policy) => Some(policy.clone()),
            Kind::Handle(handle) => Some(handle.load()),
            Kind::Delegate(_) => None,
        }
    }

    /// Gives the state to a delegate that has none; gives what is wrong with it.
    pub(crate) fn bind(&mut self, state: &GivenState) -> Option<SetupProblem> {
        let Kind::Delegate(delegate) = &mut self.kind else { return None };
        let (wanted, given) = delegate.bind(state).err()?;
        Some(SetupProblem::DelegateState { wanted, given, delegate: delegate.source })
    }

    /// Reads the origins that stand in the environment.
    pub(crate) fn read_environment(&mut self) -> Result<(), SetupError> {
        match &mut self.kind {
            Kind::Fixed(policy) if policy.is_unread() => *policy = policy.with_environment()?,
            Kind::Handle(handle) if handle.load().is_unread() => {
                handle.store(handle.load().with_environment()?);
            }
            Kind::Fixed(_) | Kind::Handle(_) | Kind::Delegate(_) => {}
        }
        Ok(())
    }

    /// The policy, if it will ever be this one, is ready to serve, and nothing adds to it.
    pub(crate) fn fixed(&self) -> Option<&Policy> {
        match &self.kind {
            Kind::Fixed(policy) if !policy.is_unread() && !self.enforce => Some(policy),
            Kind::Fixed(_) | Kind::Handle(_) | Kind::Delegate(_) => None,
        }
    }
}

/// The policy of a handler, as its type states it.
///
/// A fixed one stands apart from all others, so that the compiler sees in each handler that this is all there is to it.
#[derive(Clone, Debug)]
pub enum Stated {
    /// This one, with the handler that names it, if it is written elsewhere.
    Policy(&'static Policy, Option<&'static str>),
    /// Of any other kind.
    Other(AnyPolicy),
}

impl Stated {
    /// What it says, or that it grants nothing if it is not always the same.
    #[inline]
    pub(crate) fn data(self) -> &'static PolicyData {
        static NONE: Policy = Policy::NONE;
        match self {
            Self::Policy(policy, _) => policy.data(),
            Self::Other(_) => NONE.data(),
        }
    }
}

impl From<Stated> for AnyPolicy {
    fn from(stated: Stated) -> Self {
        match stated {
            Stated::Policy(policy, handler) => Self { handler, ..policy.into() },
            Stated::Other(policy) => policy,
        }
    }
}

/// What the path in `#[cors(policy = PATH)]` may lead to.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no policy",
    label = "the path in this attribute leads to no policy",
    note = "write the path of a `static` that is a `Policy`, a `PolicyHandle`, or a `LazyLock` of one of these"
)]
pub trait PolicyPath {
    /// The policy that `handler` has; `enforce` adds to what it says.
    fn stated(&'static self, enforce: bool, handler: &'static str) -> Stated;
}

impl PolicyPath for Policy {
    #[inline]
    fn stated(&'static self, enforce: bool, handler: &'static str) -> Stated {
        match enforce {
            true => Stated::Other(AnyPolicy { enforce, handler: Some(handler), ..self.into() }),
            false => Stated::Policy(self, Some(handler)),
        }
    }
}

impl PolicyPath for &'static Policy {
    fn stated(&'static self, enforce: bool, handler: &'static str) -> Stated {
        (*self).stated(enforce, handler)
    }
}

impl PolicyPath for PolicyHandle {
    fn stated(&'static self, enforce: bool, handler: &'static str) -> Stated {
        Stated::Other(AnyPolicy { enforce, handler: Some(handler), ..self.into() })
    }
}

impl<T: PolicyPath> PolicyPath for LazyLock<T> {
    fn stated(&'static self, enforce: bool, handler: &'static str) -> Stated {
        (**self).stated(enforce, handler)
    }
}

/// Two of them are equal if they say the same for every request.
impl PartialEq for AnyPolicy {
    fn eq(&self, other: &Self) -> bool {
        let same = match (&self.kind, &other.kind) {
            (Kind::Fixed(one), Kind::Fixed(other)) => one == other,
            (Kind::Handle(one), Kind::Handle(other)) => one.is(other),
            (Kind::Delegate(one), Kind::Delegate(other)) => one.is(other),
            _ => false,
        };
        same && self.enforce == other.enforce
    }
}

impl From<Policy> for AnyPolicy {
    fn from(policy: Policy) -> Self {
        Self::new(Kind::Fixed(policy))
    }
}

impl From<&Policy> for AnyPolicy {
    fn from(policy: &Policy) -> Self {
        policy.clone().into()
    }
}

impl From<PolicyHandle> for AnyPolicy {
    fn from(handle: PolicyHandle) -> Self {
        Self::new(Kind::Handle(handle))
    }
}

impl From<&PolicyHandle> for AnyPolicy {
    fn from(handle: &PolicyHandle) -> Self {
        handle.clone().into()
    }
}

impl From<Delegate> for AnyPolicy {
    fn from(delegate: Delegate) -> Self {
        Self::new(Kind::Delegate(delegate))
    }
}

/// A reference that is a `static` itself.
impl<T> From<&&T> for AnyPolicy
where
    for<'a> &'a T: Into<Self>,
{
    fn from(policy: &&T) -> Self {
        (*policy).into()
    }
}

/// What is made at the first use, such as a `static` that a builder fills.
impl<T> From<&LazyLock<T>> for AnyPolicy
where
    for<'a> &'a T: Into<Self>,
{
    fn from(policy: &LazyLock<T>) -> Self {
        (&**policy).into()
    }
}

/// The policy in words, as it is now.
impl fmt::Display for AnyPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Fixed(policy) => write!(f, "{policy}")?,
            Kind::Handle(handle) => write!(f, "{}; can be replaced", handle.load())?,
            Kind::Delegate(delegate) => write!(f, "asked of {}", delegate.name())?,
        }
        match self.enforce && !self.now().is_some_and(|policy| policy.data().enforce) {
            true => f.write_str("; enforce"),
            false => Ok(()),
        }
    }
}
