//! Which paths a router takes, and why it does not take another one.

use crate::{
    routing::{
        mounts::{Mounts, PathMounts},
        router::CorsRouter,
    },
    setup_error::SetupProblem,
};

impl<S: Clone + Send + Sync + 'static> CorsRouter<S> {
    /// What is wrong with the handlers of each path, which is known once all of them are there.
    pub(super) fn problems_of_paths(&self) -> Vec<SetupProblem> {
        self.mounts.iter().flat_map(|(path, mounts)| mounts.problems(path)).collect()
    }

    /// Notes what is mounted on the paths of another router; returns whether all of it can be.
    pub(super) fn mount_all(&mut self, mounts: Mounts, path_here: impl Fn(&str) -> String) -> bool {
        mounts
            .iter()
            .fold(true, |is_admitted, (path, mounts)| self.mount(&path_here(path), mounts) && is_admitted)
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
        let reason = match path {
            _ if !path.starts_with('/') => Some("it does not begin with `/`".to_owned()),
            _ => self.v07_syntax(path).map(str::to_owned),
        };
        let reason = reason.or_else(|| self.paths.insert(path, ()).err().map(|error| error.to_string()));
        match reason {
            Some(reason) => {
                self.problems.push(SetupProblem::BadPath { path: path.to_owned(), reason });
                false
            }
            None => {
                self.mounts.insert(path.to_owned(), new.clone());
                true
            }
        }
    }

    /// Why nothing can be added below this prefix.
    pub(super) fn reason_against_prefix(&self, prefix: &str) -> Option<&'static str> {
        match prefix {
            "" | "/" => Some("a router cannot be nested at the root; use `merge`"),
            _ if !prefix.starts_with('/') => Some("it does not begin with `/`"),
            _ if prefix.contains("{*") => Some("a prefix cannot have a wildcard"),
            _ => self.v07_syntax(prefix),
        }
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
