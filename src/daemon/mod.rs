//! When things happen: one pass over a bot calls the six stages in order; the daemon decides when.

mod engine;
mod gather;
mod mend;
mod pass;
mod report;

pub use engine::{Engine, EngineError};
pub use gather::{Gathered, gather};
pub use pass::{Preview, pass, preview};
pub use report::{Outcome, PassReport, UploadReport};
