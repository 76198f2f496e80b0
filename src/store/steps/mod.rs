//! What the store keeps of steps: what is live, what was live before, and what is open.

mod absence;
mod as_of;
mod body_decisions;
mod canary;
mod forget;
mod held_changes;
mod import;
mod open_removals;
mod overrides;
mod past;
mod snapshot;
mod verifications;

pub(crate) use absence::note_departures;
pub use absence::{NotedFile, PlanToStore, StoredFile, StoredFiles};
pub(crate) use as_of::renew_mark;
pub use as_of::{Rest, SnapshotVersion};
pub use forget::Erased;
pub use held_changes::OpenChange;
pub use import::Imported;
pub use open_removals::{OpenPlan, OpenRemoval, Release, RemovalKind};
pub use past::{KeptPast, OldStep, PastError};
pub(crate) use snapshot::refused_of;
pub use snapshot::{Quarantined, SnapshotStep};
pub use verifications::{AskingState, VerificationCounts};
