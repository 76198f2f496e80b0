//! A statement with its values, and the ways to carry it out.

use std::marker::PhantomData;

use futures_util::stream::BoxStream;
use futures_util::{StreamExt as _, TryStreamExt as _};
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments as _, AssertSqlSafe, SqlSafeStr, SqlStr};

use super::connection::Connection;
use super::row::{FromRow, Row};
use super::value::Value;

/// At the end of a statement that is a transaction of its own: nobody waits for the disk for it.
pub(crate) const COMMITTED_WITH_NEXT: &str = "AND 'with next' <> ''";

/// A statement and its values. `?1` is the first of them.
#[derive(Debug)]
#[must_use]
pub(crate) struct Query {
    sql: SqlStr,
    values: Vec<Value>,
    is_persistent: bool,
}

/// What a statement did that gives no rows back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Done {
    rows: u64,
}

impl Done {
    /// Rows that it wrote or deleted.
    pub(crate) const fn rows_affected(self) -> u64 {
        self.rows
    }
}

/// A statement that gives rows back.
pub(crate) fn query(sql: impl SqlSafeStr) -> Query {
    Query {
        sql: sql.into_sql_str(),
        values: Vec::new(),
        is_persistent: true,
    }
}

/// A statement that gives rows of several values back.
pub(crate) fn query_as<T: FromRow>(sql: impl SqlSafeStr) -> Values<T> {
    Values {
        query: query(sql),
        kind: PhantomData,
    }
}

/// A statement that gives rows of one value back.
pub(crate) fn query_scalar<T>(sql: impl SqlSafeStr) -> Scalars<T>
where
    (T,): FromRow,
{
    Scalars(query_as(sql))
}

impl Query {
    /// Gives it its next value.
    pub(crate) fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Whether what it was translated to is kept for the next time; else it is, too.
    pub(crate) fn persistent(mut self, is_persistent: bool) -> Self {
        self.is_persistent = is_persistent;
        self
    }

    /// Its text, its values, and whether it is kept translated.
    #[cfg(feature = "postgres")]
    pub(super) fn into_parts(self) -> (SqlStr, Vec<Value>, bool) {
        (self.sql, self.values, self.is_persistent)
    }

    fn for_sqlite(
        self,
    ) -> Result<sqlx::query::Query<'static, sqlx::Sqlite, SqliteArguments>, sqlx::Error> {
        let mut arguments = SqliteArguments::default();
        arguments.reserve(self.values.len(), 0);
        for value in self.values {
            let added = value.add_to_sqlite(&mut arguments);
            added.map_err(sqlx::Error::Encode)?;
        }
        Ok(sqlx::query_with(self.sql, arguments).persistent(self.is_persistent))
    }

    /// Carries it out.
    pub(crate) async fn execute(self, connection: &mut Connection) -> Result<Done, sqlx::Error> {
        let rows = match connection {
            Connection::Sqlite(connection) => {
                let done = self.for_sqlite()?.execute(&mut **connection).await?;
                done.rows_affected()
            }
            #[cfg(feature = "postgres")]
            Connection::Postgres(connection) => connection.execute(self).await?,
        };
        Ok(Done { rows })
    }

    /// Carries it out, and another one after it whose values have no numbers either. SQLite's thread takes both
    /// at once, and waits for nobody in between.
    pub(crate) async fn execute_both(
        mut self,
        other: Self,
        connection: &mut Connection,
    ) -> Result<(), sqlx::Error> {
        if connection.is_postgres() {
            self.execute(&mut *connection).await?;
            return other.execute(connection).await.map(drop);
        }
        let both = format!("{};{}", self.sql.as_str(), other.sql.as_str());
        self.sql = AssertSqlSafe(both).into_sql_str();
        self.values.extend(other.values);
        self.execute(connection).await.map(drop)
    }

    /// Its only row.
    pub(crate) async fn fetch_one(self, connection: &mut Connection) -> Result<Row, sqlx::Error> {
        let row = self.fetch_optional(connection).await?;
        row.ok_or(sqlx::Error::RowNotFound)
    }

    /// Its first row, if it has any.
    pub(crate) async fn fetch_optional(
        self,
        connection: &mut Connection,
    ) -> Result<Option<Row>, sqlx::Error> {
        Ok(match connection {
            Connection::Sqlite(connection) => {
                let row = self.for_sqlite()?.fetch_optional(&mut **connection).await?;
                row.map(Row::Sqlite)
            }
            #[cfg(feature = "postgres")]
            Connection::Postgres(connection) => {
                connection.fetch_optional(self).await?.map(Row::Postgres)
            }
        })
    }

    /// All of its rows.
    pub(crate) async fn fetch_all(
        self,
        connection: &mut Connection,
    ) -> Result<Vec<Row>, sqlx::Error> {
        Ok(match connection {
            Connection::Sqlite(connection) => {
                let rows = self.for_sqlite()?.fetch_all(&mut **connection).await?;
                rows.into_iter().map(Row::Sqlite).collect()
            }
            #[cfg(feature = "postgres")]
            Connection::Postgres(connection) => {
                let rows = connection.fetch_all(self).await?;
                rows.into_iter().map(Row::Postgres).collect()
            }
        })
    }

    /// Its rows, one after the other.
    pub(crate) fn fetch(
        self,
        connection: &mut Connection,
    ) -> BoxStream<'_, Result<Row, sqlx::Error>> {
        match connection {
            Connection::Sqlite(connection) => match self.for_sqlite() {
                Ok(query) => query.fetch(&mut **connection).map_ok(Row::Sqlite).boxed(),
                Err(error) => futures_util::stream::iter([Err(error)]).boxed(),
            },
            #[cfg(feature = "postgres")]
            Connection::Postgres(connection) => {
                connection.fetch(self).map_ok(Row::Postgres).boxed()
            }
        }
    }
}

/// A statement that gives rows of several values back.
#[must_use]
pub(crate) struct Values<T> {
    query: Query,
    kind: PhantomData<fn() -> T>,
}

impl<T: FromRow> Values<T> {
    /// Gives it its next value.
    pub(crate) fn bind(mut self, value: impl Into<Value>) -> Self {
        self.query = self.query.bind(value);
        self
    }

    /// Its only row.
    pub(crate) async fn fetch_one(self, connection: &mut Connection) -> Result<T, sqlx::Error> {
        T::from_row(&self.query.fetch_one(connection).await?)
    }

    /// Its first row, if it has any.
    pub(crate) async fn fetch_optional(
        self,
        connection: &mut Connection,
    ) -> Result<Option<T>, sqlx::Error> {
        let row = self.query.fetch_optional(connection).await?;
        row.as_ref().map(T::from_row).transpose()
    }

    /// All of its rows.
    pub(crate) async fn fetch_all(
        self,
        connection: &mut Connection,
    ) -> Result<Vec<T>, sqlx::Error> {
        let rows = self.query.fetch_all(connection).await?;
        rows.iter().map(T::from_row).collect()
    }

    /// Its rows, one after the other.
    pub(crate) fn fetch(self, connection: &mut Connection) -> BoxStream<'_, Result<T, sqlx::Error>>
    where
        T: Send + 'static,
    {
        let rows = self.query.fetch(connection);
        rows.map(|row| T::from_row(&row?)).boxed()
    }
}

/// A statement that gives rows of one value back.
#[must_use]
pub(crate) struct Scalars<T>(Values<(T,)>)
where
    (T,): FromRow;

impl<T> Scalars<T>
where
    (T,): FromRow,
{
    /// Gives it its next value.
    pub(crate) fn bind(self, value: impl Into<Value>) -> Self {
        Self(self.0.bind(value))
    }

    /// Its only value.
    pub(crate) async fn fetch_one(self, connection: &mut Connection) -> Result<T, sqlx::Error> {
        Ok(self.0.fetch_one(connection).await?.0)
    }

    /// The first value, if there is any.
    pub(crate) async fn fetch_optional(
        self,
        connection: &mut Connection,
    ) -> Result<Option<T>, sqlx::Error> {
        let found = self.0.fetch_optional(connection).await?;
        Ok(found.map(|(value,)| value))
    }

    /// All values.
    pub(crate) async fn fetch_all(
        self,
        connection: &mut Connection,
    ) -> Result<Vec<T>, sqlx::Error> {
        let found = self.0.fetch_all(connection).await?;
        Ok(found.into_iter().map(|(value,)| value).collect())
    }

    /// The values, one after the other.
    pub(crate) fn fetch(self, connection: &mut Connection) -> BoxStream<'_, Result<T, sqlx::Error>>
    where
        T: Send + 'static,
    {
        self.0.fetch(connection).map_ok(|(value,)| value).boxed()
    }
}
