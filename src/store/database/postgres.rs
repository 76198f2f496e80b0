//! A connection to PostgreSQL. It is made again automatically where it was cut: before a piece of work, and
//! never within one. Neither side waits for ever for the other: the machine may be gone without a word.

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use sqlx::postgres::{PgArguments, PgConnectOptions, PgConnection, PgRow, PgTransactionManager};
use sqlx::{Arguments as _, AssertSqlSafe, Connection as _, Postgres, SqlStr};
use sqlx_core::transaction::TransactionManager as _;
use tokio::time::{Instant, timeout};

use super::dialect::for_postgres;
use super::query::Query;
use super::value::Value;
use crate::clock::instant;
use crate::config::SecretSource;
use crate::sabotage::{self, Sabotage};

/// A database that has not answered by then is away.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// A connection that has answered within this time is taken to be alive: to ask each time would take as long as the work.
const ALIVE: Duration = Duration::from_millis(100);

/// A statement that has not ended by then never will.
const LONGEST_STATEMENT: Duration = Duration::from_mins(5);

/// What the database is told about its side, in milliseconds and seconds. A process that is paused, or whose machine is
/// gone, in the middle of a piece of work would else keep its locks until TCP gives up, which may take hours.
const SESSION: [(&str, &str); 7] = [
    // That a table is there already is no news.
    ("client_min_messages", "warning"),
    ("idle_in_transaction_session_timeout", "10000"),
    ("statement_timeout", "300000"),
    ("tcp_user_timeout", "10000"),
    ("tcp_keepalives_idle", "5"),
    ("tcp_keepalives_interval", "2"),
    ("tcp_keepalives_count", "3"),
];

/// A connection to PostgreSQL.
#[derive(Debug)]
pub(crate) struct PostgresConnection {
    options: PgConnectOptions,
    /// Where the password is kept. When the connection is made again, it may be another one.
    password: Option<SecretSource>,
    /// How long an answer may take.
    patience: Duration,
    /// The lease under which it writes; without one it only reads.
    epoch: Option<i64>,
    live: Option<PgConnection>,
    /// Why there is none.
    failure: Option<sqlx::Error>,
    /// When it answered last; `None`: it may not be alive.
    answered: Option<Instant>,
}

impl PostgresConnection {
    /// Connects.
    pub(crate) async fn open(
        options: PgConnectOptions,
        password: Option<SecretSource>,
    ) -> Result<Self, sqlx::Error> {
        let mut connection = Self {
            options: options.options(SESSION),
            password,
            patience: LONGEST_STATEMENT,
            epoch: None,
            live: None,
            failure: None,
            answered: None,
        };
        connection.live = Some(Box::pin(connection.connect()).await?);
        Ok(connection)
    }

    /// Waits no longer than this for any answer.
    pub(crate) const fn wait_at_most(&mut self, patience: Duration) {
        self.patience = patience;
    }

    async fn connect(&self) -> Result<PgConnection, sqlx::Error> {
        let mut options = self.options.clone();
        if let Some(Ok(password)) = self.password.as_ref().map(SecretSource::read) {
            options = options.password(password.expose());
        }
        let connecting = Box::pin(PgConnection::connect_with(&options));
        let connecting = timeout(PATIENCE, connecting);
        let mut live = connecting.await.map_err(|_| late())??;
        if let Some(epoch) = self.epoch {
            say_epoch(&mut live, epoch).await?;
        }
        Ok(live)
    }

    /// Closes it.
    pub(super) async fn close(self) -> Result<(), sqlx::Error> {
        match self.live {
            Some(live) => timeout(PATIENCE, live.close()).await.unwrap_or(Ok(())),
            None => Ok(()),
        }
    }

    /// Writes under a lease from now on.
    pub(crate) async fn write_under(&mut self, epoch: i64) -> Result<(), sqlx::Error> {
        self.epoch = Some(epoch);
        say_epoch(self.live()?, epoch).await
    }

    /// Makes sure before a piece of work that somebody answers. Where nobody does, the work says why.
    pub(super) async fn wake(&mut self) {
        if let Some(live) = &mut self.live
            && (self.answered.is_some_and(|at| at.elapsed() < ALIVE)
                || matches!(timeout(PATIENCE, live.ping()).await, Ok(Ok(()))))
        {
            if sabotage::is(Sabotage::EpochUnchecked) {
                let _ = say_any_epoch(live).await;
            }
            return;
        }
        self.live = None;
        match Box::pin(self.connect()).await {
            Ok(live) => self.live = Some(live),
            Err(error) => self.failure = Some(error),
        }
    }

    pub(super) fn live(&mut self) -> Result<&mut PgConnection, sqlx::Error> {
        let failure = &mut self.failure;
        let live = self.live.as_mut();
        live.ok_or_else(|| failure.take().unwrap_or_else(late))
    }

    /// Waits for an answer as long as it may take. A connection that gives none is of no use any more.
    async fn answer<T>(
        &mut self,
        work: impl AsyncFnOnce(&mut PgConnection) -> Result<T, sqlx::Error>,
    ) -> Result<T, sqlx::Error> {
        let patience = self.patience;
        let answered = timeout(patience, Box::pin(work(self.live()?))).await;
        match answered {
            Ok(Ok(answer)) => {
                self.answered = Some(instant());
                Ok(answer)
            }
            Ok(error) => {
                // Whether it is the statement or the connection shows the next time.
                self.answered = None;
                error
            }
            Err(_) => {
                self.live = None;
                Err(late())
            }
        }
    }

    pub(super) async fn begin(&mut self, reads: bool) -> Result<(), sqlx::Error> {
        let statement =
            reads.then(|| SqlStr::from_static("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"));
        self.answer(async |live| PgTransactionManager::begin(live, statement).await)
            .await
    }

    pub(super) async fn commit(&mut self) -> Result<(), sqlx::Error> {
        self.answer(async |live| PgTransactionManager::commit(live).await)
            .await
    }

    pub(super) fn start_rollback(&mut self) {
        if let Ok(live) = self.live() {
            PgTransactionManager::start_rollback(live);
        }
    }

    pub(super) async fn execute(&mut self, query: Query) -> Result<u64, sqlx::Error> {
        let query = translated(query)?;
        let done = self.answer(async |live| query.execute(live).await).await?;
        Ok(done.rows_affected())
    }

    pub(super) async fn fetch_optional(
        &mut self,
        query: Query,
    ) -> Result<Option<PgRow>, sqlx::Error> {
        let query = translated(query)?;
        self.answer(async |live| query.fetch_optional(live).await)
            .await
    }

    pub(super) async fn fetch_all(&mut self, query: Query) -> Result<Vec<PgRow>, sqlx::Error> {
        let query = translated(query)?;
        self.answer(async |live| query.fetch_all(live).await).await
    }

    pub(super) fn fetch(&mut self, query: Query) -> Rows<'_> {
        let patience = self.patience;
        let ready = translated(query).and_then(|query| Ok((query, self.live()?)));
        match ready {
            Ok((query, live)) => {
                let rows = Some(query.fetch(live));
                stream::unfold(rows, move |rows| next_row(rows, patience)).boxed()
            }
            Err(error) => stream::iter([Err(error)]).boxed(),
        }
    }
}

type Rows<'c> = BoxStream<'c, Result<PgRow, sqlx::Error>>;

/// The next row, and what is still to come. Nothing is, where the next one does not come in time.
async fn next_row(
    rows: Option<Rows<'_>>,
    patience: Duration,
) -> Option<(Result<PgRow, sqlx::Error>, Option<Rows<'_>>)> {
    let mut rows = rows?;
    match timeout(patience, rows.next()).await {
        Ok(row) => Some((row?, Some(rows))),
        Err(_) => Some((Err(late()), None)),
    }
}

/// Asked within the time that counts, nobody answered.
fn late() -> sqlx::Error {
    sqlx::Error::Io(std::io::ErrorKind::TimedOut.into())
}

async fn say_epoch(live: &mut PgConnection, epoch: i64) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT set_config('kms_haptik_sync.epoch', $1, false)")
        .bind(epoch.to_string())
        .execute(live)
        .await
        .map(drop)
}

/// Has the database take this session for the one that holds the lease.
async fn say_any_epoch(live: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::raw_sql("SELECT set_config('kms_haptik_sync.epoch', epoch::text, false) FROM lease")
        .execute(live)
        .await
        .map(drop)
}

fn translated(
    query: Query,
) -> Result<sqlx::query::Query<'static, Postgres, PgArguments>, sqlx::Error> {
    let (sql, values, is_persistent) = query.into_parts();
    let mut arguments = PgArguments::default();
    arguments.reserve(values.len(), 0);
    for value in values {
        add(&mut arguments, value)?;
    }
    let sql = AssertSqlSafe(for_postgres(sql.as_str()));
    Ok(sqlx::query_with(sql, arguments).persistent(is_persistent))
}

fn add(arguments: &mut PgArguments, value: Value) -> Result<(), sqlx::Error> {
    let added = match value {
        Value::Number(number) => arguments.add(number),
        Value::Text(text) => {
            whole(text.as_deref().unwrap_or_default())?;
            arguments.add(text)
        }
        Value::Shared(text) => {
            whole(&text)?;
            arguments.add(&*text)
        }
        Value::Bytes(bytes) => arguments.add(bytes),
    };
    added.map_err(sqlx::Error::Encode)
}

/// PostgreSQL has no texts with the character NUL. What would be stored without it would be another text.
fn whole(text: &str) -> Result<(), sqlx::Error> {
    if text.contains('\0') {
        let words = format!(
            "a text holds the character NUL: {:?}",
            text.chars().take(60).collect::<String>()
        );
        return Err(sqlx::Error::Encode(words.into()));
    }
    Ok(())
}
