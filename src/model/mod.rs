//! The product's nouns: article, step, plan, upload, search for bad steps, notice. Plain values and
//! pure decisions about them; nothing here reads, asks or waits.

mod article;
mod call_budget;
mod configuration_fingerprint;
mod faq_csv;
mod guards;
mod isolation;
mod notice;
mod step;
mod step_ref;
mod upload;

pub use article::{
    Article, FolderReading, Markup, Place, Reach, ReadFile, Reading, Recognised, Rejection,
};
pub use call_budget::{CallKind, WINDOW, wait_for};
pub use configuration_fingerprint::{Accepted, Aspect, Configuration, Fingerprint, Part};
pub use faq_csv::{CsvWriter, HEADER};
pub use guards::{Departed, GUARD_REMEMBERS, HoldReason, Limits};
pub use isolation::{Blame, Failure, Isolation, KeptSearch, Named, Next, Rows};
pub use notice::{Cause, Kind, Standing};
pub(crate) use notice::{News, compare};
pub use step::{ANSWER_SEPARATOR, Digest, QUESTION_SEPARATOR, Step};
pub use step_ref::{AnyStep, Origin, Outline};
pub use upload::{Event, Illegal, State};
