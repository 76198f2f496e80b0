//! A row that came back, and what is read out of it.

#[cfg(feature = "postgres")]
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{ColumnIndex, Row as _, TypeInfo as _, ValueRef as _};

/// A row that came back.
pub(crate) enum Row {
    /// From SQLite.
    Sqlite(SqliteRow),
    /// From PostgreSQL.
    #[cfg(feature = "postgres")]
    Postgres(PgRow),
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
#[cfg(not(feature = "postgres"))]
pub(crate) trait Place: ColumnIndex<SqliteRow> {}

#[cfg(not(feature = "postgres"))]
impl<I: ColumnIndex<SqliteRow>> Place for I {}

/// Says where in a row a value stands: by the name of its column, or by its place.
#[cfg(feature = "postgres")]
pub(crate) trait Place: ColumnIndex<SqliteRow> + ColumnIndex<PgRow> {}

#[cfg(feature = "postgres")]
impl<I: ColumnIndex<SqliteRow> + ColumnIndex<PgRow>> Place for I {}

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
        match self {
            Self::Sqlite(row) => {
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
            #[cfg(feature = "postgres")]
            Self::Postgres(row) => {
                if row.try_get_raw(column).ok()?.is_null() {
                    return Some(Cell::Null);
                }
                let number = number(row, column).ok().flatten().map(Cell::Number);
                let text = || row.try_get(column).ok().map(Cell::Text);
                let bytes = || row.try_get(column).ok().map(Cell::Bytes);
                number.or_else(text).or_else(bytes)
            }
        }
    }
}

/// A whole number, whatever size it has; yes is 1, and no is 0.
#[cfg(feature = "postgres")]
fn number(row: &PgRow, place: impl Place) -> Result<Option<i64>, sqlx::Error> {
    let kind = row.try_get_raw(&place)?.type_info().name().to_owned();
    Ok(match kind.as_str() {
        "BOOL" => row.try_get::<Option<bool>, _>(&place)?.map(i64::from),
        "INT4" => row.try_get::<Option<i32>, _>(&place)?.map(i64::from),
        _ => row.try_get(&place)?,
    })
}

/// A value that is not missing.
#[cfg(feature = "postgres")]
fn there<T>(value: Option<T>) -> Result<T, sqlx::Error> {
    value.ok_or_else(|| sqlx::Error::ColumnDecode {
        index: "a column that must not be NULL".to_owned(),
        source: Box::new(sqlx::error::UnexpectedNullError),
    })
}

/// Values that both databases give back as they are.
macro_rules! reads {
    ($($value:ty),*) => {$(
        impl<'r> Read<'r> for $value {
            fn read(row: &'r Row, place: impl Place) -> Result<Self, sqlx::Error> {
                match row {
                    Row::Sqlite(row) => row.try_get(place),
                    #[cfg(feature = "postgres")]
                    Row::Postgres(row) => row.try_get(place),
                }
            }
        }

        impl<'r> Read<'r> for Option<$value> {
            fn read(row: &'r Row, place: impl Place) -> Result<Self, sqlx::Error> {
                match row {
                    Row::Sqlite(row) => row.try_get(place),
                    #[cfg(feature = "postgres")]
                    Row::Postgres(row) => row.try_get(place),
                }
            }
        }
    )*};
}

reads!(String, &'r str, Vec<u8>, &'r [u8]);

/// Numbers, of which PostgreSQL has several kinds.
macro_rules! numbers {
    ($($value:ty = $of:expr),*) => {$(
        impl Read<'_> for $value {
            fn read(row: &Row, place: impl Place) -> Result<Self, sqlx::Error> {
                match row {
                    Row::Sqlite(row) => row.try_get(place),
                    #[cfg(feature = "postgres")]
                    Row::Postgres(row) => $of(there(number(row, place)?)?),
                }
            }
        }

        impl Read<'_> for Option<$value> {
            fn read(row: &Row, place: impl Place) -> Result<Self, sqlx::Error> {
                match row {
                    Row::Sqlite(row) => row.try_get(place),
                    #[cfg(feature = "postgres")]
                    Row::Postgres(row) => number(row, place)?.map($of).transpose(),
                }
            }
        }
    )*};
}

numbers!(
    i64 = Ok,
    bool = |number: i64| Ok(number != 0),
    u32 = |number: i64| u32::try_from(number).map_err(|error| sqlx::Error::Decode(error.into()))
);

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
