//! Which path of a router a request is at.

use std::{fmt, sync::Arc};

use axum::extract::{MatchedPath, NestedPath};

use crate::{
    protocol::request::Head,
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
    pub(crate) fn find(&self, head: Head<'_>, method: &[u8], is_whole: bool) -> Found<'_> {
        if self.paths.is_empty() {
            return Found::Nowhere;
        }
        let by_address = self.router.at(head.uri.path()).ok();
        let by_address = by_address.and_then(|found| self.paths.get(*found.value));
        let is_at_stake = |table: &PathTable| (is_whole || table.is_mapped) && table.has_group_for(method);
        let Some(matched) = head.extension::<MatchedPath>().map(MatchedPath::as_str) else {
            // It is a fallback's, unless a layer outside has made a new request.
            return match by_address {
                Some((_, table)) if is_at_stake(table) => Found::Unknown,
                _ => Found::Nowhere,
            };
        };
        if let Some((path, table)) = by_address {
            if is_nested_at_prefix(path, matched, head) {
                return Found::At(table);
            }
            if is_whole && self.ends_of(matched).map(|(path, _)| path).eq([path]) {
                return Found::HandedOver(table);
            }
        }
        // A layer outside has changed the address. Whose handler it is, is not known.
        match self.ends_of(matched).any(|(_, table)| is_at_stake(table)) {
            true => Found::Unknown,
            false => Found::Nowhere,
        }
    }

    /// The paths that a text of axum's can end with.
    fn ends_of<'p>(&'p self, matched: &'p str) -> impl Iterator<Item = (&'p String, &'p PathTable)> {
        let ends = matched.match_indices('/').map(|(at, _)| &matched[at..]);
        // They are sorted.
        let find = |end: &str| self.paths.binary_search_by(|(path, _)| path.as_str().cmp(end)).ok();
        ends.filter_map(find).map(|index| (&self.paths[index].0, &*self.paths[index].1))
    }
}

/// Whether axum's text is that of a path, with nothing before it but prefixes that this router is nested at.
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
    /// It may be one whose handlers have the policy of a group. Nobody inside applies that.
    Unknown,
}

impl<'t> Found<'t> {
    pub(crate) fn path(self) -> Option<&'t PathTable> {
        match self {
            Self::At(path) | Self::HandedOver(path) => Some(path),
            Self::Nowhere | Self::Unknown => None,
        }
    }
}

impl fmt::Debug for PathMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.paths.iter().map(|(path, table)| (path, table))).finish()
    }
}
