//! Which path of a router a request is at.

use std::{fmt, sync::Arc};

use axum::extract::{MatchedPath, NestedPath};

use crate::{
    policy::{data::Enforce, source::PolicySource},
    protocol::request::{Head, Preflight},
    routing::{
        mounts::Mounts,
        table::{PathTable, Shared},
    },
};

/// The paths of a router.
#[derive(Default)]
pub(crate) struct PathMap {
    /// Finds the path of an address as axum does, by its index.
    router: matchit::Router<usize>,
    paths: Vec<(String, Arc<PathTable>)>,
}

impl PathMap {
    pub(crate) fn new(mounts: &Mounts, shared: &mut Shared) -> Self {
        let mut map = Self::default();
        for (path, mounts) in mounts {
            // Paths that conflict have been reported before.
            if map.router.insert(path, map.paths.len()).is_ok() {
                map.paths.push((path.clone(), PathTable::new(mounts, shared)));
            }
        }
        map
    }

    /// The tables of all paths.
    pub(crate) fn tables(&self) -> impl Iterator<Item = &PathTable> {
        self.paths.iter().map(|(_, table)| &**table)
    }

    /// The path that was matched.
    ///
    /// It is found by the address, and has to be one that axum says it matched. axum's text begins with the prefixes that this
    /// router is nested at, and with whatever else was matched before by those who have handed the request over. `is_whole` says
    /// that no other routes are inside of the gate.
    #[inline]
    pub(crate) fn find(&self, head: Head<'_>, method: &[u8], is_whole: bool) -> Found<'_> {
        if self.paths.is_empty() {
            return Found::Nowhere;
        }
        let matched = head.extension::<MatchedPath>().map(MatchedPath::as_str);
        let by_address = self.router.at(head.uri.path()).ok();
        let by_address = by_address.and_then(|found| self.paths.get(*found.value));
        match (matched, by_address) {
            (Some(matched), Some((path, table)))
                if is_nested_at_prefix(path, matched, head) && self.is_longest_end(path, matched) =>
            {
                Found::At(table)
            }
            _ => self.find_otherwise(matched, by_address, method, is_whole),
        }
    }

    #[cold]
    fn find_otherwise<'t>(
        &'t self,
        matched: Option<&str>,
        by_address: Option<&'t (String, Arc<PathTable>)>,
        method: &[u8],
        is_whole: bool,
    ) -> Found<'t> {
        let at_stake = |table: &PathTable| match is_whole || table.is_mapped {
            true => table.group_for(method).map(PolicySource::strictness),
            false => None,
        };
        let Some(matched) = matched else {
            // It is a fallback's, unless a layer outside has made a new request.
            let found = by_address.and_then(|(_, table)| at_stake(table));
            return found.map_or(Found::Nowhere, Found::Unknown);
        };
        // The longest: of two paths, the one that ends with the other has been matched before the address was changed.
        if let Some((path, table)) = by_address
            && is_whole
            && self.is_longest_end(path, matched)
        {
            return Found::HandedOver(table);
        }
        // A layer outside may have changed the address. Whose handler it is, is not known.
        match (self.ends_of(matched).filter_map(|(_, table)| at_stake(table)).max(), by_address) {
            (Some(strictness), _) => Found::Unknown(strictness),
            (None, Some((_, table))) => Found::Perhaps(table),
            (None, None) => Found::Nowhere,
        }
    }

    /// Whether a text of axum's ends with this path, and with no longer one. That one would have been matched, below a prefix that
    /// only looks like one of this router's.
    fn is_longest_end(&self, path: &str, matched: &str) -> bool {
        matched == path || self.ends_of(matched).next().is_some_and(|(longest, _)| longest == path)
    }

    /// The paths that a text of axum's can end with, the longest first.
    fn ends_of<'p>(&'p self, matched: &str) -> impl Iterator<Item = (&'p String, &'p PathTable)> {
        // axum writes nothing for the root of a nested router.
        let root = (!matched.ends_with('/')).then_some("/");
        let ends = matched.match_indices('/').map(|(at, _)| &matched[at..]).chain(root);
        // They are sorted.
        let find = |end: &str| self.paths.binary_search_by(|(path, _)| path.as_str().cmp(end)).ok();
        ends.filter_map(find).map(|index| (&self.paths[index].0, &*self.paths[index].1))
    }
}

/// Whether axum's text is that of a path, with nothing before it but prefixes that this router is nested at.
#[inline]
fn is_nested_at_prefix(path: &str, matched: &str, head: Head<'_>) -> bool {
    // Below a fallback, axum leaves the prefixes out that are outside of it.
    let prefix = match path {
        "/" => Some(matched.trim_end_matches('/')),
        path => matched.strip_suffix(path),
    };
    let nested = || head.extension::<NestedPath>().map(|nested| nested.as_str().trim_end_matches('/'));
    prefix.is_some_and(|prefix| prefix.is_empty() || nested().is_some_and(|nested| nested.ends_with(prefix)))
}

/// Which path a request is at.
#[derive(Clone, Copy)]
pub(crate) enum Found<'t> {
    At(&'t PathTable),
    /// The same, and a layer or a handler elsewhere has handed the request over.
    HandedOver(&'t PathTable),
    /// None that is known.
    Nowhere,
    /// It may be this one.
    Perhaps(&'t PathTable),
    /// It may be one whose handlers have the policy of a group, enforced so. Nobody inside applies that.
    Unknown(Enforce),
}

impl<'t> Found<'t> {
    /// The only path that there is; `path` is its text.
    pub(crate) fn at(table: &'t PathTable, path: Option<&str>, head: Head<'_>) -> Self {
        let is_handed_over = path.is_some_and(|path| {
            let matched = head.extension::<MatchedPath>();
            matched.is_some_and(|matched| !is_nested_at_prefix(path, matched.as_str(), head))
        });
        if is_handed_over { Self::HandedOver(table) } else { Self::At(table) }
    }

    pub(crate) fn path(self) -> Option<&'t PathTable> {
        match self {
            Self::At(path) | Self::HandedOver(path) => Some(path),
            Self::Nowhere | Self::Perhaps(_) | Self::Unknown(_) => None,
        }
    }

    /// Whether it is known to be for a handler with a policy.
    pub(crate) fn has_policy_for(self, head: Head<'_>, preflight: Option<&Preflight<'_>>) -> bool {
        self.path().is_some_and(|path| match preflight {
            Some(preflight) => path.policy_for_requested(preflight.method.as_bytes()).is_some(),
            None => path.policy_for(head.method.as_str().as_bytes()).is_some(),
        })
    }

    /// The path whose preflights may have been answered for this request.
    pub(crate) fn perhaps(self) -> Option<&'t PathTable> {
        match self {
            Self::At(path) | Self::HandedOver(path) | Self::Perhaps(path) => Some(path),
            Self::Nowhere | Self::Unknown(_) => None,
        }
    }
}

impl fmt::Debug for PathMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.paths.iter().map(|(path, table)| (path, table))).finish()
    }
}
