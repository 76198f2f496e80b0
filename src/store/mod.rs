//! The state in SQLite, and the only folder with SQL. One connection writes; every write
//! transaction begins immediate and none lives across a call to Haptik.

mod absence;
mod actions;
mod aging;
mod as_of;
mod binding;
mod bots;
mod budget;
mod content;
mod csv_pages;
mod decode;
mod error;
mod import;
mod notifications;
mod open;
mod open_removals;
mod past;
mod prepare;
pub mod private;
mod rot;
mod settle;
mod snapshot;
mod stories;
mod uploads;

pub use absence::{NotedFile, PlanToStore, StoredFile, StoredFiles};
pub use actions::ActionRecord;
pub use as_of::AsOf;
pub use binding::{Binding, Forgotten};
pub use bots::{BotId, BotState, Success};
pub use content::ContentOwners;
pub use csv_pages::CsvCursor;
pub use error::StoreError;
pub use import::Imported;
pub use open::{Store, Supervisor};
pub use open_removals::{OpenPlan, OpenRemoval, Release, RemovalKind};
pub use past::{OldStep, PastError};
pub use prepare::Written;
pub use settle::{Reached, Settlement};
pub use snapshot::{Quarantined, SnapshotStep};
pub use stories::FoundStep;
pub use uploads::{UploadId, UploadRecord};

/// Rows in one multi-row statement: one statement a row is ten to fifty times slower.
const BATCH: usize = 500;

#[cfg(test)]
mod tests;
