//! Stages 5 and 6, and the pass over one bot that calls all six.

mod ask;
mod binding;
mod canary;
mod configuration;
mod corrupt_content;
mod engine;
mod last_plan;
mod observer;
mod overruled;
mod pass;
mod plan_preview;
mod read;
mod record_outcome;
mod recovery;
mod report;
mod send;
mod settle;
mod sync_all;
mod unchanged;

pub use ask::{AGENT_PAUSE, AskError, Asker, ask, handed_over_until, keep_asking};
pub use binding::{
    DepartedBot, Refused, bind, binding_of, departed, in_words, refused, refused_bots,
};
pub use engine::{Engine, EngineError, Lock, Owner, client, embedded_sandbox, owner};
pub use last_plan::{LastPlan, WaitingChange};
pub use observer::Observer;
pub use pass::{pass, replan};
pub use plan_preview::{Pinned, Preview, preview};
pub use read::{
    ArticleCounts, LastReadings, Renamed, SourceContent, content, desired_set, due_after,
};
pub(crate) use read::{overdue, rest};
pub(crate) use record_outcome::record_outcome;
pub use report::{Outcome, PassReport, UploadOutcome, UploadReport};
pub use send::{Activity, CallLimiter, ProgressSink, UploadRunner, silent, usual};
pub use sync_all::sync_all;
