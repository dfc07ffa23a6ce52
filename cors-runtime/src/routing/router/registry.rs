//! What is mounted on the paths of a router, and why it does not take another one.

use crate::{
    policy::delegate::GivenState,
    routing::mounts::{Mounts, PathMounts},
    setup_error::SetupProblem,
};

/// What a router knows of its paths, whoever has the handlers.
#[derive(Clone)]
pub(super) struct Registry {
    /// What is mounted on each path.
    pub(super) mounts: Mounts,
    paths: TakenPaths,
    /// What the fallbacks of nested routers take.
    nested_fallbacks: TakenPaths,
    /// Whether there are layers, or may be: one may hand a request over to its own router.
    pub(super) has_layers: bool,
    /// Whether paths may have segments that begin with `:` or `*`, which are literal since axum 0.8.
    pub(super) allows_v07_syntax: bool,
    /// Everything that is wrong with how the routes were set up.
    pub(super) problems: Vec<SetupProblem>,
}

impl Default for Registry {
    fn default() -> Self {
        Self {
            mounts: Mounts::new(),
            paths: TakenPaths::default(),
            nested_fallbacks: TakenPaths::for_fallback(),
            has_layers: false,
            allows_v07_syntax: false,
            problems: Vec::new(),
        }
    }
}

/// The paths that something takes, to find those that conflict: axum panics then.
#[derive(Clone, Debug, Default)]
struct TakenPaths {
    paths: matchit::Router<()>,
    /// The prefixes below which every path is taken.
    prefixes: Vec<String>,
}

impl TakenPaths {
    /// Those for which axum's own fallback is.
    fn for_fallback() -> Self {
        let mut taken = Self::default();
        // The first paths conflict with no other.
        let _ = taken.take_each(["/", "/{*rest}"]);
        taken
    }

    /// Takes a path, or says why not.
    fn take(&mut self, path: &str) -> Result<(), String> {
        self.paths.insert(path, ()).map_err(|error| error.to_string())
    }

    fn take_each<P: AsRef<str>>(&mut self, paths: impl IntoIterator<Item = P>) -> Result<(), String> {
        paths.into_iter().try_for_each(|path| self.take(path.as_ref()))
    }

    /// Takes what axum's `nest_service` takes.
    fn take_for_service(&mut self, prefix: &str) -> Result<(), String> {
        let with_slash = if prefix.ends_with('/') { prefix.to_owned() } else { format!("{prefix}/") };
        let mut paths = vec![format!("{with_slash}{{*rest}}"), with_slash, prefix.to_owned()];
        paths.dedup();
        self.prefixes.push(prefix.to_owned());
        self.take_each(paths)
    }

    /// Takes what the fallback of a nested router takes.
    fn take_for_fallback(&mut self, prefix: &str) -> Result<(), String> {
        self.prefixes.push(prefix.to_owned());
        self.take_each(["/", "/{*rest}"].map(|path| nested_path(prefix, path)))
    }
}

impl Registry {
    /// Adds problems with policies, each of which may be at many places.
    pub(super) fn add_once(&mut self, new: impl IntoIterator<Item = SetupProblem>) {
        add_once(&mut self.problems, new);
    }

    /// Gives the state to the delegates that take it.
    pub(super) fn bind(&mut self, state: &GivenState) {
        add_once(&mut self.problems, self.mounts.values_mut().flat_map(|mounts| mounts.bind(state)));
    }

    /// Makes the policies ready to be served.
    pub(super) fn prepare(&mut self, state: &GivenState) {
        self.bind(state);
        add_once(&mut self.problems, self.mounts.values_mut().flat_map(PathMounts::read_environment));
    }

    /// Forgets what the fallbacks of nested routers take.
    pub(super) fn reset_fallbacks(&mut self) {
        self.nested_fallbacks = TakenPaths::for_fallback();
    }

    /// What is wrong with the handlers of each path, which is known once all of them are there.
    pub(super) fn problems_of_paths(&self) -> Vec<SetupProblem> {
        self.mounts.iter().flat_map(|(path, mounts)| mounts.problems(path)).collect()
    }

    /// Notes which paths another router takes; returns whether it can take all of them.
    pub(super) fn admit(&mut self, other: &mut Self, path_here: impl Fn(&str) -> String) -> bool {
        let mounts = std::mem::take(&mut other.mounts);
        let services = std::mem::take(&mut other.paths.prefixes);
        let mut is_admitted = true;
        for (path, mounts) in &mounts {
            is_admitted &= self.mount(&path_here(path), mounts);
        }
        for prefix in services {
            is_admitted &= self.admit_service(&path_here(&prefix));
        }
        is_admitted
    }

    /// Notes what the nested fallbacks of a merged router take; returns whether they can.
    pub(super) fn admit_fallbacks(&mut self, other: &mut Self) -> bool {
        let prefixes = std::mem::take(&mut other.nested_fallbacks.prefixes);
        let mut is_admitted = true;
        for prefix in prefixes {
            is_admitted &= self.admit_fallback(&prefix);
        }
        is_admitted
    }

    /// Notes that a service takes a prefix and whatever is below it; returns whether it can.
    pub(super) fn admit_service(&mut self, prefix: &str) -> bool {
        let taken = match self.reason_against_prefix(prefix) {
            Some(reason) => Err(reason),
            None => self.paths.take_for_service(prefix),
        };
        self.note_bad_path(prefix, taken)
    }

    /// Notes that the fallback of a nested router takes what is below a prefix; returns whether it can.
    pub(super) fn admit_fallback(&mut self, prefix: &str) -> bool {
        let taken = self.nested_fallbacks.take_for_fallback(prefix);
        self.note_bad_path(
            prefix,
            taken.map_err(|error| format!("its fallback has the paths of another: {error}")),
        )
    }

    /// Notes why a path cannot be taken, if it cannot; returns whether it can.
    fn note_bad_path(&mut self, path: &str, taken: Result<(), String>) -> bool {
        let reason = taken.err();
        let is_admitted = reason.is_none();
        self.problems.extend(reason.map(|reason| SetupProblem::BadPath { path: path.to_owned(), reason }));
        is_admitted
    }

    /// Notes what is mounted on a path, unless that cannot be; then notes why not, and what else is wrong with it.
    pub(super) fn mount(&mut self, path: &str, new: &PathMounts) -> bool {
        let is_admitted = self.try_mount(path, new);
        if !is_admitted {
            self.problems.extend(new.problems(path));
        }
        is_admitted
    }

    fn try_mount(&mut self, path: &str, new: &PathMounts) -> bool {
        if let Some(known) = self.mounts.get_mut(path) {
            let overlaps = known.overlaps(new);
            let is_admitted = overlaps.is_empty();
            if is_admitted {
                known.extend(new);
            }
            self.problems.extend(overlaps.into_iter().map(|overlap| overlap.at(path)));
            return is_admitted;
        }
        let taken = match (path.starts_with('/'), self.v07_syntax(path)) {
            (false, _) => Err("it does not begin with `/`".to_owned()),
            (true, Some(help)) => Err(help.to_owned()),
            (true, None) => self.paths.take(path),
        };
        let is_admitted = self.note_bad_path(path, taken);
        if is_admitted {
            self.mounts.insert(path.to_owned(), new.clone());
        }
        is_admitted
    }

    /// Why nothing can be added below this prefix.
    pub(super) fn reason_against_prefix(&self, prefix: &str) -> Option<String> {
        let reason = match prefix {
            "" | "/" => Some("a router cannot be nested at the root; use `merge`"),
            _ if !prefix.starts_with('/') => Some("it does not begin with `/`"),
            _ if prefix.contains("{*") => Some("a prefix cannot have a wildcard"),
            _ => self.v07_syntax(prefix),
        };
        reason.map(str::to_owned).or_else(|| TakenPaths::default().take(prefix).err())
    }

    /// Says what to write instead of the syntax of paths that axum had before 0.8, for which axum would panic.
    fn v07_syntax(&self, path: &str) -> Option<&'static str> {
        path.split('/').find_map(|segment| match segment.chars().next() {
            Some(':') if !self.allows_v07_syntax => Some("write a parameter as `{name}`"),
            Some('*') if !self.allows_v07_syntax => Some("write a wildcard as `{*name}`"),
            _ => None,
        })
    }
}

/// The path that axum gives to a nested route.
pub(crate) fn nested_path(prefix: &str, path: &str) -> String {
    match path {
        _ if prefix.ends_with('/') => format!("{prefix}{}", path.trim_start_matches('/')),
        "/" => prefix.to_owned(),
        _ => format!("{prefix}{path}"),
    }
}

fn add_once(problems: &mut Vec<SetupProblem>, new: impl IntoIterator<Item = SetupProblem>) {
    for problem in new {
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }
}
