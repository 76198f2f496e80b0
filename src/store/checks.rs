//! Whether a state file is whole, of a version that is known, and not the empty place of one that was lost.

use std::path::{Path, PathBuf};

use super::error::StoreError;
use super::open::{CACHE, FEEDS, FILE, Store, known_version};
use super::postgres::DatabaseError;
use super::versions::ContentOwners;
use crate::store::database::{query, query_scalar};

impl Store {
    /// Whether anything was ever written down in it.
    pub(super) async fn knows_any_bot(&self) -> Result<bool, StoreError> {
        query_scalar("SELECT EXISTS (SELECT 1 FROM bot)")
            .fetch_one(&mut *self.hold().await)
            .await
            .map_err(|error| self.error(error))
    }

    /// A cache about bots stands beside a state that knows of none.
    pub(super) async fn check_not_emptied(&self) -> Result<(), StoreError> {
        if self.knows_any_bot().await? {
            return Ok(());
        }
        match (check_no_notes(&self.path), &self.place) {
            (Err(StoreError::Lost { left, .. }), Some(_)) => {
                let place = self.place();
                Err(DatabaseError::Emptied { place, left }.into())
            }
            (checked, _) => checked,
        }
    }

    pub(super) fn newer(&self, version: i64) -> StoreError {
        let place = self.place();
        match &self.place {
            Some(_) => DatabaseError::Newer { place, version }.into(),
            None => StoreError::Newer {
                path: self.path.to_path_buf(),
                version,
            },
        }
    }

    fn older(&self) -> StoreError {
        let place = self.place();
        match &self.place {
            Some(_) => DatabaseError::Older { place }.into(),
            None => StoreError::Older {
                path: self.path.to_path_buf(),
            },
        }
    }

    /// The same for what only a file of this version has.
    pub(super) async fn check_content(&self, size: u64) -> Result<(), StoreError> {
        if size > CHECKED_UP_TO {
            return Ok(());
        }
        match self.content_owners().await? {
            ContentOwners { without: 0, .. } => Ok(()),
            ContentOwners { without, .. } => {
                Err(self.damaged(format!("{without} steps have no content")))
            }
        }
    }

    /// Finds damage before it is built upon. A large file is not read whole at every start.
    pub(super) async fn check_integrity(&self, size: u64) -> Result<(), StoreError> {
        if size > CHECKED_UP_TO {
            return Ok(());
        }
        let mut held = self.hold().await;
        let found: String = query_scalar("PRAGMA integrity_check(1)")
            .fetch_one(&mut held)
            .await
            .map_err(|error| self.error(error))?;
        let orphans = query("PRAGMA foreign_key_check")
            .fetch_all(&mut held)
            .await
            .map_err(|error| self.error(error))?;
        let cause = match (found.as_str(), orphans.len()) {
            ("ok", 0) => return Ok(()),
            ("ok", orphans) => format!("{orphans} rows refer to nothing"),
            (found, _) => found.to_owned(),
        };
        Err(self.damaged(cause))
    }

    pub(crate) fn damaged(&self, cause: String) -> StoreError {
        let place = self.place();
        match &self.place {
            Some(_) => DatabaseError::Damaged { place, cause }.into(),
            None => StoreError::Damaged {
                path: self.path.to_path_buf(),
                cause,
            },
        }
    }

    /// The last migration that the file has seen; 0 for a file without any.
    pub(super) async fn applied_version(&self) -> Result<i64, StoreError> {
        let mut held = self.hold().await;
        let catalogue = if held.is_postgres() {
            "SELECT count(*) > 0 FROM pg_tables WHERE schemaname = current_schema() AND tablename = '_sqlx_migrations'"
        } else {
            "SELECT count(*) > 0 FROM sqlite_schema WHERE name = '_sqlx_migrations'"
        };
        let migrated: bool = query_scalar(catalogue)
            .fetch_one(&mut held)
            .await
            .map_err(|error| self.error(error))?;
        if !migrated {
            return Ok(0);
        }
        query_scalar("SELECT coalesce(max(version), 0) FROM _sqlx_migrations")
            .fetch_one(&mut held)
            .await
            .map_err(|error| self.error(error))
    }

    pub(super) async fn check_version(&self) -> Result<(), StoreError> {
        let applied = self.applied_version().await?;
        match applied.cmp(&known_version()) {
            std::cmp::Ordering::Equal => Ok(()),
            std::cmp::Ordering::Greater => Err(self.newer(applied)),
            std::cmp::Ordering::Less => Err(self.older()),
        }
    }
}

/// Bytes up to which the state file is checked whole at every start; it takes some milliseconds.
const CHECKED_UP_TO: u64 = 16 << 20;

/// Whether nothing in the folder is of an earlier life, so that a state that is not there, or without a
/// byte, may be the first one.
pub(super) fn check_first_start(path: &Path) -> Result<(), StoreError> {
    let journal = path.with_file_name(format!("{FILE}-wal"));
    if std::fs::metadata(&journal).is_ok_and(|data| data.len() > 0) {
        return Err(lost(path, journal));
    }
    check_no_notes(path)
}

pub(super) fn check_no_notes(path: &Path) -> Result<(), StoreError> {
    for name in [CACHE, FEEDS] {
        let notes = path.with_file_name(name);
        let mut entries = std::fs::read_dir(&notes).into_iter().flatten();
        if entries.next().is_some() {
            return Err(lost(path, notes));
        }
    }
    Ok(())
}

fn lost(path: &Path, left: PathBuf) -> StoreError {
    StoreError::Lost {
        path: path.to_owned(),
        left,
    }
}
