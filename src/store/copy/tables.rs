//! The tables of a state, how their rows are read and written in either database, and the sum by which a
//! copy is compared.

use std::path::Path;

use futures_util::TryStreamExt as _;
use sqlx::AssertSqlSafe;

use crate::clock::Millis;
use crate::store::BATCH;
use crate::store::database::{Connection, Row, Value, query, query_as, query_scalar};
use crate::store::error::StoreError;
use crate::store::open::Store;

/// All tables of a state, each after those that it refers to. A table that is missing here would be missing
/// in a copy.
pub(in crate::store) const TABLES: [&str; 26] = [
    "bot",
    "source_file",
    "source_marker",
    "source_body",
    "upload",
    "version",
    "content",
    "quarantine",
    "uncertain",
    "approval",
    "step_override",
    "open_removal",
    "held_change",
    "released_change",
    "departure",
    "action",
    CALL,
    "verification",
    "asking",
    "canary",
    "cause",
    "service_cause",
    "message",
    "aged",
    "author",
    "digest",
];

/// The table of the budget. Its times are those of a machine in a file, and those of the database in PostgreSQL.
const CALL: &str = "call";

/// Columns that the database numbers.
pub(in crate::store) const NUMBERED: [(&str, &str); 5] = [
    ("bot", "bot_id"),
    ("source_file", "file_id"),
    ("upload", "upload_id"),
    ("action", "action_id"),
    ("message", "message_id"),
];

/// So many bytes of texts are written with one statement at most.
const MOST_BYTES: usize = 4 << 20;

/// What stands in a column.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Number,
    Text,
    Bytes,
}

/// A table as this version has it.
pub(super) struct Table {
    pub(super) name: &'static str,
    columns: Vec<(String, Kind)>,
    /// By which its rows are told apart, and sorted.
    key: Vec<String>,
}

/// What tells whether two tables are the same: the number of their rows, and a digest of all that stands in them.
#[derive(Debug, Default)]
pub(super) struct Sum {
    pub(super) rows: u64,
    hasher: blake3::Hasher,
}

/// Where a copy has failed.
pub(super) enum Failed {
    Reading(sqlx::Error),
    Writing(sqlx::Error),
}

impl Sum {
    fn add(&mut self, values: &[Value]) {
        self.rows += 1;
        for value in values {
            match value {
                Value::Number(number) => self.cell(number.map(i64::to_le_bytes)),
                Value::Text(text) => self.cell(text.as_deref()),
                Value::Shared(text) => self.cell(Some(&**text)),
                Value::Bytes(bytes) => self.cell(bytes.as_deref()),
            }
        }
    }

    /// With its length before it, so that no two rows are alike by chance.
    fn cell(&mut self, bytes: Option<impl AsRef<[u8]>>) {
        let Some(bytes) = bytes else {
            self.hasher.update(&u64::MAX.to_le_bytes());
            return;
        };
        let bytes = bytes.as_ref();
        self.hasher.update(&(bytes.len() as u64).to_le_bytes());
        self.hasher.update(bytes);
    }

    pub(super) fn digest(&self) -> String {
        self.hasher.finalize().to_hex().to_string()
    }
}

fn bytes_of(values: &[Value]) -> usize {
    let bytes = values.iter().map(|value| match value {
        Value::Text(Some(text)) => text.len(),
        Value::Bytes(Some(bytes)) => bytes.len(),
        _ => 8,
    });
    bytes.sum()
}

impl Table {
    /// All of them, with their columns as an empty state has them.
    pub(super) async fn all() -> Result<Vec<Self>, StoreError> {
        let empty = Store::nothing_yet(Path::new("")).await?;
        let mut held = empty.hold().await;
        let mut tables = Vec::new();
        for name in TABLES {
            let columns: Vec<(String, String, i64)> =
                query_as("SELECT name, type, pk FROM pragma_table_info(?1) ORDER BY cid")
                    .bind(name)
                    .fetch_all(&mut held)
                    .await
                    .map_err(|error| empty.error(error))?;
            tables.push(Self::of(name, columns));
        }
        Ok(tables)
    }

    fn of(name: &'static str, columns: Vec<(String, String, i64)>) -> Self {
        let quoted = |column: &str| format!("\"{column}\"");
        let mut key: Vec<(i64, String)> = columns
            .iter()
            .filter(|(.., place)| *place > 0)
            .map(|(column, _, place)| (*place, quoted(column)))
            .collect();
        key.sort();
        let mut key: Vec<String> = key.into_iter().map(|(_, column)| column).collect();
        if key.is_empty() {
            key = columns.iter().map(|(column, ..)| quoted(column)).collect();
        }
        let kind = |kind: &str| match kind {
            "INTEGER" => Kind::Number,
            "BLOB" => Kind::Bytes,
            _ => Kind::Text,
        };
        let columns = columns.into_iter();
        let columns = columns.map(|(column, is, _)| (quoted(&column), kind(&is)));
        Self {
            name,
            columns: columns.collect(),
            key,
        }
    }

    fn names(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|(name, _)| &**name).collect();
        names.join(", ")
    }

    fn select(&self) -> String {
        let (names, key) = (self.names(), self.key.join(", "));
        format!("SELECT {names} FROM {} ORDER BY {key}", self.name)
    }

    fn insert(&self, rows: usize) -> String {
        let row = format!("({})", vec!["?"; self.columns.len()].join(","));
        let rows = vec![row; rows].join(",");
        format!("INSERT INTO {} ({}) VALUES {rows}", self.name, self.names())
    }

    fn values(&self, row: &Row) -> Result<Vec<Value>, sqlx::Error> {
        let columns = self.columns.iter().enumerate();
        columns
            .map(|(place, (_, kind))| {
                Ok(match kind {
                    Kind::Number => Value::Number(row.try_get(place)?),
                    Kind::Text => Value::Text(row.try_get(place)?),
                    Kind::Bytes => Value::Bytes(row.try_get(place)?),
                })
            })
            .collect()
    }

    /// Whether there is nothing in it.
    pub(super) async fn is_empty(&self, connection: &mut Connection) -> Result<bool, sqlx::Error> {
        let sql = format!("SELECT NOT EXISTS (SELECT 1 FROM {})", self.name);
        query_scalar(AssertSqlSafe(sql)).fetch_one(connection).await
    }

    /// Reads it from one database and writes it to another one. `later`: what is added to the times of calls.
    pub(super) async fn copy(
        &self,
        from: &mut Connection,
        to: &mut Connection,
        later: Millis,
    ) -> Result<Sum, Failed> {
        let mut sum = Sum::default();
        let (mut ready, mut bytes) = (Vec::new(), 0);
        let mut rows = query(AssertSqlSafe(self.select())).fetch(from);
        while let Some(row) = rows.try_next().await.map_err(Failed::Reading)? {
            let mut values = self.values(&row).map_err(Failed::Reading)?;
            if self.name == CALL {
                postpone(&mut values, later);
            }
            sum.add(&values);
            bytes += bytes_of(&values);
            ready.push(values);
            if ready.len() == BATCH || bytes > MOST_BYTES {
                self.write(std::mem::take(&mut ready), to).await?;
                bytes = 0;
            }
        }
        self.write(ready, to).await?;
        Ok(sum)
    }

    async fn write(&self, rows: Vec<Vec<Value>>, to: &mut Connection) -> Result<(), Failed> {
        if rows.is_empty() {
            return Ok(());
        }
        let insert = query(AssertSqlSafe(self.insert(rows.len())));
        let insert = rows
            .into_iter()
            .flatten()
            .fold(insert, |insert, value| insert.persistent(false).bind(value));
        insert.execute(to).await.map_err(Failed::Writing)?;
        Ok(())
    }

    /// What stands in it now.
    pub(super) async fn sum(&self, connection: &mut Connection) -> Result<Sum, sqlx::Error> {
        let mut sum = Sum::default();
        let mut rows = query(AssertSqlSafe(self.select())).fetch(connection);
        while let Some(row) = rows.try_next().await? {
            sum.add(&self.values(&row)?);
        }
        Ok(sum)
    }
}

/// A call counts for as long as it would have where it was made.
fn postpone(call: &mut [Value], later: Millis) {
    for value in call {
        if let Value::Number(Some(at)) = value {
            *at += later;
        }
    }
}

/// The last number that a column was given: what has had a number is never called by it again.
pub(super) async fn last_number(
    connection: &mut Connection,
    (table, column): (&str, &str),
) -> Result<i64, sqlx::Error> {
    let sql = if connection.is_postgres() {
        format!("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {table}_{column}_seq")
    } else {
        format!(
            "SELECT max(coalesce((SELECT seq FROM sqlite_sequence WHERE name = '{table}'), 0), \
             coalesce((SELECT max({column}) FROM {table}), 0))"
        )
    };
    query_scalar(AssertSqlSafe(sql)).fetch_one(connection).await
}

/// Goes on with the numbers from there.
pub(super) async fn number_from(
    connection: &mut Connection,
    (table, column): (&str, &str),
    last: i64,
) -> Result<(), sqlx::Error> {
    if connection.is_postgres() {
        let sql = format!("SELECT setval('{table}_{column}_seq', greatest(?1, 1), ?1 > 0)");
        let set = query(AssertSqlSafe(sql)).bind(last);
        return set.fetch_one(connection).await.map(drop);
    }
    query("DELETE FROM sqlite_sequence WHERE name = ?1")
        .bind(table.to_owned())
        .execute(connection)
        .await?;
    // The other tables give the number after the highest one that is there.
    query(
        "INSERT INTO sqlite_sequence (name, seq) SELECT name, ?2 FROM sqlite_schema \
         WHERE name = ?1 AND sql LIKE '%AUTOINCREMENT%'",
    )
    .bind(table.to_owned())
    .bind(last)
    .execute(connection)
    .await
    .map(drop)
}
