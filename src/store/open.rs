//! Opening the state file: pragmas, migrations, and clear words where it cannot be used.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Arc, PoisonError};

use futures_util::future::BoxFuture;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, SqlSafeStr as _};
use tokio::sync::{Mutex, MutexGuard};

use super::bots::BotId;
use super::checks::check_first_start;
use super::database::{Connection, Durability, query, transaction};
use super::error::{StoreError, describe};
use super::private;
use super::steps::SnapshotVersion;
use super::upload::{Precedence, ReadyUpload, RowTurns};
use crate::clock::TimePoint;
use crate::spool::SpillConfig;

/// The name of the state file in the state folder.
pub(super) const FILE: &str = "state.db";

/// The folder beside it with the caches of what was read.
pub(super) const CACHE: &str = "seen";

/// The folder beside it with what feeds have sent.
pub const FEEDS: &str = "feeds";

/// The migrations, in order. Append only: a released one is never edited.
const MIGRATIONS: [(i64, &str, &str); 4] = [
    (1, "first", include_str!("../../migrations/0001_first.sql")),
    (
        2,
        "receivers",
        include_str!("../../migrations/0002_receivers.sql"),
    ),
    (
        3,
        "authors",
        include_str!("../../migrations/0003_authors.sql"),
    ),
    (
        4,
        "canary",
        include_str!("../../migrations/0004_canary.sql"),
    ),
];

pub(super) fn known_version() -> i64 {
    MIGRATIONS.last().map_or(0, |(version, ..)| *version)
}

/// Those of PostgreSQL begin where the first release with it stands.
#[cfg(feature = "postgres")]
pub(super) const MIGRATIONS_OF_POSTGRES: [(i64, &str, &str); 1] = [(
    4,
    "first",
    include_str!("../../migrations/postgres/0004_first.sql"),
)];

pub(super) fn migrator_of(migrations: &[(i64, &'static str, &'static str)]) -> Migrator {
    let migration = |(version, description, sql): &(i64, &'static str, &'static str)| {
        let sql = (*sql).into_sql_str();
        let kind = MigrationType::Simple;
        Migration::new(*version, (*description).into(), kind, sql, false)
    };
    Migrator::with_migrations(migrations.iter().map(migration).collect())
}

pub(super) fn migrator() -> Migrator {
    migrator_of(&MIGRATIONS)
}

/// How a file is opened to be written, and made where there is none.
pub(super) fn options_to_write(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        // In bytes, for a file that is new. With half of that, as SQLite has it, writing a first sync down
        // takes twice as many calls of the system.
        .page_size(8192)
        // In KiB. With the 2 MiB that SQLite takes by default, a large upload reads its own pages
        // back again and again.
        .pragma("cache_size", "-16384")
}

/// The open state. Cheap to clone; everyone shares one connection.
#[derive(Clone, Debug)]
pub struct Store {
    pub(super) connection: Arc<Mutex<Connection>>,
    pub(super) path: Arc<PathBuf>,
    /// The database that it is in, where that is no file.
    pub(super) place: Option<Arc<str>>,
    #[cfg(feature = "postgres")]
    pub(super) lease: Option<Arc<super::postgres::Lease>>,
    pub(super) room: SpillConfig,
    pub(super) supervisor: Option<Arc<dyn Supervisor>>,
    pub(super) counts: Arc<std::sync::Mutex<Counts>>,
    pub(super) ready: Arc<std::sync::Mutex<ReadyUpload>>,
    pub(super) names: Arc<std::sync::Mutex<StateNames>>,
    pub(super) row_turns: Arc<RowTurns>,
    /// The time by which old content ages, as it was last kept.
    pub(super) aged: Arc<std::sync::Mutex<Option<TimePoint>>>,
}

/// What bots are called, as far as somebody has asked, so that a message can name them.
type StateNames = HashMap<BotId, String>;

/// How many steps of each bot were live, and as of when.
type Counts = HashMap<BotId, (SnapshotVersion, u64)>;

/// Told of each piece of work on the state, so that a simulation can let a process die between
/// any two of them, and can keep its virtual clock still meanwhile.
pub trait Supervisor: std::fmt::Debug + Send + Sync {
    /// A piece of work is asked for.
    fn begins(&self);
    /// The connection is free for it. It waits as long as the future does.
    fn admits(&self) -> BoxFuture<'_, ()>;
    /// The piece of work is over, or was dropped.
    fn ends(&self);
}

/// The connection for one piece of work.
pub(super) struct HeldLock<'a> {
    connection: MutexGuard<'a, Connection>,
    _supervised: Option<Supervised>,
}

struct Supervised(Arc<dyn Supervisor>);

impl Drop for Supervised {
    fn drop(&mut self) {
        self.0.ends();
    }
}

impl std::ops::Deref for HeldLock<'_> {
    type Target = Connection;

    fn deref(&self) -> &Self::Target {
        &self.connection
    }
}

impl std::ops::DerefMut for HeldLock<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.connection
    }
}

impl Store {
    /// Opens the state for writing, creates it where there is none, and brings it up to date.
    pub async fn open(state_dir: &Path) -> Result<Self, StoreError> {
        make_folder(state_dir)?;
        let path = state_dir.join(FILE);
        let options = options_to_write(&path);
        let size = std::fs::metadata(&path).map_or(0, |data| data.len());
        if size == 0 {
            check_first_start(&path)?;
        }
        // SQLite gives what it writes beside the file the permissions of the file. Where it cannot be
        // opened, SQLite says why.
        let _ = private::open_file(&path);
        let store = Self::connect(options, path).await?;
        if size > 0 {
            store.check_integrity(size).await?;
            store.back_up_before_migration_to(known_version()).await?;
        }
        let migrated = store.hold().await.migrate(&migrator()).await;
        migrated.map_err(|error| store.migrate_error(error))?;
        store.check_content(size).await?;
        store.check_not_emptied().await?;
        Ok(store)
    }

    /// The state file.
    pub(super) fn path_of_file(&self) -> &Path {
        &self.path
    }

    /// Keeps the file as it was before a migration rewrites it.
    pub(super) async fn back_up_before_migration_to(&self, version: i64) -> Result<(), StoreError> {
        let applied = self.applied_version().await?;
        if applied >= version || applied == 0 {
            return Ok(());
        }
        let backup = self
            .path
            .with_file_name(format!("state.before-migration-{}.db", applied + 1));
        if backup.exists() {
            return Ok(());
        }
        query("VACUUM INTO ?1")
            .bind(backup.to_string_lossy().into_owned())
            .execute(&mut *self.hold().await)
            .await
            .map_err(|error| self.error(error))?;
        private::open_file(&backup).map_err(|cause| StoreError::Access {
            path: backup.clone(),
            cause: cause.to_string(),
        })?;
        tracing::info!(
            "the state is brought up to date; as it was, it is kept in {}",
            backup.display()
        );
        Ok(())
    }

    /// Opens the state for reading. Where there is none yet, an empty one in memory.
    pub async fn open_to_read(state_dir: &Path) -> Result<Self, StoreError> {
        let path = state_dir.join(FILE);
        if state_dir.is_file() {
            return Err(StoreError::Access {
                path,
                cause: "the state folder is a file".to_owned(),
            });
        }
        if std::fs::metadata(&path).map_or(0, |data| data.len()) == 0 {
            check_first_start(&path)?;
        }
        if !path.exists() {
            return Self::nothing_yet(state_dir).await;
        }
        let store = Self::open_to_count(state_dir).await?;
        let read_only = query("PRAGMA query_only = ON")
            .execute(&mut *store.hold().await)
            .await;
        read_only.map_err(|error| store.error(error))?;
        Ok(store)
    }

    /// An empty state, in memory.
    pub(super) async fn nothing_yet(state_dir: &Path) -> Result<Self, StoreError> {
        let path = state_dir.join(FILE);
        let options = SqliteConnectOptions::from_str("sqlite::memory:")
            .map_err(|error| describe(&path, &error))?;
        let store = Self::connect(options, path).await?;
        let migrated = store.hold().await.migrate(&migrator()).await;
        migrated.map_err(|error| store.migrate_error(error))?;
        Ok(store)
    }

    /// Opens a state that is there, to count a call in it. One of an older version stays as it is.
    pub async fn open_to_count(state_dir: &Path) -> Result<Self, StoreError> {
        let path = state_dir.join(FILE);
        let options = SqliteConnectOptions::new().filename(&path);
        let store = Self::connect(options, path).await?;
        store.check_version().await?;
        Ok(store)
    }

    pub(super) async fn connect(
        options: SqliteConnectOptions,
        path: PathBuf,
    ) -> Result<Self, StoreError> {
        let options = options
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            // In pages. Between uploads the journal grows to 16 MiB, so that a page that each of them
            // changes goes into the file once for many.
            .pragma("wal_autocheckpoint", "2048")
            .busy_timeout(std::time::Duration::from_secs(10))
            .row_buffer_size(1000)
            .disable_statement_logging();
        let connection = Connection::sqlite(&options)
            .await
            .map_err(|error| describe(&path, &error))?;
        Ok(Self::of_connection(connection, path))
    }

    pub(super) fn of_connection(connection: Connection, path: PathBuf) -> Self {
        Self {
            connection: Arc::new(Mutex::new(connection)),
            place: None,
            #[cfg(feature = "postgres")]
            lease: None,
            supervisor: None,
            room: SpillConfig::within(path.parent().unwrap_or(Path::new("."))),
            path: Arc::new(path),
            counts: Arc::default(),
            ready: Arc::default(),
            names: Arc::default(),
            row_turns: Arc::default(),
            aged: Arc::default(),
        }
    }

    /// Gives back the memory that a large pass has filled.
    pub async fn trim_memory(&self) {
        let mut held = self.hold().await;
        if held.is_postgres() {
            return;
        }
        let done = query("PRAGMA shrink_memory").execute(&mut held).await;
        if let Err(error) = done {
            tracing::debug!("the store keeps its memory: {error}");
        }
    }

    /// The database that the state is in, in words.
    pub(super) fn place(&self) -> String {
        let file = || self.path.display().to_string();
        self.place.as_deref().map_or_else(file, str::to_owned)
    }

    /// The folder that the state is in.
    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("."))
    }

    /// Where spools may put what does not stay in memory.
    pub fn room(&self) -> &SpillConfig {
        &self.room
    }

    /// The same state, with room elsewhere.
    #[cfg(test)]
    pub(crate) fn with_room(mut self, room: SpillConfig) -> Self {
        self.room = room;
        self
    }

    /// The same state, with someone to be told of each piece of work on it.
    #[must_use]
    pub fn supervised(mut self, supervisor: Arc<dyn Supervisor>) -> Self {
        self.supervisor = Some(supervisor);
        self
    }

    /// What was counted.
    pub(super) fn counts(&self) -> std::sync::MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What bots are called.
    pub(super) fn names(&self) -> std::sync::MutexGuard<'_, StateNames> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The CSVs that wait for their first POST.
    pub(super) fn ready(&self) -> std::sync::MutexGuard<'_, ReadyUpload> {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Until this is dropped, the rows of uploads that are written down wait for whatever else is asked.
    pub fn go_first(&self) -> Precedence {
        self.row_turns.go_first()
    }

    /// Until this is dropped, who goes first waits for something else than the state.
    pub fn give_way(&self) -> Precedence {
        self.row_turns.give_way()
    }

    /// The connection.
    pub(super) async fn hold(&self) -> HeldLock<'_> {
        self.hold_to_commit(Durability::Now).await
    }

    /// The connection, for what need not be durable before something else is.
    pub(super) async fn hold_to_commit(&self, durability: Durability) -> HeldLock<'_> {
        let supervised = self.supervisor.clone().map(|supervisor| {
            supervisor.begins();
            Supervised(supervisor)
        });
        let mut connection = self.connection.lock().await;
        if let Some(Supervised(supervisor)) = &supervised {
            supervisor.admits().await;
        }
        #[cfg(feature = "postgres")]
        connection.wake().await;
        if let Err(error) = connection.commit_with(durability).await {
            // What is asked of the connection now fails as well, and says why.
            tracing::debug!("the store cannot be told how to commit: {error}");
        }
        HeldLock {
            connection,
            _supervised: supervised,
        }
    }

    /// Does a piece of work on the connection whole, or not at all where it fails.
    pub(super) async fn transaction<T>(
        &self,
        work: impl AsyncFnOnce(&mut Connection) -> Result<T, sqlx::Error>,
    ) -> Result<T, StoreError> {
        let done = transaction(&mut *self.hold().await, work).await;
        done.map_err(|error| self.error(error))
    }

    /// Says what a database error means.
    #[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
    pub(super) fn error(&self, error: sqlx::Error) -> StoreError {
        self.as_damage(&error).unwrap_or_else(|| match &self.place {
            Some(place) => super::postgres::describe(place, &error).into(),
            None => describe(&self.path, &error),
        })
    }

    pub(super) fn migrate_error(&self, error: MigrateError) -> StoreError {
        match error {
            MigrateError::VersionMissing(version) => self.newer(version),
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
                self.error(error)
            }
            other => StoreError::Other {
                path: self.path.to_path_buf(),
                cause: format!(
                    "{other}; it was written before the first release. With the program that wrote it, run `kms-haptik-sync export BOT --as live > steps.csv` for each bot; then move the file away, and with it the folder `seen` beside it, and run `kms-haptik-sync import steps.csv --as live` with this one: what is live is known again. Without that, everything is uploaded afresh"
                ),
            },
        }
    }

    /// Writes the journal into the file, so that the file alone is a whole copy of the state. For
    /// the end of a process; nothing is lost without it.
    pub async fn rest(&self) {
        #[cfg(feature = "postgres")]
        self.give_lease_back().await;
        self.write_journal_back().await;
    }

    /// Writes the journal into the file, where there is one.
    pub(super) async fn write_journal_back(&self) {
        let mut held = self.hold().await;
        if held.is_postgres() {
            return;
        }
        let done = query("PRAGMA wal_checkpoint(TRUNCATE)")
            .execute(&mut held)
            .await;
        if let Err(error) = done {
            tracing::debug!("the journal stays beside the state: {error}");
        }
    }
}

pub(super) fn make_folder(state_dir: &Path) -> Result<(), StoreError> {
    private::make_folder(state_dir).map_err(|cause| StoreError::Folder {
        path: state_dir.to_owned(),
        cause,
    })
}
