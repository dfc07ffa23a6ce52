//! An API for tenants, each of which has origins of its own, kept in a database.
//!
//! ```text
//! cargo run --example tenants
//! API_PORT=8080 DATABASE=tenants.db cargo run --example tenants
//! ```
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

use std::{
    collections::HashMap,
    error::Error,
    net::Ipv4Addr,
    path::{Path as FilePath, PathBuf},
    process::ExitCode,
    sync::{Arc, Mutex, RwLock},
};

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use cors_runtime::{CorsRouter, Policy, PolicyError, cors, get, post, rules::Syntax};
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};
use tokio::{net::TcpListener, task::spawn_blocking};

const DEFAULT_PORT: u16 = 5000;

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS tenants (name TEXT PRIMARY KEY) STRICT;
    CREATE TABLE IF NOT EXISTS origins (
        tenant TEXT NOT NULL REFERENCES tenants,
        origin TEXT NOT NULL,
        PRIMARY KEY (tenant, origin)
    ) STRICT;
    INSERT OR IGNORE INTO tenants VALUES ('acme'), ('globex');
    INSERT OR IGNORE INTO origins VALUES ('acme', 'http://localhost:3000');
";

/// The tenants, in a database that this process alone changes, and the policies of those that were asked for.
struct Tenants {
    database: Mutex<Connection>,
    /// Filled and changed by who holds the database, and no policy from before a change comes here after it. Only
    /// tenants that there are come here: paths are anybody's to make up.
    policies: RwLock<HashMap<String, Policy>>,
}

impl Tenants {
    /// The tenants in a file, or in memory.
    fn open(file: Option<&FilePath>) -> rusqlite::Result<Self> {
        let database = file.map_or_else(Connection::open_in_memory, Connection::open)?;
        database.execute_batch(SCHEMA)?;
        Ok(Self { database: Mutex::new(database), policies: RwLock::default() })
    }

    fn known_policy(&self, tenant: &str) -> Option<Policy> {
        self.policies.read().expect(UNBROKEN).get(tenant).cloned()
    }

    /// The policy of a tenant, from the database.
    fn policy(&self, tenant: &str) -> Result<Policy, Failure> {
        let database = self.database.lock().expect(UNBROKEN);
        let policy = policy_of(&origins(&database, tenant)?)?;
        self.policies.write().expect(UNBROKEN).insert(tenant.to_owned(), policy.clone());
        Ok(policy)
    }

    /// Adds an origin, which the next request already finds.
    fn add_origin(&self, tenant: &str, origin: &str) -> Result<(), Failure> {
        let database = self.database.lock().expect(UNBROKEN);
        let mut origins = origins(&database, tenant)?;
        origins.push(origin.to_owned());
        // The rules hold for the list as a whole. What is already listed is dropped.
        let policy = policy_of(&origins)?;
        database
            .execute("INSERT INTO origins VALUES (?, ?) ON CONFLICT DO NOTHING", params![tenant, origin])?;
        self.policies.write().expect(UNBROKEN).insert(tenant.to_owned(), policy);
        Ok(())
    }
}

const UNBROKEN: &str = "nothing panics while it is locked";

/// The origins of a tenant, the oldest first.
fn origins(database: &Connection, tenant: &str) -> Result<Vec<String>, Failure> {
    let is_known = "SELECT EXISTS (SELECT * FROM tenants WHERE name = ?)";
    if !database.query_row(is_known, [tenant], |row| row.get::<_, bool>(0))? {
        return Err(Failure::NoTenant);
    }
    let mut query = database.prepare_cached("SELECT origin FROM origins WHERE tenant = ? ORDER BY rowid")?;
    let origins = query.query_map([tenant], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(origins)
}

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
    Broken(Box<dyn Error + Send + Sync>),
}

impl From<PolicyError> for Failure {
    fn from(error: PolicyError) -> Self {
        Self::Refused(error)
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Broken(error.into())
    }
}

impl From<tokio::task::JoinError> for Failure {
    fn from(error: tokio::task::JoinError) -> Self {
        Self::Broken(error.into())
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
    State(tenants): State<Arc<Tenants>>,
) -> Result<Option<Policy>, String> {
    if let Some(policy) = tenants.known_policy(&tenant) {
        return Ok(Some(policy));
    }
    // Other requests go on while this one waits for the database.
    match spawn_blocking(move || tenants.policy(&tenant)).await.unwrap_or_else(|error| Err(error.into())) {
        Ok(policy) => Ok(Some(policy)),
        Err(Failure::NoTenant) => Ok(None),
        // Neither lets anybody in.
        Err(Failure::Refused(error)) => Err(error.to_string()),
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
    State(tenants): State<Arc<Tenants>>,
    Json(NewOrigin { origin }): Json<NewOrigin>,
) -> Result<StatusCode, Failure> {
    spawn_blocking(move || tenants.add_origin(&tenant, &origin)).await??;
    Ok(StatusCode::CREATED)
}

fn app(tenants: Tenants) -> CorsRouter {
    CorsRouter::new()
        .route("/t/{tenant}/orders", get(list_orders))
        .route("/t/{tenant}/orders/{id}", get(show_order))
        .route("/t/{tenant}/origins", post(add_origin))
        .with_state(Arc::new(tenants))
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
    let file = std::env::var_os("DATABASE").map(PathBuf::from);
    let app = app(Tenants::open(file.as_deref())?);
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
