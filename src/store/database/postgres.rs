//! A connection to PostgreSQL. It is made again automatically where it was cut: before a piece of work, and
//! never within one.

use std::time::Duration;

use futures_util::stream::BoxStream;
use futures_util::{StreamExt as _, TryStreamExt as _};
use sqlx::postgres::{PgArguments, PgConnectOptions, PgConnection, PgRow, PgTransactionManager};
use sqlx::{Arguments as _, AssertSqlSafe, Connection as _, Postgres, SqlStr};
use sqlx_core::transaction::TransactionManager as _;
use tokio::time::timeout;

use super::dialect::for_postgres;
use super::query::Query;
use super::value::Value;
use crate::sabotage::{self, Sabotage};

/// A database that has not answered by then is away.
const PATIENCE: Duration = Duration::from_secs(10);

/// A connection to PostgreSQL.
#[derive(Debug)]
pub(crate) struct PostgresConnection {
    options: PgConnectOptions,
    /// The lease under which it writes; without one it only reads.
    epoch: Option<i64>,
    live: Option<PgConnection>,
    /// Why there is none.
    failure: Option<sqlx::Error>,
}

impl PostgresConnection {
    /// Connects.
    pub(crate) async fn open(options: PgConnectOptions) -> Result<Self, sqlx::Error> {
        let mut connection = Self {
            options,
            epoch: None,
            live: None,
            failure: None,
        };
        connection.live = Some(connection.connect().await?);
        Ok(connection)
    }

    async fn connect(&self) -> Result<PgConnection, sqlx::Error> {
        let connecting = timeout(PATIENCE, PgConnection::connect_with(&self.options));
        let mut live = connecting.await.map_err(|_| late())??;
        if let Some(epoch) = self.epoch {
            say_epoch(&mut live, epoch).await?;
        }
        Ok(live)
    }

    /// Closes it.
    pub(super) async fn close(self) -> Result<(), sqlx::Error> {
        match self.live {
            Some(live) => live.close().await,
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
            && matches!(timeout(PATIENCE, live.ping()).await, Ok(Ok(())))
        {
            if sabotage::is(Sabotage::EpochUnchecked) {
                let _ = say_any_epoch(live).await;
            }
            return;
        }
        self.live = None;
        match self.connect().await {
            Ok(live) => self.live = Some(live),
            Err(error) => self.failure = Some(error),
        }
    }

    pub(super) fn live(&mut self) -> Result<&mut PgConnection, sqlx::Error> {
        let failure = &mut self.failure;
        let live = self.live.as_mut();
        live.ok_or_else(|| failure.take().unwrap_or_else(late))
    }

    pub(super) async fn begin(&mut self, reads: bool) -> Result<(), sqlx::Error> {
        let statement =
            reads.then(|| SqlStr::from_static("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"));
        PgTransactionManager::begin(self.live()?, statement).await
    }

    pub(super) async fn commit(&mut self) -> Result<(), sqlx::Error> {
        PgTransactionManager::commit(self.live()?).await
    }

    pub(super) fn start_rollback(&mut self) {
        if let Ok(live) = self.live() {
            PgTransactionManager::start_rollback(live);
        }
    }

    pub(super) async fn execute(&mut self, query: Query) -> Result<u64, sqlx::Error> {
        let done = translated(query)?.execute(self.live()?).await?;
        Ok(done.rows_affected())
    }

    pub(super) async fn fetch_optional(
        &mut self,
        query: Query,
    ) -> Result<Option<PgRow>, sqlx::Error> {
        translated(query)?.fetch_optional(self.live()?).await
    }

    pub(super) async fn fetch_all(&mut self, query: Query) -> Result<Vec<PgRow>, sqlx::Error> {
        translated(query)?.fetch_all(self.live()?).await
    }

    pub(super) fn fetch(&mut self, query: Query) -> BoxStream<'_, Result<PgRow, sqlx::Error>> {
        let ready = translated(query).and_then(|query| Ok((query, self.live()?)));
        match ready {
            Ok((query, live)) => query.fetch(live).into_stream().boxed(),
            Err(error) => futures_util::stream::iter([Err(error)]).boxed(),
        }
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
