//! The tenants in PostgreSQL, in a database that several processes share.
//!
//! A trigger notifies of every change, whoever makes it, and each process listens (`LISTEN`, `NOTIFY`). While the database
//! cannot be reached, the policies that are known still hold. When it is back, all of them are read again, because
//! notifications may have been missed.

use std::{future::poll_fn, sync::Arc, time::Duration};

use cors_runtime::Policy;
use tokio::{
    sync::{Mutex, MutexGuard, mpsc},
    time::{sleep, timeout},
};
use tokio_postgres::{AsyncMessage, Client, Config, GenericClient, NoTls};

use crate::{Failure, Policies, policy_of};

/// Several processes may start at the same time: the lock makes them wait for each other.
const SCHEMA: &str = "
    BEGIN;
    SELECT pg_advisory_xact_lock(1);
    CREATE TABLE IF NOT EXISTS tenants (name TEXT PRIMARY KEY);
    CREATE TABLE IF NOT EXISTS origins (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        tenant TEXT NOT NULL REFERENCES tenants,
        origin TEXT NOT NULL,
        PRIMARY KEY (tenant, origin)
    );
    INSERT INTO tenants VALUES ('acme'), ('globex') ON CONFLICT DO NOTHING;
    INSERT INTO origins (tenant, origin) VALUES ('acme', 'http://localhost:3000') ON CONFLICT DO NOTHING;
    CREATE OR REPLACE FUNCTION notify_of_origins() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_notify('origins', COALESCE(NEW.tenant, OLD.tenant));
            RETURN NULL;
        END
    $$;
    CREATE OR REPLACE TRIGGER notify_of_origins AFTER INSERT OR UPDATE OR DELETE ON origins
        FOR EACH ROW EXECUTE FUNCTION notify_of_origins();
    COMMIT;
";

/// The most that the database may take. A delegate is asked outside of every layer that could limit it.
const PATIENCE: Duration = Duration::from_secs(5);
const BETWEEN_ATTEMPTS: Duration = Duration::from_millis(200);

#[derive(Clone)]
pub(crate) struct Database {
    /// There is none while the database cannot be reached.
    client: Arc<Mutex<Option<Client>>>,
    policies: Arc<Policies>,
}

impl Database {
    pub(crate) async fn open(url: &str, policies: Arc<Policies>) -> Result<Self, tokio_postgres::Error> {
        let mut config: Config = url.parse()?;
        config.connect_timeout(PATIENCE).keepalives_idle(PATIENCE).tcp_user_timeout(PATIENCE);
        let (client, changes) = connect(&config).await?;
        client.batch_execute(SCHEMA).await?;
        let database = Self { client: Arc::new(Mutex::new(Some(client))), policies };
        tokio::spawn(database.clone().follow(config, changes));
        Ok(database)
    }

    /// Reads again whatever has changed, for as long as the process runs.
    async fn follow(self, config: Config, mut changes: mpsc::UnboundedReceiver<String>) {
        loop {
            while let Some(tenant) = changes.recv().await {
                self.read_again(&tenant).await;
            }
            *self.client.lock().await = None;
            eprintln!("the database cannot be reached; the policies that are known still hold");
            let client;
            (client, changes) = loop {
                sleep(BETWEEN_ATTEMPTS).await;
                if let Ok(connected) = connect(&config).await {
                    break connected;
                }
            };
            *self.client.lock().await = Some(client);
            for tenant in self.policies.tenants() {
                self.read_again(&tenant).await;
            }
            eprintln!("the database is back");
        }
    }

    /// The connection, as soon as nobody else uses it.
    async fn client(&self) -> Result<MutexGuard<'_, Option<Client>>, Failure> {
        timeout(PATIENCE, self.client.lock()).await.map_err(|_| Failure::Unavailable)
    }

    async fn read_again(&self, tenant: &str) {
        if self.policies.get(tenant).is_none() {
            return; // Nobody has asked for it.
        }
        match self.policy(tenant).await {
            // It is read when the database is back.
            Ok(_) | Err(Failure::Unavailable) => {}
            Err(Failure::NoTenant) => self.policies.remove(tenant),
            // What is in the database now is not known. It may be less than before.
            Err(Failure::Refused(_) | Failure::Broken(_)) => self.policies.remove(tenant),
        }
    }

    pub(crate) async fn policy(&self, tenant: &str) -> Result<Policy, Failure> {
        let client = self.client().await?;
        let client = client.as_ref().ok_or(Failure::Unavailable)?;
        let policy = policy_of(&in_time(origins(client, tenant)).await?)?;
        self.policies.set(tenant, policy.clone());
        Ok(policy)
    }

    pub(crate) async fn add_origin(&self, tenant: &str, origin: &str) -> Result<(), Failure> {
        let mut client = self.client().await?;
        let client = client.as_mut().ok_or(Failure::Unavailable)?;
        let policy = in_time(async {
            // It is undone where it is dropped without a commit.
            let transaction = client.transaction().await?;
            // Two processes that add to one tenant wait for each other, because the rules hold for the list as a whole.
            transaction.execute("SELECT FROM tenants WHERE name = $1 FOR UPDATE", &[&tenant]).await?;
            let mut origins = origins(&transaction, tenant).await?;
            origins.push(origin.to_owned());
            let policy = policy_of(&origins)?;
            let insert = "INSERT INTO origins (tenant, origin) VALUES ($1, $2) ON CONFLICT DO NOTHING";
            transaction.execute(insert, &[&tenant, &origin]).await?;
            transaction.commit().await?;
            Ok(policy)
        });
        self.policies.set(tenant, policy.await?);
        Ok(())
    }
}

/// A connection that listens, and the tenants that it is notified of. They end with the connection.
async fn connect(
    config: &Config,
) -> Result<(Client, mpsc::UnboundedReceiver<String>), tokio_postgres::Error> {
    let (client, mut connection) = config.connect(NoTls).await?;
    let (sender, changes) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
            if let AsyncMessage::Notification(notification) = message
                && sender.send(notification.payload().to_owned()).is_err()
            {
                break;
            }
        }
    });
    client.batch_execute("LISTEN origins").await?;
    Ok((client, changes))
}

/// The origins of a tenant, the oldest first.
async fn origins(client: &impl GenericClient, tenant: &str) -> Result<Vec<String>, Failure> {
    if client.query_opt("SELECT FROM tenants WHERE name = $1", &[&tenant]).await?.is_none() {
        return Err(Failure::NoTenant);
    }
    let rows = client.query("SELECT origin FROM origins WHERE tenant = $1 ORDER BY id", &[&tenant]).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

async fn in_time<R>(work: impl Future<Output = Result<R, Failure>>) -> Result<R, Failure> {
    timeout(PATIENCE, work).await.unwrap_or(Err(Failure::Unavailable))
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Self {
        match error.code() {
            // Whatever the server says itself is about the request, unless it says that it goes away:
            // https://www.postgresql.org/docs/current/errcodes-appendix.html
            Some(code) if !code.code().starts_with("57P") => Self::Broken(error.into()),
            _ => Self::Unavailable,
        }
    }
}
