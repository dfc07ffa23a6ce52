//! What a router consists of, as far as axum has it already.

use std::{
    convert::Infallible,
    panic::{AssertUnwindSafe, catch_unwind},
};

use axum::{extract::Request, response::IntoResponse, routing::Route};
use tower_layer::Layer;
use tower_service::Service;

use crate::routing::{
    gate::{GateLayer, Table},
    mounts::PartPolicy,
};

/// A part of a router, around which a gate comes to be.
#[derive(Debug)]
pub(super) struct Part<S> {
    pub(super) router: axum::Router<S>,
    /// The gate directly around the last layer, if nothing was added after it: then it is outermost, and costs no box of
    /// its own.
    outermost: Option<GateLayer>,
    /// Whether there may be something between the handlers and the socket, so that a gate is needed.
    pub(super) is_gated: bool,
}

/// A router that cannot be looked into, or not completely; or a service.
#[derive(Clone, Debug)]
pub(super) struct Opaque<S> {
    pub(super) part: Part<S>,
    /// The policy of whatever is inside and has none, if it is not the default one.
    pub(super) policy: Option<PartPolicy>,
    /// Where it is, for people.
    pub(super) prefix: String,
}

/// What takes the paths that match no route.
#[derive(Clone, Debug)]
pub(super) struct Fallback<S> {
    pub(super) part: Part<S>,
    /// Its policy, if it is not the default one.
    pub(super) policy: Option<PartPolicy>,
    /// Whether it is the user's, instead of axum's own.
    pub(super) is_custom: bool,
}

impl<S: Clone + Send + Sync + 'static> Part<S> {
    pub(super) fn new(router: axum::Router<S>) -> Self {
        Self { router, outermost: None, is_gated: false }
    }

    #[track_caller]
    pub(super) fn map(self, change: impl FnOnce(axum::Router<S>) -> axum::Router<S>) -> Self {
        Self { router: change(self.router), outermost: None, is_gated: true }
    }

    /// The same for what axum may refuse.
    pub(super) fn try_map(
        self,
        change: impl FnOnce(axum::Router<S>) -> axum::Router<S>,
    ) -> Result<Self, String> {
        let router = try_in_axum(|| change(self.router))?;
        Ok(Self { router, outermost: None, is_gated: true })
    }

    pub(super) fn layer<L>(self, layer: L) -> Self
    where
        L: Layer<Route> + Clone + Send + Sync + 'static,
        L::Service: Service<Request, Error = Infallible> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Response: IntoResponse + 'static,
        <L::Service as Service<Request>>::Future: Send + 'static,
    {
        let gate = GateLayer::default();
        let router = self.router.layer((gate.clone(), layer));
        Self { router, outermost: Some(gate), is_gated: true }
    }

    pub(super) fn with_state<S2>(self, state: S) -> Part<S2> {
        let Self { router, outermost, is_gated } = self;
        Part { router: router.with_state(state), outermost, is_gated }
    }

    /// The router with a gate around it.
    pub(super) fn gated(self, table: Table) -> axum::Router<S> {
        match GateLayer::close(self.outermost, table) {
            Ok(_) => self.router,
            Err(table) => self.router.layer(GateLayer::new(table)),
        }
    }
}

/// Calls axum, which panics where routes or fallbacks conflict; returns its message then.
///
/// This is for routers that cannot be looked into: all other conflicts are found before.
pub(super) fn try_in_axum<S>(call: impl FnOnce() -> axum::Router<S>) -> Result<axum::Router<S>, String> {
    let panic = match catch_unwind(AssertUnwindSafe(call)) {
        Ok(router) => return Ok(router),
        Err(panic) => panic,
    };
    let message = panic.downcast_ref::<String>().map(String::as_str);
    Err(match message.or_else(|| panic.downcast_ref::<&str>().copied()) {
        // axum takes this for a bug of its own.
        Some(message) if message.starts_with("Failed to merge fallbacks") => {
            "two fallbacks are below one prefix"
        }
        Some(message) => message,
        None => "it panicked",
    }
    .to_owned())
}

impl<S> Clone for Part<S> {
    fn clone(&self) -> Self {
        // What the gate knows may differ between the clones, so each gets one of its own.
        if let Some(gate) = &self.outermost {
            gate.leave_open();
        }
        Self { router: self.router.clone(), outermost: None, is_gated: self.is_gated }
    }
}

pub(super) fn map_parts<S>(opaque: Vec<Opaque<S>>, change: impl Fn(Part<S>) -> Part<S>) -> Vec<Opaque<S>> {
    opaque.into_iter().map(|opaque| Opaque { part: change(opaque.part), ..opaque }).collect()
}
