//! Policies that are put together while the program runs: by the same keys and the same rules as in the source.

use std::{fmt, panic::Location, sync::Arc};

use cors_rules::{Allow, Author, MaxAge, Origin, OriginSpec, PolicySpec, Syntax, Violation, check};

use crate::{
    location::PolicyLocation,
    policy::{
        Policy,
        data::{Accepts, Enforce, When},
        from_checked::{self, Extras},
    },
};

impl Policy {
    /// A policy that is put together while the program runs, from a configuration say.
    ///
    /// It has the keys of [`#[cors(..)]`](macro@crate::cors), and what that refuses, [`build`](PolicyBuilder::build)
    /// refuses, too.
    ///
    /// ```
    /// use cors_runtime::Policy;
    ///
    /// let policy = Policy::builder()
    ///     .origins(["https://shop.example", "https://*.shop.example"])
    ///     .headers(["authorization", "content-type"])
    ///     .max_age("10m")
    ///     .credentials()
    ///     .build()
    ///     .unwrap();
    /// assert_eq!(
    ///     policy.to_string(),
    ///     "https://shop.example, https://*.shop.example; headers authorization, content-type; max age 600; credentials"
    /// );
    ///
    /// let error = Policy::builder().origins(["https://shop.example/"]).max_age(100_000).build().unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "origins[0]: `https://shop.example/` has a slash at the end, which is not part of an origin\n  \
    ///      help: write \"https://shop.example\"\n\
    ///      max_age: `max_age` of 100000 s exceeds every browser's limit (Firefox 86400 s, Chromium 7200 s, Safari \
    ///      600 s)\n  \
    ///      help: write at most 86400"
    /// );
    /// ```
    pub fn builder() -> PolicyBuilder {
        PolicyBuilder::default()
    }
}

/// A policy in the making; made by [`Policy::builder`].
#[derive(Clone, Debug, Default)]
#[must_use = "a builder does nothing until it builds"]
pub struct PolicyBuilder {
    pub(crate) spec: PolicySpec,
    pub(crate) when: Option<When>,
}

impl PolicyBuilder {
    /// Adds origins: as browsers send them, or with `*.` for all subdomains or `:*` for all ports. `"*"` is any origin.
    pub fn origins(self, origins: impl IntoIterator<Item = impl Into<String>>) -> Self {
        origins.into_iter().fold(self, |builder, origin| builder.origin(OriginSpec::Text(origin.into())))
    }

    /// Any origin may read.
    pub fn any_origin(self) -> Self {
        self.origins(["*"])
    }

    /// Adds the origins that a regular expression matches as a whole.
    ///
    /// To build one while the program runs takes the feature `runtime-regex`.
    pub fn regex(self, expression: impl Into<String>) -> Self {
        self.origin(OriginSpec::Regex(expression.into()))
    }

    /// Lets a function accept origins, those that are listed aside.
    ///
    /// What holds for [`when(..)`](macro@crate::cors#functions) in the attribute holds here. It may be a closure that
    /// captures a configuration. If it panics, it accepts nothing, which is reported.
    ///
    /// ```
    /// use cors_runtime::Policy;
    ///
    /// let domain = "shop.example".to_owned();
    /// let policy = Policy::builder().when(move |origin| origin.is_subdomain_of(&domain)).build().unwrap();
    /// ```
    pub fn when(mut self, accepts: impl Fn(&Origin<'_>) -> bool + Send + Sync + 'static) -> Self {
        self.when = Some(When { name: "a function", accepts: Accepts::Closure(Arc::new(accepts)) });
        self
    }

    /// Adds request headers that pages may set; `"*"` is any but `authorization`.
    pub fn headers(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.spec.headers.extend(names.into_iter().map(Into::into));
        self
    }

    /// Adds response headers that pages may read; `"*"` is any.
    pub fn expose(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.spec.expose.extend(names.into_iter().map(Into::into));
        self
    }

    /// Narrows the policy to these methods, among those that a handler is mounted on.
    pub fn methods(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.spec.methods.extend(names.into_iter().map(Into::into));
        self
    }

    /// How long browsers may keep the answer to a preflight: a number of seconds, or a text such as `"10m"`.
    pub fn max_age(mut self, max_age: impl Into<MaxAge>) -> Self {
        self.spec.max_age = Some(max_age.into());
        self
    }

    /// Requests may bear cookies and the like.
    pub fn credentials(mut self) -> Self {
        self.spec.credentials = true;
        self
    }

    /// Cross-origin requests from origins that may not read the response are refused, and the handler does not run.
    ///
    /// For browsers that do not send `Sec-Fetch-Site`, the server's host is its own by `http` and by `https`; see
    /// [enforcement](macro@crate::cors#enforcement).
    pub fn enforce(mut self) -> Self {
        self.spec.enforce = self.spec.enforce.max(Enforce::CrossOrigin);
        self
    }

    /// The same, and an `Origin` that equals the host that was asked counts as any other.
    ///
    /// This is for servers on loopback, which a page can reach under a name of its own that it has bound to a loopback
    /// address (DNS rebinding).
    pub fn enforce_strict(mut self) -> Self {
        self.spec.enforce = Enforce::Strict;
        self
    }

    /// The origins may read the timing of the response, by
    /// [`Timing-Allow-Origin`](https://w3c.github.io/resource-timing/#sec-timing-allow-origin).
    pub fn timing(mut self) -> Self {
        self.spec.timing = true;
        self
    }

    /// The policy is meant, although a rule speaks against it.
    pub fn allow(mut self, allow: Allow) -> Self {
        self.spec.allow.push(allow);
        self
    }

    /// The policy.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it.
    #[track_caller]
    pub fn build(self) -> Result<Policy, PolicyError> {
        let place = Location::caller();
        self.build_at(PolicyLocation::new(place.file(), place.line(), "Policy::builder"))
    }

    pub(crate) fn build_at(mut self, location: PolicyLocation) -> Result<Policy, PolicyError> {
        if self.when.is_some() {
            self.spec.origins.get_or_insert_default().push(OriginSpec::When(String::new()));
        }
        let allow = self.spec.allow.clone();
        let checked =
            check(&self.spec, Author::Developer).map_err(|violations| PolicyError { violations })?;
        let extras = Extras { functions: self.when.into_iter().collect(), allow };
        Ok(from_checked::policy(checked, extras, location).into())
    }

    pub(crate) fn origin(mut self, origin: OriginSpec) -> Self {
        self.spec.origins.get_or_insert_default().push(origin);
        self
    }
}

/// Everything that is wrong with a policy.
///
/// Displayed, it is the messages, each with its place in front and its help below.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyError {
    pub(crate) violations: Vec<Violation>,
}

impl PolicyError {
    /// The rules that are broken, in the order of the keys and their entries; there is at least one.
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, violation) in self.violations.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write_problem(
                f,
                &violation.path,
                &violation.message,
                &violation.help.in_syntax(Syntax::Builder),
            )?;
        }
        Ok(())
    }
}

impl std::error::Error for PolicyError {}

/// One thing that is wrong, wherever the policy was written.
pub(crate) fn write_problem(
    f: &mut fmt::Formatter<'_>,
    place: &impl fmt::Display,
    message: &str,
    help: &str,
) -> fmt::Result {
    write!(f, "{place}: {message}\n  help: {help}")
}
