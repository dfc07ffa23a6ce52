//! How a router is put together from its parts.

use std::convert::Infallible;

use axum::{extract::Request, response::IntoResponse, routing::Route};
use tower_layer::Layer;
use tower_service::Service;

use crate::{
    policy::{delegate::StateType, source::PolicySource},
    routing::{
        any_handler::Mountable,
        mounts::{PartPolicy, PathMounts},
        router::{
            CorsRouter,
            parts::{Fallback, Part, map_parts},
        },
    },
    setup_error::SetupProblem,
};

impl<S: Clone + Send + Sync + 'static> CorsRouter<S> {
    pub(super) fn set_fallback(mut self, fallback: Mountable<S>) -> Self {
        let (policy, handlers) = for_paths(fallback);
        match self.fallback {
            Some(_) => {
                let part = Part::new(axum::Router::new().fallback(handlers));
                self.fallback = Some(Fallback { part, policy, is_custom: true });
            }
            // An endpoint applies its own policy there as well.
            None => {
                if let Some(mut policy) = policy {
                    self.registry.add_once(policy.read_environment());
                    self.leave_to_endpoint(policy.source());
                }
                self.known = self.known.map(|router| router.fallback(handlers));
            }
        }
        self
    }

    /// Gives axum the routes that it does not have yet, for a gate to be around them.
    pub(super) fn flush(mut self) -> Self {
        let staged = std::mem::take(&mut self.staged);
        if !staged.is_empty() {
            self.known = self.known.map(|router| {
                staged
                    .into_iter()
                    .fold(router, |router, (path, handlers)| router.route(&path, handlers.into_gated()))
            });
        }
        self
    }

    /// Applies a layer to all routes; `is_layered` says to which of the parts that axum has.
    pub(super) fn layer_routes<L>(mut self, layer: L, is_layered: impl Fn(&Part<S>) -> bool) -> Self
    where
        L: Layer<Route> + Clone + Send + Sync + 'static,
        L::Service: Service<Request, Error = Infallible> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Response: IntoResponse + 'static,
        <L::Service as Service<Request>>::Future: Send + 'static,
    {
        self.registry.has_layers = true;
        let apply = |part: Part<S>| if is_layered(&part) { part.layer(layer.clone()) } else { part };
        self.staged.map(|handlers| handlers.layer(layer.clone()));
        self.known = apply(self.known);
        self.opaque = map_parts(self.opaque, apply);
        self
    }

    pub(super) fn map_fallback(mut self, change: impl FnOnce(Part<S>) -> Part<S>) -> Self {
        self.fallback = self.fallback.map(|fallback| Fallback { part: change(fallback.part), ..fallback });
        self
    }

    /// Gives the default policy to whatever it is for, because it is for nothing else of a router outside.
    pub(super) fn settle_default(&mut self) {
        if let Some(policy) = self.default.take() {
            if let Some(fallback) = &mut self.fallback {
                fallback.policy.get_or_insert_with(|| PartPolicy::Group(policy.clone()));
            }
            for mounts in self.registry.mounts.values_mut() {
                mounts.default.get_or_insert_with(|| policy.clone());
            }
            let router = std::mem::take(self);
            *self = router.policy(policy);
        }
    }

    /// An axum router that takes the same paths as this one.
    pub(super) fn new_router(&self) -> axum::Router<S> {
        let router = axum::Router::new();
        if self.registry.allows_v07_syntax { router.without_v07_checks() } else { router }
    }

    /// Takes over what another router says of all of its routes.
    pub(super) fn absorb(&mut self, inner: &mut Self) {
        if inner.registry.allows_v07_syntax {
            *self = std::mem::take(self).without_v07_checks();
        }
        self.registry.has_layers |= inner.registry.has_layers;
        self.registry.problems.append(&mut inner.registry.problems);
        if inner.hook.take().is_some() {
            self.registry.problems.push(SetupProblem::HookOnInnerRouter);
        }
        inner.settle_time_limit();
        self.inside.append(&mut inner.inside);
    }

    /// Checks the policy of an endpoint that applies it with the state that axum gives to it.
    pub(super) fn leave_to_endpoint(&mut self, policy: &PolicySource) {
        self.registry.add_once(policy.check_state(StateType::new::<S>()));
        self.inside.push(policy.clone());
    }

    /// Gives the time limit to the delegates that are there, if one is set and they have none.
    pub(super) fn settle_time_limit(&self) {
        let Some(limit) = self.time_limit else { return };
        let parts = self.opaque.iter().filter_map(|opaque| opaque.policy.as_ref());
        let fallback = self.fallback.as_ref().and_then(|fallback| fallback.policy.as_ref());
        let others = parts.chain(fallback).map(PartPolicy::source).chain(&self.default).chain(&self.inside);
        for policy in self.registry.mounts.values().flat_map(PathMounts::sources).chain(others) {
            policy.set_time_limit(limit);
        }
    }
}

/// What is mounted for whole paths, as an axum handler, and its policy.
pub(super) fn for_paths<S: Clone + Send + Sync + 'static>(
    mounted: Mountable<S>,
) -> (Option<PartPolicy>, axum::routing::MethodRouter<S>) {
    match mounted {
        Mountable::Own(endpoint) => {
            if endpoint.policy().source.is_delegate() {
                endpoint.policy().siblings.add_other_methods();
            }
            (Some(PartPolicy::own(endpoint.policy())), axum::routing::any(endpoint))
        }
        Mountable::Plain(handlers) => (None, *handlers),
    }
}
