//! A connection to a database of SQLite, and whether it waits for the disk at each commit.

use std::ops::{Deref, DerefMut};

use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

/// When what is committed outlasts a power failure. The end of the process alone loses nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Durability {
    /// Before the commit is over.
    Now,
    /// With the next commit that waits for the disk: what is written before it in the journal is on the disk
    /// then, too. Until then a power failure takes the last ones of these back, in order.
    WithNext,
}

/// A connection to a file, or to memory.
#[derive(Debug)]
pub(crate) struct Sqlite {
    connection: SqliteConnection,
    /// `None`: it was being changed, and nobody saw it through.
    durability: Option<Durability>,
}

impl Sqlite {
    /// Opens it; `options` say that each commit waits for the disk.
    pub(super) async fn connect(options: &SqliteConnectOptions) -> Result<Self, sqlx::Error> {
        Ok(Self {
            connection: SqliteConnection::connect_with(options).await?,
            durability: Some(Durability::Now),
        })
    }

    /// Closes it, and waits until it is closed.
    pub(super) async fn close(self) -> Result<(), sqlx::Error> {
        self.connection.close().await
    }

    /// How it commits from now on.
    pub(super) async fn commit_with(&mut self, durability: Durability) -> Result<(), sqlx::Error> {
        if self.durability == Some(durability) {
            return Ok(());
        }
        self.durability = None;
        let statement = match durability {
            Durability::Now => "PRAGMA synchronous = FULL",
            Durability::WithNext => "PRAGMA synchronous = NORMAL",
        };
        sqlx::query(statement).execute(&mut self.connection).await?;
        self.durability = Some(durability);
        Ok(())
    }
}

impl Deref for Sqlite {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.connection
    }
}

impl DerefMut for Sqlite {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Waker};

    use super::*;

    async fn level(connection: &mut Sqlite) -> i64 {
        sqlx::query_scalar("PRAGMA synchronous")
            .fetch_one(&mut **connection)
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn a_commit_waits_for_the_disk_unless_the_next_one_does() {
        let options = SqliteConnectOptions::new().in_memory(true);
        let mut connection = Sqlite::connect(&options).await.unwrap();
        for (durability, expected) in [
            (Durability::Now, 2),
            (Durability::WithNext, 1),
            (Durability::WithNext, 1),
            (Durability::Now, 2),
        ] {
            connection.commit_with(durability).await.unwrap();
            assert_eq!(level(&mut connection).await, expected, "{durability:?}");
        }
        // One who was left while changing it may have changed it.
        let mut context = Context::from_waker(Waker::noop());
        let mut left = Box::pin(connection.commit_with(Durability::WithNext));
        let _ = left.as_mut().poll(&mut context);
        drop(left);
        connection.commit_with(Durability::Now).await.unwrap();
        assert_eq!(level(&mut connection).await, 2);
    }
}
