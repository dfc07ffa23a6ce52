//! Annotated handlers beside their OpenAPI documentation, with [utoipa](https://docs.rs/utoipa).
//!
//! [`OpenApiRouter`] and [`routes!`] are used as those of [utoipa-axum](https://docs.rs/utoipa-axum) are. What comes out is a
//! [`CorsRouter`] with the policies of all handlers, and the document. The document never contains a policy: who may read
//! an API is not for the public to know.
//!
//! ```
//! use cors_runtime::{
//!     SetupError, cors,
//!     openapi::{OpenApiRouter, routes},
//! };
//! use utoipa::OpenApi;
//!
//! #[derive(OpenApi)]
//! #[openapi(info(title = "Shop"))]
//! struct Document;
//!
//! /// Shows a product.
//! #[utoipa::path(get, path = "/products/{id}", params(("id" = u64, Path)))]
//! #[cors(origins = ["https://shop.example"])]
//! async fn show_product() -> &'static str {
//!     "product"
//! }
//!
//! /// Removes a product.
//! #[utoipa::path(delete, path = "/products/{id}", params(("id" = u64, Path)))]
//! #[cors(origins = ["https://admin.shop.example"], headers = ["authorization"])]
//! async fn remove_product() {}
//!
//! # fn app() -> Result<axum::Router, SetupError> {
//! let (router, document) = OpenApiRouter::with_openapi(Document::openapi())
//!     .routes(routes!(show_product, remove_product))
//!     .split_for_parts();
//! let app: axum::Router = router.finish()?;
//! # assert_eq!(document.paths.paths.len(), 1);
//! # Ok(app)
//! # }
//! # assert!(app().is_ok());
//! ```
// The documentation is put together by utoipa, and the routes by `CorsRouter`; this only keeps the two side by side.

use std::{convert::Infallible, fmt};

use axum::{extract::Request, response::IntoResponse, routing::Route};
use tower_layer::Layer;
use tower_service::Service;
use utoipa::openapi::{Components, OpenApi, OpenApiBuilder, Paths, RefOr, Schema};

use crate::{
    policy::source::PolicySource,
    routing::{
        method_router::MethodRouter,
        router::{CorsRouter, nested_path},
    },
};

/// Mounts documented handlers, each on the path and the methods that its `#[utoipa::path(..)]` says.
///
/// The handlers are annotated with [`#[cors(..)]`](macro@crate::cors). Those without a policy are added by
/// `utoipa_axum::routes!`, which [`OpenApiRouter::routes`] takes as well. The crate that uses it depends on `utoipa`.
pub use crate::__openapi_routes as routes;

#[doc(hidden)]
#[macro_export]
macro_rules! __openapi_routes {
    ($($($part:ident)::+),+ $(,)?) => {
        $crate::openapi::Routes::default()$(.with({
            // utoipa's macro mounts a handler on `axum::routing::MethodRouter`. Here, that is ours.
            #[allow(unused_imports)]
            use $crate::__private::openapi as axum;
            $crate::__private::openapi::routes!($($part)::+)
        }))+
    };
}

/// What `utoipa_axum::routes!` makes, over any kind of handlers.
type Documented<H> = (Vec<(String, RefOr<Schema>)>, Paths, H);

/// Documented handlers; made by [`routes!`].
#[must_use = "it does nothing until it is given to a router"]
pub struct Routes<S = ()>(Vec<Documented<MethodRouter<S>>>);

impl<S> Routes<S> {
    #[doc(hidden)]
    pub fn with(mut self, documented: Documented<MethodRouter<S>>) -> Self {
        self.0.push(documented);
        self
    }
}

impl<S> Clone for Routes<S> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<S> fmt::Debug for Routes<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|(_, paths, handlers)| (paths.paths.keys(), handlers)))
            .finish()
    }
}

impl<S> Default for Routes<S> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

/// Handlers without a policy, from `utoipa_axum::routes!`.
impl<S: Clone + Send + Sync + 'static> From<Documented<axum::routing::MethodRouter<S>>> for Routes<S> {
    fn from((schemas, paths, handlers): Documented<axum::routing::MethodRouter<S>>) -> Self {
        Self(vec![(schemas, paths, handlers.into())])
    }
}

/// A [`CorsRouter`] and the documentation of its routes.
///
/// What it has no method for is done by [`map`](Self::map), or on the router that
/// [`split_for_parts`](Self::split_for_parts) gives.
#[derive(Clone)]
#[must_use = "a router does nothing until it is finished and served"]
pub struct OpenApiRouter<S = ()> {
    router: CorsRouter<S>,
    document: OpenApi,
}

impl<S> fmt::Debug for OpenApiRouter<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OpenApiRouter").field(&self.router).finish()
    }
}

impl<S: Clone + Send + Sync + 'static> OpenApiRouter<S> {
    /// No route yet, and an empty document.
    pub fn new() -> Self {
        Self::with_openapi(OpenApiBuilder::new().build())
    }

    /// No route yet, and a document to add to.
    pub fn with_openapi(document: OpenApi) -> Self {
        Self { router: CorsRouter::new(), document }
    }

    /// Adds the handlers of [`routes!`], or of `utoipa_axum::routes!`, with their documentation.
    pub fn routes(mut self, routes: impl Into<Routes<S>>) -> Self {
        let Routes(routes) = routes.into();
        for (schemas, paths, handlers) in routes {
            for (path, item) in paths.paths {
                self.router = self.router.route(or_root(&path), handlers.clone());
                match self.document.paths.paths.get_mut(&path) {
                    Some(known) => known.merge_operations(item),
                    None => {
                        self.document.paths.paths.insert(path, item);
                    }
                }
            }
            self.document.components.get_or_insert_with(Components::new).schemas.extend(schemas);
        }
        self
    }

    /// Adds handlers that are not documented, as [`CorsRouter::route`] does.
    pub fn route(self, path: &str, handlers: impl Into<MethodRouter<S>>) -> Self {
        self.map(|router| router.route(path, handlers))
    }

    /// Adds another router's routes and their documentation below a prefix, as [`CorsRouter::nest`] does.
    pub fn nest(mut self, prefix: &str, router: impl Into<Self>) -> Self {
        let Self { router, mut document } = router.into();
        let paths = std::mem::take(&mut document.paths.paths).into_iter();
        document.paths.paths =
            paths.map(|(path, item)| (nested_path(prefix, or_root(&path)), item)).collect();
        self.document.merge(document);
        Self { router: self.router.nest(prefix, router), ..self }
    }

    /// Adds another router's routes and their documentation, as [`CorsRouter::merge`] does.
    ///
    /// # Panics
    ///
    /// If both routers have a fallback, as axum's own `Router` does.
    #[track_caller]
    pub fn merge(mut self, router: impl Into<Self>) -> Self {
        let Self { router, document } = router.into();
        self.document.merge(document);
        Self { router: self.router.merge(router), ..self }
    }

    /// Applies a layer to the routes added so far, as [`CorsRouter::layer`] does.
    pub fn layer<L>(self, layer: L) -> Self
    where
        L: Layer<Route> + Clone + Send + Sync + 'static,
        L::Service: Service<Request, Error = Infallible> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Response: IntoResponse + 'static,
        <L::Service as Service<Request>>::Future: Send + 'static,
    {
        self.map(|router| router.layer(layer))
    }

    /// Sets the policy of the routes added so far that have none, as [`CorsRouter::policy`] does.
    pub fn policy(self, policy: impl Into<PolicySource>) -> Self {
        self.map(|router| router.policy(policy))
    }

    /// Gives the state to the handlers, as [`CorsRouter::with_state`] does.
    pub fn with_state<S2>(self, state: S) -> OpenApiRouter<S2> {
        OpenApiRouter { router: self.router.with_state(state), document: self.document }
    }

    /// Does anything else with the router.
    pub fn map(self, change: impl FnOnce(CorsRouter<S>) -> CorsRouter<S>) -> Self {
        Self { router: change(self.router), ..self }
    }

    /// The documentation so far.
    pub fn openapi(&self) -> &OpenApi {
        &self.document
    }

    /// The router, to be finished, and the whole documentation.
    pub fn split_for_parts(self) -> (CorsRouter<S>, OpenApi) {
        (self.router, self.document)
    }
}

impl<S: Clone + Send + Sync + 'static> Default for OpenApiRouter<S> {
    fn default() -> Self {
        Self::new()
    }
}

/// Routes that are not documented.
impl<S: Clone + Send + Sync + 'static> From<CorsRouter<S>> for OpenApiRouter<S> {
    fn from(router: CorsRouter<S>) -> Self {
        Self { router, ..Self::new() }
    }
}

/// Documented routes without policies. As any plain router, it cannot be looked into.
impl<S: Clone + Send + Sync + 'static> From<utoipa_axum::router::OpenApiRouter<S>> for OpenApiRouter<S> {
    fn from(router: utoipa_axum::router::OpenApiRouter<S>) -> Self {
        let (router, document) = router.split_for_parts();
        Self { router: router.into(), document }
    }
}

/// The path of a handler that is documented with an empty one.
fn or_root(path: &str) -> &str {
    if path.is_empty() { "/" } else { path }
}
