//! A connection to the database, and transactions on it.

use std::ops::{Deref, DerefMut};
#[cfg(feature = "postgres")]
use std::time::Duration;

use sqlx::SqlStr;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteTransactionManager};
use sqlx_core::transaction::TransactionManager as _;

#[cfg(feature = "postgres")]
use super::postgres::PostgresConnection;
use super::sqlite::{Durability, Sqlite};

/// A connection to the database that holds the state.
#[derive(Debug)]
pub(crate) enum Connection {
    /// To a file, or to memory.
    Sqlite(Sqlite),
    /// To a database of PostgreSQL.
    #[cfg(feature = "postgres")]
    Postgres(Box<PostgresConnection>),
}

impl Connection {
    /// Opens a file of SQLite.
    pub(crate) async fn sqlite(options: &SqliteConnectOptions) -> Result<Self, sqlx::Error> {
        Sqlite::connect(options).await.map(Self::Sqlite)
    }

    /// Closes it, so that nothing of it is left beside a file.
    pub(crate) async fn close(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(connection) => connection.close().await,
            #[cfg(feature = "postgres")]
            Self::Postgres(connection) => connection.close().await,
        }
    }

    /// Whether it is one to PostgreSQL.
    pub(crate) const fn is_postgres(&self) -> bool {
        !matches!(self, Self::Sqlite(_))
    }

    /// When what is committed from now on is durable. PostgreSQL always waits for its disk.
    pub(crate) async fn commit_with(&mut self, durability: Durability) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(connection) => connection.commit_with(durability).await,
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => Ok(()),
        }
    }

    /// Writes under a lease from now on.
    #[cfg(feature = "postgres")]
    pub(crate) async fn write_under(&mut self, epoch: i64) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(connection) => connection.write_under(epoch).await,
        }
    }

    /// Makes sure before a piece of work that the database answers.
    #[cfg(feature = "postgres")]
    pub(crate) async fn wake(&mut self) {
        if let Self::Postgres(connection) = self {
            connection.wake().await;
        }
    }

    /// Waits no longer than this for any answer of the database.
    #[cfg(feature = "postgres")]
    pub(crate) const fn wait_at_most(&mut self, patience: Duration) {
        if let Self::Postgres(connection) = self {
            connection.wait_at_most(patience);
        }
    }

    /// Brings the tables up to date.
    pub(crate) async fn migrate(&mut self, migrator: &Migrator) -> Result<(), MigrateError> {
        match self {
            Self::Sqlite(connection) => migrator.run(&mut **connection).await,
            #[cfg(feature = "postgres")]
            Self::Postgres(connection) => migrator.run(connection.live()?).await,
        }
    }

    /// Runs statements without values, one after the other.
    #[cfg(test)]
    pub(crate) async fn run(&mut self, sql: &'static str) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(connection) => {
                let done = sqlx::raw_sql(sql).execute(&mut **connection).await;
                done.map(drop)
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(connection) => {
                let sql = sqlx::AssertSqlSafe(super::dialect::for_postgres(sql));
                let done = sqlx::raw_sql(sql).execute(connection.live()?).await;
                done.map(drop)
            }
        }
    }

    /// Begins to read: what others write meanwhile is not seen.
    pub(crate) async fn begin_to_read(&mut self) -> Result<Transaction<'_>, sqlx::Error> {
        Transaction::begin(self, true).await
    }

    /// Begins to write: nobody else writes meanwhile.
    pub(crate) async fn begin_to_write(&mut self) -> Result<Transaction<'_>, sqlx::Error> {
        Transaction::begin(self, false).await
    }
}

/// Does a piece of work on a connection whole, or not at all where it fails. Nobody else writes meanwhile.
pub(crate) async fn transaction<T>(
    connection: &mut Connection,
    work: impl AsyncFnOnce(&mut Connection) -> Result<T, sqlx::Error>,
) -> Result<T, sqlx::Error> {
    let mut transaction = connection.begin_to_write().await?;
    let outcome = work(&mut transaction).await?;
    transaction.commit().await?;
    Ok(outcome)
}

/// A piece of work that is done whole or not at all: dropped before it is committed, it has never been.
#[derive(Debug)]
pub(crate) struct Transaction<'c> {
    connection: &'c mut Connection,
    is_open: bool,
}

impl<'c> Transaction<'c> {
    async fn begin(connection: &'c mut Connection, reads: bool) -> Result<Self, sqlx::Error> {
        // Open before it begins: it may have begun although nobody waited for the answer.
        let begun = Self {
            connection,
            is_open: true,
        };
        match &mut *begun.connection {
            Connection::Sqlite(connection) => {
                let statement = (!reads).then(|| SqlStr::from_static("BEGIN IMMEDIATE"));
                SqliteTransactionManager::begin(connection, statement).await?;
            }
            #[cfg(feature = "postgres")]
            Connection::Postgres(connection) => connection.begin(reads).await?,
        }
        Ok(begun)
    }

    /// Makes its work durable.
    pub(crate) async fn commit(mut self) -> Result<(), sqlx::Error> {
        match &mut *self.connection {
            Connection::Sqlite(connection) => SqliteTransactionManager::commit(connection).await?,
            #[cfg(feature = "postgres")]
            Connection::Postgres(connection) => connection.commit().await?,
        }
        self.is_open = false;
        Ok(())
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        if self.is_open {
            match &mut *self.connection {
                Connection::Sqlite(connection) => {
                    SqliteTransactionManager::start_rollback(connection);
                }
                #[cfg(feature = "postgres")]
                Connection::Postgres(connection) => connection.start_rollback(),
            }
        }
    }
}

impl Deref for Transaction<'_> {
    type Target = Connection;

    fn deref(&self) -> &Self::Target {
        self.connection
    }
}

impl DerefMut for Transaction<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        self.connection
    }
}
