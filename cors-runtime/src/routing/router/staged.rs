//! The routes that axum does not have yet.

use std::collections::HashMap;

use crate::{policy::delegate::GivenState, routing::method_router::MethodRouter};

/// Handlers that are kept until it is known whether a gate comes to be around them: each path once, in the order in which
/// they were added.
#[derive(Clone)]
pub(super) struct Staged<S> {
    routes: Vec<(String, MethodRouter<S>)>,
    /// Where in `routes` each path is.
    index: HashMap<String, usize>,
}

impl<S: Clone + Send + Sync + 'static> Staged<S> {
    pub(super) fn add(&mut self, path: String, handlers: MethodRouter<S>) {
        match self.index.get(&path).and_then(|index| self.routes.get_mut(*index)) {
            Some((_, staged)) => *staged = std::mem::take(staged).merge_with(handlers),
            None => {
                self.index.insert(path.clone(), self.routes.len());
                self.routes.push((path, handlers));
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.routes.is_empty()
    }

    pub(super) fn contains(&self, path: &str) -> bool {
        self.index.contains_key(path)
    }

    /// Whether some handlers have no layers, and so no gate.
    pub(super) fn has_bare_handlers(&self) -> bool {
        self.routes.iter().any(|(_, handlers)| !handlers.has_layers())
    }

    pub(super) fn map(&mut self, change: impl Fn(MethodRouter<S>) -> MethodRouter<S>) {
        for (_, handlers) in &mut self.routes {
            *handlers = change(std::mem::take(handlers));
        }
    }

    pub(super) fn with_state<S2>(self, state: &S, given: &GivenState) -> Staged<S2> {
        let Self { routes, index } = self;
        let with_state = |handlers: MethodRouter<S>| handlers.with_given_state(state.clone(), given);
        let routes = routes.into_iter().map(|(path, handlers)| (path, with_state(handlers)));
        Staged { routes: routes.collect(), index }
    }
}

impl<S> Default for Staged<S> {
    fn default() -> Self {
        Self { routes: Vec::new(), index: HashMap::new() }
    }
}

impl<S> IntoIterator for Staged<S> {
    type Item = (String, MethodRouter<S>);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.routes.into_iter()
    }
}
