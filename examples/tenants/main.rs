//! An API for tenants, each of which has origins of its own, kept in a database.
//!
//! ```text
//! cargo run --example tenants
//! API_PORT=8080 DATABASE=tenants.db cargo run --example tenants
//! DATABASE_URL=postgres://user@localhost/shop cargo run --example tenants
//! ```
//!
//! The database is SQLite, in memory or in the file `DATABASE`, and belongs to one process. With `DATABASE_URL` it is
//! PostgreSQL, which several processes share: what one of them changes, the others follow within a moment.
//!
//! | route | who may call it from a browser |
//! |---|---|
//! | `GET /t/{tenant}/orders` and `/t/{tenant}/orders/{id}` | pages of the tenant's origins |
//! | `POST /t/{tenant}/origins` | pages of the API's own origin |
//!
//! At first, `acme` has the origin `http://localhost:3000`, and `globex` has none. It gets one, and a page there is served:
//!
//! ```text
//! curl -i -H 'Origin: https://globex.example' http://127.0.0.1:5000/t/globex/orders
//! curl -i --json '{"origin": "https://globex.example"}' http://127.0.0.1:5000/t/globex/origins
//! curl -i -H 'Origin: https://globex.example' http://127.0.0.1:5000/t/globex/orders
//! ```
//!
//! What no policy may say is refused with the reasons, and with what to write instead:
//!
//! ```text
//! curl -i --json '{"origin": "https://*.github.io"}' http://127.0.0.1:5000/t/globex/origins
//! ```

mod postgres;
mod sqlite;

use std::{
    collections::HashMap,
    error::Error,
    net::Ipv4Addr,
    path::PathBuf,
    process::ExitCode,
    sync::{Arc, RwLock},
};

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use cors_runtime::{CorsRouter, Policy, PolicyError, cors, get, post, rules::Syntax};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

const DEFAULT_PORT: u16 = 5000;

/// The policies of the tenants that were asked for.
///
/// Who fills it holds its database meanwhile, so no policy from before a change comes here after it. Only tenants that exist
/// come here: paths are anybody's to make up.
#[derive(Default)]
struct Policies(RwLock<HashMap<String, Policy>>);

const UNBROKEN: &str = "nothing panics while it is locked";

impl Policies {
    fn get(&self, tenant: &str) -> Option<Policy> {
        self.0.read().expect(UNBROKEN).get(tenant).cloned()
    }

    fn set(&self, tenant: &str, policy: Policy) {
        self.0.write().expect(UNBROKEN).insert(tenant.to_owned(), policy);
    }

    fn remove(&self, tenant: &str) {
        self.0.write().expect(UNBROKEN).remove(tenant);
    }

    fn tenants(&self) -> Vec<String> {
        self.0.read().expect(UNBROKEN).keys().cloned().collect()
    }
}

#[derive(Clone)]
enum Database {
    Sqlite(sqlite::Database),
    Postgres(postgres::Database),
}

#[derive(Clone)]
struct Tenants {
    policies: Arc<Policies>,
    database: Database,
}

impl Tenants {
    async fn open() -> Result<Self, Box<dyn Error>> {
        let policies = Arc::new(Policies::default());
        let database = match std::env::var("DATABASE_URL") {
            Ok(url) => Database::Postgres(postgres::Database::open(&url, Arc::clone(&policies)).await?),
            Err(_) => {
                let file = std::env::var_os("DATABASE").map(PathBuf::from);
                Database::Sqlite(sqlite::Database::open(file.as_deref(), Arc::clone(&policies))?)
            }
        };
        Ok(Self { policies, database })
    }

    /// The policy of a tenant: the one that is known, or else from the database.
    async fn policy(&self, tenant: &str) -> Result<Policy, Failure> {
        if let Some(policy) = self.policies.get(tenant) {
            return Ok(policy);
        }
        match &self.database {
            Database::Sqlite(database) => database.policy(tenant).await,
            Database::Postgres(database) => database.policy(tenant).await,
        }
    }

    /// Adds an origin, which the next request already finds.
    async fn add_origin(&self, tenant: &str, origin: &str) -> Result<(), Failure> {
        match &self.database {
            Database::Sqlite(database) => database.add_origin(tenant, origin).await,
            Database::Postgres(database) => database.add_origin(tenant, origin).await,
        }
    }
}

/// The rules hold for the list as a whole. What is already listed is dropped.
fn policy_of(origins: &[String]) -> Result<Policy, PolicyError> {
    if origins.is_empty() {
        return Ok(Policy::NONE);
    }
    Policy::builder().origins(origins).headers(["authorization", "content-type"]).credentials().build()
}

/// Why the tenant has no policy, or keeps the one it has.
enum Failure {
    NoTenant,
    Refused(PolicyError),
    /// The database cannot be reached; it may be back later.
    Unavailable,
    Broken(Box<dyn Error + Send + Sync>),
}

impl From<PolicyError> for Failure {
    fn from(error: PolicyError) -> Self {
        Self::Refused(error)
    }
}

#[derive(Serialize)]
struct Violation {
    message: String,
    help: String,
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self {
            Self::NoTenant => StatusCode::NOT_FOUND.into_response(),
            Self::Refused(error) => {
                let violations = error.violations().iter();
                let violations = violations.map(|violation| Violation {
                    message: violation.message.clone(),
                    help: violation.help.in_syntax(Syntax::Document),
                });
                (StatusCode::UNPROCESSABLE_ENTITY, Json(violations.collect::<Vec<_>>())).into_response()
            }
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE.into_response(),
            Self::Broken(error) => {
                eprintln!("{error}");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}

/// The tenant in a path, whatever else is in it.
#[derive(Deserialize)]
struct OfTenant {
    tenant: String,
}

/// The policy for a request. It is asked for before anything else sees the request, and for preflights as well.
async fn by_tenant(
    Path(OfTenant { tenant }): Path<OfTenant>,
    State(tenants): State<Tenants>,
) -> Result<Option<Policy>, String> {
    match tenants.policy(&tenant).await {
        Ok(policy) => Ok(Some(policy)),
        Err(Failure::NoTenant) => Ok(None),
        // None of these lets anybody in.
        Err(Failure::Refused(error)) => Err(error.to_string()),
        Err(Failure::Unavailable) => Err("the database cannot be reached".to_owned()),
        Err(Failure::Broken(error)) => Err(error.to_string()),
    }
}

#[cors(delegate = by_tenant)]
async fn list_orders(Path(OfTenant { tenant }): Path<OfTenant>) -> String {
    format!("the orders of {tenant}")
}

#[cors(delegate = by_tenant)]
async fn show_order(Path((tenant, id)): Path<(String, u64)>) -> String {
    format!("order {id} of {tenant}")
}

#[derive(Deserialize)]
struct NewOrigin {
    origin: String,
}

// A page of another origin must not let itself in. This does not say who may: here you check that, before anything is done.
#[cors(none)]
async fn add_origin(
    Path(OfTenant { tenant }): Path<OfTenant>,
    State(tenants): State<Tenants>,
    Json(NewOrigin { origin }): Json<NewOrigin>,
) -> Result<StatusCode, Failure> {
    tenants.add_origin(&tenant, &origin).await?;
    Ok(StatusCode::CREATED)
}

fn app(tenants: Tenants) -> CorsRouter {
    CorsRouter::new()
        .route("/t/{tenant}/orders", get(list_orders))
        .route("/t/{tenant}/orders/{id}", get(show_order))
        .route("/t/{tenant}/origins", post(add_origin))
        .with_state(tenants)
}

/// The port of the variable `API_PORT`; 0 is any that is free.
fn wanted_port() -> Result<u16, String> {
    match std::env::var_os("API_PORT") {
        None => Ok(DEFAULT_PORT),
        Some(text) => text.to_str().and_then(|text| text.parse().ok()).ok_or_else(|| {
            format!("API_PORT is {text:?}; write a port from 1 to 65535, or 0 for any that is free")
        }),
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let app = app(Tenants::open().await?);
    let routes = app.audit();
    let app: axum::Router = app.finish()?;

    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, wanted_port()?)).await?;
    println!("listening on http://{}\n", listener.local_addr()?);
    println!("{routes}");
    axum::serve(listener, app).await?;
    Ok(())
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
