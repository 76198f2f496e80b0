//! What the store's statements go through: one connection, one way to ask, one kind of row, whatever the
//! database. Values are a small closed set, so that each is written and read the same way everywhere.

mod connection;
#[cfg(feature = "postgres")]
mod dialect;
#[cfg(feature = "postgres")]
mod postgres;
mod query;
mod row;
mod sqlite;
mod value;

pub(super) use connection::{Connection, transaction};
#[cfg(feature = "postgres")]
pub(super) use postgres::{PATIENCE, PostgresConnection};
pub(super) use query::{COMMITTED_WITH_NEXT, Done, Query, query, query_as, query_scalar};
pub(super) use row::{Cell, Read, Row};
pub(super) use sqlite::Durability;
pub(super) use value::Value;
