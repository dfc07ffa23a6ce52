//! What is wrong with how handlers are mounted, as values.

use std::fmt;

use cors_rules::{Printable, Syntax, Violation};

use crate::location::PolicyLocation;

/// Everything that is wrong with how a router was set up.
///
/// Displayed, it is one problem a line. Of the entries of one variable the first ten are shown, and how many more there
/// are; [`SetupError::problems`] has them all.
///
/// ```
/// use cors_runtime::{CorsRouter, cors, get, diagnostics::SetupProblem};
///
/// #[cors(origins = any)]
/// async fn hello() {}
///
/// let router: CorsRouter = CorsRouter::new().route("/", get(hello).get(hello));
/// let error = router.finish().unwrap_err();
/// assert!(matches!(error.problems(), [SetupProblem::Overlap { method, .. }] if method == "GET"));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct SetupError {
    pub(crate) problems: Vec<SetupProblem>,
}

impl SetupError {
    /// The problems: those of routes in the order in which they were added, and then those of policies by path.
    pub fn problems(&self) -> &[SetupProblem] {
        &self.problems
    }
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let by_variable = self.problems.chunk_by(|one, other| {
            matches!((one.variable_read(), other.variable_read()), (Some(one), Some(other)) if one == other)
        });
        for (index, problems) in by_variable.enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write_some(f, problems, |f, problem| write!(f, "{problem}"))?;
        }
        Ok(())
    }
}

/// As it is displayed: this is what `main` prints of an error, and `unwrap` as well.
impl fmt::Debug for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for SetupError {}

/// The first of some problems of the same kind, a line each, and how many more there are: somebody else's list can be
/// wrong in any number of places.
pub(crate) fn write_some<T>(
    f: &mut fmt::Formatter<'_>,
    problems: &[T],
    mut write_one: impl FnMut(&mut fmt::Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    const MAX_WRITTEN: usize = 10;
    for (index, problem) in problems.iter().take(MAX_WRITTEN).enumerate() {
        if index > 0 {
            f.write_str("\n")?;
        }
        write_one(f, problem)?;
    }
    match problems.len().saturating_sub(MAX_WRITTEN) {
        0 => Ok(()),
        more => write!(f, "\nand {more} more"),
    }
}

/// One thing that is wrong with how a router was set up.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SetupProblem {
    /// Two handlers for one method of one path.
    #[non_exhaustive]
    Overlap {
        /// The path, as it was given to `route`.
        path: String,
        /// The method, or `any`.
        method: String,
        /// Where the policy of the first handler is written; `None` if it has none.
        first: Option<PolicyLocation>,
        /// Where the policy of the second handler is written; `None` if it has none.
        second: Option<PolicyLocation>,
    },
    /// A handler without a policy for `OPTIONS`, which no preflight would ever reach.
    #[non_exhaustive]
    UnreachableOptions {
        /// The path, as it was given to `route`.
        path: String,
    },
    /// A policy whose `methods` leave none of those that its handler is mounted on.
    #[non_exhaustive]
    NoMethodAllowed {
        /// The path, as it was given to `route`.
        path: String,
        /// The methods that the handler is mounted on.
        method: String,
        /// Where the policy is written.
        policy: PolicyLocation,
    },
    /// A path that is not valid.
    #[non_exhaustive]
    BadPath {
        /// The path.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Something that axum does not take beside what else is there: for example, a router that cannot be looked into, and
    /// has a route that another one has as well.
    ///
    /// axum says so by a panic. It is caught, after the panic hook has printed it; where panics abort the program, they do so
    /// here as well.
    #[non_exhaustive]
    RefusedByAxum {
        /// The path, or the prefix, at which it is added.
        path: String,
        /// What axum says.
        reason: String,
    },
    /// A variable of the environment from which no origins can be read.
    #[non_exhaustive]
    UnreadableVariable {
        /// The variable.
        variable: String,
        /// What is wrong with it.
        reason: String,
        /// Where the policy is written.
        policy: PolicyLocation,
    },
    /// An entry of an environment variable that is not valid in the policy.
    #[non_exhaustive]
    InvalidVariableEntry {
        /// The variable.
        variable: String,
        /// The rule that is broken. Its place is the entry's in the whole list of origins.
        violation: Violation,
        /// Where the policy is written.
        policy: PolicyLocation,
    },
    /// A delegate that expects another state than it gets.
    #[non_exhaustive]
    DelegateState {
        /// The type that it expects.
        expected: &'static str,
        /// The type that `with_state` gives; `()` if no state is given.
        actual: &'static str,
        /// Where the delegate is named.
        delegate: PolicyLocation,
    },
    /// A hook for refusals on a nested or merged router.
    HookOnInnerRouter,
    /// The default policies of two routers that are merged.
    #[non_exhaustive]
    TwoDefaultPolicies {
        /// Where the policy of the router is written that the other one is merged into.
        first: PolicyLocation,
        /// Where the policy of the other router is written.
        second: PolicyLocation,
    },
}

impl SetupProblem {
    /// The variable with an entry that is wrong, and the policy that reads it.
    fn variable_read(&self) -> Option<(&str, &PolicyLocation)> {
        match self {
            Self::InvalidVariableEntry { variable, policy, .. } => Some((variable, policy)),
            _ => None,
        }
    }

    pub(crate) fn refused_by_axum(path: &str, reason: String) -> Self {
        Self::RefusedByAxum { path: path.to_owned(), reason }
    }

    pub(crate) fn variable(name: &str, reason: &str, policy: PolicyLocation) -> Self {
        Self::UnreadableVariable { variable: name.to_owned(), reason: reason.to_owned(), policy }
    }

    pub(crate) fn entry(variable: &str, violation: Violation, policy: PolicyLocation) -> Self {
        Self::InvalidVariableEntry { variable: variable.to_owned(), violation, policy }
    }
}

impl std::error::Error for SetupProblem {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::InvalidVariableEntry { violation, .. } => Some(violation),
            _ => None,
        }
    }
}

impl fmt::Display for SetupProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = |source: &Option<PolicyLocation>| match source {
            Some(source) => source.to_string(),
            None => "a handler without a policy".to_owned(),
        };
        match self {
            Self::Overlap { path, method, first, second } => write!(
                f,
                "two handlers for {method} {}: {} and {}; remove one of them",
                Printable(path),
                place(first),
                place(second)
            ),
            Self::UnreachableOptions { path } => write!(
                f,
                "no preflight reaches the handler without a policy for OPTIONS {}: preflights are answered by the \
                 policies of the methods; remove it, or annotate it if it serves other OPTIONS requests",
                Printable(path)
            ),
            Self::NoMethodAllowed { path, method, policy } => write!(
                f,
                "the policy at {policy} allows none of the methods its handler is mounted on ({method} {}); write one \
                 of these, or remove `methods`",
                Printable(path)
            ),
            Self::BadPath { path, reason } => {
                write!(f, "invalid path `{}`: {}", Printable(path), Printable(reason))
            }
            Self::RefusedByAxum { path, reason } => {
                write!(f, "axum refuses what is added at `{}`: {}", Printable(path), Printable(reason))
            }
            Self::UnreadableVariable { variable, reason, policy } => write!(
                f,
                "the policy at {policy} reads its origins from the environment variable `{variable}`, but {reason}; \
                 set it to a list of origins, with commas or spaces between them, or write \
                 `env({variable:?}, default = [..])`"
            ),
            Self::InvalidVariableEntry { variable, violation, policy } => write!(
                f,
                "the policy at {policy} reads its origins from the environment variable `{variable}`, and there {}; {}",
                violation.message,
                violation.help.in_variable(Syntax::Attribute)
            ),
            Self::DelegateState { expected, actual: "()", delegate } => write!(
                f,
                "the delegate at {delegate} takes the state `{expected}`, and gets none; a `CorsRouter` gives it one, by \
                 `with_state` after the delegate was added, and before `map`"
            ),
            Self::DelegateState { expected, actual, delegate } => write!(
                f,
                "the delegate at {delegate} takes the state `{expected}`, and the state that `with_state` gives is \
                 `{actual}`; let it take `{actual}`, as `State<{actual}>`, or parts of it with `state = {actual}`"
            ),
            Self::HookOnInnerRouter => f.write_str(
                "`on_refusal` was set on a nested or merged router; set it on the outermost router",
            ),
            Self::TwoDefaultPolicies { first, second } => write!(
                f,
                "two merged routers have a default policy: {first} and {second}; remove one of them, or nest one router \
                 in the other"
            ),
        }
    }
}
