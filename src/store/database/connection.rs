//! A connection to the database, and transactions on it.

use std::ops::{Deref, DerefMut};

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteTransactionManager};
use sqlx::{Connection as _, SqlStr};
use sqlx_core::transaction::TransactionManager as _;

/// A connection to the database that holds the state.
#[derive(Debug)]
pub(crate) enum Connection {
    /// To a file, or to memory.
    Sqlite(SqliteConnection),
}

impl Connection {
    /// Opens a file of SQLite.
    pub(crate) async fn sqlite(options: &SqliteConnectOptions) -> Result<Self, sqlx::Error> {
        let connection = SqliteConnection::connect_with(options).await?;
        Ok(Self::Sqlite(connection))
    }

    /// Brings the tables up to date.
    pub(crate) async fn migrate(&mut self, migrator: &Migrator) -> Result<(), MigrateError> {
        let Self::Sqlite(connection) = self;
        migrator.run(connection).await
    }

    /// Runs statements without values, one after the other.
    #[cfg(test)]
    pub(crate) async fn run(&mut self, sql: &'static str) -> Result<(), sqlx::Error> {
        let Self::Sqlite(connection) = self;
        sqlx::raw_sql(sql).execute(connection).await.map(drop)
    }

    /// Begins to read: what others write meanwhile is not seen.
    pub(crate) async fn begin_to_read(&mut self) -> Result<Transaction<'_>, sqlx::Error> {
        Transaction::begin(self, None).await
    }

    /// Begins to write: nobody else writes meanwhile.
    pub(crate) async fn begin_to_write(&mut self) -> Result<Transaction<'_>, sqlx::Error> {
        Transaction::begin(self, Some(SqlStr::from_static("BEGIN IMMEDIATE"))).await
    }
}

/// A piece of work that is done whole or not at all: dropped before it is committed, it has never been.
#[derive(Debug)]
pub(crate) struct Transaction<'c> {
    connection: &'c mut Connection,
    is_open: bool,
}

impl<'c> Transaction<'c> {
    async fn begin(
        connection: &'c mut Connection,
        statement: Option<SqlStr>,
    ) -> Result<Self, sqlx::Error> {
        // Open before it begins: it may have begun although nobody waited for the answer.
        let begun = Self {
            connection,
            is_open: true,
        };
        let Connection::Sqlite(connection) = &mut *begun.connection;
        SqliteTransactionManager::begin(connection, statement).await?;
        Ok(begun)
    }

    /// Makes its work durable.
    pub(crate) async fn commit(mut self) -> Result<(), sqlx::Error> {
        let Connection::Sqlite(connection) = &mut *self.connection;
        SqliteTransactionManager::commit(connection).await?;
        self.is_open = false;
        Ok(())
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        if self.is_open {
            let Connection::Sqlite(connection) = &mut *self.connection;
            SqliteTransactionManager::start_rollback(connection);
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
