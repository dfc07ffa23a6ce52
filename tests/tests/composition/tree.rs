//! How a unit is put into other routers, and the real routers that come of it.

use axum::{
    Router,
    extract::Request,
    http::StatusCode,
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
};
use cors_runtime::{CorsRouter, policy};

use crate::unit::{Form, Routes, Unit, unit};

/// A unit, and the routers around it, the innermost first.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) form: Form,
    pub(crate) routes: Routes,
    pub(crate) levels: Vec<Level>,
}

/// A router that the unit, or the router inside, is put into.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Level {
    pub(crate) container: Container,
    pub(crate) way: Way,
    pub(crate) policy: Policy,
    pub(crate) layer: Layer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Container {
    Cors,
    Plain,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Merge,
    Nest,
    NestWithParameter,
    NestService,
    FallbackService,
    NestOfFallbackService,
    From,
    Map,
}

/// A policy around what is put in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Policy {
    None,
    DefaultOpen,
    DefaultShop,
    GroupOpen,
    GroupShop,
    /// By `Policy::layer()`, outside of the level's layer.
    LayerOpen,
    LayerShop,
}

/// A layer around what is put in, and around its routes' fallback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layer {
    None,
    Through,
    /// Answers what is not authorized, preflights too.
    Auth,
    /// Makes a new response of the one that comes back.
    Rebuild,
    /// Calls what is inside in a task of its own.
    Spawn,
}

pub(crate) static OPEN: cors_runtime::Policy = policy! { origins = any, headers = any };
pub(crate) static SHOP: cors_runtime::Policy =
    policy! { origins = ["https://shop.example"], headers = ["authorization"] };

impl Way {
    pub(crate) const ALL: [Self; 8] = [
        Self::Merge,
        Self::Nest,
        Self::NestWithParameter,
        Self::NestService,
        Self::FallbackService,
        Self::NestOfFallbackService,
        Self::From,
        Self::Map,
    ];

    /// Whether a `CorsRouter` is handed over as one.
    pub(crate) fn takes_cors_router(self) -> bool {
        matches!(self, Self::Merge | Self::Nest | Self::NestWithParameter)
    }

    fn prefix(self) -> &'static str {
        match self {
            Self::Merge | Self::FallbackService | Self::From | Self::Map => "",
            Self::Nest => "/nested",
            Self::NestWithParameter => "/7",
            Self::NestService => "/service",
            Self::NestOfFallbackService => "/below",
        }
    }
}

impl Policy {
    pub(crate) const ALL: [Self; 7] = [
        Self::None,
        Self::DefaultOpen,
        Self::DefaultShop,
        Self::GroupOpen,
        Self::GroupShop,
        Self::LayerOpen,
        Self::LayerShop,
    ];
}

impl Layer {
    pub(crate) const ALL: [Self; 5] = [Self::None, Self::Through, Self::Auth, Self::Rebuild, Self::Spawn];
}

impl Tree {
    /// Whether axum's routers can do it, and the unit can then be reached.
    pub(crate) fn is_possible(&self) -> bool {
        // Below a prefix, axum drops the fallbacks of routers that are nested in the nested one.
        let mut has_fallback = false;
        self.levels.iter().all(|level| {
            let is_reached = !has_fallback || !matches!(level.way, Way::Nest | Way::NestWithParameter);
            match level.way {
                Way::FallbackService | Way::NestOfFallbackService => has_fallback = true,
                Way::NestService => has_fallback = false,
                Way::Merge | Way::Nest | Way::NestWithParameter | Way::From | Way::Map => {}
            }
            let is_plain = level.container == Container::Plain;
            let needs_cors_router = matches!(level.way, Way::From | Way::Map)
                || !matches!(level.policy, Policy::None | Policy::LayerOpen | Policy::LayerShop);
            is_reached && !(is_plain && needs_cors_router)
        })
    }

    /// The router, and the path at which the unit is.
    pub(crate) fn build(&self) -> (Router, String) {
        let mut built = unit(self.form, self.routes);
        let mut prefix = String::new();
        for (depth, level) in self.levels.iter().enumerate() {
            prefix.insert_str(0, level.way.prefix());
            built = match level.container {
                Container::Plain => Unit::Plain(level.put_into_plain(finished(built), depth)),
                Container::Cors => Unit::Cors(Box::new(level.put_into_cors(built, depth))),
            };
        }
        (finished(built), prefix)
    }
}

fn finished(built: Unit) -> Router {
    match built {
        Unit::Cors(router) => router.finish().unwrap(),
        Unit::Plain(router) => router,
    }
}

impl Level {
    fn put_into_plain(&self, inner: Router, depth: usize) -> Router {
        let router = put_into(Router::new(), self.way, inner, depth);
        let router = match self.layer {
            Layer::None => router,
            Layer::Through => router.layer(from_fn(through)),
            Layer::Auth => router.layer(from_fn(auth)),
            Layer::Rebuild => router.layer(from_fn(rebuild)),
            Layer::Spawn => router.layer(from_fn(spawn)),
        };
        match self.policy {
            Policy::LayerOpen => router.layer(OPEN.layer()),
            Policy::LayerShop => router.layer(SHOP.layer()),
            _ => router,
        }
    }

    fn put_into_cors(&self, inner: Unit, depth: usize) -> CorsRouter {
        let new = CorsRouter::new;
        let router = match (self.way, inner) {
            (Way::Merge, Unit::Cors(inner)) => new().merge(*inner),
            (Way::Merge, Unit::Plain(inner)) => new().merge(inner),
            (Way::Nest, Unit::Cors(inner)) => new().nest("/nested", *inner),
            (Way::Nest, Unit::Plain(inner)) => new().nest("/nested", inner),
            (Way::NestWithParameter, Unit::Cors(inner)) => new().nest(&parameter(depth), *inner),
            (Way::NestWithParameter, Unit::Plain(inner)) => new().nest(&parameter(depth), inner),
            (Way::From, inner) => CorsRouter::from(finished(inner)),
            (Way::Map, inner) => new().map(|router| router.merge(finished(inner))),
            (Way::NestService, inner) => new().nest_service("/service", finished(inner)),
            // A fallback is in no group, so a group is asked about one that is in an axum router.
            (Way::FallbackService, inner) => new().map(|router| router.fallback_service(finished(inner))),
            (Way::NestOfFallbackService, inner) => {
                new().nest("/below", new().fallback_service(finished(inner)))
            }
        };
        let router = match self.policy {
            Policy::DefaultOpen => router.default_policy(&OPEN),
            Policy::DefaultShop => router.default_policy(&SHOP),
            Policy::GroupOpen => router.policy(&OPEN),
            Policy::GroupShop => router.policy(&SHOP),
            Policy::None | Policy::LayerOpen | Policy::LayerShop => router,
        };
        let router = match self.layer {
            Layer::None => router,
            Layer::Through => router.layer(from_fn(through)),
            Layer::Auth => router.layer(from_fn(auth)),
            Layer::Rebuild => router.layer(from_fn(rebuild)),
            Layer::Spawn => router.layer(from_fn(spawn)),
        };
        match self.policy {
            Policy::LayerOpen => router.layer(OPEN.layer()),
            Policy::LayerShop => router.layer(SHOP.layer()),
            _ => router,
        }
    }
}

fn parameter(depth: usize) -> String {
    format!("/{{parameter{depth}}}")
}

fn put_into(router: Router, way: Way, inner: Router, depth: usize) -> Router {
    match way {
        Way::Merge | Way::From | Way::Map => router.merge(inner),
        Way::Nest => router.nest("/nested", inner),
        Way::NestWithParameter => router.nest(&parameter(depth), inner),
        Way::NestService => router.nest_service("/service", inner),
        Way::FallbackService => router.fallback_service(inner),
        Way::NestOfFallbackService => router.nest("/below", Router::new().fallback_service(inner)),
    }
}

async fn through(request: Request, next: Next) -> Response {
    next.run(request).await
}

async fn auth(request: Request, next: Next) -> Response {
    match request.headers().contains_key("authorization") {
        true => next.run(request).await,
        false => StatusCode::UNAUTHORIZED.into_response(),
    }
}

async fn rebuild(request: Request, next: Next) -> Response {
    let (parts, body) = next.run(request).await.into_parts();
    let mut response = Response::new(body);
    *response.status_mut() = parts.status;
    *response.headers_mut() = parts.headers;
    response
}

async fn spawn(request: Request, next: Next) -> Response {
    tokio::spawn(next.run(request)).await.unwrap()
}
