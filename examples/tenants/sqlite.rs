//! The tenants in SQLite, in a database that this process alone changes.

use std::{
    path::Path,
    sync::{Arc, Mutex},
};

use cors_runtime::Policy;
use rusqlite::{Connection, params};
use tokio::task::spawn_blocking;

use crate::{Failure, Policies, UNBROKEN, policy_of};

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

#[derive(Clone)]
pub(crate) struct Database {
    connection: Arc<Mutex<Connection>>,
    policies: Arc<Policies>,
}

impl Database {
    /// The tenants in a file, or in memory.
    pub(crate) fn open(file: Option<&Path>, policies: Arc<Policies>) -> rusqlite::Result<Self> {
        let connection = file.map_or_else(Connection::open_in_memory, Connection::open)?;
        connection.execute_batch(SCHEMA)?;
        Ok(Self { connection: Arc::new(Mutex::new(connection)), policies })
    }

    pub(crate) async fn policy(&self, tenant: &str) -> Result<Policy, Failure> {
        let tenant = tenant.to_owned();
        self.with_connection(move |connection, policies| {
            let policy = policy_of(&origins(connection, &tenant)?)?;
            policies.set(&tenant, policy.clone());
            Ok(policy)
        })
        .await
    }

    pub(crate) async fn add_origin(&self, tenant: &str, origin: &str) -> Result<(), Failure> {
        let (tenant, origin) = (tenant.to_owned(), origin.to_owned());
        self.with_connection(move |connection, policies| {
            let mut origins = origins(connection, &tenant)?;
            origins.push(origin.clone());
            let policy = policy_of(&origins)?;
            let insert = "INSERT INTO origins VALUES (?, ?) ON CONFLICT DO NOTHING";
            connection.execute(insert, params![tenant, origin])?;
            policies.set(&tenant, policy);
            Ok(())
        })
        .await
    }

    /// Other requests go on while this one waits for the database.
    async fn with_connection<R: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection, &Policies) -> Result<R, Failure> + Send + 'static,
    ) -> Result<R, Failure> {
        let Self { connection, policies } = self.clone();
        let work = spawn_blocking(move || work(&connection.lock().expect(UNBROKEN), &policies));
        work.await.unwrap_or_else(|error| Err(Failure::Broken(error.into())))
    }
}

/// The origins of a tenant, the oldest first.
fn origins(connection: &Connection, tenant: &str) -> Result<Vec<String>, Failure> {
    let is_known = "SELECT EXISTS (SELECT * FROM tenants WHERE name = ?)";
    if !connection.query_row(is_known, [tenant], |row| row.get::<_, bool>(0))? {
        return Err(Failure::NoTenant);
    }
    let mut query =
        connection.prepare_cached("SELECT origin FROM origins WHERE tenant = ? ORDER BY rowid")?;
    let origins = query.query_map([tenant], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(origins)
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Broken(error.into())
    }
}
