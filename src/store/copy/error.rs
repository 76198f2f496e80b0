//! Why a state was not copied, in words that say what to do.

use thiserror::Error;

use crate::store::error::StoreError;

/// Why a state was not copied. What was there before, on both sides, is as it was.
#[derive(Debug, Error)]
pub enum CopyError {
    /// There is nothing to copy.
    #[error(
        "there is no state to copy in {place}; name the folder that holds state.db, or the database of `state`"
    )]
    NoState {
        /// The place.
        place: String,
    },
    /// Something is there already.
    #[error(
        "a state is in {place} already, and was left as it is; name a folder without a state.db, or an empty database"
    )]
    NotEmpty {
        /// The place.
        place: String,
    },
    /// Both are the same.
    #[error("the state is in {place} already; name another place with --to")]
    SamePlace {
        /// The place.
        place: String,
    },
    /// What was written is not what is read back.
    #[error(
        "the table {table} came back from {place} with {found} rows for {expected}, or with other content; nothing of the copy was kept. See that its disk is healthy, and copy again"
    )]
    Differs {
        /// The place.
        place: String,
        /// The table.
        table: &'static str,
        /// Rows that were read back.
        found: u64,
        /// Rows that were written.
        expected: u64,
    },
    /// One of the two cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

crate::text::samples! {
    CopyError {
        NoState => [Self::NoState { place: gap() }],
        NotEmpty => [Self::NotEmpty { place: gap() }],
        SamePlace => [Self::SamePlace { place: gap() }],
        Differs => [Self::Differs { place: gap(), table: crate::text::GAP, found: 1, expected: 2 }],
        Store => [],
    }
}
