//! The values that statements are given: whole numbers, texts and bytes, each of which may be missing.
//! What is missing has a type, too.

use std::sync::Arc;

use sqlx::Arguments as _;
use sqlx::error::BoxDynError;
use sqlx::sqlite::SqliteArguments;

/// A value of a statement.
#[derive(Debug)]
pub(crate) enum Value {
    /// A whole number; yes is 1, and no is 0.
    Number(Option<i64>),
    /// A text.
    Text(Option<String>),
    /// A text that is put into no other allocation on its way.
    Shared(Arc<str>),
    /// Bytes.
    Bytes(Option<Vec<u8>>),
}

impl Value {
    /// Adds it to what a statement of SQLite is given.
    pub(super) fn add_to_sqlite(self, arguments: &mut SqliteArguments) -> Result<(), BoxDynError> {
        match self {
            Self::Number(number) => arguments.add(number),
            Self::Text(text) => arguments.add(text),
            Self::Shared(text) => arguments.add(text),
            Self::Bytes(bytes) => arguments.add(bytes),
        }
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(Some(number))
    }
}

impl From<Option<i64>> for Value {
    fn from(number: Option<i64>) -> Self {
        Self::Number(number)
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Number(Some(number.into()))
    }
}

impl From<bool> for Value {
    fn from(is_so: bool) -> Self {
        Self::Number(Some(is_so.into()))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(Some(text))
    }
}

impl From<Option<String>> for Value {
    fn from(text: Option<String>) -> Self {
        Self::Text(text)
    }
}

impl From<&'static str> for Value {
    fn from(text: &'static str) -> Self {
        Self::Text(Some(text.to_owned()))
    }
}

impl From<Option<&'static str>> for Value {
    fn from(text: Option<&'static str>) -> Self {
        Self::Text(text.map(str::to_owned))
    }
}

impl From<Arc<str>> for Value {
    fn from(text: Arc<str>) -> Self {
        Self::Shared(text)
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(Some(bytes))
    }
}

impl From<Option<Vec<u8>>> for Value {
    fn from(bytes: Option<Vec<u8>>) -> Self {
        Self::Bytes(bytes)
    }
}
