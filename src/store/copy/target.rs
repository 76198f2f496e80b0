//! Where a copy goes. Until it is whole and was read back, it is under another name in a file, and in an open
//! transaction in PostgreSQL: a copy that breaks off leaves nothing that passes for a state.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::CopyError;
use super::tables::Table;
use super::{StatePlace, length};
use crate::store::database::query_scalar;
use crate::store::error::{StoreError, describe};
use crate::store::open::{FILE, Store, make_folder, migrator, options_to_write};
use crate::store::private;

/// The name of a copy that is not whole yet.
const UNDER_WAY: &str = "state.copying.db";

/// What SQLite keeps beside a file.
const BESIDE: [&str; 3] = ["-journal", "-wal", "-shm"];

/// The place of a copy, while it is made.
pub(super) struct Target {
    pub(super) store: Store,
    /// The folder that it is for, where it is a file.
    folder: Option<PathBuf>,
}

impl Target {
    /// Makes the place ready, or says what is in it already.
    pub(super) async fn open(place: &StatePlace, tables: &[Table]) -> Result<Self, CopyError> {
        match place {
            StatePlace::Folder(folder) => Self::file_in(folder).await,
            StatePlace::Database(state) => {
                let store = Store::open_postgres_to_fill(state).await?;
                let target = Self {
                    store,
                    folder: None,
                };
                match target.check_empty(tables).await {
                    Ok(()) => Ok(target),
                    Err(error) => {
                        target.abandon().await;
                        Err(error)
                    }
                }
            }
        }
    }

    async fn file_in(folder: &Path) -> Result<Self, CopyError> {
        let journal = folder.join(format!("{FILE}-wal"));
        if length(&folder.join(FILE)) > 0 || length(&journal) > 0 {
            let place = folder.display().to_string();
            return Err(CopyError::NotEmpty { place });
        }
        make_folder(folder)?;
        remove(folder).map_err(|cause| access(folder, &cause))?;
        let path = folder.join(UNDER_WAY);
        private::open_file(&path).map_err(|cause| access(folder, &cause))?;
        let store = open_to_fill(path).await?;
        Ok(Self {
            store,
            folder: Some(folder.to_owned()),
        })
    }

    async fn check_empty(&self, tables: &[Table]) -> Result<(), CopyError> {
        let mut held = self.store.hold().await;
        for table in tables {
            let is_empty = table.is_empty(&mut held).await;
            if !is_empty.map_err(|error| self.store.error(error))? {
                let place = self.store.place();
                return Err(CopyError::NotEmpty { place });
            }
        }
        Ok(())
    }

    /// Has the whole copy pass for a state.
    pub(super) async fn publish(self) -> Result<(), CopyError> {
        let Some(folder) = self.folder else {
            self.store.rest().await;
            return Ok(());
        };
        close(self.store).await?;
        for beside in BESIDE {
            let _ = fs::remove_file(folder.join(format!("{FILE}{beside}")));
        }
        let renamed = fs::rename(folder.join(UNDER_WAY), folder.join(FILE));
        let durable = renamed.and_then(|()| File::open(&folder)?.sync_all());
        durable.map_err(|cause| access(&folder, &cause).into())
    }

    /// Leaves the place as it was.
    pub(super) async fn abandon(self) {
        let Some(folder) = self.folder else {
            return self.store.rest().await;
        };
        drop(self.store);
        let _ = remove(&folder);
    }
}

/// Opens the file of a copy. It has no journal of its own: what was written is in the file alone, which is renamed.
async fn open_to_fill(path: PathBuf) -> Result<Store, StoreError> {
    let store = Store::connect(options_to_write(&path), path).await?;
    let migrated = store.hold().await.migrate(&migrator()).await;
    migrated.map_err(|error| store.migrate_error(error))?;
    let mode: String = query_scalar("PRAGMA journal_mode = DELETE")
        .fetch_one(&mut *store.hold().await)
        .await
        .map_err(|error| store.error(error))?;
    match mode.as_str() {
        "delete" => Ok(store),
        other => Err(store.damaged(format!("its journal stays {other}"))),
    }
}

async fn close(store: Store) -> Result<(), StoreError> {
    let path = store.path.clone();
    let Some(connection) = Arc::into_inner(store.connection) else {
        return Ok(());
    };
    let closed = connection.into_inner().close().await;
    closed.map_err(|error| describe(&path, &error))
}

/// Takes away what a copy that broke off has left.
fn remove(folder: &Path) -> io::Result<()> {
    for beside in [""].iter().chain(&BESIDE) {
        match fs::remove_file(folder.join(format!("{UNDER_WAY}{beside}"))) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

fn access(folder: &Path, cause: &io::Error) -> StoreError {
    StoreError::Access {
        path: folder.to_owned(),
        cause: cause.to_string(),
    }
}
