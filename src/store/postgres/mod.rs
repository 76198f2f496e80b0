//! The state in a database of PostgreSQL: opening it, and what is other there than in a file.

mod error;
#[cfg(feature = "postgres")]
mod lease;
mod wishes;

use std::path::Path;

pub use error::DatabaseError;
pub(super) use error::describe;
#[cfg(feature = "postgres")]
pub(super) use lease::Lease;
pub use wishes::{Wish, WishState};

#[cfg(feature = "postgres")]
use super::database::{Connection, PostgresConnection, query, query_scalar};
use super::error::StoreError;
use super::open::Store;
#[cfg(feature = "postgres")]
use super::open::{FILE, MIGRATIONS_OF_POSTGRES, make_folder, migrator_of};
use crate::config::{Config, PostgresState};

/// So few rows are compared quickly in any order.
#[cfg(feature = "postgres")]
const FEW_ROWS: u64 = 200;

/// What a state is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OpenedFor {
    /// To work on it, as the only one.
    Work,
    /// To read it.
    Reading,
    /// To count a call in it.
    Counting,
}

impl Store {
    /// Opens the state for writing, where the configuration says that it is.
    pub async fn open_for(config: &Config) -> Result<Self, StoreError> {
        match &config.state {
            None => Self::open(&config.state_dir).await,
            Some(state) => Self::open_postgres(&config.state_dir, state, OpenedFor::Work).await,
        }
    }

    /// Opens it for reading.
    pub async fn open_for_reading(config: &Config) -> Result<Self, StoreError> {
        match &config.state {
            None => Self::open_to_read(&config.state_dir).await,
            Some(state) => Self::open_postgres(&config.state_dir, state, OpenedFor::Reading).await,
        }
    }

    /// Opens it to count a call in it.
    pub async fn open_for_counting(config: &Config) -> Result<Self, StoreError> {
        match &config.state {
            None => Self::open_to_count(&config.state_dir).await,
            Some(state) => Self::open_postgres(&config.state_dir, state, OpenedFor::Counting).await,
        }
    }
}

#[cfg(not(feature = "postgres"))]
impl Store {
    #[expect(clippy::unused_async, reason = "it is where PostgreSQL is built in")]
    pub(super) async fn open_postgres(
        _: &Path,
        _: &PostgresState,
        _: OpenedFor,
    ) -> Result<Self, StoreError> {
        Err(DatabaseError::NotBuiltIn.into())
    }

    /// Opens a state in a database to copy it.
    #[expect(clippy::unused_async, reason = "it is where PostgreSQL is built in")]
    pub(super) async fn open_postgres_to_copy(
        _: &PostgresState,
    ) -> Result<Option<Self>, StoreError> {
        Err(DatabaseError::NotBuiltIn.into())
    }

    /// Opens a database to copy a state into it.
    #[expect(clippy::unused_async, reason = "it is where PostgreSQL is built in")]
    pub(super) async fn open_postgres_to_fill(_: &PostgresState) -> Result<Self, StoreError> {
        Err(DatabaseError::NotBuiltIn.into())
    }

    /// Waits until another process works on this state, which is never.
    pub async fn deposed(&self) -> StoreError {
        std::future::pending().await
    }

    /// Who works on a state that other machines reach, too: nobody, as there is none.
    #[expect(clippy::unused_async, reason = "it is where PostgreSQL is built in")]
    pub async fn holder(_: &Config) -> Option<DatabaseError> {
        None
    }

    /// Which process on which machine works on a state that other machines reach, too: none, as there is none.
    #[expect(clippy::unused_async, reason = "it is where PostgreSQL is built in")]
    pub async fn worker(&self) -> Option<(String, crate::clock::Millis)> {
        None
    }

    /// The same, in words.
    #[expect(clippy::unused_async, reason = "it is where PostgreSQL is built in")]
    pub async fn worked_on_by(&self) -> Option<DatabaseError> {
        None
    }

    /// Opens a state on which another process works.
    #[expect(clippy::unused_async, reason = "it is where PostgreSQL is built in")]
    pub async fn open_to_stand_by(_: &Config) -> Result<Self, StoreError> {
        Err(DatabaseError::NotBuiltIn.into())
    }

    /// The same state through a connection of its own.
    #[expect(clippy::unused_async, reason = "it is where PostgreSQL is built in")]
    pub async fn beside(&self, _: &Config) -> Result<Self, StoreError> {
        Err(DatabaseError::NotBuiltIn.into())
    }

    /// Whether an upload is still for this process to send, which it always is.
    pub const fn check_may_send(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// How long nothing newer may be sent than what may arrive from another process: there is none.
    pub const fn until_older_arrived(&self, _: std::time::Duration) -> Option<std::time::Duration> {
        None
    }
}

#[cfg(feature = "postgres")]
impl Store {
    /// Opens the state in a database. Caches and spools stay in `state_dir`.
    pub(super) async fn open_postgres(
        state_dir: &Path,
        state: &PostgresState,
        opened_for: OpenedFor,
    ) -> Result<Self, StoreError> {
        let connection = connect(state, opened_for).await?;
        let mut store = Self::of_connection(connection, state_dir.join(FILE));
        store.place = Some(state.place().into());
        let version = store.applied_version().await?;
        if version == 0 {
            store.check_nothing_foreign().await?;
        }
        match opened_for {
            OpenedFor::Work => store.begin_to_work(state, version).await?,
            OpenedFor::Reading | OpenedFor::Counting if version == 0 => {
                return Self::nothing_yet(state_dir).await;
            }
            OpenedFor::Reading | OpenedFor::Counting => store.check_version().await?,
        }
        Ok(store)
    }

    /// Opens a state to copy it as it is, as the only one that works on it. `None`: there is none.
    pub(super) async fn open_postgres_to_copy(
        state: &PostgresState,
    ) -> Result<Option<Self>, StoreError> {
        let mut store = Self::open_apart(state).await?;
        if store.applied_version().await? == 0 {
            return Ok(None);
        }
        store.check_version().await?;
        let beside = connect(state, OpenedFor::Counting).await?;
        store.take_lease(beside, state.lease).await?;
        Ok(Some(store))
    }

    /// Opens a database to copy a state into it, as the only one that works on it.
    pub(super) async fn open_postgres_to_fill(state: &PostgresState) -> Result<Self, StoreError> {
        let mut store = Self::open_apart(state).await?;
        if store.applied_version().await? == 0 {
            store.check_nothing_foreign().await?;
            store.migrate().await?;
        }
        store.check_version().await?;
        let beside = connect(state, OpenedFor::Counting).await?;
        store.take_lease(beside, state.lease).await?;
        Ok(store)
    }

    /// Connects for a copy, which keeps nothing in a folder.
    async fn open_apart(state: &PostgresState) -> Result<Self, StoreError> {
        let connection = connect(state, OpenedFor::Counting).await?;
        let mut store = Self::of_connection(connection, Path::new(".").join(FILE));
        store.place = Some(state.place().into());
        Ok(store)
    }

    /// Opens a state on which another process works, to read it and to hand commands over. It may be of another
    /// version: a standby of a newer one waits all the same.
    pub async fn open_to_stand_by(config: &Config) -> Result<Self, StoreError> {
        let Some(state) = &config.state else {
            return Self::open_to_read(&config.state_dir).await;
        };
        let mut store = Self::open_apart(state).await?;
        store.path = std::sync::Arc::new(config.state_dir.join(FILE));
        Ok(store)
    }

    /// Who works on a state that other machines reach, too. `None`: nobody does, or it is in a file.
    pub async fn holder(config: &Config) -> Option<DatabaseError> {
        config.state.as_ref()?;
        let store = Self::open_to_stand_by(config).await.ok()?;
        store.worked_on_by().await
    }

    async fn begin_to_work(
        &mut self,
        state: &PostgresState,
        version: i64,
    ) -> Result<(), StoreError> {
        make_folder(self.folder())?;
        let beside = connect(state, OpenedFor::Counting).await?;
        if version == 0 {
            self.migrate().await?;
            self.take_lease(beside, state.lease).await?;
        } else {
            // While another version works on it, its tables stay as they are.
            self.take_lease(beside, state.lease).await?;
            self.migrate().await?;
        }
        self.note_what_may_arrive().await?;
        self.check_not_emptied().await
    }

    async fn migrate(&self) -> Result<(), StoreError> {
        let migrator = migrator_of(&MIGRATIONS_OF_POSTGRES);
        let migrated = self.hold().await.migrate(&migrator).await;
        migrated.map_err(|error| self.migrate_error(error))
    }

    /// PostgreSQL plans by statistics that it takes every other minute. An upload that is much of the tables has
    /// overtaken them, and settling it would compare each row with each. Without them it only takes longer.
    pub(super) async fn take_statistics(&self, rows: u64) {
        let mut held = self.hold().await;
        if !held.is_postgres() || rows < FEW_ROWS {
            return;
        }
        if let Err(error) = take_statistics(&mut held, rows).await {
            tracing::debug!("no statistics were taken: {error}");
        }
    }

    async fn check_nothing_foreign(&self) -> Result<(), StoreError> {
        let tables: i64 = query_scalar(
            "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename NOT LIKE '\\_sqlx%'",
        )
        .fetch_one(&mut *self.hold().await)
        .await
        .map_err(|error| self.error(error))?;
        if tables == 0 {
            return Ok(());
        }
        let place = self.place();
        Err(DatabaseError::Foreign { place }.into())
    }
}

#[cfg(feature = "postgres")]
async fn take_statistics(held: &mut Connection, rows: u64) -> Result<(), sqlx::Error> {
    let known: i64 = query_scalar(
        "SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = 'version'::regclass",
    )
    .fetch_one(held)
    .await?;
    if rows.saturating_mul(10) < known.unsigned_abs() {
        return Ok(());
    }
    for sql in ["ANALYZE version", "ANALYZE content"] {
        query(sql).execute(held).await?;
    }
    Ok(())
}

#[cfg(feature = "postgres")]
async fn connect(state: &PostgresState, opened_for: OpenedFor) -> Result<Connection, StoreError> {
    use std::str::FromStr as _;

    use sqlx::ConnectOptions as _;
    use sqlx::postgres::{PgConnectOptions, PgSslMode};

    let place = state.place();
    let failed = |error: sqlx::Error| StoreError::from(describe(&place, &error));
    let mut options = PgConnectOptions::from_str(&state.url)
        .map_err(failed)?
        .application_name("kms-haptik-sync")
        .disable_statement_logging();
    if !state.says_sslmode() {
        options = options.ssl_mode(if state.is_local() {
            PgSslMode::Prefer
        } else {
            PgSslMode::VerifyFull
        });
    }
    if let Some(password) = &state.password {
        password.read().map_err(DatabaseError::from)?;
    }
    if opened_for == OpenedFor::Reading {
        options = options.options([("default_transaction_read_only", "on")]);
    }
    let opening = PostgresConnection::open(options, state.password.clone());
    let connection = opening.await.map_err(failed)?;
    Ok(Connection::Postgres(Box::new(connection)))
}
