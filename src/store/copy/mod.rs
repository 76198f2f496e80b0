//! Copies a whole state to another place: from a file to a database of PostgreSQL, and back. Each table is read
//! back and compared before the copy passes for a state.

mod error;
pub(super) mod tables;
mod target;

use std::path::{Path, PathBuf};

use serde::Serialize;

use self::tables::{Failed, NUMBERED, Table, last_number, number_from};
use self::target::Target;
use super::database::{Connection, query_scalar};
use super::open::{FILE, Store};
use crate::clock::{Clock, Millis};
use crate::config::PostgresState;

pub use error::CopyError;

/// Where a state is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatePlace {
    /// In a file of this folder.
    Folder(PathBuf),
    /// In a database.
    Database(PostgresState),
}

/// A table that was copied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CopiedTable {
    /// Its name.
    pub table: &'static str,
    /// How many rows it has.
    pub rows: u64,
    /// A digest of all that stands in it.
    pub digest: String,
}

impl StatePlace {
    /// In words for people; never with a password.
    pub fn in_words(&self) -> String {
        match self {
            Self::Folder(folder) => folder.display().to_string(),
            Self::Database(state) => state.place(),
        }
    }
}

/// Bytes of a file; none where there is none.
fn length(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |data| data.len())
}

/// Copies a whole state. Whoever asks holds the locks of the folders.
pub async fn copy_state(from: &StatePlace, to: &StatePlace) -> Result<Vec<CopiedTable>, CopyError> {
    if from == to {
        let place = from.in_words();
        return Err(CopyError::SamePlace { place });
    }
    let tables = Table::all().await?;
    let source = open_source(from).await?;
    let target = match Target::open(to, &tables).await {
        Ok(target) => target,
        Err(error) => {
            source.rest().await;
            return Err(error);
        }
    };
    let copied = copy_tables(&source, &target.store, &tables).await;
    source.rest().await;
    match copied {
        Ok(copied) => target.publish().await.map(|()| copied),
        Err(error) => {
            target.abandon().await;
            Err(error)
        }
    }
}

async fn open_source(from: &StatePlace) -> Result<Store, CopyError> {
    let none = || {
        let place = from.in_words();
        CopyError::NoState { place }
    };
    let store = match from {
        StatePlace::Folder(folder) => {
            let size = length(&folder.join(FILE));
            if size == 0 {
                return Err(none());
            }
            let store = Store::open_to_count(folder).await?;
            store.check_integrity(size).await?;
            store
        }
        StatePlace::Database(state) => {
            let store = Store::open_postgres_to_copy(state).await?;
            store.ok_or_else(none)?
        }
    };
    match store.knows_any_bot().await {
        Ok(true) => Ok(store),
        found => {
            store.rest().await;
            Err(found.err().map_or_else(none, CopyError::from))
        }
    }
}

/// Copies all tables in one transaction, which is undone unless everything is read back as it was written.
async fn copy_tables(
    source: &Store,
    target: &Store,
    tables: &[Table],
) -> Result<Vec<CopiedTable>, CopyError> {
    let read = |error| CopyError::from(source.error(error));
    let written = |error| CopyError::from(target.error(error));
    let (mut from, mut to) = (source.hold().await, target.hold().await);
    let mut from = from.begin_to_read().await.map_err(read)?;
    let mut to = to.begin_to_write().await.map_err(written)?;
    let later = now(&mut to).await.map_err(written)? - now(&mut from).await.map_err(read)?;
    let mut copied = Vec::new();
    for table in tables {
        let sum = table.copy(&mut from, &mut to, later).await;
        let sum = sum.map_err(|error| match error {
            Failed::Reading(error) => read(error),
            Failed::Writing(error) => written(error),
        })?;
        copied.push(CopiedTable {
            table: table.name,
            rows: sum.rows,
            digest: sum.digest(),
        });
    }
    for column in NUMBERED {
        let last = last_number(&mut from, column).await.map_err(read)?;
        let set = number_from(&mut to, column, last).await;
        set.map_err(written)?;
    }
    for (table, copied) in tables.iter().zip(&copied) {
        let sum = table.sum(&mut to).await.map_err(written)?;
        if (sum.rows, sum.digest()) != (copied.rows, copied.digest.clone()) {
            return Err(CopyError::Differs {
                place: target.place(),
                table: table.name,
                found: sum.rows,
                expected: copied.rows,
            });
        }
    }
    to.commit().await.map_err(written)?;
    Ok(copied)
}

/// The time by which the calls in a state are counted.
async fn now(connection: &mut Connection) -> Result<Millis, sqlx::Error> {
    if connection.is_postgres() {
        return query_scalar("SELECT lease_clock()")
            .fetch_one(connection)
            .await;
    }
    Ok(Clock::system().uptime())
}
