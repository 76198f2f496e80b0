//! A row that came back, and what is read out of it.

use sqlx::sqlite::SqliteRow;
use sqlx::{ColumnIndex, Row as _, TypeInfo as _, ValueRef as _};

/// A row that came back.
pub(crate) enum Row {
    /// From SQLite.
    Sqlite(SqliteRow),
}

/// What stands in a column, whatever belongs there.
pub(crate) enum Cell<'r> {
    /// Nothing.
    Null,
    /// A whole number.
    Number(i64),
    /// Another number.
    Real(f64),
    /// A text.
    Text(&'r str),
    /// Bytes.
    Bytes(&'r [u8]),
}

/// Says where in a row a value stands: by the name of its column, or by its place.
pub(crate) trait Place: ColumnIndex<SqliteRow> {}

impl<I: ColumnIndex<SqliteRow>> Place for I {}

/// A value that can be read out of a row.
pub(crate) trait Read<'r>: Sized {
    /// Reads it.
    fn read(row: &'r Row, place: impl Place) -> Result<Self, sqlx::Error>;
}

/// Values that a row can be read as, whole.
pub(crate) trait FromRow: Sized {
    /// Reads them.
    fn from_row(row: &Row) -> Result<Self, sqlx::Error>;
}

impl Row {
    /// A value, or why it cannot be read.
    pub(crate) fn try_get<'r, T: Read<'r>>(&'r self, place: impl Place) -> Result<T, sqlx::Error> {
        T::read(self, place)
    }

    /// A value that is sure to be there.
    pub(crate) fn get<'r, T: Read<'r>, P: Place>(&'r self, place: P) -> T {
        let value = self.try_get(place);
        value.expect("a value of this type stands in this column")
    }

    /// What stands in a column, if the row has it.
    pub(crate) fn cell(&self, column: &str) -> Option<Cell<'_>> {
        let Self::Sqlite(row) = self;
        let value = row.try_get_raw(column).ok()?;
        if value.is_null() {
            return Some(Cell::Null);
        }
        let kind = value.type_info().name().to_owned();
        Some(match kind.as_str() {
            "INTEGER" => Cell::Number(row.try_get_unchecked(column).ok()?),
            "REAL" => Cell::Real(row.try_get_unchecked(column).ok()?),
            "TEXT" => Cell::Text(row.try_get_unchecked(column).ok()?),
            _ => Cell::Bytes(row.try_get_unchecked(column).ok()?),
        })
    }
}

macro_rules! reads {
    ($($value:ty),*) => {$(
        impl<'r> Read<'r> for $value {
            fn read(row: &'r Row, place: impl Place) -> Result<Self, sqlx::Error> {
                let Row::Sqlite(row) = row;
                row.try_get(place)
            }
        }

        impl<'r> Read<'r> for Option<$value> {
            fn read(row: &'r Row, place: impl Place) -> Result<Self, sqlx::Error> {
                let Row::Sqlite(row) = row;
                row.try_get(place)
            }
        }
    )*};
}

reads!(i64, u32, bool, String, &'r str, Vec<u8>, &'r [u8]);

macro_rules! tuples {
    ($($value:ident $place:literal),*) => {
        impl<$($value: for<'r> Read<'r>),*> FromRow for ($($value,)*) {
            fn from_row(row: &Row) -> Result<Self, sqlx::Error> {
                Ok(($(row.try_get::<$value>($place)?,)*))
            }
        }
    };
}

tuples!(A 0);
tuples!(A 0, B 1);
tuples!(A 0, B 1, C 2);
tuples!(A 0, B 1, C 2, D 3);
