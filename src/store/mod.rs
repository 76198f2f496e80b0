//! The state in SQLite, and the only folder with SQL. One connection writes; every write
//! transaction begins immediate and none lives across a call to Haptik.

mod actions;
mod aging;
mod authors;
mod binding;
mod bots;
mod budget;
mod checks;
mod copy;
mod database;
mod decode;
mod error;
mod notifications;
mod open;
mod postgres;
pub(crate) mod private;
mod rot;
mod steps;
mod stories;
mod upload;
mod versions;

pub use actions::ActionRecord;
pub use authors::{LastDigest, WentLive};
pub use binding::{Forgotten, HaptikBinding};
pub use bots::{BotId, BotState, Pause, Success};
pub use copy::{CopiedTable, CopyError, StatePlace, copy_state};
pub use error::StoreError;
pub use open::{FEEDS, Store, Supervisor};
pub use postgres::{DatabaseError, Wish, WishState};
pub use steps::{
    AskingState, Erased, Imported, KeptPast, NotedFile, OldStep, OpenChange, OpenPlan, OpenRemoval,
    PastError, PlanToStore, Quarantined, Release, RemovalKind, Rest, SnapshotStep, SnapshotVersion,
    StoredFile, StoredFiles, VerificationCounts,
};
pub use stories::{FoundStep, StepVersion, UploadRow};
pub use upload::{
    CsvCursor, Precedence, Reached, ReadyCsv, Settlement, UploadRecord, WrittenUpload,
};
pub use versions::ContentOwners;

/// Rows in one multi-row statement: one statement a row is ten to fifty times slower.
const BATCH: usize = 500;

#[cfg(test)]
mod tests;
