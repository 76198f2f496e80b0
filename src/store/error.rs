//! Why the state cannot be used, in words that say what to do.

use std::path::{Path, PathBuf};

use thiserror::Error;

use super::postgres::DatabaseError;
use crate::spool::SpoolError;
use crate::text::command_for;

/// Why the state could not be opened, read or written, and what to do.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The folder cannot be made.
    #[error(
        "the state folder {path} cannot be created: {cause}; create it and give it to the user that runs kms-haptik-sync"
    )]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// A newer version wrote the file.
    #[error(
        "{path} was written by a newer version of kms-haptik-sync (it knows migration {version}, this one does not); install that version again, or point state_dir at a new folder and run `resync`"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The migration that is not known here.
        version: i64,
    },
    /// An older version wrote the file, and this command does not write.
    #[error(
        "{path} was written by an older version of kms-haptik-sync; start the daemon or run `--sync-now` once, so that it is brought up to date"
    )]
    Older {
        /// The file.
        path: PathBuf,
    },
    /// The file is not a usable database.
    #[error(
        "{path} is damaged ({cause}); stop the daemon, move the file away, and with it {path}-wal and the folder `seen` beside it where they are there, and start again: everything is uploaded afresh, which is safe for the bot"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        cause: String,
    },
    /// Content that is not what was written down.
    #[error(
        "{bot}: the content of {what} in {path} is not what was written there; it is neither sent nor exported. Where a source of the bot has the article, the next sync uploads it again from there. Else put the article back, restore a backup, or release its removal with `{}`",
        command_for("approve", bot, &[])
    )]
    Rotten {
        /// The file.
        path: PathBuf,
        /// The bot.
        bot: String,
        /// The step, or the upload.
        what: String,
    },
    /// The state is gone, and something beside it is not.
    #[error(
        "the state in {path} is lost: {left} is of an earlier life of this service; put {path} back from a backup. If it was moved away on purpose, delete {left} as well: then nothing is known of what is live, everything is uploaded afresh, and where uploads replace, live steps whose articles are gone by now go without being held"
    )]
    Lost {
        /// The file.
        path: PathBuf,
        /// What is beside it.
        left: PathBuf,
    },
    /// The state is in a database, which cannot be used.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// What is to be written down cannot be had back.
    #[error(transparent)]
    Spool(#[from] SpoolError),
    /// The disk is full.
    #[error(
        "the disk that holds {path} is full; free some space, and the sync goes on from where it was"
    )]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// Another process writes for too long.
    #[error("{path} is locked by another process; is a copy or a backup of it running?")]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// The file or its folder cannot be written.
    #[error(
        "{path} cannot be opened or written ({cause}); check that the folder exists, is not read-only, and belongs to the user that runs kms-haptik-sync"
    )]
    Access {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        cause: String,
    },
    /// Anything else.
    #[error("{path}: {cause}")]
    Other {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        cause: String,
    },
    /// What the state says contradicts the code.
    #[error(transparent)]
    Illegal(#[from] crate::model::IllegalTransition),
}

crate::text::samples! {
    StoreError {
        Folder => [Self::Folder { path: gap(), cause: io_gap() }],
        Newer => [Self::Newer { path: gap(), version: 1 }],
        Older => [Self::Older { path: gap() }],
        Damaged => [Self::Damaged { path: gap(), cause: gap() }],
        Rotten => [Self::Rotten { path: gap(), bot: gap(), what: gap() }],
        Lost => [Self::Lost { path: gap(), left: gap() }],
        Database => [],
        Spool => [],
        Full => [Self::Full { path: gap() }],
        Busy => [Self::Busy { path: gap() }],
        Access => [Self::Access { path: gap(), cause: gap() }],
        Other => [Self::Other { path: gap(), cause: gap() }],
        Illegal => [],
    }
}

/// SQLite's primary result codes that a person can do something about.
pub(super) fn describe(path: &Path, error: &sqlx::Error) -> StoreError {
    let path = path.to_path_buf();
    let cause = error
        .as_database_error()
        .map_or_else(|| error.to_string(), |error| error.message().to_owned());
    let code = error
        .as_database_error()
        .and_then(|error| error.code().and_then(|code| code.parse::<i32>().ok()))
        .map(|code| code & 0xff);
    match code {
        Some(5 | 6) => StoreError::Busy { path },
        Some(8 | 10 | 14 | 23) => StoreError::Access { path, cause },
        Some(11 | 26) => StoreError::Damaged { path, cause },
        Some(13) => StoreError::Full { path },
        _ => StoreError::Other { path, cause },
    }
}
