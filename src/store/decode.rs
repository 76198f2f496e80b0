//! Reads what stands in the state, column by column. A value that cannot be read back is damage that
//! is named (table, row, column, what stands there) and never a default: a default would decide what
//! happens to live answers.

use std::fmt::{self, Write as _};

use serde::Serialize;

use super::bots::BotId;
use super::error::StoreError;
use super::open::Store;
use crate::model::{ArticleKey, Digest, Step};
use crate::store::database::{Cell, Read, Row};

/// How much of an unreadable value is shown.
const SHOWN: usize = 60;

/// Columns that name a row, as far as a query has them.
const NAMES: [&str; 5] = ["upload_id", "row", "node_name", "kind", "message_id"];

/// A value that cannot be what stands in its column.
#[derive(Debug)]
pub(super) struct UnreadableValue {
    table: &'static str,
    column: &'static str,
    bot: Option<BotId>,
    /// What names the row, such as `upload_id 3`.
    row: Vec<String>,
    found: String,
}

impl fmt::Display for UnreadableValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { table, column, .. } = self;
        write!(
            f,
            "column {column} of table {table} holds {}, which this version cannot read",
            self.found
        )
    }
}

impl std::error::Error for UnreadableValue {}

impl UnreadableValue {
    fn in_words(&self, bot_name: Option<&str>) -> String {
        let bot = match (self.bot, bot_name) {
            (Some(_), Some(name)) => Some(format!("bot \"{name}\"")),
            (Some(BotId(id)), None) => Some(format!("bot_id {id}")),
            (None, _) => None,
        };
        let row: Vec<String> = bot.into_iter().chain(self.row.iter().cloned()).collect();
        if row.is_empty() {
            self.to_string()
        } else {
            format!("{}: {self}", row.join(", "))
        }
    }
}

/// A row as it stands in the state.
#[derive(Clone, Copy)]
pub(super) struct Stored<'r> {
    row: &'r Row,
    table: &'static str,
    bot: Option<BotId>,
}

impl<'r> Stored<'r> {
    /// A row of this table, which is about this bot.
    pub(super) fn new(row: &'r Row, table: &'static str, bot: BotId) -> Self {
        Self {
            row,
            table,
            bot: Some(bot),
        }
    }

    /// A row that says itself which bot it is about, if any.
    pub(super) fn of_its_bot(row: &'r Row, table: &'static str) -> Self {
        let bot = row.try_get("bot_id").ok().map(BotId);
        Self { row, table, bot }
    }

    /// A value of this type. Asked for a number, SQLite would say 0 where there is nothing.
    pub(super) fn get<T>(&self, column: &'static str) -> Result<T, sqlx::Error>
    where
        Option<T>: Read<'r>,
    {
        self.optional(column)?
            .ok_or_else(|| self.unreadable(column))
    }

    /// A value of this type, where there is one.
    pub(super) fn optional<T>(&self, column: &'static str) -> Result<Option<T>, sqlx::Error>
    where
        Option<T>: Read<'r>,
    {
        match self.row.try_get(column) {
            Err(sqlx::Error::ColumnDecode { .. }) => Err(self.unreadable(column)),
            value => value,
        }
    }

    /// A count.
    pub(super) fn count(&self, column: &'static str) -> Result<u64, sqlx::Error> {
        u64::try_from(self.get::<i64>(column)?).map_err(|_| self.unreadable(column))
    }

    /// A count that may be missing.
    pub(super) fn optional_count(&self, column: &'static str) -> Result<Option<u64>, sqlx::Error> {
        let count: Option<i64> = self.optional(column)?;
        let count = count.map(u64::try_from).transpose();
        count.map_err(|_| self.unreadable(column))
    }

    /// Yes or no.
    pub(super) fn flag(&self, column: &'static str) -> Result<bool, sqlx::Error> {
        self.optional_flag(column)?
            .ok_or_else(|| self.unreadable(column))
    }

    /// Yes or no, where that is known.
    pub(super) fn optional_flag(&self, column: &'static str) -> Result<Option<bool>, sqlx::Error> {
        match self.optional::<i64>(column)? {
            None => Ok(None),
            Some(0) => Ok(Some(false)),
            Some(1) => Ok(Some(true)),
            Some(_) => Err(self.unreadable(column)),
        }
    }

    /// One of a few words.
    pub(super) fn word<T>(
        &self,
        column: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, sqlx::Error> {
        read(self.get(column)?).ok_or_else(|| self.unreadable(column))
    }

    /// One of a few words, where there is one.
    pub(super) fn optional_word<T>(
        &self,
        column: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, sqlx::Error> {
        let word: Option<&str> = self.optional(column)?;
        word.map(|word| read(word).ok_or_else(|| self.unreadable(column)))
            .transpose()
    }

    /// A digest. Zeros of another length would pass for a removal.
    pub(super) fn digest(&self, column: &'static str) -> Result<Digest, sqlx::Error> {
        let bytes: &[u8] = self.get(column)?;
        let bytes = bytes.try_into().map_err(|_| self.unreadable(column))?;
        Ok(Digest(bytes))
    }

    /// The article behind a step.
    pub(super) fn key(&self) -> Result<ArticleKey, sqlx::Error> {
        Ok(ArticleKey {
            source: self.get::<&str>("source")?.into(),
            article: self.get::<&str>("article")?.into(),
        })
    }

    /// A step with its content.
    pub(super) fn step(&self) -> Result<Step, sqlx::Error> {
        Ok(Step {
            node_name: self.get("node_name")?,
            question: self.get("question")?,
            answer: self.get("answer")?,
        })
    }

    /// The value of this column is none that may stand there.
    pub(super) fn unreadable(&self, column: &'static str) -> sqlx::Error {
        let row = NAMES.iter().filter(|name| **name != column);
        let row = row.filter_map(|name| Some(format!("{name} {}", shown(self.row, name)?)));
        sqlx::Error::Decode(Box::new(UnreadableValue {
            table: self.table,
            column,
            bot: self.bot,
            row: row.collect(),
            found: shown(self.row, column).unwrap_or_else(|| "nothing".to_owned()),
        }))
    }
}

/// What stands in a column, if the row has it.
fn shown(row: &Row, column: &str) -> Option<String> {
    Some(match row.cell(column)? {
        Cell::Null => "NULL".to_owned(),
        Cell::Number(number) => number.to_string(),
        Cell::Real(number) => number.to_string(),
        Cell::Text(text) => quoted(text),
        Cell::Bytes(bytes) => format!("x'{}'", cut(&hex(bytes))),
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        // Writing to memory cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn quoted(text: &str) -> String {
    format!("{:?}", cut(text))
}

fn cut(text: &str) -> String {
    if text.chars().count() <= SHOWN {
        return text.to_owned();
    }
    let mut shown: String = text.chars().take(SHOWN).collect();
    shown.push('…');
    shown
}

/// Names or rows as JSON, for a statement.
pub(super) fn json<S: Serialize + ?Sized>(value: &S) -> Result<String, sqlx::Error> {
    serde_json::to_string(value).map_err(|error| sqlx::Error::Encode(error.into()))
}

impl Store {
    /// A value that did not come in a column of its own, and cannot be read.
    pub(super) fn unreadable(
        &self,
        (table, column): (&'static str, &'static str),
        bot: BotId,
        row: String,
        found: &str,
    ) -> StoreError {
        self.error(sqlx::Error::Decode(Box::new(UnreadableValue {
            table,
            column,
            bot: Some(bot),
            row: vec![row],
            found: quoted(found),
        })))
    }

    /// What a database error means, if it is that something cannot be read.
    pub(super) fn as_damage(&self, error: &sqlx::Error) -> Option<StoreError> {
        match error {
            sqlx::Error::Decode(cause) => {
                let unreadable = cause.downcast_ref::<UnreadableValue>()?;
                let names = self.names();
                let name = unreadable.bot.and_then(|bot| names.get(&bot));
                Some(self.damaged(unreadable.in_words(name.map(String::as_str))))
            }
            // Of a statement without a table of its own.
            sqlx::Error::ColumnDecode { source, .. } => Some(self.damaged(source.to_string())),
            _ => None,
        }
    }
}
