//! Policies that are built at run time: by the same keys and the same rules as in the source.

use std::{borrow::Cow, fmt, panic::Location, sync::Arc};

use cors_rules::{Allow, MaxAge, Origin, OriginSpec, PolicySpec, Syntax, Violation};
use http::HeaderValue;

use crate::{
    location::PolicyLocation,
    policy::{
        Policy,
        data::{Accepts, Enforce, When},
        from_checked::{self, Extras},
    },
    setup_error::write_some,
};

impl Policy {
    /// A policy that is built at run time, for example from a configuration.
    ///
    /// It has the keys of [`#[cors(..)]`](macro@crate::cors) and the same rules, with one difference: what is of no use
    /// does no harm either, and never stops a server. Entries that are already listed or covered, and headers that pages
    /// cannot set or read, are dropped; a `max_age` that exceeds every browser's limit is capped; and an empty list of
    /// origins, or `"none"`, allows nobody. [`Policy::notes`] says what became of them.
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
    /// let error = Policy::builder().origins(["https://shop.example/"]).headers(["x-*"]).build().unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "origins[0]: `https://shop.example/` has a slash at the end, which is not part of an origin\n  \
    ///      help: write \"https://shop.example\"\n\
    ///      headers[0]: browsers take `x-*` literally: `*` is a wildcard only by itself\n  \
    ///      help: write each name in full"
    /// );
    /// ```
    pub fn builder() -> PolicyBuilder {
        PolicyBuilder::default()
    }
}

/// Builds a policy at run time; made by [`Policy::builder`].
#[derive(Clone, Debug, Default)]
#[must_use = "a builder does nothing until it builds"]
pub struct PolicyBuilder {
    spec: PolicySpec,
    functions: Vec<When>,
}

impl PolicyBuilder {
    /// Adds origins: as browsers send them, or with `*.` for all subdomains or `:*` for all ports. `"*"` is any origin.
    ///
    /// They are strings, or `HeaderValue`s. An empty list allows nobody, as far as nothing else is added.
    pub fn origins(mut self, origins: impl IntoIterator<Item = impl OriginText>) -> Self {
        let origins = origins.into_iter().map(|origin| OriginSpec::Text(origin.into_text()));
        self.spec.origins.get_or_insert_default().extend(origins);
        self
    }

    /// Any origin may read.
    pub fn any_origin(self) -> Self {
        self.origins(["*"])
    }

    /// Adds the origins that a regular expression matches as a whole.
    ///
    /// To build one at run time takes the feature `runtime-regex`.
    pub fn regex(mut self, expression: impl Into<String>) -> Self {
        self.spec.origins.get_or_insert_default().push(OriginSpec::Regex(expression.into()));
        self
    }

    /// Adds the origins that a function accepts, which may be a closure that captures a configuration.
    ///
    /// What holds for [`when(..)`](macro@crate::cors#functions) in the attribute holds here. If it panics, it accepts
    /// nothing, which is reported.
    ///
    /// ```
    /// use cors_runtime::Policy;
    ///
    /// let domain = "lan.example".to_owned();
    /// let policy = Policy::builder()
    ///     .origins(["https://shop.example"])
    ///     .when(move |origin| origin.is_subdomain_of(&domain))
    ///     .build()
    ///     .unwrap();
    /// ```
    pub fn when(mut self, accepts: impl Fn(&Origin<'_>) -> bool + Send + Sync + 'static) -> Self {
        // It has no path by which the rules could distinguish it from another one.
        self.spec.origins.get_or_insert_default().push(OriginSpec::When(String::new()));
        self.functions.push(When { name: "a function", accepts: Accepts::Closure(Arc::new(accepts)) });
        self
    }

    /// Adds request headers that pages may set: strings, or `HeaderName`s. `"*"` is any but `authorization`.
    pub fn headers(mut self, names: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        self.spec.headers.extend(texts(names));
        self
    }

    /// Adds response headers that pages may read: strings, or `HeaderName`s. `"*"` is any.
    pub fn expose(mut self, names: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        self.spec.expose.extend(texts(names));
        self
    }

    /// Narrows the policy to these methods, among those that a handler is mounted on: strings, or `Method`s.
    ///
    /// An empty list narrows nothing.
    pub fn methods(mut self, names: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        self.spec.methods.extend(texts(names));
        self
    }

    /// How long browsers may keep the answer to a preflight: seconds as an integer of any type, a `Duration`, or a text
    /// like `"10m"`.
    pub fn max_age(mut self, max_age: impl Into<MaxAge>) -> Self {
        self.spec.settings.max_age = Some(max_age.into());
        self
    }

    /// Requests may carry cookies and other credentials.
    pub fn credentials(mut self) -> Self {
        self.spec.settings.credentials = true;
        self
    }

    /// Cross-origin requests from origins that may not read the response are refused, and the handler does not run.
    ///
    /// For browsers that do not send `Sec-Fetch-Site`, the server's host is its own by `http` and by `https`; see
    /// [enforcement](macro@crate::cors#enforcement).
    pub fn enforce(mut self) -> Self {
        self.spec.settings.enforce = self.spec.settings.enforce.max(Enforce::CrossOrigin);
        self
    }

    /// Enforces the policy as [`enforce`](Self::enforce) does, also where an `Origin` equals the host that was asked.
    ///
    /// This is for servers on loopback, which a page can reach under a name of its own that it has bound to a loopback
    /// address (DNS rebinding).
    pub fn enforce_strict(mut self) -> Self {
        self.spec.settings.enforce = Enforce::Strict;
        self
    }

    /// The origins may read the timing of the response, by
    /// [`Timing-Allow-Origin`](https://w3c.github.io/resource-timing/#sec-timing-allow-origin).
    pub fn timing(mut self) -> Self {
        self.spec.settings.timing = true;
        self
    }

    /// Allows an exception from the rules.
    pub fn allow(mut self, allow: Allow) -> Self {
        self.spec.allow.push(allow);
        self
    }

    /// Builds the policy, if the rules allow it.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it.
    #[track_caller]
    pub fn build(self) -> Result<Policy, PolicyError> {
        let place = Location::caller();
        self.build_at(PolicyLocation::new(place.file(), place.line(), "Policy::builder"))
    }

    pub(crate) fn build_at(self, location: PolicyLocation) -> Result<Policy, PolicyError> {
        let Self { spec, functions } = self;
        let checked = from_checked::check(&spec).map_err(|violations| PolicyError { violations })?;
        let extras = Extras { functions, allow: spec.allow.clone() };
        Ok(from_checked::policy(checked, extras, location).into())
    }
}

fn texts(names: impl IntoIterator<Item = impl AsRef<str>>) -> impl Iterator<Item = String> {
    names.into_iter().map(|name| name.as_ref().to_owned())
}

/// What [`PolicyBuilder::origins`] takes: the types that are text, and `HeaderValue`, which is what other libraries take
/// for an origin.
pub trait OriginText: sealed::Sealed {
    #[doc(hidden)]
    fn into_text(self) -> String;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! impl_origin_text {
    ($($text:ty),*) => {$(
        impl sealed::Sealed for $text {}

        impl OriginText for $text {
            fn into_text(self) -> String {
                self.into()
            }
        }
    )*};
}

impl_origin_text!(&str, String, Box<str>, Cow<'_, str>);

impl sealed::Sealed for Arc<str> {}

impl OriginText for Arc<str> {
    fn into_text(self) -> String {
        self.as_ref().to_owned()
    }
}

impl sealed::Sealed for HeaderValue {}

/// A value that is not text is not an origin either, and refused.
impl OriginText for HeaderValue {
    fn into_text(self) -> String {
        String::from_utf8_lossy(self.as_bytes()).into_owned()
    }
}

impl<T> sealed::Sealed for &T where T: OriginText + Clone {}

/// An entry of a slice.
impl<T> OriginText for &T
where
    T: OriginText + Clone,
{
    fn into_text(self) -> String {
        self.clone().into_text()
    }
}

/// Everything that is wrong with a policy.
///
/// Displayed, it is the messages, each with its place in front and its help below: the first ten, and how many more there
/// are. [`PolicyError::violations`] has them all.
#[derive(Clone, PartialEq, Eq)]
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
        write_some(f, &self.violations, |f, violation| {
            let help = violation.help.in_syntax(Syntax::Builder);
            write_problem(f, &violation.path, &violation.message, &help)
        })
    }
}

/// As it is displayed: this is what `main` prints of an error, and `unwrap` as well.
impl fmt::Debug for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
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
